"""data/tuning/*.json: what came of the tuned models on prompts that none was trained on, as records."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, TypeAdapter

from lib.domain import Criterion

CROSS_TABLE, BEHAVIOUR, GREEDY = "cross_table.json", "behaviour.json", "greedy.json"


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
    kl: float | None  # nats a token, KL from the SFT model along the model's own greedy answers; none for the SFT model and the base
    shift_chosen: dict[Criterion, float]  # nats a reply: mean log-likelihood of held-out chosen replies minus the SFT model's
    shift_rejected: dict[Criterion, float]


class Report(BaseModel):
    """data/tuning/behaviour.json."""

    models: list[Behaviour]
    choices: list[ChoiceCell]
    weights: dict[str, str]  # model id -> SHA-256 of the weights that were evaluated
    held_out: dict[Criterion, dict[str, float]]  # how long the held-out pairs are; see preferences.Lengths
    date: str


class Greedy(BaseModel):
    prompt_id: str
    model: str
    text: str


class Findings(NamedTuple):
    table: list[Cell]
    behaviour: list[Behaviour]
    choices: list[ChoiceCell]
    greedy: list[Greedy]


def _dump(path: Path, rows: Sequence[BaseModel]) -> None:
    path.write_text(json.dumps([r.model_dump() for r in rows], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write(folder: Path, found: Findings, report: Report) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _dump(folder / CROSS_TABLE, found.table)
    _dump(folder / GREEDY, found.greedy)
    (folder / BEHAVIOUR).write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_table(folder: Path) -> list[Cell]:
    return TypeAdapter(list[Cell]).validate_json((folder / CROSS_TABLE).read_bytes())


def read_report(folder: Path) -> Report:
    return Report.model_validate_json((folder / BEHAVIOUR).read_bytes())


def read_greedy(folder: Path) -> list[Greedy]:
    return TypeAdapter(list[Greedy]).validate_json((folder / GREEDY).read_bytes())
