"""The pairs that a recipe draws from the training side of its sets."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lib.domain import Criterion
from lib.formats.sets import JudgedPair
from lib.inference.engine import Engine
from lib.preferences.split import drawn, mixture, opening, split, without_boilerplate
from lib.tuning.lengths import Lengths, Measured, lengths
from lib.tuning.recipe import Recipe


class Rows(NamedTuple):
    """The pairs that an adapter is trained on, and their lengths."""

    pairs: list[JudgedPair]
    lengths: Lengths


def training_rows(recipe: Recipe, pairs: Mapping[Criterion, Sequence[JudgedPair]], engine: Engine) -> Rows:
    """The pairs that the recipe draws from the training side of each criterion's sets."""
    measured = Measured(engine)
    parts = {c: _usable(pairs[c], recipe, measured) for c in recipe.criteria}
    if len(parts) > 1:
        chosen = mixture(parts, recipe.rows, recipe.draw)
    else:
        chosen = drawn(next(iter(parts.values())), recipe.rows, recipe.draw)
    return Rows(chosen, lengths(chosen, measured.reply, measured.prompt))


def _usable(pairs: Sequence[JudgedPair], recipe: Recipe, measured: Measured) -> list[JudgedPair]:
    if recipe.most_prompts:
        pairs = without_boilerplate(pairs, recipe.most_prompts)
    if recipe.most_opened:
        pairs = without_boilerplate(pairs, recipe.most_opened, opening)
    short = split(pairs, measured.whole, recipe.max_tokens).train
    most = recipe.like_length
    return short if most is None else [p for p in short if measured.ratio(p) <= most]
