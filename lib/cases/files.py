"""casestudies/*.md -> CaseStudy: YAML front matter for the fields, Markdown for the story.

Every problem is named by file, line and field.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from lib.cases.front import CaseProblems, Place, Problem, headed, line_of, plain, read_front
from lib.cases.shape import rule_problems
from lib.domain import CaseStudy, Tour, TrilemmaError
from lib.domain.vocabulary import Slug, Text
from lib.files import dotted, field_faults, read_toml

_CASE = TypeAdapter(CaseStudy)

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
TEACHING = (
    "Outcomes",
    "Materials",
    "20 minutes",
    "50 minutes",
    "Discussion protocol",
    "Expected answers",
    "Closing question",
    "Without a computer",
)
_NOTES = "Teacher notes"  # the section that holds them, each under a heading of the third level


def read_case(path: Path) -> CaseStudy:
    """One case file, validated. Raises CaseProblems with every fault found."""
    name = path.name
    raw, body, body_line = read_front(path)
    story = headed(body, "## ", (*SECTIONS, _NOTES), name, body_line)
    notes = headed(story.texts.pop(_NOTES, ""), "### ", TEACHING, name, story.lines.get(_NOTES, 1) + 1)
    problems = [*story.problems, *notes.problems]

    def add(place: Place, message: str) -> None:
        problems.append(Problem(name, line_of(raw, place, 2), dotted(place) or "front matter", message))

    for place, message in _misused(raw):
        add(place, message)
    try:
        case = _CASE.validate_python(_fields(raw, story.texts, notes.texts))
    except ValidationError as fault:
        for f in field_faults(fault):
            if f.place[-1:] != ("case_id",):  # a fault of the case's own id, named there
                add(_in_file(raw, f.place), f.message)
        raise CaseProblems(problems) from fault
    for field_name, message in rule_problems(case):
        add(tuple(int(p) if p.isdigit() else p for p in field_name.split(".")), message)
    if case.id != path.stem:
        add(("id",), f"must equal the file's name, {path.stem!r}")
    if problems:
        raise CaseProblems(problems)
    return case


# ---- from the fields of a file to those of a CaseStudy ----------------------------------------


def _entries(raw: Mapping, name: str) -> list[tuple[int, Mapping]]:
    """The mappings in a list of the front matter, numbered; what is no mapping is left to validation."""
    listed = raw.get(name)
    return [(i, e) for i, e in enumerate(listed) if isinstance(e, Mapping)] if isinstance(listed, list) else []


def _misused(raw: Mapping) -> Iterator[tuple[Place, str]]:
    """Faults that validation cannot see, since reading fills the fields: both forms of a prompt or none, ids."""
    filled: list[Place] = [(f,) for f in ("sections", "teaching") if f in raw]
    for name, fields in (("prompts", ("id", "case_id")), ("replies", ("id",))):
        filled += [(name, i, f) for i, entry in _entries(raw, name) for f in fields if f in entry]
    yield from ((place, "Extra inputs are not permitted") for place in filled)
    for i, prompt in _entries(raw, "prompts"):
        if (prompt.get("text") is None) == (not prompt.get("messages")):
            yield ("prompts", i), "give either `text` or `messages`, and not both"


def _fields(raw: Mapping, sections: Mapping[str, str], teaching: Mapping[str, str]) -> dict[str, Any]:
    """The front matter and the body as the fields of a CaseStudy, not validated yet."""
    fields: dict[str, Any] = {"policy": [], "see_also": [], **plain(raw), "sections": sections, "teaching": teaching}
    case_id = fields.get("id")
    for i, entry in _entries(fields, "prompts"):
        fields["prompts"][i] = {**_prompt(entry, case_id), "case_id": case_id}
    for i, entry in _entries(fields, "replies"):
        fields["replies"][i] = _with_id(entry, case_id)
    return fields


def _prompt(entry: Mapping, case_id: Any) -> dict:
    """A prompt of the file in the one form that records have."""
    fields = {"language": "en", **_with_id(entry, case_id)}
    text = fields.pop("text", None)
    if text is not None or not fields.get("messages"):  # where both or none is given, `_misused` says so
        fields["messages"] = [{"role": "user", "content": "-" if text is None else text}]
    return fields


def _with_id(entry: Mapping, case_id: Any) -> dict:
    """The entry with `<case id>/<key>` for its `key`; a key that is no text stays for validation to name."""
    fields = {k: v for k, v in entry.items() if k not in ("key", "id")}
    if "key" in entry:
        fields["id"] = f"{case_id}/{entry['key']}" if isinstance(entry["key"], str) else entry["key"]
    return fields


def _in_file(raw: Mapping, place: Place) -> Place:
    """Where the file has what a CaseStudy has at `place`."""
    match place:
        case ("prompts" | "replies" as name, int(i), "id"):
            return name, i, "key"
        case ("prompts", int(i), "messages", 0, "content") if raw["prompts"][i].get("text") is not None:
            return "prompts", i, "text"
    return place


def case_files(folder: Path) -> list[Path]:
    """The files that hold cases: not the README, nor what editors and archives leave (`.#x.md`, `._x.md`)."""
    return sorted(p for p in folder.glob("*.md") if p.name != "README.md" and not p.name.startswith("."))


def read_cases(folder: Path) -> tuple[CaseStudy, ...]:
    """Every case of a folder by catalogue number. Raises CaseProblems with the faults of all files together."""
    cases, problems = [], []
    for path in case_files(folder):
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


def chosen_cases(folder: Path, ids: Sequence[str]) -> list[CaseStudy]:
    """The named cases of a folder, or all. Raises TrilemmaError for an unknown one."""
    cases = read_cases(folder)
    if unknown := sorted(set(ids) - {c.id for c in cases}):
        raise TrilemmaError(f"Unknown case: {', '.join(unknown)}. Known: {', '.join(c.id for c in cases)}")
    return [c for c in cases if not ids or c.id in ids]


def with_prompts(cases: Sequence[CaseStudy], prompt_ids: Sequence[str]) -> list[CaseStudy]:
    """The cases with only the named prompts, or with all. Raises TrilemmaError for an unknown one."""
    if unknown := sorted(set(prompt_ids) - {p.id for c in cases for p in c.prompts}):
        raise TrilemmaError(
            f"Unknown prompt: {', '.join(unknown)}. A prompt's id is its case's, a slash and its key, as in"
            " first-poem/plain"
        )
    if not prompt_ids:
        return list(cases)
    narrowed = [replace(c, prompts=tuple(p for p in c.prompts if p.id in prompt_ids)) for c in cases]
    return [c for c in narrowed if c.prompts]


class _Tour(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Text
    note: Text
    cases: tuple[Slug, ...]


class _Tours(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tour: list[_Tour]


def read_tours(folder: Path) -> tuple[Tour, ...]:
    """The tours of a folder's `tours.toml`; none if there is no such file. Raises DataProblem."""
    path = folder / "tours.toml"
    if not path.exists():
        return ()
    return tuple(Tour(t.title, t.note, t.cases) for t in read_toml(path, _Tours).tour)
