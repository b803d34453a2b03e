"""Whether a set's raters agree, which way each leans against the others, and which group the set sides with."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lib.formats.comparisons import Comparison, Vote
from lib.measures.clusters import codes, draws, mean_interval
from lib.measures.stats import Interval
from lib.preferences.conflicts import by_topic
from lib.preferences.marks import COLUMN
from lib.preferences.material import Material
from lib.preferences.records import Group, Leaning, Raters

_FEWEST_VOTES, _FEWEST_DIFFER, _HALVES = 30, 30, 50
_LEANT_ON = ("length", "refusal", "list", "hedge", "first_person", "apology", "question")
_MOST_SHOWN = 60


class _Ballot(NamedTuple):
    """One vote with its place: the row of its comparison."""

    row: int
    vote: Vote


def raters(material: Material, topic: np.ndarray | None, ordered: bool) -> Raters | None:
    """None where the set keeps no votes. `ordered`: first and second stand as raters saw them."""
    ballots = [_Ballot(k, v) for k, c in enumerate(material.comparisons) for v in c.votes if v.choice is not None]
    why: dict[str, str] = {}
    if not ballots:
        return None
    shared = [k for k, c in enumerate(material.comparisons) if sum(v.choice is not None for v in c.votes) > 1]
    items = [material.comparisons[k] for k in shared]
    if not items:
        why["agreement"] = "no comparison was judged by more than one rater"
    shown = _first_shown(material, ballots) if ordered else (None, 0)
    if not ordered:
        why["position"] = "the set does not keep which reply was shown first"
    groups, turn, turn_of = _groups(material, ballots)
    if not groups:
        why["groups"] = "the set does not say where its raters live or which group they belong to"
    return Raters(
        items=len(items),
        votes=len(ballots),
        alpha=_alpha(items, why),
        pairwise=_pairwise(material, shared),
        split_half=_split_half(items),
        first_shown=shown[0],
        first_votes=shown[1],
        by_topic=_agreement_by_topic(material, shared, topic),
        leanings=tuple(_leanings(material, ballots)),
        groups=tuple(groups),
        turn=turn,
        turn_of=turn_of,
        why=why,
    )


def _alpha(items: Sequence[Comparison], why: dict[str, str]) -> float | None:
    """Krippendorff's alpha of first, tie and second as names (nominal)."""
    if not items:
        return None
    try:
        import krippendorff
    except ModuleNotFoundError:
        why["alpha"] = "the package krippendorff is missing (pip install -r lib/findings/requirements.txt)"
        return None
    counts = np.array([[sum(v.choice == side for v in c.votes) for side in (1.0, 0.5, 0.0)] for c in items])
    if (counts.sum(axis=0) > 0).sum() < 2:
        why["alpha"] = "every vote is for the same side"
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def _said(comparison: Comparison) -> list[float]:
    return [v.choice for v in comparison.votes if v.choice is not None]


def _agreeing(comparison: Comparison) -> float:
    """The share of a comparison's pairs of votes that agree."""
    said = np.array(_said(comparison))
    same = (said[:, None] == said[None, :]).sum() - len(said)
    return float(same / (len(said) * (len(said) - 1)))


def _pairwise(material: Material, shared: Sequence[int]) -> Interval | None:
    rows = np.array(shared, dtype=int)
    values = np.array([_agreeing(material.comparisons[k]) for k in shared])
    return mean_interval(values, material.groups[rows]) if len(rows) else None


def _agreement_by_topic(material: Material, shared: Sequence[int], topic: np.ndarray | None):
    rows = np.array(shared, dtype=int)
    values = np.array([_agreeing(material.comparisons[k]) for k in shared])
    return by_topic(values, rows, material, topic) if len(rows) else ()


