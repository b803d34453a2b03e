"""A model behind an OpenAI-compatible server as a `LoadedModel`: streamed answers, several requests at once."""

import json
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lib.domain import (
    Continuation,
    EndpointSource,
    GenerateRow,
    LogLik,
    Message,
    Model,
    Piece,
    Settings,
    TemplateName,
    TrilemmaError,
)
from lib.inference.prompt_logprobs import logliks
from lib.inference.stops import certain_length, up_to_stop
from lib.inference.templates import Template, dialogue_text, template_for
from lib.models.served import client, said

if TYPE_CHECKING:
    import openai

UNKNOWN_DTYPE = "not stated"  # in which numbers a server computes
_LOOK, _SIGN_OF_LIFE = 0.2, 20.0  # seconds between two looks at the cancel, and between two empty pieces
_FINISHES = {"stop": "end", "length": "length", "eos_token": "end", "eos": "end"}
# What a server may not know and an answer can do without; what OpenAI's newer models ask for in place of `max_tokens`.
_DISPENSABLE = ("stream_options", "seed", "top_p")
_LONGEST_SEED = 2**31


class RowFault(TrilemmaError):
    """Why one request failed, where the next may succeed: too long, refused by a filter, nothing but reasoning."""


@dataclass
class Endpoint:
    """What is put to this model goes to its server and nowhere else."""

    model: Model
    template: Template
    shares: tuple[float, ...] = ()
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def source(self) -> EndpointSource:
        assert isinstance(self.model.source, EndpointSource)
        return self.model.source

    @property
    def dtype(self) -> str:
        return UNKNOWN_DTYPE

    @property
    def batch(self) -> str:
        return self.model.id

    def with_template(self, template: TemplateName | None, cancelled: threading.Event | None = None) -> "Endpoint":
        return replace(self, template=template_for(self.model, template), cancelled=cancelled or threading.Event())

    def render(self, messages: Sequence[Message]) -> str:
        """The text sent, or with the template `chat` the messages sent, as JSON: their template is the server's own."""
        if self.template.name == "chat":
            return json.dumps([{"role": m.role, "content": m.content} for m in messages], ensure_ascii=False)
        return dialogue_text(messages)

    def check_length(self, rendered: str, settings: Settings) -> int | None:
        """Unknown: only the server counts its tokens, and it refuses what is too long."""
        return None

    def generate(self, rows: Sequence[GenerateRow], settings: Settings) -> Iterator[Piece]:
        """Pieces of text as they come, `concurrency` requests at once; a row that fails alone says why in its `error`.

        Closing the iterator, or setting `cancelled`, stops reading at once. Raises TrilemmaError, for all rows, where
        the server cannot be reached, does not accept the key or takes no more requests.
        """
        api = client(self.source)  # one for all requests: it keeps its connections
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for row in range(len(rows)):
            waiting.put(row)
        pieces: queue.SimpleQueue[Piece | BaseException] = queue.SimpleQueue()
        stop = threading.Event()

        def work() -> None:
            while not (stop.is_set() or self.cancelled.is_set()):
                try:
                    row = waiting.get_nowait()
                except queue.Empty:
                    return
                if rows[row].stopped:
                    continue
                try:
                    for piece in self._answer(api, row, rows[row], settings, stop):
                        pieces.put(piece)
                except RowFault as fault:
                    pieces.put(Piece(row, "", "error", 0, str(fault)))
                except BaseException as fault:  # noqa: BLE001 (handed over to the reader, who raises it)
                    pieces.put(fault)
                    return

        for _ in range(min(self.source.concurrency, len(rows))):
            threading.Thread(target=work, daemon=True).start()
        try:
            yield from self._read(pieces, rows)
        finally:
            stop.set()

    def _read(self, pieces: "queue.SimpleQueue[Piece | BaseException]", rows: Sequence[GenerateRow]) -> Iterator[Piece]:
        """Until every row has its last piece; a sign of life while a server is silent."""
        tokens, told = dict.fromkeys(range(len(rows)), 0), time.monotonic()
        while tokens:
            for row in [r for r in tokens if rows[r].stopped or self.cancelled.is_set()]:
                yield Piece(row, "", "cancelled", tokens.pop(row))
            try:
                piece = pieces.get(timeout=_LOOK)
            except queue.Empty:
                if not tokens or time.monotonic() - told < _SIGN_OF_LIFE:
                    continue
                row, n = next(iter(tokens.items()))
                piece = Piece(row, "", None, n)
            if isinstance(piece, BaseException):
                raise piece
            told = time.monotonic()
            if piece.row not in tokens:  # what was under way when its row was stopped
                continue
            if piece.finish:
                del tokens[piece.row]
            else:
                tokens[piece.row] = piece.tokens
            yield piece

    def _answer(
        self, api: "openai.OpenAI", row: int, asked: GenerateRow, settings: Settings, stop: threading.Event
    ) -> Iterator[Piece]:
        """One request's pieces. Raises RowFault or TrilemmaError. Tokens are pieces until the server counts them."""
        import httpx2
        import openai

        text, sent, tokens, finish, reasoned = "", 0, 0, None, False
        try:
            stream = self._stream(api, asked, settings)
            with stream:
                for chunk in stream:
                    if stop.is_set() or self.cancelled.is_set() or asked.stopped:
                        return
                    found = _read_chunk(chunk)
                    reasoned, finish = reasoned or found.reasoned, found.finish or finish
                    tokens = found.tokens or tokens + bool(found.text or found.reasoned)
                    text, ended = up_to_stop((text + found.text).lstrip(), self.template.stops)
                    certain = len(text) if ended else max(sent, certain_length(text, self.template.stops))
                    if certain > sent:
                        yield Piece(row, text[sent:certain], None, tokens)
                        sent = certain
                    if ended:  # the server knows no stop markers
                        finish = "end"
                        break
        except openai.OpenAIError as fault:
            raise _fault(self.source, fault) from fault
        except (httpx2.HTTPError, ValueError) as fault:  # a connection that breaks while it is read, a line cut short
            raise TrilemmaError(said(self.source, fault)) from fault
        if finish is None:
            raise TrilemmaError(f"The server at {self.source.url} broke off before the answer had ended.")
        if finish not in ("end", "length"):
            raise RowFault(f"The server at {self.source.url} ended the answer: {finish}.")
        if reasoned and not text:
            raise RowFault("All tokens went into the model's reasoning, and no answer came. Allow it more tokens.")
        yield Piece(row, text[sent:], finish, tokens)

    def _stream(self, api: "openai.OpenAI", asked: GenerateRow, settings: Settings) -> Any:
        """The server's stream; a setting that it does not know and that an answer can do without is left out."""
        import openai

        values: dict[str, Any] = {
            "model": self.source.model,
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "max_tokens": settings.max_tokens,
            "seed": asked.seed % _LONGEST_SEED,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self.template.name == "chat":
            create, values["messages"] = api.chat.completions.create, json.loads(asked.rendered)
        else:
            create, values["prompt"] = api.completions.create, asked.rendered
            values["stop"] = list(self.template.stops)
        while True:
            try:
                return create(**values)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as fault:
                if "max_completion_tokens" in str(fault) and "max_tokens" in values:
                    values["max_completion_tokens"] = values.pop("max_tokens")
                elif unknown := [name for name in _DISPENSABLE if name in values and name in str(fault)]:
                    del values[unknown[0]]
                else:
                    raise

    def loglik(self, pairs: Sequence[Continuation]) -> list[LogLik]:
        """Raises LikelihoodUnavailable where the server gives no log-probabilities of a prompt."""
        return logliks(self.source, self.template, pairs)


@dataclass(frozen=True)
class _Chunk:
    text: str
    finish: Any  # a Finish, or the server's own word for another end
    tokens: int  # of the answer so far, where the server counts them; else 0
    reasoned: bool


def _read_chunk(chunk: Any) -> _Chunk:
    """What a chunk of a stream says, of chat or of plain completions."""
    usage = getattr(chunk, "usage", None)
    tokens = (usage.completion_tokens if usage else 0) or 0
    if not chunk.choices:
        return _Chunk("", None, tokens, False)
    choice = chunk.choices[0]
    delta = getattr(choice, "delta", None)
    text = (delta.content if delta else getattr(choice, "text", None)) or ""
    extra = (delta.model_extra or {}) if delta else {}
    reasoned = bool(extra.get("reasoning_content") or extra.get("reasoning"))
    finish = choice.finish_reason
    return _Chunk(text, _FINISHES.get(finish, finish), tokens, reasoned)


def _fault(source: EndpointSource, fault: "openai.OpenAIError") -> TrilemmaError:
    """A fault of this request alone, or one that the next request would meet too."""
    import openai

    alone = isinstance(fault, openai.BadRequestError | openai.UnprocessableEntityError)
    return (RowFault if alone else TrilemmaError)(said(source, fault))
