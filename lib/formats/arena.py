"""Side-by-side ratings by people, one row a rating: two models, two answers, and which was better (Tulu, Arena)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lib.domain import Message
from lib.formats.items import Answer, BadImport, Better, Item, Preference
from lib.formats.sources import Source
from lib.formats.values import marks_of, messages_of, tags_of, text_of

_VERDICTS = ("preference", "winner")
_STRENGTH = {"slightly": 0.5, "clearly": 1.0}


def recognises(rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(rows) and all({"model_a", "model_b"} <= r.keys() and any(v in r for v in _VERDICTS) for r in rows)


def read(source: Source, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> Iterator[Item]:
    for place, row in rows:
        try:
            sides = [_side(row, side) for side in "ab"]
        except BadImport as fault:
            raise BadImport(f"{source.name}: {place}: {fault}") from fault
        asked = sides[0][0] or messages_of(row.get("prompt") or row.get("question"))
        rater = text_of(row.get("evaluator") or row.get("judge") or row.get("rater")) or ""
        models = [text_of(row[f"model_{side}"]) or f"model {side.upper()}" for side in "ab"]
        better, strength = verdict(next(row[v] for v in _VERDICTS if v in row))
        question = str(row.get("instance_id") or row.get("question_id") or "")
        tags = tags_of(row, ("language", "turn"))
        for side, model, (_, text) in zip("ab", models, sides, strict=True):
            if (accepted := row.get(f"completion_{side}_is_acceptable")) not in (None, ""):
                marks = tuple(marks_of(f"acceptable, says {rater}", str(accepted)))
                yield Answer(asked, model, text, question, marks=marks, copy=True)
        yield Preference(
            asked, models[0], sides[0][1], models[1], sides[1][1], better, rater, strength, question, tags=tags
        )


def _side(row: Mapping[str, Any], side: str) -> tuple[tuple[Message, ...], str | None]:
    conversation = row.get(f"conversation_{side}")
    if isinstance(conversation, list) and conversation:
        turns = messages_of(conversation)
        return turns[:-1], turns[-1].content if turns else None
    names = (f"completion_{side}", f"response_{side}", f"answer_{side}", f"output_{side}")
    return (), text_of(next((row[n] for n in names if n in row), None))


def verdict(value: Any) -> tuple[Better | None, float | None]:
    """Which side words prefer, and how strongly: 1, .5 for slightly, 0 for a tie, negative for b. None: not rated."""
    said = (text_of(value) or "").strip().lower().replace("_", "-")
    if not said:
        return None, None
    if "tie" in said or "both" in said or said in ("equal", "same"):
        return "tie", 0.0
    strength = next((s for word, s in _STRENGTH.items() if word in said), 1.0)
    side = re.search(r"(?:^|\W|model-)([ab])(?:\W|$)", said)
    if side is None:
        return None, None
    return ("a", strength) if side[1] == "a" else ("b", -strength)
