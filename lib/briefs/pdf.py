"""A document as PDF, by Typst: tagged (PDF/UA-1), with its fonts embedded, and the same on every computer."""

import functools
import json
import re
import unicodedata
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from lib.briefs.document import Block, Box, Columns, Document, Figure, Paper, Quote, Sources, Table
from lib.text import literal

_HERE = Path(__file__).parent
_FONTS = _HERE / "fonts"
_FAMILIES = ("Noto Sans", "Noto Sans Devanagari", "Noto Sans Arabic", "Noto Sans Math", "Noto Sans Symbols2")
_STEPS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)  # points that the type may be smaller by
_ENDLESS = re.compile(r"[^\s\u200b]{40}(?=[^\s\u200b]{8})")  # of a word that no line can hold
_NARROW = 12  # characters: a column of a table is at least as wide as so many


def written(document: Document, paper: Paper = "a4") -> bytes:
    """The PDF, in the largest type that fits `most_pages`; in the smallest where none does."""
    return _compiled(fitted(document, paper), paper)


def fitted(document: Document, paper: Paper = "a4") -> Document:
    """The document in the largest type, from its own size down, in which it fits `most_pages`."""
    if document.most_pages is None:
        return document
    for step in _STEPS:
        smaller = document.sized(document.size - step)
        if pages(smaller, paper) <= document.most_pages:
            return smaller
    return document.sized(document.size - _STEPS[-1])


def pages(document: Document, paper: Paper = "a4") -> int:
    """How many pages it takes in its own size of type."""
    found = typst.compile(_template(), **_settings(document, paper), format="svg")
    return len(found) if isinstance(found, list) else 1


def pictures(document: Document, paper: Paper = "a4", pixels_per_inch: float = 72) -> list[bytes]:
    """Its pages as PNG, in its own size of type."""
    found = typst.compile(_template(), **_settings(document, paper), format="png", ppi=pixels_per_inch)
    return found if isinstance(found, list) else [found]


def drawn(source: bytes, values: dict[str, Any], pixels_per_inch: float) -> tuple[bytes, bytes]:
    """A page that a Typst source makes of values, as SVG and as PNG."""
    given: dict[str, Any] = {
        "font_paths": _fonts(),
        "sys_inputs": {"figure": json.dumps(_shown(values)), "fonts": json.dumps(_FAMILIES)},
    }
    svg = typst.compile(source, **given, format="svg")
    return svg, typst.compile(source, **given, format="png", ppi=pixels_per_inch)


def _compiled(document: Document, paper: Paper) -> bytes:
    return typst.compile(_template(), **_settings(document, paper), format="pdf", pdf_standards=["ua-1"])


def _settings(document: Document, paper: Paper) -> dict[str, Any]:
    foot = f"Trilemma {document.edition.version} · {document.edition.date}"
    values = {
        "kicker": document.kicker,
        "title": document.title,
        "foot": f"{foot} · {document.address}" if document.address else foot,
        "paper": paper,
        "size": document.size,
        "fonts": _FAMILIES,
        "blocks": [_value(b) for b in document.blocks],
    }
    return {"font_paths": _fonts(), "sys_inputs": {"document": json.dumps(_shown(values))}}


def _value(block: Block) -> dict[str, Any]:
    """A block as JSON can write it, with its kind."""
    if isinstance(block, Box):
        return {"kind": "box", "title": block.title, "blocks": [_value(b) for b in block.blocks]}
    if isinstance(block, Columns):
        return {"kind": "columns", "quotes": [_value(q) for q in block.quotes]}
    if isinstance(block, Figure):
        return {"kind": "figure", "svg": block.svg.decode(), "alt": block.alt, "caption": block.caption}
    out = {"kind": type(block).__name__.lower(), **asdict(block)}
    if isinstance(block, Quote):
        out["rtl"] = block.right_to_left
    if isinstance(block, Table):
        columns = zip(block.header, *block.rows, strict=True)
        out["widths"] = [min(max(_NARROW, max(map(len, c)) ** 0.75), 4 * _NARROW) for c in columns]
    if isinstance(block, Sources):
        out["items"] = [asdict(s) for s in block.items]
    return out


def _shown(value: Any) -> Any:
    """Every text in a value as the fonts can draw it; a drawing is left as it is."""
    if isinstance(value, dict):
        return {k: v if k in ("svg", "url") else _shown(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(v) for v in value]
    return _drawable(value) if isinstance(value, str) else value


def _drawable(text: str) -> str:
    """Text with the characters that no font here has called by name, and endless words given places to break."""
    spelled = "".join(c if ord(c) in _covered() or c in "\n\t" else _named(c) for c in literal(text))
    return _ENDLESS.sub(lambda m: m.group() + "\u200b", spelled.replace("\t", "    "))


def _named(character: str) -> str:
    """What stands for a character that can't be drawn: nothing for a mark that only changes the one before it."""
    if unicodedata.category(character) in ("Mn", "Cf"):
        return ""
    name = unicodedata.name(character, "")
    if unicodedata.category(character).startswith("S") and name:
        return f"[{name.lower()}]"
    return f"[U+{ord(character):04X}]"


@functools.cache
def _covered() -> frozenset[int]:
    """The code points that the fonts here can draw."""
    fonts = [TTFont(f, lazy=True) for f in _FONTS.glob("*-Regular.ttf")]
    return frozenset(code for font in fonts for code in font["cmap"].getBestCmap())


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)])


@functools.cache
def _template() -> bytes:
    return (_HERE / "document.typ").read_bytes()
