"""A collection on the page: which one, its prompts and answers side by side, filters, where it comes from."""

from collections.abc import Collection as Container
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from lib.collections.comparisons import mark_line, preference_line
from lib.collections.records import CollectedModel, Collection
from lib.domain import Prompt, Response
from lib.store.collection import CheckRow, MarkRow, PreferenceRow, StoredMark, StoredPreference
from lib.store.conditions import Condition
from lib.ui import cards, words

VIEWS = ("answers", "numbers", "pairs and checks", "take away", "about")
_MOST_MODELS, _MOST_MARKS = 4, 8


def none_yet() -> None:
    st.info(
        "No collections yet. Bring files above, or with `python -m lib import FILE... --as NAME`.",
        icon=":material/upload_file:",
    )


def chosen(names: Sequence[str], first: str | None) -> str:
    start = names.index(first) if first in names else 0
    return st.selectbox("Collection", names, index=start, key="collection", bind="query-params")


def heading(mine: Collection) -> str:
    """What it is, and which view of it is wanted."""
    formats = ", ".join(dict.fromkeys(f.format for f in mine.files))
    st.caption(
        words.escaped(
            f"{mine.survey.kept:,} answers · {mine.survey.prompts:,} prompts · {len(mine.models)} models · from"
            f" {len(mine.files)} {'file' if len(mine.files) == 1 else 'files'} ({formats}) · imported {mine.date[:10]}"
        )
    )
    return (
        st.segmented_control("View", VIEWS, default=VIEWS[0], required=True, key="collection_view", bind="query-params")
        or VIEWS[0]
    )


# ---- which prompts ------------------------------------------------------------------------------


def choices(
    mine: Collection,
    tags: Mapping[str, Mapping[str, int]],
    preferences: Sequence[PreferenceRow],
    marks: Sequence[MarkRow],
    checks: Sequence[CheckRow],
) -> dict[str, Condition]:
    """Every filter that this collection allows, by its words."""
    out: dict[str, Condition] = {}
    for model_a, model_b in dict.fromkeys((p.model_a, p.model_b) for p in preferences if p.model_a != p.model_b):
        a, b = mine.label(model_a), mine.label(model_b)
        for won, said in (
            ("a", f"{a} preferred to {b}"),
            ("b", f"{b} preferred to {a}"),
            ("tie", f"{a} and {b}: tie"),
            ("failed", f"{a} and {b}: rating failed"),
        ):
            out[said] = Condition("better", (model_a, model_b, won))
    told = {c.key: c.label for c in mine.checks}
    for row in checks:
        if row.check_key in told:
            for says, n in (("yes", row.yes), ("no", row.no), ("unknown", row.unknown)):
                if n:
                    out[f"{mine.label(row.model_id)} {told[row.check_key]}: {says}"] = Condition(
                        "check", (row.check_key, row.model_id, says)
                    )
    for mark in marks:
        for label in list(mark.labels)[:_MOST_MARKS]:
            out[f"{mark.scorer} of {mine.label(mark.model_id)}: {label}"] = Condition(
                "mark", (mark.scorer, mark.model_id, label)
            )
        if mark.missing:
            out[f"{mark.scorer} of {mine.label(mark.model_id)}: no score"] = Condition(
                "mark", (mark.scorer, mark.model_id, "no score")
            )
    for m in mine.models:
        out[f"{m.label}: blank answer"] = Condition("empty", (m.id,))
        out[f"{m.label}: failed"] = Condition("failed", (m.id,))
        out[f"{m.label}: no answer"] = Condition("missing", (m.id,))
    for name, values in tags.items():
        for value, n in values.items():
            out[f"{name}: {value} ({n:,})"] = Condition("tag", (name, value))
    return out


def filters(offered: Mapping[str, Condition]) -> tuple[str, tuple[Condition, ...]]:
    """A search, and the conditions that all must be met."""
    left, right = st.columns([1, 2])
    query = left.text_input("Search prompts and answers", key="collection_q", bind="query-params", max_chars=200)
    picked = right.multiselect(
        "Only prompts where",
        list(offered),
        key="collection_filter",
        placeholder="any; several narrow it down",
    )
    return query.strip(), tuple(offered[p] for p in picked)


def none_fits() -> None:
    st.info("No prompt fits. Remove a filter, or search for another word.", icon=":material/filter_alt_off:")


def place(total: int, every: int, best: bool) -> int:
    """Which of the prompts that fit is shown, from 0. `best`: whether a search found more than are kept."""
    label = st.empty()
    number = st.pagination(total, key="collection_prompt", max_visible_pages=7)
    of = f" (of {every:,})" if total < every else ""
    label.caption(f"Prompt {number:,} of {total:,}{of}" + (", those that fit the search best" if best else ""))
    return number - 1


