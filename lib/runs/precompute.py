"""Stored answers and reply log-likelihoods: real generations in batches, resumed where a job was stopped."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import NamedTuple

from filelock import FileLock, Timeout
from tqdm import tqdm

from lib.cases.fingerprint import prompt_sha
from lib.cases.replies import ReplyInContext, replies_in_context
from lib.dataset import loglik_table, response_table
from lib.domain import (
    CaseStudy,
    Continuation,
    GenerateRow,
    LoadedModel,
    LogLik,
    Piece,
    Prompt,
    ReplyLogLikelihood,
    Response,
    Run,
    Settings,
    TrilemmaError,
)
from lib.files import digest
from lib.inference.seeds import sample_seed
from lib.paths import Paths
from lib.runs.parts import held, keep_batch, seal, stored_runs
from lib.runs.record import now, run_record

MAX_BATCH = 24


class WantedAnswer(NamedTuple):
    """One answer to be made."""

    prompt: Prompt
    sample: int


# ---- answers ----------------------------------------------------------------------------------


def _runs_of(paths: Paths, loaded: LoadedModel, weights_sha: str, settings: Settings | None) -> set[str]:
    """Runs of these weights, template and settings, whatever their environment; None: those of log-likelihoods."""
    wanted = (loaded.model.id, weights_sha, loaded.template.name, settings)
    return {r.id for r in stored_runs(paths) if (r.model_id, r.model_sha256, r.template, r.settings) == wanted}


def missing_answers(
    paths: Paths, loaded: LoadedModel, weights_sha: str, settings: Settings, case: CaseStudy, samples: int
) -> list[WantedAnswer]:
    """The answers to a case that no file holds, of these weights, settings and this wording of the prompts."""
    runs = _runs_of(paths, loaded, weights_sha, settings)
    return _missing_answers(held(paths, "responses", runs, ("prompt_id", "prompt_sha", "sample")), case, samples)


def _missing_answers(known: set[tuple], case: CaseStudy, samples: int) -> list[WantedAnswer]:
    wanted = (WantedAnswer(p, k) for p in case.prompts for k in range(samples))
    return [w for w in wanted if (w.prompt.id, prompt_sha(w.prompt.messages), w.sample) not in known]


def answer_batch(
    paths: Paths, loaded: LoadedModel, run: Run, case: CaseStudy, batch: Sequence[WantedAnswer], bar: tqdm
) -> None:
    """Generate one batch and keep it. A prompt that doesn't fit into the model's context is kept with its reason."""
    assert run.settings is not None
    shas = [prompt_sha(w.prompt.messages) for w in batch]
    places = [(w.prompt.id, sha, w.sample) for w, sha in zip(batch, shas, strict=True)]
    name = digest([run.template, asdict(run.settings), run.model_sha256, places])
    rendered = [loaded.render(w.prompt.messages) for w in batch]
    faults = [_length_fault(loaded, text, run.settings) for text in rendered]
    fit = [i for i, fault in enumerate(faults) if fault is None]
    rows = [GenerateRow(rendered[i], sample_seed(run.settings.seed, batch[i].prompt.id, batch[i].sample)) for i in fit]
    texts = dict.fromkeys(fit, "")
    ends: dict[int, Piece] = {}
    for piece in loaded.generate(rows, run.settings) if rows else ():
        texts[fit[piece.row]] += piece.text
        if piece.finish:
            ends[fit[piece.row]] = piece
            bar.update()
    bar.update(len(batch) - len(fit))
    responses, date = [], now()
    for i, w in enumerate(batch):
        made = partial(Response, run.id, loaded.model.id, case.id, w.prompt.id, w.sample, rendered=rendered[i])
        made = partial(made, prompt_sha=shas[i], batch=name, row=i, date=date)
        if faults[i]:
            responses.append(made(text=None, finish="error", tokens=0, error=faults[i]))
        else:
            responses.append(made(text=texts[i], finish=ends[i].finish or "error", tokens=ends[i].tokens))
    keep_batch(paths, run.id, "responses", name, response_table(responses), run)


def _length_fault(loaded: LoadedModel, rendered: str, settings: Settings) -> str | None:
    try:
        loaded.check_length(rendered, settings)
    except TrilemmaError as fault:
        return str(fault)
    return None


# ---- reply log-likelihoods --------------------------------------------------------------------

_LOGLIK_KEY = ("context", "reply_id", "wording", "text_sha")


def missing_loglik(paths: Paths, loaded: LoadedModel, weights_sha: str, case: CaseStudy) -> list[ReplyInContext]:
    """The replies in context that no file holds, of these weights and for this wording of context and reply."""
    return _missing_loglik(held(paths, "loglik", _runs_of(paths, loaded, weights_sha, None), _LOGLIK_KEY), case)


def _missing_loglik(known: set[tuple], case: CaseStudy) -> list[ReplyInContext]:
    return [r for r in replies_in_context(case) if (r.context.id, r.reply_id, r.wording, r.sha) not in known]


def loglik_batch(
    paths: Paths, loaded: LoadedModel, run: Run, case: CaseStudy, work: Sequence[ReplyInContext], bar: tqdm
) -> None:
    """Compute the log-likelihood of one case's replies after each context, and keep the batch."""
    places = [(r.context.id, r.reply_id, r.wording, r.sha) for r in work]
    name = f"ll-{digest([run.template, run.model_sha256, places])}"
    values: list[LogLik] = []
    for _, group in itertools.groupby(work, key=lambda r: r.context.id):
        items = list(group)
        context = loaded.render(items[0].context.messages)
        values += loaded.loglik([Continuation(context, r.text) for r in items])
        bar.update(len(items))
    date = now()
    rows = [
        ReplyLogLikelihood(
            run.id, run.model_id, case.id, reply_id, wording, context, *value, sha, batch=name, row=row, date=date
        )
        for row, ((context, reply_id, wording, sha), value) in enumerate(zip(places, values, strict=True))
    ]
    keep_batch(paths, run.id, "loglik", name, loglik_table(rows), run)


