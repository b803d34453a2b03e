"""The parts of the live page: the form, the answers as they grow, the finished run, the runs a visitor kept."""

import textwrap
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from lib.domain import CaseStudy, Check, LiveRun, Model, Pair, Prompt, Settings, TemplateName
from lib.measures.likelihood import summarise
from lib.models.weights import install_command
from lib.runs.live import MAX_SAMPLES, to_json
from lib.store.library import CaseRow
from lib.store.local import KeptRuns
from lib.text import text_block
from lib.ui import answers as answers_view
from lib.ui import cards, pickers, words
from lib.ui import case as case_view
from lib.ui import job as job_view
from lib.worker.client import Client
from lib.worker.job import Job

_MOST_KEPT = 50  # runs shown


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
    titles = {r.title: r.id for r in rows}
    return titles[st.selectbox("Case", list(titles), key="live_case", bind="query-params")]


def case_prompt(study: CaseStudy) -> Prompt:
    """One of a case's prompts, with the warnings that go with it."""
    if study.sensitivity != "none":
        st.info(study.audience_note, icon=":material/info:")
    if study.sensitivity == "signposted":
        case_view.unedited_warning()
    prompt = pickers.prompt(study, key="live_prompt")
    case_view.prompt_text(prompt, study.needs_native_review)
    return prompt


def own_prompt() -> tuple[str, str]:
    """The text that the visitor types, and the code of its language, inside the form."""
    left, right = st.columns([3, 1])
    text = left.text_area(
        "Your prompt",
        key="live_text",
        height=120,
        placeholder="for example: A friend asked me what I think of her poem. It isn't good. What should I say?",
    )
    language = right.selectbox(
        "Language of the prompt",
        list(words.LANGUAGE.values()),
        key="live_language",
        help="The scorers were trained and checked in English only.",
    )
    return text, next(code for code, name in words.LANGUAGE.items() if name == language)


class Asked(NamedTuple):
    """What the form holds besides the prompt."""

    models: list[Model]
    samples: int
    settings: Settings
    template: TemplateName | None


def settings_form(installed: Sequence[Model]) -> Asked:
    """Models, number of samples, settings and template, inside the form."""
    labels = {m.label: m for m in installed}
    default = [m.label for m in installed if m.default] or list(labels)[:1]
    left, right = st.columns([2, 1])
    chosen = left.pills("Models", list(labels), selection_mode="multi", default=default, key="live_models", wrap=True)
    samples = right.slider(
        "Samples per model",
        1,
        MAX_SAMPLES,
        2,
        key="live_samples",
        help="Each sample is drawn afresh. A single answer tells you little, so look at several.",
    )
    with st.expander("Settings", icon=":material/tune:"):
        return Asked([labels[label] for label in chosen], samples, _settings(), _template())


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
            help="At 0 the model always takes the likeliest token.",
        ),
        top_p=b.number_input("Top-p", 0.05, 1.0, start.top_p, 0.05, key="live_top_p"),
        max_tokens=c.number_input("Maximum length (tokens)", 8, 512, start.max_tokens, 8, key="live_max_tokens"),
        seed=d.number_input(
            "Seed",
            0,
            2**31 - 1,
            start.seed,
            1,
            key="live_seed",
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
        help="Putting all models in the same dialogue shows what the format alone does.",
    )
    return templates[chosen or own]


def growing(client: Client, job: Job, models: Mapping[str, Model]) -> None:
    """The answers as they are written, with a stop button; redraws the whole page when the job is over."""

    def draw() -> None:
        for column, (model_id, part) in zip(cards.side_by_side(len(job.parts)), job.parts.items(), strict=True):
            with column:
                cards.model_head(models[model_id])
                if part.error:
                    st.error(part.error)
                for number, answer in enumerate(part.answers, start=1):
                    st.caption(f"Sample {number}" + (f" · {answer.tokens} tokens" if answer.tokens else ""))
                    st.html(text_block(answer.text or "…"))

    job_view.watch(client, job, draw, "live")


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
                    cards.response_card(response, live.prompt, runs[model.id], checks=checks, earned=evidence.earned)
    answers = {m.label: [r for r in live.responses if r.model_id == m.id] for m in shown}
    if checks:
        st.markdown("**Checks over all samples**")
        cards.checks_table({label: [r for r in mine if r.text] for label, mine in answers.items()}, checks, live.prompt)
    cards.means({label: summarise([r.scores for r in mine]) for label, mine in answers.items()}, evidence.earned)


def keep_and_download(live: LiveRun, keep: Callable[[LiveRun], None]) -> None:
    with st.container(horizontal=True):
        if st.button("Keep on this computer", key="live_keep", icon=":material/bookmark_add:"):
            keep(live)
            st.toast("Kept. You'll find it at the foot of this page.", icon=":material/bookmark_added:")
        st.download_button(
            "Download as JSON",
            to_json(live),
            f"trilemma-{live.date[:10]}-{live.id[:8]}.json",
            "application/json",
            key="live_download",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption(
        "The file holds the prompt, settings, seeds, hashes of the weights, package versions and answers. `python -m"
        " lib reproduce FILE` generates the answers again and compares them."
    )


def kept(
    found: KeptRuns,
    forget: Callable[[str], None],
    models: Mapping[str, Model],
    pairs: Sequence[Pair],
    evidence: Evidence,
) -> None:
    """The runs kept in this installation, newest first. `forget` deletes the run with an id."""
    for name in found.set_aside:
        st.warning(
            f"The file that held kept runs was damaged. It was set aside as data/local/{name}, and a new one begun.",
            icon=":material/warning:",
        )
    if found.unreadable:
        st.caption(f"Can't be read by this version, and left as they are: {', '.join(found.unreadable)}.")
    if not (runs := found.runs):
        return
    st.subheader("Kept runs", anchor=False)
    st.caption(f"{len(runs)} kept on this computer, newest first. Everyone who uses this installation can see them.")
    for live in runs[:_MOST_KEPT]:
        first_words = words.escaped(textwrap.shorten(live.prompt.text, 80, placeholder=" …"))
        label = f"{live.date[:16].replace('T', ' ')} — {first_words}"
        with st.expander(label, key=f"live_kept_{live.id}", on_change="rerun") as box:
            if not box.open:
                continue
            case_view.prompt_text(live.prompt)
            finished(live, models, pairs, evidence, key=f"live_kept_{live.id}")
            st.download_button(
                "Download as JSON",
                to_json(live),
                f"trilemma-{live.id[:8]}.json",
                "application/json",
                key=f"live_get_{live.id}",
                on_click="ignore",
            )
            if st.button("Delete", key=f"live_forget_{live.id}", icon=":material/delete:"):
                forget(live.id)
                st.rerun()
