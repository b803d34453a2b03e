"""How long the text search takes: cases with the places where they match, and model answers."""

from lib.bench.figures import show, spread, timed
from lib.cases.synonyms import read_synonyms
from lib.paths import Paths
from lib.store.build import build, opened
from lib.store.search import answers, search
from lib.store.texts import build_index

# Of a law, of one word, of words that most answers have, of a slip, of a phrase, of a whole question.
_QUERIES = (
    "AI Act Article 50",
    "refund",
    "people",
    "is it good and can you help me",
    "sycofancy",
    '"I am sorry"',
    "what should I say to my friend about the poem",
)
_REPEATS = 20


def search_figures(at: Paths, size: int) -> None:
    store = opened(at, build(at))
    show(f"text index of {size:,} answers", f"built {timed(lambda: build_index(store, at)):5.1f} s")
    folder, groups = build_index(store, at), read_synonyms(at.cases)
    for query in _QUERIES:
        search(folder, query, groups)  # the words of the library are read once
        cases = [timed(lambda q=query: search(folder, q, groups)) for _ in range(_REPEATS)]
        found = [timed(lambda q=query: answers(folder, q, None, groups)) for _ in range(_REPEATS)]
        show(f"search {query!r} of {size:,} answers", f"cases {spread(cases)}   answers {spread(found)}")
    store.close()
