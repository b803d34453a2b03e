"""The parts of the page on how far the scorers can be trusted: the overview, the marked features, the glossary."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from lib.scoring.features import FEATURES
from lib.scoring.heads import HeadsCard
from lib.scoring.inputs import READER
from lib.ui import takeaway
from lib.ui.trust_record import plain, verdict, with_interval
from lib.validation.features import FeatureRecord
from lib.validation.records import Record

NAMES = {
    "incoherent": "Gate: not language",
    "refusal": "Refusal",
    "premise": "Rejects the premise",
    "helpful": "Helpful",
    "harmless": "Harmless",
    "honest": "Honest",
    "helpful preference": "Pairs: more helpful",
    "harmless preference": "Pairs: less harmful",
    "honest preference": "Pairs: true or not",
}


def picked(aspects: Sequence[str]) -> str | None:
    """Whose records to show in full; None for a line of each."""
    chosen = st.pills(
        "Scorer",
        ["all", *aspects],
        default="all",
        required=True,
        key="trust_scorer",
        bind="query-params",
        format_func=lambda a: NAMES.get(a, "All"),
    )
    return None if chosen == "all" else chosen


def details(name: str, icon: str, key: str, expanded: bool = False) -> ExpanderContainer:
    """What a visitor opens for more; `open` says whether they have."""
    return st.expander(name, icon=f":material/{icon}:", key=f"trust_{key}", expanded=expanded, on_change="rerun")


def _wide_table(frame: pd.DataFrame, name: str) -> None:
    """A table whose cells wrap; on a phone it scrolls sideways rather than squeeze its columns."""
    with st.container(key=f"wide_{name}"):
        st.table(frame)
        takeaway.rows_as_csv(frame, f"trust-{name}", name, index=True)


def introduction(scorer: str) -> None:
    st.markdown(
        "Every score in this app comes from a program, and programs err in their own ways. Here each of them is tested"
        " against labels that people gave, on texts from prompts that it was not trained on. The scorer is"
        f" `{scorer}`: small linear models that combine the hidden states of one little language model (`{READER}`)"
        " with counts of marked words. It reads **English only**, it looks at **words, not intentions**, and the labels"
        " on our own answers are **one author's**. Other people would label differently."
    )


def no_records() -> None:
    st.warning(
        "The validity records are missing. Make them with `python -m lib validate DATA`; README.md says where to get"
        " the public sets.",
        icon=":material/warning:",
    )


def overview_section(records: Sequence[Record]) -> None:
    _wide_table(overview(records).set_index("scorer"), "overview")
    st.caption(
        "The last column is AUROC, for pairs accuracy; in brackets: 95% bootstrap intervals. Choose a scorer above for"
        " its cards: calibration, baselines, error rates for base and tuned models, and when it abstains."
    )


def features_section(marked: Sequence[FeatureRecord]) -> None:
    st.markdown(
        "A feature marks words, and words can mean something else. One author read English sentences, most of them from"
        " our own stored answers, without seeing what was marked. **Precision**: of 100 marked sentences, how many"
        " really have the feature. **Recall**: of 100 that have it, how many are marked. Recall was checked among"
        " sentences with a word that often goes with the feature, so anything said in quite different words isn't"
        " counted. In other languages the marks do not apply, and none are shown."
    )
    _wide_table(features_table(marked).set_index("feature"), "features")
    st.caption(
        "In brackets: 95% intervals, Wilson's for precision; for recall from draws of the rates among marked and"
        " unmarked sentences."
    )


def glossary() -> None:
    st.markdown("""
- **AUROC**: given one reply that people marked yes and one that they marked no, how often the scorer ranks them
  right. 0.5 is chance.
- **A yes** starts where training rows put it: for helpful, harmless and honest at the share of yes among them,
  since a value is a probability and most lie near that share; for refusals at one half.
- **F1**: one number for finding what is there without raising false alarms. It depends on how rare the thing is, so
  it is shown beside the results of a keyword list and of always guessing the majority.
- **Strong, fair, weak** go by the low end of the interval of AUROC (or, for pairs, of accuracy): from .80, from
  .65, above .50. **No better than chance**: the interval includes .50. **Below chance**: it lies under .50.
- **Abstains**: a value close to what any reply would get says nothing about this one and is not shown as a score.
  It stays out of means and is counted as not scored.
- **Adversarial LLMBar** pairs are made so that the worse reply looks better. The scorer falls for them. So does
  anyone who judges by the look of a reply.
""")


def training(card: HeadsCard) -> None:
    _wide_table(heads_table(card).set_index("head"), "heads")
    st.caption(
        f"Inputs: {card.inputs}. Trained with `{card.command}` on {card.date}. Nothing was trained on Do-Not-Answer or"
        " LLMBar."
    )


def in_order(records: Sequence[Record]) -> list[Record]:
    """By scorer in the order of NAMES; our own answers before public sets, the larger set first."""
    aspects = list(NAMES)
    return sorted(records, key=lambda r: (aspects.index(r.aspect), not r.data.startswith("our"), -r.n))


def overview(records: Sequence[Record]) -> pd.DataFrame:
    """One row a record."""
    return pd.DataFrame(
        [
            {
                "scorer": NAMES[r.aspect],
                "here": verdict(r)[0],
                "in plain words": plain(r),
                "set": r.data,
                "n": r.n,
                "AUROC or accuracy": with_interval(r.accuracy if r.kind == "pairs" else r.auroc),
            }
            for r in records
        ]
    )


def features_table(records: Sequence[FeatureRecord]) -> pd.DataFrame:
    """One row a marked feature."""
    return pd.DataFrame(
        [
            {
                "feature": FEATURES[r.feature].label,
                "marks": FEATURES[r.feature].marks,
                "precision": with_interval(r.precision),
                "marked sentences read": r.marked,
                "recall": with_interval(r.recall),
                "unmarked sentences read": r.candidates,
            }
            for r in records
        ]
    )


def heads_table(card: HeadsCard) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "head": name,
                "trained on": ", ".join(head.sets),
                "rows": head.rows,
                "labels": head.labels,
                "licence": head.licence,
                "abstains between": f"{head.abstain[0]:.2f} and {head.abstain[1]:.2f}",
            }
            for name, head in card.heads.items()
        ]
    )
