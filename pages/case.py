"""One case: the story, the answers side by side, the reference replies, the sources."""

import streamlit as st

from lib.models.registry import pairs
from lib.ui import cached, cards, pickers
from lib.ui import case as case_view
from lib.ui import cases as gallery

cards.page_style()
store = cached.store()
rows = store.case_rows()
if not rows:
    st.warning("No cases are installed. The folder `casestudies/` is empty.", icon=":material/search_off:")
    st.stop()

left, right = st.columns([3, 1], vertical_alignment="bottom")
with left:
    case_id = pickers.case(rows)
class_view = right.toggle(
    "Class view",
    key="class_view",
    bind="query-params",
    help="Hides the answers until the class has predicted what the models will say.",
)
study = cached.case(case_id)
assert study is not None
case_view.heading(study)
case_view.story(study)

st.header("The answers", anchor=False)
prompt = pickers.prompt(study)
case_view.prompt_text(prompt, study.needs_native_review)
if not (
    class_view and study.sensitivity == "signposted"
):  # what a model says to such a prompt is not for a projector unseen
    case_view.ask_live(study, prompt)
models = cached.models()
answering = [models[m] for m in store.answering_models(study.id) if m in models]
revealed = not class_view
if not answering:
    st.warning(
        "No stored answers to this case yet. Make them with `python -m lib precompute`, or ask a model live.",
        icon=":material/search_off:",
    )
else:
    chosen = pickers.stored_models(answering)
    template = pickers.template(store.other_templates(prompt.id))
    if not chosen:
        st.info("Choose at least one model.", icon=":material/touch_app:")
    elif case_view.predicted(study, prompt) if class_view else case_view.wanted(study):
        revealed = True
        case_view.families_note(chosen, pairs(tuple(models.values())))
        with st.expander("What to look for in the answers", icon=":material/visibility:", expanded=True):
            st.markdown(study.sections["What to look for in the answers"])
        case_view.answers(store, study, prompt, chosen, template)
        if class_view:
            case_view.revised(prompt)
        case_view.replies(store, study, prompt, chosen)
        with st.container(border=True):
            st.markdown("**What this does not show**")
            st.markdown(study.sections["What this does not show"])

case_view.discussion(study)
if revealed:
    case_view.uses(study)
    case_view.sources(study)
else:  # the plan and what a good answer takes up would give the class its prediction
    with st.expander("For the teacher: the plan, harms and sources", icon=":material/school:"):
        case_view.uses(study)
        case_view.sources(study)

titles = {r.id: r.title for r in rows}
linked = [titles[slug] for slug in study.see_also if slug in titles]
st.subheader("Go on", anchor=False)
gallery.next_stops(cached.tours(), study.id, titles, class_view)
if linked:
    gallery.see_also(linked, class_view)
