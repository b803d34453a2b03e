"""What `python -m lib validate` and `train-scorers` do: read sets and labels, train or check heads, write records."""

from collections.abc import Callable
from pathlib import Path

from lib.cases.files import read_cases
from lib.domain import TrilemmaError
from lib.formats.sets import LLMBAR_SUBSETS, action_replies, instruction_pairs
from lib.manifest import stored_responses
from lib.models.registry import read_models
from lib.models.weights import weights_dir, weights_id
from lib.paths import Paths
from lib.scoring.heads import read_heads
from lib.scoring.inputs import COUNTS, READER
from lib.scoring.judge import named_judge
from lib.scoring.learned import prepared, score
from lib.scoring.reader import load_reader
from lib.scoring.refusal_marks import MARKS
from lib.scoring.statement_reader import load_statement_reader
from lib.scoring.statements import HEAD, JUDGE
from lib.validation.answer_key import (
    check_records,
    kind_records,
    labelled_answers,
    read_check_labels,
    read_judged,
    stored_verdicts,
    write_check_records,
    write_judged,
    write_kind_records,
)
from lib.validation.checks import check_scorers
from lib.validation.earning import earning_records, public_pairs, write_earning
from lib.validation.features import (
    FeatureRecord,
    drifted,
    feature_records,
    read_sentence_labels,
    read_strata,
    write_feature_records,
)
from lib.validation.heads import NAME, VERSION, Read, fit_heads, save_fitted
from lib.validation.judge import check_judge
from lib.validation.labels import read_labels, refusal_examples, sha
from lib.validation.material import Material, Vectors, read_material, shared_prompts
from lib.validation.obvious import SUITES, obvious_records, obvious_values, read_suite, write_obvious
from lib.validation.records import write_records
from lib.validation.statements import INPUTS as STATEMENT_INPUTS
from lib.validation.statements import fit_statements, states

Say = Callable[[str], None]


def train_scorers(paths: Paths, sets: Path, say: Say) -> None:
    """Fit the heads on public sets and labels, and write them to data/scorers.

    Raises TrilemmaError where a prompt is both for training and for checking.
    """
    material, vectors = _material(paths, sets)
    pairs = [p for subset in LLMBAR_SUBSETS for p in instruction_pairs(sets, subset)]
    if shared := shared_prompts(material, [*(p.better for p in pairs), *(r.exchange for r in action_replies(sets))]):
        raise TrilemmaError(f"{len(shared)} prompts are both for training and for checking. Nothing was trained.")
    fitted = fit_heads(material, vectors, say)
    reader_sha = next(weights_id(m) for m in read_models(paths.models) if m.id == READER)
    inputs = (
        "hidden states of the reading model over the reply (half-way, late, opening, end), six numbers of its"
        f" log-probabilities, counts of {len(COUNTS)} text features, {len(MARKS)} marks of declining"
    )
    card = save_fitted(paths.heads, fitted, NAME, VERSION, Read(READER, reader_sha, inputs))
    say(f"{card.scorer}: {len(fitted.heads)} heads in {paths.heads}")
    train_statements(paths, say)


def train_statements(paths: Paths, say: Say) -> None:
    """Fit the head that judges statements on the labels of the checks, where the judge is here."""
    models = {m.id: m for m in read_models(paths.models)}
    if JUDGE not in models or weights_dir(models[JUDGE]) is None:
        say(f"Statements: {JUDGE} is not here, so their head stays as it is")
        return
    labelled = labelled_answers(read_check_labels(paths.validity), stored_responses(paths))
    read = states(load_statement_reader(models.values()).states, paths.local / "statements.npz")
    fitted = fit_statements(labelled, read_cases(paths.cases), read.of)
    name, _, version = paths.statements.name.rpartition("-")
    card = save_fitted(
        paths.statements, fitted.heads, name, int(version), Read(JUDGE, weights_id(models[JUDGE]), STATEMENT_INPUTS)
    )
    write_judged(paths.validity, fitted.judged)
    say(f"{card.scorer}: a head fitted on {card.heads[HEAD].rows} labels in {paths.statements}")


