"""The parts of the page on how far the scorers can be trusted: each record in plain words first, then its numbers."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lib.charts import calibration_curve, coverage_curve
from lib.measures.stats import Interval
from lib.scoring.features import FEATURES
from lib.scoring.heads import HeadsCard
from lib.scoring.inputs import READER
from lib.validation.features import FeatureRecord
from lib.validation.records import Record

NAMES = {
    "incoherent": "Gate: not language",
    "refusal": "Refusal",
    "helpful": "Helpful",
    "harmless": "Harmless",
    "honest": "Honest",
    "helpful preference": "Pairs: more helpful",
    "harmless preference": "Pairs: less harmful",
    "honest preference": "Pairs: true or not",
}
_THING = {
    "incoherent": "unreadable texts",
    "refusal": "refusals",
    "helpful": "helpful replies",
    "harmless": "harmless replies",
    "honest": "honest replies",
}


def introduction(scorer: str) -> None:
    st.markdown(
        "Every score in this app comes from a program, and programs err in their own ways. Here each of them is tested"
        " against labels that people gave, on texts from prompts that it was not trained on. The scorer is"
        f" `{scorer}`: small linear models that combine the hidden states of one little language model (`{READER}`) with"
        " counts of marked words. It reads **English only**, it looks at **words, not intentions**, and the labels on"
        " our own answers are **one author's**. Other people would label differently."
    )


def no_records() -> None:
    st.warning(
        "The validity records are missing. Make them with `python -m lib validate DATA`; README.md says where to get"
        " the public sets.",
        icon=":material/warning:",
    )


def overview_section(records: Sequence[Record]) -> None:
    st.dataframe(
        overview(records),
        hide_index=True,
        height=35 * (len(records) + 1) + 3,
        alt="Every scorer on every set, in plain words and numbers",
    )
    st.caption(
        "Choose a scorer above for its cards: calibration, baselines, error rates for base and tuned models, and when"
        " it abstains. In brackets: 95% bootstrap intervals."
    )


def features_section(marked: Sequence[FeatureRecord]) -> None:
    st.subheader("The marked features", anchor=False)
    st.markdown(
        "A feature marks words, and words can mean something else. One author read English sentences, most of them from"
        " our own stored answers, without seeing what was marked. **Precision**: of 100 marked sentences, how many"
        " really have the feature. **Recall**: of 100 that have it, how many are marked. Recall was checked among"
        " sentences with a word that often goes with the feature, so anything said in quite different words isn't"
        " counted. In other languages the marks do not apply, and none are shown."
    )
    st.dataframe(
        features_table(marked),
        hide_index=True,
        height=35 * (len(marked) + 1) + 3,
        alt="Precision and recall of each marked feature",
    )
    st.caption(
        "In brackets: 95% intervals, Wilson's for precision; for recall from draws of the rates among marked and"
        " unmarked sentences."
    )


def glossary() -> None:
    st.subheader("What it means", anchor=False)
    st.markdown("""
