"""Foundations: short chapters that a course can stand on, with quick checks; and the words that screens explain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import ConfigDict, Field

from lib.domain.cases import Sourced
from lib.domain.vocabulary import Slug, Text


@dataclass(frozen=True)
class Choice:
    """An answer to choose, whether it is the right one, and why or why not."""

    text: Text
    right: bool
    why: Text


@dataclass(frozen=True)
class QuickCheck:
    question: Text
    choices: Annotated[tuple[Choice, ...], Field(min_length=3, max_length=5)]


@dataclass(frozen=True)
class Picture:
    """A diagram in the DOT language of Graphviz, and what it shows in a sentence."""

    dot: Text
    alt: Text


@dataclass(frozen=True)
class Foundation:
    """A chapter: its sections, a picture, quick checks, readings and the cases that show it."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # holds for the records in its fields too

    id: Slug
    number: Annotated[int, Field(ge=1, le=100)]
    title: Text
    summary: Text
    minutes: Annotated[int, Field(ge=1, le=60)]
    picture: Picture
    quick_checks: Annotated[tuple[QuickCheck, ...], Field(min_length=1, max_length=3)]
    readings: Annotated[tuple[Sourced, ...], Field(min_length=2, max_length=2)]
    cases: Annotated[tuple[Slug, ...], Field(min_length=2)]
    sections: Mapping[str, str]  # heading -> Markdown, in the order of the file


@dataclass(frozen=True)
class Term:
    """A word that the screens explain; `also`: its other forms. `everyday`: it often means something else."""

    term: Text
    meaning: Text
    also: tuple[Text, ...] = ()
    everyday: bool = False
