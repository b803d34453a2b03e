"""data/tuning/*.json: results of the tuned models on held-out prompts, as records."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel

from lib.domain import Criterion
from lib.files import read_json, write_whole

CROSS_TABLE, BEHAVIOUR, GREEDY, STRENGTH = "cross_table.json", "behaviour.json", "greedy.json", "strength.json"
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
    """How one model's answers to the cases' neutral prompts, of at most 96 tokens, differ from the SFT model's."""

    model: str
    answers: int
    coherent: int  # of these, drawn at temperature 0.7
    changed: int  # of the greedy ones, how many differ from the SFT model's
    words: float  # mean of the greedy ones
    # Nats a token: KL from the SFT model along the model's own greedy answers; none for the SFT model and the base.
    kl: float | None
    # Nats a reply: mean log-likelihood of held-out replies minus the SFT model's.
    shift_chosen: dict[Criterion, float]
    shift_rejected: dict[Criterion, float]


class Evaluation(BaseModel):
    """One evaluation as data/tuning/behaviour.json keeps it, with hashes of the weights that were evaluated."""

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
    """data/tuning/behaviour.json. Raises DataProblem where it can't be read."""
    return read_json(folder / BEHAVIOUR, Evaluation)


def read_greedy(folder: Path) -> list[Greedy]:
    """All greedy answers. Raises DataProblem where they can't be read."""
    return read_json(folder / GREEDY, list[Greedy])


def read_trials(folder: Path) -> list[Trial]:
    """All trials; empty where there are none."""
    path = folder / STRENGTH
    return read_json(path, list[Trial]) if path.exists() else []


def add_trials(folder: Path, trials: Sequence[Trial]) -> None:
    """Add trials to those that are kept; trials of the same weights are replaced."""
    again = {t.weights_sha256 for t in trials}
    kept = [*(t for t in read_trials(folder) if t.weights_sha256 not in again), *trials]
    _dump(folder / STRENGTH, sorted(kept, key=lambda t: (t.model, t.learning_rate)))
