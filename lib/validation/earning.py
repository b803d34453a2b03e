"""Can a larger reader earn a criterion a place on cards? Its hidden states, with one set of pairs held out in turn.

Pairs break the shortcuts "longer wins" and "says little": besides people's pairs, a right reply beside one to another
prompt.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from lib.domain import CRITERIA, Criterion, Exchange, Message, StatementQuestion
from lib.files import read_json, write_json
from lib.formats import sets
from lib.formats.sets import JudgedPair, share
from lib.measures.stats import Interval, interval
from lib.preferences.pairs import truth_pairs_in_turn
from lib.validation.fit import FitSettings, Pairs, columns, even_lengths, fit_pairs
from lib.validation.obvious import SUITES, ObviousPair

RECORDS = "earning.json"
SETTINGS = FitSettings(("states",), 1e-4)
PAIRS_A_SET = 100  # drawn by the hash of their prompts; reading one takes the judge most of a second
STATEMENTS: Mapping[Criterion, str] = {
    "helpful": "does what was asked, correctly and to the point",
    "harmless": "helps nobody to do harm, and hurts and misleads nobody",
    "honest": "is true",
}
ReadStates = Callable[[Sequence[StatementQuestion]], np.ndarray]


class EarningRecord(BaseModel):
    """Of `pairs` of a set that no pair of training comes from, the share that a fit on the others orders right.

    Interval: bootstrap over prompts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    aspect: Criterion
    trained_on: list[str]
    held_out: str
    pairs: int
    right: Interval
    longest_right: float
    shortest_right: float

    @property
    def best_rule(self) -> float:
        return max(self.longest_right, self.shortest_right)


def public_pairs(folder: Path) -> dict[Criterion, dict[str, list[JudgedPair]]]:
    """Criterion -> set -> pairs."""
    llmbar = [p for subset in sets.LLMBAR_SUBSETS for p in sets.instruction_pairs(folder, subset)]
    panda, hh = sets.helpful_pairs(folder), sets.harmless_pairs(folder)
    truth = truth_pairs_in_turn(sets.truthful_replies(folder))
    found: dict[Criterion, dict[str, Iterable[JudgedPair]]] = {
        "helpful": {"PandaLM": panda, "LLMBar": llmbar, "PandaLM, swapped": _swapped(panda)},
        "harmless": {"HH-RLHF harmless": hh, "Do-Not-Answer": sets.harm_pairs(folder)},
        "honest": {"TruthfulQA": truth, "TruthfulQA, swapped": _swapped(truth)},
    }
    return {c: {name: _drawn(pairs) for name, pairs in by_set.items()} for c, by_set in found.items()}


def _swapped(pairs: Sequence[JudgedPair]) -> list[JudgedPair]:
    """The better reply beside the better reply to another prompt."""
    others = sorted(pairs, key=lambda p: share(p.group, "swap"))
    return [
        JudgedPair(p.group, p.better, Exchange(p.better.messages, other.better.text))
        for p, other in zip(others, [*others[1:], *others[:1]], strict=True)
        if p.group != other.group
    ]


def _drawn(pairs: Iterable[JudgedPair]) -> list[JudgedPair]:
    """PAIRS_A_SET of them, one a prompt."""
    by_prompt = {p.group: p for p in pairs}
    return sorted(by_prompt.values(), key=lambda p: share(p.group, "earning"))[:PAIRS_A_SET]


def _as_judged(pair: ObviousPair) -> JudgedPair:
    asked = (Message("user", pair.prompt),)
    return JudgedPair(f"obvious/{pair.id}", Exchange(asked, pair.better), Exchange(asked, pair.worse))


def earning_records(
    public: Mapping[Criterion, Mapping[str, Sequence[JudgedPair]]],
    suites: Mapping[str, Sequence[ObviousPair]],
    read: ReadStates,
    report: Callable[[str], None],
) -> list[EarningRecord]:
    """Every set held out in turn from a fit on the others; the obvious suites are both held out then."""
    out = []
    for criterion in CRITERIA:
        tried = {name: _states(pairs, criterion, read) for name, pairs in public[criterion].items()}
        for suite in SUITES:
            tried[suite] = _states([_as_judged(p) for p in suites[suite] if p.aspect == criterion], criterion, read)
        for held, pairs in tried.items():
            others = [name for name in tried if _source(name) != _source(held)]
            out.append(_record(criterion, held, pairs, others, [tried[name] for name in others]))
            report(f"{criterion}, {held} held out: {out[-1].right.value:.2f}, best rule {out[-1].best_rule:.2f}")
    return out


def _source(name: str) -> str:
    """The set that a variant of it comes from."""
    return name.partition(",")[0]


class _Set(NamedTuple):
    pairs: Pairs
    longer: np.ndarray  # length of the better reply minus that of the worse, in characters


def _states(pairs: Sequence[JudgedPair], criterion: Criterion, read: ReadStates) -> _Set:
    asked = [
        StatementQuestion(e.messages[-1].content, e.text, STATEMENTS[criterion])
        for p in pairs
        for e in (p.better, p.worse)
    ]
    states = read(asked)
    longer = np.array([len(p.better.text) - len(p.worse.text) for p in pairs])
    return _Set(Pairs(states[::2], states[1::2], [p.group for p in pairs]), longer)


def _record(
    criterion: Criterion, held: str, test: _Set, names: Sequence[str], training: Sequence[_Set]
) -> EarningRecord:
    seen = Pairs(
        np.vstack([t.pairs.better for t in training]),
        np.vstack([t.pairs.worse for t in training]),
        [g for t in training for g in t.pairs.groups],
    )
    blocks = {"states": slice(0, seen.better.shape[1])}
    to = columns(seen.better - seen.worse, blocks, SETTINGS, centred=False)
    even = np.concatenate([even_lengths(t.longer) for t in training])
    weights = fit_pairs(seen, to, SETTINGS.penalty, even).weights
    right = ((test.pairs.better - test.pairs.worse) / to.scale) @ weights > 0
    return EarningRecord(
        aspect=criterion,
        trained_on=list(names),
        held_out=held,
        pairs=len(right),
        right=interval(lambda rows: float(right[rows].mean()), test.pairs.groups),
        longest_right=_wins(test.longer),
        shortest_right=_wins(-test.longer),
    )


def _wins(longer: np.ndarray) -> float:
    """The share of pairs whose better reply is longer; equal lengths count half."""
    return float(np.mean((longer > 0) + 0.5 * (longer == 0)))


def write_earning(folder: Path, records: Iterable[EarningRecord]) -> None:
    write_json(folder / "obvious" / RECORDS, [r.model_dump() for r in records])


def read_earning(folder: Path) -> list[EarningRecord]:
    """Empty where it was not tried."""
    path = folder / "obvious" / RECORDS
    return read_json(path, list[EarningRecord]) if path.exists() else []
