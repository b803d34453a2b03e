"""What is in a set: rows, prompts, raters, languages, lengths, and what is wrong with some of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from lib.formats.comparisons import Comparison, ReadSet
from lib.preferences.marks import COLUMN
from lib.preferences.material import Material
from lib.preferences.records import Contents
from lib.preferences.split import plain

STOCK = 5  # prompts: a chosen reply that stands under more of them is a stock reply


def contents(read: ReadSet, material: Material) -> Contents:
    """Counts over a set. Lengths are of the text as it is, untrimmed."""
    comparisons = material.comparisons
    decided = [c for c in comparisons if c.decided]
    pairs = [] if material.single else [(len(c.chosen), len(c.rejected)) for c in decided]
    won = [len(c.first) for c in decided if c.choice == 1] if material.single else [a for a, _ in pairs]
    lost = [len(c.first) for c in decided if c.choice == 0] if material.single else [b for _, b in pairs]
    split_of: dict[str, set[str]] = defaultdict(set)
    for c in comparisons:
        split_of[c.group].add(c.split)
    under = stock_replies(comparisons)
    stock = {reply for reply, prompts in under.items() if prompts > STOCK}
    chosen, rejected = _words(material, True), _words(material, False)
    raters = {v.rater for c in comparisons for v in c.votes}
    turned, repeated = _same(comparisons)
    return Contents(
        rows=read.rows,
        comparisons=len(comparisons),
        single=material.single,
        left_out=dict(read.left_out),
        rows_left_out=read.rows_left_out,
        decided=len(decided),
        ties=sum(c.choice == 0.5 for c in comparisons),
        prompts=len({c.group for c in comparisons}),
        contexts=len({c.context for c in comparisons}),
        systems=sum(any(m.role == "system" for m in c.context) for c in comparisons),
        raters=len(raters) or None,
        several_raters=sum(len(c.votes) > 1 for c in comparisons),
        languages=dict(material.languages.most_common(8)),
        turns=dict(sorted(Counter(sum(m.role != "system" for m in c.context) for c in comparisons).items())),
        words_chosen=chosen,
        words_rejected=rejected,
        characters_chosen=_mean(won),
        characters_rejected=_mean(lost),
        longer=sum(a > b for a, b in pairs),
        same_length=sum(a == b for a, b in pairs),
        empty=sum(not c.first.strip() or (c.second is not None and not c.second.strip()) for c in comparisons),
        identical=sum(c.first == c.second for c in comparisons),
        duplicates=repeated,
        contradictory=turned,
        splits=dict(Counter(c.split for c in comparisons if c.split)),
        leaks=sum(len(s) > 1 for s in split_of.values()),
        stock=len(stock),
        stock_pairs=sum(plain(c.chosen) in stock for c in decided),
        stock_most=max(under.values(), default=0),
    )


def _mean(values: Sequence[int]) -> float:
    return float(np.mean(values)) if values else 0.0


def _words(material: Material, chosen: bool) -> float:
    """Mean number of words of the chosen or the rejected replies."""
    if not len(material.comparisons):
        return 0.0
    first = material.choices == (1.0 if chosen else 0.0)
    second = material.choices == (0.0 if chosen else 1.0)
    lengths = [material.first[first, 0]] + ([] if material.single else [material.second[second, 0]])
    logs = np.concatenate(lengths).astype(float)
    return float(np.mean(2**logs - 1)) if len(logs) else 0.0


def _same(comparisons: Sequence[Comparison]) -> tuple[int, int]:
    """Pairs of replies that are preferred both ways round, and comparisons that repeat an earlier one."""
    seen, repeated = set(), 0
    for c in comparisons:
        key = (c.context, c.chosen, c.rejected, c.choice == 0.5)
        repeated += key in seen
        seen.add(key)
    turned = sum((context, b, a, False) in seen for context, a, b, tie in seen if not tie and a != b) // 2
    return turned, repeated


def stock_replies(comparisons: Sequence[Comparison]) -> dict[str, int]:
    """Each chosen reply, as `plain` leaves it, with the number of prompts that it stands under."""
    prompts: dict[str, set[str]] = defaultdict(set)
    for c in comparisons:
        if c.decided and (c.second is not None or c.choice == 1):
            prompts[plain(c.chosen)].add(c.group)
    return {reply: len(groups) for reply, groups in prompts.items()}


def dropped_by(material: Material) -> dict[str, np.ndarray]:
    """For each way of leaving rows out, which comparisons stay: shape (comparisons,), by the name of the way."""
    comparisons = material.comparisons
    under = stock_replies(comparisons)
    seen: set[object] = set()
    fresh = np.zeros(len(comparisons), dtype=bool)
    sides = {(c.context, c.chosen, c.rejected) for c in comparisons if c.decided}
    for k, c in enumerate(comparisons):
        key = (c.context, c.chosen, c.rejected)
        turned = c.chosen != c.rejected and (c.context, c.rejected, c.chosen) in sides
        fresh[k] = key not in seen and not turned
        seen.add(key)
    _, first_of_prompt = np.unique(material.groups, return_index=True)
    one = np.zeros(len(comparisons), dtype=bool)
    one[first_of_prompt] = True
    stock = np.array([c.decided and under.get(plain(c.chosen), 0) > STOCK for c in comparisons], dtype=bool)
    out = {"stock": ~stock, "repeats": fresh, "one": one}
    refuses = (material.first[:, COLUMN["refusal"]] > 0) | (material.second[:, COLUMN["refusal"]] > 0)
    out["refusals"] = ~refuses
    if not material.single:
        out["length"] = np.abs(material.first[:, 0] - material.second[:, 0]) <= np.log2(1.2)
    return out
