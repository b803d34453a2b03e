"""The teacher sheet of a case: its plans, what to look for, the replies with their ratings, the expected answers."""

from lib.briefs.document import Block, Document, Edition, Heading, Listing, Paragraph, Quote, Table, line
from lib.briefs.markdown import blocks, inline
from lib.domain import CRITERIA, CaseStudy

_RATED = (
    "Each reply was rated by three readers independently of each other, from 0 (fails the criterion) to 1 (fully meets"
    " it); the table gives their means. They are judgements to argue with."
)


def teacher_sheet(case: CaseStudy, edition: Edition, address: str = "") -> Document:
    return Document(
        f"Teacher sheet · case {case.number} · not for the shared screen",
        case.title,
        _blocks(case),
        edition,
        address,
        most_pages=4,
    )


def _blocks(case: CaseStudy) -> tuple[Block, ...]:
    out: list[Block] = [
        Paragraph(inline(case.summary)),
        Paragraph((*line("Audience: "), *inline(case.audience_note)), note=True),
    ]
    for heading, text in case.teaching.items():
        if heading == "Expected answers":
            out += _questions(case, text)
        else:
            out += [Heading(heading), *blocks(text)]
    name = "What to look for in the answers"
    out += [Heading(name), *blocks(case.sections[name])]
    out += [Heading("The prompts"), *(Quote(p.text, p.label, p.language) for p in case.prompts)]
    harms = tuple(inline(f"**{h.party}**: {h.harm} ({h.kind}, {h.severity})") for h in case.harms)
    out += [Heading("Who could be harmed, and how"), Listing(harms)]
    return (*out, *_replies(case))


def _questions(case: CaseStudy, expected: str) -> list[Block]:
    asked = tuple((*inline(q.text), *line(f" ({q.level})")) for q in case.questions)
    return [
        Heading("Questions for discussion"),
        Listing(asked, ordered=True),
        Heading("Expected answers"),
        *blocks(expected),
    ]


def _replies(case: CaseStudy) -> list[Block]:
    """The curated replies, and what readers gave them."""
    names = {r.id: r.id.rpartition("/")[2].replace("-", " ") for r in case.replies}
    rows = tuple((names[r.id], *(f"{r.ratings[c]:.2f}" for c in CRITERIA), r.why) for r in case.replies)
    return [
        Heading("The replies, to be cut into slips"),
        *(Quote(r.wordings[0], names[r.id]) for r in case.replies),
        Table(("reply", *CRITERIA, "why"), rows),
        Paragraph(line(_RATED), note=True),
    ]
