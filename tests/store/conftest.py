"""A small library: answers with and without scores, a failure, text that is nasty to show."""

import pytest

from lib.store.build import build
from lib.store.library import open_library
from tests.makers import response, store_answers, store_scores, the_case

NASTY = "<script>alert(1)</script> \u202eabc\x00\U0001f469\u200d\U0001f467 line\nline"


@pytest.fixture
def data(tiny_data):
    """Two samples for the first prompt, one failure for the second, scores for the first sample only."""
    case = the_case(tiny_data)
    answers = [
        response(case),
        response(case, sample=1, text=NASTY),
        response(case, prompt=1, text=None, error="No room."),
    ]
    store_answers(tiny_data, answers)
    store_scores(tiny_data, answers[:1])
    return tiny_data


@pytest.fixture
def store(data):
    opened = open_library(build(data))
    yield opened
    opened.close()
