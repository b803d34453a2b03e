"""The parts of the live page: what is asked of whom, the answers as they grow, the finished run, the kept runs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.domain import CaseStudy, Check, Criterion, EndpointSource, LiveRun, Model, Pair, Prompt, Settings, TemplateName
from lib.measures.likelihood import summarise
from lib.models.weights import install_command
from lib.runs.live import MAX_SAMPLES
from lib.store.library import CaseRow
from lib.ui import address, cards, live_asked, live_candidates, live_grid, pickers, words
from lib.ui import answers as answers_view
from lib.ui import case as case_view
from lib.ui import job as job_view
from lib.ui import live_prompt as prompt_view
from lib.ui.live_prompt import Put
from lib.worker.client import Client
from lib.worker.job import Job


def introduction(installed: Sequence[Model]) -> None:
    """Where what one types goes: said of every model that can be chosen and is behind a server."""
    behind = [(m, m.source) for m in installed if isinstance(m.source, EndpointSource)]
    away = [(m, source) for m, source in behind if not source.on_this_computer]
    st.markdown(
        "Ask models that run on this computer, and some that don't."
        if away
        else "Ask models that run on this computer. Nothing you type leaves it."
    )
    if away:
        st.warning("\n\n".join(_goes(m, source) for m, source in away), icon=":material/cloud_upload:")
    for model, source in behind:
        if source.on_this_computer:
            st.caption(_goes(model, source))


def _goes(model: Model, source: EndpointSource) -> str:
    return f"If you choose **{words.escaped(model.label)}**, what you type {words.goes_to(source)}."


def missing_models(missing: Sequence[Model], any_installed: bool) -> None:
    """Which default models are not here, and the command that gets each."""
    for model in missing:
        show = st.info if any_installed else st.warning
        show(
            f"**{model.label}** is not on this computer. To get it, run this in a terminal, in the project's folder:",
            icon=":material/download:",
        )
        st.code(install_command(model), language="bash")
    if not any_installed:
        st.markdown(
            "Meanwhile you can read the stored answers on the case pages. Reload this page once the command has"
            " finished."
        )


def chosen_case(rows: Sequence[CaseRow]) -> str | None:
    """The id of the case whose prompt the visitor wants; None where they write their own."""
    source = st.segmented_control(
        "Prompt from",
        [words.OWN_PROMPT, words.FROM_CASE],
        default=words.OWN_PROMPT,
        required=True,
        key="live_from",
        bind="query-params",
    )
    if source == words.OWN_PROMPT or not rows:
        return None
    return address.select_known("Case", {r.id: r.title for r in rows}, "live_case")


def case_prompt(study: CaseStudy) -> Prompt:
    """One of a case's prompts, with the warnings that go with it."""
    if study.sensitivity != "none":
        st.info(study.audience_note, icon=":material/info:")
    if study.sensitivity == "signposted":
        case_view.unedited_warning()
    prompt = pickers.prompt(study, key="live_prompt")
    case_view.prompt_text(prompt, study.needs_native_review)
    return prompt


class Asking(NamedTuple):
    """A prompt put to models: its job, whose prompt it is, and the replies that are compared beside it."""

    job: Job
    put: Put
    study: CaseStudy | None
    candidates: Mapping[Criterion, str]


class Asked(NamedTuple):
    """What is chosen besides the prompt."""

    models: list[Model]
    samples: int
    settings: Settings
    template: TemplateName | None


def settings(installed: Sequence[Model], folded: DeltaGenerator) -> Asked:
    """Models, number of samples, settings and template."""
    labels = {m.label: m for m in installed}
    here = [label for label, m in labels.items() if not isinstance(m.source, EndpointSource)]
    if "live_models" not in st.session_state:  # not bound to the link, where such pills write what they show
        named = [label for label in st.query_params.get_all("live_models") if label in labels]
        default = [m.label for m in installed if m.default] or here[:1] or list(labels)[:1]
        st.session_state["live_models"] = named or default
    left, right = st.columns([2, 1])
    chosen = left.pills(
        "Models",
        list(labels),
        selection_mode="multi",
        key="live_models",
        wrap=True,
        format_func=lambda x: _pill(labels[x]),
    )
    samples = right.slider(
        "Samples per model",
        1,
        MAX_SAMPLES,
        2,
        key="live_samples",
        persist_state="session",
        help="Each sample is drawn afresh. A single answer tells you little, so look at several.",
    )
    with folded.expander("Settings", icon=":material/tune:"):
        return Asked([labels[label] for label in chosen], samples, _settings(), _template())


