"""The refusal head against labels: our stored answers, Do-Not-Answer, and the sets it is fitted on, out of fold."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from lib.formats import sets
from lib.scoring.inputs import input_blocks
from lib.validation.fit import platt, points_out_of_fold
from lib.validation.heads import FIT_SETTINGS
from lib.validation.labels import LabelledReply
from lib.validation.material import labelled_points, training_replies
from lib.validation.records import Record, replies_record
from lib.validation.subject import AUTHOR, OWN, Subject, about, keyword_match

ACTIONS = 1400  # answers of Do-Not-Answer that are checked against its own labels, every fourth of the set


def refusals(subject: Subject) -> list[Record]:
    """All records of the refusal head."""
    out = [_labelled(subject, f"{OWN}, with more of the rare ones", subject.own, own=True)]
    public = [r for r in subject.material.refusals if r.label.use == "validate"]
    if public:
        out.append(_labelled(subject, "Do-Not-Answer, labelled by us", public, own=False))
    return [*out, *_out_of_fold(subject), _do_not_answer(subject)]


def _labelled(subject: Subject, data: str, replies: Sequence[LabelledReply], own: bool) -> Record:
    kept = [r for r in replies if r.label.met("refusal") is not None]
    points = labelled_points(subject.vectors, kept, "refusal")
    head = subject.heads.of["refusal"]
    return replies_record(
        np.array([c.value for c in head.calibrated(points.x)]),
        points.y,
        points.groups,
        None,
        {"keyword match": keyword_match([r.exchange.text for r in kept])},
        about("refusal", subject.scorer, data, AUTHOR),
        subject.kinds(kept) if own else (),
        head.threshold,
    )


def _out_of_fold(subject: Subject) -> list[Record]:
    material = subject.material
    everything = [*training_replies(material.refusals), *training_replies(material.stored)]
    replies = [r for r in everything if r.label.met("refusal") is not None]
    points = labelled_points(subject.vectors, replies, "refusal")
    logits = points_out_of_fold([points], input_blocks(points.x.shape[1]), FIT_SETTINGS["refusal"])[0]
    slope, offset = platt(logits, points.y)
    p = expit(slope * logits + offset)
    out = []
    for source, data in (("hh_rlhf_harmless", "HH-RLHF harmless"), ("oasst", "OpenAssistant samples")):
        rows = np.array([r.label.source == source for r in replies])
        if rows.any():
            kept = [r for r, k in zip(replies, rows, strict=True) if k]
            out.append(
                replies_record(
                    p[rows],
                    points.y[rows],
                    [r.group for r in kept],
                    None,
                    {"keyword match": keyword_match([r.exchange.text for r in kept])},
                    about("refusal", subject.scorer, data, AUTHOR, "out of fold"),
                    threshold=subject.heads.of["refusal"].threshold,
                )
            )
    return out


def _do_not_answer(subject: Subject) -> Record:
    replies = list(sets.action_replies(subject.folder))[::4][:ACTIONS]
    return replies_record(
        subject.probabilities("refusal", [r.exchange for r in replies]),
        np.array([float(r.label == 0) for r in replies]),
        [r.group for r in replies],
        None,
        {"keyword match": keyword_match([r.exchange.text for r in replies])},
        about(
            "refusal",
            subject.scorer,
            "Do-Not-Answer, the set's own label cannot assist",
            "people, as published with the set",
            note=(
                "The set files other refusals under other actions (refuting, warning, not knowing), so many"
                " false alarms here are refusals all the same."
            ),
        ),
        threshold=subject.heads.of["refusal"].threshold,
    )
