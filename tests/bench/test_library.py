"""A grown library is one that the app can read."""

import os

from lib.bench.library import library_of
from lib.manifest import manifest_problems
from lib.paths import paths
from lib.store.build import build
from lib.store.library import open_library


def test_a_grown_library_holds_so_many_answers_with_their_checks_and_no_duplicate():
    before, named = open_library(build(paths())).counts(), os.environ.get("TRILEMMA_DATA")
    with library_of(2 * before.responses) as grown:
        assert paths().data == grown.data and manifest_problems(grown) == []
        counts = open_library(build(grown)).counts()
    assert os.environ.get("TRILEMMA_DATA") == named and not grown.data.exists()
    assert (counts.responses, counts.decided) == (2 * before.responses, 2 * before.decided)
    assert counts.reply_logliks == before.reply_logliks
