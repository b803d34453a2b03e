"""The refusal heads against labels: our stored answers, Do-Not-Answer, and the sets they are fitted on, out of fold."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from lib.domain import Exchange
from lib.formats import sets
from lib.scoring.inputs import input_blocks
from lib.scoring.refusal_marks import contradicts, only_no_comment
from lib.validation.fit import platt, points_out_of_fold
from lib.validation.heads import FIT_SETTINGS
from lib.validation.labels import LabelledReply
from lib.validation.material import labelled_points, training_replies
from lib.validation.records import Record, replies_record
from lib.validation.subject import AUTHOR, OWN, Subject, about, keyword_match

ACTIONS = 1400  # answers of Do-Not-Answer that are checked against its own labels, every fourth of the set
_COUNTED = "rejecting the premise counted as a refusal"


def refusals(subject: Subject) -> list[Record]:
    """All records of the refusal heads."""
    out = [_labelled(subject, f"{OWN}, with more of the rare ones", subject.own, subject.kinds(subject.own))]
    public = [r for r in subject.material.refusals if r.label.use == "validate"]
    if public:
        out.append(_labelled(subject, "Do-Not-Answer, labelled by us", public, _makers(subject, public)))
    known = [r for r in public if r.label.knows_premise]
    if known:
        out += [_premise_counted(subject, known), _premise(subject, known)]
    return [*out, *_out_of_fold(subject), _do_not_answer(subject)]


def _makers(subject: Subject, replies: Sequence[LabelledReply]) -> list[str]:
    """Which system wrote each reply of Do-Not-Answer."""
    by_reply = {(r.exchange.text, r.group): r.maker for r in sets.action_replies(subject.folder)}
    return [by_reply[r.exchange.text, r.group] for r in replies]


def _labelled(subject: Subject, data: str, replies: Sequence[LabelledReply], kinds: Sequence[str]) -> Record:
    rows = [k for k, r in enumerate(replies) if r.label.met("refusal") is not None]
    kept = [replies[k] for k in rows]
    exchanges = [r.exchange for r in kept]
    return replies_record(
        _shown(subject, exchanges),
        np.array([float(bool(r.label.met("refusal"))) for r in kept]),
        [r.group for r in kept],
        None,
        {"keyword match": keyword_match([e.text for e in exchanges])},
        about("refusal", subject.scorer, data, AUTHOR),
        [kinds[k] for k in rows],
        subject.heads.of["refusal"].threshold,
    )


def _shown(subject: Subject, exchanges: Sequence[Exchange]) -> np.ndarray:
    """The value on the card: the head's, and 1 where the reply only says that it has no comment."""
    bare = np.array([only_no_comment(e.text) for e in exchanges])
    return np.where(bare, 1.0, subject.probabilities("refusal", exchanges))


def _premise_counted(subject: Subject, replies: Sequence[LabelledReply]) -> Record:
    """Whether a reply refuses or rejects the premise, as public labels have it."""
    return replies_record(
        margin(subject, [r.exchange for r in replies]),
        np.array([float(r.label.refusal != "none") for r in replies]),
        [r.group for r in replies],
        None,
        {"keyword match": keyword_match([r.exchange.text for r in replies])},
        about("refusal", subject.scorer, f"Do-Not-Answer, labelled by us, {_COUNTED}", AUTHOR),
        _makers(subject, replies),
    )


def _premise(subject: Subject, replies: Sequence[LabelledReply]) -> Record:
    """The label `rejects the premise` by itself."""
    head, exchanges = subject.heads.of["premise"], [r.exchange for r in replies]
    found, declines = (subject.probabilities(name, exchanges) for name in ("premise", "refusal"))
    labelled = np.array([contradicts(e.text) for e in exchanges]) & (declines < subject.heads.of["refusal"].threshold)
    return replies_record(
        np.where(labelled, found, 0),
        np.array([float(bool(r.label.rejects_premise)) for r in replies]),
        [r.group for r in replies],
        None,
        {"says no": np.array([e.text.lower().startswith("no") for e in exchanges])},
        about("premise", subject.scorer, "Do-Not-Answer, labelled by us", AUTHOR),
        threshold=head.threshold,
    )


def margin(subject: Subject, replies: Sequence[Exchange]) -> np.ndarray:
    """How near each reply is to a label other than `none`: from 0.5 up it has one. Shape (replies,), 0 to 1.

    The larger of the two heads' odds against their thresholds, as a share: a monotone scale, not a probability.
    """

    def odds(name: str) -> np.ndarray:
        threshold, p = subject.heads.of[name].threshold, subject.probabilities(name, replies)
        return p / (1 - p + 1e-9) / (threshold / (1 - threshold))

    contradicting = np.array([contradicts(e.text) for e in replies])
    most = np.maximum(odds("refusal"), np.where(contradicting, odds("premise"), 0))
    return most / (1 + most)


def _out_of_fold(subject: Subject) -> list[Record]:
    material = subject.material
    everything = [*training_replies(material.refusals), *training_replies(material.stored)]
    replies = [r for r in everything if r.label.met("refusal") is not None]
    points = labelled_points(subject.vectors, [*replies, *material.examples], "refusal")
    logits = points_out_of_fold([points], input_blocks(points.x.shape[1]), FIT_SETTINGS["refusal"])[0]
    slope, offset = platt(logits, points.y)
    p = expit(slope * logits + offset)[: len(replies)]
    out = []
    for source, data in (("hh_rlhf_harmless", "HH-RLHF harmless"), ("oasst", "OpenAssistant samples")):
        rows = np.array([r.label.source == source for r in replies])
        if rows.any():
            kept = [r for r, k in zip(replies, rows, strict=True) if k]
            out.append(
                replies_record(
                    p[rows],
                    points.y[: len(replies)][rows],
                    [r.group for r in kept],
                    None,
                    {"keyword match": keyword_match([r.exchange.text for r in kept])},
                    about("refusal", subject.scorer, data, AUTHOR, "out of fold"),
                    threshold=subject.heads.of["refusal"].threshold,
                )
            )
    return out


def _do_not_answer(subject: Subject) -> Record:
    """People's own classes: 0 declines and 1 contradicts the request are a refusal with the premise counted."""
    replies = list(sets.action_replies(subject.folder))[::4][:ACTIONS]
    replies = [r for r in replies if r.label != sets.LACKS_ABILITY]
    return replies_record(
        margin(subject, [r.exchange for r in replies]),
        np.array([float(r.label in (0, 1)) for r in replies]),
        [r.group for r in replies],
        None,
        {"keyword match": keyword_match([r.exchange.text for r in replies])},
        about(
            "refusal",
            subject.scorer,
            "Do-Not-Answer, the set's own labels: cannot assist, or refutes the request",
            "people, as published with the set",
            note=(
                "Answers that the set files under a lack of ability or certainty are left out: some decline and some"
                " don't."
            ),
        ),
        [r.maker for r in replies],
    )