# ---- the whole job ----------------------------------------------------------------------------


def precompute(
    paths: Paths, loaded: LoadedModel, weights_sha: str, cases: Sequence[CaseStudy], samples: int, settings: Settings
) -> int:
    """Make whatever is missing for one model; returns the number of rows made.

    Each batch is kept as it's finished; what is kept is sealed at the end, also when the job is stopped or fails.
    Raises TrilemmaError where another job is writing for this model.
    """
    paths.local.mkdir(parents=True, exist_ok=True)
    answers = run_record(loaded, "generation", weights_sha, settings)
    logliks = run_record(loaded, "log-likelihood", weights_sha, None)
    try:
        with FileLock(paths.local / f"precompute-{loaded.model.id}.lock", timeout=0):
            try:
                return _make_answers(paths, loaded, answers, cases, samples) + _make_logliks(
                    paths, loaded, logliks, cases
                )
            finally:
                for run in _begun(paths, loaded.model.id):
                    seal(paths, run.id, "responses" if run.kind == "generation" else "loglik")
    except Timeout as fault:
        raise TrilemmaError(
            f"Another precompute job is writing for {loaded.model.label} in this data folder. Wait for it to end, or"
            " stop it."
        ) from fault


def _begun(paths: Paths, model_id: str) -> list[Run]:
    """Runs of a model with batches that aren't sealed, those of an earlier, killed job included."""
    return [r for r in stored_runs(paths) if r.model_id == model_id and (paths.batches / r.id).exists()]


def _make_answers(paths: Paths, loaded: LoadedModel, run: Run, cases: Sequence[CaseStudy], samples: int) -> int:
    runs = _runs_of(paths, loaded, run.model_sha256, run.settings)
    known = held(paths, "responses", runs, ("prompt_id", "prompt_sha", "sample"))
    work = [(c, _missing_answers(known, c, samples)) for c in cases]
    total = sum(len(w) for _, w in work)
    with tqdm(total=total, desc=f"{loaded.model.id}: answers", unit="answer", disable=None) as bar:
        for case, missing in work:
            for start in range(0, len(missing), MAX_BATCH):
                answer_batch(paths, loaded, run, case, missing[start : start + MAX_BATCH], bar)
    return total


def _make_logliks(paths: Paths, loaded: LoadedModel, run: Run, cases: Sequence[CaseStudy]) -> int:
    known = held(paths, "loglik", _runs_of(paths, loaded, run.model_sha256, None), _LOGLIK_KEY)
    work = [(c, _missing_loglik(known, c)) for c in cases]
    total = sum(len(w) for _, w in work)
    with tqdm(total=total, desc=f"{loaded.model.id}: reply log-likelihoods", unit="reply", disable=None) as bar:
        for case, missing in work:
            if missing:
                loglik_batch(paths, loaded, run, case, missing, bar)
    return total
