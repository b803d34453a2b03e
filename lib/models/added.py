"""A visitor's own entries of the registry: checked before anything is written, added and removed one at a time."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from lib.domain import Model, TrilemmaError
from lib.files import write_text
from lib.models.registry import own_registry, read_registry, sound_models_with

_HEAD = """# Models that were added on this computer, with `python -m lib add-model` or on the page Add a model.
# The fields are those of data/models.toml.
"""


def add_model(path: Path, entry: Mapping[str, Any]) -> Model:
    """Write an entry beside the registry at `path`. Raises TrilemmaError, naming the fields, before it writes."""
    own = own_registry(path)
    own.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(own.with_suffix(".lock")):
        model = sound_models_with(path, entry)
        before = own.read_text(encoding="utf-8-sig") if own.exists() else _HEAD
        after = f"{before.rstrip()}\n\n{as_toml(entry)}"
        if not _holds(after, entry):
            raise TrilemmaError(f"{own} can't be added to: it is damaged. See the page Models for what is wrong in it.")
        write_text(own, after)
    return model


def remove_model(path: Path, model_id: str) -> None:
    """Take an entry out again; what was answered by the model stays. Raises TrilemmaError where it isn't an own one."""
    own = own_registry(path)
    with FileLock(own.with_suffix(".lock")):
        text = own.read_text(encoding="utf-8-sig") if own.exists() else ""
        head, *blocks = re.split(r"^(?=\[\[model\]\])", text, flags=re.MULTILINE)
        kept = [b for b in blocks if _id(b) != model_id]
        if len(kept) == len(blocks):
            raise TrilemmaError(f"{model_id}: is no entry that was added here. Those of data/models.toml stay.")
        write_text(own, head + "".join(kept))


def own_ids(path: Path) -> tuple[str, ...]:
    """The ids of the entries that can be removed, those with faults included."""
    own = own_registry(path)
    blocks = (
        re.split(r"^(?=\[\[model\]\])", own.read_text(encoding="utf-8-sig"), flags=re.MULTILINE) if own.exists() else []
    )
    return tuple(name for b in blocks if (name := _id(b)))


def dependants(path: Path, model_id: str) -> list[str]:
    """Labels of the models that name this one as their base, and would be left out without it."""
    return [m.label for m in read_registry(path).models if m.base_id == model_id]


def _id(block: str) -> str | None:
    try:
        entries = tomllib.loads(block).get("model", [])
    except tomllib.TOMLDecodeError:
        return None
    named = entries[0].get("id") if isinstance(entries, list) and entries else None
    return named if isinstance(named, str) else None


def _holds(text: str, entry: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text)["model"][-1] == entry
    except (tomllib.TOMLDecodeError, LookupError, TypeError):
        return False


def as_toml(entry: Mapping[str, Any]) -> str:
    """An entry as it stands in the file."""
    lines = ["[[model]]", *(f"{k} = {_value(v)}" for k, v in entry.items() if not isinstance(v, Mapping))]
    for name, table in entry.items():
        if isinstance(table, Mapping):
            inner = {k: v for k, v in table.items() if isinstance(v, Mapping)}
            plain = [f"{k} = {_value(v)}" for k, v in table.items() if not isinstance(v, Mapping)]
            lines += [f"[model.{name}]", *plain] if plain else []
            for k, values in inner.items():
                lines += [f"[model.{name}.{_value(k)}]", *(f"{a} = {_value(b)}" for a, b in values.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """JSON's texts, numbers and lists are TOML's too, but for the one control character that JSON lets through."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
