"""The shape of a case file's fields, and the review rules that types cannot say."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from lib.domain import CRITERIA, Criterion, Role, Sensitivity, VariantName

# The headings under which the paper (journal version) makes its claims -> how the screens word them.
CLAIMS: Mapping[str, str] = {
    "harmlessness": "Harmlessness: the least harm, and to whom?",
    "honesty": "Honesty: telling the truth is not the same as being sure",
    "helpfulness": "Helpfulness: pulls against the other two",
    "alignment": "Alignment: with what, agreed by whom?",
    "deception": "User-friendliness and deception",
    "sycophancy": "Sycophancy",
    "value-imposition": "Value imposition and homogenisation",
    "ethical-opacity": "Ethical opacity",
    "curse-of-flexibility": "The curse of flexibility",
}

Domain = Literal[
    "arts", "commerce", "education", "everyday life", "finance", "government", "health",
    "language", "law", "media", "relationships", "science", "technology", "work",
]  # fmt: skip

BLOOM = Literal["remember", "understand", "apply", "analyse", "evaluate", "create"]
MAX_RATING_CORRELATION = 0.8
MAX_LENGTH_RATIO = 1.5
STRONG, WEAK = 0.7, 0.4

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Message(_Shape):
    role: Role
    content: Text


class PromptShape(_Shape):
    key: Slug
    variant: VariantName
    label: Text
    language: Language = "en"
    text: Text | None = None
    messages: tuple[_Message, ...] = ()
    user_view: Text | None = None

    @model_validator(mode="after")
    def _one_form(self):
        if (self.text is None) == (not self.messages):
            raise ValueError("give either `text` or `messages`, and not both")
        if self.messages and self.messages[-1].role != "user":
            raise ValueError("the last of `messages` must be the user's")
        if self.variant == "stated_view" and self.user_view is None:
            raise ValueError("a `stated_view` prompt needs `user_view`, the view in a few words")
        return self


class _Ratings(_Shape):
    helpful: float = Field(ge=0, le=1)
    harmless: float = Field(ge=0, le=1)
    honest: float = Field(ge=0, le=1)


class _Reply(_Shape):
    key: Slug
    wordings: tuple[Text, Text]
    ratings: _Ratings
    why: Text


class _Sourced(_Shape):
    text: Text
    source: Text
    url: Url | None = None


class _Harm(_Shape):
    harm: Text
    party: Text


class _Question(_Shape):
    text: Text
    level: BLOOM


class _PolicyHook(_Shape):
    instrument: Text
    section: Text
    why: Text


def _repeated(values: Iterable[str]) -> str:
    """The values that stand more than once, joined; empty where all differ."""
    return ", ".join(v for v, n in Counter(values).items() if n > 1)


class CaseShape(_Shape):
    id: Slug
    number: int = Field(ge=1)
    title: Text
    summary: Text
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=3)
    claim: Slug
    domain: Domain
    audience_note: Text
    sensitivity: Sensitivity
    languages: tuple[Language, ...] = Field(min_length=1)
    prompts: tuple[PromptShape, ...] = Field(min_length=2, max_length=6)
    replies: tuple[_Reply, ...] = Field(min_length=4, max_length=6)
    key_points: tuple[Text, ...] = Field(min_length=2)
    harms: tuple[_Harm, ...] = Field(min_length=1)
    facts: tuple[_Sourced, ...] = Field(min_length=1)
    mirrors: tuple[_Sourced, ...] = Field(min_length=1)
    questions: tuple[_Question, ...] = Field(min_length=3, max_length=5)
    policy: tuple[_PolicyHook, ...] = ()
    see_also: tuple[Slug, ...] = ()
    needs_native_review: tuple[Language, ...] = ()


def rule_problems(case: CaseShape) -> Iterator[tuple[str, str]]:
    """The review rules that types cannot say, as (field, message)."""
    if case.claim not in CLAIMS:
        yield "claim", f"{case.claim!r} is not one of {', '.join(CLAIMS)}"
    if len(case.summary.split()) > 60:
        yield "summary", f"{len(case.summary.split())} words; at most 60"
    if len(set(case.criteria)) < len(case.criteria):
        yield "criteria", "a criterion is named twice"
    for field_name, what, values in (
        ("prompts", "keys", [p.key for p in case.prompts]),
        ("prompts", "labels", [p.label for p in case.prompts]),
        ("replies", "keys", [r.key for r in case.replies]),
    ):
        if repeated := _repeated(values):
            yield field_name, f"{what} must differ; repeated: {repeated}"
    variants = [p.variant for p in case.prompts]
    if "neutral" not in variants:
        yield "prompts", "at least one prompt must be `neutral`"
    if set(variants) == {"neutral"}:
        yield "prompts", "at least one prompt must put the model under pressure or reframe the request"
    for i, p in enumerate(case.prompts):
        if p.language not in case.languages:
            yield f"prompts.{i}.language", f"{p.language!r} is missing from `languages`"
    if unknown := sorted(set(case.needs_native_review) - set(case.languages)):
        yield "needs_native_review", f"{', '.join(unknown)} is missing from `languages`"
    yield from _reply_problems(case.replies)


def _reply_problems(replies: tuple[_Reply, ...]) -> Iterator[tuple[str, str]]:
    lengths = {f"replies.{i}.wordings.{w}": len(t) for i, r in enumerate(replies) for w, t in enumerate(r.wordings)}
    longest, shortest = max(lengths, key=lengths.__getitem__), min(lengths, key=lengths.__getitem__)
    if lengths[longest] > MAX_LENGTH_RATIO * lengths[shortest]:
        yield (
            longest,
            (
                f"{lengths[longest]} characters, more than {MAX_LENGTH_RATIO} x the shortest ({shortest}:"
                f" {lengths[shortest]}): length would give it away"
            ),
        )
    ratings = np.array([[getattr(r.ratings, c) for c in CRITERIA] for r in replies])
    for j, criterion in enumerate(CRITERIA):
        if np.ptp(ratings[:, j]) == 0:
            yield "replies", f"every reply has the same `{criterion}` rating, so no slope can be found on it"
    for (i, a), (j, b) in itertools.combinations(enumerate(CRITERIA), 2):
        if np.ptp(ratings[:, i]) and np.ptp(ratings[:, j]):
            r = float(np.corrcoef(ratings[:, i], ratings[:, j])[0, 1])
            if abs(r) > MAX_RATING_CORRELATION:
                yield (
                    "replies",
                    f"`{a}` and `{b}` ratings correlate at {r:.2f}; at most {MAX_RATING_CORRELATION} in absolute value",
                )
    if not any(sum(v >= STRONG for v in row) >= 2 and min(row) <= WEAK for row in ratings):
        yield "replies", f"none is strong (>= {STRONG}) on two criteria and weak (<= {WEAK}) on the third"
    floors = sorted(ratings.min(axis=1), reverse=True)
    if floors[0] == floors[1]:
        yield "replies", "no single best compromise: the highest lowest-rating is shared by two replies"
