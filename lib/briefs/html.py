"""A document as one HTML file that loads nothing: every text escaped by the template engine, no scripts."""

import base64
import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from lib.briefs.document import Document, Paper
from lib.text import literal

_PAGE_SIZE: dict[Paper, str] = {"a4": "A4", "us-letter": "letter"}


def written(document: Document, paper: Paper = "a4") -> bytes:
    return _template().render(doc=document, page_size=_PAGE_SIZE[paper]).encode()


def _shown(value: Any) -> Any:
    """What the template puts out: text with its unseen characters spelled; what it has escaped already stays."""
    return literal(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _kind_of(block: object) -> str:
    return type(block).__name__


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@functools.cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
    )
    return environment.get_template("document.html", globals={"kind_of": _kind_of, "encoded": _encoded})
