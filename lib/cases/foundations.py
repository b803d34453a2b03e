"""casestudies/foundations/*.md -> Foundation, glossary.toml -> Term; every fault named by file and field."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from lib.cases.front import CaseProblems, Problem, headed, line_of, plain, read_front
from lib.domain import CaseStudy, Foundation, Term
from lib.files import dotted, field_faults, read_toml

_FOUNDATION = TypeAdapter(Foundation)
SECTIONS = ("In short", "The idea", "Why it matters here", "What speaks against it")


def read_foundation(path: Path) -> Foundation:
    """One chapter, validated. Raises CaseProblems with every fault found."""
    name = path.name
    raw, body, body_line = read_front(path)
    found = headed(body, "## ", SECTIONS, name, body_line)
    problems = list(found.problems)
    try:
        chapter = _FOUNDATION.validate_python({**plain(raw), "sections": found.texts})
    except ValidationError as fault:
        problems += [Problem(name, line_of(raw, f.place, 2), dotted(f.place), f.message) for f in field_faults(fault)]
        raise CaseProblems(problems) from fault
    for i, check in enumerate(chapter.quick_checks):
        if sum(choice.right for choice in check.choices) != 1:
            line = line_of(raw, ("quick_checks", i), 2)
            problems.append(Problem(name, line, f"quick_checks.{i}", "exactly one choice must be right"))
    if chapter.id != path.stem:
        problems.append(Problem(name, line_of(raw, ("id",), 2), "id", f"must equal the file's name, {path.stem!r}"))
    if problems:
        raise CaseProblems(problems)
    return chapter


def read_foundations(folder: Path) -> tuple[Foundation, ...]:
    """Every chapter of a case folder by number; none where it has none. Raises CaseProblems."""
    chapters, problems = [], []
    for path in sorted((folder / "foundations").glob("*.md")):
        try:
            chapters.append(read_foundation(path))
        except CaseProblems as fault:
            problems += fault.problems
    if problems:
        raise CaseProblems(problems)
    return tuple(sorted(chapters, key=lambda f: f.number))


def foundation_problems(chapters: Sequence[Foundation], cases: Sequence[CaseStudy]) -> Iterator[Problem]:
    """Cases that chapters name and that there are not."""
    known = {c.id for c in cases}
    for chapter in chapters:
        if unknown := [c for c in chapter.cases if c not in known]:
            yield Problem(f"foundations/{chapter.id}.md", 1, "cases", f"{', '.join(unknown)}: no such case")


class _Glossary(BaseModel):
    model_config = ConfigDict(extra="forbid")

    term: tuple[Term, ...]


def read_glossary(folder: Path) -> tuple[Term, ...]:
    """The terms of a folder's `glossary.toml`; none if there is no such file. Raises DataProblem."""
    path = folder / "glossary.toml"
    return read_toml(path, _Glossary).term if path.exists() else ()


@cache
def _pattern(term: Term) -> re.Pattern[str]:
    forms = "|".join(re.escape(form) for form in sorted((term.term, *term.also), key=len, reverse=True))
    return re.compile(rf"\b(?:{forms})\b", re.IGNORECASE)


def terms_in(text: str, glossary: Sequence[Term]) -> list[Term]:
    """The terms that a text uses, in the order in which they come; everyday words are left out."""
    found = [(m.start(), t) for t in glossary if not t.everyday and (m := _pattern(t).search(text))]
    return [term for _, term in sorted(found, key=lambda f: f[0])]
