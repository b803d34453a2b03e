"""The obvious suites: pairs of replies that any reader orders the same way, and what a scorer makes of them.

A scorer that orders fewer than 90 % of the pairs that it scores stands on no card.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from lib.domain import CRITERIA, Criterion, Encoder, Message, Prompt
from lib.files import read_jsonl, write_json
from lib.measures.stats import share
from lib.scoring.heads import Heads
from lib.scoring.learned import ReplyToScore, prepared, score

SUITES = {"obvious": "obvious.jsonl", "obvious, held back": "obvious-held-back.jsonl"}
RECORDS = "obvious/records.json"
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


_RECORDS = TypeAdapter(list[ObviousRecord])


def read_suite(folder: Path, suite: str) -> list[ObviousPair]:
    """Raises TrilemmaError, naming file and line, where a pair can't be read."""
    return read_jsonl(folder / SUITES[suite], ObviousPair)


def obvious_records(suite: str, pairs: Sequence[ObviousPair], heads: Heads, reader: Encoder) -> list[ObviousRecord]:
    """What the heads make of a suite, one record a criterion; no case is given."""
    replies = [
        ReplyToScore(Prompt(f"obvious/{p.id}", "live", "neutral", p.id, "en", (Message("user", p.prompt),)), text)
        for p in pairs
        for text in (p.better, p.worse)
    ]
    scored = score(prepared(replies, reader), heads)
    out = []
    for criterion in CRITERIA:
        values = [
            tuple(next(s.value for s in scores if s.aspect == criterion) for scores in both)
            for pair, both in zip(pairs, zip(scored[::2], scored[1::2], strict=True), strict=True)
            if pair.aspect == criterion
        ]
        own = [p for p in pairs if p.aspect == criterion]
        known = [(better, worse) for better, worse in values if better is not None and worse is not None]
        right = sum(better > worse for better, worse in known)
        sure = share(right, len(known))
        out.append(
            ObviousRecord(
                suite=suite,
                scorer=heads.card.scorer,
                aspect=criterion,
                pairs=len(own),
                scored=len(known),
                right=right,
                low=sure.low if sure else None,
                high=sure.high if sure else None,
                longest_right=sum(len(p.better) > len(p.worse) for p in own),
            )
        )
    return out


def write_obvious(folder: Path, records: Iterable[ObviousRecord]) -> None:
    write_json(folder / RECORDS, [r.model_dump() for r in records])


def read_obvious(folder: Path) -> list[ObviousRecord]:
    """Empty where no suite has been tried."""
    path = folder / RECORDS
    return _RECORDS.validate_json(path.read_bytes()) if path.exists() else []


def earned(records: Iterable[ObviousRecord]) -> frozenset[tuple[str, Criterion]]:
    """(scorer, criterion) of those that ordered enough of the obvious pairs, in every suite that was tried."""
    records = list(records)
    failed = {(r.scorer, r.aspect) for r in records if not r.earned}
    return frozenset((r.scorer, r.aspect) for r in records) - failed
