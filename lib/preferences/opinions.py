"""How near the answers of countries are to each other: 1 - normalised Wasserstein distance over ordered options."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.stats import wasserstein_distance

from lib.formats.comparisons import Opinions
from lib.measures.clusters import mean_interval
from lib.preferences.records import Distance, OpinionSet

_FEWEST = 10  # questions that a country answered


def nearness(one: Sequence[float], other: Sequence[float]) -> float:
    """1 for the same shares, 0 for all at opposite ends (Santurkar et al. 2023, arXiv 2303.17548, section 3.2)."""
    places = np.arange(len(one))
    return 1 - float(wasserstein_distance(places, places, one, other)) / max(len(one) - 1, 1)


def opinion_set(questions: Sequence[Opinions]) -> OpinionSet:
    """Each country's mean nearness to the others over the questions that it answered, the nearest to all first."""
    each: dict[str, list[tuple[int, float]]] = defaultdict(list)
    between: dict[tuple[str, str], list[float]] = defaultdict(list)
    for k, question in enumerate(questions):
        names = list(question.shares)
        for a in names:
            found = {b: nearness(question.shares[a], question.shares[b]) for b in names if b != a}
            each[a].append((k, float(np.mean(list(found.values())))))
            for b, value in found.items():
                between[a, b].append(value)
    out = []
    for name, values in each.items():
        if len(values) < _FEWEST:
            continue
        mean = mean_interval(np.array([v for _, v in values]), np.array([k for k, _ in values]))
        to = {b: float(np.mean(v)) for (a, b), v in between.items() if a == name and len(v) >= _FEWEST}
        if mean is not None and to:
            nearest, farthest = max(to, key=to.__getitem__), min(to, key=to.__getitem__)
            out.append(Distance(name=name, nearness=mean, questions=len(values), nearest=nearest, farthest=farthest))
    out.sort(key=lambda d: -d.nearness.value)
    return OpinionSet(questions=len(questions), groups=len(each), distances=tuple(out))
