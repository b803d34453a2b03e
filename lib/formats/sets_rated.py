"""Replies beside ratings: PKU-SafeRLHF, BeaverTails, UltraFeedback, distilabel, argilla, PandaLM, LLMBar and others."""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from lib.formats.comparisons import (
    NO_VERDICT,
    Choice,
    LeftOut,
    Numbering,
    Read,
    Vote,
    asked,
    best_against_others,
    compared,
    majority,
    number,
    truth,
)
from lib.formats.rows import Row


def safe_pairs(rows: Sequence[Row]) -> Read:
    """PKU-SafeRLHF (Ji et al. 2023): which reply is better and, asked apart, which is safer."""
    for row in rows:
        better, safer = number(row["better_response_id"]), number(row.get("safer_response_id"))
        ratings = {} if safer not in (0, 1) else {"safer": (1.0 - safer, safer)}
        safe = tuple(truth(row.get(f"is_response_{k}_safe")) for k in (0, 1))
        if None not in safe:
            ratings["safe"] = (float(bool(safe[0])), float(bool(safe[1])))
        choice = 1.0 - better if better in (0, 1) else None
        yield compared(asked(row["prompt"]), row["response_0"], row["response_1"], choice, ratings=ratings)


def safe_replies(rows: Sequence[Row]) -> Read:
    """BeaverTails (Ji et al. 2023): replies that raters called safe beside those to the same prompt that they did not.

    A reply rated by several people counts as safe where more of them say so.
    """
    by_prompt: dict[str, dict[str, list[bool]]] = {}
    for row in rows:
        safe = truth(row["is_safe"])
        if safe is not None and isinstance(row["response"], str):
            by_prompt.setdefault(row["prompt"], {}).setdefault(row["response"], []).append(safe)
    for prompt, replies in by_prompt.items():
        sides: dict[bool, list[str]] = {True: [], False: []}
        for reply, votes in replies.items():
            if 2 * sum(votes) != len(votes):
                sides[2 * sum(votes) > len(votes)].append(reply)
        if not sides[True] or not sides[False]:
            yield LeftOut((NO_VERDICT,))
        for good, bad in zip(sides[True], sides[False], strict=False):
            yield compared(asked(prompt), good, bad, 1.0)


_QUALITIES = ("helpfulness", "honesty", "truthfulness", "instruction_following")


def scored_completions(rows: Sequence[Row]) -> Read:
    """UltraFeedback (Cui et al. 2023): four replies rated on four qualities; the best overall beside each lower one."""
    for row in rows:
        replies = []
        for done in row["completions"]:
            annotations = done.get("annotations") or {}
            rated = {q: number(_rating(annotations.get(q))) for q in _QUALITIES}
            found = {q: v for q, v in rated.items() if v is not None}
            overall = number(done.get("fine-grained_score"))
            overall = number(done.get("overall_score")) if overall is None else overall
            if overall is None and found:
                overall = sum(found.values()) / len(found)
            replies.append((done.get("response"), overall, found))
        yield from best_against_others(asked(row["instruction"]), replies)


def _rating(value: Any) -> Any:
    """UltraFeedback's helpfulness and truthfulness are lists of one annotation each."""
    value = value[0] if isinstance(value, list) and value else value
    return value.get("Rating", value.get("rating")) if isinstance(value, dict) else value


def rated_generations(rows: Sequence[Row]) -> Read:
    """Distilabel and argilla: `generations` beside `ratings` or `rating`."""
    for row in rows:
        prompt = row.get("instruction") or row.get("input") or row.get("prompt") or ""
        ratings = row.get("ratings") or row.get("rating") or []
        none: Mapping[str, float] = {}
        replies = [(g, number(r), none) for g, r in zip(row["generations"], ratings, strict=False)]
        yield from best_against_others(asked(str(prompt), str(row.get("system") or "")), replies)


def argilla_preferences(rows: Sequence[Row]) -> Read:
    """Argilla's export of two responses with the preference of each annotator, as a value or a text of it."""
    raters = Numbering()
    for row in rows:
        prompt = row.get("prompt") or row.get("instruction") or ""
        first, second = (row.get(f"{_stem(row)}{k}") for k in (1, 2))
        said = row.get("preference")
        said = said if isinstance(said, list) else [{"user_id": "", "value": said}]
        votes = tuple(Vote(raters.of(v.get("user_id")), _argilla(v.get("value"))) for v in said if isinstance(v, dict))
        yield compared(asked(str(prompt)), first, second, majority(votes), votes=votes if len(said) > 1 else ())


