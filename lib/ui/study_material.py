"""The items of a study from the library: a prompt of each case with an answer of a base model and one tuned from it."""

import itertools
import random

import streamlit as st

from lib.domain import Pair
from lib.models.registry import pairs
from lib.studies.definition import Item, Planned, Study, readable, side
from lib.ui import cached, class_material


def known_pairs() -> dict[tuple[str, str], Pair]:
    """Every base model with a model tuned from it, by their ids."""
    return {(p.base.id, p.tuned.id): p for p in pairs(cached.models().values())}


def planned(study: Study) -> Planned:
    """The study with its items, as many as it wants at most, drawn by its seed."""
    return _planned(cached.database(), study)


@st.cache_resource(
    max_entries=8, show_spinner="Looking for answers to compare …", hash_funcs={Study: Study.model_dump_json}
)
def _planned(database: str, study: Study) -> Planned:
    wanted = study.cases or tuple(r.id for r in cached.case_rows() if r.sensitivity != "signposted")
    drawn = [(case, pair) for case in wanted for pair in study.pairs]
    random.Random(study.seed).shuffle(drawn)
    fitting = (item for case, pair in drawn if (item := _item(study, case, pair)))
    return Planned(study, tuple(itertools.islice(fitting, study.most)))


def _item(study: Study, case_id: str, pair: tuple[str, str]) -> Item | None:
    """The prompt that shows the clearest difference of the pair, or the neutral one, with two readable answers."""
    case = cached.case(case_id)
    for offer in class_material.offers(case_id):
        if (offer.pair.base.id, offer.pair.tuned.id) != pair:
            continue
        if study.variants == "neutral" and offer.prompt.variant != "neutral":
            continue
        if offer.prompt.language != "en" or case is None:
            continue
        if (chosen := class_material.chosen(case_id, offer)) and readable(chosen.base) and readable(chosen.tuned):
            checks = case.checks_of(offer.prompt)
            sides = [side(r, checks, offer.prompt.language) for r in (chosen.base, chosen.tuned)]
            return Item(f"{case_id}/{pair[1]}", case_id, offer.prompt.text, *sides)
    return None
