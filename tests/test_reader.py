"""The reading model: numbers that do not depend on the company a text is read in."""

import math

import numpy as np
import pytest

from lib.domain import READER, READING_NUMBERS, Exchange, Message, TrilemmaError
from lib.inference.engine import load_folder
from lib.inference.reader import Reader, load_reader
from lib.paths import paths
from lib.registry import read_models

ASK = (Message("user", "What helps against a cold?"),)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader(read_models(paths().models))


def test_a_vector_has_three_means_and_the_numbers(reader):
    (vector,) = reader.vectors([Exchange(ASK, "Rest and tea.")])
    assert vector.shape == (3 * 576 + len(READING_NUMBERS),) and np.isfinite(vector).all()


def test_the_order_of_the_texts_changes_no_number(reader):
    texts = [Exchange(ASK, "Rest and tea. " * k) for k in (1, 9, 3, 40)]
    forward, backward = reader.vectors(texts), reader.vectors(texts[::-1])
    assert np.array_equal(forward, backward[::-1])


def test_the_prompt_is_part_of_what_is_read(reader):
    other = (Message("user", "What is the capital of Peru?"),)
    a, b = reader.vectors([Exchange(ASK, "Rest and tea."), Exchange(other, "Rest and tea.")])
    assert not np.allclose(a, b)
    assert a[3 * 576] > b[3 * 576]  # an answer to the question is the likelier one


def test_long_and_empty_texts_are_read(reader):
    vectors = reader.vectors([Exchange(ASK, ""), Exchange(ASK, "tea " * 5000), Exchange((Message("user", "word " * 5000),), "Yes.")])
    assert np.isfinite(vectors).all()


def test_tone_tells_a_person_from_a_thing(reader):
    warm, plain = "I am so sorry for your loss. I lost my own mother last year and cried.", "As a program, this system has no feelings and stores no data."
    person, thing, empty = reader.tones([warm, plain, " "])
    assert person > 0 > thing and math.isnan(empty)


def test_without_the_model_it_is_named():
    with pytest.raises(TrilemmaError, match=READER):
        load_reader([])


def test_a_model_of_another_size_can_be_read(tiny_data, tiny_folder):
    tiny = Reader(load_folder(read_models(tiny_data.models)[0], tiny_folder))
    (reading,) = tiny.read([Exchange(ASK, "Tea.")])
    assert len(reading.vector) == 3 * 32 + len(READING_NUMBERS) and isinstance(reading.tone, float)
