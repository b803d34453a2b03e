"""The parts of the models page: what each model is, what its makers disclose, how to install it."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.domain import Model
from lib.models.weights import install_command
from lib.ui import words


def introduction() -> None:
    st.markdown(
        "What each model's makers disclose about how it was tuned, and where they say it. *Not disclosed* means that we"
        " found nothing in the sources named, not that nothing exists."
    )


def model_cards(shown: Sequence[Model], here: Sequence[Model], every: Mapping[str, Model]) -> None:
    """A card for each model that is `shown`. `here`: those whose weights are on this computer; `every`: by id."""
    st.caption(f"{len(shown)} of {len(every)} models")
    if not shown:
        st.info("None of these models is on this computer.", icon=":material/search_off:")
    for model in shown:
        with st.container(border=True):
            _card(model, model in here, every)


def _card(model: Model, here: bool, every: Mapping[str, Model]) -> None:
    badge = ":green-badge[on this computer]" if here else ":gray-badge[not on this computer]"
    st.markdown(f"**{model.label}** {badge}")
    facts = [words.model_line(model)]
    if model.stage != "base":
        facts.append(f"tuned from {every[model.base_id].label}" if model.base_id else "its base isn't in this list")
    facts += [f"context: {model.context_tokens:,} tokens", f"template: {words.TEMPLATE[model.template]}"]
    st.caption(" · ".join(facts))
    st.markdown(f"{model.tuning}\n\nLicence: [{model.licence}]({model.licence_url})")
    if model.disclosures:
        _disclosures(model)
    if not here:
        with st.expander("How to install", icon=":material/download:"):
            st.code(install_command(model), language="bash")


@st.fragment
def _disclosures(model: Model) -> None:
    """Drawn when they are opened: the tables of all models would take longer than the rest of the page."""
    with st.expander(
        "What its makers disclose", icon=":material/policy:", key=f"disclosed_{model.id}", on_change="rerun"
    ) as box:
        if not box.open:
            return
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
