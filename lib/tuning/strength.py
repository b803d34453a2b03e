"""Trials of tuning strength on training prompts alone: which settings keep the answers readable."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import binomtest

from lib.domain import CRITERIA, Criterion, Prompt, Settings
from lib.formats.sets import JudgedPair
from lib.inference.engine import Engine
from lib.preferences.split import drawn
from lib.scoring.coherence import coherence
from lib.tuning.adapters import AdapterCard
from lib.tuning.evaluate import answers
from lib.tuning.findings import Trial

_PROMPTS = 20  # of each criterion
_SAMPLES = 5  # of each prompt: at 60 answers one adapter came out between 87 and 95 of 100
_SETTINGS = Settings(max_tokens=64)


def training_prompts(train: Mapping[Criterion, Sequence[JudgedPair]]) -> list[Prompt]:
    """The first prompts that training draws, equally many of each criterion."""
    prompts: list[Prompt] = []
    for criterion in CRITERIA:
        first = {p.group: p for p in drawn(train[criterion], len(train[criterion]))}
        prompts += [
            Prompt(group, "training", "neutral", group, "en", p.better.messages)
            for group, p in list(first.items())[:_PROMPTS]
        ]
    return prompts


def tried(engines: Mapping[str, Engine], cards: Mapping[str, AdapterCard], prompts: Sequence[Prompt]) -> list[Trial]:
    """One trial for each adapter of `cards`, by samples at temperature 0.7; `engines`: by model id."""
    asked = {name: engines[name] for name in cards}
    drawn_again = [answers(asked, prompts, replace(_SETTINGS, seed=_SETTINGS.seed + k)) for k in range(_SAMPLES)]
    return [_trial(card, [text for texts in drawn_again for text in texts[name]]) for name, card in cards.items()]


def _trial(card: AdapterCard, texts: Sequence[str]) -> Trial:
    recipe, readable = card.recipe, sum(coherence(t).coherent for t in texts)
    low, high = binomtest(readable, len(texts)).proportion_ci(method="wilson")
    return Trial(
        model=recipe.id,
        learning_rate=recipe.learning_rate,
        beta=recipe.beta,
        epochs=recipe.epochs,
        rows=recipe.rows,
        answers=len(texts),
        readable=readable,
        low=float(low),
        high=float(high),
        words=float(np.mean([len(t.split()) for t in texts])),
        weights_sha256=card.weights_sha256,
    )
