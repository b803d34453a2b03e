"""The policy brief: chosen cases and findings in a chosen order, with what they don't show, the law and the sources."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lib.briefs import evidence as told
from lib.briefs import figures
from lib.briefs.document import (
    Block,
    Box,
    Document,
    Edition,
    Heading,
    Line,
    Listing,
    PageBreak,
    Paragraph,
    Source,
    Sources,
    Table,
    Words,
    bold,
    line,
)
from lib.briefs.evidence import Evidence
from lib.briefs.finding import Finding, finding_blocks, sentence, title
from lib.briefs.markdown import blocks, inline
from lib.briefs.method import Numbered, method
from lib.domain import CaseStudy
from lib.measures.differences import CheckCount

MOST_ITEMS, MOST_PAGES = 5, 6
MOST_TITLE, MOST_NOTE = 120, 1500  # characters
DEFAULT_TITLE = "What language models answered"
_LONG = 240  # characters of an address
_NOTE = "Note by the compiler of this brief"
_COMPARED = 5  # comparisons in a table
_MANY, _LAWS, _FACTS = 3, 2, 2  # items from which a brief is short; then laws and facts of a case


Item = Evidence | Finding


class Wording(NamedTuple):
    """What the one who compiles a brief writes of it."""

    title: str = ""
    note: str = ""


def brief(items: Sequence[Item], wording: Wording, edition: Edition, address: str = "") -> Document:
    """Two to six pages of at most `MOST_ITEMS` items. No language model writes in it: its answers are quoted.

    Of `_MANY` items or more, each case is told shorter, and says what it leaves out.
    """
    sources, short = Numbered(), len(items) >= _MANY
    parts: list[Block] = []
    for number, item in enumerate(items, start=1):
        parts += _case(number, item, sources, short) if isinstance(item, Evidence) else finding_blocks(number, item)
    how = method(sources, any(isinstance(i, Evidence) for i in items))
    return Document(
        "Policy brief",
        wording.title.strip() or DEFAULT_TITLE,
        (
            *_note(wording.note),
            Heading("In short"),
            Listing(tuple(_in_short(item) for item in items)),
            *parts,
            *([PageBreak()] if len(items) == 1 and isinstance(items[0], Finding) else []),  # else it is one page
            how,
            Heading("Sources"),
            Sources(tuple(sources.items)),
            *_again(address),
        ),
        edition,
        most_pages=MOST_PAGES,
    )


def _again(address: str) -> tuple[Block, ...]:
    """The link that makes the brief again; with a long note in it, it is too long to be printed."""
    if not address:
        return ()
    shown = address if len(address) <= _LONG else "open its page"
    return (Paragraph(line("To make this brief again: ", Words(shown, url=address)), note=True),)


def _note(note: str) -> tuple[Block, ...]:
    paragraphs = [p.strip() for p in note.replace("\r\n", "\n").split("\n\n") if p.strip()]
    return (Box(_NOTE, tuple(Paragraph(line(p)) for p in paragraphs)),) if paragraphs else ()


def _in_short(item: Item) -> Line:
    if isinstance(item, Evidence):
        clear = item.telling
        said = told.told(item, clear[0]) if clear else line(told.how_sure(item))
        return line(bold(_stopped(item.case.title)), " ", *said)
    return line(bold(_stopped(title(item))), " ", sentence(item))


def _stopped(title: str) -> str:
    return title if title[-1] in "?!." else f"{title}."


def _case(number: int, found: Evidence, sources: Numbered, short: bool) -> list[Block]:
    case = found.case
    law = _law(case, sources, short)  # before the facts, as it stands before them: sources are numbered as they come
    every = (*case.facts, *case.mirrors)
    told_here = every[:_FACTS] if short else every
    facts = tuple((*inline(f.text), sources.cited(Source(f.source, f.url))) for f in told_here)
    return [
        Heading(f"{number}. {case.title}"),
        Paragraph(inline(case.summary)),
        *([Paragraph(inline(case.audience_note), note=True)] if case.sensitivity != "none" else []),
        *_asked(found),
        Heading("What happened", 2),
        *_happened(found, short),
        Heading("What it does not show", 2),
        *blocks(case.sections["What this does not show"]),
        Heading("For policy", 2),
        *blocks(case.sections["For policy"]),
        *law,
        Heading("What is known from elsewhere", 2),
        Listing(facts),
        *_left_out(len(every) - len(facts), "facts"),
    ]


def _asked(found: Evidence) -> list[Block]:
    """The plain prompt and those at which the differences show, in full; of the others what they are called."""
    case, plain = found.case, next(p for p in found.case.prompts if p.variant == "neutral")
    shown = {plain.id, *(c.prompt_id for d in found.telling for c in (d.before, d.after))}
    others = [p.label for p in case.prompts if p.id not in shown]
    models = len(found.answering)
    held = f"{found.stored} stored answers from {models} model{'s' * (models != 1)}."
    also = f"Also asked: {', '.join(others)}. " if others else ""
    quotes = [told.asked(p) for p in case.prompts if p.id in shown]
    return [Heading("What was asked", 2), *quotes, Paragraph(line(f"{also}{held}"), note=True)]


def _happened(found: Evidence, short: bool) -> list[Block]:
    clear = found.telling
    out: list[Block] = [Paragraph(told.told(found, d)) for d in clear]
    if clear:
        out.append(figures.shares(found.case, clear, found.models))
        out += [told.two_answers(found, d) for d in (clear[:1] if short else clear)]
    out.append(Paragraph(line(told.how_sure(found)), note=True))
    others = [] if short else [d for d in found.differences if d not in clear][:_COMPARED]
    if others:
        labels = {p.id: p.label for p in found.case.prompts}
        rows = tuple(
            (d.check.label, *(_side(found, c, labels) for c in (d.before, d.after)), told.sure(d)) for d in others
        )
        caption = f"The next clearest of {len(found.differences)} comparisons: in how many answers a check says yes"
        out.append(Table(("the answer ...", "first", "second", "difference"), rows, caption))
    return out


def _side(found: Evidence, count: CheckCount, labels: Mapping[str, str]) -> str:
    return f"{told.of(count)}: {found.models[count.model_id].label}, {labels[count.prompt_id]}"


def _law(case: CaseStudy, sources: Numbered, short: bool) -> list[Block]:
    if not case.policy:
        return []
    hooks = tuple(
        (
            bold(f"{h.instrument}, {h.section}"),
            *line(": "),
            *inline(h.why),
            *line(f" (as of {h.as_of})"),
            sources.cited(Source(f"{h.instrument}, {h.section}, as read in {h.as_of}", h.url)),
        )
        for h in (case.policy[:_LAWS] if short else case.policy)
    )
    return [
        Heading("Relevant law and policy", 2),
        Listing(hooks),
        *_left_out(len(case.policy) - len(hooks), "laws and guidelines"),
    ]


def _left_out(number: int, what: str) -> list[Block]:
    """What a short brief leaves to the case's page."""
    return [Paragraph(line(f"{number} more {what}: see the case's page."), note=True)] if number > 0 else []
