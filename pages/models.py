"""Every model of the registry: what made it, what its makers disclose, whether it is on this computer."""

import streamlit as st

from lib.models.weights import weights_dir
from lib.ui import cached, cards, pickers
from lib.ui import models as models_view

cards.page_style()
models = cached.models()
st.title("Models", anchor=False)
models_view.introduction()
here = [m for m in models.values() if weights_dir(m)]
shown = pickers.model_filter(list(models.values()), here)
models_view.model_cards(shown, here, models)
