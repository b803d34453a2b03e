"""What `python -m lib precompute`, `reproduce`, `score` and `prefer` do: load models, read and write files."""

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from lib.cases.files import read_cases
from lib.domain import (
    CaseStudy,
    Criterion,
    EndpointSource,
    Judgement,
    Model,
    Response,
    Run,
    Settings,
    StoredKind,
    TemplateName,
    TrilemmaError,
)
from lib.files import check_output, read_bytes, write_jsonl
from lib.inference.loading import loaded
from lib.inference.templates import template_for
from lib.models.registry import chosen_models, read_models
from lib.models.weights import weights_dir, weights_id
from lib.paths import Paths
from lib.runs import precompute as stored
from lib.runs.live import BATCH_NOTE, from_json
from lib.runs.ray import HERE, carrier
from lib.runs.reproduce import Remade, dtype_of, remade, reread, stored_answers, stored_run
from lib.runs.score import check_missing, judge_missing, score_missing
from lib.runs.score_lines import (
    PairLine,
    ReplyLine,
    judge_lines,
    judge_pair_lines,
    prefer_lines,
    read_lines,
    score_lines,
)
from lib.runs.shards import Carry
from lib.scoring.heads import Heads, read_heads
from lib.scoring.inputs import READER
from lib.scoring.judge import named_judge
from lib.scoring.reader import Reader, load_reader
from lib.scoring.statement_reader import load_statement_reader
from lib.scoring.statements import JUDGE, ToJudge, has_statements, judged

Say = Callable[[str], None]
Progress = Callable[[int, int], None]  # rows done, of how many
MAX_OFF = 0.02  # of a log-likelihood: what another build of the same arithmetic may differ by


def precompute(
    paths: Paths,
    models: Sequence[Model],
    cases: Sequence[CaseStudy],
    samples: int,
    settings: Settings,
    template: TemplateName | None,
    say: Say,
    on: str = HERE,
    only: StoredKind | None = None,
) -> None:
    """Make the stored answers and reply log-likelihoods that are missing, model by model; `on`: here, or Ray.

    `only`: the one kind that is made.

    Raises TrilemmaError where there is no model.
    """
    if not models:
        raise TrilemmaError("No model is installed. Get the defaults with: python -m lib models")
    with carrier(on) as carry:
        for number, model in enumerate(models, start=1):
            say(f"Model {number} of {len(models)}: {model.label}")
            if isinstance(model.source, EndpointSource) and not model.source.on_this_computer:
                say(f"{model.label}: the prompts leave this computer and go to {model.source.url}")
            name = template_for(model, template).name
            source = stored.Source(model, name, weights_id(model), partial(loaded, model, name))
            made = stored.precompute(paths, source, cases, samples, settings, say, carry, only)
            say(f"{model.label}: {made} rows made")


# ---- made again -------------------------------------------------------------------------------


def reproduce(paths: Paths, what: str, batches: Sequence[str], say: Say) -> bool:
    """Make a stored run, named by its id, or a downloaded live run, named by its file, again.

    `batches`: of a stored run only these. Returns whether everything comes out the same.
    """
    if (file := Path(what)).is_file():
        live = from_json(read_bytes(file), file.name)
        if not live.runs:
            raise TrilemmaError(f"{file.name}: no model answered, so there is nothing to make again.")
        same = [  # of every run: the first that differs does not end it
            _answers_again(paths, run, [r for r in live.responses if r.run_id == run.id], say) for run in live.runs
        ]
        return all(same)
    run = stored_run(paths, what)
    if run.kind == "generation":
        return _answers_again(paths, run, stored_answers(paths, run, batches), say)
    return _logliks_again(paths, run, batches, say)


def _answers_again(paths: Paths, run: Run, responses: Sequence[Response], say: Say) -> bool:
    (model,) = chosen_models(paths.models, [run.model_id])
    found: list[Remade] = []
    for r in remade(run, responses, loaded(model, run.template, dtype_of(run)), weights_id(model)):
        found.append(r)
        say(
            f"{r.response.prompt_id}, {run.model_id}, sample {r.response.sample + 1}:"
            f" {'the same' if r.same else f'differs; {r.shared:.0%} of the words agree'}"
        )
    if not found:
        say(f"{run.id}: no answer of this run was finished, so nothing can be compared")
        return False
    same = sum(r.same for r in found)
    say(
        f"{run.id}: {same} of {len(found)} answers the same, {statistics.fmean(r.shared for r in found):.0%} of the"
        " words agree"
    )
    if same < len(found) and run.note.startswith(BATCH_NOTE):
        say(
            f"{run.id} was {run.note}. In {run.dtype}, numbers depend a little on what shares the batch, so that an"
            " answer made without the others can differ."
        )
    return same == len(found)


