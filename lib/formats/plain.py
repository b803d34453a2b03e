"""Plain rows of JSON or of a table: which column is the prompt, the answer, the model, a score; guessed, or as told."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from lib.domain import Message
from lib.formats.items import Answer, BadImport, Item, Mark, NoAnswers
from lib.formats.sources import Source, parse
from lib.formats.values import count_of, marks_of, messages_of, number_of, text_of

_PROMPT = (
    "messages",
    "conversation",
    "prompt",
    "instruction",
    "question",
    "input",
    "query",
    "user_prompt",
    "request",
    "prompt_text",
    "input_text",
)
_RESPONSE = (
    "response", "response_text", "model_response", "model_response_text", "completion", "generation", "prediction",
    "generated_text", "model_output", "output", "output_text", "answer", "reply", "answer_text", "model_answer",
)  # fmt: skip
_MODEL = ("model", "model_id", "model_name", "generator", "llm", "engine", "provider", "system")
_ERROR, _ID, _DATE = (
    ("error",),
    ("question_id", "prompt_id", "example_id"),
    ("timestamp", "created_at", "date", "run_timestamp_iso"),
)
_WIDE = re.compile(r"^(?P<model>.+?)[ _-](?:response|answer|output|completion|reply)$", re.IGNORECASE)
_TEXTS = ("title", "body")  # of a prompt in two columns
_UNNAMED = ("column ", "Unnamed:")  # numbers of rows, in files that pandas wrote
_MAX_TAGS, _MAX_MARKS, _LONGEST_TAG = 12, 24, 120
_NO_MARK = re.compile(
    r"(^|_)(id|idx|index|no|number|seed|timestamp|tstamp|latency.*|time.*|tokens?|cost.*|len|length|count)$"
)


class ColumnMapping(BaseModel):
    """Which columns hold what. `responses`: column -> model, where empty the `model` column names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: tuple[str, ...] = ()
    responses: dict[str, str] = {}
    model: str | None = None
    error: str | None = None
    question: str | None = None
    date: str | None = None
    marks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def guessed(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> ColumnMapping:
    """What the names of the columns, and then their values, say of them; without `responses` there are no answers."""
    by_name = {c.strip().lower().replace(" ", "_"): c for c in columns}
    prompt = _prompt(by_name)
    responses = {by_name[n]: "" for n in _RESPONSE[:] if n in by_name and by_name[n] not in prompt}
    responses = dict(list(responses.items())[:1])
    if not responses:
        wide = {
            c: m["model"]
            for c in columns
            if (m := _WIDE.match(c)) and m["model"].lower() not in ("expected", "reference", "correct", "gold", "ideal")
        }
        responses = wide if prompt else {}
    model, error, question, date = (
        next((by_name[n] for n in names if n in by_name), None) for names in (_MODEL, _ERROR, _ID, _DATE)
    )
    taken = {*prompt, *responses, model, error, question, date}
    rest = [c for c in columns if c not in taken]
    marks = [c for c in rest if not _NO_MARK.search(c.lower()) and not c.startswith(_UNNAMED) and _is_mark(c, rows)]
    tags = [c for c in rest if c not in marks and _is_tag(c, rows)]
    return ColumnMapping(
        prompt=prompt, responses=responses, model=model, error=error, question=question, date=date,
        marks=tuple(marks[:_MAX_MARKS]), tags=tuple(tags[:_MAX_TAGS]),
    )  # fmt: skip


def _prompt(by_name: Mapping[str, str]) -> tuple[str, ...]:
    for stem in ("prompt", "question", "post"):
        both = [f"{stem}_{part}" for part in _TEXTS]
        if all(b in by_name for b in both):
            return tuple(by_name[b] for b in both)
    found = next((by_name[n] for n in _PROMPT if n in by_name), None)
    if found is None:
        return ()
    more = [by_name[n] for n in ("input",) if found.lower() == "instruction" and n in by_name]
    return (found, *more)


def _is_mark(column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """A column of numbers, of yes and no, or of objects of numbers; one that counts up names the rows instead."""
    values = [_opened(v) for r in rows if (v := r.get(column)) not in (None, "")]
    if not values:
        return False
    if all(isinstance(v, dict) and v and all(number_of(x) is not None for x in v.values()) for v in values):
        return True
    numbers = [number_of(v) for v in values if not isinstance(v, dict | list)]
    if len(numbers) < len(values) or any(n is None for n in numbers):
        return False
    return not (len(numbers) > 3 and all((b or 0) - (a or 0) == 1 for a, b in itertools.pairwise(numbers)))


def _is_tag(column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    values = [v for r in rows if (v := r.get(column)) not in (None, "")]
    return bool(values) and all(isinstance(v, str | int | bool) and len(str(v)) <= _LONGEST_TAG for v in values)


def _opened(value: Any) -> Any:
    """A cell that holds JSON as that; anything else as it is."""
    if isinstance(value, str) and value[:1] in "[{" and value[-1:] in "]}":
        try:
            return parse(value.encode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return value
    return value


def read(source: Source, rows: Iterator[tuple[str, Mapping[str, Any]]], mapping: ColumnMapping) -> Iterator[Item]:
    """An answer a row, or one for each of several columns of answers."""
    if not mapping.responses:
        shown = [dict(row) for _, (_, row) in zip(range(200), rows, strict=False)]
        total = len(shown) + sum(1 for _ in rows)
        columns = ", ".join(str(c) for c in (shown[0] if shown else {}))
        raise NoAnswers(source.name, f"a table of {total:,} rows ({columns[:200]})", shown, total)
    for place, row in rows:
        try:
            asked = _asked(row, mapping.prompt)
        except BadImport as fault:
            raise BadImport(f"{source.name}: {place}: {' + '.join(mapping.prompt)}: {fault}") from fault
        yield from _answers(row, asked, mapping)


def _asked(row: Mapping[str, Any], columns: Sequence[str]) -> tuple[Message, ...]:
    values = [_opened(row.get(c)) for c in columns]
    if len(values) == 1:
        return messages_of(values[0] if isinstance(values[0], str | list | Mapping | None) else text_of(values[0]))
    text = "\n\n".join(t for v in values if (t := text_of(v)))
    return (Message("user", text),) if text else ()


def _answers(row: Mapping[str, Any], asked: tuple[Message, ...], mapping: ColumnMapping) -> Iterator[Answer]:
    named = text_of(row.get(mapping.model)) if mapping.model else None
    error = text_of(row.get(mapping.error)) if mapping.error else None
    marks: list[Mark] = [m for c in mapping.marks for m in _marks(c, row.get(c))]
    tags = {c: str(row[c])[:200] for c in mapping.tags if row.get(c) not in (None, "")}
    named_question = mapping.question if not asked else None  # where the prompt itself is missing
    question = str(row.get(named_question, "")) if named_question else ""
    date = str(row[mapping.date])[:40] if mapping.date and row.get(mapping.date) else ""
    tokens = count_of(row.get("eval_output_tokens") or row.get("token_len") or row.get("output_tokens"))
    if asked and asked[-1].role == "assistant" and mapping.prompt and mapping.prompt[0] in ("messages", "conversation"):
        asked = asked[:-1]  # the last message is the answer, which has a column of its own
    for column, model in mapping.responses.items():
        value = row.get(column)
        text = _reply(value)
        yield Answer(
            asked, model or named or "", text, question, error=(error or "") if not text else "",
            marks=tuple(marks), tags=tags, tokens=tokens, date=date,
        )  # fmt: skip


def _reply(value: Any) -> str | None:
    """The answer's text; of an object with a single field that field's."""
    opened = value if not isinstance(value, dict) or len(value) != 1 else next(iter(value.values()))
    return text_of(opened)


def _marks(column: str, value: Any) -> list[Mark]:
    value = _opened(value)
    if value == "":
        value = None
    if isinstance(value, str) and (number := number_of(value)) is not None:
        value = number
    return marks_of(column, value)
