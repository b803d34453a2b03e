"""What happened in a case, in the words of a document: what was asked, the clearest differences, two answers each."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lib.briefs.document import Columns, Line, Quote, bold, italic, line
from lib.domain import CaseStudy, Model, Prompt, Response
from lib.measures.differences import CheckCount, Difference
from lib.scoring.content import unsettling
from lib.scoring.telling import showing, telling

Answers = Callable[[str, str], Sequence[Response]]  # prompt id, model id -> the stored answers, in order
_MOST, _LINES = 900, 24  # characters and lines of an answer or a prompt; what is left out is said


class Evidence(NamedTuple):
    """What is known of a case: its differences, the clearest first, its models, and how many answers there are.

    `answers`: those that are stored of a model to a prompt.
    """

    case: CaseStudy
    differences: Sequence[Difference]
    models: Mapping[str, Model]
    answering: Sequence[str]
    stored: int
    answers: Answers

    @property
    def telling(self) -> list[Difference]:
        return telling(self.differences)


def of(count: CheckCount) -> str:
    return f"{count.yes} of {count.told}"


def sure(d: Difference) -> str:
    """A difference of shares in points, with its interval."""
    return f"{100 * d.value:+.0f} points, 95% interval {100 * d.low:+.0f} to {100 * d.high:+.0f}"


def told(evidence: Evidence, d: Difference) -> Line:
    """A difference in a sentence or two, with how many of how many answers."""
    labels = {p.id: p.label for p in evidence.case.prompts}
    before, after = evidence.models[d.before.model_id].label, evidence.models[d.after.model_id].label
    said, counts, points = d.check.label, (bold(of(d.before)), bold(of(d.after))), f" ({sure(d)})."
    if d.kind == "framing":
        prompts = italic(labels[d.before.prompt_id]), italic(labels[d.after.prompt_id])
        start = (bold("The wording. "), f"{before} {said} in ", counts[0], " answers to ", prompts[0], ", and in ")
        return line(*start, counts[1], " to ", prompts[1], points)
    start = (bold("The tuning. "), "Asked ", italic(labels[d.after.prompt_id]), f", the base {before} {said} in ")
    return line(*start, counts[0], f" answers, and {after}, tuned from it, in ", counts[1], points)


def how_sure(evidence: Evidence) -> str:
    """Of how many comparisons these are the clearest, or that none is clear, or that nothing was compared."""
    number = len(evidence.differences)
    if not evidence.stored:
        return "No answers to this case are stored yet."
    if not number:
        return "Nothing is put in words yet: no check of this case has been borne out by hand labels."
    if evidence.telling:
        return (
            f"The clearest of {number} comparisons of two prompts, or of a base and a model tuned from it. The"
            " intervals are not corrected for looking at many."
        )
    return (
        f"No clear difference: in none of {number} comparisons of two prompts, or of a base and a model tuned from it,"
        " does the 95% interval leave out zero."
    )


def two_answers(evidence: Evidence, d: Difference) -> Columns:
    """The first yes of the side that has more of them beside the first no of the other side."""
    sides = ((d.before, d.value < 0), (d.after, d.value > 0))
    return Columns(tuple(_one_of(evidence, d, count, wanted) for count, wanted in sides))


def _one_of(evidence: Evidence, d: Difference, count: CheckCount, wanted: bool) -> Quote:
    prompt = evidence.case.prompt(count.prompt_id)
    fitting = showing(d.check, wanted, prompt, evidence.answers(count.prompt_id, count.model_id))
    if not fitting:
        return Quote("(none)", f"{evidence.models[count.model_id].label}, {prompt.label}")
    mild = next((r for r in fitting if not unsettling(r.text or "")), fitting[0])
    place = "the first" if mild is fitting[0] else "one"
    by = f"{evidence.models[count.model_id].label}, {prompt.label}: {place} of {len(fitting)} such among {count.told}"
    return answer(mild, by, prompt)


def first_answers(evidence: Evidence, prompt: Prompt, most: int = 2) -> Columns | None:
    """Where there is no difference to show: the first answer of some models to a prompt."""
    quotes = []
    for model_id in evidence.answering:
        found = next((r for r in evidence.answers(prompt.id, model_id) if r.text), None)
        if found and len(quotes) < most:
            quotes.append(answer(found, f"{evidence.models[model_id].label}, {prompt.label}: its first answer", prompt))
    return Columns(tuple(quotes)) if quotes else None


def answer(response: Response, by: str, prompt: Prompt) -> Quote:
    """An unedited answer; one with words that a reader should meet by choice is not printed."""
    text = response.text or ""
    if kind := unsettling(text):
        return Quote(f"(Not printed: words of {kind}. It can be read on the case's page.)", by)
    return Quote(shortened(text.strip()) or "(The model wrote nothing.)", by, prompt.language)


def asked(prompt: Prompt) -> Quote:
    return Quote(shortened(prompt.text), prompt.label, prompt.language)


def shortened(text: str) -> str:
    """A text for paper, whole or with a note of how much of it is there."""
    lines = text.split("\n")
    if len(lines) > _LINES:
        return f"{shortened(chr(10).join(lines[:_LINES]))}\n… [the first {_LINES} of {len(lines)} lines]"
    return text if len(text) <= _MOST else f"{text[:_MOST]} … [the first {_MOST} of {len(text):,} characters]"
