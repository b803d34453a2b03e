"""The obvious suites: pairs of replies that any reader orders the same way, and what a scorer makes of them.

A scorer that orders fewer than 90 % of the pairs that it scores stands on no card.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lib.domain import CRITERIA, Criterion, Message, Prompt, Score
from lib.files import read_json, read_jsonl, write_json, write_jsonl
from lib.measures.stats import share
from lib.scoring.learned import ReplyToScore

SUITES = {"obvious": "obvious.jsonl", "obvious, held back": "obvious-held-back.jsonl"}
RECORDS, VALUES = "obvious/records.json", "obvious/values.jsonl"
NEEDED = 0.9  # of the pairs that a scorer scores, the share that it must order right


class ObviousPair(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    aspect: Criterion
    kind: str
    prompt: str
    better: str
    worse: str


class ObviousRecord(BaseModel):
    """Of `pairs` on one criterion a scorer scored both replies of `scored` and ordered `right` of these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str
    scorer: str
    aspect: Criterion
    pairs: int
    scored: int
    right: int
    low: float | None  # 95 % interval of the share (Wilson); none where nothing is scored
    high: float | None
    longest_right: int  # of all pairs, how many the rule "the longer reply" orders right

    @property
    def earned(self) -> bool:
        return self.scored > 0 and self.right >= NEEDED * self.scored


class PairValues(BaseModel):
    """What a scorer gives the replies of a pair, by its id; None where it gives no score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scorer: str
    pair: str
    better: float | None
    worse: float | None

    @property
    def ordered(self) -> bool | None:
        """Whether the better reply gets more; None where one of them has no score."""
        return None if self.better is None or self.worse is None else self.better > self.worse


ScoreReplies = Callable[[Sequence[ReplyToScore]], list[list[Score]]]


def read_suite(folder: Path, suite: str) -> list[ObviousPair]:
    """Raises TrilemmaError, naming file and line, where a pair can't be read."""
    return read_jsonl(folder / SUITES[suite], ObviousPair)


def obvious_values(pairs: Sequence[ObviousPair], scorer: ScoreReplies) -> list[PairValues]:
    """What a scorer gives both replies of each pair on the pair's criterion; no case is given."""
    replies = [
        ReplyToScore(Prompt(f"obvious/{p.id}", "live", "neutral", p.id, "en", (Message("user", p.prompt),)), text)
        for p in pairs
        for text in (p.better, p.worse)
    ]
    scored = scorer(replies)
    out = []
    for pair, both in zip(pairs, zip(scored[::2], scored[1::2], strict=True), strict=True):
        better, worse = (next(s for s in scores if s.aspect == pair.aspect) for scores in both)
        out.append(PairValues(scorer=better.scorer, pair=pair.id, better=better.value, worse=worse.value))
    return out


def obvious_records(suite: str, pairs: Sequence[ObviousPair], values: Iterable[PairValues]) -> list[ObviousRecord]:
    """How many pairs of a suite a scorer orders right, one record a scorer and criterion. `values`: of these pairs."""
    by_scorer: dict[str, dict[str, PairValues]] = {}
    for v in values:
        by_scorer.setdefault(v.scorer, {})[v.pair] = v
    return [
        _record(suite, scorer, criterion, [p for p in pairs if p.aspect == criterion], known)
        for scorer, known in by_scorer.items()
        for criterion in CRITERIA
    ]


def _record(
    suite: str, scorer: str, criterion: Criterion, pairs: Sequence[ObviousPair], values: Mapping[str, PairValues]
) -> ObviousRecord:
    ordered = [o for p in pairs if (o := values[p.id].ordered) is not None]
    sure = share(sum(ordered), len(ordered))
    return ObviousRecord(
        suite=suite,
        scorer=scorer,
        aspect=criterion,
        pairs=len(pairs),
        scored=len(ordered),
        right=sum(ordered),
        low=sure.low if sure else None,
        high=sure.high if sure else None,
        longest_right=sum(len(p.better) > len(p.worse) for p in pairs),
    )


def write_obvious(folder: Path, records: Iterable[ObviousRecord], values: Iterable[PairValues]) -> None:
    write_json(folder / RECORDS, [r.model_dump() for r in records])
    write_jsonl(folder / VALUES, [v.model_dump() for v in values])


def read_obvious(folder: Path) -> list[ObviousRecord]:
    """Empty where no suite has been tried."""
    path = folder / RECORDS
    return read_json(path, list[ObviousRecord]) if path.exists() else []


def read_values(folder: Path) -> list[PairValues]:
    """Empty where no suite has been tried. Raises TrilemmaError, naming file and line, where one can't be read."""
    path = folder / VALUES
    return read_jsonl(path, PairValues) if path.exists() else []


def earned(records: Iterable[ObviousRecord]) -> frozenset[tuple[str, Criterion]]:
    """(scorer, criterion) of those that ordered enough of the obvious pairs, in every suite that was tried."""
    records = list(records)
    failed = {(r.scorer, r.aspect) for r in records if not r.earned}
    return frozenset((r.scorer, r.aspect) for r in records) - failed
