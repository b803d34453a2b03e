"""What `python -m lib tune`, `strength` and `evaluate` do: train adapters, try them on seen and held-out prompts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from lib.cases.files import read_cases
from lib.domain import CRITERIA, PackageMissing, TrilemmaError
from lib.formats.sets import choice_questions
from lib.inference.engine import Engine
from lib.inference.loading import load, load_family
from lib.models.registry import chosen_models
from lib.models.weights import weights_id
from lib.paths import Paths
from lib.preferences.pairs import read_pairs
from lib.preferences.split import both_written, held_out, split
from lib.tuning import evaluate as evaluation
from lib.tuning.adapters import read_cards
from lib.tuning.findings import Evaluation, Taught, add_trials, write, write_taught
from lib.tuning.lengths import Measured, lengths
from lib.tuning.recipe import read_recipe, read_recipes
from lib.tuning.rows import training_rows
from lib.tuning.sets import TuningSet, chosen_sets, tuning_sets
from lib.tuning.strength import training_prompts, tried
from lib.tuning.taught import repeats

Say = Callable[[str], None]


def tune(paths: Paths, recipe_name: str, sets: Path, say: Say) -> None:
    """Train one recipe's adapter on the public sets in the folder `sets`.

    Raises PackageMissing where the packages for training are missing.
    """
    try:
        from lib.tuning import train
    except ModuleNotFoundError as fault:
        raise PackageMissing("Training", fault, "lib/tuning/requirements.txt") from fault
    recipe = read_recipe(paths.recipes / f"{recipe_name}.toml")
    (base,) = chosen_models(paths.models, [recipe.base])
    engine = load(base)
    rows = training_rows(recipe, {c: read_pairs(sets, c, recipe.sets) for c in recipe.criteria}, engine)
    say(f"tokens: {', '.join(f'{name} {value:.1f}' for name, value in rows.lengths._asdict().items())}")
    folder = train.train_adapter(recipe, engine, weights_id(base), rows, paths.adapters, paths.local / "tuning", say)
    say(f"{recipe.label}: {folder}")


def strength(paths: Paths, folder: Path, sets: Path, say: Say, base: str | None = None) -> None:
    """Try the adapters of a folder, all or those on one base, on training prompts; add the results to data/tuning."""
    for mine in _sets(paths, folder, base):
        _try(paths, mine, folder, sets, say)


def _try(paths: Paths, mine: TuningSet, folder: Path, sets: Path, say: Say) -> None:
    (base,) = chosen_models(paths.models, [mine.base])
    engines = load_family(
        load(base),
        [replace(base, id=name, label=card.recipe.label) for name, card in mine.cards.items()],
        lambda m: folder / m.id,
    )
    measured = Measured(engines[base.id])
    prompts = training_prompts({c: split(read_pairs(sets, c), measured.whole, mine.max_tokens).train for c in CRITERIA})
    trials = tried(engines, mine.cards, prompts)
    for trial in trials:
        say(
            f"{trial.model}, learning rate {trial.learning_rate:g}: {trial.readable} of {trial.answers} readable,"
            f" {trial.words:.0f} words an answer"
        )
    add_trials(paths.tuning / base.id, trials)


def evaluate(paths: Paths, sets: Path, say: Say, base: str | None = None) -> None:
    """Evaluate each base with its adapters, or one of them, on held-out prompts; write data/tuning/<base>.

    Raises TrilemmaError where the adapter that others were trained from is missing.
    """
    for mine in _sets(paths, paths.adapters, base):
        _evaluate(paths, mine, sets, say)


def _evaluate(paths: Paths, mine: TuningSet, sets: Path, say: Say) -> None:
    if not mine.reference_is_here:
        raise TrilemmaError(
            f"There is no SFT adapter {mine.reference} to hold the others to. Train it with: python -m lib tune sft"
            " DATA"
        )
    base, *tuned = chosen_models(paths.models, [mine.base, *mine.cards])
    engines = load_family(load(base), tuned)
    measured = Measured(engines[base.id])
    parts = {c: split(both_written(read_pairs(sets, c)), measured.whole, mine.max_tokens) for c in CRITERIA}
    pairs = {c: part.held_out for c, part in parts.items()}
    questions = [q for q in choice_questions(sets) if held_out(q.group)]
    prompts = [next(p for p in case.prompts if p.variant == "neutral") for case in read_cases(paths.cases)]
    found = evaluation.evaluate(engines, mine.reference, pairs, questions, prompts, say, paths.local / "evaluation")
    repeated = repeats_of(mine, sets, engines[base.id])
    exact = load_family(load(base, dtype=torch.float32), tuned)
    report = Evaluation(
        models=found.behaviour,
        choices=found.choices,
        weights={m.id: weights_id(m) for m in (base, *tuned)},
        probes={name: evaluation.probe(engine) for name, engine in exact.items()},
        held_out={c: lengths(p, measured.reply, measured.prompt)._asdict() for c, p in pairs.items()},
        date=datetime.now(UTC).date().isoformat(),
    )
    folder = paths.tuning / base.id
    write_taught(folder, repeated)
    write(folder, found, report)
    say(f"{len(found.table)} cells in {folder}")


def repeats_of(mine: TuningSet, sets: Path, engine: Engine) -> list[Taught]:
    """What the pairs of each tuning repeat, those of its first seed. `engine`: of the base."""
    out = []
    for first, *_ in mine.tunings:
        recipe = mine.cards[first].recipe
        pairs = {c: read_pairs(sets, c, recipe.sets) for c in recipe.criteria}
        whole = [pair for each in pairs.values() for pair in each]
        drawn = training_rows(recipe, pairs, engine).pairs
        out.append(Taught(model=first, sets=repeats(whole), drawn=repeats(drawn)))
    return out


def _sets(paths: Paths, folder: Path, base: str | None) -> list[TuningSet]:
    cards = read_cards(folder)
    if not cards:
        raise TrilemmaError(f"No adapter is in {folder}. Train one with: python -m lib tune sft DATA")
    return chosen_sets(tuning_sets(read_recipes(paths.recipes), cards), base)
