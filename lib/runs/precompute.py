"""Stored answers and reply log-likelihoods: batches of real generations written as immutable files, resumed where they stopped."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout
from tqdm import tqdm

from lib.cases.fingerprint import prompt_sha, text_sha
from lib.cases.replies import STEMS
from lib.dataset import read_loglik, read_responses, read_runs, write_loglik, write_responses, write_run
from lib.domain import (
    CaseStudy,
    Continuation,
    GenerateRow,
    LoadedModel,
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
from lib.runs.record import run_record

MAX_BATCH = 24


class Work(NamedTuple):
    """One answer to be made."""

    prompt: Prompt
    sample: int


# ---- answers ----------------------------------------------------------------------------------


def _runs_of(paths: Paths, loaded: LoadedModel, weights_sha: str, settings: Settings | None) -> set[str]:
    """The stored runs of these weights under this template and these settings; None: those of log-likelihoods, which have none."""
    wanted = (loaded.model.id, weights_sha, loaded.template.name, settings)
    return {r.id for r in read_runs(paths.runs) if (r.model_id, r.model_sha256, r.template, r.settings) == wanted}


def missing_work(
    paths: Paths, loaded: LoadedModel, weights_sha: str, settings: Settings, case: CaseStudy, samples: int
) -> list[Work]:
    """The answers of a case that no file holds yet, of these weights, under these settings and this wording of the prompts."""
    runs = _runs_of(paths, loaded, weights_sha, settings)
    held = set()
    for path in paths.responses.glob(f"{loaded.model.id}.{case.id}.*.parquet"):
        if path.stem in runs:
            held |= {(r.prompt_id, r.prompt_sha, r.sample) for r in read_responses(path)}
    wanted = (Work(p, k) for p in case.prompts for k in range(samples))
    return [w for w in wanted if (w.prompt.id, prompt_sha(w.prompt.messages), w.sample) not in held]


def answer_batch(
    paths: Paths,
    loaded: LoadedModel,
    weights_sha: str,
    case: CaseStudy,
    batch: Sequence[Work],
    settings: Settings,
    bar: tqdm,
) -> Run:
    """Generate one batch and write its run and its responses, the responses last: a run without them counts as not begun."""
    name = digest(
        [
            loaded.template.name,
            asdict(settings),
            weights_sha,
            [(w.prompt.id, prompt_sha(w.prompt.messages), w.sample) for w in batch],
        ]
    )
    run = run_record(f"{loaded.model.id}.{case.id}.{name}", "generation", loaded, weights_sha, settings)
    rendered = [loaded.render(w.prompt.messages) for w in batch]
    faults = [_length_fault(loaded, text, settings) for text in rendered]
    fit = [i for i, fault in enumerate(faults) if fault is None]
    rows = [GenerateRow(rendered[i], sample_seed(settings.seed, batch[i].prompt.id, batch[i].sample)) for i in fit]
    texts = dict.fromkeys(fit, "")
    ends: dict[int, Piece] = {}
    for piece in loaded.generate(rows, settings) if rows else ():
        texts[fit[piece.row]] += piece.text
        if piece.finish:
            ends[fit[piece.row]] = piece
            bar.update()
    bar.update(len(batch) - len(fit))
    responses = []
    for i, w in enumerate(batch):
        made = partial(
            Response,
            run.id,
            loaded.model.id,
            case.id,
            w.prompt.id,
            w.sample,
            rendered=rendered[i],
            prompt_sha=prompt_sha(w.prompt.messages),
        )
        if faults[i]:
            responses.append(made(text=None, finish="error", tokens=0, error=faults[i]))
        else:
            responses.append(made(text=texts[i], finish=ends[i].finish or "error", tokens=ends[i].tokens))
    write_run(paths.runs, run)
    write_responses(paths.responses / f"{run.id}.parquet", responses)
    return run


def _length_fault(loaded: LoadedModel, rendered: str, settings: Settings) -> str | None:
    try:
        loaded.check_length(rendered, settings)
    except TrilemmaError as fault:
        return str(fault)
    return None


# ---- reply log-likelihoods --------------------------------------------------------------------


def missing_loglik(
    paths: Paths, loaded: LoadedModel, weights_sha: str, case: CaseStudy
) -> list[tuple[Prompt, str, int, str]]:
    """The (context, reply id, wording number, wording) that no file holds yet, of these weights and for this wording of context and reply."""
    runs = _runs_of(paths, loaded, weights_sha, None)
    held = set()
    for path in paths.loglik.glob(f"{loaded.model.id}.{case.id}.*.parquet"):
        if path.stem in runs:
            held |= {(r.context, r.reply_id, r.wording, r.text_sha) for r in read_loglik(path)}
    wanted = [
        (p, r.id, w, text) for p in (*case.prompts, *STEMS) for r in case.replies for w, text in enumerate(r.wordings)
    ]
    return [(p, r, w, text) for p, r, w, text in wanted if (p.id, r, w, text_sha(p, text)) not in held]


def loglik_batch(
    paths: Paths,
    loaded: LoadedModel,
    weights_sha: str,
    case: CaseStudy,
    work: Sequence[tuple[Prompt, str, int, str]],
    bar: tqdm,
) -> Run:
    """Score one case's replies after each context and write its run and its rows."""
    name = digest([loaded.template.name, weights_sha, [(p.id, r, w, text_sha(p, text)) for p, r, w, text in work]])
    run = run_record(f"{loaded.model.id}.{case.id}.ll-{name}", "log-likelihood", loaded, weights_sha, None)
    rows: list[ReplyLogLikelihood] = []
    for _, group in itertools.groupby(work, key=lambda item: item[0].id):
        items = list(group)
        context = loaded.render(items[0][0].messages)
        for (p, reply_id, wording, text), value in zip(
            items, loaded.loglik([Continuation(context, i[3]) for i in items]), strict=True
        ):
            rows.append(
                ReplyLogLikelihood(run.id, loaded.model.id, case.id, reply_id, wording, p.id, *value, text_sha(p, text))
            )
        bar.update(len(items))
    write_run(paths.runs, run)
    write_loglik(paths.loglik / f"{run.id}.parquet", rows)
    return run


