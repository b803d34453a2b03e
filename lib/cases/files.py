"""casestudies/*.md -> CaseStudy: YAML front matter for the fields, Markdown for the story, every problem named by file, line and field."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from lib.cases.shape import CaseShape, PromptShape, rule_problems
from lib.domain import (
    CRITERIA,
    CaseStudy,
    Harm,
    Message,
    PolicyHook,
    Prompt,
    Question,
    ReferenceReply,
    Sourced,
    Tour,
    TrilemmaError,
)

SECTIONS = (
    "The situation",
    "Who is affected",
    "What pulls apart",
    "What to look for in the answers",
    "What this does not show",
    "For class",
    "For policy",
    "For research",
)


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
            problems.append(
                Problem(
                    name, heading_lines.get(heading, first_line), "body", f"section {heading!r} is missing or empty"
                )
            )
    problems += [
        Problem(name, heading_lines[h], "body", f"unknown section {h!r}") for h in sections if h not in SECTIONS
    ]
    return {h: sections[h].strip() for h in SECTIONS if h in sections}, problems


def read_case(path: Path) -> CaseStudy:
    """One case file, validated. Raises CaseProblems with every fault found."""
    name = path.name
    try:
        match = _FENCE.match(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as fault:
        raise CaseProblems([Problem(name, 1, "file", "not UTF-8 text: save it as UTF-8")]) from fault
    if match is None:
        raise CaseProblems(
            [Problem(name, 1, "front matter", "the file must start with YAML between two lines of `---`")]
        )
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
        shape = CaseShape.model_validate(raw)
    except ValidationError as fault:
        for error in fault.errors():
            loc = error["loc"]
            problems.append(
                Problem(name, _line_of(raw, loc, 2), ".".join(map(str, loc)) or "front matter", error["msg"])
            )
        raise CaseProblems(problems) from fault
    for field_name, message in rule_problems(shape):
        loc = tuple(int(p) if p.isdigit() else p for p in field_name.split("."))
        problems.append(Problem(name, _line_of(raw, loc, 2), field_name, message))
    if shape.id != path.stem:
        problems.append(Problem(name, _line_of(raw, ("id",), 2), "id", f"must equal the file's name, {path.stem!r}"))
    if problems:
        raise CaseProblems(problems)
    return _case(shape, sections)


def _case(shape: CaseShape, sections: Mapping[str, str]) -> CaseStudy:
    def messages(p: PromptShape) -> tuple[Message, ...]:
        if p.text is not None:
            return (Message("user", p.text),)
        return tuple(Message(m.role, m.content) for m in p.messages)

    return CaseStudy(
        **shape.model_dump(
            include={
                "id",
                "number",
                "title",
                "summary",
                "criteria",
                "claim",
                "domain",
                "audience_note",
                "sensitivity",
                "languages",
                "key_points",
                "see_also",
                "needs_native_review",
            }
        ),
        prompts=tuple(
            Prompt(f"{shape.id}/{p.key}", shape.id, p.variant, p.label, p.language, messages(p), p.user_view)
            for p in shape.prompts
        ),
        replies=tuple(
            ReferenceReply(f"{shape.id}/{r.key}", r.wordings, {c: getattr(r.ratings, c) for c in CRITERIA}, r.why)
            for r in shape.replies
        ),
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


def read_tours(folder: Path) -> tuple[Tour, ...]:
    """The tours of a folder's `tours.toml`; none if there is no such file. Raises CaseProblems."""
    path = folder / "tours.toml"
    if not path.exists():
        return ()
    try:
        return tuple(
            Tour(t["title"], t["note"], tuple(t["cases"]))
            for t in tomllib.loads(path.read_text(encoding="utf-8"))["tour"]
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as fault:
        raise CaseProblems(
            [Problem(path.name, 1, "tour", f"each tour needs a title, a note and cases ({fault})")]
        ) from fault
