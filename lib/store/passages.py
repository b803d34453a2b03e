"""What the text search looks through, passage by passage: cases, chapters and the glossary, with where each stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lib.cases.shape import CLAIMS
from lib.domain import CaseStudy, Foundation, Prompt, Sourced, Term

TITLE, SUMMARY = "title", "summary"  # places, and fields
GLOSSARY = "glossary"  # stands for the glossary where another text names its chapter
# Field -> how much a word counts that is found there.
FIELDS: Mapping[str, float] = {
    TITLE: 6,
    SUMMARY: 3,
    "law": 3,
    "tags": 2,
    "prompts": 1.5,
    "facts": 1.5,
    "harms": 1,
    "story": 1.2,
    "uses": 0.5,
    "replies": 0.4,
}
_USES = ("For class", "For policy", "For research")
_ARTICLE = re.compile(r"\bart(s?)\.?\s*(?=\d)", re.IGNORECASE)
_SECTION = re.compile(r"§+\s*|\b(?:secs?|sect)\.\s*(?=\d)", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]*\)")
_MARKS = re.compile(r"^#+ |^\s*(?:[-*]|\d+\.) |\*+|`+", re.MULTILINE)


class Passage(NamedTuple):
    """A piece of text, the field that it counts for, and what its place is called on the screen."""

    field: str
    place: str
    text: str


def spelled_out(text: str) -> str:
    """Law as it is asked for: "Art. 50" and "§ 13" become "Article 50" and "Section 13"."""
    return _SECTION.sub("Section ", _ARTICLE.sub(lambda m: f"Article{m[1].lower()} ", text))


def without_marks(markdown: str) -> str:
    """Markdown as plain words."""
    return _MARKS.sub("", _LINK.sub(r"\1", markdown)).strip()


def case_passages(case: CaseStudy) -> Iterator[Passage]:
    """All that was written of a case but what its checks look for."""
    yield Passage(TITLE, TITLE, case.title)
    yield Passage(SUMMARY, SUMMARY, case.summary)
    yield Passage("tags", "tags", _tags(case))
    for prompt in case.prompts:
        yield from (Passage("prompts", f"prompt “{prompt.label}”", text) for text in (prompt.label, _prompt(prompt)))
    for hook in case.policy:
        yield Passage("law", "law and policy", spelled_out(f"{hook.instrument}, {hook.section}: {hook.why}"))
    for fact in (*case.facts, *case.mirrors):
        yield Passage("facts", "facts and sources", _sourced(fact))
    for harm in case.harms:
        yield Passage("harms", "who could be harmed", f"{harm.party}: {harm.harm}")
    for heading, text in case.sections.items():
        yield from _paragraphs("uses" if heading in _USES else "story", heading, text)
    for heading, text in case.teaching.items():
        yield from _paragraphs("uses", f"teacher notes, {heading}", text)
    for question in case.questions:
        yield Passage("uses", "questions for discussion", without_marks(question.text))
    for point in case.key_points:
        yield Passage("uses", "what a good answer covers", point)
    for reply in case.replies:
        yield Passage("replies", "reference replies", reply.wordings[0])


def _prompt(prompt: Prompt) -> str:
    view = f" (The user's view: {prompt.user_view})" if prompt.user_view else ""
    return f"{prompt.text}{view}"


def _tags(case: CaseStudy) -> str:
    """What a case is filed under, in words."""
    parts = {
        "Claim": [CLAIMS.get(case.claim, case.claim)],
        "Domain": [case.domain],
        "Criteria": case.criteria,
        "Harms": dict.fromkeys(h.kind for h in case.harms),
        "Groups": dict.fromkeys(h.group for h in case.harms if h.group != "anyone"),
    }
    return ". ".join(f"{name}: {', '.join(values)}" for name, values in parts.items() if values)


def _sourced(fact: Sourced) -> str:
    incident = f", {fact.incident}" if fact.incident else ""
    return spelled_out(f"{without_marks(fact.text)} ({fact.source}{incident})")


def _paragraphs(field: str, place: str, markdown: str) -> Iterator[Passage]:
    for paragraph in markdown.splitlines():
        if text := without_marks(paragraph):
            yield Passage(field, place, spelled_out(text))


def chapter_passages(chapter: Foundation) -> Iterator[Passage]:
    yield Passage(TITLE, TITLE, chapter.title)
    yield Passage(SUMMARY, SUMMARY, chapter.summary)
    for heading, text in chapter.sections.items():
        yield from _paragraphs("story", heading, text)
    for reading in chapter.readings:
        yield Passage("facts", "readings", _sourced(reading))
    for check in chapter.quick_checks:
        yield Passage("uses", "quick check", without_marks(check.question))


def glossary_passages(terms: Sequence[Term]) -> Iterator[Passage]:
    yield Passage(TITLE, TITLE, "Glossary")
    for term in terms:
        also = f" ({', '.join(term.also)})" if term.also else ""
        yield Passage("story", f"glossary, “{term.term}”", f"{term.term}{also}: {term.meaning}")
