"""The parts of the live page: the form, the answers as they grow, the finished run, the runs a visitor kept."""

import textwrap
from collections.abc import Mapping, Sequence

import streamlit as st

from lib.domain import CaseStudy, LiveRun, Model, Pair, Prompt, Settings, TemplateName
from lib.measures.likelihood import summarise
from lib.models.weights import install_command
from lib.paths import paths
from lib.runs.live import MAX_SAMPLES, to_json
from lib.store.library import CaseRow
from lib.store.local import forget_run, keep_run, kept_runs
from lib.text import text_block
from lib.ui import cached, cards, pickers, words
from lib.ui import case as case_view
from lib.worker.client import Client, Job

_REFRESH = 0.3  # seconds between two looks at a growing answer


def missing_models(missing: Sequence[Model], any_installed: bool) -> None:
    """Which default models are not here, and the command that gets each."""
    for model in missing:
        show = st.info if any_installed else st.warning
        show(
            f"**{model.label}** is not on this computer. In a terminal, in this project's folder, this gets it:",
            icon=":material/download:",
        )
        st.code(install_command(model), language="bash")
    if not any_installed:
        st.markdown(
            "Until then the stored answers can be read on the case pages. After the command has ended, reload this"
            " page."
        )


def prompt_source(rows: Sequence[CaseRow]) -> tuple[CaseStudy | None, Prompt | None]:
    """A case's prompt, if the visitor wants one; none means that they write their own."""
    source = st.segmented_control(
        "Prompt from",
        [words.OWN_PROMPT, words.FROM_CASE],
        default=words.OWN_PROMPT,
        required=True,
        key="live_from",
        bind="query-params",
    )
    if source == words.OWN_PROMPT or not rows:
        return None, None
    titles = {r.title: r.id for r in rows}
    title = st.selectbox("Case", list(titles), key="live_case", bind="query-params")
    study = cached.case(titles[title])
    assert study is not None
    if study.sensitivity != "none":
        st.info(study.audience_note, icon=":material/info:")
    if study.sensitivity == "signposted":
        case_view.unedited_warning()
    prompt = pickers.prompt(study, key="live_prompt")
    case_view.prompt_text(prompt, study.needs_native_review)
    return study, prompt


def settings_form(installed: Sequence[Model]) -> tuple[list[Model], int, Settings, TemplateName | None]:
    """Models, number of samples, settings and template, inside the form."""
    labels = {m.label: m for m in installed}
    default = [m.label for m in installed if m.default] or list(labels)[:1]
    left, right = st.columns([2, 1])
    chosen = left.pills("Models", list(labels), selection_mode="multi", default=default, key="live_models", wrap=True)
    samples = right.slider(
        "Samples of each model",
        1,
        MAX_SAMPLES,
        2,
        key="live_samples",
        help="Each sample is a fresh draw. One answer shows little: look at several.",
    )
    with st.expander("Settings", icon=":material/tune:"):
        a, b, c, d = st.columns(4)
        start = Settings()
        settings = Settings(
            temperature=a.number_input(
                "Temperature",
                0.0,
                2.0,
                start.temperature,
                0.1,
                key="live_temperature",
                help="0 takes the likeliest word every time.",
            ),
            top_p=b.number_input("Top-p", 0.05, 1.0, start.top_p, 0.05, key="live_top_p"),
            max_tokens=c.number_input("Longest answer, tokens", 8, 512, start.max_tokens, 8, key="live_max_tokens"),
            seed=d.number_input(
                "Seed",
                0,
                2**31 - 1,
                start.seed,
                1,
                key="live_seed",
                help="The same seed and settings give the same answers on this machine.",
            ),
        )
        own = "each model's own"
        templates: dict[str, TemplateName | None] = {own: None, "plain dialogue for all": "dialogue"}
        template = templates[
            st.segmented_control(
                "Template",
                list(templates),
                default=own,
                required=True,
                key="live_template",
                help="The same dialogue for all shows what the format alone does.",
            )
            or own
        ]
    return [labels[label] for label in chosen], samples, settings, template


