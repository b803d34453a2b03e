"""Trilemma's own files: what a collection or case was exported as, parts of answers, and downloaded live runs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from lib.domain import Finish, Message
from lib.formats.items import Answer, BadImport, Item, Mark, Preference
from lib.formats.sources import Source, parse
from lib.formats.values import count_of, marks_of, messages_of, number_of, text_of

# The columns of an exported answer, and of an exported preference. What is a list or an object stands there as JSON.
ANSWER = (
    "trilemma", "prompt_id", "prompt", "model", "sample", "response", "error", "finish", "tokens", "date", "scores",
    "tags",
)  # fmt: skip
PREFERENCE = (
    "trilemma", "prompt_id", "prompt", "model_a", "response_a", "model_b", "response_b", "better", "rater", "score",
    "judgement", "tags",
)  # fmt: skip
ANSWER_1, PREFERENCE_1, FOR_EXCEL = "answer 1", "preference 1", ", for Excel"
_RUNS = re.compile(r"^('*)[=+\-@\t\r＝＋－＠]")  # how a cell begins that a spreadsheet runs as a formula


def guarded(cell: Any) -> Any:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before it. `unguarded` takes it off."""
    return f"'{cell}" if isinstance(cell, str) and _RUNS.match(cell) else cell


def unguarded(cell: Any) -> Any:
    found = _RUNS.match(cell) if isinstance(cell, str) else None
    return cell[1:] if found and found[1] else cell


def _kind(row: Mapping[str, Any]) -> str:
    return str(row.get("trilemma")).removesuffix(FOR_EXCEL)


def recognises_answers(rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(rows) and all(_kind(r) == ANSWER_1 for r in rows)


def recognises_preferences(rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(rows) and all(_kind(r) == PREFERENCE_1 for r in rows)


def answers(source: Source, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> Iterator[Item]:
    yield from _read(source, rows, ANSWER_1, ANSWER, _answer)


def preferences(source: Source, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> Iterator[Item]:
    yield from _read(source, rows, PREFERENCE_1, PREFERENCE, _preference)


def _read(
    source: Source,
    rows: Iterator[tuple[str, Mapping[str, Any]]],
    kind: str,
    columns: Sequence[str],
    read: Callable[[Mapping[str, Any]], Item],
) -> Iterator[Item]:
    for place, row in rows:
        if missing := [c for c in columns if c not in row]:
            raise BadImport(f"{source.name}: {place}: {', '.join(missing)}: missing")
        if _kind(row) != kind:
            raise BadImport(f"{source.name}: {place}: trilemma: must be {kind!r}")
        if str(row["trilemma"]).endswith(FOR_EXCEL):
            row = {k: unguarded(v) for k, v in row.items()}
        try:
            yield read(row)
        except (BadImport, ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
            raise BadImport(f"{source.name}: {place}: can't be read: {fault}") from fault


def _opened(value: Any) -> Any:
    return parse(value.encode()) if isinstance(value, str) and value else value


def _answer(row: Mapping[str, Any]) -> Answer:
    error, text = text_of(row["error"]) or "", text_of(row["response"])
    finish: Finish = row["finish"] if row["finish"] in get_args(Finish) else "unstated"
    return Answer(
        messages_of(_opened(row["prompt"])),
        text_of(row["model"]) or "",
        None if error and not text else text,
        error=error,
        marks=tuple(_mark(m) for m in _opened(row["scores"]) or ()),
        tags=_tags(row["tags"]),
        finish=finish,
        tokens=count_of(number_of(row["tokens"])),
        date=text_of(row["date"]) or "",
    )


def _mark(score: Mapping[str, Any]) -> Mark:
    label = score["label"]
    return Mark(
        str(score["scorer"]), number_of(score["value"]), None if label is None else str(label), str(score["reason"])
    )


def _tags(value: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in (_opened(value) or {}).items()}


def _preference(row: Mapping[str, Any]) -> Preference:
    better = row["better"] if row["better"] in ("a", "b", "tie") else None
    return Preference(
        messages_of(_opened(row["prompt"])),
        text_of(row["model_a"]) or "",
        text_of(row["response_a"]),
        text_of(row["model_b"]) or "",
        text_of(row["response_b"]),
        better,
        text_of(row["rater"]) or "",
        number_of(row["score"]),
        group=text_of(row["judgement"]) or "",
        tags=_tags(row["tags"]),
    )


# ---- parts and live runs ------------------------------------------------------------------------

_PART = ("run_id", "model_id", "prompt_id", "sample", "text", "rendered", "finish", "tokens")


def recognises_part(rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(rows) and all(set(_PART) <= r.keys() for r in rows)


def part(source: Source, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> Iterator[Item]:
    """Stored answers: the prompt as it was put to the model, since a part holds no cases."""
    for _, row in rows:
        finish: Finish = row["finish"] if row["finish"] in get_args(Finish) else "unstated"
        asked = (Message("user", text_of(row["rendered"]) or ""),) if row.get("rendered") else ()
        tags = {"case": str(row.get("case_id", "")), "prompt": str(row["prompt_id"])}
        yield Answer(
            asked, text_of(row["model_id"]) or "", text_of(row["text"]), error=text_of(row.get("error")) or "",
            tags=tags, finish=finish, tokens=count_of(row["tokens"]), date=text_of(row.get("date")) or "",
        )  # fmt: skip


def recognises_live(source: Source) -> bool:
    rows = source.objects
    return (
        len(rows) == 1 and {"prompt", "runs", "responses"} <= rows[0].keys() and isinstance(rows[0]["responses"], list)
    )


def live(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """A live run: one prompt, several models."""
    (whole,) = source.objects
    prompt = whole["prompt"]
    asked = messages_of(prompt.get("messages") if isinstance(prompt, dict) else prompt)
    for number, row in enumerate(whole["responses"], start=1):
        if not isinstance(row, dict) or not {"model_id", "text"} <= row.keys():
            raise BadImport(f"{source.name}: responses, item {number}: is no answer (model_id and text are missing)")
        marks = [
            m
            for s in row.get("scores") or ()
            if isinstance(s, dict)
            for m in marks_of(f"{s.get('scorer')}/{s.get('aspect')}", s.get("value"), s.get("reason"))
        ]
        finish: Finish = row["finish"] if row.get("finish") in get_args(Finish) else "unstated"
        yield Answer(
            asked, text_of(row["model_id"]) or "", text_of(row["text"]), error=text_of(row.get("error")) or "",
            marks=tuple(marks), finish=finish, tokens=count_of(row.get("tokens")), date=text_of(row.get("date")) or "",
        )  # fmt: skip
