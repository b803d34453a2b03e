"""Choices bound to the link, so that every view has one."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.cases.shape import CLAIMS
from lib.domain import CRITERIA, CaseStudy, Model, Prompt
from lib.store.library import CaseFilter, CaseRow
from lib.ui import address, facets, words

_BEGUN = "case_begun"  # the choices that another case begins anew
_FILTERS = ("criteria", "claim", "domain", "language", "sensitivity")  # their keys
_LONGEST = 200  # characters of a search


def searched() -> str:
    """What to search for."""
    return st.text_input(
        "Search cases, laws, prompts and answers",
        placeholder='for example: chatbot refund, AI Act Article 50, or "as a parent"',
        icon=":material/search:",
        max_chars=_LONGEST,
        **address.text("q", _LONGEST),
    ).strip()


def case_filter(rows: Sequence[CaseRow], ids: Collection[str] | None) -> CaseFilter:
    """Filters over the values that the library has; the choices are in the link. `ids`: what a search left, if any."""
    st.session_state.setdefault("cases_filters_open", any(key in st.query_params for key in _FILTERS))
    with st.expander(
        "Filter by criteria, claim, domain, language, sensitivity",
        icon=":material/filter_list:",
        expanded=st.session_state["cases_filters_open"],
    ):
        return _filters(rows, [r for r in rows if ids is None or r.id in ids])


def _filters(rows: Sequence[CaseRow], found: Sequence[CaseRow]) -> CaseFilter:
    """Each filter with the options that leave some of the cases found and not all; one without any isn't shown."""
    options = facets.offered(rows, found, {key: st.query_params.get_all(key) for key in _FILTERS})
    left, right = st.columns(2)
    with left:
        criteria = facets.pills("Criteria in conflict", "criteria", options, note="Cases that involve all of these.")
        claims = facets.menu("Claim of the paper", "claim", options)
    with right:
        domains = facets.menu("Domain", "domain", options)
        languages = facets.pills("Language", "language", options)
        sensitivities = facets.pills("Sensitivity", "sensitivity", options)
    if not any(options.values()):
        st.caption("Nothing to filter by: these cases are alike in all of this.")
    codes = {words.language(code): code for r in rows for code in r.languages}
    by_claim = {name: code for code, name in CLAIMS.items()}
    return CaseFilter(
        criteria=tuple(c for c in CRITERIA if c in criteria),
        claims=tuple(by_claim[c] for c in claims),
        domains=tuple(domains),
        languages=tuple(codes[name] for name in languages),
        sensitivities=tuple(s for s in words.SENSITIVITY if s in sensitivities),
    )


def filters_in_use() -> str:
    """The choices that narrow the list, in words; empty where none does."""
    chosen = ["search"] if st.session_state.get("q", "").strip() else []
    chosen += [" + ".join(st.session_state[key]) for key in _FILTERS if st.session_state.get(key)]
    return f" · filtered by {'; '.join(chosen)}" if chosen else ""


def clear_filters(search_too: bool = True) -> None:
    address.forget(*_FILTERS, *(["q"] if search_too else []))


def search_for(query: str) -> None:
    """Search for something else, without filters."""
    clear_filters()
    st.query_params["q"] = query


def case(rows: Sequence[CaseRow]) -> tuple[str | None, bool]:
    """The id of the chosen case, None where the link names what there is not; whether it is shown to a class."""
    address.anew("case_chosen", "prompt", "by", "models", "model", "prompts", "sample", "seeds", "show")
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        chosen = address.select(
            "Case", {r.id: r.title for r in rows}, "case", st.container(), _start_over, label_visibility="collapsed"
        )
        class_view = st.toggle(
            "Class view",
            key="class_view",
            bind="query-params",
            width="content",
            help="Hides the answers until the class has predicted what the models will say.",
        )
    return chosen, class_view


def teacher_notes() -> bool:
    """Whether the link asks for the teacher's notes alone (`?notes`)."""
    return "notes" in st.query_params


def _start_over() -> None:
    """Another case begins with what is to be seen there, whatever was chosen at the one before."""
    st.session_state[_BEGUN] = {"models", "model", "prompts", "sample"}
    st.session_state["show"] = False  # answers that are to be met on request alone


def _begins(key: str, value: Any) -> None:
    """Give the choice with this key its first value where the case has just been changed."""
    if key in st.session_state.get(_BEGUN, ()):
        st.session_state[_BEGUN] -= {key}
        st.session_state[key] = value


_FRAMINGS = "The same request, framed in different ways."


def prompt(study: CaseStudy, key: str) -> Prompt:
    """Which prompt of a case, of all at a glance."""
    labels = {p.label: p for p in study.prompts}
    first = study.prompts[0].label
    chosen = st.pills(
        "Prompt", list(labels), default=first, required=True, key=key, bind="query-params", help=_FRAMINGS
    )
    return labels.get(chosen or "", study.prompts[0])


def prompt_in_bar(study: CaseStudy, first: Prompt) -> Prompt:
    """Which prompt of a case, on one line. `first`: what is shown until the visitor chooses."""
    labels = {p.label: p for p in study.prompts}
    start = list(labels).index(first.label)
    chosen = st.selectbox(
        "Prompt", list(labels), index=start, key="prompt", bind="query-params", label_visibility="collapsed"
    )
    return labels.get(chosen or "", first)


class Bar(NamedTuple):
    """What stays in sight while one reads: places for two choices, and one that opens for the others."""

    first: DeltaGenerator
    sample: DeltaGenerator
    options: DeltaGenerator


def bar() -> Bar:
    with st.container(key="case_bar", horizontal=True, wrap=False):
        return Bar(st.container(), st.container(width=130), st.popover("View", icon=":material/tune:"))


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
        help=_FRAMINGS,
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


def other_seeds() -> bool:
    """Whether the later seeds of a tuning are among the models to choose from."""
    return st.toggle(
        "Other seeds of a tuning",
        key="seeds",
        bind="query-params",
        help="Some tunings were trained again with another draw of the pairs and another seed. What these models answer"
        " counts in the findings too.",
    )


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


def sample(most: int, first: int = 1) -> int:
    """Which of the stored samples to show, from 1. `first`: the one shown from the start."""
    first = min(first, most)
    _begins("sample", first)
    return int(
        st.number_input(
            "Sample",
            1,
            max(most, 1),
            first,
            key="sample",
            bind="query-params",
            icon=":material/casino:",
            label_visibility="collapsed",
        )
    )


def marks_wanted() -> bool:
    """Whether the features that are counted in a text are marked in it."""
    return st.toggle(
        "Mark features",
        value=True,
        key="marks",
        bind="query-params",
        help="Marks refusals, hedges, feelings and other features that are counted in a text.",
    )
