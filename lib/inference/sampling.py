"""Nucleus sampling with one random stream a row, so that a sample does not depend on what else is in its batch."""

import random
from collections.abc import Sequence

import torch
from transformers import LogitsProcessor

_HEAD = 1024  # a full sort of a 262k vocabulary at every step costs more than the model; the nucleus nearly always lies in the head


class SeededNucleus(LogitsProcessor):
    """Draws one token a row by temperature and top-p (Holtzman et al. 2020, arXiv 1904.09751) and leaves it the only possible one."""

    def __init__(self, seeds: Sequence[int], temperature: float, top_p: float):
        self._streams = [random.Random(s) for s in seeds]
        self._temperature = temperature
        self._top_p = top_p

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        scaled = scores.float() / self._temperature
        total = scaled.logsumexp(-1, keepdim=True)
        head, tokens = scaled.topk(min(_HEAD, scaled.shape[-1]))
        if bool(((head - total).exp().sum(-1) < self._top_p).any()):
            head, tokens = scaled.sort(-1, descending=True)
        probs = (head - total).exp()
        before = probs.cumsum(-1) - probs
        kept = torch.where(before < self._top_p, probs, 0.0).double()
        draws = torch.tensor([[s.random()] for s in self._streams], dtype=torch.float64) * kept.sum(-1, keepdim=True)
        place = torch.searchsorted(kept.cumsum(-1), draws, right=True).clamp(max=kept.shape[-1] - 1)
        # Rounding may carry the draw past the last kept token, onto one of probability zero.
        place = torch.minimum(place, (kept > 0).sum(-1, keepdim=True) - 1)
        chosen = tokens.gather(-1, place)
        return torch.full_like(scores, -torch.inf).scatter_(-1, chosen, 0.0)
