"""A selection of a collection, written for other tools, row by row; out and in again gives the same rows."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lib.collections.comparisons import comparator, page
from lib.collections.records import Collection
from lib.collections.selection import Asked, Written
from lib.domain import TrilemmaError
from lib.files import check_output, write_whole
from lib.formats import trilemma, trl
from lib.formats.tables import write_csv, write_json_lines, write_parquet
from lib.scoring.checks import decide
from lib.store.collection import CollectionStore

TABLES = ("parquet", "csv", "excel", "jsonl")
_NUMBERS = {"sample": "int32", "tokens": "int32", "score": "double"}
_EXCEL_CELL = 32_767  # characters; Excel cuts what is longer


# ---- rows ---------------------------------------------------------------------------------------


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def answers(store: CollectionStore, collection: Collection, asked: Asked) -> Iterator[dict[str, Any]]:
    """A row an answer, as lib.formats.trilemma names its columns."""
    labels = {m.id: m.label for m in collection.models}
    for chunk in store.answers_in_chunks(asked.wanted):
        ids = [r.prompt_id for r, _ in chunk]
        prompts, marks = store.prompts_of(ids), store.marks_of(ids)
        tags = store.tags_of(ids)
        for r, _ in chunk:
            if asked.models and r.model_id not in asked.models:
                continue
            yield {
                "trilemma": trilemma.ANSWER_1,
                "prompt_id": r.prompt_id,
                "prompt": _json([{"role": m.role, "content": m.content} for m in prompts[r.prompt_id].messages]),
                "model": labels.get(r.model_id, r.model_id),
                "sample": r.sample,
                "response": r.text,
                "error": r.error,
                "finish": r.finish,
                "tokens": r.tokens,
                "date": r.date,
                "scores": _json([m._asdict() for m in marks.get((r.prompt_id, r.run_id, r.sample), ())]),
                "tags": tags.get(r.prompt_id, "{}"),
            }


def preferences(store: CollectionStore, collection: Collection, asked: Asked) -> Iterator[dict[str, Any]]:
    labels = {m.id: m.label for m in collection.models}
    for chunk in store.preferences_in_chunks(asked.wanted):
        prompts = store.prompts_of([r["prompt_id"] for r in chunk])
        for r in chunk:
            if asked.models and not {r["model_a"], r["model_b"]} <= set(asked.models):
                continue
            yield {
                "trilemma": trilemma.PREFERENCE_1,
                "prompt_id": r["prompt_id"],
                "prompt": _json([{"role": m.role, "content": m.content} for m in prompts[r["prompt_id"]].messages]),
                "model_a": labels.get(r["model_a"], r["model_a"]),
                "response_a": r["text_a"],
                "model_b": labels.get(r["model_b"], r["model_b"]),
                "response_b": r["text_b"],
                **{k: r[k] for k in ("better", "rater", "score", "judgement", "tags")},
            }


def for_excel(rows: Iterator[dict[str, Any]], cut: Counter[str]) -> Iterator[dict[str, Any]]:
    """Rows whose texts no spreadsheet runs; `cut` counts those that Excel shows in part."""
    for row in rows:
        cut["long"] += sum(isinstance(v, str) and len(v) > _EXCEL_CELL for v in row.values())
        yield {k: trilemma.guarded(v) for k, v in row.items()} | {"trilemma": row["trilemma"] + trilemma.FOR_EXCEL}


# ---- pairs --------------------------------------------------------------------------------------


class Pair(NamedTuple):
    prompt_id: str
    chosen: str
    rejected: str


def pairs(store: CollectionStore, collection: Collection, asked: Asked, left_out: Counter[str]) -> Iterator[Pair]:
    """One pair for each two answers of which one was found better; `left_out` counts the others by reason.

    By preferences the raters of the same two answers are taken together, and the side with more of them is chosen. By
    checks or a scorer, each answer to a prompt is held to each other model's answer.
    """
    if asked.by == "preferences":
        yield from _by_preferences(store, asked, left_out)
        return
    value = _value(store, collection, asked.by)
    for chunk in _by_prompt(store, asked):
        values = [(r.text, r.model_id, v) for r in chunk if r.text and r.text.strip() and (v := value(r)) is not None]
        left_out["not rated"] += len(chunk) - len(values)
        for k, (text, model, v) in enumerate(values):
            for other_text, other, w in values[k + 1 :]:
                if other == model:
                    continue
                if v == w or text == other_text:
                    left_out["ties" if v == w else "identical answers"] += 1
                    continue
                better = (text, other_text) if v > w else (other_text, text)
                yield Pair(chunk[0].prompt_id, *better)


def _by_prompt(store: CollectionStore, asked: Asked) -> Iterator[list[Any]]:
    waiting: list[Any] = []
    for chunk in store.answers_in_chunks(asked.wanted):
        for response, _ in chunk:
            if asked.models and response.model_id not in asked.models:
                continue
            if waiting and waiting[0].prompt_id != response.prompt_id:
                yield waiting
                waiting = []
            waiting.append(response)
    if waiting:
        yield waiting


def _value(store: CollectionStore, collection: Collection, by: str) -> Callable[[Any], float | None]:
    """How good an answer is, None where it isn't rated."""
    if by == "checks":
        if not collection.checks:
            raise TrilemmaError("This collection has no checks. Add some, or make the pairs by preferences or a score.")

        def points(response: Any) -> float | None:
            prompt = store.prompts_of([response.prompt_id])[response.prompt_id]
            found = decide(collection.checks, response.text or "", prompt.language)
            told = [(v.says, c.sign) for c, v in zip(collection.checks, found, strict=True) if v.says is not None]
            return sum(1.0 if says == (sign == "for") else 0.0 for says, sign in told) / len(told) if told else None

        return points
    scorer = by.removeprefix("score:")
    known = sorted({m.scorer for m in store.mark_rows() if m.numbers})
    if not by.startswith("score:") or scorer not in known:
        raise TrilemmaError(f"{by!r}: pairs are made by: preferences, checks{''.join(f', score:{k}' for k in known)}")

    def mark(response: Any) -> float | None:
        found = store.marks(response.prompt_id).get((response.run_id, response.sample), ())
        values = [m.value for m in found if m.scorer == scorer and m.value is not None]
        return sum(values) / len(values) if values else None

    return mark


