"""One base, five tunings: a controlled experiment, from the preference data to answers that pull apart."""

import streamlit as st

from lib.models.weights import weights_dir
from lib.tuning.mix import complete_rows, contexts, mix_steps, mixable
from lib.ui import cached, cards, tuning_findings
from lib.ui import tuning as tuning_view
from lib.ui import tuning_mix as dials
from lib.ui.tuning_mix_results import results, ternary

cards.page_style()
st.title("Tuning lab", anchor=False)
st.markdown(
    "Models of different makers differ in everything at once. Here one small base model was tuned several times with"
    " one recipe, and **only the preference data differ**: what one set's makers or raters called helpful, harmless or"
    " honest. So what each tuning does to the *other* criteria can be measured."
)
with cached.mendable():
    made, recipes, found, trials = cached.adapter_cards(), cached.recipes(), cached.tuning_findings(), cached.trials()
models = cached.models()
sft = next((name for name, card in made.items() if card.recipe.stage == "sft"), None)
if sft is None or len(made) == 1:
    missing_adapter = (
        "No SFT adapter, from which the others are tuned, is" if sft is None else "Only the SFT adapter is"
    )
    st.warning(
        f"{missing_adapter} here. Train one with `python -m lib tune {'sft' if sft is None else 'honest'} DATA`;"
        " README.md says where the data can be had.",
        icon=":material/warning:",
    )
    st.stop()

every = {recipe.id: recipe for recipe in (*recipes, *(card.recipe for card in made.values()))}
labels = {made[sft].recipe.base: "base", **{name: tuning_view.short(recipe) for name, recipe in every.items()}}

st.subheader("How it was made", anchor=False)
tuning_view.pipeline(made, models)
if missing := [labels[name] for name in every if name not in made]:
    st.caption(f"A recipe and no adapter yet: {', '.join(missing)}.")
st.page_link("pages/live.py", label="Ask these models live, beside their base", icon=":material/play_circle:")
if found is None:
    st.info(
        "What each tuning did on prompts that none was trained on has not been measured yet: `python -m lib evaluate"
        " DATA`. Until then this page shows the training only.",
        icon=":material/hourglass_empty:",
    )
else:
    if unmeasured := [labels[name] for name in made if name not in found.report.weights]:
        st.warning(
            f"Not measured yet: {', '.join(unmeasured)}. `python -m lib evaluate DATA` measures every adapter that is"
            " here.",
            icon=":material/warning:",
        )
    st.subheader("Who wins where: the cross table", anchor=False)
    tuning_findings.cross_section(found.table, labels, made)
    st.subheader("True or false, by likelihood", anchor=False)
    tuning_findings.choices_section(found.report.choices, labels)
    st.subheader("What a reader would notice", anchor=False)
    tuning_findings.behaviour_section(found.report, found.greedy, labels)
    tuning_findings.examples(found.greedy, cached.prompt_titles(), labels, sft)
st.subheader("Turn the dials", anchor=False)
client, store, family = cached.client(), cached.store(), mixable(made)
case_rows = store.case_rows()
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
    stored = complete_rows(study, store.reply_logliks(study.id, [c.id for c in contexts(prompt)]), labels)
    path = dials.path(prompt)
    if position := next((p for p in path if p.dials == at), None):
        results(study, prompt, position, stored.get(labels[family.base]))
    ternary(study, prompt, path, stored)
st.subheader("Training", anchor=False)
tuning_view.curves_section(made)
if trials:
    tuning_view.strength_section(trials, labels)
st.subheader("What this does not show", anchor=False)
st.markdown("""
- A model of 270 million weights and some hundred pairs for each tuning: deployed assistants are thousands of times larger, with more data and more stages. Nothing here carries over to them by itself.
- DPO, not reinforcement learning with a reward model (PPO). The two can differ.
- Each criterion is what *one data set's raters* called so: PandaLM's three people, HH-RLHF's crowdworkers, TruthfulQA's authors. The sets also differ in subject, length and style. A cell off the diagonal may show that, and not the criterion.
- The paper credits preference tuning with real gains, and studies find tunings that raise honesty and helpfulness together (Liu et al. 2024, [arXiv 2402.07282](https://arxiv.org/abs/2402.07282)). A preference model trained on one of two goals can fall below chance on the other (Bai et al. 2022, [arXiv 2204.05862](https://arxiv.org/abs/2204.05862)): the same is asked here of tuned models.
- One run of each recipe. Another seed, another split or another base would give other numbers.
""")
