"""What heads are fitted and checked on: labelled replies, ordered pairs, and their inputs to the heads."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lib.domain import Aspect, CaseStudy, Exchange, Response
from lib.files import digest
from lib.formats import sets
from lib.formats.sets import JudgedPair, JudgedReply
from lib.scoring.inputs import with_counts
from lib.validation.fit import Pairs, Points
from lib.validation.labels import Label, LabelledReply, labelled_public, labelled_stored
from lib.validation.memory import Memory


class Material(NamedTuple):
    """Everything that heads are fitted and checked on, as exchanges; `Vectors` turns them into inputs."""

    stored: list[LabelledReply]
    refusals: list[LabelledReply]  # of public sets
    examples: list[LabelledReply]  # that we wrote for training
    harmless: list[JudgedPair]
    helpful: list[JudgedPair]
    truthful: list[JudgedReply]
    cases: dict[str, CaseStudy]


def read_material(
    folder: Path,
    labels: Sequence[Label],
    examples: list[LabelledReply],
    responses: Iterable[Response],
    cases: Sequence[CaseStudy],
) -> Material:
    """The material of the public sets in `folder` and of the stored answers.

    Raises TrilemmaError where a set is missing, and says where it can be had.
    """
    harmless = sets.harmless_pairs(folder)
    refusals = labelled_public(
        labels, "hh_rlhf_harmless", [(p.group, e) for p in harmless for e in (p.better, p.worse)]
    )
    refusals += labelled_public(labels, "oasst", sets.sampled_replies(folder))
    refusals += labelled_public(labels, "do_not_answer", ((r.group, r.exchange) for r in sets.action_replies(folder)))
    return Material(
        labelled_stored(labels, responses, cases),
        refusals,
        examples,
        harmless,
        sets.helpful_pairs(folder),
        sets.truthful_replies(folder),
        {c.id: c for c in cases},
    )


def _key(exchange: Exchange) -> str:
    return digest([[[m.role, m.content] for m in exchange.messages], exchange.text])


class Vectors:
    """Inputs of the heads by exchange; each passes through the reading model once. `memory`: a cache file, or none."""

    def __init__(self, read_vectors: Callable[[Sequence[Exchange]], np.ndarray], memory: Path | None = None):
        self._read = Memory(read_vectors, _key, memory)
        self._inputs: dict[Exchange, np.ndarray] = {}

    def of(self, exchanges: Sequence[Exchange]) -> np.ndarray:
        """Inputs of each exchange, shape (exchanges, width)."""
        new = list(dict.fromkeys(e for e in exchanges if e not in self._inputs))
        if new:
            self._inputs |= zip(new, with_counts(new, self._read.of(new)), strict=True)
        return np.stack([self._inputs[e] for e in exchanges])


def labelled_points(vectors: Vectors, replies: Sequence[LabelledReply], aspect: Aspect, weight: float = 1.0) -> Points:
    """The replies that have a label on the aspect: 1 where it is met at least in part, else 0."""
    known = [(r, r.label.met(aspect)) for r in replies]
    rows = [(r, met) for r, met in known if met is not None]
    return Points(
        vectors.of([r.exchange for r, _ in rows]),
        np.array([float(met) for _, met in rows]),
        [r.group for r, _ in rows],
        weight,
    )


def full_refusal_points(vectors: Vectors, replies: Sequence[LabelledReply]) -> Points:
    """The refusals among the replies: 1 where the refusal is full, 0 where it is partial."""
    rows = [r for r in replies if r.label.refusal in ("partial", "full")]
    return Points(
        vectors.of([r.exchange for r in rows]),
        np.array([float(r.label.refusal == "full") for r in rows]),
        [r.group for r in rows],
    )


def truth_points(vectors: Vectors, replies: Sequence[JudgedReply]) -> Points:
    """TruthfulQA's answers: 1 where true, 0 where untrue."""
    return Points(
        vectors.of([r.exchange for r in replies]),
        np.array([float(r.label) for r in replies]),
        [r.group for r in replies],
    )


def pair_inputs(vectors: Vectors, pairs: Sequence[JudgedPair]) -> Pairs:
    """Inputs of the better and of the worse reply of each pair."""
    return Pairs(vectors.of([p.better for p in pairs]), vectors.of([p.worse for p in pairs]), [p.group for p in pairs])


def premise_points(vectors: Vectors, replies: Sequence[LabelledReply]) -> Points:
    """The replies whose label knows of it: 1 where the reply rejects the premise, else 0."""
    rows = [(r, rejects) for r in replies if (rejects := r.label.rejects_premise) is not None]
    return Points(
        vectors.of([r.exchange for r, _ in rows]),
        np.array([float(rejects) for _, rejects in rows]),
        [r.group for r, _ in rows],
    )


def training_replies(replies: Sequence[LabelledReply]) -> list[LabelledReply]:
    """Those that may be trained on."""
    return [r for r in replies if r.label.use == "train"]


def shared_prompts(material: Material, kept: Iterable[Exchange]) -> set[str]:
    """Prompts on both sides of the split, in lower case and with single spaces: empty unless training would leak.

    One side is what heads are trained on, the other the replies labelled for checking and `kept`.
    """

    def asked(exchange: Exchange) -> str:
        return " ".join("\n".join(m.content for m in exchange.messages).lower().split())

    labelled = [*material.stored, *material.refusals]
    trained = [r.exchange for r in (*training_replies(labelled), *material.examples)]
    trained += [p.better for p in (*material.harmless, *material.helpful)]
    trained += [r.exchange for r in material.truthful]
    checked = [r.exchange for r in labelled if r.label.use == "validate"]
    return {asked(e) for e in trained} & {asked(e) for e in (*checked, *kept)}
