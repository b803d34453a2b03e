"""What a visitor typed -> a query of the text index: the words, their synonyms, and what a slip was meant for."""

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import tantivy
from rapidfuzz import process
from rapidfuzz.distance import OSA

from lib.cases.synonyms import Synonyms
from lib.store.passages import spelled_out
from lib.store.texts import analyzer

_SYNTAX = re.compile(r"""[^\w\s"'()-]|(?<!\w)['-]|\0""")
_LONGEST, _DEEPEST, _MOST_WORDS = 2_000, 8, 40  # characters, brackets within each other, words that are looked for
_QUOTES = str.maketrans("“”„«»‘’", '"""""\'\'')
# Words of a question that say nothing of its subject; tantivy's own list has the rest.
_ASKING = frozenset(
    "i me my you your he him his she her we our us its what which who whom whose how why when where do does did can"
    " could should would may might must have has had about from than been being am were any some please".split()
)
_SYNONYM, _SLIP, _BEGUN = 0.6, 0.8, 0.8  # how much another word counts than the one typed
_TIE = 0.2  # how much finding a word in a second field adds
_PAIR = 0.5  # how much it counts that two words stand beside each other
_STOPPED = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.stopword("english")).build()
_WHOLE = analyzer(stemmed=False)
_OCCURS = {"must": tantivy.Occur.Must, "must_not": tantivy.Occur.MustNot}

Stems = tuple[str, ...]
Boosts = Mapping[str, float]  # field -> how much a word counts there


class Way(NamedTuple):
    """Stems in their order, and how much it counts to find them. `synonym`: they mean the same and aren't the same."""

    stems: Stems
    weight: float = 1
    synonym: bool = False


Sought = tuple[Way, ...]  # one thing to look for: what may be said for it


class Scope(NamedTuple):
    """What to look through; `share` of the loose words must be met.

    `authored`: in what people wrote synonyms count as well, and words beside each other count more. Of a million
    answers that would take too long, and synonyms find too much there.
    """

    schema: tantivy.Schema
    boosts: Boosts
    share: float
    authored: bool = True


class Read(NamedTuple):
    """A query as it was read.

    `put`: makes it one of tantivy's. `sought`: all that it looks for.
    `slips`: word -> what it was taken for. `words`: as typed, without those that say nothing.
    """

    put: Callable[[Scope], tantivy.Query]
    sought: tuple[Sought, ...]
    slips: Mapping[str, str]
    words: tuple[str, ...]

    def anything(self, scope: Scope) -> tantivy.Query:
        """Whatever has one of the things that are looked for: the places in a text that as a whole fits the query."""
        each = [(tantivy.Occur.Should, _said(scope, s)) for s in self.sought]
        return tantivy.Query.boolean_query(each) if each else tantivy.Query.all_query()


class Known(NamedTuple):
    """The words of the library: `words` with how many texts have each; `stems`: groups of synonyms."""

    words: Mapping[str, int]
    stems: frozenset[str]
    synonyms: Mapping[Stems, tuple[Stems, ...]]


@lru_cache(maxsize=20_000)
def stems(text: str) -> Stems:
    return tuple(analyzer(stemmed=True).analyze(text))


def known(words: dict[str, int], groups: Sequence[Synonyms]) -> Known:
    """`words`: as they are written in the library, with the number of texts that have each."""
    others: dict[Stems, tuple[Stems, ...]] = {}
    for group in groups:
        same, broad = (tuple(dict.fromkeys(filter(None, map(stems, told)))) for told in group)
        others |= dict.fromkeys(broad, same) | {way: tuple(w for w in same if w != way) for way in same}
    taught = {w: 0 for group in groups for text in (*group.words, *group.broad) for w in _WHOLE.analyze(text)}
    return Known(taught | words, frozenset(s for w in words for s in stems(w)), others)


