"""The scorers for others' texts: JSON Lines in, JSON Lines out.

A file with a line that cannot be used is refused whole.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lib.cases.fingerprint import CHECK_RULES
from lib.cases.shape import check_problems
from lib.domain import (
    Aspect,
    CaseStudy,
    Check,
    Criterion,
    Encoder,
    Exchange,
    Judgement,
    Message,
    Prompt,
    Score,
    Scorer,
    TrilemmaError,
)
from lib.files import jsonl_lines
from lib.formats.dialogue import dialogue
from lib.scoring.checks import Verdict, decide
from lib.scoring.coherence import coherence
from lib.scoring.features import features
from lib.scoring.heads import Heads
from lib.scoring.inputs import with_counts
from lib.scoring.judge import Judge, judge_pair
from lib.scoring.learned import ReplyToScore, prepared, score

# The features whose marks bear on an aspect: those spans go out with its score.
MARKS: Mapping[Aspect, tuple[str, ...]] = {
    "helpful": ("question", "refusal"),
    "harmless": ("safeguard", "disapproval", "question"),
    "honest": ("hedge", "booster", "evidence", "feeling", "disclaimer", "agreement", "flattery"),
    "refusal": ("refusal", "disapproval"),
    "tone": ("first_person", "feeling", "apology"),
}
_CHUNK = 200


class BadLines(TrilemmaError):
    """An input file that cannot be used. The message names the line and the fault, and that nothing was written."""

    def __init__(self, fault: str):
        super().__init__(f"{fault}. Nothing was written.")


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str | int
    prompt: str | list[_Turn]

    @field_validator("prompt")
    @classmethod
    def _asks(cls, prompt: str | list[_Turn]) -> str | list[_Turn]:
        if isinstance(prompt, list) and (not prompt or prompt[-1].role != "user"):
            raise ValueError("the last turn must be the user's")
        return prompt

    @property
    def messages(self) -> tuple[Message, ...]:
        return (
            dialogue(self.prompt)
            if isinstance(self.prompt, str)
            else tuple(Message(t.role, t.content) for t in self.prompt)
        )


_Row = TypeVar("_Row", bound=_Shape)


class ReplyLine(_Shape):
    """One reply to score: `case` is a case's id, `language` an ISO 639-1 code, `user_view` the view the user states.

    `checks` are written as in a case: what the reply is to be seen to say.
    """

    response: str
    case: str | None = None
    user_view: str | None = None
    language: str = Field("en", pattern=r"^[a-z]{2}$")
    checks: tuple[Check, ...] = ()

    @field_validator("checks")
    @classmethod
    def _decidable(cls, checks: tuple[Check, ...]) -> tuple[Check, ...]:
        if problem := next((f"{c.key}: {problem}" for c in checks for problem in check_problems(c)), None):
            raise ValueError(problem)
        return checks


class PairLine(_Shape):
    a: str
    b: str


def read_lines(path: Path, shape: type[_Row]) -> list[_Row]:
    """Rows in order. Raises BadLines, with the line, for bad JSON, a missing or unknown field, a repeated id."""
    out: list[_Row] = []
    seen: dict[str, int] = {}
    for number, row in jsonl_lines(path, shape, BadLines, name=str(path)):
        name = str(row.id)
        if name in seen:
            raise BadLines(f"{path}: line {number}: the id {name!r} is a duplicate of line {seen[name]}")
        seen[name] = number
        out.append(row)
    if not out:
        raise BadLines(f"{path}: has no lines")
    return out


Judged = Mapping[str | int, Sequence[Judgement]]  # what the judge of statements found, by the id of the row


def check_lines(row: ReplyLine, judged: Judged = MappingProxyType({})) -> list[dict]:
    """One line a check of the row, in order; `value` is 1 where the reply says it, 0 where not."""
    found = decide(row.checks, row.response, row.language, judged.get(row.id, ()))
    return [_check_line(row, check, verdict) for check, verdict in zip(row.checks, found, strict=True)]


def _check_line(row: ReplyLine, check: Check, verdict: Verdict) -> dict:
    return {
        "id": row.id,
        "aspect": check.aspect,
        "scorer": "check",
        "version": str(CHECK_RULES),
        "value": None if verdict.says is None else int(verdict.says),
        "status": "scored" if verdict.says is not None else "unscored" if check.statement else "incoherent",
        "reason": verdict.reason,
        "low": None,
        "high": None,
        "spans": [{"start": s.start, "end": s.end, "feature": s.feature} for s in verdict.spans],
        "check": check.key,
        "label": check.label,
        "sign": check.sign,
    }


def judge_lines(
    rows: Sequence[ReplyLine], cases: Mapping[str, CaseStudy], scorer: Scorer, report: Callable[[int], None]
) -> list[dict]:
    """The lines of each row's checks, then one a criterion, by a judge or another scorer of one reply at a time."""
    _check_cases(rows, cases)
    out: list[dict] = []
    for number, row in enumerate(rows, start=1):
        reply = _reply(row, cases)
        out += check_lines(row)
        out += [_line(row, reply, s) for s in scorer(reply.prompt, reply.text, cases.get(row.case or ""))]
        report(number)
    return out


