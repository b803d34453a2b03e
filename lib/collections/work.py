"""What is made of a collection after it was imported: the user's checks decided, answers scored, measures taken."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from pydantic import BaseModel, ConfigDict

from lib.cases.fingerprint import check_sha
from lib.cases.shape import check_problems
from lib.collections import records
from lib.collections.library import cases, opened
from lib.collections.records import Collection, Pairing
from lib.domain import Check, TrilemmaError
from lib.files import digest, read_json, sha256_of
from lib.findings.answers import of_cases
from lib.findings.make import case_values, changes_of, levels_of
from lib.findings.records import Change, Comparison, Level, write
from lib.paths import Paths
from lib.runs.score import check_missing, score_missing
from lib.runs.shards import Carry, here

MEASURED = "collection.json"
MOST_CHECKS = 12
Say = Callable[[str], None]


class Measured(BaseModel):
    """Levels and changes of every measure over a collection's prompts, and what they were made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    made_from: str
    date: str
    comparisons: tuple[Comparison, ...]
    levels: tuple[Level, ...]
    changes: tuple[Change, ...]


# ---- pairs and checks ---------------------------------------------------------------------------


def with_pairs(paths: Paths, name: str, pairs: Sequence[Pairing]) -> Collection:
    """Say which models are base and tuned. Raises TrilemmaError for a model that is not there, or its own base."""
    known = {m.id for m in records.read(paths, name).models}
    for pair in pairs:
        if not {pair.base, pair.tuned} <= known or pair.base == pair.tuned:
            raise TrilemmaError(f"{pair.base} and {pair.tuned}: name two different models of the collection")
    return records.changed(paths, name, pairs=tuple(dict.fromkeys(pairs)))


def with_check(paths: Paths, name: str, check: Check) -> Collection:
    """Add a check to a collection. Raises TrilemmaError for one that can't be decided, or is there already."""
    collection = records.read(paths, name)
    if check.pattern and not (check.pattern.any or check.pattern.all):
        raise TrilemmaError("Name at least one phrase to look for.")
    if problems := list(check_problems(check)):
        raise TrilemmaError("; ".join(problems))
    if check.statement is not None:
        raise TrilemmaError("A collection's checks are decided by words or marked features")
    if any(check_sha(c) == check_sha(check) for c in collection.checks):
        raise TrilemmaError("This check is there already.")
    if len(collection.checks) >= MOST_CHECKS:
        raise TrilemmaError(f"A collection has at most {MOST_CHECKS} checks. Remove one first.")
    return records.changed(paths, name, checks=(*collection.checks, check))


def without_check(paths: Paths, name: str, key: str) -> Collection:
    collection = records.read(paths, name)
    return records.changed(paths, name, checks=tuple(c for c in collection.checks if c.key != key))


def check_key(label: str, taken: Sequence[str]) -> str:
    """A key for a check of the user's, from its label."""
    own = re.sub(r"[^a-z0-9]+", "-", label.lower())[:40].strip("-") or "check"
    return next(n for k in range(len(taken) + 1) if (n := own if not k else f"{own}-{k + 1}") not in taken)


def decide_checks(paths: Paths, name: str, carry: Carry = here) -> Iterator[int]:
    """Decide every check of every answer that isn't decided; yields how many answers are done."""
    collection = records.read(paths, name)
    store = opened(paths, collection)
    try:
        every = list(cases(store, collection.checks))
    finally:
        store.close()
    yield from check_missing(records.at(paths, name), every, carry)


def score(paths: Paths, name: str, carry: Carry = here) -> Iterator[int]:
    """Score every answer for refusal and tone with the shipped heads, which read English only."""
    from lib.models.registry import read_models
    from lib.scoring.heads import read_heads
    from lib.scoring.reader import load_reader

    collection = records.read(paths, name)
    store = opened(paths, collection)
    try:
        every = list(cases(store, ()))
    finally:
        store.close()
    load = partial(load_reader, read_models(paths.models))
    yield from score_missing(records.at(paths, name), every, read_heads(paths.heads), load, carry)


# ---- measures -----------------------------------------------------------------------------------


def measure(paths: Paths, name: str, say: Say = lambda line: None) -> Measured:
    """Measure every model over the collection's prompts, and each pair's change, and write it.

    An interval is over prompts: each is resampled whole with all answers to it.
    """
    collection = records.read(paths, name)
    folder = records.at(paths, name)
    store = opened(paths, collection)
    try:
        models = [m.id for m in collection.models]
        found = of_cases(store, list(cases(store, collection.checks)), models, next(iter(store.all_scorers()), ""))
    finally:
        store.close()
    values = case_values(found)
    compared = [Comparison(before=p.base, after=(p.tuned,), stage="base") for p in collection.pairs]
    measured = Measured(
        made_from=made_from(folder, collection),
        date=datetime.now(UTC).date().isoformat(),
        comparisons=tuple(c for c in compared if {c.before, *c.after} <= set(found.models)),
        levels=tuple(levels_of(found, values, [(m,) for m in found.models])),
        changes=tuple(x for c in compared if {c.before, *c.after} <= set(found.models) for x in changes_of(values, c)),
    )
    write(folder.findings, MEASURED, measured)
    say(f"{name}: {len(found.cases):,} prompts, {len(found.models)} models, {len(compared)} pairs")
    for change in measured.changes:
        if change.mean.low > 0 or change.mean.high < 0:
            i = change.mean
            say(f"  {change.comparison}: {change.measure} {i.value:+.3f} ({i.low:+.3f} to {i.high:+.3f})")
    return measured


def made_from(folder: Paths, collection: Collection) -> str:
    checks = [[c.key, c.aspect, c.sign, check_sha(c)] for c in collection.checks]
    pairs = [[p.base, p.tuned] for p in collection.pairs]
    return digest([sha256_of(folder.manifest), checks, pairs])


def measured(paths: Paths, collection: Collection) -> tuple[Measured, bool] | None:
    """What was measured, and whether answers, checks or pairs have changed since; None where nothing was."""
    folder = records.at(paths, collection.name)
    file = folder.findings / MEASURED
    if not file.is_file():
        return None
    found = read_json(file, Measured, f"{collection.name}/findings/{MEASURED}")
    return found, found.made_from != made_from(folder, collection)
