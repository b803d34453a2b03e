"""Markdown files with YAML front matter: their fields and headings, and each fault by file, line and field."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lib.domain import TrilemmaError

Place = tuple[str | int, ...]  # of a value in the front matter: its keys and numbers from the top


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


def line_of(node: Any, place: Place, first_line: int) -> int:
    """The line in the file of the deepest part of `place` that the YAML node has."""
    line = first_line
    for part in place:
        if isinstance(node, CommentedMap) and part in node:
            line = first_line + node.lc.key(part)[0]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = first_line + node.lc.item(part)[0]
        else:
            break
        node = node[part]
    return line


class Headed(NamedTuple):
    """The text under each heading, and the line of the heading."""

    texts: dict[str, str]
    lines: dict[str, int]
    problems: list[Problem]


def headed(text: str, mark: str, wanted: Sequence[str], name: str, first_line: int) -> Headed:
    """Text by its headings, lines that start with `mark`; all of `wanted` must be there, in any order, and no other."""
    problems, texts, lines = [], {}, {}
    current = None
    for offset, line in enumerate(text.splitlines()):
        if line.startswith(mark):
            current = line[len(mark) :].strip()
            if current in texts:
                problems.append(Problem(name, first_line + offset, "body", f"duplicate section {current!r}"))
            texts[current], lines[current] = "", first_line + offset
        elif current:
            texts[current] += line + "\n"
        elif line.strip():
            problems.append(Problem(name, first_line + offset, "body", f"text before the first `{mark}` heading"))
    for heading in wanted:
        if not texts.get(heading, "").strip():
            line = lines.get(heading, first_line)
            problems.append(Problem(name, line, "body", f"section {heading!r} is missing or empty"))
    problems += [Problem(name, lines[h], "body", f"unknown section {h!r}") for h in texts if h not in wanted]
    return Headed({h: texts[h].strip() for h in wanted if h in texts}, lines, problems)


class Front(NamedTuple):
    """A file's front matter, its Markdown, and the line on which that begins."""

    raw: CommentedMap
    body: str
    body_line: int


def read_front(path: Path) -> Front:
    """Raises CaseProblems where the file can't be read or does not start with YAML."""
    name = path.name
    try:
        match = _FENCE.match(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise CaseProblems([Problem(name, 1, "file", "not UTF-8 text: save it as UTF-8")]) from fault
    except OSError as fault:
        raise CaseProblems([Problem(name, 1, "file", f"can't be read: {fault.strerror}")]) from fault
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
    # A control character, 30 February, a tag or a version of YAML that there is not, nesting.
    except (YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as fault:
        reason = "nested too deeply" if isinstance(fault, RecursionError) else str(fault).splitlines()[0]
        raise CaseProblems([Problem(name, 2, "front matter", f"not valid YAML: {reason}")]) from fault
    if not isinstance(raw, CommentedMap):
        raise CaseProblems([Problem(name, 2, "front matter", "must be a mapping of fields")])
    return Front(raw, body, front.count("\n") + 3)


def plain(value: Any) -> Any:
    """A YAML value as plain dicts, lists and strings, the strings without the line end of a YAML block."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return str(value).strip() if isinstance(value, str) else value
