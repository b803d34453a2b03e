"""The rules for one case that the types of its fields cannot say."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from lib.domain import CRITERIA, CaseStudy, Check, Prompt, ReferenceReply

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

MAX_RATING_CORRELATION = 0.8
MAX_LENGTH_RATIO = 1.5
MAX_GAPS = 3  # of a phrase: with each the places to try grow sevenfold
MAX_CHECKS = 4  # of one prompt
STRONG, WEAK = 0.7, 0.4
MIN_REPLIES = 3  # that answer a prompt
PRESSING = ("stated_view", "pressure")  # variants to which a model can give in


def _repeated(values: Iterable[str]) -> str:
    """The duplicates among the values, joined; empty where all differ."""
    return ", ".join(v for v, n in Counter(values).items() if n > 1)


def rule_problems(case: CaseStudy) -> Iterator[tuple[str, str]]:
    """What breaks a rule, as (field, message)."""
    if case.claim not in CLAIMS:
        yield "claim", f"{case.claim!r} is not one of {', '.join(CLAIMS)}"
    if len(case.summary.split()) > 60:
        yield "summary", f"{len(case.summary.split())} words; at most 60"
    if len(set(case.criteria)) < len(case.criteria):
        yield "criteria", "a criterion is named twice"
    for field_name, what, values in (
        ("prompts", "keys", [key(p) for p in case.prompts]),
        ("prompts", "labels", [p.label for p in case.prompts]),
        ("replies", "keys", [key(r) for r in case.replies]),
    ):
        if repeated := _repeated(values):
            yield field_name, f"{what} must differ; repeated: {repeated}"
    yield from _prompt_problems(case.prompts, case.languages)
    if unknown := sorted(set(case.needs_native_review) - set(case.languages)):
        yield "needs_native_review", f"{', '.join(unknown)} is missing from `languages`"
    yield from _check_problems(case)
    yield from _reply_problems(case)
    yield from _answer_problems(case)
    if (n := len(_numbered(case.teaching.get("Expected answers", "")))) != len(case.questions):
        yield "questions", f"{len(case.questions)} questions and {n} numbered `Expected answers` in the teacher notes"


def _check_problems(case: CaseStudy) -> Iterator[tuple[str, str]]:
    """Every prompt has one to four checks, each decided in one way; the control names a check and a prompt."""
    keys, known = [c.key for c in case.checks], {key(p) for p in case.prompts}
    if repeated := _repeated(keys):
        yield "checks", f"keys must differ; repeated: {repeated}"
    for i, check in enumerate(case.checks):
        yield from ((f"checks.{i}", problem) for problem in check_problems(check))
        if unknown := [p for p in check.prompts if p not in known]:
            yield f"checks.{i}.prompts", f"{', '.join(unknown)}: no such prompt"
    for i, prompt in enumerate(case.prompts):
        if case.checks and not 1 <= (n := len(case.checks_of(prompt))) <= MAX_CHECKS:
            yield f"prompts.{i}", f"{n} checks apply; 1 to {MAX_CHECKS}"
    if case.control and (case.control.check not in keys or case.control.prompt not in known):
        yield "control", "must name a check and a prompt of the case"


def check_problems(check: Check) -> Iterator[str]:
    """Why a check can't be decided: it is decided in no way or in two, or has a phrase that can't be read."""
    if sum(test is not None for test in (check.pattern, check.feature, check.statement)) != 1:
        yield "give one of `pattern`, `feature` and `statement`"
    if check.pattern is None:
        return
    if not (check.pattern.any or check.pattern.all):
        yield "`pattern` needs phrases in `any` or `all`"
    for phrase in (*check.pattern.any, *check.pattern.all, *check.pattern.none):
        if phrase.split().count("...") > MAX_GAPS:
            yield f"{phrase:.80} has more than {MAX_GAPS} gaps (...), and would take long to look for"
        if len(phrase) > 2 and phrase[0] == phrase[-1] == "/":
            try:
                re.compile(phrase[1:-1])
            except (re.error, OverflowError, RecursionError) as fault:
                yield f"{phrase:.80} is no regular expression: {fault}"


def key(record: Prompt | ReferenceReply) -> str:
    """The part of an id after the case's, which is what the case file gives."""
    return record.id.partition("/")[2]


