"""data/models.toml and a visitor's own -> Model: a fault leaves its entry out; the pairs that a shift is defined on."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lib.domain import AdapterSource, Ingredient, Model, Pair, TrilemmaError, WheelSource
from lib.files import DataProblem, FieldFault, field_faults, read_toml

INGREDIENTS: tuple[Ingredient, ...] = get_args(Ingredient)
NOT_STATED = "not stated"
NEW = "new"  # in place of a file's name, for an entry that is not written yet
_MODEL = TypeAdapter(Model)
_OPTIONAL: Mapping[str, Any] = {
    "base_id": None,
    "default": False,
    "licence": NOT_STATED,
    "licence_url": None,
    "tuning": NOT_STATED,
}


class ModelProblems(TrilemmaError):
    """data/models.toml cannot be read at all; the message names the file and the fault."""


class EntryFault(NamedTuple):
    """Why an entry of the registry is left out."""

    file: str
    entry: str  # its id, or its place in the file
    fault: str  # starts with the field

    def __str__(self) -> str:
        return f"{self.file}: {self.entry}: {self.fault}"


class Registry(NamedTuple):
    """The models that can be used, and what is wrong with the entries that were left out."""

    models: tuple[Model, ...]
    faults: tuple[str, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: list[dict[str, Any]] = Field(min_length=1)


class _OwnFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: list[dict[str, Any]] = []


class _Entry(NamedTuple):
    file: str
    name: str
    values: dict[str, Any]


def own_registry(path: Path) -> Path:
    """Where a visitor's own entries are, beside the shipped registry at `path`."""
    return path.parent / "local" / path.name


def read_models(path: Path) -> tuple[Model, ...]:
    """The sound entries of a registry, in the file's order, those of the visitor's own last. Raises ModelProblems."""
    return read_registry(path).models


def read_registry(path: Path) -> Registry:
    """The shipped registry and the visitor's own entries; an entry with a fault is left out and named.

    So is one whose base is left out. Raises ModelProblems where the shipped file is no registry at all.
    """
    entries, unreadable = _entries(path)
    models, faults = sound_models(entries)
    return Registry(tuple(models), (*map(str, faults), *unreadable))


def sound_models_with(path: Path, values: Mapping[str, Any]) -> Model:
    """The model that a new entry would be. Raises TrilemmaError with every fault of it."""
    entries, _ = _entries(path)
    models, faults = sound_models([*entries, _Entry(NEW, NEW, dict(values))])
    if mine := [f.fault for f in faults if f.file == NEW]:
        raise TrilemmaError("\n".join(mine))
    return models[-1]


def _entries(path: Path) -> tuple[list[_Entry], tuple[str, ...]]:
    """The entries of both files, and why the second can't be read."""
    try:
        shipped = read_toml(path, _File).model
    except DataProblem as fault:
        raise ModelProblems(str(fault)) from fault
    own = own_registry(path)
    named = f"{own.parent.name}/{own.name}"
    try:
        mine, unreadable = (read_toml(own, _OwnFile).model, ()) if own.exists() else ([], ())
    except DataProblem as fault:
        mine, unreadable = [], tuple(f"{own.parent.name}/{line}" for line in str(fault).splitlines())
    entries = [_entry(path.name, i, e) for i, e in enumerate(shipped)] + [
        _entry(named, i, e) for i, e in enumerate(mine)
    ]
    return entries, unreadable


def _entry(file: str, place: int, values: dict[str, Any]) -> _Entry:
    named = values.get("id")
    return _Entry(file, named if isinstance(named, str) and named.strip() else f"entry {place + 1}", values)


def sound_models(entries: Sequence[_Entry]) -> tuple[list[Model], list[EntryFault]]:
    """The entries as models, in their order, and the faults of the others.

    Adapters come last, since their records hold a base, which is any entry with weights of its own.
    """
    found: dict[int, Model] = {}
    faults: dict[int, list[str]] = {}
    for i in sorted(range(len(entries)), key=lambda i: _is_adapter(entries[i].values)):
        values = entries[i].values
        bases = {m.id: m for m in found.values() if not isinstance(m.source, AdapterSource)}
        base = bases.get(str(values.get("base_id")))
        try:
            found[i] = _MODEL.validate_python(_fields(values, base))
        except ValidationError as fault:
            faults[i] = [str(f) for f in field_faults(fault, "entry") if not _is_base(f)]
        if _is_adapter(values):
            faults[i] = [*faults.get(i, ()), *_adapter_problems(values, base, [e.values for e in entries])]
        if faults.get(i):
            found.pop(i, None)
    _leave_out(found, faults)
    named = [EntryFault(entries[i].file, entries[i].name, f) for i in sorted(faults) for f in faults[i]]
    return [found[i] for i in sorted(found)], named


