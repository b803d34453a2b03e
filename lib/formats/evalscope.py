"""EvalScope: predictions, and reviews, which hold the same answers with their scores."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lib.domain import Message
from lib.formats.items import Answer, BadImport, Item
from lib.formats.sources import Source
from lib.formats.values import count_of, fields_of, marks_of, messages_of, text_of


def recognises_predictions(source: Source) -> bool:
    rows = source.objects
    return bool(rows) and all({"index", "model_output"} <= r.keys() for r in rows)


def predictions(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    for place, row in source.numbered(progress):
        output = fields_of(row["model_output"])
        usage = fields_of(output.get("usage"))
        asked = _asked(source, place, row)
        model = text_of(row.get("model")) or text_of(output.get("model")) or ""
        error = text_of(output.get("error")) or ""
        found = output.get("choices")
        choices = found if isinstance(found, list) else []
        for choice in choices:
            message = choice.get("message") if isinstance(choice, dict) else None
            said = text_of(message.get("content")) if isinstance(message, dict) else None
            tokens = count_of(usage.get("output_tokens"))
            yield Answer(asked, model, said, str(row["index"]), tokens=tokens, error="" if said else error)
        if not choices:
            yield Answer(asked, model, None, str(row["index"]), error=error or "the file holds no output")


def recognises_reviews(source: Source) -> bool:
    rows = source.objects
    return bool(rows) and all({"index", "sample_score"} <= r.keys() for r in rows)


def reviews(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    for place, row in source.numbered(progress):
        score = row["sample_score"].get("score") if isinstance(row["sample_score"], dict) else None
        score = fields_of(score)
        marks = marks_of("evalscope", score.get("value"), score.get("explanation"))
        messages = row.get("messages")
        last = messages[-1] if isinstance(messages, list) and messages and isinstance(messages[-1], dict) else {}
        asked, model = _asked(source, place, row), text_of(last.get("model")) or ""
        tags = {"target": (text_of(row["target"]) or "")[:200]} if row.get("target") else {}
        said = text_of(score.get("prediction")) or text_of(last.get("content"))
        yield Answer(asked, model, said, str(row["index"]), marks=tuple(marks), tags=tags, copy=True)


def _asked(source: Source, place: str, row: Mapping[str, Any]) -> tuple[Message, ...]:
    put = row.get("messages")
    if isinstance(put, list) and put and isinstance(put[-1], dict) and put[-1].get("role") == "assistant":
        put = put[:-1]
    try:
        return messages_of(put if put else row.get("input"))
    except BadImport as fault:
        raise BadImport(f"{source.name}: {place}: messages: {fault}") from fault
