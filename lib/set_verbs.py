"""The verbs that read public sets: validate, train-scorers, preferences, tune, strength, evaluate."""

from pathlib import Path

import click

from lib.command_line import FILE, say, verb
from lib.domain import CRITERIA, Criterion
from lib.paths import paths

_data = click.argument("data", type=FILE, metavar="DATA")


@verb
@_data
@click.option("--judge", metavar="MODEL", help="hold a judge to the labels instead")
@click.option("--larger", is_flag=True, help="try a larger reader instead, on pairs that it was not fitted on")
def validate(data: Path, judge: str | None, larger: bool) -> int:
    """check the scorers against people's labels and write data/validity; DATA is the folder that holds the sets"""
    from lib.validation.commands import try_to_earn, validate

    try_to_earn(paths(), data, say) if larger else validate(paths(), data, judge, say)
    return 0


@verb
@_data
def train_scorers(data: Path) -> int:
    """train the learned scorers on public sets and the author-made labels; DATA is the folder that holds the sets"""
    from lib.validation.commands import train_scorers

    train_scorers(paths(), data, say)
    return 0


@verb
@_data
@click.option("--as", "name", required=True, metavar="NAME", help="what its results are called, such as my-pairs")
@click.option("--label", default="", help="how the page calls it; otherwise NAME")
@click.option("--criterion", type=click.Choice(CRITERIA), help="what its raters were asked for, if one of these")
@click.option("--here", is_flag=True, help="keep the results in data/local, beside the set's rows")
def preferences(data: Path, name: str, label: str, criterion: Criterion | None, here: bool) -> int:
    """say what the raters of a preference set rewarded, and write it to data/preferences; DATA is a file or folder"""
    from lib.preferences.analyse import Asked, analyse

    local = paths().local / "preferences"
    analyse(Asked(data, name, label, criterion), local if here else paths().data / "preferences", local, say)
    return 0


@verb
@click.argument("recipe", metavar="RECIPE")
@_data
def tune(recipe: str, data: Path) -> int:
    """train an adapter of data/recipes, or go on where it was stopped; DATA is the folder that holds the sets"""
    from lib.tuning.commands import tune

    tune(paths(), recipe, data, say)
    return 0


_base = click.option("--base", metavar="ID", help="the adapters on this base alone; otherwise all, base by base")


@verb
@_data
@click.option("--folder", type=FILE, help="where the adapters are; otherwise data/adapters")
@_base
def strength(data: Path, folder: Path | None, base: str | None) -> int:
    """say how much of the adapters' answers to training prompts is readable, and note it in data/tuning"""
    from lib.tuning.commands import strength

    strength(paths(), folder or paths().adapters, data, say, base)
    return 0


@verb
@_data
@_base
def evaluate(data: Path, base: str | None) -> int:
    """evaluate the tuned models on held-out prompts and write data/tuning; DATA is the folder that holds the sets"""
    from lib.tuning.commands import evaluate

    evaluate(paths(), data, say, base)
    return 0


SET_VERBS: tuple[click.Command, ...] = (validate, train_scorers, preferences, tune, strength, evaluate)