def _leave_out(found: dict[int, Model], faults: dict[int, list[str]]) -> None:
    """Takes out what breaks a rule, until the rest holds together: an entry goes with its base."""
    while broken := _broken([found[i] for i in sorted(found)]):
        for place, problems in broken.items():
            i = sorted(found)[place]
            faults[i] = [*faults.get(i, ()), *problems]
        for i in [sorted(found)[place] for place in broken]:
            del found[i]


def _is_adapter(entry: Mapping) -> bool:
    source = entry.get("source")
    return isinstance(source, Mapping) and source.get("kind") == "adapter"


def _is_base(fault: FieldFault) -> bool:
    """Whether the fault is that an adapter's base is missing: no field of the file, so `_adapter_problems` says why."""
    return fault.place == ("source", "adapter", "base")


def _adapter_problems(entry: Mapping, base: Model | None, entries: Sequence[Mapping]) -> Iterable[str]:
    """Why an adapter has no base."""
    if "base" in entry["source"]:
        yield "source.adapter.base: Extra inputs are not permitted"
    base_id = entry.get("base_id")
    if base_id is None:
        yield "base_id: an adapter needs one"
    elif base_id not in [e.get("id") for e in entries]:
        yield f"base_id: {base_id!r} is not an entry"
    elif not base and any(_is_adapter(e) for e in entries if e.get("id") == base_id):
        yield f"base_id: {base_id!r} is an adapter and not a model with weights of its own"
    elif not base:
        yield f"base_id: {base_id!r} has a fault of its own"


def _fields(entry: Mapping, base: Model | None) -> dict[str, Any]:
    """An entry of the file as the fields of a Model, not validated yet."""
    fields: dict[str, Any] = {**_OPTIONAL, "disclosures": {}, **_stripped(entry)}
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


def _broken(models: Sequence[Model]) -> dict[int, list[str]]:
    """Place -> what breaks a rule that the types of the fields cannot say. Of duplicates the first one stays."""
    known: dict[str, Model] = {}
    labels: set[str] = set()
    out: dict[int, list[str]] = {}
    for place, m in enumerate(models):
        problems = ["id: duplicate"] if m.id in known else []
        problems += [f"label: duplicate {m.label!r}"] if m.label in labels else []
        known.setdefault(m.id, m)
        labels.add(m.label)
        if problems:
            out[place] = problems
    for place, m in enumerate(models):
        if problems := [*_base_problems(m, known), *_source_problems(m)]:
            out[place] = [*out.get(place, ()), *problems]
    return out


def _base_problems(model: Model, known: Mapping[str, Model]) -> Iterable[str]:
    if model.stage == "base" and model.base_id:
        yield "base_id: a base model has none"
    if model.base_id and model.base_id not in known:
        yield f"base_id: {model.base_id!r} is not an entry, or one with a fault"
    elif model.base_id and known[model.base_id].family != model.family:
        yield f"base_id: {model.base_id!r} is not of the family {model.family!r}"
    elif model.base_id and known[model.base_id].stage != "base" and not isinstance(model.source, AdapterSource):
        yield f"base_id: {model.base_id!r} is not of the stage 'base', as it is for all but adapters"


def _source_problems(model: Model) -> Iterable[str]:
    if isinstance(model.source, WheelSource) and len(model.source.files) != len(model.source.wheels):
        yield "source.files: one pattern for all wheels, or one for each"


def pairs(models: Iterable[Model]) -> tuple[Pair, ...]:
    """Every tuned model with its own base."""
    known = {m.id: m for m in models}
    return tuple(Pair(known[m.base_id], m) for m in known.values() if m.base_id)


def chosen_models(path: Path, ids: Sequence[str]) -> list[Model]:
    """The named entries of a registry, in this order. Raises TrilemmaError for an unknown one."""
    models, faults = read_registry(path)
    every = {m.id: m for m in models}
    if unknown := sorted(set(ids) - set(every)):
        why = [f for f in faults if any(f": {name}: " in f for name in unknown)]
        raise TrilemmaError("\n".join([f"Unknown model: {', '.join(unknown)}. Known: {', '.join(every)}", *why]))
    return [every[i] for i in ids]
