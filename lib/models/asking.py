"""The fields of a new entry that somebody has to say or confirm, and what comes after it is written."""

from collections.abc import Iterator, Mapping
from typing import Any

from lib.domain import EndpointSource, Model
from lib.models.found import Found

NEEDED = ("id", "label", "family", "stage", "template", "context_tokens")
OPTIONAL = ("base_id", "licence", "licence_url", "tuning")
OPTIONS = {"base_id": "--base", "context_tokens": "--context", "licence_url": "--licence-url", "source": "--model"}


def option(name: str) -> str:
    """The option of `add-model` for a field."""
    return OPTIONS.get(name, f"--{name}")


def missing(entry: Mapping[str, Any]) -> list[str]:
    return [name for name in NEEDED if entry.get(name) in (None, "")]


def merged(at_hand: Found, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was found, with what was said instead, in the order of the file; a base model has no base."""
    values = {**at_hand.entry, **{k: v for k, v in given.items() if v != ""}}
    if values.get("stage") == "base":
        values.pop("base_id", None)
        if "template" in at_hand.guessed and not given.get("template"):
            values["template"] = "dialogue"
    order = (*NEEDED[:4], "base_id", "licence", "licence_url", *NEEDED[4:], "tuning", "source", "disclosures")
    return {k: values[k] for k in order if values.get(k) not in (None, "", {})}


def guesses(at_hand: Found, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields that rest on the name alone and that nobody has confirmed."""
    entry = merged(at_hand, given)
    unsure = (at_hand.guessed - given.keys()) & entry.keys()
    yield from ((name, entry[name]) for name in NEEDED + OPTIONAL if name in unsure)


def comes_next(model: Model) -> str:
    """The command that makes an entry answer."""
    if isinstance(model.source, EndpointSource):
        return f'Ask it on the page Live, or with: python -m lib ask "..." --models {model.id}'
    return f"Get it ready with: python -m lib models {model.id}"
