"""A class hour made from a case: its questions from the case's checks, replies and quick checks."""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lib.domain import CRITERIA, CaseStudy, Foundation, Model, Prompt, QuickCheck, ReferenceReply, Response
from lib.measures.differences import CheckCount
from lib.scoring.checks import decide
from lib.studies.plan import MAX_LINE, Answered, Hour, Option, Part, Question, Reply, Step, preference

GIVEN_UP = (
    *(Option(c, c) for c in CRITERIA),
    Option("none", "none of them"),
    Option("ask-more", "it should ask more"),
    Option("who-decides", "who decides?"),
)
SOMETHING_ELSE = "something-else"
_ANSWERS = ("answer-A", "answer-B")
_LETTERS = "ABCDEF"
_CHOSEN = ("reply", "why")


class Chosen(NamedTuple):
    """What a teacher picked of a case: the prompt, and an answer of a base model and one of a tuned model."""

    study: CaseStudy
    prompt: Prompt
    base: Response
    tuned: Response
    models: Mapping[str, Model]
    counts: Sequence[CheckCount]  # what the checks said of the tuned model's stored answers to the prompt
    chapters: Sequence[Foundation]


def hour(title: str, chosen: Sequence[Chosen], seed: int) -> Hour:
    """The hour over these cases. `seed` decides which answer is A, and the order of the replies."""
    shuffled = random.Random(seed)
    parts = [_part(c, shuffled) for c in chosen]
    steps = [step for i, c in enumerate(chosen) for step in _steps(c, parts[i], i)]
    return Hour(title, tuple(parts), tuple(steps))


def _part(chosen: Chosen, shuffled: random.Random) -> Part:
    checks = chosen.study.checks_of(chosen.prompt)
    sides = [(chosen.base, False), (chosen.tuned, True)]
    shuffled.shuffle(sides)
    first, second = (_answered(letter, *side, chosen) for letter, side in zip("AB", sides, strict=True))
    counts = {c.check_key: (c.yes, c.told) for c in chosen.counts if c.told}
    return Part(
        case_id=chosen.study.id,
        title=chosen.study.title,
        summary=chosen.study.summary,
        prompt_id=chosen.prompt.id,
        prompt=chosen.prompt.text,
        answers=(first, second),
        checks={c.key: c.label for c in checks},
        counts={c.key: counts[c.key] for c in checks if c.key in counts},
        replies=_replies(chosen.study.replies_to(chosen.prompt), shuffled),
        criteria=chosen.study.criteria,
        source=chapter.title if (chapter := _chapter(chosen)) else "",
    )


def _answered(letter: str, response: Response, tuned: bool, chosen: Chosen) -> Answered:
    checks, text = chosen.study.checks_of(chosen.prompt), response.text or ""
    verdicts = decide(checks, text, chosen.prompt.language, response.judged)
    says = {c.key: v.says for c, v in zip(checks, verdicts, strict=True)}
    return Answered(letter, chosen.models[response.model_id].label, tuned, text, says)


def _replies(replies: Sequence[ReferenceReply], shuffled: random.Random) -> tuple[Reply, ...]:
    mixed = list(replies)
    shuffled.shuffle(mixed)
    return tuple(Reply(n, r.wordings[0], r.ratings, r.why) for n, r in zip(_LETTERS, mixed, strict=False))


def _chapter(chosen: Chosen) -> Foundation | None:
    """The chapter whose quick checks go with the case: one that names it, or else the first."""
    naming = [f for f in chosen.chapters if chosen.study.id in f.cases]
    return next(iter(naming or chosen.chapters), None)


def _steps(chosen: Chosen, part: Part, number: int) -> list[Step]:
    both = [preference(c, ("prompt", *_ANSWERS)) for c in CRITERIA]
    chapter = _chapter(chosen)
    every = {
        "read": [_seen("read", "Read the case, then tap.", ("summary", "prompt"))],
        "predict": _predictions(part),
        "reveal": [_seen("reveal", "Read both answers, then tap.", ("prompt", *_ANSWERS))],
        "rate": both,
        "revise": _revisions(part),
        "check": [_quick_check(i, c) for i, c in enumerate(chapter.quick_checks)] if chapter else [],
    }
    return [Step(kind, number, tuple(asked)) for kind, asked in every.items() if asked]  # ty: ignore[invalid-argument-type]


def _seen(key: str, text: str, texts: tuple[str, ...]) -> Question:
    return Question(key, text, "one", (Option("seen", "I’ve read it"),), texts)


def _predictions(part: Part) -> list[Question]:
    says = (
        *(Option(key, f"It {label}.") for key, label in part.checks.items()),
        Option(SOMETHING_ELSE, "Something else."),
    )
    asked = [Question("gives", "Which criterion will give?", "several", GIVEN_UP, ("prompt",))]
    if part.checks:
        asked.append(Question("says", "What will the tuned model say?", "several", says, ("prompt",)))
    return asked + _which_reply(part, "Which reply would you send?", "Why that reply?")


def _revisions(part: Part) -> list[Question]:
    gave = Question("gives", "Now you’ve seen them: which criterion gave?", "several", GIVEN_UP, _ANSWERS)
    return [gave, *_which_reply(part, "Which reply would you send now?", "What made you stay or change?")]


def _which_reply(part: Part, which: str, why: str) -> list[Question]:
    if not part.replies:
        return []
    options = tuple(Option(r.letter, f"Reply {r.letter}") for r in part.replies)
    texts = ("prompt", *(f"reply-{r.letter}" for r in part.replies))
    line = f"{why} One line, at most {MAX_LINE} characters; you may leave it empty."
    return [Question(_CHOSEN[0], which, "one", options, texts), Question(_CHOSEN[1], line, "line")]


def _quick_check(number: int, check: QuickCheck) -> Question:
    options = tuple(Option(str(i), c.text, c.right, c.why) for i, c in enumerate(check.choices))
    return Question(f"check-{number}", check.question, "one", options)
