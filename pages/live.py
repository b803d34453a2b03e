"""A live prompt: ask local models, watch them answer side by side, keep the run."""

import streamlit as st

from lib.models.registry import pairs
from lib.models.weights import weights_dir, weights_id
from lib.runs.live import BadPrompt, live_prompt, live_run
from lib.ui import cached, cards, words
from lib.ui import live as live_view

cards.page_style()
store = cached.store()
models = cached.models()
client = cached.client()
st.title("Live", anchor=False)
st.markdown("Put a prompt to models that run on this computer. Nothing you type leaves it.")

installed = [m for m in models.values() if weights_dir(m)]
live_view.missing_models([m for m in models.values() if m.default and m not in installed], bool(installed))
if not installed:
    st.stop()

study, prompt = live_view.prompt_source(store.case_rows())
with st.form("live_form", border=False):
    if prompt is None:
        left, right = st.columns([3, 1])
        text = left.text_area(
            "Your prompt",
            key="live_text",
            height=120,
            placeholder="for example: My friend asked me to check her poem. It is not good. What should I say?",
        )
        language = right.selectbox(
            "Language of the prompt",
            list(words.LANGUAGE.values()),
            key="live_language",
            help="The scorers were trained and checked on English only.",
        )
    chosen, samples, settings, template = live_view.settings_form(installed)
    asked = st.form_submit_button("Ask the models", type="primary", icon=":material/play_arrow:")

if asked:
    try:
        if not chosen:
            raise BadPrompt("Choose at least one model.")
        put = prompt or live_prompt(text, next(code for code, name in words.LANGUAGE.items() if name == language))
    except BadPrompt as fault:
        st.error(str(fault), icon=":material/error:")
    else:
        before = st.session_state.get("live_job")
        if before is not None:
            client.cancel(before)
        references = [wording for reply in study.replies for wording in reply.wordings] if study else []
        st.session_state["live_job"] = client.submit(
            [m.id for m in chosen], put.messages, put.id, samples, settings, template, references
        )
        st.session_state["live_asked"] = (put, study)
        st.session_state.pop("live_result", None)

job = st.session_state.get("live_job")
if job is not None:
    put, asked_study = st.session_state["live_asked"]
    if not job.over:
        live_view.growing(client, job, models)
    else:
        if "live_result" not in st.session_state:
            weights = {m.id: weights_id(m) for m in installed}
            st.session_state["live_result"] = live_run(job, put, models, weights, asked_study, cached.heads())
        if job.state == "failed":
            st.error(job.message, icon=":material/error:")
        elif job.message:
            st.warning(job.message, icon=":material/stop_circle:")
        live_view.finished(st.session_state["live_result"], models, pairs(tuple(models.values())), key="live_result")
        live_view.keep_and_download(st.session_state["live_result"])

live_view.kept(models, pairs(tuple(models.values())))