def _by_preferences(store: CollectionStore, asked: Asked, left_out: Counter[str]) -> Iterator[Pair]:
    rows = (r for chunk in store.preferences_in_chunks(asked.wanted) for r in chunk)
    for prompt_id, mine in itertools.groupby(rows, key=lambda r: r["prompt_id"]):
        votes: Counter[tuple[str, str]] = Counter()  # two texts, the first in the order of the alphabet: for the first
        for r in mine:
            if asked.models and not {r["model_a"], r["model_b"]} <= set(asked.models):
                continue
            if reason := _no_pair(r):
                left_out[reason] += 1
                continue
            first, second = sorted((r["text_a"], r["text_b"]))
            points = {"a": 1, "b": -1, "tie": 0}[r["better"]]
            votes[first, second] += points if first == r["text_a"] else -points
        for (first, second), points in votes.items():
            if points:
                yield Pair(prompt_id, *((first, second) if points > 0 else (second, first)))
            else:
                left_out["ties"] += 1


def _no_pair(row: Mapping[str, Any]) -> str:
    """Why a preference makes no pair, empty where it does."""
    if row["better"] is None:
        return "not rated"
    if not row["text_a"] or not row["text_b"]:
        return "without a text"
    return "identical answers" if row["text_a"] == row["text_b"] and row["better"] != "tie" else ""


# ---- writing ------------------------------------------------------------------------------------


def export(store: CollectionStore, collection: Collection, asked: Asked, output: Path) -> Written:
    """Write a selection to a file, atomically. Raises TrilemmaError where there is nothing to write."""
    check_output(output)
    found: list[Written] = []

    def write(scratch: Path) -> None:
        found.append(_written(store, collection, asked, scratch))
        if not found[0].rows:
            raise TrilemmaError(" ".join(["Nothing was written: no row fits.", *found[0].notes]))

    write_whole(output, write)
    return found[0]


def _written(store: CollectionStore, collection: Collection, asked: Asked, scratch: Path) -> Written:
    if asked.format in TABLES:
        return _table(store, collection, asked, scratch)
    if asked.format in ("trl-text", "trl-messages"):
        return _trl(store, collection, asked, scratch)
    text, written = (comparator if asked.format == "llm-comparator" else page)(store, collection, asked)
    scratch.write_text(text, encoding="utf-8", newline="\n")
    return written


def _table(store: CollectionStore, collection: Collection, asked: Asked, scratch: Path) -> Written:
    columns = trilemma.ANSWER if asked.what == "answers" else trilemma.PREFERENCE
    rows = (answers if asked.what == "answers" else preferences)(store, collection, asked)
    if asked.format == "parquet":
        return Written(write_parquet(scratch, columns, rows, _NUMBERS))
    if asked.format == "jsonl":
        return Written(write_json_lines(scratch, columns, rows))
    if asked.format == "csv":
        return Written(write_csv(scratch, columns, rows))
    cut: Counter[str] = Counter()
    written = write_csv(scratch, columns, for_excel(rows, cut), for_excel=True)
    notes = ("A text that a spreadsheet would run as a formula has an apostrophe before it.",)
    if cut["long"]:
        notes += (f"{cut['long']:,} cells are longer than the {_EXCEL_CELL:,} characters that Excel shows.",)
    return Written(written, notes)


def _trl(store: CollectionStore, collection: Collection, asked: Asked, scratch: Path) -> Written:
    left_out: Counter[str] = Counter()
    form: trl.Form = "text" if asked.format == "trl-text" else "messages"
    made = pairs(store, collection, asked, left_out)
    rows = (trl.row(store.prompts_of([p.prompt_id])[p.prompt_id].messages, p.chosen, p.rejected, form) for p in made)
    written = write_json_lines(scratch, trl.COLUMNS, rows)
    told = ", ".join(f"{n:,} {reason}" for reason, n in left_out.items() if n)
    return Written(written, (f"Left out: {told}.",) if told else ())
