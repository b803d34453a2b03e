"""How often people preferred the reply that is worse on another quality: by ratings, by marks, by raters who split."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lib.domain import CRITERIA, Criterion
from lib.measures.clusters import mean_interval
from lib.preferences.marks import COLUMN
from lib.preferences.material import Material
from lib.preferences.records import Conflict, TopicShare

FEWEST = 20  # comparisons that differ, for a share to be told


class Quality(NamedTuple):
    """Something a reply can be worse on. `better`: 1 where having more of the mark is better, -1 where worse."""

    key: str
    criterion: Criterion
    worse: str
    better: int = 1


_MARKED = (
    Quality("feeling", "honest", "alone claims a feeling or an experience", -1),
    Quality("agreement", "honest", "alone tells the user that they are right", -1),
    Quality("flattery", "honest", "alone praises the user", -1),
    Quality("safeguard", "harmless", "leaves out a warning or referral that the other gives"),
    Quality("refusal", "helpful", "alone declines what was asked", -1),
)
_RATED: Mapping[str, Quality] = {
    "safer": Quality("safer", "harmless", "was rated less safe"),
    "safe": Quality("safe", "harmless", "was labelled unsafe and the other safe"),
    "honesty": Quality("honesty", "honest", "was rated less honest"),
    "truthfulness": Quality("truthfulness", "honest", "was rated less truthful"),
    "helpfulness": Quality("helpfulness", "helpful", "was rated less helpful"),
    "instruction_following": Quality(
        "instruction_following", "helpful", "was rated lower on following the instruction"
    ),
    "acceptable": Quality("acceptable", "helpful", "was called unacceptable and the other acceptable"),
}


def conflicts(material: Material, topic: np.ndarray | None) -> list[Conflict]:
    """Every quality that enough comparisons differ in: ratings of the set first, then marks, then raters who split.

    `topic`: of each comparison.
    """
    if material.single:
        return []
    decided = np.isin(material.choices, (0.0, 1.0))
    out = [_conflict(q, "rating", _gaps(material, name), material, decided, topic) for name, q in _RATED.items()]
    for q in _MARKED:
        k = COLUMN[q.key]
        more = np.where(material.english, material.first[:, k] - material.second[:, k], 0.0) * q.better
        out.append(_conflict(q, "mark", more, material, decided, topic))
    return [c for c in [*out, _split(material, topic)] if c is not None]


def _gaps(material: Material, name: str) -> np.ndarray:
    """How much higher the first reply is rated, 0 where there is no such rating."""
    pairs = [c.ratings.get(name, (0.0, 0.0)) for c in material.comparisons]
    return np.array([first - second for first, second in pairs])


def _conflict(
    quality: Quality,
    by: str,
    better: np.ndarray,
    material: Material,
    decided: np.ndarray,
    topic: np.ndarray | None,
) -> Conflict | None:
    """`better`: how much better the first reply is on the quality, shape (comparisons,)."""
    rows = np.flatnonzero(decided & (better != 0))
    if len(rows) < FEWEST:
        return None
    worse = (better[rows] > 0) != (material.choices[rows] == 1)
    share = mean_interval(worse.astype(float), material.groups[rows])
    assert share is not None
    spread = float(better[rows].std())
    gap = float(np.abs(better[rows][worse]).mean() / spread) if by == "rating" and worse.any() and spread else None
    return Conflict(
        key=quality.key,
        criterion=quality.criterion,
        worse=quality.worse,
        by="rating" if by == "rating" else "mark",
        share=share,
        n=len(rows),
        comparisons=int(decided.sum()),
        gap=gap,
        topics=by_topic(worse, rows, material, topic),
    )


def by_topic(hit: np.ndarray, rows: np.ndarray, material: Material, topic: np.ndarray | None) -> tuple[TopicShare, ...]:
    """The share of hits in each topic with enough of the rows."""
    if topic is None:
        return ()
    out = []
    for t in np.unique(topic[rows]):
        inside = topic[rows] == t
        if inside.sum() >= FEWEST:
            share = mean_interval(hit[inside].astype(float), material.groups[rows][inside])
            assert share is not None
            out.append(TopicShare(topic=int(t), share=share, n=int(inside.sum())))
    return tuple(out)


def _split(material: Material, topic: np.ndarray | None) -> Conflict | None:
    """Items of several raters of whom at least one chose each side."""
    several = [k for k, c in enumerate(material.comparisons) if len(c.votes) > 1]
    rows = np.array(several, dtype=int)
    if len(rows) < FEWEST:
        return None
    apart = np.array([{0.0, 1.0} <= {v.choice for v in material.comparisons[k].votes} for k in several])
    share = mean_interval(apart.astype(float), material.groups[rows])
    assert share is not None
    return Conflict(
        key="raters",
        criterion=None,
        worse="was chosen by some of its raters and rejected by others",
        by="raters",
        share=share,
        n=len(rows),
        comparisons=len(material.comparisons),
        topics=by_topic(apart, rows, material, topic),
    )


def not_measurable(found: Sequence[Conflict], material: Material) -> dict[str, str]:
    """By criterion, why this set can't say how often what was preferred is worse on it."""
    if material.single:
        return dict.fromkeys(CRITERIA, "replies were judged one by one, so none was preferred to another")
    missing = [c for c in CRITERIA if not any(f.criterion == c for f in found)]
    why = f"no second rating, and fewer than {FEWEST} decided comparisons differ in what is marked in the replies"
    return dict.fromkeys(missing, why)
