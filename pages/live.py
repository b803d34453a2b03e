"""A live prompt: ask local models, watch them answer side by side, keep the run."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from lib.domain import Check, LiveRun, Prompt
from lib.models.registry import pairs
from lib.models.weights import ready, weights_id
from lib.paths import paths
from lib.runs.live import live_run, live_steps
from lib.runs.live_prompt import BadPrompt
from lib.scoring.statements import JUDGE
from lib.store.local import forget_run, keep_run, kept_runs
from lib.tuning.sets import first_seeds
from lib.ui import (
    cached,
    cards,
    live_asked,
    live_candidates,
    live_checks,
    live_grid,
    live_kept,
    live_link,
    papers,
    takeaway,
    validity,
    visitors,
)
from lib.ui import job as job_view
from lib.ui import live as live_view
from lib.ui import live_prompt as prompt_view

cards.page_style()
visitors.teacher_only()
models = cached.models()
client = cached.client()
st.title("Live", anchor=False)
family_pairs = pairs(tuple(models.values()))


def cite(live: LiveRun, address: str) -> None:
    takeaway.cite(live_kept.cited(live, address, papers.edition()))


def kept_run(live: LiveRun) -> None:
    known = live_view.Evidence(cached.checks_of, validity.earned_scores())
    live_view.finished(live, models, family_pairs, known, key="live_one")
    cite(live, live_link.address_of(live.id))


if run_id := live_link.linked_run():
    live_link.one_run(run_id, kept_runs(paths()).runs, kept_run)
    st.stop()

linked, first = st.query_params.get_all("live_models"), first_seeds(models, cached.tuning_sets())
installed = [m for m in models.values() if ready(m) and (m.id in first or m.label in linked)]
live_view.introduction(installed)
live_view.missing_models([m for m in models.values() if m.default and m not in installed], bool(installed))
if not installed:
    st.stop()

case_id = live_view.chosen_case(cached.case_rows())
study = cached.case(case_id) if case_id else None
prompt = live_view.case_prompt(study) if study else None
live_asked.not_here(linked, installed)
shown = st.container()
# Not the button of a form: pressed straight from a box outside the form, as by a tap, Streamlit 1.67 loses the press.
asked = st.button("Ask the models", type="primary", icon=":material/play_arrow:", key="live_ask")
folded = st.container()  # everything that a first prompt can do without comes after the button
with shown:
    box = prompt_view.edit_box(prompt, folded) if prompt else prompt_view.own_prompt(folded)
    form = live_view.settings(installed, folded)
with folded:
    candidates = live_candidates.candidate_replies()

written = () if prompt else live_checks.own_checks()

if asked:
    try:
        if not form.models:
            raise BadPrompt("Choose at least one model.")
        puts = prompt_view.puts(box, prompt)
        live_candidates.check(candidates, len(puts))
    except BadPrompt as fault:
        st.session_state["live_refused"] = str(fault), box, case_id
    else:
        st.session_state.pop("live_refused", None)
        st.query_params["live_models"] = [m.label for m in form.models]
        for before, *_ in st.session_state.get("live_asked", ()):
            client.cancel(before)
        judged = any(m.id == JUDGE for m in installed)
        tab_open = job_view.tab_open()
        st.session_state["live_asked"] = [
            live_view.Asking(
                client.submit(
                    *live_steps(
                        put.prompt,
                        [m.id for m in form.models],
                        form.samples,
                        form.settings,
                        form.template,
                        None if put.edited else study,
                        judged,
                        tuple(candidates.values()),
                    ),
                    tab_open=tab_open,
                ),
                put,
                study,
                candidates,
            )
            for put in puts
        ]
        st.session_state["live_job"] = st.session_state["live_asked"][-1].job
        st.session_state.pop("live_result", None)
fault, *refused = st.session_state.get("live_refused", ("",))
if still_refused := refused == [box, case_id]:
    st.error(fault, icon=":material/error:")


def checks_of(asked_prompt: Prompt) -> tuple[Check, ...]:
    """The checks of a case's prompt as it reads now; for a prompt of the visitor's own, what they wrote."""
    if asked_prompt.case_id == "live":
        now = next((a for a in st.session_state.get("live_asked", ()) if a.put.prompt == asked_prompt), None)
        from_case = now.study.checks_of(now.put.edited) if now and now.study and now.put.edited else ()
        return (*from_case, *written) if now else ()
    return cached.checks_of(asked_prompt)


def result(asking: live_view.Asking) -> LiveRun:
    weights = {m.id: weights_id(m) for m in installed}
    case = None if asking.put.edited else asking.study
    return live_run(asking.job, asking.put.prompt, models, weights, case, validity.heads(), validity.judge())


def answers(asked_for: Sequence[live_view.Asking], lives: Sequence[LiveRun]) -> None:
    """Of one prompt everything; of several a grid, each row of which opens."""
    keep = partial(keep_run, paths())
    if len(lives) == 1:
        live_view.finished(lives[0], models, family_pairs, evidence, key="live_result")
        live_view.compared(asked_for[0], models, family_pairs)
        live_kept.keep_and_download(lives[0], keep)
        cite(lives[0], papers.address("live"))
    else:
        live_grid.grid(
            lives, models, partial(live_kept.row, models=models, pairs=family_pairs, evidence=evidence, keep=keep)
        )


evidence = live_view.Evidence(checks_of, validity.earned_scores())
if askings := st.session_state.get("live_asked"):
    jobs = [a.job for a in askings]
    over = all(j.over for j in jobs)
    with live_asked.answers_to([a.put.prompt for a in askings], over, still_refused):
        if not over:
            live_view.growing(client, askings, models)
        else:
            if "live_result" not in st.session_state:
                st.session_state["live_result"] = [result(a) for a in askings]
            lives = st.session_state["live_result"]
            if live_asked.nothing_written(jobs, lives):
                live_asked.stopped_early(jobs[0])
            else:
                live_view.outcome(askings)
                answers(askings, lives)

live_kept.kept(kept_runs(paths()), partial(forget_run, paths()), models, family_pairs, evidence)