def models(mine: Collection) -> list[CollectedModel]:
    """Which models stand side by side: those of pairs first, at most four until the visitor chooses."""
    labels = {m.label: m for m in mine.models}
    offered = _in_order(mine, labels)
    picked = st.pills(
        "Models",
        offered,
        selection_mode="multi",
        default=offered[:_MOST_MODELS],
        key=f"collection_models_{mine.name}",
        wrap=True,
    )
    return [labels[p] for p in _in_order(mine, picked)]


def _in_order(mine: Collection, labels: Iterable[str]) -> list[str]:
    """Models with what they were tuned from before them; those of no pair last."""
    ids = {m.label: m.id for m in mine.models}
    steps = dict.fromkeys(ids.values(), 0)
    for _ in mine.models:  # a chain is no longer than that; a circle ends too
        for pair in mine.pairs:
            steps[pair.tuned] = max(steps[pair.tuned], min(steps[pair.base] + 1, len(steps)))
    paired = {i for p in mine.pairs for i in (p.base, p.tuned)}
    return sorted(labels, key=lambda label: (ids[label] not in paired, steps[ids[label]]))


# ---- answers ------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """A prompt's answers and all that came with them."""

    prompt: Prompt
    tags: Mapping[str, str]
    responses: Sequence[Response]
    marks: Mapping[tuple[str, int], Sequence[StoredMark]]
    preferences: Sequence[StoredPreference]


def tags_line(tags: Mapping[str, str]) -> None:
    if tags:
        st.caption(" · ".join(words.escaped(f"{k}: {v}") for k, v in list(tags.items())[:10]))


def sample(shown: Shown) -> tuple[int, bool]:
    """Which of several answers of each model is shown, from 0, and whether features are marked."""
    most = max((r.sample for r in shown.responses), default=0) + 1
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    marked = right.toggle(
        "Mark features",
        value=True,
        key="collection_marks",
        help="Words that show a refusal, doubt, an apology and so on; in English alone.",
    )
    if most == 1:
        return 0, marked
    with left:
        label = st.empty()
        number = st.pagination(most, key="collection_sample")
        label.caption(f"Answer {number} of up to {most}")
    return number - 1, marked


def side_by_side(
    mine: Collection,
    shown: Shown,
    chosen: Sequence[CollectedModel],
    number: int,
    marked: bool,
    earned: Container[tuple[str, str]],
) -> None:
    """One answer of each chosen model in the cards of stored answers, with the scores that came with it."""
    by_model = {(r.model_id, r.sample): r for r in shown.responses}
    for column, model in zip(cards.side_by_side(len(chosen)), chosen, strict=True):
        with column:
            _head(mine, model)
            response = by_model.get((model.id, number))
            if response is None:
                has = sum(m == model.id for m, _ in by_model)
                st.caption("No answer to this prompt." if not has else f"No answer {number + 1}: this model has {has}.")
                continue
            cards.response_card(response, shown.prompt, None, marked, mine.checks, earned)
            _marks(shown.marks.get((response.run_id, response.sample), ()))
    told = [preference_line(p, mine) for p in shown.preferences]
    if told:
        st.markdown("**Preferences at this prompt**")
        st.text("\n".join(dict.fromkeys(told[:40])) + (f"\n… and {len(told) - 40} more" if len(told) > 40 else ""))


def _head(mine: Collection, model: CollectedModel) -> None:
    st.markdown(f"**{words.escaped(model.label)}**")
    bases = [mine.label(p.base) for p in mine.pairs if p.tuned == model.id]
    st.caption(words.escaped(f"tuned from {words.listed(bases)}, as you say" if bases else "imported"))


def _marks(marks: Sequence[StoredMark]) -> None:
    if not marks:
        return
    st.caption(
        " · ".join(words.escaped(mark_line(m)) for m in marks[:_MOST_MARKS])
        + (" · …" if len(marks) > _MOST_MARKS else "")
    )
    if reasons := [m for m in marks if m.reason]:
        with st.expander("What the scorers say", icon=":material/rule:"):
            for m in reasons[:_MOST_MARKS]:
                st.text(f"{m.scorer}: {m.reason}")


# ---- about --------------------------------------------------------------------------------------


def about(mine: Collection) -> bool:
    """Where it comes from; whether it is to be deleted."""
    rows = [
        {
            "file": f.name,
            "recognised as": f.format,
            "rows": f.rows,
            "bytes": f.bytes,
            "found out": "; ".join((*f.details, *f.notes)),
            "SHA-256": f.sha256,
        }
        for f in mine.files
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="The files that it was made from")
    named = [f"{m.label} (no file names it: called after {m.named_by})" for m in mine.models if m.named_by]
    if named:
        st.caption(words.escaped("; ".join(named)))
    st.caption(
        f"It lies in data/local/collections/{mine.name}, as the same files as the library's, and nowhere else. What you"
        " delete is gone; the files that you imported stay where they were."
    )
    return st.button("Delete this collection", key="collection_delete", icon=":material/delete:", type="secondary")