def read(typed: str, library: Known, in_answers: Callable[[str], bool]) -> Read:
    """Words, "phrases", AND, OR, NOT and brackets; no query is an error.

    `in_answers`: whether a stem is in use there, so that a word that only models use is no slip.
    """
    tree, _ = tantivy.parse_query_lenient(_plain(typed))
    reader = _Reader(library, in_answers, [], {}, [])
    put = _node(tree, reader)
    return Read(put, tuple(reader.sought), reader.slips, tuple(reader.words))


def _plain(typed: str) -> str:
    """The query without the rest of the index's syntax: fields, ranges, wild cards; deep brackets would crash it."""
    kept = _SYNTAX.sub(" ", spelled_out(typed[:_LONGEST].translate(_QUOTES)))
    kept = re.sub(r"(?<=\w)\(", " (", kept)  # Article 50(1)
    depths = list(itertools.accumulate((c == "(") - (c == ")") for c in kept))
    closed = not depths or (depths[-1] == 0 and min(depths) >= 0)
    return kept if closed and max(depths, default=0) <= _DEEPEST else re.sub("[()]", " ", kept)


class _Reader(NamedTuple):
    library: Known
    in_answers: Callable[[str], bool]
    sought: list[Sought]
    slips: dict[str, str]
    words: list[str]

    def apart(self) -> "_Reader":
        """For what is not looked for, but left out."""
        return self._replace(sought=[], words=[])


_Put = Callable[[Scope], tantivy.Query]


def _node(tree: dict[str, Any], reader: _Reader) -> _Put:
    """A node of tantivy's own syntax tree."""
    if tree["type"] == "boost":
        return _node(tree["underlying"], reader)
    if tree["type"] != "bool":
        return _loose([tree], reader) if tree["type"] == "literal" else _nothing
    clauses = tree["clauses"]
    loose = _loose([node for occur, node in clauses if occur is None], reader)
    bound = [(o, _node(n, reader.apart() if o == "must_not" else reader)) for o, n in clauses if o is not None]

    def put(scope: Scope) -> tantivy.Query:
        made = [(occur, p(scope)) for occur, p in bound]
        out = [(_OCCURS[occur], q) for occur, q in made if occur != "should"]
        if any(occur is None for occur, _ in clauses):
            out.append((tantivy.Occur.Must, loose(scope)))
        if either := [(tantivy.Occur.Should, q) for occur, q in made if occur == "should"]:
            out.append((tantivy.Occur.Must, tantivy.Query.boolean_query(either)))
        if out and all(occur is tantivy.Occur.MustNot for occur, _ in out):
            out.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        return tantivy.Query.boolean_query(out) if out else tantivy.Query.empty_query()

    return put


def _nothing(scope: Scope) -> tantivy.Query:
    return tantivy.Query.empty_query()


def _loose(nodes: Sequence[dict[str, Any]], reader: _Reader) -> _Put:
    """Words, phrases and brackets one after another, of which not all need occur."""
    quoted = [n for n in nodes if n["type"] == "literal" and n["delimiter"] != "none"]
    typed = [n["phrase"] for n in nodes if n["type"] == "literal" and n["delimiter"] == "none"][:_MOST_WORDS]
    inner = [_node(n, reader) for n in nodes if n["type"] != "literal"]
    sought = [*((Way(s),) for n in quoted if (s := stems(n["phrase"]))), *_sought(typed, reader)]
    reader.words.extend(n["phrase"] for n in quoted)
    reader.sought.extend(sought)
    pairs = list(itertools.pairwise(s for word in typed for s in stems(word)))

    def put(scope: Scope) -> tantivy.Query:
        queries = [_said(scope, s) for s in sought] + [p(scope) for p in inner]
        if not queries:
            return tantivy.Query.empty_query()
        enough = max(1, math.ceil(scope.share * len(queries)))
        some = tantivy.Query.boolean_query([(tantivy.Occur.Should, q) for q in queries], enough)
        beside = [(tantivy.Occur.Should, _pair(scope, pair)) for pair in pairs if scope.authored]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, some), *beside]) if beside else some

    return put