def _stem(row: Row) -> str:
    return next(k[:-1] for k in ("response-1", "generation-1") if k in row)


def _argilla(value: Any) -> Choice:
    word = str(value).strip().lower()
    return 1.0 if word.endswith("1") else 0.0 if word.endswith("2") else 0.5 if word in ("0", "tie", "both") else None


def judged_by_three(rows: Sequence[Row]) -> Read:
    """PandaLM's test set (Wang et al. 2023): three people compared two replies; 0 is a tie."""
    for row in rows:
        votes = tuple(Vote(k - 1, _two_sided(row.get(f"annotator{k}"))) for k in (1, 2, 3))
        context = asked("\n\n".join(filter(None, (row["instruction"], row.get("input")))))
        yield compared(context, row["response1"], row["response2"], _of_two(votes), votes=votes)


def _of_two(votes: Sequence[Vote]) -> Choice:
    """What at least two of three chose; a tie otherwise, as where two called it one."""
    if all(v.choice is None for v in votes):
        return None
    return next((side for side in (1.0, 0.0) if sum(v.choice == side for v in votes) >= 2), 0.5)


def _two_sided(value: Any) -> Choice:
    """1: the first, 2: the second, between them nearer to one of the two; 0 and 1.5: a tie."""
    found = number(value)
    if found is None:
        return None
    return 0.5 if found in (0, 1.5) else 1.0 if found < 1.5 else 0.0


def instruction_following(rows: Sequence[Row]) -> Read:
    """LLMBar (Zeng et al. 2023): experts chose the reply that follows the instruction."""
    for row in rows:
        yield compared(asked(row["input"]), row["output_1"], row["output_2"], _two_sided(row["label"]))


def judged_outputs(rows: Sequence[Row]) -> Read:
    """AlpacaEval's annotations: a preference from 1 (first) to 2 (second), 0 or 1.5 a tie, null where none came."""
    for row in rows:
        choice = _two_sided(row["preference"])
        yield compared(asked(row["instruction"]), row["output_1"], row["output_2"], choice)


def upvoted(rows: Sequence[Row]) -> Read:
    """Stanford SHP (Ethayarajh et al. 2022): two comments under one post, of which the readers voted one up more."""
    for row in rows:
        label = number(row["labels"])
        choice = label if label in (0, 1) else None
        yield compared(asked(row["history"]), row["human_ref_A"], row["human_ref_B"], choice)


_WORDS = {"a": 1.0, "b": 0.0, "tie": 0.5}


def evaluated(rows: Sequence[Row]) -> Read:
    """Open-instruct's human evaluation (Wang et al. 2023): a preference in words, by several raters of some items.

    The rows of an item are one comparison. Of a rater who rated it twice the last row counts.
    """
    raters = Numbering()
    items: dict[Any, list[Row]] = {}
    for row in rows:
        items.setdefault(row.get("instance_index", row["instance_id"]), []).append(row)
    for same in items.values():
        first = same[0]
        votes: dict[int, Vote] = {}
        for row in same:
            choice = _WORDS.get(str(row["preference"]).split("-", 1)[0].lower())
            turned = row.get("model_a") != first.get("model_a")
            rater = raters.of(row["evaluator"])
            votes[rater] = Vote(rater, 1 - choice if turned and choice is not None else choice, turned=turned)
        said = tuple(votes.values())
        more = {"votes": said, "ratings": _acceptable(first)}
        yield compared(asked(first["prompt"]), first["completion_a"], first["completion_b"], majority(said), **more)


def _acceptable(row: Row) -> Mapping[str, tuple[float, float]]:
    sides = [truth(row.get(f"completion_{k}_is_acceptable")) for k in "ab"]
    return {} if None in sides else {"acceptable": (float(bool(sides[0])), float(bool(sides[1])))}


def listed(value: Any) -> Any:
    """A list or mapping that a CSV cell holds as text, of Python or of its `defaultdict`."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith("defaultdict("):
        text = text[text.index(",") + 1 :].strip().removesuffix(")")
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