def validate(paths: Paths, sets: Path, judge: str | None, say: Say) -> None:
    """Check the heads, or the named judge, against people's labels and write the records to data/validity."""
    material, vectors = _material(paths, sets)
    models, heads = read_models(paths.models), read_heads(paths.heads)
    if judge:
        asked = named_judge(judge, paths)
        records = check_judge(material, vectors, heads, models, sets, asked, say)
    else:
        records = check_scorers(material, vectors, heads, models, sets, say)
    write_records(paths.validity, records, judged=bool(judge))
    if not judge:
        hold_to_obvious(paths, say)
        hold_checks_to_labels(paths, say)
    written = len(records) + (0 if judge else len(_feature_records(paths)))
    say(f"{written} records in {paths.validity}")


def _feature_records(paths: Paths) -> list[FeatureRecord]:
    """Write precision and recall of the marked features.

    Raises TrilemmaError where today's patterns do not mark the labelled sentences as they did when these were drawn.
    """
    labels = read_sentence_labels(paths.validity)
    if moved := drifted(labels, {sha(r.text): r.text for r in stored_responses(paths) if r.text}):
        raise TrilemmaError(
            f"{len(moved)} of the labelled sentences are marked otherwise than when they were drawn. Draw and label"
            f" anew: {moved[0][1]}."
        )
    records = feature_records(labels, read_strata(paths.validity))
    write_feature_records(paths.validity, records)
    return records


def _material(paths: Paths, sets: Path) -> tuple[Material, Vectors]:
    """The sets and labels, and the reading model's features of their texts."""
    labels, examples = read_labels(paths.validity), refusal_examples(paths.validity)
    material = read_material(sets, labels, examples, stored_responses(paths), read_cases(paths.cases))
    return material, Vectors(load_reader(read_models(paths.models)).vectors, paths.local / "readings.npz")


def hold_to_obvious(paths: Paths, say: Say) -> None:
    """Score the obvious suites, and write which scores have earned a place on cards."""
    heads, reader = read_heads(paths.heads), load_reader(read_models(paths.models))
    records, values = [], []
    for suite in SUITES:
        pairs = read_suite(paths.validity, suite)
        found = obvious_values(pairs, lambda replies: score(prepared(replies, reader), heads))
        records += obvious_records(suite, pairs, found)
        values += found
    write_obvious(paths.validity, records, values)
    for r in records:
        longest = f"the longer reply {r.longest_right} of {r.pairs}"
        say(f"{r.suite}, {r.aspect}: {r.right} of {r.scored} scored pairs in order; {longest}")


def try_to_earn(paths: Paths, sets: Path, say: Say) -> None:
    """Try whether a larger reader's states order pairs that they were not fitted on; write what came of it."""
    read = states(load_statement_reader(read_models(paths.models)).states, paths.local / "statements.npz")
    suites = {suite: read_suite(paths.validity, suite) for suite in SUITES}
    write_earning(paths.validity, earning_records(public_pairs(sets), suites, read.of, say))


def hold_checks_to_labels(paths: Paths, say: Say) -> None:
    """Hold the checks of the answer keys to hand labels, and write how often each is right."""
    labelled, cases = (
        labelled_answers(read_check_labels(paths.validity), stored_responses(paths)),
        read_cases(paths.cases),
    )
    records = check_records(labelled, cases, read_judged(paths.validity))
    write_check_records(paths.validity, records)
    write_kind_records(paths.validity, kind_records(records, cases, stored_verdicts(paths, cases)))
    yes, right = sum(r.yes for r in records), sum(r.right for r in records)
    say(f"{len(records)} checks, {len(labelled)} labels: {right} of {yes} ticks right")
