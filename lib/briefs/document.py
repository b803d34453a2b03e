"""One model of a document, which every writer writes: blocks of words, tables and figures, and its edition."""

from dataclasses import dataclass, replace
from typing import Literal

Paper = Literal["a4", "us-letter"]
PAPERS: dict[Paper, str] = {"a4": "A4", "us-letter": "Letter"}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True)
class Words:
    """A piece of a line. `url`: where it leads, http or https."""

    text: str
    bold: bool = False
    italic: bool = False
    url: str | None = None


Line = tuple[Words, ...]


@dataclass(frozen=True)
class Heading:
    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True)
class Paragraph:
    """`note`: small print."""

    line: Line
    note: bool = False


@dataclass(frozen=True)
class Listing:
    """Items under each other; numbered from 1 where `ordered`."""

    items: tuple[Line, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Quote:
    """Other people's or a model's text, literally, its line ends kept. `by`: whose it is, said above it."""

    text: str
    by: str = ""
    language: str = "en"

    @property
    def right_to_left(self) -> bool:
        return self.language in RIGHT_TO_LEFT


@dataclass(frozen=True)
class Table:
    """Every row is as long as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing, as vectors and as pixels. `alt`: what it shows, for those who don't see it."""

    svg: bytes
    png: bytes
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Source:
    """A citation in the list of sources; its number is its place there."""

    text: str
    url: str | None = None


@dataclass(frozen=True)
class Sources:
    items: tuple[Source, ...]


@dataclass(frozen=True)
class Columns:
    """Quotes beside each other, or under each other where the paper is too narrow."""

    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Rules:
    """Lines to write on; `labels`: what stands at the start of each."""

    labels: tuple[str, ...]


@dataclass(frozen=True)
class Box:
    """Blocks in a frame of their own."""

    title: str
    blocks: tuple["Paragraph | Listing | Table", ...]


@dataclass(frozen=True)
class PageBreak:
    pass


Block = Heading | Paragraph | Listing | Quote | Columns | Table | Figure | Sources | Rules | Box | PageBreak


@dataclass(frozen=True)
class Edition:
    """Which version of the library a document was made from, and on which day (ISO 8601)."""

    version: str
    date: str


@dataclass(frozen=True)
class Document:
    """`kicker`: what kind of document it is. `address`: of the page that makes it again.

    `most_pages`: what it should fit on; `size`: of its type, in points.
    """

    kicker: str
    title: str
    blocks: tuple[Block, ...]
    edition: Edition
    address: str = ""
    most_pages: int | None = None
    size: float = 10.5

    def sized(self, size: float) -> "Document":
        return replace(self, size=size)


def line(*parts: "str | Words") -> Line:
    """Words in a row; plain text becomes plain words."""
    return tuple(Words(p) if isinstance(p, str) else p for p in parts)


def bold(text: str) -> Words:
    return Words(text, bold=True)


def italic(text: str) -> Words:
    return Words(text, italic=True)
