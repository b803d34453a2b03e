"""Log-likelihoods of replies from a server that gives the log-probabilities of a prompt.

Plain completions by `echo` and `logprobs` (OpenAI's older protocol, vLLM); chat by vLLM's `prompt_logprobs`. Most
servers give neither, and then a likelihood is not available.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from lib.domain import Continuation, EndpointSource, LikelihoodUnavailable, LogLik, TrilemmaError
from lib.inference.templates import Template
from lib.models.served import client, said

if TYPE_CHECKING:
    import openai


class _Token(NamedTuple):
    token: str  # its text, or its number in the vocabulary
    logprob: float | None  # None for the first, which nothing comes before


_Read = Callable[[str, str], list[_Token]]  # rendered context and what goes on from it -> the tokens of both


def logliks(source: EndpointSource, template: Template, pairs: Sequence[Continuation]) -> list[LogLik]:
    """Summed log-probability (nats) of each continuation after its context, in the order given.

    The tokens of a context are counted by the server alone, so that no tokenizer is needed here. Raises
    LikelihoodUnavailable where the server gives no log-probabilities of a prompt, TrilemmaError where it fails.
    """
    import openai

    api = client(source)
    read = _chat(source, api) if template.name == "chat" else _completions(source, api)
    contexts = list(dict.fromkeys(p.context for p in pairs))
    try:
        with ThreadPoolExecutor(source.concurrency) as pool:
            first = {c: read(c, "") for c in contexts[:1]}  # one alone, so that a server without is asked once
            heads = first | dict(zip(contexts[1:], pool.map(lambda c: read(c, ""), contexts[1:]), strict=True))
            wholes = list(pool.map(lambda p: read(p.context, template.joint + p.text), pairs))
    except (openai.BadRequestError, openai.UnprocessableEntityError) as fault:
        raise LikelihoodUnavailable(_unavailable(source)) from fault
    except openai.OpenAIError as fault:
        raise TrilemmaError(said(source, fault)) from fault
    return [_summed(source, heads[p.context], whole, p.text) for p, whole in zip(pairs, wholes, strict=True)]


def _summed(source: EndpointSource, head: list[_Token], whole: list[_Token], text: str) -> LogLik:
    tail = whole[len(head) :]
    if not tail or [t.token for t in whole[: len(head)]] != [t.token for t in head]:
        raise LikelihoodUnavailable(
            f"{source.model}: prompt and reply share a token, so the reply has no likelihood of its own."
        )
    values = [t.logprob for t in tail if t.logprob is not None]
    if len(values) < len(tail):
        raise LikelihoodUnavailable(_unavailable(source))
    return LogLik(sum(values), len(tail), len(text))


def _unavailable(source: EndpointSource) -> str:
    return (
        f"Not available: the server at {source.host} gives no log-probabilities of a prompt, so how likely its model"
        " finds a reply can't be said."
    )


def _completions(source: EndpointSource, api: "openai.OpenAI") -> _Read:
    def read(context: str, text: str) -> list[_Token]:
        made = api.completions.create(
            model=source.model, prompt=context + text, max_tokens=1, echo=True, logprobs=1, temperature=0
        )
        choice = made.choices[0]
        told = choice.logprobs
        tokens, values = (told.tokens or [], told.token_logprobs or []) if told else ([], [])
        new = made.usage.completion_tokens if made.usage else 1
        prompt = len(tokens) - new
        if not (choice.text or "").startswith(context + text) or prompt < 1 or len(values) != len(tokens):
            raise LikelihoodUnavailable(_unavailable(source))
        return [_Token(t, v) for t, v in zip(tokens[:prompt], values[:prompt], strict=True)]

    return read


def _chat(source: EndpointSource, api: "openai.OpenAI") -> _Read:
    def read(context: str, text: str) -> list[_Token]:
        messages = json.loads(context)
        extra: dict[str, Any] = {"prompt_logprobs": 0, "add_generation_prompt": not text}
        if text:
            messages.append({"role": "assistant", "content": text})
            extra["continue_final_message"] = True
        made = api.chat.completions.create(
            model=source.model, messages=messages, max_tokens=1, temperature=0, extra_body=extra
        )
        told = (made.model_extra or {}).get("prompt_logprobs")
        if not isinstance(told, list) or len(told) < 2:
            raise LikelihoodUnavailable(_unavailable(source))
        return [_token(position) for position in told]

    return read


def _token(position: dict[str, dict] | None) -> _Token:
    """The one token of a position, with its log-probability; of the first position vLLM gives none."""
    if not position:
        return _Token("", None)
    number, told = next(iter(position.items()))
    return _Token(number, told.get("logprob"))
