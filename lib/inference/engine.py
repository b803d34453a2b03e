"""One loaded model: render a prompt, stream text for a batch, score continuations."""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, cast

import torch
from transformers import (
    DynamicCache,
    GenerationConfig,
    LogitsProcessorList,
    PreTrainedTokenizerBase,
    StoppingCriteria,
    StoppingCriteriaList,
)

from lib.domain import Continuation, GenerateRow, LogLik, Message, Model, Piece, Settings, TemplateName, TrilemmaError
from lib.inference.sampling import SeededNucleus
from lib.inference.templates import Template, render, template_for

_ROWS = 8
_PREFILL = 512  # tokens: a longer prompt goes through the network in pieces of so many
# How much each row of the batch in this thread's forward pass takes of each rank of the adapters: (rows, 1, ranks).
SHARES: ContextVar[torch.Tensor] = ContextVar("shares")


class PromptTooLong(TrilemmaError):
    """A prompt that leaves no room for an answer in the model's context."""


@dataclass
class Engine:
    """A model in memory: a `LoadedModel` (lib/domain.py) over transformers."""

    model: Model
    network: Any  # a transformers causal language model with its generation mixin
    tokenizer: PreTrainedTokenizerBase
    template: Template
    shares: tuple[float, ...] = ()  # how much of each of the network's adapters is added to it
    ranks: tuple[int, ...] = ()  # of the network's adapters
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def dtype(self) -> str:
        return str(self.network.dtype).removeprefix("torch.")

    def with_template(self, template: TemplateName | None, cancelled: threading.Event | None = None) -> "Engine":
        """The same weights, addressed through another template; `cancelled`: what stops this one's generations."""
        return replace(self, template=template_for(self.model, template), cancelled=cancelled or threading.Event())

    def forward(self, ids: torch.Tensor, **kwargs) -> Any:
        """The network's output for token ids, shape (rows, tokens)."""
        self._share([None] * len(ids))
        return self.network(ids, **kwargs)

    def _share(self, rows: Sequence[tuple[float, ...] | None]) -> None:
        """Sets the adapters' shares for this thread's next forward pass, one entry a row; None: the engine's own."""
        if self.ranks:
            shares = torch.tensor([self.shares if row is None else row for row in rows], dtype=self.network.dtype)
            SHARES.set(shares.repeat_interleave(torch.tensor(self.ranks), dim=1)[:, None])

    def render(self, messages: Sequence[Message]) -> str:
        return render(self.template, self.tokenizer, messages)

    def count_tokens(self, rendered: str) -> int:
        return len(self._tokenize(rendered))

    def check_length(self, rendered: str, settings: Settings) -> int:
        """The prompt's length in tokens. Raises PromptTooLong where prompt and answer do not fit into the context."""
        n, room = self.count_tokens(rendered), self.model.context_tokens - settings.max_tokens
        if n > room:
            raise PromptTooLong(
                f"The prompt is {n:,} tokens long. {self.model.label} takes {self.model.context_tokens:,} tokens,"
                f" {settings.max_tokens:,} of which are kept for the answer, so at most {room:,} are left for the"
                " prompt. Please shorten it."
            )
        return n

    def _tokenize(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def generate(self, rows: Sequence[GenerateRow], settings: Settings) -> Iterator[Piece]:
        """Pieces of text as they are made, rows interleaved; each row ends with a piece that has `finish` set.

        Closing the iterator, or setting `cancelled`, stops within one token.
        """
        for row in rows:
            self.check_length(row.rendered, settings)
        pieces: queue.SimpleQueue[Piece | BaseException | None] = queue.SimpleQueue()
        stop = threading.Event()
        threads = torch.get_num_threads()

        def work() -> None:
            try:
                torch.set_num_threads(threads)
                self._decode(rows, settings, pieces, stop)
                pieces.put(None)
            except BaseException as fault:  # noqa: BLE001 (handed over to the reader, who raises it)
                pieces.put(fault)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            stop.set()
            thread.join()

    @torch.inference_mode()
    def _decode(
        self, rows: Sequence[GenerateRow], settings: Settings, pieces: queue.SimpleQueue, stop: threading.Event
    ) -> None:
        batch = self.tokenizer(
            [r.rendered for r in rows], add_special_tokens=False, padding=True, padding_side="left", return_tensors="pt"
        )
        ids, mask, cache = batch.input_ids, batch.attention_mask, None
        longest = ids.shape[1] + settings.max_tokens
        if ids.shape[1] > _PREFILL:
            self._share([r.shares for r in rows])
            cache = DynamicCache(config=self.network.config)
            for _ in self._prefilled(ids, mask, cache):
                if stop.is_set() or self.cancelled.is_set():
                    for row in range(len(rows)):
                        pieces.put(Piece(row, "", "cancelled", 0))
                    return
                pieces.put(Piece(0, "", None, 0))
        watch = _Watch(self, ids.shape[1], len(rows), settings.max_tokens, pieces, stop)
        nucleus = (
            SeededNucleus([r.seed for r in rows], settings.temperature, settings.top_p)
            if settings.temperature > 0
            else None
        )
        while True:
            self._share([rows[i].shares for i in watch.rows])
            made: Any = self.network.generate(
                input_ids=ids,
                attention_mask=mask,
                past_key_values=cache,
                # The seeded processor has drawn the token already: taking the only possible one is not greedy decoding.
                generation_config=GenerationConfig(
                    do_sample=False,
                    max_new_tokens=longest - ids.shape[1],
                    pad_token_id=self.tokenizer.pad_token_id,
                    eos_token_id=self._end_tokens(),
                    return_dict_in_generate=True,
                ),
                logits_processor=LogitsProcessorList([nucleus] if nucleus else []),
                stopping_criteria=StoppingCriteriaList([watch]),
            )
            kept = watch.narrow()
            if not kept:
                return
            ids, cache = made.sequences[kept], made.past_key_values
            mask = torch.cat([mask[kept], mask.new_ones(len(kept), ids.shape[1] - mask.shape[1])], dim=1)
            cache.batch_select_indices(torch.tensor(kept, dtype=torch.long))
            if nucleus:
                nucleus.keep(kept)

    def _prefilled(self, ids: torch.Tensor, mask: torch.Tensor, cache: DynamicCache) -> Iterator[None]:
        """Fills the cache with all tokens but the last, piece by piece. `ids`, `mask`: shape (rows, tokens)."""
        places = (mask.cumsum(-1) - 1).clamp(min=0)
        for start in range(0, ids.shape[1] - 1, _PREFILL):
            end = min(start + _PREFILL, ids.shape[1] - 1)
            self.network(
                ids[:, start:end],
                attention_mask=mask[:, :end],
                position_ids=places[:, start:end],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            yield

    def _end_tokens(self) -> list[int]:
        ends = self.network.generation_config.eos_token_id
        ends = [ends] if isinstance(ends, int) else list(ends or [])
        return sorted({*ends, self.tokenizer.eos_token_id} - {None})

    def loglik(self, pairs: Sequence[Continuation]) -> list[LogLik]:
        """Summed log-probability of each continuation after its context, in the order given.

        A context that recurs goes through the network once.
        """
        order = sorted(range(len(pairs)), key=lambda i: pairs[i].context)
        out: dict[int, LogLik] = {}
        for context, group in groupby(order, key=lambda i: pairs[i].context):
            indices = list(group)
            for i, value in zip(indices, self._loglik_after(context, [pairs[i].text for i in indices]), strict=True):
                out[i] = value
        return [out[i] for i in range(len(pairs))]

    @torch.inference_mode()
    def _loglik_after(self, context: str, texts: Sequence[str]) -> list[LogLik]:
        head = self._tokenize(context)
        tails = [self._tokenize(self.template.joint + t) for t in texts]
        if any(not t for t in tails):
            raise TrilemmaError("A continuation without tokens has no likelihood.")
        # The context's last token goes with the continuations: it predicts their first token.
        cache = self.forward(torch.tensor([head[:-1]]), use_cache=True, logits_to_keep=1).past_key_values
        cache.batch_repeat_interleave(len(tails))
        width = 1 + max(map(len, tails))
        ids = torch.full((len(tails), width), self.tokenizer.pad_token_id)
        mask = torch.zeros((len(tails), len(head) - 1 + width), dtype=torch.long)
        mask[:, : len(head) - 1] = 1
        for i, tail in enumerate(tails):
            ids[i, : 1 + len(tail)] = torch.tensor([head[-1], *tail])
            mask[i, len(head) - 1 : len(head) + len(tail)] = 1
        logits = self.forward(ids, attention_mask=mask, past_key_values=cache).logits
        return [
            LogLik(_summed_logprob(logits[i, : len(tail)], torch.tensor(tail)), len(tail), len(text))
            for i, (tail, text) in enumerate(zip(tails, texts, strict=True))
        ]


def _summed_logprob(logits: torch.Tensor, tokens: torch.Tensor) -> float:
    # Some rows at a time: the float32 copy of all of them would be made in fresh memory, at ten times the sum's cost.
    parts = zip(logits.split(_ROWS), tokens.split(_ROWS), strict=True)
    return -sum(
        float(torch.nn.functional.cross_entropy(some.float(), picked, reduction="sum")) for some, picked in parts
    )


class _Watch(StoppingCriteria):
    """Looks at each new token of each row: sends on the text that is certain and says which rows have ended.

    Breaks off where half of a batch has, so that it can go on without them. `rows`: the rows still in the batch.
    """

    def __init__(
        self,
        engine: Engine,
        prompt_width: int,
        rows: int,
        max_tokens: int,
        pieces: queue.SimpleQueue,
        stop: threading.Event,
    ):
        self.rows = list(range(rows))
        self._engine, self._width, self._max, self._pieces, self._stop = engine, prompt_width, max_tokens, pieces, stop
        self._ends = set(engine._end_tokens())
        self._sent = [0] * rows
        self._done = [False] * rows

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **kwargs) -> torch.Tensor:
        cancelled = self._stop.is_set() or self._engine.cancelled.is_set()
        for row, ids in zip(self.rows, input_ids[:, self._width :].tolist(), strict=True):
            if not self._done[row]:
                self._take(row, ids, cancelled)
        done = [self._done[row] for row in self.rows]
        return torch.full((len(done),), True) if 2 * sum(done) >= len(done) else torch.tensor(done)

    def narrow(self) -> list[int]:
        """Go on without the rows that have ended: the places of the others in the batch."""
        kept = [place for place, row in enumerate(self.rows) if not self._done[row]]
        self.rows = [self.rows[place] for place in kept]
        return kept

    def _take(self, row: int, ids: list[int], cancelled: bool) -> None:
        ended = ids[-1] in self._ends
        text = cast(str, self._engine.tokenizer.decode(ids[:-1] if ended else ids, skip_special_tokens=True)).lstrip()
        cuts = [at for stop in self._engine.template.stops if (at := text.find(stop)) >= 0]
        if cuts:
            text, ended = text[: min(cuts)].rstrip(), True
        finish = "end" if ended else "length" if len(ids) >= self._max else "cancelled" if cancelled else None
        certain = len(text) if finish else _certain_length(text, self._engine.template.stops)
        piece = text[self._sent[row] : certain]
        self._sent[row] = max(self._sent[row], certain)
        self._done[row] = finish is not None
        if piece or finish:
            self._pieces.put(Piece(row, piece, finish, len(ids)))


def _certain_length(text: str, stops: Sequence[str]) -> int:
    """How much of a growing text can be shown: not an unfinished character, nor what may yet become a stop marker."""
    length = len(text.rstrip("\ufffd"))
    for stop in stops:
        for k in range(min(len(stop) - 1, length), 0, -1):
            if text.endswith(stop[:k], 0, length):
                length -= k
                break
    # Blank space before a marker is cut with it, so it waits for what follows.
    return len(text[:length].rstrip()) if stops else length
