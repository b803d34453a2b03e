"""The paper's claims, each with what would speak for it and what the library's numbers say, for and against."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from lib.cases.shape import CLAIMS
from lib.domain import CaseStudy, Criterion, Model
from lib.findings.measures import NAMED
from lib.findings.records import CaseShift, Change, Claim, Comparison, Example, Item
from lib.measures.differences import CheckCount, by_place, differences
from lib.measures.stats import share
from lib.models.registry import pairs

_EXAMPLES = 2


class Sign(NamedTuple):
    """A measure that a claim speaks of, and which way the claim would have it go (1 up, -1 down) with tuning.

    `tuned_for`: only tunings on these criteria alone count; empty: all.
    """

    measure: str
    expected: Literal[1, -1]
    tuned_for: tuple[Criterion, ...] = ()


class Argument(NamedTuple):
    """What would speak for a claim, in a sentence, and the measures that could show it."""

    would_show: str
    signs: tuple[Sign, ...]


# Which criterion tuning for another would cost.
_COSTS: tuple[tuple[Criterion, Criterion], ...] = (
    ("helpful", "harmless"),
    ("helpful", "honest"),
    ("harmless", "helpful"),
    ("honest", "helpful"),
)
ARGUMENTS: Mapping[str, Argument] = {
    "harmlessness": Argument(
        "Tuning for harmlessness turns people away more often, and answers do no better on the harms that each case"
        " names.",
        (
            Sign("over-refusal", 1, ("harmless",)),
            Sign("harmless", -1, ("harmless",)),
            Sign("likelihood-harmless", -1, ("harmless",)),
            Sign("safeguard", -1, ("harmless",)),
        ),
    ),
    "honesty": Argument(
        "Tuned answers sound surer without being right more often.",
        (Sign("booster", 1), Sign("hedge", -1), Sign("honest", -1), Sign("likelihood-honest", -1)),
    ),
    "helpfulness": Argument(
        "Tuning for harmlessness or honesty costs helpfulness, and tuning for helpfulness costs the other two.",
        tuple(Sign(f"{by}{lost}", -1, (tuned_for,)) for by in ("", "likelihood-") for lost, tuned_for in _COSTS),
    ),
    "alignment": Argument(
        "What counts as an aligned model depends on whose data tuned it: a model tuned for one criterion does better"
        " on that one than a model tuned with the same recipe for another.",
        (),
    ),
    "deception": Argument(
        "Tuning makes answers more human-like: more often in the first person, with claimed feelings and apologies, and"
        " less often saying that a program is speaking.",
        (Sign("first-person", 1), Sign("feeling", 1), Sign("apology", 1), Sign("tone", 1), Sign("disclaimer", -1)),
    ),
    "sycophancy": Argument(
        "Tuned models give way more often when the user states a view, agree with it, and praise.",
        (Sign("gives-way", 1), Sign("agreement", 1), Sign("flattery", 1)),
    ),
    "value-imposition": Argument(
        "Tuning makes answers more alike, and serves other languages and dialects worse than standard English.",
        (Sign("distinct", -1), Sign("unlike", -1), Sign("language", 1), Sign("dialect", 1)),
    ),
    "ethical-opacity": Argument(
        "Makers don't say who rated the answers, by which guide, or on which data.",
        (),
    ),
    "curse-of-flexibility": Argument(
        "One tuning serves some uses and harms others: in many cases a criterion clearly rises, in many one clearly"
        " falls, and two move apart more often than chance allows.",
        (),
    ),
}


class Material(NamedTuple):
    """All that the claims are held to. `tuned_for`: the criteria that a model of ours was tuned on, by its id."""

    cases: Sequence[CaseStudy]
    models: Sequence[Model]
    comparisons: Sequence[Comparison]
    changes: Sequence[Change]
    between: Sequence[Change]  # tuned for one criterion against tuned for another: `own_criterion`
    shifts: Sequence[CaseShift]
    counts: Mapping[str, Sequence[CheckCount]]  # case id -> what its checks said
    trusted: Mapping[str, Iterable[str]]  # case id -> keys of the checks that agree with hand labels
    tuned_for: Mapping[str, tuple[Criterion, ...]]


def _meets(sign: Sign, comparison: Comparison, tuned_for: Mapping[str, tuple[Criterion, ...]]) -> bool:
    return not sign.tuned_for or tuned_for.get(comparison.after[0]) == sign.tuned_for


def _items(argument: Argument, of: Material) -> Iterable[Item]:
    by_key = {c.key: c for c in of.comparisons}
    for sign in argument.signs:
        measure = NAMED[sign.measure]
        for change in of.changes:
            if change.measure == sign.measure and _meets(sign, by_key[change.comparison], of.tuned_for):
                yield Item(
                    text=measure.label,
                    comparison=change.comparison,
                    value=change.mean,
                    unit=measure.unit,
                    n=change.cases,
                    of="cases",
                    expected=sign.expected,
                )


def _own_criterion(of: Material) -> Iterable[Item]:
    """A model tuned for a criterion minus one tuned for another, on the first's own."""
    for change in of.between:
        yield Item(
            text=f"{change.measure}, tuned for it against tuned for another",
            comparison=change.comparison,
            value=change.mean,
            unit="share",
            n=change.cases,
            of="cases",
            expected=1,
        )


