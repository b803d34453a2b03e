"""Two models for LLM Comparator, and one prompt's answers as a page of their own."""

import json
from collections.abc import Iterator

from lib.collections.records import Collection
from lib.collections.selection import Asked, Written
from lib.domain import Response, TrilemmaError
from lib.formats import llm_comparator
from lib.formats.items import Better
from lib.formats.page import Side, comparison
from lib.store.collection import CollectionStore, StoredMark, StoredPreference
from lib.store.conditions import Condition

_TURNED: dict[Better, Better] = {"a": "b", "b": "a", "tie": "tie"}


def comparator(store: CollectionStore, collection: Collection, asked: Asked) -> tuple[str, Written]:
    """The first answers of two models to each prompt that both have answered, with the raters of exactly these."""
    if len(asked.models) != 2:
        raise TrilemmaError("LLM Comparator shows two models: name two of the collection")
    examples, unrated = [], 0
    for first, second, ratings in _both(store, asked):
        prompt = store.prompts_of([first.prompt_id])[first.prompt_id]
        tags = list(store.tags(first.prompt_id).values())
        examples.append(llm_comparator.Example(prompt.text, first.text or "", second.text or "", ratings, tags))
        unrated += not ratings
    rated = len(examples) - unrated
    notes = ("No rater compared these answers: every score is 0.",) if not rated else ()
    if rated and unrated:
        examples = [e for e in examples if e.ratings]
        notes = (f"Left out: {unrated:,} prompts that nobody rated.",)
    names = [collection.label(m) for m in asked.models]
    value = llm_comparator.written(f"Trilemma collection {collection.name}", names[0], names[1], examples)
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n", Written(len(examples), notes)


def _both(store: CollectionStore, asked: Asked) -> Iterator[tuple[Response, Response, dict[str, Better]]]:
    model_a, model_b = asked.models
    both = tuple(Condition("answered", (m,)) for m in asked.models)
    start, total = 0, 1
    while start < total:
        total, found = store.found(asked.wanted._replace(conditions=(*asked.wanted.conditions, *both)), start, 500)
        start += 500
        for row in found:
            each = store.responses(row.prompt_id, asked.models)
            first = next((r for r in each if r.model_id == model_a and r.text is not None), None)
            second = next((r for r in each if r.model_id == model_b and r.text is not None), None)
            if first and second:
                yield first, second, _ratings(store.preferences(row.prompt_id), first, second)


def _ratings(preferences: list[StoredPreference], first: Response, second: Response) -> dict[str, Better]:
    out: dict[str, Better] = {}
    sides = ((first.run_id, first.sample), (second.run_id, second.sample))
    for k, p in enumerate(preferences):
        mine = ((p.run_a, p.sample_a), (p.run_b, p.sample_b))
        better = next((b for b in _TURNED if b == p.better), None)
        if better and mine in (sides, sides[::-1]):
            name = p.rater or "rater"
            out[name if name not in out else f"{name} ({k})"] = better if mine == sides else _TURNED[better]
    return out


def page(store: CollectionStore, collection: Collection, asked: Asked) -> tuple[str, Written]:
    """One prompt with the answers of some models, or of all, each model's first."""
    prompt = store.prompt(asked.prompt_id)
    if prompt is None:
        raise TrilemmaError(f"The collection has no prompt {asked.prompt_id!r}")
    marks = store.marks(prompt.id)
    first: dict[str, Response] = {}
    for r in store.responses(prompt.id, asked.models or None):
        first.setdefault(r.model_id, r)
    order = [m for m in (asked.models or [m.id for m in collection.models]) if m in first]
    sides = [
        Side(
            collection.label(m),
            first[m].text,
            [mark_line(x) for x in marks.get((first[m].run_id, first[m].sample), ())],
        )
        for m in order
    ]
    facts = [f"{p}" for p in (preference_line(x, collection) for x in store.preferences(prompt.id)) if p]
    files = ", ".join(f"{f.name} ({f.format}, SHA-256 {f.sha256[:12]}…)" for f in collection.files)
    facts += [f"Collection {collection.title}, imported {collection.date[:10]} from {files}", "Unedited model output."]
    return comparison(prompt.label, prompt.messages, sides, facts), Written(len(sides))


def mark_line(mark: StoredMark) -> str:
    """A foreign score in a line of plain text."""
    value = mark.label if mark.value is None else f"{mark.value:g}"
    return f"{mark.scorer}: {'no score' if value is None else value}"


def preference_line(p: StoredPreference, collection: Collection) -> str:
    """How a rater found two answers, in a line of plain text."""
    a, b = collection.label(p.model_a), collection.label(p.model_b)
    by = f"{p.rater}: " if p.rater else ""
    if p.better is None:
        return f"{by}no rating of {a} against {b}"
    if p.better == "tie":
        return f"{by}{a} and {b} equally good"
    return f"{by}{a if p.better == 'a' else b} better than {b if p.better == 'a' else a}"
