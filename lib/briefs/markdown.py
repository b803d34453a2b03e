"""Markdown as authors of cases write it -> blocks. HTML in it stays text, and pictures stay their description."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from lib.briefs.document import Block, Heading, Line, Listing, Paragraph, Quote, Words

_READER = MarkdownIt("commonmark", {"html": False})
_WEB = ("http://", "https://")


def blocks(text: str) -> tuple[Block, ...]:
    """The paragraphs, lists, quotes and headings of a text, in order. A list within a list joins the outer one."""
    return tuple(_blocks(iter(_READER.parse(text))))


def inline(text: str) -> Line:
    """A text of one line: its emphasis and links, and nothing that begins a block."""
    (token,) = _READER.parseInline(text)
    return _line(token)


def _blocks(tokens: Iterator[Token]) -> Iterator[Block]:
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            yield Listing(tuple(_items(tokens)), token.type == "ordered_list_open")
        elif token.type == "heading_open":
            yield Heading("".join(w.text for w in _line(next(tokens))), 2)
        elif token.type == "inline":
            yield Paragraph(_line(token))
        elif token.type in ("fence", "code_block", "html_block"):
            yield Quote(token.content.rstrip("\n"))


def _items(tokens: Iterator[Token]) -> Iterator[Line]:
    """The lines of a list that has just begun, until it ends."""
    depth = 1
    for token in tokens:
        depth += token.type.endswith("_list_open") - token.type.endswith("_list_close")
        if depth == 0:
            return
        if token.type in ("fence", "code_block"):
            yield (Words(token.content.rstrip("\n")),)
        elif token.type == "inline":
            yield _line(token)


def _line(inline: Token) -> Line:
    out: list[Words] = []
    is_bold = is_italic = False
    url: str | None = None
    for token in inline.children or ():
        match token.type:
            case "strong_open" | "strong_close":
                is_bold = token.type.endswith("open")
            case "em_open" | "em_close":
                is_italic = token.type.endswith("open")
            case "link_open":
                found = str(token.attrGet("href") or "")
                url = found if found.startswith(_WEB) else None
            case "link_close":
                url = None
            case "softbreak" | "hardbreak":
                out.append(Words(" ", is_bold, is_italic, url))
            case _:
                if token.content:
                    out.append(Words(token.content, is_bold, is_italic, url))
    return tuple(out)
