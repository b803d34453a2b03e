"""A finding over the library as a part of a policy brief: its sentence, its numbers, and what it does not show."""

from collections.abc import Mapping
from typing import NamedTuple

from lib.briefs.document import Block, Heading, Paragraph, Table, bold, line
from lib.cases.shape import CLAIMS
from lib.domain import Criterion, Model
from lib.findings.records import CaseShift, Claim, Comparison, Found
from lib.findings.told import STANCE, Set, clearness, finding, level_name, tuning, value, verdict
from lib.measures.stats import Interval

_NOT_SHOWN = (
    "A number about small models says nothing of large ones, and tuning differs between makers. Several hundred"
    " numbers are looked at, and the intervals are not corrected for that: by chance alone, about one in twenty would"
    " seem clear."
)
_ITEMS, _APART = 6, 8  # pieces of evidence and cases in a table


class Finding(NamedTuple):
    """A finding over the library: what a set of tunings did, or the evidence on a claim of the paper."""

    found: Found
    about: Set | Claim
    models: Mapping[str, Model]
    names: Mapping[str, str]  # short names of the models, by id
    titles: Mapping[str, str]  # of the cases, by id


def title(item: Finding) -> str:
    if isinstance(item.about, Claim):
        return f"A claim of the paper: {CLAIMS[item.about.claim]}"
    return f"What tuning did to {item.about.root.label}"


def sentence(item: Finding) -> str:
    if isinstance(item.about, Claim):
        stances = [i.stance for i in item.about.items]
        counted = f"{stances.count('for')} for, {stances.count('against')} against, {stances.count('unclear')} unclear"
        return f"The numbers over the library: {verdict(item.about)} ({counted})."
    return finding(item.found, item.about, item.names)


def finding_blocks(number: int, item: Finding) -> list[Block]:
    made = f"Measured over the library on {item.found.library.date}."
    if item.found.stale:
        made += " Answers, cases or labels have changed since."
    body = _claim(item, item.about) if isinstance(item.about, Claim) else _levels(item, item.about)
    return [
        Heading(f"{number}. {title(item)}"),
        Paragraph(line(sentence(item))),
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
        (x.aspect, level_name(x, item.models), _percent(x.mean), f"{x.answers:,} answers, {x.labels} labelled")
        for x in library.corrected
        if x.model in (mine.root.id, mine.headline.after[0])
    ]
    if rows:
        caption = "Out of 100: readers' labels of a random part, carried over to all answers, with 95% intervals"
    else:
        caption = "Out of 100: what the answer keys decide, with 95% intervals over cases"
        rows = [
            (x.measure, level_name(x, item.models), _percent(x.mean), f"{x.cases} cases, {x.answers:,} answers")
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
