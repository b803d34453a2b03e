"""What was found in a set, in sentences made from its numbers: what it rewards, for the paper and against it."""

from collections.abc import Mapping
from typing import NamedTuple

from lib.measures.stats import Interval
from lib.preferences.contents import STOCK
from lib.preferences.marks import MARKS
from lib.preferences.profile import told as clear_weights
from lib.preferences.records import Conflict, Preferences, Weight

_DOING: Mapping[str, str] = {m.key: m.doing for m in MARKS}
_ONE_SIDED, _AGREE, _SPLIT = 50.0, 0.8, 0.1  # odds beyond telling; alpha called agreement; share of splits
_HARDLY = 0.5  # of pairs: a share below which the longer reply does not win
_STOCK_COUNTS = 0.6  # how clear stock replies are as evidence: clearer than any share


class Sentence(NamedTuple):
    """`bears`: whether it speaks for the paper, against it, or says what was found."""

    bears: str
    text: str


def percent(i: Interval) -> str:
    return f"{100 * i.value:.0f}% ({100 * i.low:.0f} to {100 * i.high:.0f})"


def ratio(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def one_sided(weight: Weight) -> bool:
    """Whether nearly every pair goes one way: the odds are then a matter of the ridge, and no size to be told."""
    return not 1 / _ONE_SIDED <= weight.odds.value <= _ONE_SIDED


def odds_told(weight: Weight, single: bool = False) -> str:
    """How much more or less often such a reply is chosen than the other one, all else equal."""
    doing, i = _DOING[weight.mark], weight.odds
    asker = "a reply that"
    if one_sided(weight):
        won = weight.raw.value if i.value > 1 else 1 - weight.raw.value
        verb = "chosen" if i.value > 1 else "rejected"
        return f"{asker} {doing} is {verb} in {100 * won:.0f}% of the {weight.differ} pairs in which only one does"
    if single:
        return f"{asker} {doing} has {ratio(i.value)} times the odds of a yes ({ratio(i.low)} to {ratio(i.high)})"
    if i.value >= 1:
        return f"{asker} {doing} is chosen {ratio(i.value)} times as often as the other ({_range(i.low, i.high)})"
    against = _range(1 / i.high, 1 / i.low)
    return f"{asker} {doing} is rejected {ratio(1 / i.value)} times as often as it is chosen ({against})"


def _range(low: float, high: float) -> str:
    return f"{ratio(low)} to {ratio(high)}" if high < 10 * _ONE_SIDED else f"at least {ratio(low)}"


def finding(found: Preferences) -> list[Sentence]:
    """Five sentences: rewarded, punished, how much that explains, for the paper, against it."""
    if found.profile is None or found.contents is None:
        return []
    clear = clear_weights(found.profile.weights)
    up = sorted((w for w in clear if w.standard.value > 0), key=lambda w: -w.odds.value)
    down = sorted((w for w in clear if w.standard.value < 0), key=lambda w: w.odds.value)
    single = found.contents.single
    rewarded = (
        f"All else equal, {'; '.join(odds_told(w, single) for w in up[:2])}." if up else _NOTHING.format("rewarded")
    )
    punished = (
        f"On the other side, {'; '.join(odds_told(w, single) for w in down[:2])}."
        if down
        else _NOTHING.format("punished")
    )
    return [
        Sentence("found", rewarded),
        Sentence("found", punished),
        Sentence("found", _explained(found)),
        Sentence("for", _first(_for(found), "Nothing measured here speaks for it.")),
        Sentence("against", _first(_against(found), "Nothing measured here speaks against it.")),
    ]


_NOTHING = "No mark is {} clearly enough to keep its interval clear of no effect."


def _first(told: list[tuple[float, str]], otherwise: str) -> str:
    """The evidence that is furthest from saying nothing."""
    return max(told)[1] if told else otherwise


def _explained(found: Preferences) -> str:
    p = found.profile
    assert p is not None
    beside = (
        f"; always taking the longer reply gets {percent(p.longest)}"
        if not found.contents or not found.contents.single
        else ""
    )
    words = f", and a model of every single word {percent(p.ceiling)}" if p.ceiling else ""
    return (
        f"On prompts that they were not fitted to, these marks tell {percent(p.accuracy)} of the choices right"
        f"{beside}{words}: what the marks do not see decides the rest."
    )


def conflict_told(c: Conflict) -> str:
    """How often the worse reply was preferred, in words."""
    if c.by == "raters":
        return f"in {percent(c.share)} of {c.n:,} pairs with several raters each reply was chosen by at least one"
    return f"of {c.n:,} pairs in which one reply {c.worse}, that one was preferred in {percent(c.share)}"


def _between_criteria(found: Preferences) -> list[Conflict]:
    """Conflicts with a criterion other than the one that raters were asked for."""
    return [c for c in found.conflicts if c.by != "raters" and c.criterion != found.criterion]


def _for(found: Preferences) -> list[tuple[float, str]]:
    """Evidence that preferences reward something other than all three criteria at once, with how clear it is."""
    out, c, p = [], found.contents, found.profile
    worse = [f for f in _between_criteria(found) if f.share.low > 0.5]
    out += [(f.share.low - 0.5, f"criteria conflict: {conflict_told(f)}.") for f in worse]
    split = [f for f in found.conflicts if f.by == "raters" and f.share.low > _SPLIT]
    out += [(f.share.low, f"raters are not of one mind: {conflict_told(f)}.") for f in split]
    if c and c.stock:
        made = f"make {c.stock_pairs:,} of {c.decided:,} pairs"
        under = f"{c.stock} chosen replies stand under more than {STOCK} prompts each, {made}"
        most = f"the commonest stands under {c.stock_most} of {c.prompts:,} prompts"
        out.append((_STOCK_COUNTS, f"the same few replies win: {under}, and {most}."))
    if p and p.longest.low > 0.5:
        clear = p.longest.low - 0.5
        out.append((clear, f"length wins by itself: the longer reply is preferred in {percent(p.longest)} of pairs."))
    return [(clear, text[0].upper() + text[1:]) for clear, text in out]


def _against(found: Preferences) -> list[tuple[float, str]]:
    """Evidence that what people preferred was not bought with another criterion, or that they agree what is good."""
    out, r, p, marked = [], found.raters, found.profile, _between_criteria(found)
    better = [f for f in marked if f.share.high < 0.5]
    out += [(0.5 - f.share.high, f"criteria go together here: {conflict_told(f)}.") for f in better]
    own = [f for f in found.conflicts if f.criterion and f.criterion == found.criterion and f.share.high < 0.5]
    out += [(0.5 - f.share.high, f"what raters were asked for is what wins: {conflict_told(f)}.") for f in own]
    if r and r.alpha is not None and r.alpha >= _AGREE:
        out.append((r.alpha - 0.5, f"raters agree: Krippendorff's alpha is {r.alpha:.2f} over {r.items:,} pairs."))
    if p and p.longest.high < _HARDLY:
        out.append((0.01, f"more words do not win: the longer reply is preferred in {percent(p.longest)} of pairs."))
    if even := [f for f in marked if f.share.low <= 0.5 <= f.share.high]:
        surest = min(even, key=lambda f: f.share.high - f.share.low)
        out.append((0.0, f"no conflict shows in this: {conflict_told(surest)}, as chance would have it."))
    return [(clear, text[0].upper() + text[1:]) for clear, text in out]


def opposed(one: Preferences, other: Preferences) -> list[tuple[Weight, Weight]]:
    """The marks that one set clearly rewards and the other clearly punishes, the strongest first."""
    if one.profile is None or other.profile is None:
        return []
    theirs = {w.mark: w for w in clear_weights(other.profile.weights)}
    both = [(w, theirs[w.mark]) for w in clear_weights(one.profile.weights) if w.mark in theirs]
    apart = [(a, b) for a, b in both if a.standard.value * b.standard.value < 0]
    return sorted(apart, key=lambda ab: -min(abs(ab[0].standard.value), abs(ab[1].standard.value)))
