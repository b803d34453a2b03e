"""Choices bound to the link, so that every view has one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from lib.cases.shape import CLAIMS
from lib.domain import CRITERIA, CaseStudy, Model, Prompt
from lib.store.library import CaseFilter, CaseRow
from lib.ui import cached, words

_BEGUN = "case_begun"  # the choices that another case begins anew
_FILTERS = ("criteria", "claim", "domain", "language", "sensitivity")  # their keys


def case_filter(rows: Sequence[CaseRow]) -> CaseFilter:
    """Search box and filters over the values that the library has; the choices are in the link."""
    query = st.text_input(
        "Search cases, prompts and answers",
        key="q",
        bind="query-params",
        placeholder='for example: refund, or "heart rate"',
        max_chars=200,
    ).strip()
    st.session_state.setdefault("cases_filters_open", any(key in st.query_params for key in _FILTERS))
    with st.expander(
        "Filter by criteria, claim, domain, language, sensitivity",
        icon=":material/filter_list:",
        expanded=st.session_state["cases_filters_open"],
    ):
        chosen = _filters(rows)
    return chosen._replace(case_ids=tuple(h.case_id for h in cached.hits(query)) if query else None)


def _filters(rows: Sequence[CaseRow]) -> CaseFilter:
    left, right = st.columns(2)
    criteria = left.pills(
        "Criteria in conflict",
        CRITERIA,
        selection_mode="multi",
        key="criteria",
        bind="query-params",
        wrap=True,
        help="Cases that involve all of these.",
    )
    by_claim = {CLAIMS[c]: c for c in CLAIMS if c in {r.claim for r in rows}}
    claims = left.multiselect("Claim of the paper", list(by_claim), key="claim", bind="query-params")
    domains = right.multiselect("Domain", sorted({r.domain for r in rows}), key="domain", bind="query-params")
    codes = {words.language(code): code for code in sorted({code for r in rows for code in r.languages})}
    languages = right.pills(
        "Language", list(codes), selection_mode="multi", key="language", bind="query-params", wrap=True
    )
    levels = [s for s in words.SENSITIVITY if s in {r.sensitivity for r in rows}]
    sensitivities = right.pills(
        "Sensitivity", levels, selection_mode="multi", key="sensitivity", bind="query-params", wrap=True
    )
    return CaseFilter(
        criteria=tuple(criteria),
        claims=tuple(by_claim[c] for c in claims),
        domains=tuple(domains),
        languages=tuple(codes[name] for name in codes if name in languages),
        sensitivities=tuple(sensitivities),
    )


def filters_in_use() -> str:
    """The choices that narrow the list, in words; empty where none does."""
    chosen = ["search"] if st.session_state.get("q", "").strip() else []
    chosen += [" + ".join(st.session_state[key]) for key in _FILTERS if st.session_state.get(key)]
    return f" · filtered by {'; '.join(chosen)}" if chosen else ""


def clear_filters() -> None:
    st.session_state["q"] = ""
    for key in _FILTERS:
        st.session_state[key] = []


def case(rows: Sequence[CaseRow]) -> tuple[str, bool]:
    """The id of the chosen case, and whether it is shown to a class; the link carries its title."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    titles = {r.title: r.id for r in rows}
    title = left.selectbox("Case", list(titles), key="case", bind="query-params", on_change=_start_over)
    class_view = right.toggle(
        "Class view",
        key="class_view",
        bind="query-params",
        help="Hides the answers until the class has predicted what the models will say.",
    )
    return titles[title], class_view


def _start_over() -> None:
    """Another case begins with what is to be seen there, whatever was chosen at the one before."""
    st.session_state[_BEGUN] = {"models", "model", "prompts", "sample"}


def _begins(key: str, value: Any) -> None:
    """Give the choice with this key its first value where the case has just been changed."""
    if key in st.session_state.get(_BEGUN, ()):
        st.session_state[_BEGUN] -= {key}
        st.session_state[key] = value


def prompt(study: CaseStudy, key: str = "prompt", first: Prompt | None = None) -> Prompt:
    """`first`: what is shown until the visitor chooses, else the case's first prompt."""
    labels = {p.label: p for p in study.prompts}
    first = first or study.prompts[0]
    chosen = st.pills(
        "Prompt",
        list(labels),
        default=first.label,
        required=True,
        key=key,
        bind="query-params",
        help="The same request, framed in different ways.",
    )
    return labels.get(chosen or "", first)


BY_MODEL, BY_PROMPT = "models at one prompt", "prompts under one model"