# ---- the whole job ----------------------------------------------------------------------------


def precompute(
    paths: Paths, loaded: LoadedModel, weights_sha: str, cases: Sequence[CaseStudy], samples: int, settings: Settings
) -> int:
    """Make whatever is missing for one model; the number of rows made. Raises TrilemmaError where another job is writing for this model."""
    paths.local.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(paths.local / f"precompute-{loaded.model.id}.lock", timeout=0):
            _clear_scratch(paths, loaded.model.id)
            return _answers(paths, loaded, weights_sha, cases, samples, settings) + _logliks(
                paths, loaded, weights_sha, cases
            )
    except Timeout as fault:
        raise TrilemmaError(
            f"Another precompute job is writing for {loaded.model.label} in this data folder. Wait for it to end, or"
            " stop it."
        ) from fault


def _answers(
    paths: Paths, loaded: LoadedModel, weights_sha: str, cases: Sequence[CaseStudy], samples: int, settings: Settings
) -> int:
    work = [(c, missing_work(paths, loaded, weights_sha, settings, c, samples)) for c in cases]
    total = sum(len(w) for _, w in work)
    with tqdm(total=total, desc=f"{loaded.model.id}: answers", unit="answer", disable=None) as bar:
        for case, missing in work:
            for start in range(0, len(missing), MAX_BATCH):
                answer_batch(paths, loaded, weights_sha, case, missing[start : start + MAX_BATCH], settings, bar)
    return total


def _logliks(paths: Paths, loaded: LoadedModel, weights_sha: str, cases: Sequence[CaseStudy]) -> int:
    work = [(c, missing_loglik(paths, loaded, weights_sha, c)) for c in cases]
    total = sum(len(w) for _, w in work)
    with tqdm(total=total, desc=f"{loaded.model.id}: reply log-likelihoods", unit="reply", disable=None) as bar:
        for case, missing in work:
            if missing:
                loglik_batch(paths, loaded, weights_sha, case, missing, bar)
    return total


def _clear_scratch(paths: Paths, model_id: str) -> None:
    """Remove what a killed job left unfinished; nobody else writes while the lock is held."""
    for folder in (paths.runs, paths.responses, paths.loglik):
        for scratch in folder.glob(f".{model_id}.*.tmp") if folder.exists() else ():
            Path(scratch).unlink(missing_ok=True)