def _said(scope: Scope, sought: Sought) -> tantivy.Query:
    """Whichever way it is said, wherever: the best place counts, others add a little."""
    ways = [w for w in sought if scope.authored or not w.synonym]
    return _anywhere(scope, ((w.stems, w.weight) for w in ways))


def _pair(scope: Scope, pair: Stems) -> tantivy.Query:
    return _anywhere(scope, [(pair, _PAIR)])


def _anywhere(scope: Scope, ways: Iterable[tuple[Stems, float]]) -> tantivy.Query:
    each = [
        tantivy.Query.boost_query(_in_field(scope.schema, field, way), boost * weight)
        for way, weight in ways
        for field, boost in scope.boosts.items()
    ]
    return tantivy.Query.disjunction_max_query(each, _TIE)


def _in_field(schema: tantivy.Schema, field: str, way: Stems) -> tantivy.Query:
    if len(way) == 1:
        return tantivy.Query.term_query(schema, field, way[0])
    return tantivy.Query.phrase_query(schema, field, list(way))


def _sought(typed: Sequence[str], reader: _Reader) -> Iterator[Sought]:
    """The things that loose words ask for: longest synonyms first, then word by word."""
    all_ask = all(map(_asks, typed))
    at = 0
    while at < len(typed):
        length, others = _synonyms(typed[at:], reader.library.synonyms)
        mine = typed[at : at + length]
        at += length
        own = tuple(s for w in mine for s in stems(w))
        if not own or (not others and _asks(mine[0]) and not all_ask):
            continue
        reader.words.extend(mine)
        yield (Way(own), *(_synonym_ways(others) if others else _nearest(mine[0], reader)))


def _asks(word: str) -> bool:
    """Whether a word belongs to the asking and not to what is asked for."""
    return word.lower() in _ASKING or not _STOPPED.analyze(word.lower())


def _synonyms(words: Sequence[str], groups: Mapping[Stems, tuple[Stems, ...]]) -> tuple[int, tuple[Stems, ...]]:
    """How many of the first words make up a synonym together, and what else may be said for it."""
    for length in range(min(5, len(words)), 0, -1):
        way = tuple(s for w in words[:length] for s in stems(w))
        if way in groups:
            return length, groups[way]
    return 1, ()


def _synonym_ways(others: Iterable[Stems], weight: float = 1) -> list[Way]:
    return [Way(other, weight * _SYNONYM, synonym=True) for other in others]


def _nearest(word: str, reader: _Reader) -> list[Way]:
    """For a word that no text has: words that begin with it, or the one that it is a slip for."""
    library = reader.library
    own, low = stems(word), word.lower()
    if not own or set(own) <= library.stems or any(map(reader.in_answers, own)):
        return []
    if len(low) >= 4 and (begun := [w for w in library.words if w.startswith(low)]):
        commonest = sorted(begun, key=lambda w: -library.words[w])[:8]
        return [Way(s, _BEGUN) for s in dict.fromkeys(map(stems, commonest))]
    if meant := slip_for(low, library.words):
        reader.slips[word] = meant
        return [Way(stems(meant), _SLIP), *_synonym_ways(library.synonyms.get(stems(meant), ()), _SLIP)]
    return []


def slip_for(word: str, words: Mapping[str, int]) -> str | None:
    """The word that was meant: one slip away, in a longer word two that keep its first letter; the commonest."""
    if len(word) < 4 or word.isdigit():
        return None
    far = 1 if len(word) < 6 else 2
    found = process.extract(word, list(words), scorer=OSA.distance, score_cutoff=far, limit=20)
    close = [(d, -words[w], w) for w, d, _ in found if d == 1 or w[:1] == word[:1]]
    return min(close)[2] if close else None
