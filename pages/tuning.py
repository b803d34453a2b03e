"""One base, five tunings: a controlled experiment, from the preference data to answers that pull apart."""

import streamlit as st

from lib.models.weights import weights_dir
from lib.tuning.mix import complete_rows, mix_steps, mixable
from lib.ui import cached, cards, tuning_findings
from lib.ui import tuning as tuning_view
from lib.ui import tuning_mix as dials
from lib.ui.tuning_mix_results import results, ternary

cards.page_style()
st.title("Tuning lab", anchor=False)
tuning_view.introduction()
made, recipes, found, trials = cached.adapter_cards(), cached.recipes(), cached.tuning_findings(), cached.trials()
models = cached.models()
sft = next((name for name, card in made.items() if card.recipe.stage == "sft"), None)
if sft is None or len(made) == 1:
    tuning_view.missing_adapter(sft is not None)
    st.stop()

every = {recipe.id: recipe for recipe in (*recipes, *(card.recipe for card in made.values()))}
labels = {made[sft].recipe.base: "base", **{name: tuning_view.short(recipe) for name, recipe in every.items()}}

st.subheader("How it was made", anchor=False)
tuning_view.pipeline(made, models)
if missing := [labels[name] for name in every if name not in made]:
    st.caption(f"A recipe but no adapter yet: {', '.join(missing)}.")
st.page_link("pages/live.py", label="Ask these models live, beside their base", icon=":material/play_circle:")
tuning_view.not_measured(None if found is None else [labels[n] for n in made if n not in found.report.weights])
if found is not None:
    st.subheader("Who wins where: the cross table", anchor=False)
    tuning_findings.cross_section(found.table, labels, made)
    st.subheader("True or false, by likelihood", anchor=False)
    tuning_findings.choices_section(found.report.choices, labels)
    st.subheader("What a reader would notice", anchor=False)
    tuning_findings.behaviour_section(found.report, found.greedy, labels)
    tuning_findings.examples(found.greedy, cached.prompt_titles(), labels, sft)
st.subheader("Turn the dials", anchor=False)
client, family, case_rows = cached.client(), mixable(made), cached.case_rows()
if dials.usable(case_rows, family, models):
    dials.introduction()
    study = cached.case(dials.case_id(case_rows))
    assert study is not None
    prompt = dials.prompt(study)
    at = dials.dials()
    if not (here := weights_dir(models[family.base]) is not None):
        dials.missing_base(models[family.base])
    dials.stop_unseen(client, prompt, at)
    dials.take_finished(study, prompt, at)
    if dials.asked(prompt, at, here):
        dials.begin(client, client.submit(*mix_steps(family, at, study, prompt)), prompt, at)
    dials.running(client)
    stored = complete_rows(study, cached.reply_logliks(prompt), labels)
    path = dials.path(prompt)
    if position := next((p for p in path if p.dials == at), None):
        results(study, prompt, position, stored.get(labels[family.base]))
    ternary(study, prompt, path, stored)
st.subheader("Training", anchor=False)
tuning_view.curves_section(made)
if trials:
    tuning_view.strength_section(trials, labels)
tuning_view.limits()
