"""The findings in words: what tuning did, what a claim's evidence says, how tunings are called."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from lib.domain import CRITERIA, Criterion, Model
from lib.findings.records import Claim, Comparison, Corrected, Found, Item, Level
from lib.measures.stats import Interval
from lib.text import listed

VIRTUE: dict[Criterion, str] = {"helpful": "helpfulness", "harmless": "harmlessness", "honest": "honesty"}
STANCE = {"for": "speaks for it", "against": "speaks against it", "unclear": "unclear"}


def short_models(models: Iterable[Model]) -> dict[str, str]:
    """By id, how a model is called beside others of its family: by what was done to it."""
    return {
        m.id: m.label.rsplit(", ", 1)[-1] if ", " in m.label else "base" if m.stage == "base" else m.label
        for m in models
    }


def tuned_on(short: str) -> str:
    """What a tuning was for, from its short name."""
    if short.startswith("all three"):
        return "all three criteria at once"
    return {**VIRTUE, "SFT": "good answers (SFT)"}.get(short, short)


def tuning_name(comparison: Comparison, models: Mapping[str, Model]) -> str:
    """From which model to which, with the number of seeds where there are several."""
    before, after = models[comparison.before].label, models[comparison.after[0]].label
    seeds = f", {len(comparison.after)} seeds" if len(comparison.after) > 1 else ""
    return f"{before} → {after}{seeds}"


def level_name(level: Level | Corrected, models: Mapping[str, Model]) -> str:
    """The model that a level is of, with the number of seeds where it is their mean."""
    label = models[level.model].label if level.model in models else level.model
    return f"{label}, mean of {len(level.seeds)} seeds" if level.seeds else label


class Set(NamedTuple):
    """A model and all that was tuned from it, directly or by way of an SFT model."""

    root: Model
    comparisons: tuple[Comparison, ...]

    @property
    def models(self) -> list[str]:
        """Ids, the root first, each later seed left out."""
        return list(dict.fromkeys([self.root.id, *(c.after[0] for c in self.comparisons)]))

    @property
    def headline(self) -> Comparison:
        """From the root to the tuning on most criteria: the last of those that start from it."""
        return [c for c in self.comparisons if c.before == self.root.id][-1]


def sets(found: Found, models: Mapping[str, Model]) -> list[Set]:
    """One for each model that others were tuned from and that was itself tuned from none with stored answers."""
    compared = found.library.comparisons
    after = {m for c in compared for m in c.after}
    roots = [c.before for c in compared if c.before not in after]
    out = []
    for root in dict.fromkeys(roots):
        mine = {root}
        for c in compared:
            mine |= set(c.after) if c.before in mine else set()
        out.append(Set(models[root], tuple(c for c in compared if c.before in mine)))
    return out


def percent(interval: Interval) -> str:
    return f"{100 * interval.value:.0f}"


def finding(found: Found, mine: Set, names: Mapping[str, str]) -> str:
    """What tuning on most criteria did, in words: of the labels where there are any, else of the answer key."""
    comparison = mine.headline
    before, after = comparison.before, comparison.after[0]
    levels = {(str(c.aspect), c.model): c.mean for c in found.library.corrected}
    changes = {str(c.aspect): c.mean for c in found.library.corrected_changes if c.comparison == comparison.key}
    if not changes:
        levels = {(x.measure, x.model): x.mean for x in found.library.levels}
        changes = {c.measure: c.mean for c in found.library.changes if c.comparison == comparison.key}

    def said(test: Callable[[Interval], bool]) -> str:
        """The criteria whose change passes, each with its levels out of 100."""
        return listed(
            [
                f"{VIRTUE[c]} ({percent(levels[c, before])} → {percent(levels[c, after])})"
                for c in CRITERIA
                if c in changes and test(changes[c])
            ]
        )

    parts = [
        f"{what} {which}"
        for what, which in (
            ("do better on", said(lambda i: i.low > 0)),
            ("do worse on", said(lambda i: i.high < 0)),
            ("don't clearly change on", said(lambda i: i.low <= 0 <= i.high)),
        )
        if which
    ]
    told = f"Tuned on {tuned_on(names[after])}, the answers of {mine.root.label} {listed(parts)}."
    if "refusal" in changes and (changes["refusal"].low > 0 or changes["refusal"].high < 0):
        told += (
            f" The model refuses {percent(levels['refusal', after])} of 100 questions; before, it refused"
            f" {percent(levels['refusal', before])}."
        )
    return told


def verdict(claim: Claim) -> str:
    """In words, from how many pieces of evidence speak for and against."""
    stances = [i.stance for i in claim.items]
    for_, against = stances.count("for"), stances.count("against")
    if not stances:
        return "not measured"
    if not for_ and not against:
        return "not shown"
    if for_ and against:
        return "mostly for" if for_ >= 3 * against else "mostly against" if against >= 3 * for_ else "mixed"
    return "for" if for_ else "against"


def value(item: Item) -> str:
    i = item.value
    if item.unit in ("share", "points"):
        sign = "+" if item.comparison and not item.chance else ""
        return f"{100 * i.value:{sign}.0f} points ({100 * i.low:{sign}.0f} to {100 * i.high:{sign}.0f})"
    return f"{i.value:+.2f} {item.unit} ({i.low:+.2f} to {i.high:+.2f})"


def tuning(item: Item, models: Mapping[str, Model], compared: Mapping[str, Comparison]) -> str:
    if item.comparison is None:
        return ""
    if item.comparison in compared:
        return tuning_name(compared[item.comparison], models)
    before, after = item.comparison.split(">")
    return f"{models[after].label} against {models[before].label}"


def clearness(item: Item) -> float:
    """How far the interval stays away from no change, against its width: the clearest first."""
    i = item.value
    width = max(i.high - i.low, 1e-6)
    return -abs(i.value - item.chance) / width
