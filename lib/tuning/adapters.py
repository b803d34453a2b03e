"""data/adapters/<id>/: a LoRA adapter of our own, its card, and the notice that the base model's licence asks for."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lib.domain import TrilemmaError
from lib.files import read_json, sha256_of, write_whole
from lib.models.weights import ADAPTER_WEIGHTS
from lib.tuning.recipe import Recipe

CONFIG, CARD, NOTICE = "adapter_config.json", "card.json", "NOTICE"
# Gemma Terms of Use, section 3.1: every copy of a derivative comes with this notice and says that files were changed.
GEMMA_NOTICE = """Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms

This adapter is a Model Derivative of Gemma 3 270M: low-rank weights trained on it by this project. \
Its files are not Google's.
Use is subject to the restrictions of section 3.2 of these terms and to the Gemma Prohibited Use Policy \
(ai.google.dev/gemma/prohibited_use_policy).
"""


class TrainingStep(BaseModel):
    """One optimiser step: the loss and, for DPO, two figures of the implicit rewards in its batch.

    `reward_accuracy`: share of pairs whose chosen reply has the higher reward; `reward_margin`: mean difference.
    """

    step: int
    loss: float
    reward_accuracy: float | None = None
    reward_margin: float | None = None


class AdapterCard(BaseModel):
    """What an adapter was trained from, on what and how, as its card.json keeps it."""

    model_config = ConfigDict(extra="forbid")

    recipe: Recipe
    base_sha256: str  # of the base model's pinned weight file
    weights_sha256: str
    sets: list[str]
    labels: list[str]  # who labelled each set
    licences: list[str]
    lengths: dict[str, float]  # tokens; see lengths.Lengths
    curve: list[TrainingStep]
    packages: dict[str, str]
    date: str
    licence: str = "Gemma Terms of Use, https://ai.google.dev/gemma/terms"  # the base model's


def write_card(folder: Path, card: AdapterCard) -> None:
    """Write the card, and the notice where the base model's licence asks for one, each by an atomic write."""
    text = card.model_dump_json(indent=1, exclude_none=True) + "\n"
    if card.licence.startswith("Gemma"):
        write_whole(folder / NOTICE, lambda scratch: scratch.write_text(GEMMA_NOTICE, encoding="utf-8"))
    write_whole(folder / CARD, lambda scratch: scratch.write_text(text, encoding="utf-8"))


def read_card(folder: Path) -> AdapterCard:
    """The card of one adapter. Raises TrilemmaError where the adapter is missing or not the one that its card names."""
    card = read_json(folder / CARD, AdapterCard, f"{folder.name}/{CARD}")
    if not (folder / ADAPTER_WEIGHTS).is_file():
        raise TrilemmaError(f"The adapter {folder.name} is missing: {folder / ADAPTER_WEIGHTS}")
    if sha256_of(folder / ADAPTER_WEIGHTS) != card.weights_sha256:
        raise TrilemmaError(f"{folder.name}/{ADAPTER_WEIGHTS} is not the file that its card names.")
    return card


def read_cards(folder: Path) -> dict[str, AdapterCard]:
    """Every adapter's card by its id."""
    return {path.parent.name: read_card(path.parent) for path in sorted(folder.glob(f"*/{CARD}"))}
