"""`python -m lib train-scorers`: from public sets and author-made labels to the shipped heads and their card."""

import importlib.metadata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from lib.domain import CRITERIA, CaseStudy, Criterion, Exchange, Response
from lib.files import digest
from lib.formats import sets as public_sets
from lib.formats.sets import JudgedPair, JudgedReply
from lib.scoring.heads import HeadCard, HeadsCard, save_heads
from lib.scoring.inputs import COUNTS, input_blocks, leans, reference_exchanges, with_counts
from lib.validation.fit import Columns, Pairs, Points, Recipe, columns, points_out_of_fold, preference_head, value_head
from lib.validation.labels import Label, LabelledReply, labelled_public, labelled_stored

NAME, VERSION = "heads", 2
# Chosen out of fold on the training rows.
RECIPES = {
    "helpful": Recipe(("middle", "late"), 1e-3),
    "harmless": Recipe(("late",), 1e-3),
    "honest": Recipe(("middle", "late"), 1e-4),
    "refusal": Recipe(("middle", "late", "opening", "counts"), 1e-2, 4.0),
    "full refusal": Recipe(("opening", "counts"), 1e-2, 6.0),
    "helpful preference": Recipe(("middle", "numbers"), 3e-4, 5.0, even_lengths=True),
    "harmless preference": Recipe(("late", "numbers"), 1e-3, 5.0),
    "honest preference": Recipe(("middle",), 1e-2),
}
AUTHOR_WEIGHT = 20.0  # of an author-labelled stored answer beside one of TruthfulQA's twenty times as many
AUTHOR = "labels by one author, blind to the model (data/validity/labels.jsonl)"


class Material(NamedTuple):
    """Everything that heads are trained and checked on, as exchanges; inputs come from `Vectors`."""

    stored: list[LabelledReply]
    refusals: list[LabelledReply]  # of public sets
    harmless: list[JudgedPair]
    helpful: list[JudgedPair]
    truthful: list[JudgedReply]
    cases: dict[str, CaseStudy]


def read_material(
    folder: Path, labels: Sequence[Label], responses: Iterable[Response], cases: Sequence[CaseStudy]
) -> Material:
    """Raises TrilemmaError where a set is missing, and says where it can be had."""
    replies = [(p.group, e) for p in public_sets.harmless_pairs(folder) for e in (p.better, p.worse)]
    refusals = labelled_public(labels, "hh_rlhf_harmless", replies)
    refusals += labelled_public(labels, "oasst", public_sets.sampled_replies(folder))
    refusals += labelled_public(
        labels, "do_not_answer", ((r.group, r.exchange) for r in public_sets.action_replies(folder))
    )
    return Material(
        labelled_stored(labels, responses, cases),
        refusals,
        public_sets.harmless_pairs(folder),
        public_sets.helpful_pairs(folder),
        public_sets.truthful_replies(folder),
        {c.id: c for c in cases},
    )


def _key(exchange: Exchange) -> str:
    return digest([[[m.role, m.content] for m in exchange.messages], exchange.text])


