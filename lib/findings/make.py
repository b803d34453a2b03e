"""What `python -m lib findings` does: measure the library, compare models, and write data/findings."""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

import numpy as np

from lib.domain import CRITERIA, Criterion, Model, TrilemmaError
from lib.findings import records
from lib.findings.answers import Library, library
from lib.findings.claims import Material, claims
from lib.findings.labels import ASPECTS, AnswerLabel, agreement, read_labels, table
from lib.findings.measures import MEASURES, SAMPLES
from lib.findings.records import (
    CaseShift,
    Change,
    Comparison,
    Corrected,
    CorrectedChange,
    Detectable,
    LabelAspect,
    Level,
    Power,
)
from lib.findings.shifts import base_scale, case_shifts, slope_changes
from lib.measures.corrected import Labelled, corrected_change, corrected_mean
from lib.measures.paired import mean_change, mean_over_seeds
from lib.measures.simulation import supported
from lib.models.registry import pairs
from lib.paths import Paths
from lib.store.build import build, opened
from lib.store.library import Store
from lib.store.whole import model_logliks
from lib.tuning.adapters import AdapterCard, read_cards
from lib.tuning.sets import replicates, tuned_for
from lib.validation.answer_key import read_check_records, trusted
from lib.validation.labels import sha

Say = Callable[[str], None]
_FOUND_BY_MOST = 2.8  # standard errors: what 80 % of studies find at 5 %, two-sided (1.96 + 0.84)
_PLANTED, _ANSWERS = (0.3, 0.5), (5, 20)


def make(paths: Paths, say: Say) -> None:
    """Measure the stored answers and write what was found. Raises TrilemmaError where no pair of models has any."""
    store = opened(paths, build(paths))
    models = store.models()
    cards = read_cards(paths.adapters)
    scorer = next(iter(s for row in store.case_rows() for s in _scorers(store, row.id)), "")
    found = library(store, [m.id for m in models], scorer)
    compared = comparisons(models, cards, found.models)
    total = sum(len(found.answers(m)) for m in found.models)
    say(f"{total} answers of {len(found.models)} models, {len(compared)} tunings")
    values = case_values(found)
    together = _seeds_together(found.models, compared)
    later = {name for seeds in together for name in seeds[1:]}  # which their first stands for
    labels = read_labels(paths.findings / records.LABELS)
    tables = _tables(found, labels)
    bases = [m.id for m in models if m.stage == "base" and m.id in found.models] or [compared[0].before]
    scale = base_scale(found, bases)
    logliks = {m: model_logliks(store, m) for c in compared for m in (c.before, *c.after)}
    shifts = [s for c in compared for s in _told(c, case_shifts(found, c, scale, logliks), say)]
    changes = [x for c in compared for x in (*changes_of(values, c), *slope_changes(found.cases, c, logliks))]
    key = records.made_from(paths, found.cases, models)
    material = Material(
        cases=found.cases,
        models=[m for m in models if m.id not in later],
        comparisons=compared,
        changes=changes,
        between=_between(values, compared, tuned_for(cards)),
        shifts=shifts,
        counts={c.id: store.check_counts(c.id) for c in found.cases},
        trusted=trusted(read_check_records(paths.validity)),
        tuned_for=tuned_for(cards),
    )
    written = records.LibraryFindings(
        made_from=key,
        date=datetime.now(UTC).date().isoformat(),
        comparisons=tuple(compared),
        scale=dict(zip(CRITERIA, map(float, scale), strict=True)),
        levels=tuple(levels_of(found, values, together)),
        changes=tuple(changes),
        corrected=tuple(_corrected(tables, together)),
        corrected_changes=tuple(_corrected_changes(tables, compared)),
        agreement=agreement(labels),
        detectable=_detectable(shifts, changes),
    )
    records.write(paths.findings, records.LIBRARY, written)
    records.write(paths.findings, records.SHIFTS, records.ShiftFindings(made_from=key, shifts=tuple(shifts)))
    records.write(paths.findings, records.CLAIMS, records.ClaimFindings(made_from=key, claims=tuple(claims(material))))
    say(f"written to {paths.findings}")


