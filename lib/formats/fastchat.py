"""FastChat (MT-bench, Arena-Hard): questions, answers joined to them by id, and judgments of one answer or of two."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from lib.domain import Message
from lib.formats.items import Answer, Better, Item, Mark, Preference, Question
from lib.formats.sources import Source
from lib.formats.values import count_of, number_of, tags_of, text_of

_TAGS = ("category", "cluster")
_ONE = re.compile(
    r"\[Question\]\n(?P<asked>.*?)\n\n(?:\[The Start of Reference Answer\].*?)?"
    r"\[The Start of Assistant's Answer\]\n(?P<said>.*)\n\[The End of Assistant's Answer\]",
    re.DOTALL,
)
_TURNS = re.compile(
    r"### (User|Assistant(?: A| B)?):\n(.*?)(?=\n\n### (?:User|Assistant)|\n\n<\|The End|\Z)", re.DOTALL
)
_SIDES = re.compile(
    r"(?:\[|<\|)The Start of Assistant ([AB])'s Answer(?:\]|\|>)\n(.*?)\n(?:\[|<\|)The End of", re.DOTALL
)
_GAME: Mapping[str, tuple[Better, float]] = {
    "A>>B": ("a", 2.0),
    "A>B": ("a", 1.0),
    "A=B": ("tie", 0.0),
    "B=A": ("tie", 0.0),
    "A<B": ("b", -1.0),
    "B>A": ("b", -1.0),
    "B>>A": ("b", -2.0),
    "A<<B": ("b", -2.0),
}
_OTHER: Mapping[Better, Better] = {"a": "b", "b": "a", "tie": "tie"}


def _has(source: Source, *names: str) -> bool:
    rows = source.objects
    return bool(rows) and all(set(names) <= r.keys() for r in rows)


def recognises_questions(source: Source) -> bool:
    return _has(source, "question_id", "turns") and not _has(source, "choices")


def questions(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    for _, row in source.numbered(progress):
        turns = row["turns"] if isinstance(row["turns"], list) else [row["turns"]]
        yield Question(str(row["question_id"]), tuple(text_of(t) or "" for t in turns), tags_of(row, _TAGS))


def recognises_answers(source: Source) -> bool:
    return _has(source, "question_id", "choices") or _has(source, "uid", "messages", "model", "answer_id")


def answers(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """Each turn of each choice is an answer of its own, to the question's turns and the answers so far."""
    for _, row in source.numbered(progress):
        model = text_of(row.get("model_id")) or text_of(row.get("model")) or ""
        for choice in row["choices"] if isinstance(row["choices"], list) else ():
            said = choice.get("turns") if isinstance(choice, dict) else None
            for number, turn in enumerate(said if isinstance(said, list) else [said], start=1):
                tokens = count_of(turn.get("token_len")) if isinstance(turn, dict) else 0
                question, tags = str(row["question_id"]), {"turn": str(number)}
                yield Answer((), model, text_of(turn), question, number, tags=tags, tokens=tokens, date=_day(row))


def _day(row: Mapping[str, Any]) -> str:
    """When an answer was given: a file has seconds since 1970."""
    try:
        return datetime.fromtimestamp(row["tstamp"], UTC).isoformat(timespec="seconds")
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return ""


# ---- judgments --------------------------------------------------------------------------------


def recognises_single(source: Source) -> bool:
    return _has(source, "question_id", "model", "judge", "score", "user_prompt")


def single(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """A grade by a judge; -1 is one that could not be read. The answer stands in what the judge was shown."""
    for _, row in source.numbered(progress):
        judge = row["judge"] if isinstance(row["judge"], list) else [row["judge"]]
        scorer, why = "/".join(map(str, judge)), (text_of(row.get("judgment")) or "")[:2_000]
        score = number_of(row["score"])
        mark = Mark(scorer, score, None, why) if score != -1 else Mark(scorer, None, "-1", "the judge gave no grade")
        turn = row["turn"] if isinstance(row.get("turn"), int) else 1
        messages, said = _shown(text_of(row["user_prompt"]) or "")
        model, question = text_of(row["model"]) or "", str(row["question_id"])
        yield Answer(messages, model, said, question, turn, marks=(mark,), tags={"turn": str(turn)}, copy=True)


def _shown(prompt: str) -> tuple[tuple[Message, ...], str | None]:
    """What a judge was shown, as the messages before the answer and the answer."""
    if one := _ONE.search(prompt):
        return (Message("user", one["asked"]),), one["said"]
    _, _, conversation = prompt.rpartition("<|The Start of Assistant A's Conversation with User|>")
    turns = [Message("user" if who == "User" else "assistant", said) for who, said in _TURNS.findall(conversation)]
    if turns and turns[-1].role == "assistant":
        return tuple(m for m in turns[:-1] if m.content), turns[-1].content
    return (), None


def recognises_pairs(source: Source) -> bool:
    return _has(source, "question_id", "model_1", "model_2", "g1_winner", "g2_winner")


def pairs(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """Two games with the answers swapped: better is who wins both, a tie where they differ, none where one failed."""
    for _, row in source.numbered(progress):
        won = [text_of(row[k]) for k in ("g1_winner", "g2_winner")]
        better: Better | None = "tie"
        if "error" in won or None in won:
            better = None
        elif won[0] == won[1] in ("model_1", "model_2"):
            better = "a" if won[0] == "model_1" else "b"
        prompt = text_of(row.get("g1_user_prompt")) or ""
        sides = dict(_SIDES.findall(prompt))
        asked = re.search(r"\[User Question\]\n(.*?)\n\n\[The Start", prompt, re.DOTALL)
        judge = row.get("judge")
        rater = "/".join(map(str, judge)) if isinstance(judge, list) else str(judge or "")
        yield Preference(
            (Message("user", asked[1]),) if asked and asked[1] else (),
            text_of(row["model_1"]) or "",
            sides.get("A"),
            text_of(row["model_2"]) or "",
            sides.get("B"),
            better,
            rater,
            question=str(row["question_id"]),
        )


def recognises_games(source: Source) -> bool:
    return _has(source, "question_id", "model", "judge", "games") or _has(source, "uid", "model", "judge", "games")


def games(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """Arena-Hard: the model against a baseline, once second and once first; both games are one judgement's."""
    for place, row in source.numbered(progress):
        model, baseline = text_of(row["model"]) or "", text_of(row.get("baseline")) or "baseline"
        question = str(row.get("question_id", row.get("uid")))
        for number, game in enumerate(row["games"] if isinstance(row["games"], list) else ()):
            if not isinstance(game, dict):
                game = {"score": None}
            verdict = _GAME.get(str(game.get("score")).replace(" ", ""))
            better, score = verdict or (None, None)
            sides = dict(_SIDES.findall(text_of(game.get("user_prompt")) or ""))
            if number % 2:  # the second game has the model first
                better, score = (better and _OTHER[better]), (None if score is None else -score)
                sides = {"A": sides.get("B"), "B": sides.get("A")}
            a, b = sides.get("A"), sides.get("B")
            rater = f"{row['judge']}, game {number + 1}"
            yield Preference((), baseline, a, model, b, better, rater, score, question, f"{question}/{place}")