def growing(client: Client, job: Job, models: Mapping[str, Model]) -> None:
    """The answers as they are written, with a stop button; redraws the whole page when the job is over."""

    @st.fragment(run_every=_REFRESH)
    def watch() -> None:
        client.look(job)
        if job.over:
            st.rerun()
        ahead = client.position(job)
        left, right = st.columns([4, 1], vertical_alignment="center")
        with left:
            if job.state == "queued":
                st.info(
                    f"Waiting: {ahead} {'prompt is' if ahead == 1 else 'prompts are'} before yours. It starts by"
                    " itself.",
                    icon=":material/hourglass_top:",
                )
            elif job.state == "loading":
                st.info(
                    "Loading the models. The first prompt after a start takes some seconds longer.",
                    icon=":material/hourglass_top:",
                )
            else:
                st.info("The models are writing.", icon=":material/edit:")
        if right.button("Stop", key="live_stop", icon=":material/stop_circle:", type="primary", width="stretch"):
            client.cancel(job)
            st.rerun()
        for column, (model_id, part) in zip(cards.side_by_side(len(job.parts)), job.parts.items(), strict=True):
            with column:
                cards.model_head(models[model_id])
                if part.error:
                    st.error(part.error)
                for number, answer in enumerate(part.answers, start=1):
                    st.caption(f"Sample {number}" + (f" · {answer.tokens} tokens" if answer.tokens else ""))
                    st.html(text_block(answer.text or "…"))

    watch()


def finished(live: LiveRun, models: Mapping[str, Model], pairs: Sequence[Pair], key: str) -> None:
    """A live run in the same cards as stored answers."""
    runs = {r.model_id: r for r in live.runs}
    shown = [models[m] for m in runs if m in models]
    case_view.families_note(shown, pairs)
    most = max(r.sample for r in live.responses) + 1
    sample = 1
    if most > 1:
        st.caption(f"Sample, of {most}")
        sample = st.pagination(most, key=f"{key}_sample")
    for column, model in zip(cards.side_by_side(len(shown)), shown, strict=True):
        with column:
            cards.model_head(model)
            for response in live.responses:
                if response.model_id == model.id and response.sample == sample - 1:
                    cards.response_card(response, live.prompt, runs[model.id])
    st.markdown("**Scores over all samples**")
    cards.summary_table({m.label: summarise([r.scores for r in live.responses if r.model_id == m.id]) for m in shown})


def keep_and_download(live: LiveRun) -> None:
    with st.container(horizontal=True):
        if st.button("Keep on this computer", key="live_keep", icon=":material/bookmark_add:"):
            keep_run(paths(), live)
            st.toast("Kept. You find it at the foot of this page.", icon=":material/bookmark_added:")
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
        "The file holds prompt, settings, seeds, weights' hashes, package versions and answers. `python -m lib reproduce"
        " FILE` makes the answers again and compares them."
    )


def kept(models: Mapping[str, Model], pairs: Sequence[Pair]) -> None:
    """The runs kept in this installation, newest first."""
    runs = kept_runs(paths())
    if not runs:
        return
    st.subheader("Kept runs", anchor=False)
    st.caption(f"{len(runs)} kept on this computer, newest first. Whoever uses this installation sees them.")
    for live in runs[:50]:
        first_words = textwrap.shorten(live.prompt.text, 80, placeholder=" …")
        with st.expander(
            f"{live.date[:16].replace('T', ' ')} — {_plain(first_words)}", key=f"live_kept_{live.id}", on_change="rerun"
        ) as box:
            if box.open:
                case_view.prompt_text(live.prompt)
                finished(live, models, pairs, key=f"live_kept_{live.id}")
                st.download_button(
                    "Download as JSON",
                    to_json(live),
                    f"trilemma-{live.id[:8]}.json",
                    "application/json",
                    key=f"live_get_{live.id}",
                    on_click="ignore",
                )
                if st.button("Delete", key=f"live_forget_{live.id}", icon=":material/delete:"):
                    forget_run(paths(), live.id)
                    st.rerun()


def _plain(text: str) -> str:
    """Text for a label, whose Markdown must not act."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!$:<>|~" else c for c in text)
