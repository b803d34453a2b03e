"""How many people a study needs beforehand, and why more people may not help where items are few."""

import math
from typing import NamedTuple

from statsmodels.stats.power import NormalIndPower

POWER = 0.8
_SD = 0.5  # of a preference between two, at its largest


class Needed(NamedTuple):
    """`persons`: None where no number of people is enough with so few items; `least_items`: then how many are."""

    persons: int | None
    least_items: int


def needed(effect: float, items: int, each: int, persons_alike: float = 0.1, items_alike: float = 0.1) -> Needed:
    """Persons who must rate `each` of `items` so that a preference rate of 0.5 + `effect` is found.

    Two-sided at 5 % with a power of 80 %. `persons_alike`, `items_alike`: how much two ratings of one person, or of one
    item, are alike (intraclass correlation). Ratings count as `each` x persons divided by the design effect
    1 + (each - 1) persons_alike + (ratings an item - 1) items_alike (Kish 1965, for two clusterings).
    """
    independent = NormalIndPower(ddof=0).solve_power(effect / _SD, alpha=0.05, power=POWER, ratio=0)
    least_items = math.floor(independent * items_alike) + 1
    room = 1 - independent * items_alike / items
    if room <= 0:
        return Needed(None, least_items)
    ratings = independent * (1 + (each - 1) * persons_alike - items_alike) / room
    return Needed(max(2, math.ceil(ratings / each)), least_items)
