"""The reading model: numbers that do not depend on the company a text is read in."""

import math

import numpy as np
import pytest
import torch

from lib.domain import Continuation, Exchange, Message, TrilemmaError
from lib.inference.loading import load_folder
from lib.models.registry import read_models
from lib.paths import paths
from lib.scoring.inputs import READER, READING_NUMBERS
from lib.scoring.reader import Reader, load_reader

ASK = (Message("user", "What helps against a cold?"),)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader(read_models(paths().models))


def test_a_vector_has_four_states_and_the_numbers(reader):
    (vector,) = reader.vectors([Exchange(ASK, "Rest and tea.")])
    assert vector.shape == (4 * 576 + len(READING_NUMBERS),) and np.isfinite(vector).all()


def test_the_order_of_the_texts_changes_no_number(reader):
    texts = [Exchange(ASK, "Rest and tea. " * k) for k in (1, 9, 3, 40)]
    forward, backward = reader.vectors(texts), reader.vectors(texts[::-1])
    assert np.array_equal(forward, backward[::-1])


def test_the_prompt_is_part_of_what_is_read(reader):
    other = (Message("user", "What is the capital of Peru?"),)
    a, b = reader.vectors([Exchange(ASK, "Rest and tea."), Exchange(other, "Rest and tea.")])
    assert not np.allclose(a, b)
    assert a[4 * 576] > b[4 * 576]  # an answer to the question is the likelier one


def test_long_and_empty_texts_are_read(reader):
    vectors = reader.vectors(
        [Exchange(ASK, ""), Exchange(ASK, "tea " * 5000), Exchange((Message("user", "word " * 5000),), "Yes.")]
    )
    assert np.isfinite(vectors).all()


def test_tone_tells_a_person_from_a_thing(reader):
    person, thing, empty = reader.tones(["I love you, my dear.", "ERROR: file not found.", " "])
    assert person > thing and math.isnan(empty)


def test_without_the_model_it_is_named():
    with pytest.raises(TrilemmaError, match=READER):
        load_reader([])


def test_a_model_of_another_size_can_be_read(tiny_data, tiny_folder):
    tiny = Reader(load_folder(read_models(tiny_data.models)[0], tiny_folder))
    (encoding,) = tiny.encode([Exchange(ASK, "Tea.")])
    assert len(encoding.vector) == 4 * 32 + len(READING_NUMBERS) and isinstance(encoding.tone, float)


def test_replies_read_after_one_context_do_not_see_each_other(tiny_data, tiny_folder):
    tiny = Reader(load_folder(read_models(tiny_data.models)[0], tiny_folder, dtype=torch.float32))
    texts = ["Tea.", "Rest and tea, and more of both.", "No."]
    together = tiny.vectors([Exchange(ASK, t) for t in texts])
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(tiny.vectors([Exchange(ASK, text)])[0], vector, atol=1e-4)


def test_a_number_is_what_the_model_says_of_the_reply(tiny_data, tiny_folder):
    engine = load_folder(read_models(tiny_data.models)[0], tiny_folder, dtype=torch.float32)
    (vector,) = Reader(engine).vectors([Exchange(ASK, "Rest and tea.")])
    (found,) = engine.loglik([Continuation(engine.render(ASK), "Rest and tea.")])
    assert vector[4 * 32] == pytest.approx(found.logprob / found.tokens, abs=1e-3)


def test_many_replies_to_one_prompt_are_read_in_several_sequences(reader):
    vectors = reader.vectors([Exchange(ASK, f"Answer {k}. " + "Rest and tea. " * 30) for k in range(12)])
    assert len(np.unique(vectors[:, 0])) == 12
