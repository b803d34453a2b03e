"""The text index in data/local, rebuilt with the database: cases and chapters, their passages, and model answers."""

import shutil
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tantivy
from filelock import FileLock

from lib.cases.foundations import read_foundations, read_glossary
from lib.paths import Paths
from lib.store import passages
from lib.store.build import database_key
from lib.store.collection import CollectionStore
from lib.store.library import Store
from lib.store.passages import FIELDS, GLOSSARY, Passage, case_passages, chapter_passages, glossary_passages

STEMS, WORDS = "stems", "words"  # tokenizers: forms of a word as one, and words as they are written
CASE, CHAPTER = "case", "chapter"
_PARTS = ("authored", "passages", "answers")
_HEAP = 64_000_000  # bytes that a writer may hold


class Texts(NamedTuple):
    """The open index: whole cases and chapters, their passages one by one, and the answers."""

    authored: tantivy.Index
    passages: tantivy.Index
    answers: tantivy.Index


def analyzer(stemmed: bool) -> tantivy.TextAnalyzer:
    """Text -> its words in lower case without accents, and where wanted without their endings."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.remove_long(40))
    builder = builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.ascii_fold())
    return (builder.filter(tantivy.Filter.stemmer("english")) if stemmed else builder).build()


def _schema(part: str) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw")
    if part == "answers":
        builder.add_unsigned_field("row", stored=True)
        builder.add_text_field("text", tokenizer_name=STEMS)
        return builder.build()
    builder.add_text_field("kind", stored=True, tokenizer_name="raw")
    if part == "passages":
        builder.add_text_field("field", stored=True, tokenizer_name="raw")
        builder.add_text_field("place", stored=True, tokenizer_name="raw")
        builder.add_text_field("text", stored=True, tokenizer_name=STEMS)
        return builder.build()
    builder.add_text_field("word", tokenizer_name=WORDS, index_option="basic")
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name=STEMS)
    return builder.build()


def build_index(store: Store, paths: Paths) -> Path:
    """The folder of the index for the files as they are, built if it is missing; older ones are removed.

    Raises CaseProblems or DataProblem where a chapter or the glossary can't be read.
    """
    chapters = sorted((paths.cases / "foundations").glob("*.md"))
    code = (Path(__file__), Path(passages.__file__))
    key = database_key(paths, *code, *chapters, paths.cases / "glossary.toml")
    folder = paths.local / f"texts-{key}"
    return _built(folder, lambda: _texts(store, paths), store.answer_texts)


def collection_index(store: CollectionStore, database: Path) -> Path:
    """The same of a collection's prompts, which stand where cases do, and answers. It lies beside its database."""

    def prompts() -> Iterable[tuple[str, str, list[Passage]]]:
        return ((CASE, p.case_id, [Passage("prompts", "prompt", p.text)]) for p in store.prompts())

    return _built(database.with_name(f"texts-{database.stem.removeprefix('library-')}"), prompts, store.answer_texts)


def _built(
    folder: Path,
    authored: Callable[[], Iterable[tuple[str, str, list[Passage]]]],
    answers: Callable[[], Iterable[tuple[int, str, str]]],
) -> Path:
    with FileLock(folder.with_name("texts.lock")):
        if not _sound(folder):
            shutil.rmtree(folder, ignore_errors=True)
            scratch = folder.with_suffix(".building")
            shutil.rmtree(scratch, ignore_errors=True)
            _write_authored(authored(), scratch)
            _write_answers(answers(), scratch)
            scratch.rename(folder)
        for old in folder.parent.glob("texts-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
    return folder


def _sound(folder: Path) -> bool:
    """Whether the index is there and can be opened: one that was cut short is built again."""
    try:
        return all(tantivy.Index.open(str(folder / part)).searcher().num_docs >= 0 for part in _PARTS)
    except (ValueError, OSError):
        return False


def _with_tokenizers(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer(STEMS, analyzer(stemmed=True))
    index.register_tokenizer(WORDS, analyzer(stemmed=False))
    return index


def _new(folder: Path, part: str) -> tantivy.Index:
    (folder / part).mkdir(parents=True)
    return _with_tokenizers(tantivy.Index(_schema(part), path=str(folder / part)))


def _texts(store: Store, paths: Paths) -> Iterable[tuple[str, str, list[Passage]]]:
    """(kind, id, passages) of each case and chapter, and of the glossary."""
    for row in store.case_rows():
        if case := store.case(row.id):
            yield CASE, case.id, list(case_passages(case))
    for chapter in read_foundations(paths.cases):
        yield CHAPTER, chapter.id, list(chapter_passages(chapter))
    if terms := read_glossary(paths.cases):
        yield CHAPTER, GLOSSARY, list(glossary_passages(terms))


def _write_authored(texts: Iterable[tuple[str, str, list[Passage]]], folder: Path) -> None:
    wholes, pieces = (_new(folder, part).writer(heap_size=_HEAP, num_threads=1) for part in _PARTS[:2])
    for kind, name, found in texts:
        whole = tantivy.Document(id=name, kind=kind)
        for p in found:
            whole.add_text(p.field, p.text)
            whole.add_text("word", p.text)
            pieces.add_document(tantivy.Document(id=name, kind=kind, field=p.field, place=p.place, text=p.text))
        wholes.add_document(whole)
    for writer in (wholes, pieces):
        writer.commit()
        writer.wait_merging_threads()


def _write_answers(texts: Iterable[tuple[int, str, str]], folder: Path) -> None:
    writer = _new(folder, "answers").writer(heap_size=_HEAP, num_threads=1)
    for row, case_id, text in texts:
        writer.add_document(tantivy.Document(id=case_id, row=row, text=text))
    writer.commit()
    writer.wait_merging_threads()


@lru_cache(maxsize=2)
def open_texts(folder: Path) -> Texts:
    """The index in a folder, opened once."""
    return Texts(*(_with_tokenizers(tantivy.Index.open(str(folder / part))) for part in _PARTS))
