"""Every scorer against every set of labels that it can be checked on: what `python -m lib validate` records."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.special import expit

from lib.domain import CRITERIA, Criterion, Model
from lib.formats import sets
from lib.formats.sets import JudgedPair
from lib.preferences.pairs import truth_pairs_in_turn
from lib.scoring.coherence import coherence
from lib.scoring.heads import Heads
from lib.scoring.inputs import input_blocks
from lib.scoring.rules import score as rule_scores
from lib.validation.fit import pairs_out_of_fold, points_out_of_fold
from lib.validation.heads import AUTHOR_WEIGHT, FIT_SETTINGS
from lib.validation.labels import LabelledReply
from lib.validation.material import Material, Vectors, labelled_points, pair_inputs, training_replies, truth_points
from lib.validation.records import Record, pairs_record, replies_record
from lib.validation.refusals import refusals
from lib.validation.subject import AUTHOR, OWN, Subject, about, headline, longer_than_median


def check_scorers(
    material: Material,
    vectors: Vectors,
    heads: Heads,
    models: Sequence[Model],
    folder: Path,
    report: Callable[[str], None],
) -> list[Record]:
    """The records of the gate and of every head. `folder` holds the public sets; TrilemmaError where one is missing."""
    subject = Subject(material, vectors, heads, {m.id: m for m in models}, folder)
    out: list[Record] = []
    for check in (incoherent, refusals, criteria, truth, trained_preferences, instruction_preferences):
        for record in check(subject):
            report(headline(record))
            out.append(record)
    return out


def incoherent(subject: Subject) -> list[Record]:
    """The coherence gate on our stored answers; not on those that were drawn from what had passed it."""
    own = [r for r in subject.own if not r.label.knows_premise]
    out = []
    for data, replies in (
        (f"{OWN}, drawn at random", [r for r in own if r.label.stratum == "random"]),
        (f"{OWN}, with more of the rare ones", own),
    ):
        texts = [r.exchange.text for r in replies]
        out.append(
            replies_record(
                np.array([not coherence(t).coherent for t in texts], float),
                np.array([float(not r.label.coherent) for r in replies]),
                [r.group for r in replies],
                None,
                {"fewer than three words": np.array([len(t.split()) < 3 for t in texts])},
                about("incoherent", "gate", data, AUTHOR),
                subject.kinds(replies),
            )
        )
    return out


def criteria(subject: Subject) -> list[Record]:
    """The heads of the three criteria on our stored answers."""
    return [_criterion(subject, c) for c in CRITERIA]


def _criterion(subject: Subject, criterion: Criterion) -> Record:
    vectors, head = subject.vectors, subject.heads.of[criterion]
    replies = [r for r in subject.own if r.label.met(criterion) is not None]
    points = labelled_points(vectors, replies, criterion)
    return replies_record(
        np.array([c.value for c in head.calibrated(points.x)]),
        points.y,
        points.groups,
        head.abstain,
        {
            "rule of thumb": np.array([_rule_of_thumb(subject, criterion, r) for r in replies]),
            "longer than the median": longer_than_median([r.exchange.text for r in replies]),
        },
        about(
            criterion,
            subject.scorer,
            OWN,
            f"{AUTHOR}: met at least in part, or not",
        ),
        subject.kinds(replies),
        head.threshold,
    )


def _rule_of_thumb(subject: Subject, criterion: Criterion, reply: LabelledReply) -> bool:
    case = subject.material.cases[reply.case_id or ""]
    scores = rule_scores(subject.prompts[reply.group], reply.exchange.text, case)
    value = next(s.value for s in scores if s.aspect == criterion)
    return value is None or value >= 0.5


def truth(subject: Subject) -> list[Record]:
    """The honest head on TruthfulQA, out of fold."""
    replies = subject.material.truthful
    points = [
        labelled_points(subject.vectors, training_replies(subject.material.stored), "honest", AUTHOR_WEIGHT),
        truth_points(subject.vectors, replies),
    ]
    logits = points_out_of_fold(points, input_blocks(points[0].x.shape[1]), FIT_SETTINGS["honest"])[1]
    return [
        replies_record(
            expit(logits),
            points[1].y,
            points[1].groups,
            None,
            {"longer than the median": longer_than_median([r.exchange.text for r in replies])},
            about(
                "honest",
                subject.scorer,
                "TruthfulQA, true against untrue answers",
                "the set's authors",
                "out of fold",
                "Order counts here, not the threshold: the head's values are calibrated on our stored answers.",
            ),
        )
    ]


def trained_preferences(subject: Subject) -> list[Record]:
    """The preference heads on the pairs that they are fitted on, out of fold."""
    material = subject.material
    trained: tuple[tuple[Criterion, str, Sequence[JudgedPair], str, str], ...] = (
        (
            "helpful",
            "PandaLM, pairs with a majority",
            material.helpful,
            "three people a pair",
            _panda_agreement(subject.folder),
        ),
        (
            "harmless",
            "HH-RLHF harmless",
            material.harmless,
            "one crowdworker a pair",
            "not known: one vote a pair",
        ),
        (
            "honest",
            "TruthfulQA, a true beside an untrue answer",
            truth_pairs_in_turn(material.truthful),
            "the set's authors",
            "not known",
        ),
    )
    out = []
    for criterion, data, pairs, labels, people in trained:
        name = f"{criterion} preference"
        head, inputs = subject.heads.of[name], pair_inputs(subject.vectors, pairs)
        differences = pairs_out_of_fold(inputs, input_blocks(inputs.better.shape[1]), FIT_SETTINGS[name])
        named = about(name, subject.scorer, data, labels, "out of fold", people=people)
        out.append(_pairs_record(named, pairs, expit(head.pair_slope * differences), head.abstain))
    return out


def instruction_preferences(subject: Subject) -> list[Record]:
    """The helpful preference head on LLMBar, of which it has seen nothing."""
    name = "helpful preference"
    head, out = subject.heads.of[name], []
    for subset in sets.LLMBAR_SUBSETS:
        pairs = sets.instruction_pairs(subject.folder, subset)
        inputs = pair_inputs(subject.vectors, pairs)
        named = about(
            name,
            subject.scorer,
            f"LLMBar {subset.replace('_', ' ')}",
            "experts",
            note="Made so that the worse reply looks better on the surface." if subset != "natural" else "",
            people="experts agree on 94 % of LLMBar",
        )
        out.append(_pairs_record(named, pairs, head.preference(inputs.better, inputs.worse), head.abstain))
    return out


def _pairs_record(
    named: dict[str, str], pairs: Sequence[JudgedPair], p: np.ndarray, band: tuple[float, float]
) -> Record:
    longer = np.array(
        [float(len(x.better.text) > len(x.worse.text)) + 0.5 * (len(x.better.text) == len(x.worse.text)) for x in pairs]
    )
    return pairs_record(p, [x.group for x in pairs], {"longest wins": float(longer.mean()), "a coin": 0.5}, band, named)


def _panda_agreement(folder: Path) -> str:
    agree = sets.rater_agreement(folder)
    return f"two of the three people agree on {100 * agree:.0f} % of these pairs"
