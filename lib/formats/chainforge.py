"""ChainForge: the answers that a flow has cached, with people's grades and what evaluators made of them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lib.domain import Message
from lib.formats.items import Answer, BadImport, Item, Judged, NoAnswers
from lib.formats.sources import Source
from lib.formats.values import marks_of, messages_of, text_of


def recognises(source: Source) -> bool:
    rows = source.objects
    return len(rows) == 1 and isinstance(rows[0].get("flow"), dict) and isinstance(rows[0].get("cache"), dict)


def read(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """A node's last run holds each answer once more, and so does an evaluator, for what it found."""
    cache = source.objects[0]["cache"]
    grades = {
        k[2:-6]: v for k, v in cache.items() if k.startswith("r.") and k.endswith(".grade") and isinstance(v, dict)
    }
    found = False
    last = [(k, v) for k, v in cache.items() if isinstance(v, dict) and "responses_last_run" in v]
    first = [(k, v) for k, v in cache.items() if isinstance(v, dict) and "responses_last_run" not in v]
    for name, entry in (*first, *last):
        for prompt, each in _responses(entry):
            found = True
            yield from _answers(source, name, prompt, each, grades, copy=(name, entry) in last)
    for name, entry in cache.items():
        if isinstance(entry, list):
            yield from _evaluated(name, entry)
    if not found:
        raise NoAnswers(source.name, "a ChainForge flow without cached answers")


def _responses(entry: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for prompt, value in entry.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and isinstance(each.get("responses"), list) and "llm" in each:
                yield prompt, each


def _answers(
    source: Source, name: str, prompt: str, each: Mapping[str, Any], grades: Mapping[str, Any], copy: bool
) -> Iterator[Answer]:
    llm = each["llm"]
    model = text_of(llm.get("name") or llm.get("model") if isinstance(llm, dict) else llm) or ""
    variables = each.get("vars", each.get("info"))
    tags = (
        {f"var {k}"[:60]: (text_of(v) or "")[:200] for k, v in variables.items()} if isinstance(variables, dict) else {}
    )
    try:
        asked = _asked(each, prompt)
    except BadImport as fault:
        raise BadImport(f"{source.name}: cache, {name}: {fault}") from fault
    graded, question = grades.get(str(each.get("uid")), {}), text_of(each.get("prompt")) or prompt
    for k, response in enumerate(each["responses"]):
        marks = marks_of("thumb", graded[str(k)]) if graded.get(str(k)) is not None and not copy else []
        key = f"{each['uid']}/{k}" if each.get("uid") else ""
        text = text_of(response)
        yield Answer(asked, model, text, question, marks=tuple(marks), tags=tags, copy=copy, key=key)


def _evaluated(name: str, entry: list[Any]) -> Iterator[Judged]:
    for each in entry:
        results = each.get("eval_res") if isinstance(each, dict) else None
        items = results.get("items") if isinstance(results, dict) else None
        for k, item in enumerate(items if isinstance(items, list) else ()):
            for mark in marks_of(name.partition(".")[0], item):
                yield Judged(f"{each.get('uid')}/{k}", mark)


def _asked(each: Mapping[str, Any], prompt: str) -> tuple[Message, ...]:
    """The conversation so far, where the file has it, and the prompt."""
    history, query = each.get("chat_history"), each.get("query")
    last = messages_of(each.get("prompt") or prompt)
    if isinstance(history, list) and history:
        return messages_of(history) + last
    put = query.get("messages") if isinstance(query, dict) else None
    return messages_of(put) if isinstance(put, list) and len(put) > 1 else last
