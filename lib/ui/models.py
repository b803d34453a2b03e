"""The parts of the models page: what each model is, what its makers disclose, how to install it."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.domain import EndpointSource, Model
from lib.models.registry import INGREDIENTS, NOT_STATED
from lib.models.weights import install_command
from lib.ui import takeaway, words


def introduction() -> None:
    st.markdown(
        "What each model's makers disclose about how it was tuned, and where they say it. *Not disclosed* means that we"
        " found nothing in the sources named, not that nothing exists; *not stated* means that it was never looked up."
    )
    st.page_link("pages/add_model.py", label="Add a model", icon=":material/add:")


def left_out(faults: Sequence[str]) -> None:
    """The entries of the registry that cannot be used, each with what is wrong."""
    if not faults:
        return
    entries = "1 entry" if len(faults) == 1 else f"{len(faults)} faults"
    st.warning(
        f"**{entries} in the list of models can't be used and was left out.** The rest works. Correct it in"
        " `data/models.toml` or, where you added it yourself, in `data/local/models.toml`:"
        if len(faults) == 1
        else f"**{entries} in the list of models: the entries named here were left out.** The rest works. Correct them"
        " in `data/models.toml` or, where you added them yourself, in `data/local/models.toml`:",
        icon=":material/warning:",
    )
    st.code("\n".join(faults), language=None, wrap_lines=True)


def model_cards(shown: Sequence[Model], here: Sequence[Model], every: Mapping[str, Model]) -> None:
    """A card for each model that is `shown`. `here`: those whose weights are on this computer; `every`: by id."""
    st.header("Each model", anchor=False)
    st.caption(f"{len(shown)} of {len(every)} models")
    if not shown:
        st.info("None of these models is on this computer.", icon=":material/search_off:")
    for model in shown:
        with st.container(border=True):
            _card(model, model in here, every)


def _card(model: Model, here: bool, every: Mapping[str, Model]) -> None:
    st.markdown(f"**{words.escaped(model.label)}** {words.place(model, here)}")
    facts = [words.escaped(words.model_line(model))]
    if model.stage != "base":
        facts.append(f"tuned from {every[model.base_id].label}" if model.base_id else "its base isn't in this list")
    facts += [f"context: {model.context_tokens:,} tokens", f"template: {words.TEMPLATE[model.template]}"]
    st.caption(" · ".join(facts))
    licence = words.escaped(model.licence)
    told = f"Licence: [{licence}]({model.licence_url})" if model.licence_url else f"Licence: {licence}"
    tuning = "How it was made: not stated" if model.tuning == NOT_STATED else words.escaped(model.tuning)
    st.markdown(f"{tuning}\n\n{told}")
    if isinstance(model.source, EndpointSource):
        st.markdown(f"What you put to it {words.goes_to(model.source)}.")
    if model.stage != "base" or model.disclosures:
        _disclosures(model)
    if not here and (command := install_command(model)):
        with st.expander("How to install", icon=":material/download:"):
            st.code(command, language="bash")


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
        ] + [
            {"about": about, "status": NOT_STATED, "what we found": None, "source": None}
            for about in INGREDIENTS
            if about not in model.disclosures
        ]
        takeaway.table(
            pd.DataFrame(rows),
            hide_index=True,
            row_height=70,
            column_config={
                "what we found": st.column_config.TextColumn(width="large"),
                "source": st.column_config.LinkColumn(width="medium"),
            },
            alt=f"Disclosures for {model.label}",
        )
