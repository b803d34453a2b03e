"""data/findings/*.json: what was found over the library, as records, and what they were made from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from lib.cases.fingerprint import check_sha, prompt_sha, text_sha
from lib.domain import CaseStudy, Criterion, Model, Stage
from lib.files import digest, read_json, sha256_of, write_text
from lib.measures.shifts import Verdict
from lib.measures.stats import Interval
from lib.paths import Paths

LabelAspect = Literal["helpful", "harmless", "honest", "refusal", "coherent"]
LIBRARY, SHIFTS, CLAIMS, LABELS = "library.json", "shifts.json", "claims.json", "labels.jsonl"
_RULES = 2  # raised whenever the same files come to give other numbers


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Comparison(_Record):
    """A tuning: the model before it and the model after, of which there may be several that differ only in their seed.

    `stage`: of the model before. `after[0]` names it.
    """

    before: str
    after: tuple[str, ...]
    stage: Stage

    @property
    def key(self) -> str:
        return f"{self.before}>{self.after[0]}"


class Level(_Record):
    """A measure of one model over the library: the mean over cases, each case resampled whole.

    A tuning with several seeds stands under its first, with their mean; `seeds`: the value of each.
    """

    measure: str
    model: str
    mean: Interval
    cases: int
    answers: int
    seeds: tuple[float, ...] = ()


class Change(_Record):
    """How a measure changed with a tuning: the mean over the cases that both models have."""

    measure: str
    comparison: str
    mean: Interval
    cases: int


class Corrected(_Record):
    """The mean of people's labels over all of a model's answers, as predicted by a scorer and corrected by labels.

    Labels from 0 (not) to 1 (wholly). `scores`: the mean of the scorer's values, not corrected, over all answers but
    the `unscored`; none where it has read none, so that `mean` is that of the labels alone. `seeds`: as in Level.
    """

    aspect: LabelAspect
    model: str
    mean: Interval
    scores: float | None
    labels: int
    answers: int
    unscored: int = 0
    seeds: tuple[float, ...] = ()

    @property
    def scored(self) -> int:
        """How many answers the scorer has read."""
        return 0 if self.scores is None else self.answers - self.unscored


class Side(_Record):
    """One criterion of a case: what the checks say it moved by, and the likelihood slope.

    `shift`: difference of shares, towards the criterion; `seeds`: that of each seed. `slope`: nats per 100 characters
    for a full step of rating, mean over prompts; `slopes`: that of each prompt.
    """

    shift: Interval | None
    seeds: tuple[float, ...] = ()
    slope: float | None = None
    slopes: tuple[float, ...] = ()


class CorrectedChange(_Record):
    """How the corrected mean of an aspect changed with a tuning."""

    aspect: LabelAspect
    comparison: str
    mean: Interval


class Opposition(_Record):
    """Whether two criteria of a case moved apart; the fields as in lib.measures.shifts.Opposed, `q` over the cases."""

    up: Criterion
    down: Criterion
    index: float
    sure: float
    p: float
    q: float
    verdict: Verdict


class CaseShift(_Record):
    """What a tuning did in one case. `opposed`: none where the checks speak of fewer than two criteria."""

    case_id: str
    comparison: str
    sides: dict[Criterion, Side]
    refusal: Interval | None
    opposed: Opposition | None
    pareto: Literal["better", "worse", "mixed", "no change"] | None
    prompts: int
    before: int  # answers
    after: int

    @property
    def same_way(self) -> bool | None:
        """Whether the log-likelihoods of the reference replies moved the same two criteria the same ways."""
        if self.opposed is None:
            return None
        up, down = self.sides[self.opposed.up].slope, self.sides[self.opposed.down].slope
        return None if up is None or down is None else up > 0 > down


class Power(_Record):
    """Of made-up cases with a planted opposition of this size, the share that came out supported."""

    answers: int  # a prompt and model
    planted: float
    supported: float


class Detectable(_Record):
    """What would have been found: the shift of one case, and of the library's mean, that 80 % of such studies find."""

    case: float
    library: float
    power: tuple[Power, ...]


class LibraryFindings(_Record):
    made_from: str
    date: str
    comparisons: tuple[Comparison, ...]
    scale: dict[Criterion, float]
    levels: tuple[Level, ...]
    changes: tuple[Change, ...]
    corrected: tuple[Corrected, ...]
    corrected_changes: tuple[CorrectedChange, ...]
    agreement: dict[str, float]  # of two labellers, Krippendorff's alpha by aspect
    detectable: Detectable


class ShiftFindings(_Record):
    made_from: str
    shifts: tuple[CaseShift, ...]


Stance = Literal["for", "against", "unclear"]


class Item(_Record):
    """One piece of evidence on a claim: a number with its interval, and whether it speaks for the claim.

    `expected`: 1 where the claim would have the number above `chance`, -1 below.
    """

    text: str
    comparison: str | None
    value: Interval
    unit: str
    n: int
    of: str
    expected: Literal[1, -1]
    chance: float = 0.0  # what it would be if tuning did nothing

    @property
    def stance(self) -> Stance:
        edges = [self.expected * (edge - self.chance) for edge in (self.value.low, self.value.high)]
        return "for" if min(edges) > 0 else "against" if max(edges) < 0 else "unclear"


class Example(_Record):
    """Where to see it: a case, a prompt, the two models, and what the check says of both."""

    case_id: str
    prompt_id: str
    check_key: str
    before: str
    after: str


class Claim(_Record):
    """A claim of the paper: the evidence for and against it, and where to see it."""

    claim: str
    would_show: str
    items: tuple[Item, ...]
    examples: tuple[Example, ...]


class ClaimFindings(_Record):
    made_from: str
    claims: tuple[Claim, ...]


# ---- reading and writing ----------------------------------------------------------------------


def made_from(paths: Paths, cases: Sequence[CaseStudy], models: Sequence[Model]) -> str:
    """A hash of all that the findings depend on: what answers there are, what is asked and checked of them, labels."""
    asked = [
        [
            [c.id, c.claim, [prompt_sha(p.messages) for p in c.prompts], [p.variant for p in c.prompts]],
            [[k.key, k.aspect, k.sign, k.prompts, check_sha(k)] for k in c.checks],
            [[text_sha(c.prompts[0], w) for w in r.wordings] + [dict(r.ratings)] for r in c.replies],
        ]
        for c in sorted(cases, key=lambda c: c.id)
    ]
    labels = paths.findings / LABELS
    files = [sha256_of(f) if f.is_file() else "" for f in (paths.manifest, labels)]
    return digest([_RULES, asked, files, sorted([m.id, m.stage, m.base_id or ""] for m in models)])


def write(folder: Path, name: str, record: BaseModel) -> None:
    """To four digits after the point: more would be noise."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / name, json.dumps(_rounded(record.model_dump(mode="json", exclude_defaults=True))) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value


class Found(NamedTuple):
    """All findings over the library; `stale`: answers, cases or labels have changed since they were made."""

    library: LibraryFindings
    shifts: ShiftFindings
    claims: ClaimFindings
    stale: bool


def read(paths: Paths, cases: Sequence[CaseStudy], models: Sequence[Model]) -> Found | None:
    """What was found over these answers, None where nothing has been measured.

    Raises TrilemmaError, naming file and field, where a file cannot be used.
    """
    folder = paths.findings
    if not (folder / LIBRARY).is_file():
        return None
    library = read_json(folder / LIBRARY, LibraryFindings)
    shifts, claims = read_json(folder / SHIFTS, ShiftFindings), read_json(folder / CLAIMS, ClaimFindings)
    return Found(library, shifts, claims, library.made_from != made_from(paths, cases, models))
