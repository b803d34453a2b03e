"""promptfoo: results as it exports them, one JSON value or one line a result."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lib.domain import Message
from lib.formats.items import Answer, BadImport, Item, Mark
from lib.formats.sources import Source, parse
from lib.formats.values import count_of, fields_of, marks_of, messages_of, text_of

_ROW = {"provider", "prompt", "success"}


def _rows(source: Source) -> list[Any] | None:
    """The results of a whole export, None where this is none."""
    if source.kind != "json" or len(source.objects) != 1:
        return None
    results = source.objects[0].get("results")
    if isinstance(results, dict):
        results = results.get("results")
    is_it = isinstance(results, list) and results and all(isinstance(r, dict) and r.keys() >= _ROW for r in results)
    return results if is_it else None


def recognises(source: Source) -> bool:
    rows = source.objects
    return _rows(source) is not None or (bool(rows) and all(r.keys() >= _ROW for r in rows))


def read(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    whole = _rows(source)
    numbered = (
        source.numbered(progress)
        if whole is None
        else ((f"results.results, item {n}", r) for n, r in enumerate(whole, start=1))
    )
    for place, row in numbered:
        if not row.keys() >= _ROW:
            raise BadImport(f"{source.name}: {place}: is no result (provider, prompt and success are missing)")
        yield _answer(row)


def _answer(row: Mapping[str, Any]) -> Answer:
    provider, response = row["provider"], row.get("response")
    model = (provider.get("label") or provider.get("id")) if isinstance(provider, dict) else provider
    response = fields_of(response)
    text = text_of(response.get("output"))
    error = text_of(response.get("error")) or (text_of(row.get("error")) if text is None else "") or ""
    if text is None and not error:
        error = "the file holds no output for this test"
    tags = (
        {f"var {k}"[:60]: (text_of(v) or "")[:200] for k, v in (row.get("vars") or {}).items()}
        if isinstance(row.get("vars"), dict)
        else {}
    )
    usage = fields_of(response.get("tokenUsage"))
    tokens = count_of(usage.get("completion"))
    asked = _asked(row["prompt"])
    return Answer(asked, text_of(model) or "", text, error=error, marks=tuple(_marks(row)), tags=tags, tokens=tokens)


def _asked(prompt: Any) -> tuple[Message, ...]:
    """The rendered prompt; a chat prompt is the JSON text of its messages."""
    raw = prompt.get("raw") if isinstance(prompt, dict) else prompt
    if isinstance(raw, str) and raw.lstrip().startswith("["):
        try:
            return messages_of(parse(raw.encode())) or (Message("user", raw),)
        except (ValueError, RecursionError, BadImport):
            return (Message("user", raw),)
    return messages_of(raw)


def _marks(row: Mapping[str, Any]) -> Iterator[Mark]:
    """Whether the tests passed and the score; a person's thumb is up, down, or no mark at all."""
    graded = fields_of(row.get("gradingResult"))
    if isinstance(row["success"], bool) and not row.get("error"):
        yield from marks_of("promptfoo pass", row["success"], graded.get("reason"))
    if row.get("score") is not None:
        yield from marks_of("promptfoo score", row["score"], graded.get("reason"))
    named = row.get("namedScores")
    for name, value in named.items() if isinstance(named, dict) else ():
        yield from marks_of(f"promptfoo {name!s}", value)
    for part in graded.get("componentResults") or ():
        kind = (
            part.get("assertion", {}).get("type")
            if isinstance(part, dict) and isinstance(part.get("assertion"), dict)
            else ""
        )
        if kind == "human" and isinstance(part.get("pass"), bool):
            yield from marks_of("promptfoo thumb", part["pass"], part.get("comment"))