class Vectors:
    """Inputs of the heads by exchange. Each is read once, and kept in a file that can be deleted at any time."""

    def __init__(self, read_vectors: Callable[[Sequence[Exchange]], np.ndarray], memory: Path | None = None):
        self._read = read_vectors
        self._memory = memory
        self._known: dict[str, np.ndarray] = {}
        if memory is not None and memory.exists():
            with np.load(memory) as held:
                self._known = dict(zip(held["keys"].tolist(), held["vectors"], strict=True))

    def of(self, exchanges: Sequence[Exchange]) -> np.ndarray:
        """Shape (exchanges, width)."""
        missing = [e for e in dict.fromkeys(exchanges) if _key(e) not in self._known]
        if missing:
            self._known |= zip(map(_key, missing), self._read(missing), strict=True)
            self._remember()
        vectors = np.stack([self._known[_key(e)] for e in exchanges])
        return with_counts(exchanges, vectors)

    def _remember(self) -> None:
        if self._memory is not None:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            scratch = self._memory.with_suffix(".tmp.npz")
            np.savez(scratch, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
            scratch.replace(self._memory)


def judged(vectors: Vectors, replies: Sequence[LabelledReply], aspect: str, weight: float = 1.0) -> Points:
    known = [(r, r.label.met(aspect)) for r in replies]  # ty: ignore[invalid-argument-type]
    rows = [(r, met) for r, met in known if met is not None]
    return Points(
        vectors.of([r.exchange for r, _ in rows]),
        np.array([float(met) for _, met in rows]),
        [r.group for r, _ in rows],
        weight,
    )


def fully(vectors: Vectors, replies: Sequence[LabelledReply]) -> Points:
    """Refusals, judged as full (1) or partial (0)."""
    rows = [r for r in replies if r.label.refusal in ("partial", "full")]
    return Points(
        vectors.of([r.exchange for r in rows]),
        np.array([float(r.label.refusal == "full") for r in rows]),
        [r.group for r in rows],
    )


def ordered(vectors: Vectors, pairs: Sequence[JudgedPair]) -> Pairs:
    return Pairs(vectors.of([p.better for p in pairs]), vectors.of([p.worse for p in pairs]), [p.group for p in pairs])


def truths(vectors: Vectors, replies: Sequence[JudgedReply]) -> Points:
    return Points(
        vectors.of([r.exchange for r in replies]),
        np.array([float(r.label) for r in replies]),
        [r.group for r in replies],
    )


def truth_pairs(replies: Sequence[JudgedReply], most: int = 4) -> list[JudgedPair]:
    """For each question its true answers, each beside one untrue answer in turn, at most `most`."""
    by_question: dict[str, tuple[list[Exchange], list[Exchange]]] = {}
    for r in replies:
        by_question.setdefault(r.group, ([], []))[r.label].append(r.exchange)
    return [
        JudgedPair(group, good, bad[k % len(bad)])
        for group, (bad, goods) in by_question.items()
        if bad
        for k, good in enumerate(goods[:most])
    ]


def training_part(replies: Sequence[LabelledReply]) -> list[LabelledReply]:
    return [r for r in replies if r.label.use == "train"]


def shared_prompts(material: Material, kept: Iterable[Exchange]) -> set[str]:
    """Prompts that stand on both sides: among what heads are trained on, and among the labelled replies for checking or `kept`, which is for checking too."""

    def asked(exchange: Exchange) -> str:
        return " ".join("\n".join(m.content for m in exchange.messages).lower().split())

    labelled = [*material.stored, *material.refusals]
    pairs = [p.better for p in (*material.harmless, *material.helpful)]
    seen = {
        asked(e)
        for e in (*(r.exchange for r in training_part(labelled)), *pairs, *(r.exchange for r in material.truthful))
    }
    return seen & {asked(e) for e in (*(r.exchange for r in labelled if r.label.use == "validate"), *kept)}


def train(material: Material, vectors: Vectors, report: Callable[[str], None]) -> tuple[dict, dict[str, HeadCard]]:
    """The heads and what their card says of each."""
    own, refusals = training_part(material.stored), training_part(material.refusals)
    everything = [*refusals, *own]
    sets = {
        "helpful": [judged(vectors, own, "helpful")],
        "harmless": [judged(vectors, own, "harmless")],
        "honest": [judged(vectors, own, "honest", AUTHOR_WEIGHT), truths(vectors, material.truthful)],
        "refusal": [judged(vectors, everything, "refusal")],
        "full refusal": [fully(vectors, everything)],
    }
    orders = {
        "helpful preference": ordered(vectors, material.helpful),
        "harmless preference": ordered(vectors, material.harmless),
        "honest preference": ordered(vectors, truth_pairs(material.truthful)),
    }
    described = {
        "helpful": (["stored answers"], AUTHOR, "this project's"),
        "harmless": (["stored answers"], AUTHOR, "this project's"),
        "honest": (
            ["stored answers", "TruthfulQA"],
            f"{AUTHOR}; TruthfulQA: its authors' true and untrue answers",
            "this project's; Apache-2.0",
        ),
        "refusal": (
            ["stored answers", "HH-RLHF harmless", "OpenAssistant samples"],
            AUTHOR,
            "this project's; MIT; Apache-2.0",
        ),
        "full refusal": (["the refusals among the same"], AUTHOR, "this project's; MIT; Apache-2.0"),
        "helpful preference": (["PandaLM"], "three people a pair, those with a majority", "Apache-2.0"),
        "harmless preference": (["HH-RLHF harmless"], "one crowdworker a pair", "MIT"),
        "honest preference": (["TruthfulQA"], "its authors' true and untrue answers", "Apache-2.0"),
    }
    heads, cards = {}, {}
    for name, recipe in RECIPES.items():
        report(f"{name} …")
        x = sets[name][0].x if name in sets else orders[name].better
        blocks = input_blocks(x.shape[1])
        head = (
            value_head(sets[name], blocks, recipe, name == "refusal")
            if name in sets
            else preference_head(orders[name], blocks, recipe)
        )
        if name in CRITERIA:
            head = replace(
                head, case=case_calibration(material, vectors, name, sets[name], recipe, late_columns(sets["honest"]))
            )
        heads[name] = head
        rows = sum(len(p.y) for p in sets[name]) if name in sets else len(orders[name].groups)
        which, labels, licence = described[name]
        cards[name] = HeadCard(
            sets=which,
            rows=rows,
            labels=labels,
            licence=licence,
            abstain=head.abstain,
            slope=head.slope,
            offset=head.offset,
            pair_slope=head.pair_slope,
            case=head.case,
            threshold=head.threshold,
            blocks=recipe.blocks,
            penalty=recipe.penalty,
            count_weight=recipe.count_weight,
            even_lengths=recipe.even_lengths,
        )
    return heads, cards


def late_columns(honest: Sequence[Points]) -> Columns:
    """The scale on which replies and reference replies are compared: that of the honest head, which weighs the late hidden states."""
    x = np.vstack([p.x for p in honest])
    return columns(x, input_blocks(x.shape[1]), RECIPES["honest"])


def case_calibration(
    material: Material, vectors: Vectors, criterion: Criterion, sets: Sequence[Points], recipe: Recipe, late: Columns
) -> tuple[float, float, float]:
    """Slope of the head's logit, slope of the lean and offset, fitted on the author's training labels with out-of-fold logits."""
    rows = [r for r in training_part(material.stored) if r.label.met(criterion) is not None]
    logits = points_out_of_fold(sets, input_blocks(sets[0].x.shape[1]), recipe)[0]
    lean = case_leans(material, vectors, rows, criterion, late)
    fitted = LogisticRegression(C=1.0).fit(np.column_stack([logits, lean]), sets[0].y)
    return float(fitted.coef_[0, 0]), float(fitted.coef_[0, 1]), float(fitted.intercept_[0])


def case_leans(
    material: Material, vectors: Vectors, replies: Sequence[LabelledReply], criterion: Criterion, late: Columns
) -> np.ndarray:
    """`leans` on one criterion of stored answers."""
    out = []
    for r in replies:
        case = material.cases[r.case_id or ""]
        x = late.of(vectors.of([r.exchange, *reference_exchanges(case, r.exchange)]))[
            :, input_blocks(len(late.centre))["late"]
        ]
        out.append(leans(case, x[0], x[1:])[criterion])
    return np.array(out)


def save(folder: Path, heads: dict, cards: dict[str, HeadCard], reader: str, reader_sha: str) -> HeadsCard:
    card = HeadsCard(
        name=NAME,
        version=VERSION,
        reading_model=reader,
        reading_model_sha256=reader_sha,
        inputs=(
            "hidden states of the reading model over the reply (half-way, late, opening, end), six numbers of its"
            f" log-probabilities, counts of {len(COUNTS)} text features"
        ),
        command="python -m lib train-scorers DATA",
        date=datetime.now(UTC).date().isoformat(),
        weights_sha256="",
        packages={p: importlib.metadata.version(p) for p in ("scikit-learn", "torch", "transformers", "numpy")},
        heads=cards,
    )
    save_heads(folder, card, heads)
    return card
