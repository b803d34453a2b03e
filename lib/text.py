"""Untrusted text made safe to show, with spans marked and differences found word by word: the one place for HTML."""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

from lib.domain import Span

MAX_SHOWN = 20_000  # characters; a longer text would stall the browser
_TALL, _TALL_LINES = 700, 12  # from so many characters or lines a text may be taller than its box
MAX_DIFFED = 10_000  # words and spaces of a text that are compared with another's

# Characters that draw nothing or turn the writing direction. Joiners stay: emoji and several scripts need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


def safe_html(text: str) -> str:
    """Text as HTML that shows it literally: markup escaped, unseen characters spelled out by code point."""
    out, last = [], 0
    for match in _UNSEEN.finditer(text):
        out.append(escape(text[last : match.start()]))
        out.append(_spelled(match.group()))
        last = match.end()
    out.append(escape(text[last:]))
    return "".join(out)


def literal(text: str) -> str:
    """Text for a document of any format: as it is, with unseen characters spelled out by code point."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def _spelled(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return (
        f'<span class="tri-unseen" title="{escape(unicodedata.name(character, "control character"))}">[{code}]</span>'
    )


def _block(inner: str, text: str) -> str:
    more = (
        f'<div class="tri-cut">The first {MAX_SHOWN:,} of {len(text):,} characters are shown.</div>'
        if len(text) > MAX_SHOWN
        else ""
    )
    scrolls = ' tabindex="0"' if len(text) > _TALL or text.count("\n") > _TALL_LINES else ""  # by keyboard too
    return f'<div class="tri-text" dir="auto"{scrolls}>{inner}</div>{more}'


def text_block(text: str) -> str:
    return _block(safe_html(text[:MAX_SHOWN]), text)


def marked_block(text: str, spans: Iterable[Span], labels: Mapping[str, str]) -> str:
    """The text with its spans marked; where spans overlap the piece carries the names of all.

    `labels` words each feature.
    """
    shown = text[:MAX_SHOWN]
    spans = [s for s in spans if s.start < len(shown)]
    edges = sorted({0, len(shown), *(min(e, len(shown)) for s in spans for e in (s.start, s.end))})
    out = []
    waiting = sorted(enumerate(spans), key=lambda s: s[1].start, reverse=True)
    here: list[tuple[int, Span]] = []  # the spans over the piece, each with its place among them all
    for start, end in itertools.pairwise(edges):
        here = [s for s in here if s[1].end > start]
        while waiting and waiting[-1][1].start <= start:
            here.append(waiting.pop())
        names = list(dict.fromkeys(s.feature for _, s in sorted(here) if s.end > start))
        piece = safe_html(shown[start:end])
        if names:
            title = escape(", ".join(labels[n] for n in names))
            piece = f'<mark class="tri-mark tri-{names[0]}" title="{title}">{piece}</mark>'
        out.append(piece)
    return _block("".join(out), text)


def marked_line(text: str, marks: Iterable[tuple[int, int]]) -> str:
    """A short text for a line of its own, with what was found marked; `marks`: from where to where, in order."""
    out, last = [], 0
    for start, end in marks:
        out.append(safe_html(text[last:start]))
        out.append(f'<mark class="tri-mark tri-found">{safe_html(text[start:end])}</mark>')
        last = end
    out.append(safe_html(text[last:]))
    return "".join(out)


def listed(parts: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


class WordDiff(NamedTuple):
    """Two texts as HTML blocks with what differs marked, and the share of their words that both have, in order."""

    left: str
    right: str
    shared: float


def word_diff(left: str, right: str) -> WordDiff:
    """What only the left text says and what only the right one.

    Raises ValueError where a text is too long to compare.
    """
    a, b = _WORD.findall(left), _WORD.findall(right)
    if max(len(a), len(b)) > MAX_DIFFED:
        raise ValueError(
            f"These answers are too long to compare word by word ({max(len(a), len(b)):,} words; at most"
            f" {MAX_DIFFED:,})."
        )
    sides: tuple[list[str], list[str]] = ([], [])
    same: list[str] = []
    for edit in LCSseq.opcodes(a, b):
        tag, a0, a1, b0, b1 = edit.tag, edit.src_start, edit.src_end, edit.dest_start, edit.dest_end
        same += [w for w in a[a0:a1] if tag == "equal" and not w.isspace()]
        for out, words, kind in ((sides[0], a[a0:a1], "del"), (sides[1], b[b0:b1], "ins")):
            piece = safe_html("".join(words))
            out.append(piece if tag == "equal" else f'<{kind} class="tri-{kind}">{piece}</{kind}>' if words else "")
    words = sum(not w.isspace() for w in (*a, *b))
    return WordDiff(
        _block("".join(sides[0]), ""), _block("".join(sides[1]), ""), 2 * len(same) / words if words else 1.0
    )