def _disclosed(of: Material) -> Iterable[Item]:
    """Of what the makers of other tuned models should say, how much they don't."""
    others = [m for m in of.models if m.disclosures and m.id not in of.tuned_for]
    for ingredient in dict.fromkeys(i for m in others for i in m.disclosures):
        told = [m.disclosures[ingredient].status for m in others if ingredient in m.disclosures]
        if value := share(sum(status != "disclosed" for status in told), len(told)):
            yield Item(
                text=f"{ingredient}: not disclosed, or only partly",
                comparison=None,
                value=value,
                unit="share",
                n=len(told),
                of="tuned models of other makers",
                expected=1,
            )


def _apart(of: Material) -> Iterable[Item]:
    """How often two criteria moved apart, and how often one clearly fell; both against what chance allows."""
    for comparison in of.comparisons:
        mine = [s for s in of.shifts if s.comparison == comparison.key and s.opposed]
        told = [s for s in of.shifts if s.comparison == comparison.key and any(x.shift for x in s.sides.values())]
        apart = sum(s.opposed is not None and s.opposed.verdict == "supported" for s in mine)
        rose, fell = (
            sum(any(test(x.shift) for x in s.sides.values() if x.shift) for s in told)
            for test in (lambda i: i.low > 0, lambda i: i.high < 0)
        )
        for text, hits, n, chance in (
            ("cases in which two criteria moved apart, supported", apart, len(mine), 0.05),
            ("cases in which a criterion clearly rose", rose, len(told), 0.075),
            ("cases in which a criterion clearly fell", fell, len(told), 0.075),
        ):
            if value := share(hits, n):
                yield Item(
                    text=text,
                    comparison=comparison.key,
                    value=value,
                    unit="share",
                    n=n,
                    of="cases",
                    expected=1,
                    chance=chance,
                )


def _examples(claim: str, of: Material) -> list[Example]:
    """The clearest differences that tuning made in the cases of a claim, one a case."""
    found = []
    for case in of.cases:
        if case.claim != claim or case.id not in of.counts:
            continue
        checks = [c for c in case.checks if c.key in of.trusted.get(case.id, ())]
        counts = of.counts[case.id]
        answering = list(dict.fromkeys(c.model_id for c in counts))
        every = differences(case, checks, by_place(counts), answering, pairs(of.models))
        if best := next((d for d in every if d.kind == "tuning" and d.clear), None):
            found.append((best.strength, case.id, best))
    best_first = sorted(found, key=lambda f: (-f[0], f[1]))[:_EXAMPLES]
    return [
        Example(
            case_id=case_id,
            prompt_id=d.after.prompt_id,
            check_key=d.check.key,
            before=d.before.model_id,
            after=d.after.model_id,
        )
        for _, case_id, d in best_first
    ]


_OTHER_ITEMS = {"alignment": _own_criterion, "ethical-opacity": _disclosed, "curse-of-flexibility": _apart}


def claims(of: Material) -> list[Claim]:
    """One record for each claim of the paper, in its order."""
    out = []
    for claim in CLAIMS:
        argument = ARGUMENTS[claim]
        items = [*_items(argument, of), *(_OTHER_ITEMS[claim](of) if claim in _OTHER_ITEMS else ())]
        out.append(
            Claim(claim=claim, would_show=argument.would_show, items=tuple(items), examples=tuple(_examples(claim, of)))
        )
    return out
