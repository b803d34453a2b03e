"""The reading model: a small language model whose hidden states over a reply are the learned scorers' features."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from lib.domain import Encoding, Exchange, Message, Model, TrilemmaError
from lib.inference.engine import Engine
from lib.inference.loading import load
from lib.scoring.inputs import READER

OPENING = 12  # tokens; a refusal shows in the first words
MAX_CONTEXT, MAX_REPLY = 320, 256  # tokens used: the end of the messages, the start of the reply
_WIDTH = 320  # tokens of a context and the replies after it that share one sequence
_TOKENS_AT_ONCE = 4096
TONE = 64  # tokens that the tone is taken from; three passes over all would cost three times what the heads need
_TONE_PREFIXES = ("He said", "She said", "It said")


class _Row(NamedTuple):
    context: tuple[int, ...]
    reply: tuple[int, ...]


class _Passed(NamedTuple):
    """One reply's forward pass: the log-probability of each token and of ending after them; at each layer the hidden
    states of the tokens and of the end."""

    logprobs: np.ndarray
    end: float
    states: list[np.ndarray]


class Reader:
    """An `Encoder` (lib/domain.py)."""

    def __init__(self, engine: Engine):
        depth = engine.network.config.num_hidden_layers
        self._engine = engine
        self._network = engine.network
        self._layers = (depth // 2, depth * 5 // 6)  # half-way for what is said, near the end for how it goes on

    def encode(self, exchanges: Sequence[Exchange]) -> list[Encoding]:
        """One Encoding for each exchange, in the order given. Batches, and so numbers, are the same in any order."""
        vectors = self.vectors(exchanges)
        tones = self.tones([e.text for e in exchanges])
        return [Encoding(tuple(map(float, v)), t) for v, t in zip(vectors, tones, strict=True)]

    def vectors(self, exchanges: Sequence[Exchange]) -> np.ndarray:
        """Shape (exchanges, width): means of the hidden states over the reply half-way and late, over its
        opening half-way, the state half-way where the reply has ended, and READING_NUMBERS."""
        distinct = sorted(set(exchanges), key=lambda e: (e.text, [(m.role, m.content) for m in e.messages]))
        rows = {e: self._row(e) for e in distinct}
        passed = self._pass(rows.values(), self._layers)
        known = {row: _vector(each) for row, each in passed.items()}
        return np.stack([known[rows[e]] for e in exchanges]) if exchanges else np.zeros((0, 0), np.float32)

    def tones(self, texts: Sequence[str]) -> list[float]:
        """HumT of each text, in nats; above 0 the words fit a person rather than a thing.

        log of the mean of p(text | "He said") and p(text | "She said"), minus log p(text | "It said"). After Cheng et
        al. 2025, arXiv 2502.13259, over the first TONE tokens only.
        """
        replies = {t: self._tokens(" " + t.strip())[:TONE] for t in set(texts) if t.strip()}
        prefixes = [self._tokens(p) for p in _TONE_PREFIXES]
        passed = self._pass({_Row(p, r) for p in prefixes for r in replies.values()})
        known = {}
        for text, reply in replies.items():
            he, she, it = (float(passed[_Row(p, reply)].logprobs.sum()) for p in prefixes)
            known[text] = float(np.logaddexp(he, she)) - math.log(2) - it
        return [known.get(t, math.nan) for t in texts]

    def _tokens(self, text: str) -> tuple[int, ...]:
        return tuple(self._engine.tokenizer(text, add_special_tokens=False).input_ids)

    def _row(self, exchange: Exchange) -> _Row:
        context = self._tokens(self._engine.render([Message(m.role, m.content) for m in exchange.messages]))
        reply = self._tokens(self._engine.template.joint + exchange.text)[:MAX_REPLY] or self._tokens("\n")
        return _Row(context[-MAX_CONTEXT:], reply)

    def _pass(self, rows: Iterable[_Row], layers: Sequence[int] = ()) -> dict[_Row, _Passed]:
        out: dict[_Row, _Passed] = {}
        for batch in _batches(_sequences(sorted(set(rows)))):
            out |= self._batch(batch, layers)
        return out

    @torch.inference_mode()
    def _batch(self, sequences: Sequence[list[_Row]], layers: Sequence[int]) -> dict[_Row, _Passed]:
        """One forward pass. A sequence is a context and replies to it, one behind the other.

        Each reply has the positions after the context and attends to the context and itself alone.
        """
        end = self._engine.tokenizer.eos_token_id
        width = max(map(_width, sequences))
        ids = torch.full((len(sequences), width), end)
        places = torch.zeros((len(sequences), width), dtype=torch.long)
        sees = torch.eye(width, dtype=torch.bool).repeat(len(sequences), 1, 1, 1)
        found: list[tuple[_Row, int, int]] = []
        for i, rows in enumerate(sequences):
            at = n = len(rows[0].context)
            ids[i, :n], places[i, :n] = torch.tensor(rows[0].context), torch.arange(n)
            sees[i, 0, :n, :n] = torch.ones(n, n).tril().bool()
            for row in rows:
                to = at + len(row.reply) + 1
                ids[i, at:to], places[i, at:to] = torch.tensor([*row.reply, end]), torch.arange(n, n + to - at)
                sees[i, 0, at:to, :n] = True
                sees[i, 0, at:to, at:to] = torch.ones(to - at, to - at).tril().bool()
                found.append((row, i, at))
                at = to
        passed = self._network.model(
            ids, attention_mask=sees, position_ids=places, output_hidden_states=bool(layers), use_cache=False
        )
        out = {}
        for row, i, at in found:
            n, to = len(row.context), at + len(row.reply) + 1
            before = torch.cat([passed.last_hidden_state[i, n - 1 : n], passed.last_hidden_state[i, at : to - 1]])
            logits = self._network.lm_head(before).float()
            logprobs = (logits.gather(-1, ids[i, at:to, None])[:, 0] - logits.logsumexp(-1)).numpy()
            out[row] = _Passed(
                logprobs[:-1],
                float(logprobs[-1]),
                [passed.hidden_states[layer][i, at:to].float().numpy() for layer in layers],
            )
        return out


def _vector(passed: _Passed) -> np.ndarray:
    logprobs, n = passed.logprobs, len(passed.logprobs)
    middle, late = passed.states
    numbers = [logprobs.mean(), logprobs[:OPENING].mean(), logprobs.min(), math.log(n), math.sqrt(n), passed.end]
    means = [middle[:-1].mean(0), late[:-1].mean(0), middle[:-1][:OPENING].mean(0), middle[-1]]
    return np.concatenate([*means, np.array(numbers, np.float32)])


def _width(rows: Sequence[_Row]) -> int:
    return len(rows[0].context) + sum(len(r.reply) + 1 for r in rows)


def _sequences(rows: Iterable[_Row]) -> list[list[_Row]]:
    """Neighbours with one context in one sequence, as many as fit into _WIDTH, so that the context is passed once."""
    out: list[list[_Row]] = []
    for row in rows:
        if not out or out[-1][0].context != row.context or _width(out[-1]) + len(row.reply) + 1 > _WIDTH:
            out.append([])
        out[-1].append(row)
    return out


def _batches(sequences: Sequence[list[_Row]]) -> list[list[list[_Row]]]:
    """Those of like length together, about _TOKENS_AT_ONCE tokens with their padding."""
    out: list[list[list[_Row]]] = []
    for rows in sorted(sequences, key=_width):
        if not out or (len(out[-1]) + 1) * _width(rows) > _TOKENS_AT_ONCE:
            out.append([])
        out[-1].append(rows)
    return out


def load_reader(models: Sequence[Model]) -> Reader:
    """The reading model in memory. Raises TrilemmaError, with the command that gets it, where it is not installed."""
    found = next((m for m in models if m.id == READER), None)
    if found is None:
        raise TrilemmaError(f"The learned scorers need the model {READER!r}, which data/models.toml does not list.")
    return Reader(load(found))
