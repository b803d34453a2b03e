"""The review rules of the whole case library: length, reading level, duplicate sentences and prompts, links.

They take longer than reading the files, so only `check` applies them.
"""

import itertools
import re
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import readability
import yaml
from rapidfuzz import fuzz

from lib.cases.files import case_files
from lib.cases.front import Problem
from lib.domain import CaseStudy, Tour

STORY = (
    "The situation",
    "Who is affected",
    "What pulls apart",
    "What to look for in the answers",
    "What this does not show",
)
WORDS = (350, 700)  # of the story and its guidance
MAX_GRADE = 9.9  # by the stricter of two formulas
MAX_PROMPT_LIKENESS = 88  # of 100, between prompts of two cases
MIN_SENTENCE_WORDS = 7  # shorter sentences may come again

# Name -> pattern and how often a case may have it.
TICS = {
    "nobody, no one, somebody": (re.compile(r"\b(?:nobody|no one|somebody)\b", re.IGNORECASE), 3),
    "one can / may / must": (re.compile(r"\bone (?:can|may|must|could|might|should)\b", re.IGNORECASE), 0),
    "a sentence that opens with Nor": (re.compile(r"\bNor\b"), 0),
    "Full marks": (re.compile(r"\bfull marks\b", re.IGNORECASE), 0),
}
MAX_ALIKE = 8  # cases with a paragraph that opens with the same three words
_LIST_ITEM = re.compile(r"\s*(?:[-*]|\d+\.) |#|\|")
_LABEL = re.compile(r"^\*\*[^*]+\*\*")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LINK = re.compile(r"\]\(([^)\s]*)\)")


def review(cases: Sequence[CaseStudy], tours: Sequence[Tour] = ()) -> list[Problem]:
    """Every problem that the rules find, by file."""
    found = [
        *(p for case in cases for p in _case_problems(case)),
        *(p for case in cases for p in (*_tics(case), *_broken_lines(case))),
        *_alike_openings(cases),
        *_see_also(cases),
        *_repeated_sentences(cases),
        *_like_prompts(cases),
        *_tour_problems(cases, tours),
    ]
    return sorted(found)


def story_words(case: CaseStudy) -> int:
    return sum(len(_WORD.findall(case.sections[name])) for name in STORY)


class Grades(NamedTuple):
    """The school years after which the summary and the story read easily."""

    flesch_kincaid: float  # by the length of sentences and words
    smog: float  # by words of three syllables and more


def reading_grades(case: CaseStudy) -> Grades:
    sentences = [
        _WORD.findall(s) for text in (case.summary, *(case.sections[n] for n in STORY)) for s in _sentences(text)
    ]
    found = readability.getmeasures("\n".join(" ".join([*s, "."]) for s in sentences if s), lang="en")[
        "readability grades"
    ]
    return Grades(found["Kincaid"], found["SMOGIndex"])


class Level(NamedTuple):
    """How hard the stories of a library are to read, in grades of one formula."""

    formula: str
    low: float
    high: float
    median: float


def reading_levels(cases: Sequence[CaseStudy]) -> list[Level]:
    """The level by each formula; none where there is no case."""
    if not cases:
        return []
    by_formula = zip(*map(reading_grades, cases), strict=True)
    return [
        Level(formula, min(grades), max(grades), statistics.median(grades))
        for formula, grades in zip(("Flesch-Kincaid", "SMOG"), by_formula, strict=True)
    ]


def _sentences(text: str) -> list[str]:
    plain = re.sub(r"[*_`#>|]", "", text)
    return [s.strip() for s in re.split(r"(?<=[.!?])[\"”)]*\s+|\n\s*\n|\n\s*[-\d]+\.?\s", plain) if s.strip()]


def _case_problems(case: CaseStudy) -> Iterator[Problem]:
    file = f"{case.id}.md"
    words, grade = story_words(case), max(reading_grades(case))
    if not WORDS[0] <= words <= WORDS[1]:
        yield Problem(file, 1, "body", f"{words} words of story and guidance; {WORDS[0]} to {WORDS[1]}")
    if grade > MAX_GRADE:
        yield Problem(file, 1, "body", f"reads at grade {grade:.1f}; at most {MAX_GRADE}")
    for name, text in case.sections.items():
        for link in _LINK.findall(text):
            if not re.fullmatch(r"https?://[^\s/]+\.[^\s/]+(/\S*)?", link):
                yield Problem(file, 1, "body", f"section {name!r}: {link!r} is not a whole web address")