def _split_half(items: Sequence[Comparison]) -> float | None:
    """Correlation between two random halves of each item's votes, stepped up to all votes (Spearman and Brown 1910).

    The mean over 50 ways of halving.
    """
    if len(items) < 10:
        return None
    random, found = np.random.default_rng(20240618), []
    votes = [np.array(_said(c)) for c in items]
    for _ in range(_HALVES):
        halves = []
        for said in votes:
            mixed = random.permutation(said)
            halves.append((mixed[: len(said) // 2].mean(), mixed[len(said) // 2 : 2 * (len(said) // 2)].mean()))
        a, b = np.array(halves).T
        if a.std() and b.std():
            r = float(np.corrcoef(a, b)[0, 1])
            found.append(2 * r / (1 + r))
    return float(np.mean(found)) if found else None


def _first_shown(material: Material, ballots: Sequence[_Ballot]) -> tuple[Interval | None, int]:
    """How often the reply that was shown first is chosen, of all votes for a side."""
    sided = [b for b in ballots if b.vote.choice in (0, 1)]
    hit = np.array([(b.vote.choice == 1) != b.vote.turned for b in sided], dtype=float)
    rows = np.array([b.row for b in sided], dtype=int)
    return (mean_interval(hit, material.groups[rows]) if len(rows) else None), len(sided)


# ---- who leans which way ----------------------------------------------------------------------


def _leanings(material: Material, ballots: Sequence[_Ballot]) -> list[Leaning]:
    """Each rater with enough votes, then each group, held to the others' votes; the clearest first.

    Where comparisons are shared, only those that others judged too are compared.
    """
    out = []
    for who, key in (("rater", lambda v: str(v.rater + 1)), ("group", lambda v: v.group)):
        own = [key(b.vote) for b in ballots]
        names = [n for n in dict.fromkeys(own) if n and own.count(n) >= _FEWEST_VOTES]
        if len(set(own) - {""}) > 1:
            for mark in _LEANT_ON:
                out += _lean(material, ballots, own, names, mark, who)
    return sorted(out, key=lambda x: -_clear(x.difference))[:_MOST_SHOWN]


def _clear(i: Interval) -> float:
    return abs(i.value) / max(i.high - i.low, 1e-6)


def _lean(
    material: Material, ballots: Sequence[_Ballot], own: Sequence[str], names: Sequence[str], mark: str, who: str
) -> list[Leaning]:
    k = COLUMN[mark]
    side = np.sign(material.first[:, k] - material.second[:, k])
    differing = [n for n, b in enumerate(ballots) if side[b.row] and b.vote.choice in (0, 1)]
    if len(differing) < _FEWEST_DIFFER:
        return []
    rows = np.array([ballots[n].row for n in differing])
    more = (side[rows] > 0) == np.array([ballots[n].vote.choice == 1 for n in differing])
    who_of = np.array([own[n] for n in differing])
    voters = defaultdict(set)
    for row, name in zip(rows, who_of, strict=True):
        voters[row].add(name)
    shared = np.array([len(voters[row]) > 1 for row in rows])
    use = shared if shared.sum() >= _FEWEST_DIFFER else np.ones(len(rows), dtype=bool)
    out = []
    for name in names:
        mine = use & (who_of == name)
        mine_rows = set(rows[mine].tolist())
        others = use & (who_of != name) & (np.isin(rows, list(mine_rows)) if use is shared else True)
        if mine.sum() >= _FEWEST_DIFFER and others.sum() >= _FEWEST_DIFFER:
            difference = _difference(more, mine, others, material.groups[rows])
            out.append(Leaning(who=f"{who} {name}", mark=mark, difference=difference, votes=int(mine.sum())))
    return out


def _difference(hit: np.ndarray, mine: np.ndarray, others: np.ndarray, groups: np.ndarray) -> Interval:
    """Share of hits among `mine` minus that among `others`, prompts drawn whole."""
    _, own = np.unique(groups, return_inverse=True)
    size = int(own.max()) + 1
    sums = [np.bincount(own, hit * rows, size) for rows in (mine, others)]
    counts = [np.bincount(own, rows.astype(float), size) for rows in (mine, others)]
    weights = draws(size)
    drawn = [(weights @ s) / np.maximum(weights @ c, 1e-9) for s, c in zip(sums, counts, strict=True)]
    low, high = np.quantile(drawn[0] - drawn[1], (0.025, 0.975))
    return Interval(value=float(hit[mine].mean() - hit[others].mean()), low=float(low), high=float(high))


def _groups(material: Material, ballots: Sequence[_Ballot]) -> tuple[list[Group], int | None, int]:
    """How often each group sides with the set, and how few shared comparisons would turn which sides with it most.

    Only comparisons that more than one group judged say whom the set sides with.
    """
    by_row: dict[int, set[str]] = defaultdict(set)
    for b in ballots:
        if b.vote.group:
            by_row[b.row].add(b.vote.group)
    shared = [b for b in ballots if b.vote.group and len(by_row[b.row]) > 1 and material.comparisons[b.row].decided]
    names = list(dict.fromkeys(b.vote.group for b in shared))
    out = []
    for name in names:
        mine = [b for b in shared if b.vote.group == name]
        hit = np.array([b.vote.choice == material.comparisons[b.row].choice for b in mine], dtype=float)
        agrees = mean_interval(hit, codes([material.comparisons[b.row].group for b in mine]))
        if agrees is not None and len(mine) >= _FEWEST_VOTES:
            out.append(Group(name=name, agrees=agrees, votes=len(mine)))
    out.sort(key=lambda g: -g.agrees.value)
    if len(out) < 2:
        return out, None, len({b.row for b in shared})
    first, second = out[:2]
    ahead = (first.agrees.value - second.agrees.value) * min(first.votes, second.votes)
    return out, int(ahead // 2) + 1, len({b.row for b in shared})
