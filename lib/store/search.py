"""Full-text search over cases, prompts and answers: a tantivy index in data/local, rebuilt with the database."""

import shutil
from pathlib import Path
from typing import NamedTuple

import tantivy
from filelock import FileLock

from lib.store.library import Store

_KINDS = ("case", "prompt", "answer")


class Hit(NamedTuple):
    """A case that a search found, and how many of its texts did."""

    case_id: str
    kinds: tuple[str, ...]
    texts: int


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("case_id", stored=True, tokenizer_name="raw")
    builder.add_text_field("kind", stored=True, tokenizer_name="raw")
    builder.add_text_field("text", tokenizer_name="en_stem")
    return builder.build()


def build_index(store: Store, database: Path) -> Path:
    """The index that belongs to a database, built if it is missing; older ones are removed."""
    folder = database.with_name(f"texts-{database.stem.removeprefix('library-')}")
    with FileLock(folder.with_name("texts.lock")):
        if not folder.exists():
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


def search(folder: Path, query: str, limit: int = 2_000) -> list[Hit]:
    """The cases whose story, prompts or answers fit a query, best first. Words, "phrases", AND, OR and NOT; no query is an error."""
    index = tantivy.Index.open(str(folder))
    parsed, _ = index.parse_query_lenient(query, ["text"], conjunction_by_default=True)
    searcher = index.searcher()
    found: dict[str, list[str]] = {}
    for _, address in searcher.search(parsed, limit).hits:
        document = searcher.doc(address)
        found.setdefault(document["case_id"][0], []).append(document["kind"][0])
    return [Hit(case_id, tuple(k for k in _KINDS if k in kinds), len(kinds)) for case_id, kinds in found.items()]
