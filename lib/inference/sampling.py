"""Nucleus sampling with one random stream a row, so that a sample does not depend on what else is in its batch."""

import random
from collections.abc import Sequence

import torch
from transformers import LogitsProcessor

# A full sort of a 262k vocabulary at every step costs more than the model; the nucleus nearly always lies in the head.
_HEAD = 1024


class SeededNucleus(LogitsProcessor):
    """Draws one token a row by temperature and top-p (Holtzman et al. 2020, arXiv 1904.09751).

    The token drawn is left as the only possible one.
    """

    def __init__(self, seeds: Sequence[int], temperature: float, top_p: float):
        self._streams = [random.Random(s) for s in seeds]
        self._temperature = temperature
        self._top_p = top_p

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows of the batch alone."""
        self._streams = [self._streams[i] for i in rows]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        scaled = scores.float() / self._temperature
        total = scaled.logsumexp(-1, keepdim=True)
        draws = torch.tensor([[s.random()] for s in self._streams], dtype=torch.float64)
        head, tokens = scaled.topk(min(_HEAD, scaled.shape[-1]))
        probs = (head - total).exp()
        chosen = self._drawn(probs, tokens, draws)
        wide = (probs.sum(-1) < self._top_p).nonzero()[:, 0]
        if len(wide):
            head, tokens = scaled[wide].sort(-1, descending=True)
            chosen[wide] = self._drawn((head - total[wide]).exp(), tokens, draws[wide])
        return torch.full_like(scores, -torch.inf).scatter_(-1, chosen, 0.0)

    def _drawn(self, probs: torch.Tensor, tokens: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """The token of each row's nucleus that its draw from [0, 1) falls on; `probs` fall from left to right."""
        before = probs.cumsum(-1) - probs
        kept = torch.where(before < self._top_p, probs, 0.0).double()
        place = torch.searchsorted(kept.cumsum(-1), draws * kept.sum(-1, keepdim=True), right=True).clamp(
            max=kept.shape[-1] - 1
        )
        # Rounding may carry the draw past the last kept token, onto one of probability zero.
        place = torch.minimum(place, (kept > 0).sum(-1, keepdim=True) - 1)
        return tokens.gather(-1, place)