def _told(comparison: Comparison, shifts: list[CaseShift], say: Say) -> list[CaseShift]:
    verdicts = [s.opposed.verdict for s in shifts if s.opposed]
    say(f"{comparison.key}: {', '.join(f'{verdicts.count(v)} {v}' for v in ('supported', 'possible', 'not shown'))}")
    return shifts


def _scorers(store: Store, case_id: str) -> list[str]:
    case = store.case(case_id)
    return store.scorers(case.prompts[0].id) if case else []


# ---- which models are compared ----------------------------------------------------------------


def comparisons(
    models: Sequence[Model], cards: Mapping[str, AdapterCard], answered: Collection[str]
) -> list[Comparison]:
    """Each tuned model with its own base, and with the adapter that its training started from; seeds together.

    Raises TrilemmaError where there is none.
    """
    known = {m.id: m for m in models if m.id in answered}
    seeds = {g[0]: g for g in replicates({n: c for n, c in cards.items() if n in known})}
    later = {name for group in seeds.values() for name in group[1:]}
    edges = [(p.base.id, p.tuned.id) for p in pairs(models) if {p.base.id, p.tuned.id} <= known.keys()]
    edges += [(c.recipe.start, name) for name, c in cards.items() if c.recipe.start in known and name in known]
    compared = [
        Comparison(before=before, after=seeds.get(after, (after,)), stage=known[before].stage)
        for before, after in edges
        if after not in later
    ]
    if not compared:
        raise TrilemmaError(
            "No tuned model has stored answers beside those of the model it was tuned from. Make some with: python -m"
            " lib precompute"
        )
    return compared


# ---- over the library -------------------------------------------------------------------------

Values = Mapping[tuple[str, str], Sequence[float]]  # (measure, model) -> one value a case, nan where there is none


def case_values(found: Library) -> Values:
    out = {}
    for measure, model in itertools.product(MEASURES, found.models):
        each = [measure.value(c, found.models[model].get(c.id, {})) for c in found.cases]
        out[measure.key, model] = [np.nan if v is None else v for v in each]
    return out


def _seeds_together(models: Iterable[str], compared: Sequence[Comparison]) -> list[tuple[str, ...]]:
    """Each model by itself, and the seeds of a tuning as one, the first at the head."""
    seeds = {c.after[0]: c.after for c in compared}
    later = {name for each in seeds.values() for name in each[1:]}
    return [seeds.get(m, (m,)) for m in models if m not in later]


def levels_of(found: Library, values: Values, together: Iterable[Sequence[str]]) -> list[Level]:
    """`together`: models, the seeds of a tuning as one."""
    out = []
    for measure, seeds in itertools.product(MEASURES, together):
        each = [values[measure.key, m] for m in seeds]
        if mean := mean_over_seeds(each, measure.unit == "share"):
            level = Level(
                measure=measure.key,
                model=seeds[0],
                mean=mean,
                cases=int(np.isfinite(each).all(axis=0).sum()),
                answers=sum(len(found.answers(m)) for m in seeds),
                seeds=tuple(float(np.nanmean(v)) for v in each) if len(each) > 1 else (),
            )
            out.append(level)
    return out


def changes_of(values: Values, comparison: Comparison) -> list[Change]:
    out = []
    for measure in MEASURES:
        before, after = values[measure.key, comparison.before], [values[measure.key, a] for a in comparison.after]
        if mean := mean_change(before, after):
            cases = int(np.isfinite(np.array([before, *after])).all(axis=0).sum())
            out.append(Change(measure=measure.key, comparison=comparison.key, mean=mean, cases=cases))
    return out


