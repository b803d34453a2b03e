"""lm-evaluation-harness: samples (one line a document and filter), and results, which name the model."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lib.domain import Message
from lib.formats.items import Answer, BadImport, Item, Told
from lib.formats.sources import Source
from lib.formats.values import fields_of, marks_of, number_of, tags_of, text_of

_FIXED = {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"}
_FIXED |= {"doc_hash", "prompt_hash", "target_hash", "task_name", "schema_hash"}


def recognises_samples(source: Source) -> bool:
    rows = source.objects
    return bool(rows) and all({"doc_id", "resps", "arguments"} <= r.keys() for r in rows)


def samples(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """A document that is logged once for each filter is one answer with a score by each."""
    seen: dict[str, int] = {}
    for place, row in source.numbered(progress):
        document = str(row["doc_id"])
        seen[document] = seen.get(document, 0) + 1
        calls = _calls(row["arguments"])
        if not calls:
            raise BadImport(f"{source.name}: {place}: arguments: no prompt")
        name = _filter(row, seen[document])
        marks = tuple(m for metric in _metrics(row) for m in marks_of(f"{metric}{name}", row.get(metric)))
        tags = tags_of(row, ("task_name",)) | (
            {"target": (text_of(row["target"]) or "")[:200]} if row.get("target") else {}
        )
        messages = (Message("user", calls[0][0]),) if calls[0][0] else ()
        for number, (text, how) in enumerate(_texts(row["resps"], calls)):
            mine = marks if not number else ()
            told = tags | ({"answer": how} if how else {})
            yield Answer(messages, "", text, document, marks=mine, tags=told, copy=seen[document] > 1)


def _filter(row: Mapping[str, Any], times: int) -> str:
    name = row.get("filter")
    if isinstance(name, str):
        return f" ({name})" if name != "none" else ""
    return f" (filter {times}, not named)" if times > 1 else ""


def _metrics(row: Mapping[str, Any]) -> list[str]:
    named = row.get("metrics")
    if isinstance(named, list) and all(isinstance(n, str) for n in named):
        return named
    return [k for k, v in row.items() if k not in _FIXED and (number_of(v) is not None or isinstance(v, float))]


def _calls(arguments: Any) -> list[tuple[str, str]]:
    """(prompt, continuation) of each request."""
    if isinstance(arguments, dict):
        arguments = [[a.get("arg_0"), a.get("arg_1")] for a in arguments.values() if isinstance(a, dict)]
    out = []
    for each in arguments if isinstance(arguments, list) else ():
        prompt, *rest = each if isinstance(each, list) and each else [each]
        out.append((text_of(prompt) or "", rest[0] if rest and isinstance(rest[0], str) else ""))
    return out


def _texts(resps: Any, calls: list[tuple[str, str]]) -> Iterator[tuple[str | None, str]]:
    """The generated texts; for a choice by log-likelihood the continuation that the model finds likeliest."""
    replies = resps if isinstance(resps, list) else [resps]
    first = [r[0] if isinstance(r, list) and r else r for r in replies]
    likelihoods = [number_of(f[0]) if isinstance(f, list) and f else None for f in first]
    if likelihoods and all(x is not None for x in likelihoods):
        best = max(range(len(first)), key=lambda k: likelihoods[k] or 0.0)
        text = calls[best][1] if best < len(calls) else None
        yield text, "the likeliest of the choices"
        return
    for reply in replies:
        for text in reply if isinstance(reply, list) and reply else [reply]:
            yield text_of(text), ""


# ---- results ----------------------------------------------------------------------------------


def recognises_results(source: Source) -> bool:
    rows = source.objects
    return (
        len(rows) == 1 and isinstance(rows[0].get("results"), dict) and ("configs" in rows[0] or "versions" in rows[0])
    )


def results(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """No answers, but the model of the samples beside it."""
    (row,) = source.objects
    config = fields_of(row.get("config"))
    told = text_of(row.get("model_name")) or text_of(config.get("model_args")) or ""
    model = told.partition("pretrained=")[2].partition(",")[0] or told
    yield Told(f"lm-eval results of {len(row['results']):,} tasks", model, _levels(row["results"]))


def _levels(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a task and score: metric, filter and standard error share one key ("acc,none"; in old files "acc")."""
    out = []
    for task, values in results.items():
        for key, value in values.items() if isinstance(values, dict) else ():
            if key != "alias":
                metric, _, name = str(key).partition(",")
                out.append({"task": task, "metric": metric, "filter": name or "none", "value": number_of(value)})
    return out
