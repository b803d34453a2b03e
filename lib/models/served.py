"""OpenAI-compatible servers: the client that speaks to one, what it serves, and its faults in words."""

import os
from typing import TYPE_CHECKING, NamedTuple

from lib.domain import EndpointSource, Model, TrilemmaError

if TYPE_CHECKING:
    import openai

RETRIES = 4  # after a refused connection, a time-out, a rate limit (429, as long as the server says) or a 5xx
_LOOK_UP = 10.0  # seconds for a list of models


class ServedModel(NamedTuple):
    """A model that a server lists; `context_tokens` where it tells how many fit."""

    name: str
    context_tokens: int | None


def key_fault(source: EndpointSource) -> str | None:
    """Why a server cannot be asked from here: its key is not in the environment. Says nothing of the key itself."""
    if source.key is None or os.environ.get(source.key):
        return None
    return f"the environment variable {source.key}, which holds the key for {source.host}, is not set"


def client(source: EndpointSource, timeout: float | None = None, retries: int = RETRIES) -> "openai.OpenAI":
    """Raises TrilemmaError where the key is missing."""
    import openai

    if fault := key_fault(source):
        raise TrilemmaError(f"Nothing was sent: {fault}. Set it and start the app again.")
    key = os.environ[source.key] if source.key else "none"
    return openai.OpenAI(base_url=source.url, api_key=key, timeout=timeout or source.timeout, max_retries=retries)


def served_models(source: EndpointSource) -> list[ServedModel]:
    """What a server says it serves. Raises TrilemmaError where it cannot be reached or gives no such list."""
    import openai

    try:
        listed = client(source, _LOOK_UP, 0).models.list().data or []
    except openai.OpenAIError as fault:
        raise TrilemmaError(said(source, fault)) from fault
    return [ServedModel(m.id, _context(m.model_extra or {})) for m in listed]


def _context(extra: dict) -> int | None:
    """How many tokens fit, as vLLM or llama.cpp tell it."""
    meta = extra.get("meta")
    told = extra.get("max_model_len") or (
        meta.get("n_ctx") or meta.get("n_ctx_train") if isinstance(meta, dict) else None
    )
    return told if isinstance(told, int) and told > 0 else None


def unserved(model: Model, source: EndpointSource) -> str | None:
    """Why a server does not seem to have a model; None where it lists it."""
    names = [m.name for m in served_models(source)]
    if source.model in names:
        return None
    return f"{model.label}: {source.host} does not list {source.model!r}, only {', '.join(names[:10]) or 'nothing'}."


def said(source: EndpointSource, fault: Exception) -> str:
    """A failure of a server in words: what happened, where, and what to do."""
    import openai

    where = f"The server at {source.url}"
    match fault:
        case openai.APITimeoutError():
            return f"{where} said nothing for too long. Is it busy? Ask for less at once, or try again."
        case openai.APIConnectionError():
            return f"{where} cannot be reached. Is it running, and is the address right?"
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            named = f"in {source.key}" if source.key else "(none is named in the model's entry)"
            return f"{where} does not accept the key {named}: {_reason(fault)}"
        case openai.NotFoundError():
            return f"{where} does not know {source.model!r}, or is no such service: {_reason(fault)}"
        case openai.RateLimitError():
            return f"{where} takes no more requests for now, after {RETRIES} repeats: {_reason(fault)}"
        case openai.APIStatusError():
            return f"{where} refused (status {fault.status_code}): {_reason(fault)}"
        case _:
            return f"{where} broke off: {_reason(fault)}"


def _reason(fault: Exception) -> str:
    return " ".join(str(fault).split())[:300] or type(fault).__name__