def _logliks_again(paths: Paths, run: Run, batches: Sequence[str], say: Say) -> bool:
    (model,) = chosen_models(paths.models, [run.model_id])
    cases = {c.id: c for c in read_cases(paths.cases)}
    opened = loaded(model, run.template, dtype_of(run))
    off = [r.off for r in reread(paths, run, cases, opened, weights_id(model), batches)]
    if not off:
        raise TrilemmaError(
            f"{run.id}: every reply or prompt of this run was edited since, so nothing can be compared."
        )
    say(
        f"{run.id}: {len(off)} log-likelihoods computed again, off by {statistics.median(off):.3%} (median) and"
        f" {max(off):.3%} (most)"
    )
    return max(off) <= MAX_OFF


# ---- scores -----------------------------------------------------------------------------------


def score_stored(paths: Paths, say: Say, on: str = HERE) -> None:
    """Check and score the stored answers that the checks and heads of today have not seen; `on`: here, or Ray."""
    cases, done = read_cases(paths.cases), 0
    with carrier(on) as carry:
        for done in check_missing(paths, cases, carry):
            say(f"{done} answers checked")
        say(f"{done} answers checked against the answer keys of {len(cases)} cases")
        _judge_stored(paths, cases, say, carry)
        heads, done = read_heads(paths.heads), 0
        for done in score_missing(paths, cases, heads, partial(_reader, paths, heads), carry):
            say(f"{done} answers scored")
        say(f"{done} answers scored by {heads.card.scorer}")


def _judge(paths: Paths) -> Heads | None:
    """The head that judges statements; None where the model that it reads is not here."""
    judge = next((m for m in read_models(paths.models) if m.id == JUDGE), None)
    if judge is None or weights_dir(judge) is None:
        return None
    heads = read_heads(paths.statements)
    if fault := heads.mismatch(weights_id(judge)):
        raise TrilemmaError(f"No statement was judged: {fault}.")
    return heads


def _judged_lines(paths: Paths, lines: Sequence[ReplyLine]) -> dict[str | int, tuple[Judgement, ...]]:
    """What the judge finds of the rows that have checks of statements, by id; nothing where it is not here."""
    rows = [r for r in lines if any(c.statement for c in r.checks)]
    heads = _judge(paths) if rows else None
    if heads is None:
        return {}
    reader = load_statement_reader(read_models(paths.models))
    found = judged([ToJudge(r.checks, r.messages, r.response) for r in rows], heads, reader.states)
    return {r.id: each for r, each in zip(rows, found, strict=True)}


def _judge_stored(paths: Paths, cases: Sequence[CaseStudy], say: Say, carry: Carry) -> None:
    """Let the judge decide the checks of statements, where it is here."""
    if not has_statements(cases):
        return
    heads, done = _judge(paths), 0
    if heads is None:
        say(f"Checks of statements are left as they are: {JUDGE} is not on this machine")
        return
    load = partial(load_statement_reader, read_models(paths.models))
    for done in judge_missing(paths, cases, heads, load, carry):
        say(f"{done} answers judged")
    say(f"{done} answers judged by {JUDGE}")


def score_file(paths: Paths, rows: Path, output: Path, judge: str | None, progress: Progress) -> None:
    """Score the replies of a JSON Lines file, by the heads or by the named judge.

    Raises TrilemmaError before any work where the output can't be written.
    """
    check_output(output, rows)
    cases = {c.id: c for c in read_cases(paths.cases)}
    lines = read_lines(rows, ReplyLine)
    report = _report(progress, len(lines))
    if judge:
        found = judge_lines(lines, cases, named_judge(judge, paths), report)
    else:
        heads = read_heads(paths.heads)
        found = score_lines(lines, cases, heads, _reader(paths, heads), report, _judged_lines(paths, lines))
    write_jsonl(output, found)


def prefer_file(
    paths: Paths, rows: Path, output: Path, criterion: Criterion, judge: str | None, progress: Progress
) -> None:
    """Choose the reply of each pair of a JSON Lines file that is better on a criterion, by the heads or a judge.

    Raises TrilemmaError before any work where the output can't be written.
    """
    check_output(output, rows)
    lines = read_lines(rows, PairLine)
    report = _report(progress, len(lines))
    if judge:
        found = judge_pair_lines(lines, criterion, named_judge(judge, paths), report)
    else:
        heads = read_heads(paths.heads)
        found = prefer_lines(lines, criterion, heads, _reader(paths, heads), report)
    write_jsonl(output, found)


def _report(progress: Progress, total: int) -> Callable[[int], None]:
    return lambda done: progress(done, total)


def _reader(paths: Paths, heads: Heads) -> Reader:
    """The reading model in memory. Raises TrilemmaError where it is missing, or not the heads' own."""
    models = read_models(paths.models)
    reader = load_reader(models)
    if fault := heads.mismatch(next(weights_id(m) for m in models if m.id == READER)):
        raise TrilemmaError(f"Nothing was scored: {fault}.")
    return reader
