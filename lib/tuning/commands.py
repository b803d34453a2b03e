"""What `python -m lib tune`, `strength` and `evaluate` do: train adapters, try them on seen and held-out prompts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from lib.cases.files import read_cases
from lib.domain import CRITERIA, PackageMissing, TrilemmaError
from lib.formats.sets import choice_questions
from lib.inference.loading import load, load_family
from lib.models.registry import chosen_models
from lib.models.weights import weights_id
from lib.paths import Paths
from lib.preferences.pairs import read_pairs
from lib.preferences.split import held_out, split
from lib.tuning import evaluate as evaluation
from lib.tuning.adapters import read_cards
from lib.tuning.findings import Evaluation, add_trials, write
from lib.tuning.lengths import Measured, lengths
from lib.tuning.recipe import read_recipe, read_recipes
from lib.tuning.strength import training_prompts, tried

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
    rows = train.training_rows(recipe, {c: read_pairs(sets, c, recipe.sets) for c in recipe.criteria}, engine)
    say(f"tokens: {', '.join(f'{name} {value:.1f}' for name, value in rows.lengths._asdict().items())}")
    folder = train.train_adapter(recipe, engine, weights_id(base), rows, paths.adapters, paths.local / "tuning", say)
    say(f"{recipe.label}: {folder}")


def strength(paths: Paths, folder: Path, sets: Path, say: Say) -> None:
    """Try the adapters of a folder on training prompts and add the results to data/tuning."""
    cards = read_cards(folder)
    if not cards:
        raise TrilemmaError(f"No adapter is in {folder}. Train one with: python -m lib tune sft DATA")
    recipe = next(iter(cards.values())).recipe
    (base,) = chosen_models(paths.models, [recipe.base])
    engines = load_family(
        load(base),
        [replace(base, id=name, label=card.recipe.label) for name, card in cards.items()],
        lambda m: folder / m.id,
    )
    measured = Measured(engines[base.id])
    prompts = training_prompts(
        {c: split(read_pairs(sets, c), measured.whole, recipe.max_tokens).train for c in CRITERIA}
    )
    trials = tried(engines, cards, prompts)
    for trial in trials:
        say(
            f"{trial.model}, learning rate {trial.learning_rate:g}: {trial.readable} of {trial.answers} readable,"
            f" {trial.words:.0f} words an answer"
        )
    add_trials(paths.tuning, trials)


def evaluate(paths: Paths, sets: Path, say: Say) -> None:
    """Evaluate base and adapters on held-out prompts; write data/tuning. Raises TrilemmaError without SFT adapter."""
    made = read_cards(paths.adapters)
    recipes = [r for r in read_recipes(paths.recipes) if r.id in made]
    if not recipes or recipes[0].stage != "sft":
        raise TrilemmaError("There is no SFT adapter to hold the others to. Train it with: python -m lib tune sft DATA")
    base, *tuned = chosen_models(paths.models, [recipes[0].base, *(r.id for r in recipes)])
    engines = load_family(load(base), tuned)
    measured = Measured(engines[base.id])
    pairs = {c: split(read_pairs(sets, c), measured.whole, recipes[0].max_tokens).held_out for c in CRITERIA}
    questions = [q for q in choice_questions(sets) if held_out(q.group)]
    prompts = [next(p for p in case.prompts if p.variant == "neutral") for case in read_cases(paths.cases)]
    found = evaluation.evaluate(engines, recipes[0].id, pairs, questions, prompts, say, paths.local / "evaluation")
    exact = load_family(load(base, dtype=torch.float32), tuned)
    report = Evaluation(
        models=found.behaviour,
        choices=found.choices,
        weights={m.id: weights_id(m) for m in (base, *tuned)},
        probes={name: evaluation.probe(engine) for name, engine in exact.items()},
        held_out={c: lengths(p, measured.reply, measured.prompt)._asdict() for c, p in pairs.items()},
        date=datetime.now(UTC).date().isoformat(),
    )
    write(paths.tuning, found, report)
    say(f"{len(found.table)} cells in {paths.tuning}")
