"""A chapter of the foundations on paper: its sections, its quick checks with the answers last, its readings."""

from collections.abc import Mapping

from lib.briefs.document import (
    Block,
    Document,
    Edition,
    Heading,
    Listing,
    PageBreak,
    Paragraph,
    Source,
    Sources,
    bold,
    line,
)
from lib.briefs.markdown import blocks, inline
from lib.domain import Foundation

_LETTERS = "abcdefgh"


def chapter(found: Foundation, titles: Mapping[str, str], edition: Edition, address: str = "") -> Document:
    """`titles`: of the cases, by id."""
    out: list[Block] = [Paragraph(inline(found.summary))]
    for name, text in found.sections.items():
        out += [Heading(name), *blocks(text)]
    out += [Heading("The picture in words"), Paragraph(inline(found.picture.alt))]
    out += [Heading("Two readings"), Sources(tuple(Source(f"{r.text} {r.source}", r.url) for r in found.readings))]
    cases = tuple(line(titles[c]) for c in found.cases if c in titles)
    out += [Heading("Cases that show it"), Listing(cases)] if cases else []
    out += [Heading("Quick check"), *_asked(found), PageBreak(), Heading("Quick check: the answers"), *_answered(found)]
    return Document(f"Foundations, chapter {found.number}", found.title, tuple(out), edition, address)


def _asked(found: Foundation) -> list[Block]:
    out: list[Block] = []
    for number, check in enumerate(found.quick_checks, start=1):
        out.append(Paragraph(line(bold(f"{number}. {check.question}"))))
        out.append(Listing(tuple(line(f"{a}) {c.text}") for a, c in zip(_LETTERS, check.choices, strict=False))))
    return out


def _answered(found: Foundation) -> list[Block]:
    out: list[Block] = []
    for number, check in enumerate(found.quick_checks, start=1):
        out.append(Paragraph(line(bold(f"{number}. {check.question}"))))
        told = tuple(
            (bold(f"{a}) {'right' if c.right else 'not quite'}. "), *inline(c.why))
            for a, c in zip(_LETTERS, check.choices, strict=False)
        )
        out.append(Listing(told))
    return out