def _prose(case: CaseStudy) -> Iterator[tuple[str, str]]:
    """Everything that a visitor reads of a case, as (where, text)."""
    yield "summary", case.summary
    yield "audience_note", case.audience_note
    yield from (*case.sections.items(), *case.teaching.items())
    for reply in case.replies:
        yield from (("replies", text) for text in (*reply.wordings, reply.why))
    yield from (("questions", q.text) for q in case.questions)
    yield from (("harms", h.harm) for h in case.harms)
    yield from (("facts", f.text) for f in (*case.facts, *case.mirrors))
    yield from (("policy", p.why) for p in case.policy)


def _tics(case: CaseStudy) -> Iterator[Problem]:
    """Turns of phrase that a newspaper would not print so often."""
    prose = list(_prose(case))
    for name, (pattern, most) in TICS.items():
        found = [(where, m.group()) for where, text in prose for m in pattern.finditer(text)]
        if len(found) > most:
            places = ", ".join(dict.fromkeys(where for where, _ in found))
            yield Problem(f"{case.id}.md", 1, "prose", f"{name}: {len(found)} times ({places}); at most {most}")


def _broken_lines(case: CaseStudy) -> Iterator[Problem]:
    for name, text in (*case.sections.items(), *case.teaching.items()):
        for line, after in itertools.pairwise(text.split("\n")):
            if line.strip() and after.strip() and not _LIST_ITEM.match(after):
                yield Problem(
                    f"{case.id}.md", 1, "body", f"section {name!r}: a line ends in mid-paragraph: {line[-40:]!r}"
                )


def _alike_openings(cases: Sequence[CaseStudy]) -> Iterator[Problem]:
    """Sections of the same name that open with the same words in too many cases."""
    seen: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        for name, text in case.sections.items():
            for paragraph in text.split("\n\n"):
                opening = " ".join(_WORD.findall(_LABEL.sub("", paragraph))[:3]).lower()
                if len(opening.split()) == 3:
                    seen.setdefault((name, opening), []).append(case.id)
    for (name, opening), ids in seen.items():
        if len(set(ids)) > MAX_ALIKE:
            where = ", ".join(dict.fromkeys(ids))
            yield Problem(
                "casestudies", 1, name, f"{len(set(ids))} cases have a paragraph that opens with {opening!r}: {where}"
            )


def other_reader(folder: Path) -> Iterator[Problem]:
    """Front matter that PyYAML, the most common reader of YAML, can't make anything of."""
    for path in case_files(folder):
        front = path.read_text(encoding="utf-8-sig").split("---\n", 2)[1]
        try:
            yaml.safe_load(front)
        except yaml.YAMLError as fault:
            mark = getattr(fault, "problem_mark", None)
            line = mark.line + 2 if mark else 1
            yield Problem(path.name, line, "front matter", f"PyYAML can't read it: {str(fault).splitlines()[0]}")


def _see_also(cases: Sequence[CaseStudy]) -> Iterator[Problem]:
    known = {c.id for c in cases}
    for case in cases:
        for other in case.see_also:
            if other not in known or other == case.id:
                yield Problem(f"{case.id}.md", 1, "see_also", f"{other!r} is not another case")


def _tour_problems(cases: Sequence[CaseStudy], tours: Sequence[Tour]) -> Iterator[Problem]:
    known = {c.id for c in cases}
    for tour in tours:
        if unknown := [c for c in tour.case_ids if c not in known]:
            yield Problem("tours.toml", 1, tour.title, f"{', '.join(unknown)}: no such case")


def _repeated_sentences(cases: Sequence[CaseStudy]) -> Iterator[Problem]:
    """Duplicate sentences: each case is written for itself."""
    seen: dict[str, str] = {}
    for case in cases:
        for text in (
            case.summary,
            case.audience_note,
            *case.sections.values(),
            *(q.text for q in case.questions),
            *(p.why for p in case.policy),
        ):
            for sentence in _sentences(text):
                words = " ".join(_WORD.findall(sentence)).lower()
                if len(words.split()) >= MIN_SENTENCE_WORDS and seen.setdefault(words, case.id) != case.id:
                    yield Problem(
                        f"{case.id}.md", 1, "body", f"duplicate sentence, also in {seen[words]}.md: {sentence!r}"
                    )


def _like_prompts(cases: Sequence[CaseStudy]) -> Iterator[Problem]:
    """Near-duplicates between cases, and duplicates within one, whose variants share words on purpose."""
    prompts = [p for c in cases for p in c.prompts]
    for a, b in itertools.combinations(prompts, 2):
        if a.case_id == b.case_id and a.text == b.text:
            yield Problem(f"{b.case_id}.md", 1, "prompts", f"{a.id} and {b.id} are the same")
        elif a.case_id != b.case_id and fuzz.ratio(a.text, b.text, score_cutoff=MAX_PROMPT_LIKENESS):
            yield Problem(f"{b.case_id}.md", 1, "prompts", f"{b.id} is nearly {a.id}")
