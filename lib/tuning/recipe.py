"""data/recipes/*.toml -> Recipe: all settings of a tuning; those of one base differ in nothing but their data."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lib.domain import CRITERIA, Criterion, TrilemmaError
from lib.files import read_toml

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]


class Recipe(BaseModel):
    """One tuning stage. Lengths are in tokens; `rows` counts replies (sft) or pairs (dpo)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Slug
    label: _Text
    stage: Literal["sft", "dpo"]
    base: _Slug  # a model of the registry
    start: _Slug | None = None  # the adapter that training starts from and DPO's reference model; none: the base
    criteria: tuple[Criterion, ...] = Field(min_length=1)  # whose preference data, in equal parts
    sets: dict[Criterion, tuple[_Text, ...]] = {}  # which public sets, for criteria that don't take the usual one
    rows: int = Field(gt=0)
    most_prompts: int | None = Field(default=None, gt=0)  # pairs whose chosen reply stands under more are left out
    most_opened: int | None = Field(default=None, gt=0)  # the same of its first three words
    like_length: float | None = Field(default=None, ge=1)  # the longer reply has at most so many times the tokens
    draw: int = Field(default=0, ge=0)  # which draw of the rows: recipes that differ only in draw and seed replicate
    max_tokens: int = Field(default=256, gt=0)  # of prompt and reply together; longer rows are left out
    rank: int = Field(default=8, gt=0)
    alpha: int = Field(default=16, gt=0)
    learning_rate: float = Field(gt=0)
    beta: float = Field(default=0.1, gt=0)  # of DPO: the strength of the KL penalty towards the reference model
    epochs: int = Field(default=1, gt=0)
    batch: int = Field(default=4, gt=0)
    accumulate: int = Field(default=2, gt=0)  # batches to a step
    seed: int = 20240618

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole training."""
        return self.epochs * -(-self.rows // (self.batch * self.accumulate))


def read_recipe(path: Path) -> Recipe:
    """The recipe of one file. Raises TrilemmaError, naming file and field, where it cannot be used."""
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.toml"))) or "none"
        raise TrilemmaError(f"There is no recipe {path.stem!r}. Known: {known}")
    return read_toml(path, Recipe)


def read_recipes(folder: Path) -> list[Recipe]:
    """Every recipe, base by base, in the order of training.

    SFT first, then one criterion after the other, then all three; of alike ones those that leave boilerplate out come
    later, and replicates follow each other by their draw.
    """
    return sorted((read_recipe(p) for p in folder.glob("*.toml")), key=_place)


def _place(recipe: Recipe) -> tuple[str | int, ...]:
    return (
        recipe.base,
        recipe.stage == "dpo",
        len(recipe.criteria),
        CRITERIA.index(recipe.criteria[0]),
        recipe.most_prompts is not None,
        recipe.draw,
        recipe.id,
    )
