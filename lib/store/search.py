"""Full-text search over cases, prompts and answers: a tantivy index in data/local, rebuilt with the database."""

import itertools
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import tantivy
from filelock import FileLock

from lib.store.library import Store

_KINDS = ("case", "prompt", "answer")
_TEXTS_A_ROUND = 500
_SYNTAX = re.compile(r"""[^\w\s"'()-]|(?<!\w)['-]|\0""")
_LONGEST, _DEEPEST = 2_000, 8  # characters, brackets within each other
_MOST_CASES = 65_000  # tantivy counts into at most so many buckets


class Hit(NamedTuple):
    """A case that a search found, and how many of its texts did."""

    case_id: str
    kinds: tuple[str, ...]
    texts: int


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("case_id", stored=True, fast=True, tokenizer_name="raw")
    builder.add_text_field("kind", fast=True, tokenizer_name="raw")
    builder.add_text_field("text", tokenizer_name="en_stem")
    return builder.build()


def build_index(store: Store, database: Path) -> Path:
    """The index that belongs to a database, built if it is missing; older ones are removed."""
    folder = database.with_name(f"texts-{database.stem.removeprefix('library-')}")
    with FileLock(folder.with_name("texts.lock")):
        if not _sound(folder):
            shutil.rmtree(folder, ignore_errors=True)
            scratch = folder.with_suffix(".building")
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            writer = tantivy.Index(_schema(), path=str(scratch)).writer(heap_size=64_000_000, num_threads=1)
            for case_id, kind, text in store.texts():
                writer.add_document(tantivy.Document(case_id=case_id, kind=kind, text=text))
            writer.commit()
            writer.wait_merging_threads()
            scratch.rename(folder)
        for old in folder.parent.glob("texts-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
    return folder


def _sound(folder: Path) -> bool:
    """Whether the index is there and can be opened: one that was cut short is built again."""
    try:
        return folder.exists() and tantivy.Index.open(str(folder)).searcher().num_docs >= 0
    except (ValueError, OSError):
        return False


def search(folder: Path, query: str) -> list[Hit]:
    """Every case whose story, prompts or answers fit a query, best first, by the best of its texts.

    Words, "phrases", AND, OR, NOT and brackets; no query is an error.
    """
    index = tantivy.Index.open(str(folder))
    parsed, _ = index.parse_query_lenient(_plain(query), ["text"], conjunction_by_default=True)
    searcher = index.searcher()
    kinds = _kinds_found(searcher, parsed)
    order: list[str] = []
    while len(order) < len(kinds):  # another round among the cases that the best texts so far do not belong to
        best = searcher.search(_outside(index, parsed, order), _TEXTS_A_ROUND, count=False).hits
        order += dict.fromkeys(searcher.doc(address)["case_id"][0] for _, address in best)
    return [Hit(c, tuple(k for k in _KINDS if k in kinds[c]), sum(kinds[c].values())) for c in order]


def _plain(query: str) -> str:
    """The query without the rest of the index's syntax: fields, ranges, wild cards; deep brackets would crash it."""
    kept = _SYNTAX.sub(" ", query[:_LONGEST])
    depths = itertools.accumulate((c == "(") - (c == ")") for c in kept)
    return kept if max(depths, default=0) <= _DEEPEST else re.sub("[()]", " ", kept)


def _kinds_found(searcher: tantivy.Searcher, query: tantivy.Query) -> dict[str, dict[str, int]]:
    """Case -> kind -> how many of its texts fit, counted over all texts."""
    by_kind = {"kinds": {"terms": {"field": "kind", "size": len(_KINDS)}}}
    counted = {"cases": {"terms": {"field": "case_id", "size": _MOST_CASES}, "aggs": by_kind}}
    cases = searcher.aggregate(query, counted)["cases"]["buckets"]
    return {c["key"]: {k["key"]: int(k["doc_count"]) for k in c["kinds"]["buckets"]} for c in cases}


def _outside(index: tantivy.Index, query: tantivy.Query, cases: Sequence[str]) -> tantivy.Query:
    out = [(tantivy.Occur.MustNot, tantivy.Query.term_query(index.schema, "case_id", c)) for c in cases]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *out])
