"""data/tuning/*.json: what came of the tuned models on prompts that none was trained on, as records."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, TypeAdapter

from lib.domain import Criterion
from lib.files import write_whole

CROSS_TABLE, BEHAVIOUR, GREEDY, STRENGTH = "cross_table.json", "behaviour.json", "greedy.json", "strength.json"
READABLE = 0.95  # of the samples, as a share, that an adapter has to keep readable


class Cell(BaseModel):
    """One model on one set. `accuracy` is the share of pairs whose chosen reply comes out above, ties counting half, with the 95 % interval of a bootstrap over prompts."""

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
    """What a reader would notice of one model. Answers are those to the cases' neutral prompts, at most 96 tokens."""

    model: str
    answers: int
    coherent: int  # of these, drawn at temperature 0.7
    changed: int  # of the greedy ones, how many differ from the SFT model's
    words: float  # mean of the greedy ones
    kl: (
        float | None
    )  # nats a token, KL from the SFT model along the model's own greedy answers; none for the SFT model and the base
    shift_chosen: dict[
        Criterion, float
    ]  # nats a reply: mean log-likelihood of held-out chosen replies minus the SFT model's
    shift_rejected: dict[Criterion, float]


class Report(BaseModel):
    """data/tuning/behaviour.json."""

    models: list[Behaviour]
    choices: list[ChoiceCell]
    weights: dict[str, str]  # model id -> SHA-256 of the weights that were evaluated
    probes: dict[str, float]  # model id -> log-likelihood of evaluate.PROBE, read in float32
    held_out: dict[Criterion, dict[str, float]]  # how long the held-out pairs are; see preferences.Lengths
    date: str


class Greedy(BaseModel):
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
    table: list[Cell]
    behaviour: list[Behaviour]
    choices: list[ChoiceCell]
    greedy: list[Greedy]


def _dump(path: Path, rows: Sequence[BaseModel]) -> None:
    text = json.dumps([r.model_dump() for r in rows], indent=1, ensure_ascii=False) + "\n"
    write_whole(path, lambda scratch: scratch.write_text(text, encoding="utf-8"))


def write(folder: Path, found: Findings, report: Report) -> None:
    _dump(folder / GREEDY, found.greedy)
    write_whole(
        folder / BEHAVIOUR,
        lambda scratch: scratch.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8"),
    )
    _dump(folder / CROSS_TABLE, found.table)  # last: without it nothing counts as measured


def read_table(folder: Path) -> list[Cell]:
    return TypeAdapter(list[Cell]).validate_json((folder / CROSS_TABLE).read_bytes())


def read_report(folder: Path) -> Report:
    return Report.model_validate_json((folder / BEHAVIOUR).read_bytes())


def read_greedy(folder: Path) -> list[Greedy]:
    return TypeAdapter(list[Greedy]).validate_json((folder / GREEDY).read_bytes())


def read_trials(folder: Path) -> list[Trial]:
    path = folder / STRENGTH
    return TypeAdapter(list[Trial]).validate_json(path.read_bytes()) if path.exists() else []


def add_trials(folder: Path, trials: Sequence[Trial]) -> None:
    """Keep them beside those of other weights."""
    again = {t.weights_sha256 for t in trials}
    kept = [*(t for t in read_trials(folder) if t.weights_sha256 not in again), *trials]
    _dump(folder / STRENGTH, sorted(kept, key=lambda t: (t.model, t.learning_rate)))
