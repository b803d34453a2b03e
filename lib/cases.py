"""casestudies/*.md -> CaseStudy: YAML front matter for the fields, Markdown for the story, every problem named by file, line and field."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from lib.domain import (
    CRITERIA,
    CaseStudy,
    Criterion,
    Harm,
    Message,
    PolicyHook,
    Prompt,
    Question,
    ReferenceReply,
    Role,
    Sensitivity,
    Sourced,
    TrilemmaError,
    VariantName,
)

SECTIONS = (
    "The situation",
    "Who is affected",
    "What pulls apart",
    "What to look for in the answers",
    "What this does not show",
)

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


class Problem(NamedTuple):
    """One thing wrong with a case file."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message}"


class CaseProblems(TrilemmaError):
    """Case files that cannot be used; `problems` names each fault."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


# ---- the file's shape -------------------------------------------------------------------------

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Message(_Shape):
    role: Role
    content: Text


class _Prompt(_Shape):
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


class _Case(_Shape):
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
    prompts: tuple[_Prompt, ...] = Field(min_length=2, max_length=6)
    replies: tuple[_Reply, ...] = Field(min_length=4, max_length=6)
    key_points: tuple[Text, ...] = Field(min_length=2)
    harms: tuple[_Harm, ...] = Field(min_length=1)
    facts: tuple[_Sourced, ...] = Field(min_length=1)
    mirrors: tuple[_Sourced, ...] = Field(min_length=1)
    questions: tuple[_Question, ...] = Field(min_length=3, max_length=5)
    policy: tuple[_PolicyHook, ...] = ()
    see_also: tuple[Slug, ...] = ()


def _rule_problems(case: _Case) -> Iterator[tuple[str, str]]:
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
    yield from _reply_problems(case.replies)


def _reply_problems(replies: tuple[_Reply, ...]) -> Iterator[tuple[str, str]]:
    lengths = {f"replies.{i}.wordings.{w}": len(t) for i, r in enumerate(replies) for w, t in enumerate(r.wordings)}
    longest, shortest = max(lengths, key=lengths.__getitem__), min(lengths, key=lengths.__getitem__)
    if lengths[longest] > MAX_LENGTH_RATIO * lengths[shortest]:
        yield (
            longest,
            f"{lengths[longest]} characters, more than {MAX_LENGTH_RATIO} x the shortest ({shortest}: {lengths[shortest]}): length would give it away",
        )
    ratings = np.array([[getattr(r.ratings, c) for c in CRITERIA] for r in replies])
    for j, criterion in enumerate(CRITERIA):
        if np.ptp(ratings[:, j]) == 0:
            yield "replies", f"every reply has the same `{criterion}` rating, so no slope can be found on it"
    for (i, a), (j, b) in itertools.combinations(enumerate(CRITERIA), 2):
        if np.ptp(ratings[:, i]) and np.ptp(ratings[:, j]):
            r = float(np.corrcoef(ratings[:, i], ratings[:, j])[0, 1])
            if abs(r) > MAX_RATING_CORRELATION:
                yield "replies", f"`{a}` and `{b}` ratings correlate at {r:.2f}; at most {MAX_RATING_CORRELATION} in absolute value"
    if not any(sum(v >= STRONG for v in row) >= 2 and min(row) <= WEAK for row in ratings):
        yield "replies", f"none is strong (>= {STRONG}) on two criteria and weak (<= {WEAK}) on the third"
    floors = sorted(ratings.min(axis=1), reverse=True)
    if floors[0] == floors[1]:
        yield "replies", "no single best compromise: the highest lowest-rating is shared by two replies"


# ---- reading ----------------------------------------------------------------------------------

_FENCE = re.compile(r"\A---\r?\n(.*?\n)---\r?\n(.*)\Z", re.DOTALL)


def _line_of(node: Any, loc: tuple[str | int, ...], first_line: int) -> int:
    """The line in the file of the deepest part of `loc` that the YAML node has."""
    line = first_line
    for part in loc:
        if isinstance(node, CommentedMap) and part in node:
            line = first_line + node.lc.key(part)[0]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = first_line + node.lc.item(part)[0]
        else:
            break
        node = node[part]
    return line


def _sections(body: str, name: str, first_line: int) -> tuple[dict[str, str], list[Problem]]:
    problems, sections, heading_lines = [], {}, {}
    current = None
    for offset, line in enumerate(body.splitlines()):
        if line.startswith("## "):
            current = line[3:].strip()
            if current in sections:
                problems.append(Problem(name, first_line + offset, "body", f"section {current!r} stands twice"))
            sections[current], heading_lines[current] = "", first_line + offset
        elif current:
            sections[current] += line + "\n"
        elif line.strip():
            problems.append(Problem(name, first_line + offset, "body", "text before the first `## ` heading"))
    for heading in SECTIONS:
        if not sections.get(heading, "").strip():
            problems.append(Problem(name, heading_lines.get(heading, first_line), "body", f"section {heading!r} is missing or empty"))
    problems += [Problem(name, heading_lines[h], "body", f"unknown section {h!r}") for h in sections if h not in SECTIONS]
    return {h: sections[h].strip() for h in SECTIONS if h in sections}, problems


def read_case(path: Path) -> CaseStudy:
    """One case file, validated. Raises CaseProblems with every fault found."""
    name = path.name
    match = _FENCE.match(path.read_text(encoding="utf-8"))
    if match is None:
        raise CaseProblems([Problem(name, 1, "front matter", "the file must start with YAML between two lines of `---`")])
    front, body = match.groups()
    try:
        raw = YAML().load(front)
    except MarkedYAMLError as fault:
        line = fault.problem_mark.line + 2 if fault.problem_mark else 1
        raise CaseProblems([Problem(name, line, "front matter", f"not valid YAML: {fault.problem}")]) from fault
    if not isinstance(raw, CommentedMap):
        raise CaseProblems([Problem(name, 2, "front matter", "must be a mapping of fields")])
    sections, problems = _sections(body, name, first_line=front.count("\n") + 3)
    try:
        shape = _Case.model_validate(raw)
    except ValidationError as fault:
        for error in fault.errors():
            loc = error["loc"]
            problems.append(Problem(name, _line_of(raw, loc, 2), ".".join(map(str, loc)) or "front matter", error["msg"]))
        raise CaseProblems(problems) from fault
    for field_name, message in _rule_problems(shape):
        loc = tuple(int(p) if p.isdigit() else p for p in field_name.split("."))
        problems.append(Problem(name, _line_of(raw, loc, 2), field_name, message))
    if shape.id != path.stem:
        problems.append(Problem(name, _line_of(raw, ("id",), 2), "id", f"must equal the file's name, {path.stem!r}"))
    if problems:
        raise CaseProblems(problems)
    return _case(shape, sections)


def _case(shape: _Case, sections: Mapping[str, str]) -> CaseStudy:
    def messages(p: _Prompt) -> tuple[Message, ...]:
        if p.text is not None:
            return (Message("user", p.text),)
        return tuple(Message(m.role, m.content) for m in p.messages)

    return CaseStudy(
        **shape.model_dump(
            include={"id", "number", "title", "summary", "criteria", "claim", "domain", "audience_note", "sensitivity", "languages", "key_points", "see_also"}
        ),
        prompts=tuple(Prompt(f"{shape.id}/{p.key}", shape.id, p.variant, p.label, p.language, messages(p), p.user_view) for p in shape.prompts),
        replies=tuple(ReferenceReply(f"{shape.id}/{r.key}", r.wordings, {c: getattr(r.ratings, c) for c in CRITERIA}, r.why) for r in shape.replies),
        harms=tuple(Harm(**h.model_dump()) for h in shape.harms),
        facts=tuple(Sourced(**f.model_dump()) for f in shape.facts),
        mirrors=tuple(Sourced(**m.model_dump()) for m in shape.mirrors),
        questions=tuple(Question(**q.model_dump()) for q in shape.questions),
        policy=tuple(PolicyHook(**p.model_dump()) for p in shape.policy),
        sections=sections,
    )


def read_cases(folder: Path) -> tuple[CaseStudy, ...]:
    """Every case of a folder by catalogue number. Raises CaseProblems with the faults of all files together."""
    cases, problems = [], []
    for path in sorted(folder.glob("*.md")):
        if path.name == "README.md":
            continue
        try:
            cases.append(read_case(path))
        except CaseProblems as fault:
            problems += fault.problems
    for field_name in ("number", "title"):
        seen: dict[Any, str] = {}
        for case in cases:
            value = getattr(case, field_name)
            if value in seen:
                problems.append(Problem(f"{case.id}.md", 1, field_name, f"{value!r} is also {seen[value]}.md's"))
            seen.setdefault(value, case.id)
    if problems:
        raise CaseProblems(problems)
    return tuple(sorted(cases, key=lambda c: c.number))
