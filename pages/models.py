"""Every model of the registry: what made it, what its makers disclose, whether it is on this computer."""

import pandas as pd
import streamlit as st

from lib.models.weights import install_command, weights_dir
from lib.ui import cached, cards, words

cards.page_style()
models = cached.models()
st.title("Models", anchor=False)
st.markdown(
    "Each model's makers decide what to tell about how it was tuned. What they tell is listed here with the place where"
    " they tell it; *not disclosed* means that we found nothing in the sources named, not that nothing exists."
)
families = {}
for model in models.values():
    families.setdefault(model.family, []).append(model)
family = st.pills(
    "Family",
    list(families),
    selection_mode="single",
    key="family",
    bind="query-params",
    help="All families until you choose one.",
)
only_here = st.toggle("Only models on this computer", key="here", bind="query-params")
shown = [
    m
    for name, members in families.items()
    if family in (None, name)
    for m in members
    if not only_here or weights_dir(m)
]
st.caption(f"{len(shown)} of {len(models)} models")
if not shown:
    st.info("None of these models is on this computer.", icon=":material/search_off:")
for model in shown:
    with st.container(border=True):
        here = weights_dir(model) is not None
        facts = [
            words.model_line(model),
            f"reads {model.context_tokens:,} tokens",
            f"template: {words.TEMPLATE[model.template]}",
        ]
        if model.stage != "base":
            facts.insert(
                1, f"tuned from {models[model.base_id].label}" if model.base_id else "its own base is not in this list"
            )
        st.markdown(
            f"**{model.label}** {':green-badge[on this computer]' if here else ':gray-badge[not on this computer]'}"
        )
        st.caption(" · ".join(facts))
        st.markdown(model.tuning)
        st.markdown(f"Licence: [{model.licence}]({model.licence_url})")
        if model.disclosures:
            with st.expander("What its makers disclose", icon=":material/policy:"):
                rows = [
                    {"about": about, "status": d.status, "what we found": d.note, "source": d.source}
                    for about, d in model.disclosures.items()
                ]
                st.dataframe(
                    pd.DataFrame(rows),
                    hide_index=True,
                    row_height=70,
                    column_config={
                        "what we found": st.column_config.TextColumn(width="large"),
                        "source": st.column_config.LinkColumn(width="medium"),
                    },
                    alt=f"Disclosures for {model.label}",
                )
        if not here:
            with st.expander("Get it", icon=":material/download:"):
                st.code(install_command(model), language="bash")
