"""The reading model: a small language model whose hidden states, on the way through a reply, the learned scorers weigh."""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import torch

from lib.domain import READER, Exchange, Message, Model, Reading, TrilemmaError
from lib.inference.engine import Engine, load

OPENING = 12  # tokens; a refusal shows in the first words
MAX_CONTEXT, MAX_REPLY = 320, 256  # tokens read: the end of the messages, the start of the reply
_TOKENS_AT_ONCE = 6000
_TONE_PREFIXES = ("He said", "She said", "It said")
_T = TypeVar("_T")


class _Row(NamedTuple):
    context: list[int]
    reply: list[int]


class Reader:
    """`read` is a `Read` (lib/domain.py)."""

    def __init__(self, engine: Engine):
        depth = engine.network.config.num_hidden_layers
        self._engine = engine
        self._network = engine.network
        self._layers = (depth // 2, depth * 5 // 6)  # half-way for what is said, near the end for how it goes on

    def read(self, exchanges: Sequence[Exchange]) -> list[Reading]:
        """One Reading an exchange, in the order given. A text is read in the same batch whatever the order, so that its numbers do not depend on it."""
        vectors = self.vectors(exchanges)
        tones = self.tones([e.text for e in exchanges])
        return [Reading(tuple(map(float, v)), t) for v, t in zip(vectors, tones, strict=True)]

    def vectors(self, exchanges: Sequence[Exchange]) -> np.ndarray:
        """Shape (exchanges, width): means of the hidden states over the reply half-way and late, over its
        opening half-way, and READING_NUMBERS."""
        distinct = sorted(set(exchanges), key=lambda e: (e.text, [(m.role, m.content) for m in e.messages]))
        rows = {e: self._row(e) for e in distinct}
        order = sorted(distinct, key=lambda e: len(rows[e].context) + len(rows[e].reply))
        out: dict[Exchange, np.ndarray] = {}
        for batch in _batches(order, [len(rows[e].context) + len(rows[e].reply) for e in order]):
            out |= zip(batch, self._vectors([rows[e] for e in batch]), strict=True)
        return np.stack([out[e] for e in exchanges]) if exchanges else np.zeros((0, 0), np.float32)

    def tones(self, texts: Sequence[str]) -> list[float]:
        """HumT of each text, in nats: log of the mean of p(text | "He said") and p(text | "She said"), minus log p(text | "It said").

        Above 0 the words fit a person rather than a thing. After Cheng et al. 2025, arXiv 2502.13259; only the first MAX_REPLY tokens are read.
        """
        distinct = sorted({t for t in texts if t.strip()}, key=lambda t: (len(t), t))
        rows = [_Row(self._tokens(prefix), self._tokens(" " + t.strip())[:MAX_REPLY]) for t in distinct for prefix in _TONE_PREFIXES]
        sums: list[float] = []
        for batch in _batches(rows, [len(r.context) + len(r.reply) for r in rows]):
            sums += [float(logprobs.sum()) for logprobs, _ in self._pass(batch)]
        known = {t: float(np.logaddexp(he, she)) - math.log(2) - it for t, (he, she, it) in zip(distinct, _threes(sums), strict=True)}
        return [known.get(t, math.nan) for t in texts]

    def _tokens(self, text: str) -> list[int]:
        return self._engine.tokenizer(text, add_special_tokens=False).input_ids

    def _row(self, exchange: Exchange) -> _Row:
        context = self._tokens(self._engine.render([Message(m.role, m.content) for m in exchange.messages]))
        reply = self._tokens(self._engine.template.joint + exchange.text)[:MAX_REPLY] or self._tokens("\n")
        return _Row(context[-MAX_CONTEXT:], reply)

    def _vectors(self, rows: Sequence[_Row]) -> list[np.ndarray]:
        out = []
        for logprobs, states in self._pass(rows, self._layers):
            n = len(logprobs)
            numbers = [float(logprobs.mean()), float(logprobs[:OPENING].mean()), float(logprobs.min()), math.log(n), math.sqrt(n)]
            out.append(np.concatenate([*(s.mean(0) for s in states), states[0][:OPENING].mean(0), np.array(numbers, np.float32)]))
        return out

    @torch.inference_mode()
    def _pass(self, rows: Sequence[_Row], layers: Sequence[int] = ()) -> list[tuple[np.ndarray, list[np.ndarray]]]:
        """For each row the log-probability of every token of the reply, and the hidden states of these tokens at the layers."""
        width = max(len(r.context) + len(r.reply) for r in rows)
        ids = torch.full((len(rows), width), self._engine.tokenizer.pad_token_id)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for i, (context, reply) in enumerate(rows):
            ids[i, : len(context) + len(reply)] = torch.tensor(context + reply)
            mask[i, : len(context) + len(reply)] = 1
        passed = self._network.model(ids, attention_mask=mask, output_hidden_states=bool(layers), use_cache=False)
        out = []
        for i, (context, reply) in enumerate(rows):
            start, end = len(context), len(context) + len(reply)
            logits = self._network.lm_head(passed.last_hidden_state[i, start - 1 : end - 1]).float()
            logprobs = logits.gather(-1, torch.tensor(reply)[:, None])[:, 0] - logits.logsumexp(-1)
            out.append((logprobs.numpy(), [passed.hidden_states[layer][i, start:end].float().numpy() for layer in layers]))
        return out


def _batches(items: Sequence[_T], lengths: Sequence[int], most: int = 32) -> list[list[_T]]:
    """Neighbours together, at most `most` of them and about _TOKENS_AT_ONCE tokens with their padding. Lengths ascend."""
    out: list[list[_T]] = []
    for item, length in zip(items, lengths, strict=True):
        if not out or len(out[-1]) == most or (len(out[-1]) + 1) * length > _TOKENS_AT_ONCE:
            out.append([])
        out[-1].append(item)
    return out


def _threes(values: Sequence[float]) -> list[tuple[float, float, float]]:
    return [(values[i], values[i + 1], values[i + 2]) for i in range(0, len(values), 3)]


def load_reader(models: Sequence[Model]) -> Reader:
    """The reading model in memory. Raises TrilemmaError, with the command that gets it, where it is not on this machine."""
    found = next((m for m in models if m.id == READER), None)
    if found is None:
        raise TrilemmaError(f"The learned scorers need the model {READER!r}, which data/models.toml does not list.")
    return Reader(load(found))
