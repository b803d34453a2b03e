"""data/tuning/<base>/*.json: results of a tuning set on held-out prompts, as records."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel

from lib.domain import Criterion
from lib.files import read_json, write_whole

CROSS_TABLE, BEHAVIOUR, GREEDY = "cross_table.json", "behaviour.json", "greedy.json"
STRENGTH, TAUGHT = "strength.json", "taught.json"
READABLE = 0.95  # of the samples, as a share, that an adapter has to keep readable


class Cell(BaseModel):
    """One model on one set.

    `accuracy`: the share of pairs whose chosen reply ranks above the rejected one, ties counting half; `low`, `high`:
    its 95 % interval, by a bootstrap over prompts.
    """

    model: str
    set: Criterion
    measure: Literal["loglik", "implicit_reward"]
    n: int
    accuracy: float
    low: float
    high: float
    length_matched: bool


class ChoiceCell(BaseModel):
    """One model on multiple choice: the share of questions whose true answer has the highest summed log-likelihood."""

    model: str
    n: int
    accuracy: float
    low: float
    high: float
    chance: float  # mean of one over the number of answers


class Behaviour(BaseModel):
    """How one model's answers to the cases' neutral prompts, of at most 96 tokens, differ from the reference's.

    The reference is what DPO started from: the SFT model, or the base where there is none.
    """

    model: str
    answers: int
    coherent: int  # of these, drawn at temperature 0.7
    changed: int  # of the greedy ones, how many differ from the reference's
    words: float  # mean of the greedy ones
    # Nats a token: KL from the reference along the model's own greedy answers; none for the reference and the base.
    kl: float | None
    # Nats a reply: mean log-likelihood of held-out replies minus the reference's.
    shift_chosen: dict[Criterion, float]
    shift_rejected: dict[Criterion, float]


class Evaluation(BaseModel):
    """One evaluation as behaviour.json keeps it, with hashes of the weights that were evaluated."""

    models: list[Behaviour]
    choices: list[ChoiceCell]
    weights: dict[str, str]  # model id -> SHA-256 of the weights that were evaluated
    probes: dict[str, float]  # model id -> log-likelihood of evaluate.PROBE, computed in float32
    held_out: dict[Criterion, dict[str, float]]  # how long the held-out pairs are; see lengths.Lengths
    date: str


class Greedy(BaseModel):
    """One model's greedy answer to one prompt."""

    prompt_id: str
    model: str
    text: str


class Trial(BaseModel):
    """One adapter's answers to training prompts, drawn at temperature 0.7, at most 64 tokens each."""

    model: str
    learning_rate: float
    beta: float
    epochs: int
    rows: int
    answers: int
    readable: int  # of these
    low: float  # 95 % interval of the share of readable ones (Wilson), over answers; five of them share a prompt
    high: float
    words: float  # mean of an answer
    weights_sha256: str


class Repeats(BaseModel):
    """How far the chosen replies of some pairs are the same few. Replies are compared without case and full stop."""

    pairs: int
    prompts: int
    replies: int  # distinct chosen replies that stand under more than taught.MANY prompts
    repeated: int  # pairs whose chosen reply is one of these
    most: int  # prompts under which the commonest chosen reply stands


class Taught(BaseModel):
    """The repeats in the public sets of one adapter's criteria, and in the pairs drawn from them to train it."""

    model: str
    sets: Repeats
    drawn: Repeats


class Findings(NamedTuple):
    """Everything that an evaluation found."""

    table: list[Cell]
    behaviour: list[Behaviour]
    choices: list[ChoiceCell]
    greedy: list[Greedy]


def _dump(path: Path, rows: Sequence[BaseModel]) -> None:
    text = json.dumps([r.model_dump() for r in rows], indent=1, ensure_ascii=False) + "\n"
    write_whole(path, lambda scratch: scratch.write_text(text, encoding="utf-8"))


def write(folder: Path, found: Findings, evaluation: Evaluation) -> None:
    """Replace the three files of an evaluation, each by an atomic write."""
    _dump(folder / GREEDY, found.greedy)
    write_whole(
        folder / BEHAVIOUR,
        lambda scratch: scratch.write_text(evaluation.model_dump_json(indent=1) + "\n", encoding="utf-8"),
    )
    _dump(folder / CROSS_TABLE, found.table)  # last: without it nothing counts as measured


def read_cross_table(folder: Path) -> list[Cell]:
    """The cross table. Raises DataProblem where it can't be read."""
    return read_json(folder / CROSS_TABLE, list[Cell])


def read_evaluation(folder: Path) -> Evaluation:
    """What behaviour.json holds. Raises DataProblem where it can't be read."""
    return read_json(folder / BEHAVIOUR, Evaluation)


def read_greedy(folder: Path) -> list[Greedy]:
    """All greedy answers. Raises DataProblem where they can't be read."""
    return read_json(folder / GREEDY, list[Greedy])


def write_taught(folder: Path, taught: Sequence[Taught]) -> None:
    _dump(folder / TAUGHT, taught)


def read_taught(folder: Path) -> list[Taught]:
    """What the adapters' pairs repeat; empty where it has not been counted."""
    path = folder / TAUGHT
    return read_json(path, list[Taught]) if path.exists() else []


def read_trials(folder: Path) -> list[Trial]:
    """All trials; empty where there are none."""
    path = folder / STRENGTH
    return read_json(path, list[Trial]) if path.exists() else []


def add_trials(folder: Path, trials: Sequence[Trial]) -> None:
    """Add trials to those that are kept; trials of the same weights are replaced."""
    again = {t.weights_sha256 for t in trials}
    kept = [*(t for t in read_trials(folder) if t.weights_sha256 not in again), *trials]
    _dump(folder / STRENGTH, sorted(kept, key=lambda t: (t.model, t.learning_rate)))
