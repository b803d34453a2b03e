"""A comparison as one HTML page that needs nothing else: every text literal, no script, nothing loaded."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from lib.domain import Message
from lib.text import safe_html, word_diff

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 0 0 .25rem; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; }
.card { border: 1px solid rgba(128, 128, 128, .5); border-radius: .5rem; padding: .75rem 1rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.note { opacity: .75; font-size: .9rem; }
del { background: rgba(213, 94, 0, .18); } ins { background: rgba(0, 114, 178, .18); text-decoration: underline; }
.tri-unseen { font: .75em monospace; border: 1px solid; border-radius: 3px; padding: 0 2px; }
"""


class Side(NamedTuple):
    """A model's answer and lines of plain text under it; `text` is None where the generation failed."""

    model: str
    text: str | None
    notes: Sequence[str] = ()


def comparison(title: str, messages: Sequence[Message], sides: Sequence[Side], facts: Sequence[str]) -> str:
    """The page: the prompt, the answers side by side, the first two word by word, and where they come from."""
    asked = "".join(
        f'<div class="card"><p class="note">{escape(m.role)}</p>'
        f'<div class="text" dir="auto">{safe_html(m.content)}</div></div>'
        for m in messages
    )
    said = "".join(_side(s) for s in sides)
    told = "".join(f"<li>{safe_html(f)}</li>" for f in facts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f'<h1>{safe_html(title)}</h1><section aria-label="Prompt">{asked}</section>'
        f'<h2 style="margin-top:1.5rem">Answers</h2><div class="answers">{said}</div>{_words(sides)}'
        f'<footer class="note"><ul>{told}</ul></footer></body></html>'
    )


def _side(side: Side) -> str:
    text = '<p class="note">No answer was generated.</p>' if side.text is None else ""
    if side.text is not None:
        empty = "" if side.text.strip() else '<p class="note">(The model wrote nothing.)</p>'
        text = f'<div class="text" dir="auto">{safe_html(side.text)}</div>{empty}'
    notes = "".join(f'<p class="note">{safe_html(n)}</p>' for n in side.notes)
    return f'<article class="card"><h2>{safe_html(side.model)}</h2>{text}{notes}</article>'


def _words(sides: Sequence[Side]) -> str:
    """The first two answers with what differs marked; nothing where there aren't two, or they are too long."""
    texts = [s for s in sides if s.text][:2]
    if len(texts) < 2:
        return ""
    try:
        diff = word_diff(texts[0].text or "", texts[1].text or "")
    except ValueError:
        return ""
    cards = "".join(
        f'<article class="card"><h2>{safe_html(s.model)}</h2><div class="text">{d}</div></article>'
        for s, d in zip(texts, (diff.left, diff.right), strict=True)
    )
    told = f"{diff.shared:.0%} of the words are shared, in the same order. Struck through, underlined: in one only."
    return (
        f'<h2 style="margin-top:1.5rem">Word by word</h2><div class="answers">{cards}</div><p class="note">{told}</p>'
    )
