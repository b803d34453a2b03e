"""The seeded nucleus draws from the distribution it says, and only from the nucleus."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import chisquare

from lib.inference.sampling import SeededNucleus
from lib.inference.seeds import sample_seed


def _draws(logits: list[float], n: int, temperature: float, top_p: float) -> list[int]:
    nucleus = SeededNucleus(range(n), temperature, top_p)
    return nucleus(torch.zeros(n, 1, dtype=torch.long), torch.tensor([logits] * n)).argmax(-1).tolist()


def test_draws_follow_the_softmax_at_the_temperature():
    logits, n = [2.0, 1.0, 0.0, -1.0], 4000
    counts = torch.bincount(torch.tensor(_draws(logits, n, 0.7, 1.0)), minlength=4)
    assert chisquare(counts.numpy(), softmax(np.array(logits) / 0.7) * n).pvalue > 0.001


@pytest.mark.parametrize(("top_p", "kept"), [(0.5, {0}), (0.7, {0, 1}), (1.0, {0, 1, 2})])
def test_nothing_outside_the_nucleus_is_drawn(top_p, kept):
    logits = torch.tensor([0.6, 0.3, 0.1]).log().tolist()
    assert set(_draws(logits, 500, 1.0, top_p)) == kept


def test_a_flat_vocabulary_wider_than_the_head_is_drawn_from_whole():
    draws = _draws([0.0] * 5000, 2000, 1.0, 0.999)
    assert max(draws) > 4000 and len(set(draws)) > 1200


def test_seeds_differ_by_run_prompt_and_sample_and_are_stable():
    assert sample_seed(1, "a/b", 0) == 17496042716534182850  # stored runs depend on it
    assert len({sample_seed(r, p, k) for r in (1, 2) for p in ("a", "b") for k in (0, 1)}) == 8