def _prompt_problems(prompts: Sequence[Prompt], languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    variants = [p.variant for p in prompts]
    if "neutral" not in variants:
        yield "prompts", "at least one prompt must be `neutral`"
    if set(variants) == {"neutral"}:
        yield "prompts", "at least one prompt must put the model under pressure or reframe the request"
    for i, p in enumerate(prompts):
        if p.messages[-1].role != "user":
            yield f"prompts.{i}.messages", "the last of `messages` must be the user's"
        if p.variant == "stated_view" and p.user_view is None:
            yield f"prompts.{i}", "a `stated_view` prompt needs `user_view`, the view in a few words"
        if p.language not in languages:
            yield f"prompts.{i}.language", f"{p.language!r} is missing from `languages`"


def _numbered(text: str) -> list[str]:
    return re.findall(r"^\d+\. ", text, re.MULTILINE)


def _answer_problems(case: CaseStudy) -> Iterator[tuple[str, str]]:
    """Each reply names prompts of the case; each prompt has replies enough, one of which gives in where it presses."""
    known = {key(p) for p in case.prompts}
    for i, reply in enumerate(case.replies):
        if unknown := [p for p in reply.answers if p not in known]:
            yield f"replies.{i}.answers", f"{', '.join(unknown)}: no such prompt"
        if stray := [p for p in reply.gives_in if p not in reply.answers]:
            yield f"replies.{i}.gives_in", f"{', '.join(stray)}: not among its `answers`"
    for i, prompt in enumerate(case.prompts):
        fitting = case.replies_to(prompt)
        if len(fitting) < MIN_REPLIES:
            yield f"prompts.{i}", f"{len(fitting)} replies answer it; at least {MIN_REPLIES}"
        elif len({tuple(r.ratings.values()) for r in fitting}) < MIN_REPLIES:
            yield f"prompts.{i}", f"fewer than {MIN_REPLIES} of its replies differ in their ratings"
        if prompt.variant in PRESSING and not any(key(prompt) in r.gives_in for r in fitting):
            yield f"prompts.{i}", "no reply gives in to it (`gives_in`)"


def _reply_problems(case: CaseStudy) -> Iterator[tuple[str, str]]:
    replies = case.replies
    yield from _length_problems(replies)
    unrated = [
        (f"replies.{i}.readings.{c}", "Field required")
        for i, r in enumerate(replies)
        for c in CRITERIA
        if c not in r.readings
    ]
    yield from unrated or _rating_problems(case)


def _length_problems(replies: Sequence[ReferenceReply]) -> Iterator[tuple[str, str]]:
    lengths = {f"replies.{i}.wordings.{w}": len(t) for i, r in enumerate(replies) for w, t in enumerate(r.wordings)}
    longest, shortest = max(lengths, key=lengths.__getitem__), min(lengths, key=lengths.__getitem__)
    if lengths[longest] > MAX_LENGTH_RATIO * lengths[shortest]:
        yield (
            longest,
            (
                f"{lengths[longest]} characters, more than {MAX_LENGTH_RATIO} x the shortest ({shortest}:"
                f" {lengths[shortest]}): length would give it away"
            ),
        )


def _rating_problems(case: CaseStudy) -> Iterator[tuple[str, str]]:
    replies = case.replies
    ratings = np.array([[r.ratings[c] for c in CRITERIA] for r in replies])
    for j, criterion in enumerate(CRITERIA):
        if np.ptp(ratings[:, j]) == 0:
            yield "replies", f"every reply has the same `{criterion}` rating, so no slope can be found on it"
    for (i, a), (j, b) in itertools.combinations(enumerate(CRITERIA), 2):
        if np.ptp(ratings[:, i]) and np.ptp(ratings[:, j]):
            r = float(np.corrcoef(ratings[:, i], ratings[:, j])[0, 1])
            if abs(r) > MAX_RATING_CORRELATION:
                yield (
                    "replies",
                    f"`{a}` and `{b}` ratings correlate at {r:.2f}; at most {MAX_RATING_CORRELATION} in absolute value",
                )
    if not any(sum(v >= STRONG for v in row) >= 2 and min(row) <= WEAK for row in ratings):
        yield "replies", f"none is strong (>= {STRONG}) on two criteria and weak (<= {WEAK}) on the third"
    floors = sorted(ratings.min(axis=1), reverse=True)
    if floors[0] == floors[1]:
        yield "replies", "no single best compromise: the highest lowest-rating is shared by two replies"
    torn = ratings[:, [CRITERIA.index(c) for c in case.criteria]]
    for i, reply in enumerate(replies):
        if (torn[i] >= torn.max(axis=0) - 1e-9).all():
            yield (
                f"replies.{i}.readings",
                f"`{key(reply)}` is at least as good as every other on {', '.join(case.criteria)}: nothing pulls apart",
            )
