"""How far to trust the scores: every scorer held to people's labels."""

import streamlit as st

from lib.scoring.inputs import READER
from lib.ui import cached, cards, trust

cards.page_style()
st.title("How far to trust this", anchor=False)
records, card = trust.in_order(cached.records()), cached.heads().card
st.markdown(f"""
Every score in this app comes from a program, and programs are wrong in their own ways. Here each of them is held to labels that people gave, on texts from prompts that it was not trained on. The scorer is `{card.scorer}`: small linear models that weigh what one little language model (`{READER}`) makes of a reply, and counts of marked words. It reads **English only**, it looks at **words, not intentions**, and the labels on our own answers are **one author's**. Other people would label differently.
""")
if not records:
    st.warning(
        "The validity records are missing. Make them with `python -m lib validate DATA`; README.md says where the"
        " public sets can be had.",
        icon=":material/warning:",
    )
    st.stop()

aspects = [a for a in trust.NAMES if any(r.aspect == a for r in records)]
chosen = st.pills(
    "Scorer",
    ["all", *aspects],
    default="all",
    required=True,
    key="trust_scorer",
    bind="query-params",
    format_func=lambda a: trust.NAMES.get(a, "All"),
)
shown = [r for r in records if chosen in ("all", r.aspect)]
if chosen == "all":
    st.dataframe(
        trust.overview(shown),
        hide_index=True,
        height=35 * (len(shown) + 1) + 3,
        alt="Every scorer on every set, in plain words and numbers",
    )
    st.caption(
        "Choose a scorer above for its cards: calibration, baselines, error rates for base and tuned models, and when"
        " it abstains. In brackets: 95 % bootstrap intervals."
    )
else:
    for number, record in enumerate(shown):
        trust.record_card(record, f"trust_{number}")

if chosen == "all" and (marked := cached.feature_records()):
    st.subheader("The marked features", anchor=False)
    st.markdown("""
A feature marks words, and words can mean something else. One author read English sentences, most of them of our own stored answers, without seeing what was marked. **Precision**: of 100 marked sentences, how many hold the thing. **Recall**: of 100 that hold it, how many are marked; looked for among sentences with a word that often goes with the thing, so what is said in quite other words is not counted. In other languages the marks do not apply, and none are shown.
""")
    st.dataframe(
        trust.features_table(marked),
        hide_index=True,
        height=35 * (len(marked) + 1) + 3,
        alt="Precision and recall of each marked feature",
    )
    st.caption(
        "In brackets 95 % intervals: Wilson's for precision; for recall from draws of the rates among marked and"
        " unmarked sentences."
    )

st.subheader("What it means", anchor=False)
st.markdown("""
- **AUROC**: given one reply that people marked yes and one that they marked no, how often the scorer ranks them right. 0.5 is a coin.
- **A yes** begins where training rows say so: at the share of yes among them for helpful, harmless and honest, since a value is a probability and most are near that share; where F1 was best for refusals.
- **F1**: one number for finding what is there and not crying wolf. It depends on how rare the thing is, so it is shown beside what a keyword list and always-the-majority reach.
- **Strong, fair, weak** go by the low end of the interval of AUROC (or, for pairs, of accuracy): from .80, from .65, above .50. **Like a coin**: the interval holds .50. **Below chance**: it lies under it.
- **Abstains**: a value that is about what any reply gets says nothing of this one and is not shown as a score. It stays out of means and is counted as not scored.
- **Adversarial LLMBar** pairs are made so that the worse reply looks better. The scorer falls for them. So does whoever judges by the look of a reply.
""")
with st.expander("What each head was trained on", icon=":material/model_training:"):
    st.dataframe(trust.heads_table(card), hide_index=True, alt="Training sets, labels and licences of each head")
    st.caption(
        f"Inputs: {card.inputs}. Trained with `{card.command}` on {card.date}. Nothing was trained on Do-Not-Answer or"
        " LLMBar."
    )
