"""One loaded model: render a prompt, stream text for a batch, score continuations."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, NamedTuple

import torch
from transformers import (
    DynamicCache,
    GenerationConfig,
    LogitsProcessorList,
    PreTrainedTokenizerBase,
    StoppingCriteriaList,
)

from lib.domain import Continuation, GenerateRow, LogLik, Message, Model, Piece, Settings, TemplateName, TrilemmaError
from lib.inference.sampling import SeededNucleus
from lib.inference.templates import Template, render, template_for
from lib.inference.watch import Watch

_ROWS = 8
_TAILS = 8  # so many continuations of like length at a time: of all at once, a fifth of the tokens is padding
_PREFILL = 512  # tokens: a longer prompt goes through the network in pieces of so many
# More rows than this are written in the ways that are faster for them: one pass over a prompt for all of its rows, in
# shorter pieces, and on without those that have ended as soon as they are an eighth, not half. Fewer go the older way,
# since most stored batches are of at most so many, and are to come out again as they did.
_MANY, _LEFT = 24, 8
# How much each row of the batch in this thread's forward pass takes of each rank of the adapters: (rows, 1, ranks).
SHARES: ContextVar[torch.Tensor] = ContextVar("shares")


class _Prompts(NamedTuple):
    """Prompts of a batch, shape (rows, tokens), and what is known of all their tokens but the last."""

    ids: torch.Tensor
    mask: torch.Tensor
    cache: DynamicCache | None


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
    threads: Callable[[], int] | None = None  # how many it may use now; None: those of the thread that asks

    @property
    def dtype(self) -> str:
        return str(self.network.dtype).removeprefix("torch.")

    @property
    def batch(self) -> int:
        """Models that share their weights answer within one batch."""
        return id(self.network)

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
                torch.set_num_threads(self.threads() if self.threads else threads)
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
        def look() -> bool:
            # Of few rows a token comes no sooner from more cores than they began with.
            if self.threads and len(rows) > _MANY and (share := self.threads()) != torch.get_num_threads():
                torch.set_num_threads(share)
            return stop.is_set() or self.cancelled.is_set()

        def broken_off() -> bool:
            pieces.put(Piece(0, "", None, 0))  # a sign of life
            return look()

        prompts = self._prompts(rows, broken_off)
        if prompts is None:
            for row in range(len(rows)):
                pieces.put(Piece(row, "", "cancelled", 0))
            return
        ids, mask, cache = prompts
        longest = ids.shape[1] + settings.max_tokens
        part = _LEFT if len(rows) > _MANY else 2
        stops, ends = self.template.stops, self._end_tokens()
        watch = Watch(rows, ids.shape[1], settings.max_tokens, self.tokenizer, stops, ends, part, look, pieces)
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
                generation_config=self._going_on(longest - ids.shape[1]),
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

    def _going_on(self, tokens: int) -> GenerationConfig:
        """At most so many tokens more."""
        return GenerationConfig(
            do_sample=False,  # the seeded processor has drawn the token already: the only possible one is taken
            max_new_tokens=tokens,
            pad_token_id=self.tokenizer.pad_token_id,
            eos_token_id=self._end_tokens(),
            return_dict_in_generate=True,
        )

    def _prompts(self, rows: Sequence[GenerateRow], broken_off: Callable[[], bool]) -> _Prompts | None:
        """The rows' prompts, padded at the left, a long one or many already gone through the network.

        Of many rows those with one prompt go through it once; of few each by itself.
        `broken_off`: asked after each piece; None where it says so.
        """
        many = len(rows) > _MANY
        each = [(r.rendered, r.shares) for r in rows]
        asked = list(dict.fromkeys(each)) if many else each
        texts = [text for text, _ in asked]
        batch = self.tokenizer(texts, add_special_tokens=False, padding=True, padding_side="left", return_tensors="pt")
        ids, mask, cache = batch.input_ids, batch.attention_mask, None
        piece = min(_PREFILL, _PREFILL * _MANY // len(asked))
        if many or ids.shape[1] > piece:
            self._share([shares for _, shares in asked])
            cache = DynamicCache(config=self.network.config)
            for _ in self._prefilled(ids, mask, cache, piece):
                if broken_off():
                    return None
        if cache is not None and many:
            places = {key: place for place, key in enumerate(asked)}
            of = torch.tensor([places[key] for key in each])
            ids, mask = ids[of], mask[of]
            cache.batch_select_indices(of)
        return _Prompts(ids, mask, cache)

    def _prefilled(self, ids: torch.Tensor, mask: torch.Tensor, cache: DynamicCache, piece: int) -> Iterator[None]:
        """Fills the cache with all tokens but the last, `piece` of each row at a time.

        `ids`, `mask`: shape (rows, tokens).
        """
        places = (mask.cumsum(-1) - 1).clamp(min=0)
        for start in range(0, ids.shape[1] - 1, piece):
            end = min(start + piece, ids.shape[1] - 1)
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
        by_length = sorted(range(len(tails)), key=lambda i: len(tails[i]))
        sums: dict[int, float] = {}
        for start in range(0, len(tails), _TAILS):
            some = by_length[start : start + _TAILS]
            sums |= zip(some, self._sums_after(head, [tails[i] for i in some], deepcopy(cache)), strict=True)
        return [LogLik(sums[i], len(tail), len(text)) for i, (tail, text) in enumerate(zip(tails, texts, strict=True))]

    def _sums_after(self, head: list[int], tails: Sequence[list[int]], cache: DynamicCache) -> list[float]:
        """Summed log-probability of each tail after the head, which `cache` holds but for its last token."""
        cache.batch_repeat_interleave(len(tails))
        width = 1 + max(map(len, tails))
        ids = torch.full((len(tails), width), self.tokenizer.pad_token_id)
        mask = torch.zeros((len(tails), len(head) - 1 + width), dtype=torch.long)
        mask[:, : len(head) - 1] = 1
        for i, tail in enumerate(tails):
            ids[i, : 1 + len(tail)] = torch.tensor([head[-1], *tail])
            mask[i, len(head) - 1 : len(head) + len(tail)] = 1
        logits = self.forward(ids, attention_mask=mask, past_key_values=cache).logits
        return [_summed_logprob(logits[i, : len(tail)], torch.tensor(tail)) for i, tail in enumerate(tails)]


def _summed_logprob(logits: torch.Tensor, tokens: torch.Tensor) -> float:
    # Some rows at a time: the float32 copy of all of them would be made in fresh memory, at ten times the sum's cost.
    parts = zip(logits.split(_ROWS), tokens.split(_ROWS), strict=True)
    return -sum(
        float(torch.nn.functional.cross_entropy(some.float(), picked, reduction="sum")) for some, picked in parts
    )
