"""Counts of a class as bars that grow, readable from the last row: shares, and before against after."""

from collections.abc import Collection, Mapping

import streamlit as st

from lib.studies.tallies import Change, Tally
from lib.text import safe_html


def bars(tally: Tally, joined: int, notes: Mapping[str, str] | None = None, right: Collection[str] = ()) -> None:
    """One bar an option, with its count and share. `notes`: what stands beside one; `right`: those with a tick."""
    rows = []
    for bar in tally.bars:
        share, key = tally.share(bar) or 0.0, bar.option.key
        tick = "✓ " if key in right else ""
        count = f"{bar.count} ({share:.0%})" if tally.of else "0"
        rows.append(_row(tick + bar.option.label, [(share, "")], count, _note(notes, key)))
    _drawn(tally.question.text, rows, f"{tally.of} of {joined} have answered.")


def change(found: Change, notes: Mapping[str, str] | None = None) -> None:
    """Before and after over the people who answered both times, a pair of bars an option; `notes` as for `bars`."""
    rows = []
    for before, after in zip(found.before.bars, found.after.bars, strict=True):
        shares = (found.before.share(before) or 0.0, found.after.share(after) or 0.0)
        count = f"{before.count} → {after.count}"
        drawn = [(shares[0], " tri-vote-before"), (shares[1], "")]
        rows.append(_row(after.option.label, drawn, count, _note(notes, after.option.key)))
    moved = f"{found.both} answered before and after; {found.changed} of them changed their mind."
    _drawn(found.after.question.text, rows, f"{moved} The thin bar is before, the thick one after.")


def _note(notes: Mapping[str, str] | None, key: str) -> str:
    return f'<span class="tri-vote-note">{safe_html((notes or {}).get(key, ""))}</span>'


def _row(label: str, shares: list[tuple[float, str]], count: str, note: str) -> str:
    drawn = "".join(
        f'<div class="tri-vote-bar{kind}" style="width:{100 * share:.1f}%"></div>' for share, kind in shares
    )
    return (
        f'<div class="tri-vote" role="listitem"><div class="tri-vote-label">{safe_html(label)} {note}</div>'
        f'<div class="tri-vote-track">{drawn}</div><div class="tri-vote-count">{safe_html(count)}</div></div>'
    )


def _drawn(title: str, rows: list[str], foot: str) -> None:
    st.html(
        f'<div class="tri-votes" role="list" aria-label="{safe_html(title)}"><div class="tri-votes-title">'
        f'{safe_html(title)}</div>{"".join(rows)}<div class="tri-votes-foot">{safe_html(foot)}</div></div>'
    )
