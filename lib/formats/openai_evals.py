"""OpenAI evals: a specification, a final report, and events joined by sample."""

from collections.abc import Callable, Iterator
from typing import Any

from lib.formats.items import Answer, BadImport, Item, Mark, NoAnswers, Told
from lib.formats.sources import Source
from lib.formats.values import marks_of, messages_of, text_of


def recognises(source: Source) -> bool:
    rows = source.objects
    events = any({"sample_id", "type", "data"} <= r.keys() for r in rows)
    return bool(rows) and isinstance(rows[0].get("spec"), dict) and (events or any("final_report" in r for r in rows))


def read(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    model, answers = "", {}
    marks: dict[str, list[Mark]] = {}
    for place, row in source.numbered(progress):
        if isinstance(row.get("spec"), dict):
            functions = row["spec"].get("completion_fns")
            model = str(functions[0]) if isinstance(functions, list) and functions else ""
            yield Told(f"OpenAI evals log of {row['spec'].get('eval_name', 'an eval')}")
        data, sample = row.get("data"), str(row.get("sample_id"))
        if not isinstance(data, dict):
            continue
        if row.get("type") == "sampling":
            try:
                asked = messages_of(data.get("prompt"))
            except BadImport as fault:
                raise BadImport(f"{source.name}: {place}: data.prompt: {fault}") from fault
            answers.setdefault(sample, []).extend((asked, text) for text in _sampled(data.get("sampled")))
        elif "correct" in data or "score" in data:
            name = str(row.get("type", "match"))
            marks.setdefault(sample, []).extend(marks_of(name, data.get("correct", data.get("score"))))
    if not answers:
        raise NoAnswers(source.name, "an OpenAI evals log without sampling events")
    for sample, each in answers.items():
        for k, (asked, text) in enumerate(each):
            yield Answer(asked, model, text, sample, marks=tuple(marks.get(sample, ())) if not k else ())


def _sampled(value: Any) -> list[str | None]:
    return [text_of(v) for v in value] if isinstance(value, list) else [text_of(value)]