def _between(
    values: Values, compared: Sequence[Comparison], tuned_for: Mapping[str, tuple[Criterion, ...]]
) -> list[Change]:
    """On each criterion: the models tuned for it minus those tuned with the same start for another one."""
    out: dict[str, Change] = {}
    alone = [c for c in compared if len(tuned_for.get(c.after[0], ())) == 1]
    for mine, other in itertools.permutations(alone, 2):
        (criterion,), (another,) = tuned_for[mine.after[0]], tuned_for[other.after[0]]
        if mine.before != other.before or criterion == another:
            continue
        rows = [[values[criterion, m] for m in c.after] for c in (other, mine)]
        key = f"{other.after[0]}>{mine.after[0]}"
        if mean := mean_change(np.mean(rows[0], axis=0).tolist(), rows[1]):
            cases = int(np.isfinite(np.array(rows[0] + rows[1])).all(axis=0).sum())
            out[key] = Change(measure=criterion, comparison=key, mean=mean, cases=cases)
    return list(out.values())


Tables = Mapping[tuple[LabelAspect, str], Labelled]  # (aspect, model) -> scores and labels of its answers


def _tables(found: Library, labels: Sequence[AnswerLabel]) -> Tables:
    """Those of the models that have labels."""
    out = {}
    for model in found.models:
        answers = found.answers(model, SAMPLES)
        shas = {(s.answer.run_id, s.answer.prompt_id, s.answer.sample): sha(s.answer.text) for s in answers}
        mine = [x for x in labels if x.model_id == model]
        for aspect in ASPECTS:
            rows = table(answers, mine, aspect, shas)
            if np.isfinite(rows.labels).sum() > 1:
                out[aspect, model] = rows
    return out


def _corrected(tables: Tables, together: Iterable[Sequence[str]]) -> list[Corrected]:
    """`together`: as above; those of them count that have labels."""
    out = []
    for seeds, aspect in itertools.product(together, ASPECTS):
        rows = [tables[aspect, m] for m in seeds if (aspect, m) in tables]
        if not rows:
            continue
        scored = [s.scores for s in rows if np.ptp(s.scores)]
        answers = sum(len(s.scores) for s in rows)
        level = Corrected(
            aspect=aspect,
            model=seeds[0],
            mean=corrected_mean(rows),
            scores=float(np.concatenate(scored).mean()) if scored else None,
            labels=sum(int(np.isfinite(s.labels).sum()) for s in rows),
            answers=answers,
            unscored=answers - sum(map(len, scored)),
            seeds=tuple(corrected_mean([s]).value for s in rows) if len(rows) > 1 else (),
        )
        out.append(level)
    return out


def _corrected_changes(tables: Tables, compared: Sequence[Comparison]) -> list[CorrectedChange]:
    out = []
    for comparison, aspect in itertools.product(compared, ASPECTS):
        after = [tables[aspect, m] for m in comparison.after if (aspect, m) in tables]
        if after and (aspect, comparison.before) in tables:
            mean = corrected_change(tables[aspect, comparison.before], after)
            out.append(CorrectedChange(aspect=aspect, comparison=comparison.key, mean=mean))
    return out


def _detectable(shifts: Sequence[CaseShift], changes: Sequence[Change]) -> Detectable:
    sides = [s.shift for case in shifts for s in case.sides.values() if s.shift]
    means = [c.mean for c in changes if c.measure in CRITERIA]

    def needed(intervals: Sequence[records.Interval]) -> float:
        return float(_FOUND_BY_MOST * np.median([i.high - i.low for i in intervals]) / (2 * 1.96))

    return Detectable(case=needed(sides), library=needed(means), power=_power())


@cache
def _power() -> tuple[Power, ...]:
    return tuple(
        Power(answers=answers, planted=planted, supported=supported(answers, (planted, -planted), 60))
        for planted, answers in itertools.product(_PLANTED, _ANSWERS)
    )
