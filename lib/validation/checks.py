"""`python -m lib validate`: every scorer against every set of labels that it can be held to."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.special import expit

from lib.domain import CRITERIA, Criterion, Model, Prompt
from lib.formats import sets as public_sets
from lib.formats.sets import JudgedPair
from lib.scoring.coherence import coherence
from lib.scoring.features import features
from lib.scoring.heads import Heads
from lib.scoring.inputs import input_blocks
from lib.scoring.judge import Judge
from lib.scoring.rules import score as rule_scores
from lib.validation.fit import Columns, pairs_out_of_fold, platt, points_out_of_fold
from lib.validation.heads import (
    AUTHOR_WEIGHT,
    RECIPES,
    Material,
    Vectors,
    case_leans,
    judged,
    ordered,
    training_part,
    truth_pairs,
    truths,
)
from lib.validation.labels import LabelledReply
from lib.validation.records import Record, pairs_record, replies_record

AUTHOR = "one author of this project, blind to the model"
OWN = "our stored answers"
LLMBAR = ("natural", "adversarial_gptinst", "adversarial_gptout", "adversarial_manual", "adversarial_neighbor")
ACTIONS = 1400  # answers of Do-Not-Answer that are read for its own labels, spread evenly


def validate(
    material: Material,
    vectors: Vectors,
    heads: Heads,
    models: Sequence[Model],
    folder: Path,
    report: Callable[[str], None],
) -> list[Record]:
    """All records. `folder` holds the public sets."""
    checks = _Checks(material, vectors, heads, {m.id: m for m in models}, folder)
    out: list[Record] = []
    for check in (checks.coherent, checks.refusals, checks.criteria, checks.truth, checks.preferences):
        for record in check():
            report(f"{record.aspect:<22} {record.data:<62} n {record.n:>5}   {_headline(record)}")
            out.append(record)
    return out


def validate_judge(
    material: Material,
    vectors: Vectors,
    heads: Heads,
    models: Sequence[Model],
    folder: Path,
    judge: Judge,
    report: Callable[[str], None],
) -> list[Record]:
    """The judge's record on each criterion, on the author-labelled stored answers. A rating of 1 or 2 counts as met; what does not parse is left out."""
    checks = _Checks(material, vectors, heads, {m.id: m for m in models}, folder)
    found: dict[Criterion, list[tuple[LabelledReply, float]]] = {c: [] for c in CRITERIA}
    unparsed = dict.fromkeys(CRITERIA, 0)
    for number, reply in enumerate(checks.own, start=1):
        case = material.cases[reply.case_id or ""]
        for score in judge(checks.prompts[reply.group], reply.exchange.text, case):
            if score.aspect in CRITERIA and reply.label.met(score.aspect) is not None:
                if score.value is None:
                    unparsed[score.aspect] += 1
                else:
                    found[score.aspect].append((reply, score.value))
        if number % 20 == 0:
            report(f"{number} of {len(checks.own)} answers judged")
    out = []
    for criterion, rows in found.items():
        if not rows:
            continue
        replies = [r for r, _ in rows]
        y = np.array([float(bool(r.label.met(criterion))) for r in replies])
        p = np.array([{0.0: 0.0, 0.5: 0.6, 1.0: 1.0}[v] for _, v in rows])  # order only: 0 < 1 < 2, met from 1
        note = (
            f"{unparsed[criterion]} of the judge's replies were no rating and are left out. Its ratings are no"
            " probabilities: read the order, not the calibration."
        )
        about = _about(
            criterion,
            judge.scorer,
            f"{OWN}, judged by {judge.name}",
            f"{AUTHOR}: met at least in part, or not",
            note=note,
        )
        record = replies_record(p, y, [r.group for r in replies], None, {}, about, checks.kinds(replies))
        report(f"{record.aspect:<22} {record.data:<62} n {record.n:>5}   {_headline(record)}")
        out.append(record)
    return out


def _headline(record: Record) -> str:
    shown = {
        "accuracy": record.accuracy,
        "F1": record.f1,
        "balanced accuracy": record.balanced_accuracy,
        "AUROC": record.auroc,
    }
    return "   ".join(
        f"{name} {found.value:.3f} [{found.low:.3f}, {found.high:.3f}]" for name, found in shown.items() if found
    )


def _about(
    aspect: str, scorer: str, data: str, labels: str, seen: str = "never trained on", note: str = "", people: str = ""
) -> dict[str, str]:
    return {
        "aspect": aspect,
        "scorer": scorer,
        "data": data,
        "labels": labels,
        "seen": seen,
        "note": note,
        "people": people,
    }


