"""Every model of the registry: what made it, what its makers disclose, whether it is on this computer."""

import streamlit as st

from lib.models.weights import ready
from lib.ui import cached, cards, disclosures, pickers
from lib.ui import models as models_view

cards.page_style()
models = cached.models()
st.title("Models", anchor=False)
models_view.introduction()
models_view.left_out(cached.registry_faults())
here = [m for m in models.values() if ready(m)]
shown = pickers.model_filter(list(models.values()), here)
disclosures.matrix(shown)
models_view.model_cards(shown, here, models)
