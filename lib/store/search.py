"""Full-text search: cases and chapters best first, with the places where they match; model answers apart."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tantivy
from rapidfuzz import fuzz, process

from lib.cases.synonyms import Synonyms
from lib.store import query
from lib.store.passages import FIELDS, SUMMARY, TITLE
from lib.store.query import Known, Read, Scope, Stems
from lib.store.texts import CASE, CHAPTER, Texts, open_texts

Groups = tuple[Synonyms, ...]
_MOST = 65_000  # cases: tantivy counts into at most so many buckets
_SHARE = 0.5  # of the words must occur
_LEAST = 0.3  # of the best score of its kind: where several words are looked for, what fits less is left out
_PLACES, _LOOKED_AT = 2, 8  # passages of a hit that are shown; the best ones by their words, from which they are taken
_NEXT = 0.4  # of the first place's score: what fits less is no second place
_SNIPPET, _READ = 200, 20_000  # characters: of a text that are shown, and that are looked through for them
_IN_USE = 3  # answers that have a word: fewer may share a slip
_TEXT: Mapping[str, float] = {"text": 1.0}
_ANSWERS_SHOWN = 12


class Place(NamedTuple):
    """Where a text fits a query: what the place is called, a piece of it, and which characters of the piece fit.

    `before`, `after`: whether the text goes on there.
    """

    name: str
    text: str
    marks: tuple[tuple[int, int], ...]
    before: bool
    after: bool


class Hit(NamedTuple):
    """A case or a chapter that a search found, with the places that fit best, its title first where that fits."""

    id: str
    places: tuple[Place, ...]


class Found(NamedTuple):
    """Cases and chapters, best first. `slips`: word -> what it was taken for; `words`: those that were looked for."""

    cases: tuple[Hit, ...]
    chapters: tuple[Hit, ...]
    slips: Mapping[str, str]
    words: tuple[str, ...]


class AnswersFound(NamedTuple):
    """How many answers fit, by case, and the rows of the best."""

    by_case: Mapping[str, int]
    rows: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.by_case.values())


@lru_cache(maxsize=4)
def _known(folder: Path, groups: Groups) -> Known:
    searcher = open_texts(folder).authored.searcher()
    return query.known(dict(searcher.terms_with_prefix("word", "")), groups)


@lru_cache(maxsize=200)
def _read(folder: Path, typed: str, groups: Groups) -> Read:
    answered = open_texts(folder).answers.searcher()
    return query.read(typed, _known(folder, groups), lambda stem: answered.doc_freq("text", stem) >= _IN_USE)


def search(folder: Path, typed: str, groups: Groups = ()) -> Found:
    """Every case and chapter that fits some of the words, best first."""
    texts, asked = open_texts(folder), _read(folder, typed, groups)
    found = _ranked(texts, asked, _MOST)
    places = _Places(texts, asked)
    cases, chapters = (tuple(map(places.hit, found[kind])) for kind in (CASE, CHAPTER))
    return Found(cases, chapters, asked.slips, asked.words)


def best_ids(folder: Path, typed: str, most: int) -> tuple[str, ...]:
    """The cases that fit best, at most so many: those whose own text does, then those with most answers that do."""
    texts, asked = open_texts(folder), _read(folder, typed, ())
    authored = _ranked(texts, asked, most)[CASE]
    return tuple(dict.fromkeys([*authored, *answers(folder, typed, most=most).by_case]))[:most]


def _ranked(texts: Texts, asked: Read, most: int) -> dict[str, list[str]]:
    """The ids of cases and of chapters that fit, best first."""
    searcher = texts.authored.searcher()
    hits = searcher.search(asked.put(Scope(texts.authored.schema, FIELDS, _SHARE)), most, count=False).hits
    least = _LEAST if len(asked.sought) > 1 else 0
    found: dict[str, list[str]] = {CASE: [], CHAPTER: []}
    best: dict[str, float] = {}
    for score, address in hits:
        document = searcher.doc(address)
        kind = document["kind"][0]
        if score >= least * best.setdefault(kind, score):
            found[kind].append(document["id"][0])
    return found


class _Marker:
    """Marks in a text what fits a query."""

    def __init__(self, index: tantivy.Index, asked: Read, authored: bool):
        scope = Scope(index.schema, _TEXT, 0, authored)
        self._snippets = tantivy.SnippetGenerator.create(index.searcher(), asked.anything(scope), index.schema, "text")
        self._snippets.set_max_num_chars(_READ)
        self._ways = {way.stems for sought in asked.sought for way in sought if authored or not way.synonym}

    def place(self, name: str, text: str, whole: bool = False) -> Place | None:
        """The piece of a text in which most fits, or where wanted all of it; None where nothing does."""
        raw = text[:_READ].encode()
        snippet = self._snippets.snippet_from_doc(tantivy.Document(text=text[:_READ]))
        at = snippet.fragment_range().start
        words = [(len(raw[: at + r.start].decode()), len(raw[: at + r.end].decode())) for r in snippet.highlighted()]
        spans = _together(text, words, self._ways)
        if not spans:
            return None
        start, end = (0, len(text)) if whole else _window(text, spans)
        shown = tuple((a - start, b - start) for a, b in spans if start <= a and b <= end)
        return Place(name, text[start:end], shown, start > 0, end < len(text))


def _together(text: str, words: Sequence[tuple[int, int]], ways: Collection[Stems]) -> list[tuple[int, int]]:
    """Of the words that tantivy marks those that were looked for: of a phrase it marks each word wherever it stands."""
    said = [query.stems(text[a:b]) for a, b in words]
    joined = [not any(map(str.isalnum, text[b:a])) for (_, b), (a, _) in itertools.pairwise(words)]
    kept: set[int] = set()
    for first in range(len(words)):
        for way in ways:
            run = range(first, first + len(way))
            if run.stop <= len(words) and all(joined[first : run.stop - 1]) and sum(said[first : run.stop], ()) == way:
                kept.update(run)
    return [words[k] for k in sorted(kept)]


def _window(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """From where to where a long text is shown: where most of it is marked, from word to word."""
    if len(text) <= _SNIPPET:
        return 0, len(text)
    first = max(spans, key=lambda s: sum(b - a for a, b in spans if s[0] <= a and b <= s[0] + _SNIPPET * 2 // 3))[0]
    start = max(0, min(first - _SNIPPET // 4, len(text) - _SNIPPET))
    end = min(len(text), start + _SNIPPET)
    if start:
        start = min(text.find(" ", start, first) % len(text) + 1, first)
    return start, max(text.rfind(" ", first, end), first + 1) if end < len(text) else end


class _Places:
    """Finds the passages of a case or chapter that fit a query."""

    def __init__(self, texts: Texts, asked: Read):
        self._schema, self._searcher = texts.passages.schema, texts.passages.searcher()
        self._wanted = asked.anything(Scope(self._schema, _TEXT, 0))
        self._marker = _Marker(texts.passages, asked, authored=True)

    def hit(self, name: str) -> Hit:
        only = tantivy.Query.const_score_query(tantivy.Query.term_query(self._schema, "id", name), 0)
        both = tantivy.Query.boolean_query([(tantivy.Occur.Must, only), (tantivy.Occur.Must, self._wanted)])
        best = self._searcher.search(both, _LOOKED_AT, count=False).hits
        read = [(score, self._searcher.doc(address)) for score, address in best]
        weighed = [(score * FIELDS[p["field"][0]], p["place"][0], p["text"][0]) for score, p in read]
        weighed.sort(key=lambda p: (p[1] != TITLE, -p[0]))
        least = _NEXT * max((weight for weight, where, _ in weighed if where != TITLE), default=0)
        places: dict[str, Place] = {}
        for weight, where, text in weighed:
            wanted = len(places) < _PLACES and weight >= least and where not in places
            if wanted and (place := self._marker.place(where, text, whole=where == SUMMARY)):
                places[where] = place
        return Hit(name, tuple(places.values()))


def answers(
    folder: Path, typed: str, within: Collection[str] | None = None, groups: Groups = (), most: int = _MOST
) -> AnswersFound:
    """The model answers that have all of the words, or where none has, some of them.

    `within`: of these cases alone; `most`: counted by at most so many cases, those with most of them.
    """
    texts, asked = open_texts(folder), _read(folder, typed, groups)
    found = AnswersFound({}, ())
    for share in (1.0, _SHARE):
        wanted = asked.put(Scope(texts.answers.schema, _TEXT, share, authored=False))
        if within is not None:
            only = tantivy.Query.term_set_query(texts.answers.schema, "id", list(within))
            wanted = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, tantivy.Query.const_score_query(only, 0))]
            )
        if (found := _answers(texts.answers.searcher(), wanted, most)).rows:
            break
    return found


def _answers(searcher: tantivy.Searcher, wanted: tantivy.Query, most: int) -> AnswersFound:
    best = searcher.search(wanted, _ANSWERS_SHOWN, count=False).hits
    if not best:
        return AnswersFound({}, ())
    counted = {"cases": {"terms": {"field": "id", "size": most}}}
    buckets = searcher.aggregate(wanted, counted)["cases"]["buckets"]
    rows = [searcher.doc(address)["row"][0] for _, address in best]
    return AnswersFound({b["key"]: int(b["doc_count"]) for b in buckets}, tuple(rows))


def answer_places(folder: Path, typed: str, texts: Sequence[str], groups: Groups = ()) -> list[Place | None]:
    """Of each text of a model the piece that fits best."""
    found = _Marker(open_texts(folder).answers, _read(folder, typed, groups), authored=False)
    return [found.place("answer", text) for text in texts]


def words_near(folder: Path, typed: str, groups: Groups = ()) -> list[str]:
    """Words of the cases that look most like those typed: what to offer where nothing fits."""
    library = _known(folder, groups)
    written = [w for w, texts in library.words.items() if texts and len(w) > 3 and w.isalpha()]
    near: dict[str, float] = {}
    for word in _read(folder, typed, groups).words:
        for found, score, _ in process.extract(word.lower(), written, scorer=fuzz.ratio, limit=4, score_cutoff=50):
            near[found] = max(score, near.get(found, 0))
    return sorted(near, key=lambda w: -near[w])[:4]


def nearest(name: str, titles: Mapping[str, str], most: int = 3, least: float = 0) -> list[str]:
    """The ids whose title or id looks most like a name that nothing has, from `least` (of 100) on.

    `titles`: by id.
    """
    low = name.lower().replace("-", " ").strip()
    likeness = {i: max(fuzz.WRatio(low, t.lower()), fuzz.WRatio(low, i.replace("-", " "))) for i, t in titles.items()}
    return sorted((i for i, alike in likeness.items() if alike >= least), key=lambda i: -likeness[i])[:most]
