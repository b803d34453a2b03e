"""A model of one's own: a folder, a hub model or a server becomes an entry of the registry."""

import streamlit as st

from lib.domain import TrilemmaError
from lib.models.added import add_model, own_ids, remove_model
from lib.models.asking import merged
from lib.models.found import found
from lib.paths import paths
from lib.ui import add_model as add_view
from lib.ui import cached, cards

cards.page_style()
st.title("Add a model", anchor=False)
add_view.introduction()
if not add_view.at_this_computer():
    add_view.elsewhere()
    st.stop()

models = cached.models()
if looked_up := add_view.look_up():
    try:
        st.session_state["add_found"] = found(looked_up.what, tuple(models.values()), looked_up.served, looked_up.key)
    except TrilemmaError as fault:
        st.session_state.pop("add_found", None)
        add_view.fault(str(fault))

if at_hand := st.session_state.get("add_found"):
    if not at_hand.entry.get("id"):
        add_view.choose_served(at_hand)
    elif (said := add_view.fields(at_hand, tuple(models.values()))) is not None:
        try:
            model = add_model(paths().models, merged(at_hand, said))
        except TrilemmaError as fault:
            add_view.fault(str(fault))
        else:
            st.session_state["add_done"] = model
            st.session_state.pop("add_found", None)
            cached.forget_library()
            st.rerun()

if model := st.session_state.pop("add_done", None):
    add_view.added(model)

if gone := add_view.own_models(own_ids(paths().models), models):
    try:
        remove_model(paths().models, gone)
    except TrilemmaError as fault:
        add_view.fault(str(fault))
    else:
        cached.forget_library()
        st.rerun()