def judge_pair_lines(
    rows: Sequence[PairLine], criterion: Criterion, judge: Judge, report: Callable[[int], None]
) -> list[dict]:
    """`p_a` is 1 or 0; a judge that changes its choice with the order, or names none, is `unscored`.

    The judge's replies are kept in `raw`.
    """
    name, version = judge.scorer.rsplit("-", 1)
    out: list[dict] = []
    for number, row in enumerate(rows, start=1):
        found = judge_pair(judge, criterion, row.messages, row.a, row.b)
        status = "scored" if found.p_a is not None else "unscored"
        out.append(
            {
                "id": row.id,
                "criterion": criterion,
                "p_a": found.p_a,
                "status": status,
                "scorer": name,
                "version": version,
                "raw": found.raw,
            }
        )
        report(number)
    return out


def _check_cases(rows: Sequence[ReplyLine], cases: Mapping[str, CaseStudy]) -> None:
    for number, row in enumerate(rows, start=1):
        if row.case is not None and row.case not in cases:
            raise BadLines(f"row {number} (id {row.id!r}): case: {row.case!r} is not in the library")


def score_lines(
    rows: Sequence[ReplyLine],
    cases: Mapping[str, CaseStudy],
    heads: Heads,
    reader: Encoder,
    report: Callable[[int], None],
    judged: Judged = MappingProxyType({}),
) -> list[dict]:
    """The lines of each row's checks, then one an aspect, in the order of the input.

    Raises BadLines where a case is not in the library.
    """
    _check_cases(rows, cases)
    out: list[dict] = []
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        replies = prepared([_reply(r, cases) for r in part], reader)
        for row, reply, scores in zip(part, replies, score(replies, heads), strict=True):
            out += check_lines(row, judged)
            out += [_line(row, reply, s) for s in scores]
        report(start + len(part))
    return out


def _reply(row: ReplyLine, cases: Mapping[str, CaseStudy]) -> ReplyToScore:
    prompt = Prompt(f"line/{row.id}", row.case or "live", "neutral", "Line", row.language, row.messages, row.user_view)
    return ReplyToScore(prompt, row.response)


def _line(row: ReplyLine, reply: ReplyToScore, found: Score) -> dict:
    scorer, version = found.scorer.rsplit("-", 1)
    marks = features(reply.text, reply.prompt.user_view, reply.prompt.language).spans
    line = {
        "id": row.id,
        "aspect": found.aspect,
        "scorer": scorer,
        "version": version,
        "value": found.value,
        "status": found.status,
        "reason": found.reason,
        "low": found.low,
        "high": found.high,
        "spans": [
            {"start": s.start, "end": s.end, "feature": s.feature} for s in marks if s.feature in MARKS[found.aspect]
        ],
    }
    if found.aspect == "refusal":
        line["label"] = found.label
    return line


def prefer_lines(
    rows: Sequence[PairLine], criterion: Criterion, heads: Heads, reader: Encoder, report: Callable[[int], None]
) -> list[dict]:
    """`p_a`, the probability that people would find `a` the better reply on the criterion.

    Swapping a and b gives one minus it.
    """
    head = heads.of[f"{criterion} preference"]
    low, high = head.abstain
    out: list[dict] = []
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        exchanges = [Exchange(r.messages, text) for r in part for text in (r.a, r.b)]
        x = with_counts(exchanges, reader.vectors(exchanges))
        for row, p in zip(part, head.preference(x[::2], x[1::2]), strict=True):
            readable = coherence(row.a).coherent and coherence(row.b).coherent
            status = "incoherent" if not readable else "unscored" if low < p < high else "scored"
            out.append(
                {
                    "id": row.id,
                    "criterion": criterion,
                    "p_a": float(p),
                    "status": status,
                    "scorer": heads.card.name,
                    "version": str(heads.card.version),
                }
            )
        report(start + len(part))
    return out
