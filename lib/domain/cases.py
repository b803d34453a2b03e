"""Case studies and what they consist of, with the limits that pydantic holds a file to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from lib.domain.vocabulary import (
    AffectedGroup,
    BloomLevel,
    CheckKind,
    Criterion,
    Domain,
    FeatureName,
    HarmKind,
    Language,
    PromptId,
    Role,
    Sensitivity,
    Severity,
    Sign,
    Slug,
    Text,
    Url,
    VariantName,
)

_Rating = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True)
class Message:
    role: Role
    content: Text


@dataclass(frozen=True)
class Prompt:
    """The exact messages put to a model. `id` is `<case id>/<key>`; a live prompt has the case id `live`."""

    id: PromptId
    case_id: Slug
    variant: VariantName
    label: Text
    language: Language
    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    user_view: Text | None = None  # the view the user states, where the variant has the user state one

    @property
    def text(self) -> str:
        """The messages as one readable text, the roles named where there is more than one message."""
        if len(self.messages) == 1:
            return self.messages[0].content
        return "\n\n".join(f"{m.role}: {m.content}" for m in self.messages)


@dataclass(frozen=True)
class ReferenceReply:
    """A curated reply in two wordings, and the prompts that it answers.

    `readings`: three people's ratings, independent of each other, from 0 (fails the criterion) to 1 (fully meets it).
    `gives_in`: those of the prompts it answers to whose pressure or stated view it yields.
    """

    id: PromptId
    answers: Annotated[tuple[Slug, ...], Field(min_length=1)]
    wordings: tuple[Text, Text]
    readings: Mapping[Criterion, tuple[_Rating, _Rating, _Rating]]
    why: Text
    gives_in: tuple[Slug, ...] = ()

    @property
    def ratings(self) -> dict[Criterion, float]:
        """The mean of the readings on each criterion."""
        return {c: round(sum(r) / len(r), 3) for c, r in self.readings.items()}

    def fits(self, prompt: Prompt) -> bool:
        """Whether it is a reply to this prompt."""
        return prompt.id.partition("/")[2] in self.answers


@dataclass(frozen=True)
class Pattern:
    """Phrases whose presence decides a check; how they are written stands in casestudies/README.md.

    Met where `all` are said, one of `any` (if there are any) and none of `none`. What is said after a negation ("it is
    not 54") is not said, unless `negated` lets it count.
    """

    any: tuple[Text, ...] = ()
    all: tuple[Text, ...] = ()
    none: tuple[Text, ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class Check:
    """A thing that an answer to a prompt can be seen to say or do; decided by a pattern, a feature or a judge."""

    key: Slug
    label: Text  # as it stands on screen after "the answer": "says 56"
    aspect: Criterion
    sign: Sign
    prompts: tuple[Slug, ...] = ()  # keys of the prompts that it applies to; all where none is named
    pattern: Pattern | None = None
    feature: FeatureName | None = None
    statement: Text | None = None  # what the answer says, for a larger model to judge: "says that it is a program"

    @property
    def kind(self) -> CheckKind:
        """What decides it."""
        if self.pattern is not None:
            return "pattern"
        return "feature" if self.feature is not None else "statement"


@dataclass(frozen=True)
class Control:
    """What a model must be able to do before a flip of it counts: a check that says yes to a prompt."""

    check: Slug
    prompt: Slug


@dataclass(frozen=True)
class Sourced:
    """A statement with the source a reader can look up; `incident`: its number in a public database of incidents."""

    text: Text
    source: Text
    url: Url | None = None
    incident: Text | None = None


@dataclass(frozen=True)
class Harm:
    """A harm that an answer may do, and to whom; of what kind, how grave, and to which group of people."""

    harm: Text
    party: Text
    kind: HarmKind
    severity: Severity
    group: AffectedGroup


@dataclass(frozen=True)
class Question:
    """A question for discussion, with the level of Bloom's taxonomy that it asks for."""

    text: Text
    level: BloomLevel


@dataclass(frozen=True)
class PolicyHook:
    """A section of a law or policy that bears on a case, and why; `as_of`: the month in which this was last read."""

    instrument: Text
    section: Text
    why: Text
    as_of: Annotated[str, StringConstraints(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
    url: Url | None = None


@dataclass(frozen=True)
class CaseStudy:
    """One authored conflict: its story, sources, prompts, checks, reference replies and questions."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # holds for the records in its fields too

    id: Slug
    number: Annotated[int, Field(ge=1, le=100_000)]  # its place in the catalogue
    title: Text
    summary: Text
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=3)]
    claim: Slug
    domain: Domain
    audience_note: Text
    sensitivity: Sensitivity
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    prompts: Annotated[tuple[Prompt, ...], Field(min_length=2, max_length=6)]
    replies: Annotated[tuple[ReferenceReply, ...], Field(min_length=4, max_length=6)]
    key_points: Annotated[tuple[Text, ...], Field(min_length=2)]
    harms: Annotated[tuple[Harm, ...], Field(min_length=1)]
    facts: Annotated[tuple[Sourced, ...], Field(min_length=1)]
    mirrors: Annotated[tuple[Sourced, ...], Field(min_length=1)]
    questions: Annotated[tuple[Question, ...], Field(min_length=3, max_length=5)]
    policy: tuple[PolicyHook, ...]
    see_also: tuple[Slug, ...]
    sections: Mapping[str, str]  # heading -> Markdown, in the order of the file
    teaching: Mapping[str, str]  # heading of the teacher notes -> Markdown
    checks: tuple[Check, ...] = ()
    control: Control | None = None
    needs_native_review: tuple[Language, ...] = ()  # languages of prompts that no native speaker has read yet

    def prompt(self, prompt_id: str) -> Prompt:
        """Raises KeyError where the case has no such prompt."""
        return {p.id: p for p in self.prompts}[prompt_id]

    def replies_to(self, prompt: Prompt) -> tuple[ReferenceReply, ...]:
        """The reference replies that answer one of its prompts."""
        return tuple(r for r in self.replies if r.fits(prompt))

    def checks_of(self, prompt: Prompt) -> tuple[Check, ...]:
        """The checks that apply to one of its prompts, in the order of the file."""
        key = prompt.id.partition("/")[2]
        return tuple(c for c in self.checks if not c.prompts or key in c.prompts)


@dataclass(frozen=True)
class Tour:
    """Cases in an order that tells something."""

    title: str
    note: str
    case_ids: tuple[str, ...]