def _pill(model: Model) -> str:
    """A model's name, with where it answers if that isn't here."""
    label = words.escaped(model.label)
    return f"{label} ↗ {words.escaped(model.source.host)}" if isinstance(model.source, EndpointSource) else label


def _settings() -> Settings:
    a, b, c, d = st.columns(4)
    start = Settings()
    return Settings(
        temperature=a.number_input(
            "Temperature",
            0.0,
            2.0,
            start.temperature,
            0.1,
            key="live_temperature",
            persist_state="session",
            help="At 0 the model always takes the likeliest token.",
        ),
        top_p=b.number_input("Top-p", 0.05, 1.0, start.top_p, 0.05, key="live_top_p", persist_state="session"),
        max_tokens=c.number_input("Maximum length (tokens)", 8, 512, start.max_tokens, 8, key="live_max_tokens"),
        seed=d.number_input(
            "Seed",
            0,
            2**31 - 1,
            start.seed,
            1,
            key="live_seed",
            persist_state="session",
            help="The same seed and settings give the same answers again on this computer.",
        ),
    )


def _template() -> TemplateName | None:
    own = "each model's own"
    templates: dict[str, TemplateName | None] = {own: None, "plain dialogue for all": "dialogue"}
    chosen = st.segmented_control(
        "Template",
        list(templates),
        default=own,
        required=True,
        key="live_template",
        persist_state="session",
        help="Putting all models in the same dialogue shows what the format alone does.",
    )
    return templates[chosen or own]


def growing(client: Client, askings: Sequence[Asking], models: Mapping[str, Model]) -> None:
    """The answers as they are written, with a stop button; redraws the whole page when a job is over."""
    jobs = [a.job for a in askings]
    job = next(j for j in jobs if not j.over)

    def draw() -> None:
        if len(jobs) > 1:
            live_grid.growing([(a.put.prompt.messages[-1].content, a.job) for a in askings])
        live_asked.growing_answers(job.parts, models)

    job_view.watch(client, job, draw, "live", jobs)


def outcome(askings: Sequence[Asking]) -> None:
    """What is to be said before the answers: what failed or was stopped, and what the answers can't show."""
    for state, message in dict.fromkeys((a.job.state, a.job.message) for a in askings):
        if state == "failed":
            st.error(words.escaped(message), icon=":material/error:")
        elif message:
            st.warning(words.escaped(message), icon=":material/stop_circle:")
    asked = askings[0].job.generation
    prompt_view.notes([a.put for a in askings], asked.samples, asked.settings.temperature)


def compared(asking: Asking, models: Mapping[str, Model], pairs: Sequence[Pair]) -> None:
    """The visitor's own replies, where they wrote some."""
    if asking.candidates:
        job, shown = asking.job, {m: models[m] for m in asking.job.parts if m in models}
        live_candidates.comparison(asking.candidates, job.compared, job.uncompared, shown, pairs)


class Evidence(NamedTuple):
    """What cards show beside a text: the checks of a prompt, and the scores that have earned a place."""

    checks_of: Callable[[Prompt], Sequence[Check]]
    earned: Collection[tuple[str, str]]


def finished(live: LiveRun, models: Mapping[str, Model], pairs: Sequence[Pair], evidence: Evidence, key: str) -> None:
    """A live run in the same cards as stored answers."""
    checks = evidence.checks_of(live.prompt)
    runs = {r.model_id: r for r in live.runs}
    shown = [models[m] for m in runs if m in models]
    answers_view.families_note(shown, pairs)
    most = max(r.sample for r in live.responses) + 1
    sample = 1
    if most > 1:
        label = st.empty()
        sample = st.pagination(most, key=f"{key}_sample")
        label.caption(f"Sample {sample} of {most}")
    for column, model in zip(cards.side_by_side(len(shown)), shown, strict=True):
        with column:
            cards.model_head(model)
            for response in live.responses:
                if response.model_id == model.id and response.sample == sample - 1:
                    run, earned = runs[model.id], evidence.earned
                    cards.response_card(response, live.prompt, run, checks=checks, earned=earned, place=key)
    answers = {m.label: [r for r in live.responses if r.model_id == m.id] for m in shown}
    if checks:
        st.markdown("**Checks over all samples**")
        cards.checks_table({label: [r for r in mine if r.text] for label, mine in answers.items()}, checks, live.prompt)
    cards.means({label: summarise([r.scores for r in mine]) for label, mine in answers.items()}, evidence.earned)
