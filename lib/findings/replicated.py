"""Whether the same tuning changed the same things in the models of several sets."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lib.domain import CRITERIA, Criterion
from lib.findings.records import Comparison, Found, LabelAspect
from lib.findings.told import Set
from lib.measures.stats import Interval
from lib.tuning.replication import Side, Verdict, verdict

ASPECTS: tuple[LabelAspect, ...] = (*CRITERIA, "refusal")


class Replicated(NamedTuple):
    """How the readers' labels of one aspect changed with the tuning on the same criteria.

    `changes`: of each set, by the name of the model that it starts from; of two sets or more.
    """

    criteria: tuple[Criterion, ...]
    aspect: LabelAspect
    changes: Mapping[str, Interval]

    @property
    def verdict(self) -> Verdict:
        return verdict([_side(i) for i in self.changes.values()])


def _side(change: Interval) -> Side:
    return "with" if change.low > 0 else "against" if change.high < 0 else ""


def replicated(found: Found, every: Sequence[Set], tuned_for: Mapping[str, tuple[Criterion, ...]]) -> list[Replicated]:
    """One for each tuning and aspect that two sets or more have, in the order of the first set.

    `tuned_for`: on which criteria a model was tuned. Of several tunings on the same ones the last counts, which leaves
    boilerplate out.
    """
    changes = {(c.comparison, c.aspect): c.mean for c in found.library.corrected_changes}
    by_set = {s.root.label: _by_criteria(s, tuned_for) for s in every}
    out = []
    for criteria in dict.fromkeys(c for mine in by_set.values() for c in mine):
        for aspect in ASPECTS:
            held = {
                root: changes[mine[criteria].key, aspect]
                for root, mine in by_set.items()
                if criteria in mine and (mine[criteria].key, aspect) in changes
            }
            if len(held) > 1:
                out.append(Replicated(criteria, aspect, held))
    return out


def _by_criteria(mine: Set, tuned_for: Mapping[str, tuple[Criterion, ...]]) -> dict[tuple[Criterion, ...], Comparison]:
    from_root = [c for c in mine.comparisons if c.before == mine.root.id]
    return {tuned_for[c.after[0]]: c for c in from_root if c.after[0] in tuned_for}
