"""casestudies/synonyms.toml: the words of the field that mean the same."""

from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lib.domain.vocabulary import Text
from lib.files import read_toml


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: Annotated[tuple[Text, ...], Field(min_length=2)]
    broad: tuple[Text, ...] = ()


class _Synonyms(BaseModel):
    model_config = ConfigDict(extra="forbid")

    group: tuple[_Group, ...]

    @field_validator("group")
    @classmethod
    def _once(cls, groups: tuple[_Group, ...]) -> tuple[_Group, ...]:
        seen: set[str] = set()
        for word in (w.casefold() for g in groups for w in (*g.words, *g.broad)):
            if word in seen:
                raise ValueError(f"{word!r} is named twice; a word has one group")
            seen.add(word)
        return groups


class Synonyms(NamedTuple):
    """Words that mean the same; whoever looks for one of `broad` means them too, and not the other way round."""

    words: tuple[str, ...]
    broad: tuple[str, ...] = ()


def read_synonyms(folder: Path) -> tuple[Synonyms, ...]:
    """The groups of a folder's `synonyms.toml`; none if there is no such file. Raises DataProblem."""
    path = folder / "synonyms.toml"
    return tuple(Synonyms(g.words, g.broad) for g in read_toml(path, _Synonyms).group) if path.exists() else ()
