"""The seeds of one tuning as one, and whether the sets of several bases show the same pattern."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Literal, NamedTuple

from lib.domain import Criterion
from lib.tuning.findings import Cell, ChoiceCell
from lib.tuning.sets import TuningSet

Side = Literal["with", "against", ""]
Verdict = Literal["same", "opposite", "open", "chance"]


class Pooled(NamedTuple):
    """One share of one tuning: of one seed with its 95 % interval, of more their mean with the range over them."""

    value: float
    low: float
    high: float
    seeds: int
    side: Side  # of chance (a half), on which the whole interval of every seed lies; "" where there is no such side


class Row(NamedTuple):
    """One model, or all seeds of one tuning by the first one's id, on the pairs of one criterion."""

    model: str
    set: Criterion
    n: int
    share: Pooled


def pooled(seeds: Sequence[Cell] | Sequence[ChoiceCell]) -> Pooled:
    values = [s.accuracy for s in seeds]
    low, high = (seeds[0].low, seeds[0].high) if len(seeds) == 1 else (min(values), max(values))
    sides: set[Side] = {"with" if s.low > 0.5 else "against" if s.high < 0.5 else "" for s in seeds}
    return Pooled(mean(values), low, high, len(seeds), sides.pop() if len(sides) == 1 else "")


def rows_over_seeds(cells: Sequence[Cell], mine: TuningSet) -> list[Row]:
    """Cells of one measure, over all pairs or over matched ones, in their order."""
    first = {name: seeds[0] for seeds in mine.tunings for name in seeds}
    together: dict[tuple[str, Criterion], list[Cell]] = {}
    for cell in cells:
        together.setdefault((first.get(cell.model, cell.model), cell.set), []).append(cell)
    return [Row(model, name, seeds[0].n, pooled(seeds)) for (model, name), seeds in together.items()]


def rewards(cells: Sequence[Cell], length_matched: bool = False) -> list[Cell]:
    return [c for c in cells if c.measure == "implicit_reward" and c.length_matched == length_matched]


def tuned_on(criterion: Criterion, mine: TuningSet, rows: Sequence[Row]) -> dict[Criterion, Row]:
    """The rows of the tuning on one criterion alone; of several the last, which leaves boilerplate out."""
    measured = {r.model for r in rows}
    alone = [first for first, *_ in mine.tunings if mine.cards[first].recipe.criteria == (criterion,)]
    last = next((name for name in reversed(alone) if name in measured), None)
    return {r.set: r for r in rows if r.model == last}


def verdict(sides: Sequence[Side]) -> Verdict:
    """Whether several sets lie on one side of chance, on both, or some or all on none that can be told."""
    if not any(sides):
        return "chance"
    if all(sides):
        return "same" if len({*sides}) == 1 else "opposite"
    return "open" if len({s for s in sides if s}) == 1 else "opposite"


def sides_by_set(by_set: Mapping[str, Mapping[Criterion, Row]], criterion: Criterion) -> dict[str, Side]:
    """On which side of chance each set lies on the pairs of a criterion; without the sets that have no such row."""
    return {name: rows[criterion].share.side for name, rows in by_set.items() if criterion in rows}
