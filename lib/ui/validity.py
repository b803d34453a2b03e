"""Cached doors to the records of how far checks, marks and scores can be trusted."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from lib.paths import paths
from lib.scoring.heads import Heads, read_heads
from lib.validation.answer_key import (
    CheckRecord,
    KindRecord,
    read_check_labels,
    read_check_records,
    read_judged,
    read_kind_records,
)
from lib.validation.earning import EarningRecord, read_earning
from lib.validation.features import FeatureRecord, read_feature_records
from lib.validation.obvious import (
    SUITES,
    ObviousPair,
    ObviousRecord,
    PairValues,
    earned,
    read_obvious,
    read_suite,
    read_values,
)
from lib.validation.records import Record, read_records
from lib.validation.statements import JudgeRecord
from lib.validation.statements import judge_record as judge_record_of

_shared = partial(st.cache_resource, show_spinner=False)  # frozen records that no page changes


@_shared(ttl=60)
def check_records() -> Mapping[tuple[str, str], CheckRecord]:
    """How far each check agrees with hand labels, by case and key."""
    return {(r.case_id, r.check_key): r for r in read_check_records(paths().validity)}


@_shared(ttl=60)
def kind_records() -> Sequence[KindRecord]:
    """How far all checks of a kind agree with hand labels."""
    return read_kind_records(paths().validity)


@_shared(ttl=60)
def obvious_records() -> Sequence[ObviousRecord]:
    """What scorers make of the pairs that any reader orders the same way."""
    return read_obvious(paths().validity)


@_shared(ttl=60)
def obvious_pairs() -> Mapping[str, ObviousPair]:
    """The pairs of every suite, by id."""
    return {p.id: p for suite in SUITES for p in read_suite(paths().validity, suite)}


@_shared(ttl=60)
def obvious_values() -> Sequence[PairValues]:
    """What each scorer gives the replies of each pair."""
    return read_values(paths().validity)


@_shared(ttl=60)
def earning_records() -> Sequence[EarningRecord]:
    """What was tried to earn scores a place on cards."""
    return read_earning(paths().validity)


def earned_scores() -> frozenset[tuple[str, str]]:
    """(scorer, criterion) of the scores that have earned a place on cards."""
    return frozenset(earned(obvious_records()))


def heads() -> Heads:
    """The learned scorers."""
    return read_heads(paths().heads)


@_shared(ttl=60)
def judge_record() -> JudgeRecord | None:
    """How far the judge of statements agrees with hand labels; None where it was held to none."""
    judged = read_judged(paths().validity)
    return judge_record_of(judged, read_check_labels(paths().validity)) if judged else None


def judge() -> Heads | None:
    """The head that judges statements; None where there is none."""
    return read_heads(paths().statements) if paths().statements.exists() else None


@_shared(ttl=60)
def records() -> list[Record]:
    """How far each scorer can be trusted."""
    return read_records(paths().validity)


@_shared(ttl=60)
def feature_records() -> list[FeatureRecord]:
    """How far each marked feature can be trusted."""
    return read_feature_records(paths().validity)
