"""The scorer of the product: gate, features, refusal, and a learned head a criterion; it abstains where it does not know."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lib.domain import (
    CRITERIA,
    Aspect,
    CaseStudy,
    Criterion,
    Encoder,
    Encoding,
    Exchange,
    Prompt,
    RefusalLabel,
    Score,
    ScoreStatus,
)
from lib.scoring.coherence import coherence
from lib.scoring.heads import Calibrated, Head, Heads
from lib.scoring.inputs import head_inputs, input_blocks, leans, reference_exchanges

ASPECTS: tuple[Aspect, ...] = (*CRITERIA, "refusal", "tone")
NO_READER = "the reading model is not on this machine"


Vector = tuple[float, ...]


class Work(NamedTuple):
    """A reply to be scored. `references` are the vectors of the case's reference replies to the same prompt, in the order of the case."""

    prompt: Prompt
    text: str
    case: CaseStudy | None = None
    reading: Encoding | None = None
    references: tuple[Vector, ...] = ()
    unread: str = NO_READER  # why there is no reading, where there is none

    @property
    def exchange(self) -> Exchange:
        return Exchange(self.prompt.messages, self.text)


def read_work(work: Sequence[Work], reader: Encoder) -> list[Work]:
    """The same work with everything read that the heads need: each reply, and once for a prompt the reference replies of its case."""
    references: dict[str, list[Exchange]] = {}
    for w in work:
        if w.case is not None and w.prompt.language == "en" and coherence(w.text).coherent:
            references[w.prompt.id] = reference_exchanges(w.case, w.exchange)
    wanted = list(dict.fromkeys(e for each in references.values() for e in each))
    vectors = dict(zip(wanted, (tuple(map(float, v)) for v in reader.vectors(wanted)), strict=True)) if wanted else {}
    readings = reader.encode([w.exchange for w in work])
    return [
        w._replace(reading=reading, references=tuple(vectors[e] for e in references.get(w.prompt.id, ())))
        for w, reading in zip(work, readings, strict=True)
    ]


def score(work: Sequence[Work], heads: Heads) -> list[list[Score]]:
    """The scores of each reply, one an aspect in the order of ASPECTS."""
    name = heads.card.scorer
    out: list[list[Score] | None] = [_not_scored(w, name) for w in work]
    todo = [i for i, scores in enumerate(out) if scores is None]
    for i, scores in zip(todo, _scored([work[i] for i in todo], heads), strict=True):
        out[i] = scores
    return [scores for scores in out if scores is not None]


def _not_scored(work: Work, name: str) -> list[Score] | None:
    """Why nothing of this reply is scored, or None where it is to be scored."""
    gate = coherence(work.text)
    status: ScoreStatus
    if not gate.coherent:
        status, reason = "incoherent", f"not scored: {gate.reason}"
    elif work.prompt.language != "en":
        status, reason = "not_applicable", "the scorers were trained and checked on English only"
    elif work.reading is None:
        status, reason = "unscored", work.unread
    else:
        return None
    return [Score(a, name, None, status, reason) for a in ASPECTS]


def _scored(work: Sequence[Work], heads: Heads) -> list[list[Score]]:
    if not work:
        return []
    readings = [w.reading for w in work if w.reading is not None]
    x = head_inputs([w.exchange for w in work], readings)
    lean = [_leans(w, heads.of["honest"], x.shape[1]) for w in work]
    values = {c: _values(heads.of[c], c, x, lean) for c in CRITERIA}
    refusal, full = heads.of["refusal"].calibrated(x), heads.of["full refusal"].calibrated(x)
    out = []
    for i in range(len(work)):
        scores = [
            _verdict(c, heads, values[c][i], "its case's reference replies" if lean[i] else "no case") for c in CRITERIA
        ]
        scores.append(_refusal(heads, refusal[i], full[i]))
        scores.append(
            Score(
                "tone",
                heads.card.scorer,
                readings[i].tone,
                "scored",
                "HumT: log p(text after He said or She said) - log p(text after It said), nats",
            )
        )
        out.append(scores)
    return out


def _leans(work: Work, head: Head, width: int) -> dict[Criterion, float]:
    if work.case is None or not work.references or work.reading is None:
        return {}
    late = input_blocks(width)["late"]

    def standard(vectors: Sequence[Vector]) -> np.ndarray:
        return (np.array(vectors)[:, late] - head.centre[late]) / head.scale[late]

    return leans(work.case, standard([work.reading.vector])[0], standard(work.references))


def _values(
    head: Head, criterion: Criterion, x: np.ndarray, lean: Sequence[Mapping[Criterion, float]]
) -> list[Calibrated]:
    generic = head.calibrated(x)
    if head.case is None or not any(lean):
        return generic
    with_case = head.calibrated(x, np.array([each.get(criterion, 0.0) for each in lean]))
    return [case if each else plain for case, plain, each in zip(with_case, generic, lean, strict=True)]


def _verdict(criterion: Criterion, heads: Heads, found: Calibrated, seen: str) -> Score:
    low, high = heads.of[criterion].abstain
    name = heads.card.scorer
    if low < found.value < high:
        reason = (
            f"abstains: {found.value:.2f} is about what any reply gets ({low:.2f} to {high:.2f}); saw the prompt, the"
            f" reply and {seen}"
        )
        return Score(criterion, name, None, "unscored", reason, found.low, found.high)
    reason = (
        f"of 100 replies like this, about {100 * found.value:.0f} were labelled as at least partly {criterion}; saw the"
        f" prompt, the reply and {seen}"
    )
    return Score(criterion, name, found.value, "scored", reason, found.low, found.high)


def _refusal(heads: Heads, found: Calibrated, full: Calibrated) -> Score:
    label: RefusalLabel = (
        "none"
        if found.value < heads.of["refusal"].threshold
        else "full"
        if full.value >= heads.of["full refusal"].threshold
        else "partial"
    )
    reason = f"of 100 replies like this, about {100 * found.value:.0f} were labelled as a refusal, partial or full"
    return Score("refusal", heads.card.scorer, found.value, "scored", reason, found.low, found.high, label)