- **AUROC**: given one reply that people marked yes and one that they marked no, how often the scorer ranks them right. 0.5 is chance.
- **A yes** starts where training rows put it: for helpful, harmless and honest at the share of yes among them, since a value is a probability and most lie near that share; for refusals where F1 was best.
- **F1**: one number for finding what is there without raising false alarms. It depends on how rare the thing is, so it is shown beside the results of a keyword list and of always guessing the majority.
- **Strong, fair, weak** go by the low end of the interval of AUROC (or, for pairs, of accuracy): from .80, from .65, above .50. **No better than chance**: the interval includes .50. **Below chance**: it lies under .50.
- **Abstains**: a value close to what any reply would get says nothing about this one and is not shown as a score. It stays out of means and is counted as not scored.
- **Adversarial LLMBar** pairs are made so that the worse reply looks better. The scorer falls for them. So does anyone who judges by the look of a reply.
""")


def training(card: HeadsCard) -> None:
    with st.expander("What each head was trained on", icon=":material/model_training:"):
        st.dataframe(heads_table(card), hide_index=True, alt="Training sets, labels and licences of each head")
        st.caption(
            f"Inputs: {card.inputs}. Trained with `{card.command}` on {card.date}. Nothing was trained on Do-Not-Answer"
            " or LLMBar."
        )


def plain(record: Record) -> str:
    """The record in a sentence or two."""
    if record.kind == "pairs":
        return (
            f"Of 100 pairs it agrees with people on {100 * record.accuracy.value:.0f}; a coin toss would on 50, picking"
            f" the longer reply on {_baseline(record, 'longest wins')}."
        )
    thing, c = _THING[record.aspect], record.confusion
    if c is None:
        return ""
    found = 100 * c.true_positive / max(1, c.true_positive + c.false_negative)
    alarms = 100 * c.false_positive / max(1, c.false_positive + c.true_negative)
    return f"Of 100 {thing} it finds {found:.0f}; it wrongly flags {alarms:.0f} of 100 others."


def verdict(record: Record) -> tuple[str, str]:
    """How strong the scorer is here, in one word with its colour, by the low end of the interval: against chance, not against perfection."""
    found = record.accuracy if record.kind == "pairs" else record.auroc
    if found is None or found.low <= 0.5:
        return ("below chance" if found and found.high < 0.5 else "no better than chance"), "red"
    return ("strong", "green") if found.low >= 0.8 else ("fair", "blue") if found.low >= 0.65 else ("weak", "orange")


def _baseline(record: Record, name: str) -> str:
    return next((f"{100 * b.value:.0f}" for b in record.baselines if b.name == name), "?")


def with_interval(found: Interval | None) -> str:
    return "—" if found is None else f"{found.value:.2f} ({found.low:.2f}–{found.high:.2f})"


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
                "AUROC, or accuracy of pairs": with_interval(r.accuracy if r.kind == "pairs" else r.auroc),
            }
            for r in records
        ]
    )


def record_card(record: Record, key: str) -> None:
    """One record: what it means, how sure, against what, and for whose text."""
    word, colour = verdict(record)
    with st.container(border=True, key=key):
        st.markdown(f"**{record.data}** :{colour}-badge[{word}]")
        st.markdown(plain(record))
        st.caption(
            f"n = {record.n:,} · labels: {record.labels} · {record.seen}"
            + (f" · {record.people}" if record.people else "")
        )
        if record.note:
            st.caption(record.note)
        with st.expander("Numbers", icon=":material/table:", key=f"{key}_numbers", on_change="rerun") as box:
            if box.open:
                numbers(record)


def numbers(record: Record) -> None:
    measures = {
        "accuracy": record.accuracy,
        "AUROC": record.auroc,
        "F1": record.f1,
        "balanced accuracy": record.balanced_accuracy,
    }
    rows = [
        {"measure": name, "scorer": with_interval(found), **_baselines(record, name)}
        for name, found in measures.items()
        if found
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="Measures of the scorer with 95% bootstrap intervals, beside baselines",
    )
    st.caption("In brackets: the 95% interval of a bootstrap over prompts (1,000 draws).")
    if record.confusion:
        c = record.confusion
        table = pd.DataFrame(
            {
                "": ["people: yes", "people: no"],
                "scorer: yes": [c.true_positive, c.false_positive],
                "scorer: no": [c.false_negative, c.true_negative],
            }
        )
        st.dataframe(table, hide_index=True, alt="Confusion matrix")
        says = (
            ""
            if record.threshold is None or record.threshold == 0.5
            else f" The scorer's value counts as a yes from {record.threshold:.2f} up, chosen on training rows."
        )
        st.caption(f"Share of yes among people's labels: {100 * (record.base_rate or 0):.0f}%.{says}")
    if record.groups:
        frame = pd.DataFrame(
            [
                {
                    "text of": f"{g.name} models",
                    "n": g.n,
                    "yes by people": g.positives,
                    "missed": _share(g.missed),
                    "false alarms": _share(g.false_alarms),
                }
                for g in record.groups
            ]
        )
        st.dataframe(frame, hide_index=True, alt="Error rates of base and tuned models separately")
        st.caption(
            "Where these error rates differ, part of any difference between base and tuned models comes from the scorer."
        )
    if record.abstained is not None:
        outside = (
            ""
            if record.accuracy_outside_band is None
            else f" Where it gives a score, it is right in {100 * record.accuracy_outside_band:.0f} of 100."
        )
        st.caption(f"In its band of doubt it gives no score: {record.abstained} of {record.n}.{outside}")
    left, right = st.columns(2)
    if record.calibration:
        with left:
            st.plotly_chart(
                calibration_curve(record.calibration),
                key=f"cal_{record.file_name}",
                alt="Calibration: predicted against observed rate",
            )
            st.caption(
                f"Calibration. Expected calibration error {record.ece:.2f}. On the dotted line a value of .3 means 30 of"
                " 100."
            )
    with right:
        st.plotly_chart(
            coverage_curve(record.coverage),
            key=f"cov_{record.file_name}",
            alt="Accuracy on the surest part of the replies",
        )
        st.caption("Accuracy when the scorer may leave out what it is least sure of.")


def _baselines(record: Record, measure: str) -> dict[str, str]:
    return {b.name: f"{b.value:.2f}" for b in record.baselines if b.measure == measure}


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.0f}%"


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
