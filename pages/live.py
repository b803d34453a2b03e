"""A live prompt: ask local models, watch them answer side by side, keep the run."""

from functools import partial

import streamlit as st

from lib.domain import Check, Prompt
from lib.models.registry import pairs
from lib.models.weights import weights_dir, weights_id
from lib.paths import paths
from lib.runs.live import BadPrompt, live_prompt, live_run, live_steps
from lib.scoring.statements import JUDGE
from lib.store.local import forget_run, keep_run, kept_runs
from lib.ui import cached, cards, live_checks, validity
from lib.ui import live as live_view

cards.page_style()
models = cached.models()
client = cached.client()
st.title("Live", anchor=False)
st.markdown("Ask models that run on this computer. Nothing you type leaves it.")

installed = [m for m in models.values() if weights_dir(m)]
live_view.missing_models([m for m in models.values() if m.default and m not in installed], bool(installed))
if not installed:
    st.stop()

case_id = live_view.chosen_case(cached.case_rows())
study = cached.case(case_id) if case_id else None
prompt = live_view.case_prompt(study) if study else None
with st.form("live_form", border=False):
    text, language = ("", "en") if prompt else live_view.own_prompt()
    form = live_view.settings_form(installed)
    asked = st.form_submit_button("Ask the models", type="primary", icon=":material/play_arrow:")

written = () if prompt else live_checks.own_checks()

if asked:
    try:
        if not form.models:
            raise BadPrompt("Choose at least one model.")
        put = prompt or live_prompt(text, language)
    except BadPrompt as fault:
        st.error(str(fault), icon=":material/error:")
    else:
        if before := st.session_state.get("live_job"):
            client.cancel(before)
        judged = any(m.id == JUDGE for m in installed)
        steps = live_steps(put, [m.id for m in form.models], form.samples, form.settings, form.template, study, judged)
        st.session_state["live_job"], st.session_state["live_asked"] = client.submit(*steps), (put, study)
        st.session_state.pop("live_result", None)


def checks_of(asked_prompt: Prompt) -> tuple[Check, ...]:
    """The checks of a case's prompt as it reads now; what the visitor wrote for their own prompt in the box."""
    if asked_prompt.case_id == "live":
        return written if asked_prompt.text == text.strip() else ()
    case = cached.case(asked_prompt.case_id)
    return case.checks_of(asked_prompt) if case and asked_prompt in case.prompts else ()


evidence = live_view.Evidence(checks_of, validity.earned_scores())
family_pairs = pairs(tuple(models.values()))
if job := st.session_state.get("live_job"):
    put, asked_study = st.session_state["live_asked"]
    if not job.over:
        live_view.growing(client, job, models)
    else:
        if "live_result" not in st.session_state:
            weights = {m.id: weights_id(m) for m in installed}
            st.session_state["live_result"] = live_run(
                job, put, models, weights, asked_study, validity.heads(), validity.judge()
            )
        if job.state == "failed":
            st.error(job.message, icon=":material/error:")
        elif job.message:
            st.warning(job.message, icon=":material/stop_circle:")
        live_view.finished(st.session_state["live_result"], models, family_pairs, evidence, key="live_result")
        live_view.keep_and_download(st.session_state["live_result"], partial(keep_run, paths()))

live_view.kept(kept_runs(paths()), partial(forget_run, paths()), models, family_pairs, evidence)
