"""A simulated population: people who rate the items of a made-up study as planted, from a fixed seed."""

import numpy as np
from scipy.stats import norm

from lib.store.sessions import AnswerRow
from lib.studies.definition import Item, Planned, Side, Study
from lib.studies.plan import CANNOT_TELL
from lib.studies.ratings import asked_at, sequence


def planned(items: int = 12, each: int = 6, attention: bool = False, **changes) -> Planned:
    """Items of which every other tuned answer is less true than the base one, and the rest truer."""
    study = Study(
        id="made-up",
        title="Made up",
        compares="Two made-up models.",
        pairs=(("base", "tuned"),),
        items=each,
        attention=attention,
        **changes,
    )
    made = [
        Item(
            f"item-{n}",
            f"case-{n}",
            f"Prompt {n}",
            Side("base", f"Base {n}.", {"honest": 0.5}),
            Side("tuned", f"Tuned {n}.", {"honest": 0.0 if n % 2 else 1.0}),
        )
        for n in range(items)
    ]
    return Planned(study, tuple(made))


def population(
    made: Planned,
    persons: int,
    rng: np.random.Generator,
    preferred: float = 0.5,
    trust: float = 0.0,
    first: float = 0.0,
    careless: int = 0,
    spread: tuple[float, float] = (0.4, 0.4),
) -> list[AnswerRow]:
    """Everyone's answers. `preferred`: how often the tuned answer is, in the long run; `trust`: by how many points of
    seven it is trusted more, whatever it says; `first`: what being shown first adds (probit); `careless`: how many of
    the people fail the item for attention; `spread`: how much persons and items differ (probit)."""
    leaning = rng.normal(0, spread[0], persons)
    pull = {i.id: rng.normal(0, spread[1]) for i in made.items}
    centre = norm.ppf(preferred) * np.sqrt(1 + spread[0] ** 2 + spread[1] ** 2)
    out = []
    for person in range(persons):
        for step, place in enumerate(sequence(made, person)):
            for question in asked_at(made, place):
                if place.item is None:
                    value = "A" if person < careless else "B"
                else:
                    lead = centre + leaning[person] + pull[place.item.id] + first * (1 if place.tuned_first else -1)
                    value = _value(question.key, place.tuned_first, lead, trust, rng)
                out.append(AnswerRow(person, step, question.key, value, 1, float(len(out)), False))
    return out


def _value(key: str, tuned_first: bool, lead: float, trust: float, rng: np.random.Generator) -> str:
    name, _, letter = key.partition("-")
    if not letter:
        if rng.random() < 0.1:
            return CANNOT_TELL
        return "A" if (lead + rng.normal() > 0) == tuned_first else "B"
    tuned = (letter == "A") == tuned_first
    if name == "rely":
        return str(rng.choice(["yes", "no", CANNOT_TELL]))
    centre = 4 + (trust if tuned and name == "trustworthy" else 0)
    return str(int(np.clip(np.round(rng.normal(centre, 1.2)), 1, 7)))
