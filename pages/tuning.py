"""One base, several tunings: a controlled experiment, from the preference data to answers that pull apart."""

import streamlit as st

from lib.models.weights import weights_dir
from lib.tuning.mix import complete_rows, mix_steps, mixable
from lib.ui import cached, cards, tuning_findings, tuning_training, visitors
from lib.ui import job as job_view
from lib.ui import tuning as tuning_view
from lib.ui import tuning_mix as dials
from lib.ui.tuning_mix_results import results, ternary
from lib.ui.tuning_pipeline import pipeline
from lib.ui.tuning_replication import Measured, replication_section
from lib.ui.tuning_taught import openings_section, taught_section

cards.page_style()
visitors.teacher_only()
st.title("Tuning lab", anchor=False)
sets, models = cached.tuning_sets(), cached.models()
tuning_view.introduction(sets)
mine = tuning_view.choose_set(sets, models)
if mine is None or not tuning_view.usable(mine):
    st.stop()

name, labels = tuning_view.set_name(mine, models), tuning_view.short_names(mine)
found_by_set = {tuning_view.set_name(s, models): (s, cached.tuning_findings(s.base)) for s in sets}
_, found = found_by_set[name]
measured = {other: Measured(each, of.table) for other, (each, of) in found_by_set.items() if of}

st.header("How it was made", anchor=False)
pipeline(mine, models)
tuning_view.no_adapter_yet(mine)
st.page_link("pages/live.py", label="Ask these models live, beside their base", icon=":material/play_circle:")
tuning_view.not_measured(mine, found and found.report.weights)
if found:
    st.header("Who wins where: the cross table", anchor=False)
    tuning_findings.cross_section(found.table, labels, mine)
if len(sets) > 1:
    replication_section(measured, [other for other in found_by_set if other not in measured])
if found:
    st.header("True or false, by likelihood", anchor=False)
    tuning_findings.choices_section(found.report.choices, labels, mine)
    st.header("What a reader would notice", anchor=False)
    tuning_findings.behaviour_section(found.report, found.greedy, labels, mine)
    tuning_findings.examples(found.greedy, cached.prompt_titles(), labels, mine)
    taught_section(mine, found, labels)
openings_section(cached.openings(), labels)
st.header("Turn the dials", anchor=False)
client, family, case_rows = cached.client(), mixable(mine), cached.case_rows()
if dials.usable(case_rows, family, models):
    dials.introduction(family)
    study = cached.case(dials.case_id(case_rows))
    assert study is not None
    prompt = dials.prompt(study)
    place = dials.Place(family, prompt, dials.dials())
    if not (here := weights_dir(models[family.base]) is not None):
        dials.missing_base(models[family.base])
    dials.stop_unseen(client, place)
    dials.take_finished(study, place)
    if dials.asked(place, here):
        steps = mix_steps(family, place.dials, study, prompt)
        dials.begin(client, client.submit(*steps, tab_open=job_view.tab_open()), place)
    dials.running(client)
    stored = complete_rows(study, prompt, cached.reply_logliks(prompt), labels)
    path = dials.path(place)
    if position := next((p for p in path if p.dials == place.dials), None):
        results(study, prompt, position, labels[family.base], stored.get(labels[family.base]))
    ternary(study, prompt, path, stored)
st.header("Training", anchor=False)
tuning_training.curves_section(mine)
if trials := cached.trials(mine.base):
    tuning_training.strength_section(trials, mine)
tuning_view.limits(mine, name)
