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
from lib.briefs.markdown import blocks, inline
from lib.briefs.method import Numbered, method
from lib.cases.shape import CLAIMS
from lib.domain import CaseStudy, Criterion, Model
from lib.findings.records import CaseShift, Claim, Comparison, Found
from lib.findings.told import STANCE, Set, clearness, finding, tuning, value, verdict
from lib.measures.differences import CheckCount
from lib.measures.stats import Interval

MOST_ITEMS, MOST_PAGES = 5, 6
MOST_TITLE, MOST_NOTE = 120, 1500  # characters
DEFAULT_TITLE = "What language models answered"
_NOT_SHOWN = (
    "A number about small models says nothing of large ones, and tuning differs between makers. Several hundred"
    " numbers are looked at, and the intervals are not corrected for that: by chance alone, about one in twenty would"
    " seem clear."
)
_LONG = 240  # characters of an address
_NOTE = "Note by the compiler of this brief"
_COMPARED, _ITEMS, _APART = 5, 6, 8  # comparisons, pieces of evidence and cases in a table
_MANY, _LAWS, _FACTS = 3, 2, 2  # items from which a brief is short; then laws and facts of a case


class Finding(NamedTuple):
    """A finding over the library: what a set of tunings did, or the evidence on a claim of the paper."""

    found: Found
    about: Set | Claim
    models: Mapping[str, Model]
    names: Mapping[str, str]  # short names of the models, by id
    titles: Mapping[str, str]  # of the cases, by id


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
        parts += _case(number, item, sources, short) if isinstance(item, Evidence) else _finding(number, item)
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
    return line(bold(_stopped(_title(item))), " ", _said(item))


def _stopped(title: str) -> str:
    return title if title[-1] in "?!." else f"{title}."


# ---- a case -----------------------------------------------------------------------------------


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


# ---- a finding --------------------------------------------------------------------------------


def _title(item: Finding) -> str:
    if isinstance(item.about, Claim):
        return f"A claim of the paper: {CLAIMS[item.about.claim]}"
    return f"What tuning did to {item.about.root.label}"


def _said(item: Finding) -> str:
    if isinstance(item.about, Claim):
        stances = [i.stance for i in item.about.items]
        counted = f"{stances.count('for')} for, {stances.count('against')} against, {stances.count('unclear')} unclear"
        return f"The numbers over the library: {verdict(item.about)} ({counted})."
    return finding(item.found, item.about, item.names)


def _finding(number: int, item: Finding) -> list[Block]:
    made = f"Measured over the library on {item.found.library.date}."
    if item.found.stale:
        made += " Answers, cases or labels have changed since."
    body = _claim(item, item.about) if isinstance(item.about, Claim) else _levels(item, item.about)
    return [
        Heading(f"{number}. {_title(item)}"),
        Paragraph(line(_said(item))),
        *body,
        Paragraph(line(made), note=True),
        Heading("What it does not show", 2),
        Paragraph(line(_NOT_SHOWN)),
    ]


def _claim(item: Finding, claim: Claim) -> list[Block]:
    compared: dict[str, Comparison] = {c.key: c for c in item.found.library.comparisons}
    order = ("for", "against", "unclear")
    ranked = sorted(claim.items, key=lambda i: (order.index(i.stance), clearness(i)))
    share = {s: [i for i in ranked if i.stance == s][:_ITEMS] for s in order[:2]}
    shown = [*share["for"], *share["against"]] or ranked[: 2 * _ITEMS]
    rows = tuple((i.text, tuning(i, item.models, compared), value(i), f"{i.n} {i.of}", STANCE[i.stance]) for i in shown)
    caption = f"The clearest {len(rows)} of {len(claim.items)} pieces of evidence, with 95% intervals over cases"
    return [
        Paragraph(line(bold("Would speak for it: "), claim.would_show)),
        Table(("evidence", "tuning", "value", "of", "stance"), rows, caption),
    ]


def _levels(item: Finding, mine: Set) -> list[Block]:
    """The aspects of each model: people's labels carried over to all answers where there are any, or the answer key."""
    library = item.found.library
    rows = [
        (x.aspect, item.models[x.model].label, _percent(x.mean), f"{x.answers:,} answers, {x.labels} labelled")
        for x in library.corrected
        if x.model in (mine.root.id, mine.headline.after[0])
    ]
    if rows:
        caption = "Out of 100: readers' labels of a random part, carried over to all answers, with 95% intervals"
    else:
        caption = "Out of 100: what the answer keys decide, with 95% intervals over cases"
        rows = [
            (x.measure, item.models[x.model].label, _percent(x.mean), f"{x.cases} cases, {x.answers:,} answers")
            for x in library.levels
            if x.model in (mine.root.id, mine.headline.after[0]) and x.measure in ("helpful", "harmless", "honest")
        ]
    least = (
        f"In the mean over the library, a shift has to be about {100 * library.detectable.library:.0f} points to be"
        " found four times out of five."
    )
    return [
        Table(("aspect", "model", "level", "of"), tuple(sorted(rows)), caption),
        Paragraph(line(least), note=True),
        *_apart(item, mine),
    ]


def _apart(item: Finding, mine: Set) -> list[Block]:
    """In which cases two criteria moved apart under the same tuning, the clearest first, and in how many none did."""
    key = mine.headline.key
    told_of = [(s, s.opposed) for s in item.found.shifts.shifts if s.comparison == key and s.opposed]
    counted = {v: sum(o.verdict == v for _, o in told_of) for v in ("supported", "possible", "not shown")}
    ranked = sorted((x for x in told_of if x[1].verdict != "not shown"), key=lambda x: -x[1].index)[:_APART]
    rows = tuple(
        (item.titles.get(s.case_id, s.case_id), o.verdict, *(_moved(s, c) for c in (o.up, o.down)), f"{o.q:.2f}")
        for s, o in ranked
    )
    summary = (
        f"Of {len(told_of)} cases with checks on two criteria, two moved apart: {counted['supported']} supported,"
        f" {counted['possible']} possible, {counted['not shown']} not shown. Not shown doesn't mean that there is none."
    )
    caption = f"The {len(rows)} clearest: what rose and what fell, in points, with 95% intervals; q over all cases"
    table = [Table(("case", "verdict", "rose", "fell", "q"), rows, caption)] if rows else []
    return [Heading("Where two criteria moved apart", 2), Paragraph(line(summary)), *table]


def _moved(shift: CaseShift, criterion: Criterion) -> str:
    interval = shift.sides[criterion].shift
    if interval is None:
        return f"{criterion}: not measured"
    return f"{criterion} {100 * interval.value:+.0f} ({100 * interval.low:+.0f} to {100 * interval.high:+.0f})"


def _percent(mean: Interval) -> str:
    return f"{100 * mean.value:.0f} ({100 * mean.low:.0f} to {100 * mean.high:.0f})"