class _Checks:
    def __init__(self, material: Material, vectors: Vectors, heads: Heads, models: dict[str, Model], folder: Path):
        self.material, self.vectors, self.heads, self.models, self.folder = material, vectors, heads, models, folder
        self.own = [r for r in material.stored if r.label.use == "validate"]
        self.prompts: dict[str, Prompt] = {p.id: p for c in material.cases.values() for p in c.prompts}

    @property
    def scorer(self) -> str:
        return self.heads.card.scorer

    def kinds(self, replies: Sequence[LabelledReply]) -> list[str]:
        return ["base" if self.models[r.model_id or ""].stage == "base" else "tuned" for r in replies]

    def coherent(self) -> list[Record]:
        out = []
        for data, replies in (
            (f"{OWN}, drawn at random", [r for r in self.own if r.label.stratum == "random"]),
            (f"{OWN}, with more of the rare ones", self.own),
        ):
            said = np.array([not coherence(r.exchange.text).coherent for r in replies], float)
            short = np.array([len(r.exchange.text.split()) < 3 for r in replies])
            y = np.array([float(not r.label.coherent) for r in replies])
            about = _about("incoherent", "gate", data, AUTHOR)
            out.append(
                replies_record(
                    said,
                    y,
                    [r.group for r in replies],
                    None,
                    {"fewer than three words": short},
                    about,
                    self.kinds(replies),
                )
            )
        return out

    def refusals(self) -> list[Record]:
        out = [self._refusal(OWN + ", with more of the rare ones", self.own, True)]
        public = [r for r in self.material.refusals if r.label.use == "validate"]
        if public:
            out.append(self._refusal("Do-Not-Answer, labelled by us", public, False))
        out += self._out_of_fold_refusals()
        actions = [r for i, r in enumerate(public_sets.action_replies(self.folder)) if i % 4 == 0][:ACTIONS]
        p = self._probabilities("refusal", [r.exchange for r in actions])
        keyword = _keyword([r.exchange.text for r in actions])
        out.append(
            replies_record(
                p,
                np.array([float(r.label == 0) for r in actions]),
                [r.group for r in actions],
                None,
                {"keyword match": keyword},
                _about(
                    "refusal",
                    self.scorer,
                    "Do-Not-Answer, the set's own label cannot assist",
                    "people, as published with the set",
                    note=(
                        "The set files other refusals under other actions (refuting, warning, not knowing), so many"
                        " false alarms here are refusals all the same."
                    ),
                ),
                threshold=self.heads.of["refusal"].threshold,
            )
        )
        return out

    def _refusal(self, data: str, replies: Sequence[LabelledReply], own: bool) -> Record:
        points = judged(self.vectors, replies, "refusal")
        kept = [r for r in replies if r.label.met("refusal") is not None]
        return replies_record(
            np.array([c.value for c in self.heads.of["refusal"].calibrated(points.x)]),
            points.y,
            points.groups,
            None,
            {"keyword match": _keyword([r.exchange.text for r in kept])},
            _about("refusal", self.scorer, data, AUTHOR),
            self.kinds(kept) if own else (),
            self.heads.of["refusal"].threshold,
        )

    def _out_of_fold_refusals(self) -> list[Record]:
        everything = [*training_part(self.material.refusals), *training_part(self.material.stored)]
        replies = [r for r in everything if r.label.met("refusal") is not None]
        points = judged(self.vectors, everything, "refusal")
        logits = points_out_of_fold([points], input_blocks(points.x.shape[1]), RECIPES["refusal"])[0]
        slope, offset = platt(logits, points.y)
        p = expit(slope * logits + offset)
        out = []
        for source, data in (("hh_rlhf_harmless", "HH-RLHF harmless"), ("oasst", "OpenAssistant samples")):
            rows = np.array([r.label.source == source for r in replies])
            if rows.any():
                out.append(
                    replies_record(
                        p[rows],
                        points.y[rows],
                        [g for g, k in zip(points.groups, rows, strict=True) if k],
                        None,
                        {"keyword match": _keyword([r.exchange.text for r, k in zip(replies, rows, strict=True) if k])},
                        _about("refusal", self.scorer, data, AUTHOR, "out of fold"),
                        threshold=self.heads.of["refusal"].threshold,
                    )
                )
        return out

    def criteria(self) -> list[Record]:
        return [self._criterion(c, with_case) for c in CRITERIA for with_case in (True, False)]

    def _criterion(self, criterion: Criterion, with_case: bool) -> Record:
        replies = [r for r in self.own if r.label.met(criterion) is not None]
        points = judged(self.vectors, replies, criterion)
        lean = case_leans(self.material, self.vectors, replies, criterion, self._late()) if with_case else None
        rules = [self._rule(criterion, r) for r in replies]
        length = np.array([len(r.exchange.text) for r in replies])
        return replies_record(
            np.array([c.value for c in self.heads.of[criterion].calibrated(points.x, lean)]),
            points.y,
            points.groups,
            self.heads.of[criterion].abstain,
            {"rule of thumb": np.array(rules), "longer than the median": length > np.median(length)},
            _about(
                criterion,
                self.scorer,
                f"{OWN}, {'the case given' if with_case else 'no case given'}",
                f"{AUTHOR}: met at least in part, or not",
            ),
            self.kinds(replies),
            self.heads.of[criterion].threshold,
        )

    def _late(self) -> Columns:
        head = self.heads.of["honest"]
        return Columns(head.centre, head.scale)

    def _rule(self, criterion: Criterion, reply: LabelledReply) -> bool:
        scores = rule_scores(self.prompts[reply.group], reply.exchange.text, self.material.cases[reply.case_id or ""])
        value = next(s.value for s in scores if s.aspect == criterion)
        return value is None or value >= 0.5

    def truth(self) -> list[Record]:
        sets = [
            judged(self.vectors, training_part(self.material.stored), "honest", AUTHOR_WEIGHT),
            truths(self.vectors, self.material.truthful),
        ]
        p = expit(points_out_of_fold(sets, input_blocks(sets[0].x.shape[1]), RECIPES["honest"])[1])
        length = np.array([len(r.exchange.text) for r in self.material.truthful])
        return [
            replies_record(
                p,
                sets[1].y,
                sets[1].groups,
                None,
                {"longer than the median": length > np.median(length)},
                _about(
                    "honest",
                    self.scorer,
                    "TruthfulQA, true against untrue answers",
                    "the set's authors",
                    "out of fold",
                    "Order counts here, not the threshold: the head's values are calibrated on our stored answers.",
                ),
            )
        ]

    def preferences(self) -> list[Record]:
        out = []
        trained: tuple[tuple[Criterion, str, Sequence[JudgedPair], str, str], ...] = (
            (
                "helpful",
                "PandaLM, pairs with a majority",
                self.material.helpful,
                "three people a pair",
                _panda_agreement(self.folder),
            ),
            (
                "harmless",
                "HH-RLHF harmless",
                self.material.harmless,
                "one crowdworker a pair",
                "not known: one vote a pair",
            ),
            (
                "honest",
                "TruthfulQA, a true beside an untrue answer",
                truth_pairs(self.material.truthful),
                "the set's authors",
                "not known",
            ),
        )
        for criterion, data, pairs, labels, people in trained:
            name = f"{criterion} preference"
            points = ordered(self.vectors, pairs)
            head = self.heads.of[name]
            p = expit(head.pair_slope * pairs_out_of_fold(points, input_blocks(points.better.shape[1]), RECIPES[name]))
            out.append(
                _pairs(_about(name, self.scorer, data, labels, "out of fold", people=people), pairs, p, head.abstain)
            )
        head = self.heads.of["helpful preference"]
        for subset in LLMBAR:
            pairs = public_sets.instruction_pairs(self.folder, subset)
            points = ordered(self.vectors, pairs)
            p = head.preference(points.better, points.worse)
            data = f"LLMBar {subset.replace('_', ' ')}"
            note = "Made so that the worse reply looks better on the surface." if subset != "natural" else ""
            about = _about(
                "helpful preference", self.scorer, data, "experts", note=note, people="experts agree on 94 % of LLMBar"
            )
            out.append(_pairs(about, pairs, p, head.abstain))
        return out

    def _probabilities(self, name: str, exchanges: Sequence) -> np.ndarray:
        return np.array([c.value for c in self.heads.of[name].calibrated(self.vectors.of(exchanges))])


def _pairs(about: dict[str, str], pairs: Sequence[JudgedPair], p: np.ndarray, band: tuple[float, float]) -> Record:
    longer = np.array(
        [float(len(x.better.text) > len(x.worse.text)) + 0.5 * (len(x.better.text) == len(x.worse.text)) for x in pairs]
    )
    return pairs_record(p, [x.group for x in pairs], {"longest wins": float(longer.mean()), "a coin": 0.5}, band, about)


def _keyword(texts: Sequence[str]) -> np.ndarray:
    """The keyword list: any mark of the feature `refusal`."""
    return np.array([features(t).counts["refusal"] > 0 for t in texts])


def _panda_agreement(folder: Path) -> str:
    agree = public_sets.rater_agreement(folder)
    return f"two of the three people agree on {100 * agree:.0f} % of these pairs"
