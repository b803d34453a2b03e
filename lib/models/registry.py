"""data/models.toml -> Model: every fault named by entry and field; the pairs that a shift is defined on."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lib.domain import Ingredient, Model, Pair, TrilemmaError, WheelSource
from lib.files import DataProblem, FieldFault, field_faults, read_toml

INGREDIENTS: tuple[Ingredient, ...] = get_args(Ingredient)
_MODEL = TypeAdapter(Model)


class ModelProblems(TrilemmaError):
    """data/models.toml cannot be used; each line of the message names an entry, a field and the fault."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: list[dict[str, Any]] = Field(min_length=1)


def read_models(path: Path) -> tuple[Model, ...]:
    """The registry in the file's order. Raises ModelProblems with every fault found."""
    try:
        entries = read_toml(path, _File).model
    except DataProblem as fault:
        raise ModelProblems(str(fault)) from fault
    models, faults = _validated(entries)
    if problems := faults or list(_rule_problems(models)):
        raise ModelProblems("\n".join(f"{path.name}: {p}" for p in problems))
    return tuple(models)


def _validated(entries: Sequence[Mapping]) -> tuple[list[Model], list[str]]:
    """The entries as models, and the faults of the others. Adapters come last, since their records hold a base."""
    found: dict[int, Model] = {}
    faults: dict[int, list[str]] = {}
    for i in sorted(range(len(entries)), key=lambda i: _is_adapter(entries[i])):
        bases = {m.id: m for m in found.values() if m.stage == "base"}
        base = bases.get(str(entries[i].get("base_id")))
        name = entries[i].get("id", f"entry {i + 1}")
        try:
            found[i] = _MODEL.validate_python(_fields(entries[i], base))
        except ValidationError as fault:
            faults[i] = [f"{name}: {f}" for f in field_faults(fault, "entry") if not _is_base(f)]
        if _is_adapter(entries[i]):
            faults[i] = [*faults.get(i, ()), *_adapter_problems(name, entries[i], base, entries)]
    return [found[i] for i in sorted(found)], [f for i in sorted(faults) for f in faults[i]]


def _is_adapter(entry: Mapping) -> bool:
    source = entry.get("source")
    return isinstance(source, Mapping) and source.get("kind") == "adapter"


def _is_base(fault: FieldFault) -> bool:
    """Whether the fault is that an adapter's base is missing: no field of the file, so `_adapter_problems` says why."""
    return fault.place == ("source", "adapter", "base")


def _adapter_problems(name: str, entry: Mapping, base: Model | None, entries: Sequence[Mapping]) -> Iterable[str]:
    """Why an adapter has no base; nothing where the base is an entry with faults of its own."""
    if "base" in entry["source"]:
        yield f"{name}: source.adapter.base: Extra inputs are not permitted"
    base_id = entry.get("base_id")
    if base_id is None:
        yield f"{name}: base_id: an adapter needs one"
    elif base_id not in [e.get("id") for e in entries]:
        yield f"{name}: base_id: {base_id!r} is not an entry"
    elif not base and any(_is_adapter(e) or e.get("stage") != "base" for e in entries if e.get("id") == base_id):
        yield f"{name}: base_id: {base_id!r} is not a base model with weights of its own"


def _fields(entry: Mapping, base: Model | None) -> dict[str, Any]:
    """An entry of the file as the fields of a Model, not validated yet."""
    fields: dict[str, Any] = {"base_id": None, "default": False, "disclosures": {}, **_stripped(entry)}
    source, disclosures = fields.get("source"), fields["disclosures"]
    if isinstance(source, dict) and _is_adapter(fields):
        fields["source"] = {k: v for k, v in source.items() if k != "base"} | ({"base": base} if base else {})
    elif isinstance(source, dict) and source.get("kind") == "wheels":
        wheels, files = source.get("wheels"), source.get("files")
        if isinstance(wheels, list) and isinstance(files, list) and len(files) == 1:
            source["files"] = files * len(wheels)  # one pattern for all wheels
    if isinstance(disclosures, dict):
        order = [*(i for i in INGREDIENTS if i in disclosures), *(i for i in disclosures if i not in INGREDIENTS)]
        fields["disclosures"] = {i: disclosures[i] for i in order}
    return fields


def _stripped(value: Any) -> Any:
    """A TOML value, its texts without space at either end."""
    if isinstance(value, dict):
        return {k: _stripped(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_stripped(v) for v in value]
    return value.strip() if isinstance(value, str) else value


def _rule_problems(models: Sequence[Model]) -> Iterable[str]:
    """What breaks a rule that the types of the fields cannot say."""
    known: dict[str, Model] = {}
    for m in models:
        if m.id in known:
            yield f"{m.id}: id: duplicate"
        known.setdefault(m.id, m)
    labels = [m.label for m in models]
    yield from (f"{m.id}: label: duplicate {m.label!r}" for m in models if labels.count(m.label) > 1)
    for m in models:
        if m.stage == "base" and m.base_id:
            yield f"{m.id}: base_id: a base model has none"
        if m.stage != "base" and (missing := [i for i in INGREDIENTS if i not in m.disclosures]):
            yield f"{m.id}: disclosures: missing {', '.join(missing)}"
        if m.base_id and m.base_id not in known:
            yield f"{m.id}: base_id: {m.base_id!r} is not an entry"
        elif m.base_id and (known[m.base_id].stage != "base" or known[m.base_id].family != m.family):
            yield f"{m.id}: base_id: {m.base_id!r} is not a base model of the family {m.family!r}"
        if isinstance(m.source, WheelSource) and len(m.source.files) != len(m.source.wheels):
            yield f"{m.id}: source.files: one pattern for all wheels, or one for each"


def pairs(models: Iterable[Model]) -> tuple[Pair, ...]:
    """Every tuned model with its own base."""
    known = {m.id: m for m in models}
    return tuple(Pair(known[m.base_id], m) for m in known.values() if m.base_id)


def chosen_models(path: Path, ids: Sequence[str]) -> list[Model]:
    """The named entries of a registry, in this order. Raises TrilemmaError for an unknown one."""
    every = {m.id: m for m in read_models(path)}
    if unknown := sorted(set(ids) - set(every)):
        raise TrilemmaError(f"Unknown model: {', '.join(unknown)}. Known: {', '.join(every)}")
    return [every[i] for i in ids]
