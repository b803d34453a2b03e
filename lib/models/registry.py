"""data/models.toml -> Model; where each model's weights are on this machine, and whether they are the right ones."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lib.domain import (
    AdapterSource,
    Disclosure,
    DisclosureStatus,
    FolderSource,
    HubSource,
    Model,
    Pair,
    Stage,
    TrilemmaError,
    WheelSource,
)

ASPECTS = ("preference data", "raters", "guide", "reward model")


class ModelProblems(TrilemmaError):
    """data/models.toml cannot be used; each line of the message names an entry, a field and the fault."""


# ---- the file's shape -------------------------------------------------------------------------

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
_Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Wheels(_Shape):
    kind: Literal["wheels"]
    wheels: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*$")], ...] = Field(
        min_length=1
    )
    files: tuple[_Text, ...] = Field(min_length=1)  # one pattern for all wheels, or one for each
    sha256: _Sha256
    megabytes: int = Field(gt=0)

    def record(self) -> WheelSource:
        files = self.files * len(self.wheels) if len(self.files) == 1 else self.files
        return WheelSource(self.wheels, files, self.sha256, self.megabytes)


class _Hub(_Shape):
    kind: Literal["hub"]
    repo: Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")]
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None

    def record(self) -> HubSource:
        return HubSource(self.repo, self.revision)


class _Folder(_Shape):
    kind: Literal["folder"]
    path: _Text

    def record(self) -> FolderSource:
        return FolderSource(self.path)


class _Adapter(_Shape):
    kind: Literal["adapter"]
    sha256: _Sha256


class _Disclosure(_Shape):
    status: DisclosureStatus
    note: _Text
    source: _Url


class _Entry(_Shape):
    id: _Slug
    label: _Text
    family: _Text
    stage: Stage
    base_id: _Slug | None = None
    licence: _Text
    licence_url: _Url
    template: Literal["chat", "dialogue"]
    context_tokens: int = Field(ge=256)
    default: bool = False
    tuning: _Text
    source: _Wheels | _Hub | _Folder | _Adapter = Field(discriminator="kind")
    disclosures: dict[Literal["preference data", "raters", "guide", "reward model"], _Disclosure] = {}

    def record(self, entries: Mapping[str, "_Entry"]) -> Model:
        plain = self.model_dump(exclude={"source", "disclosures"})
        found = {a: Disclosure(**self.disclosures[a].model_dump()) for a in ASPECTS if a in self.disclosures}
        return Model(**plain, source=self._source(entries), disclosures=found)

    def _source(self, entries: Mapping[str, "_Entry"]) -> WheelSource | HubSource | FolderSource | AdapterSource:
        if isinstance(self.source, _Adapter):
            return AdapterSource(entries[self.base_id or ""].record(entries), self.source.sha256)
        return self.source.record()


class _File(_Shape):
    model: tuple[_Entry, ...]


def read_models(path: Path) -> tuple[Model, ...]:
    """The registry in the file's order. Raises ModelProblems with every fault found."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        raise ModelProblems(f"{path.name}: the file is missing") from fault
    except tomllib.TOMLDecodeError as fault:
        raise ModelProblems(f"{path.name}: not valid TOML: {fault}") from fault
    try:
        entries = _File.model_validate(raw).model
    except ValidationError as fault:
        raise ModelProblems(
            "\n".join(f"{path.name}: {_place(raw, e['loc'])}: {e['msg']}" for e in fault.errors())
        ) from fault
    if problems := list(_rule_problems(entries)):
        raise ModelProblems("\n".join(f"{path.name}: {p}" for p in problems))
    known = {e.id: e for e in entries}
    return tuple(e.record(known) for e in entries)


def _place(raw: dict, loc: tuple[str | int, ...]) -> str:
    """`id: field` of a fault; the entry's number where it has no id."""
    if len(loc) < 2 or not isinstance(loc[1], int):
        return ".".join(map(str, loc))
    name = raw["model"][loc[1]].get("id", f"entry {loc[1] + 1}")
    return f"{name}: {'.'.join(map(str, loc[2:]))}"


def _rule_problems(entries: Sequence[_Entry]) -> Iterable[str]:
    known: dict[str, _Entry] = {}
    for e in entries:
        if e.id in known:
            yield f"{e.id}: id: stands twice"
        known.setdefault(e.id, e)
    labels = [e.label for e in entries]
    yield from (f"{e.id}: label: {e.label!r} stands twice" for e in entries if labels.count(e.label) > 1)
    for e in entries:
        if e.stage == "base" and e.base_id:
            yield f"{e.id}: base_id: a base model has none"
        if e.stage != "base" and (missing := [a for a in ASPECTS if a not in e.disclosures]):
            yield f"{e.id}: disclosures: missing {', '.join(missing)}"
        if e.base_id and e.base_id not in known:
            yield f"{e.id}: base_id: {e.base_id!r} is not an entry"
        elif e.base_id and (known[e.base_id].stage != "base" or known[e.base_id].family != e.family):
            yield f"{e.id}: base_id: {e.base_id!r} is not a base model of the family {e.family!r}"
        if isinstance(e.source, _Adapter) and not e.base_id:
            yield f"{e.id}: base_id: an adapter needs one"
        if isinstance(e.source, _Wheels) and len(e.source.files) not in (1, len(e.source.wheels)):
            yield f"{e.id}: source.files: one pattern for all wheels, or one for each"


def pairs(models: Iterable[Model]) -> tuple[Pair, ...]:
    """Every tuned model with its own base."""
    known = {m.id: m for m in models}
    return tuple(Pair(known[m.base_id], m) for m in known.values() if m.base_id)


# ---- where weights are ------------------------------------------------------------------------


def chosen_models(path: Path, ids: Sequence[str]) -> list[Model]:
    """The named entries of a registry, in this order. Raises TrilemmaError where one is not there."""
    every = {m.id: m for m in read_models(path)}
    if unknown := sorted(set(ids) - set(every)):
        raise TrilemmaError(f"Unknown model: {', '.join(unknown)}. Known: {', '.join(every)}")
    return [every[i] for i in ids]