def layout() -> str:
    """BY_MODEL or BY_PROMPT."""
    return st.segmented_control(
        "Side by side", (BY_MODEL, BY_PROMPT), default=BY_MODEL, required=True, key="by", bind="query-params"
    )


def one_model(models: Sequence[Model], first: str | None) -> Model:
    """Under which model the prompts are laid side by side. `first`: the id of the one shown from the start."""
    labels = {m.label: m for m in models}
    start = next((m.label for m in models if m.id == first), models[0].label)
    _begins("model", start)
    chosen = st.pills("Model", list(labels), default=start, required=True, key="model", bind="query-params", wrap=True)
    return labels.get(chosen or "", labels[start])


def several_prompts(study: CaseStudy, first: Collection[str]) -> list[Prompt]:
    """Which prompts to lay side by side. `first`: ids of those shown from the start."""
    labels = {p.label: p for p in study.prompts}
    start = [p.label for p in study.prompts if p.id in first]
    _begins("prompts", start)
    chosen = st.pills(
        "Prompts",
        list(labels),
        selection_mode="multi",
        default=start,
        key="prompts",
        bind="query-params",
        wrap=True,
        help="The same request, framed in different ways.",
    )
    return [labels[c] for c in chosen]


def stored_models(models: Sequence[Model], telling: Sequence[str] = ()) -> list[Model]:
    """Which models to lay side by side.

    Until the visitor chooses, those in which something is to be seen (`telling`, ids); where none is known, those that
    are installed by default and of each base the last model tuned from it, or all where that leaves fewer than two.
    """
    labels = {m.label: m for m in models}
    tuned = {m.base_id: m.label for m in models if m.base_id}
    first = [m.label for m in models if m.id in telling]
    if len(first) < 2:
        first = [m.label for m in models if m.default or tuned.get(m.base_id) == m.label]
    first = first if len(first) > 1 else list(labels)
    _begins("models", first)
    chosen = st.pills(
        "Models",
        list(labels),
        selection_mode="multi",
        default=first,
        key="models",
        bind="query-params",
        wrap=True,
    )
    return [labels[c] for c in chosen]


def template(others: Sequence[str]) -> str | None:
    """Under which template the stored answers were made, None for each model's own.

    Asked only where there are `others`.
    """
    if not others:
        return None
    each = "each model's own"
    labels = {each: None, **{words.TEMPLATE[n]: n for n in others}}
    chosen = st.segmented_control(
        "Template", list(labels), default=each, required=True, key="template", bind="query-params"
    )
    return labels[chosen or each]


def model_filter(models: Sequence[Model], here: Sequence[Model]) -> list[Model]:
    """The models of the chosen family, or of all, one family after the other. `here`: those on this computer."""
    families: dict[str, list[Model]] = {}
    for model in models:
        families.setdefault(model.family, []).append(model)
    family = st.pills(
        "Family",
        list(families),
        selection_mode="single",
        key="family",
        bind="query-params",
        help="All families until you choose one.",
    )
    only_here = st.toggle("Only models on this computer", key="here", bind="query-params")
    members = [m for name, each in families.items() if family in (None, name) for m in each]
    return [m for m in members if not only_here or m in here]


def trust_aspect(aspects: Sequence[str], names: Mapping[str, str]) -> str | None:
    """Whose records to show in full; None for a line of each."""
    chosen = st.pills(
        "Scorer",
        ["all", *aspects],
        default="all",
        required=True,
        key="trust_scorer",
        bind="query-params",
        format_func=lambda a: names.get(a, "All"),
    )
    return None if chosen == "all" else chosen


def scorer(names: Sequence[str]) -> str | None:
    """Whose scores to show; asked only where several scorers have scored the answers."""
    if len(names) < 2:
        return next(iter(names), None)
    return st.segmented_control(
        "Scorer",
        names,
        default=names[0],
        required=True,
        key="scorer",
        bind="query-params",
        help="Each scorer is shown by itself: values of different scorers are never averaged.",
    )


def sample(most: int, first: int = 1) -> tuple[int, bool]:
    """Which of the stored samples to show, from 1, and whether with marks. `first`: the one shown from the start."""
    _begins("sample", min(first, most))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        place = st.container()
        chosen = st.pagination(most, default=min(first, most), key="sample", bind="query-params")
    place.caption(
        f"Sample {chosen} of {most}. Each is a fresh draw under the same settings: look at several before you judge."
    )
    marks = right.toggle(
        "Mark features",
        value=True,
        key="marks",
        bind="query-params",
        help="Marks refusals, hedges, feelings and other features that are counted in a text.",
    )
    return chosen, marks
