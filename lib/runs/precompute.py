"""Stored answers and reply log-likelihoods: real generations in batches, resumed where a job was stopped."""

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import NamedTuple

from filelock import FileLock, Timeout
from tqdm import tqdm

from lib.cases.fingerprint import prompt_sha
from lib.cases.replies import ReplyInContext, replies_in_context
from lib.dataset import loglik_table, response_table
from lib.domain import (
    AdapterSource,
    CaseStudy,
    Continuation,
    EndpointSource,
    GenerateRow,
    LikelihoodUnavailable,
    LoadedModel,
    LogLik,
    Model,
    Piece,
    Prompt,
    ReplyLogLikelihood,
    Response,
    Run,
    Settings,
    StoredKind,
    TemplateName,
    TrilemmaError,
)
from lib.files import digest
from lib.inference.seeds import sample_seed
from lib.models.weights import weights_dir
from lib.paths import Paths
from lib.runs.parts import held, is_kept, keep_batch, seal, stored_runs
from lib.runs.record import now, run_record
from lib.runs.shards import Carry, Sharded, counted, here

MAX_BATCH = 96  # answers, of several cases: 1.6 times as fast as 20 together (python -m lib bench)
# Of a model of more bytes than this, and of a server's, fewer share a batch: each takes memory, and a kill loses them.
LARGE, MAX_LARGE_BATCH = 2_000_000_000, 24


@dataclass(frozen=True)
class Source:
    """Who answers: a model, its template, the hash of its weights, and what brings it into memory where it answers."""

    model: Model
    template: TemplateName
    weights_sha: str
    load: Callable[[], LoadedModel]

    @cached_property
    def loaded(self) -> LoadedModel:
        return self.load()


class WantedAnswer(NamedTuple):
    """One answer to be made."""

    case_id: str
    prompt: Prompt
    sample: int


class AnswerShard(NamedTuple):
    """Answers that are made in one batch."""

    answers: Sequence[WantedAnswer]


class LoglikShard(NamedTuple):
    """One case's replies in their contexts."""

    case_id: str
    replies: Sequence[ReplyInContext]


# ---- answers ----------------------------------------------------------------------------------


def _runs_of(paths: Paths, source: Source, settings: Settings | None) -> set[str]:
    """Runs of these weights, template and settings, whatever their environment; None: those of log-likelihoods."""
    wanted = (source.model.id, source.weights_sha, source.template, settings)
    return {r.id for r in stored_runs(paths) if (r.model_id, r.model_sha256, r.template, r.settings) == wanted}


def missing_answers(
    paths: Paths, source: Source, settings: Settings, case: CaseStudy, samples: int
) -> list[WantedAnswer]:
    """The answers to a case that no file holds, of these weights, settings and this wording of the prompts."""
    runs = _runs_of(paths, source, settings)
    return _missing_answers(held(paths, "responses", runs, ("prompt_id", "prompt_sha", "sample")), case, samples)


def _missing_answers(known: set[tuple], case: CaseStudy, samples: int) -> list[WantedAnswer]:
    wanted = (WantedAnswer(case.id, p, k) for p in case.prompts for k in range(samples))
    return [w for w in wanted if (w.prompt.id, prompt_sha(w.prompt.messages), w.sample) not in known]


def answer_batch(paths: Paths, loaded: LoadedModel, run: Run, shard: AnswerShard) -> Iterator[int]:
    """Generate one batch and keep it; yields how many answers are done as they end.

    A prompt that doesn't fit into the model's context is kept with its reason.
    """
    assert run.settings is not None
    batch = shard.answers
    shas = [prompt_sha(w.prompt.messages) for w in batch]
    places = [(w.prompt.id, sha, w.sample) for w, sha in zip(batch, shas, strict=True)]
    name = digest([run.template, asdict(run.settings), run.model_sha256, places])
    if is_kept(paths, run.id, "responses", name):
        yield len(batch)
        return
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
            yield 1
    responses, date = [], now()
    for i, w in enumerate(batch):
        made = partial(Response, run.id, loaded.model.id, w.case_id, w.prompt.id, w.sample, rendered=rendered[i])
        made = partial(made, prompt_sha=shas[i], batch=name, row=i, date=date)
        if faults[i]:
            responses.append(made(text=None, finish="error", tokens=0, error=faults[i]))
        elif error := ends[i].error:
            responses.append(made(text=None, finish="error", tokens=ends[i].tokens, error=error))
        else:
            responses.append(made(text=texts[i], finish=ends[i].finish or "error", tokens=ends[i].tokens))
    keep_batch(paths, run.id, "responses", name, response_table(responses), run)
    yield len(batch) - len(fit)


def _length_fault(loaded: LoadedModel, rendered: str, settings: Settings) -> str | None:
    try:
        loaded.check_length(rendered, settings)
    except TrilemmaError as fault:
        return str(fault)
    return None


# ---- reply log-likelihoods --------------------------------------------------------------------

_LOGLIK_KEY = ("context", "reply_id", "wording", "text_sha")


def missing_loglik(paths: Paths, source: Source, case: CaseStudy) -> list[ReplyInContext]:
    """The replies in context that no file holds, of these weights and for this wording of context and reply."""
    return _missing_loglik(held(paths, "loglik", _runs_of(paths, source, None), _LOGLIK_KEY), case)


def _missing_loglik(known: set[tuple], case: CaseStudy) -> list[ReplyInContext]:
    return [r for r in replies_in_context(case) if (r.context.id, r.reply_id, r.wording, r.sha) not in known]


def loglik_batch(paths: Paths, loaded: LoadedModel, run: Run, shard: LoglikShard) -> Iterator[int]:
    """Compute the log-likelihood of one case's replies after each context, and keep the batch; yields as above."""
    places = [(r.context.id, r.reply_id, r.wording, r.sha) for r in shard.replies]
    name = f"ll-{digest([run.template, run.model_sha256, places])}"
    if is_kept(paths, run.id, "loglik", name):
        yield len(places)
        return
    values: list[LogLik] = []
    for _, group in itertools.groupby(shard.replies, key=lambda r: r.context.id):
        items = list(group)
        context = loaded.render(items[0].context.messages)
        values += loaded.loglik([Continuation(context, r.text) for r in items])
        yield len(items)
    date = now()
    rows = [
        ReplyLogLikelihood(
            run.id, run.model_id, shard.case_id, reply_id, wording, context, *value, sha, batch=name, row=row, date=date
        )
        for row, ((context, reply_id, wording, sha), value) in enumerate(zip(places, values, strict=True))
    ]
    keep_batch(paths, run.id, "loglik", name, loglik_table(rows), run)


# ---- the whole job ----------------------------------------------------------------------------


def precompute(
    paths: Paths,
    source: Source,
    cases: Sequence[CaseStudy],
    samples: int,
    settings: Settings,
    say: Callable[[str], None] = print,
    carry: Carry = here,
    only: StoredKind | None = None,
) -> int:
    """Make whatever is missing for one model, or only that of one kind; returns the number of rows made.

    `say` is told where a server gives no likelihoods: the answers are made all the same.

    Each batch is kept as it's finished; what is kept is sealed at the end, also when the job is stopped or fails.
    Raises TrilemmaError where another job is writing for this model.
    """
    paths.local.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(paths.local / f"precompute-{source.model.id}.lock", timeout=0):
            try:
                made = _make_answers(paths, source, cases, samples, settings, carry) if only != "likelihoods" else 0
                if only == "answers":
                    return made
                try:
                    return made + _make_logliks(paths, source, cases, carry)
                except LikelihoodUnavailable as fault:
                    say(str(fault))
                    return made
            finally:
                for run in _begun(paths, source.model.id):
                    seal(paths, run.id, "responses" if run.kind == "generation" else "loglik")
    except Timeout as fault:
        raise TrilemmaError(
            f"Another precompute job is writing for {source.model.label} in this data folder. Wait for it to end, or"
            " stop it."
        ) from fault


def _begun(paths: Paths, model_id: str) -> list[Run]:
    """Runs of a model with batches that aren't sealed, those of an earlier, killed job included."""
    return [r for r in stored_runs(paths) if r.model_id == model_id and (paths.batches / r.id).exists()]


def _make_answers(
    paths: Paths, source: Source, cases: Sequence[CaseStudy], samples: int, settings: Settings, carry: Carry
) -> int:
    known = held(paths, "responses", _runs_of(paths, source, settings), ("prompt_id", "prompt_sha", "sample"))
    missing = [w for c in cases for w in _missing_answers(known, c, samples)]
    most = _most_at_once(source.model)
    shards = [AnswerShard(missing[i : i + most]) for i in range(0, len(missing), most)]
    job = Sharded(shards, partial(_answering, paths, source, settings), _in_memory(source))
    return _watched(carry(job), len(missing), f"{source.model.id}: answers", "answer")


def _make_logliks(paths: Paths, source: Source, cases: Sequence[CaseStudy], carry: Carry) -> int:
    known = held(paths, "loglik", _runs_of(paths, source, None), _LOGLIK_KEY)
    shards = [LoglikShard(c.id, missing) for c in cases if (missing := _missing_loglik(known, c))]
    job = Sharded(shards, partial(_weighing, paths, source), _in_memory(source))
    total = sum(len(s.replies) for s in shards)
    return _watched(carry(job), total, f"{source.model.id}: reply log-likelihoods", "reply")


def _answering(paths: Paths, source: Source, settings: Settings) -> Callable[[AnswerShard], Iterator[int]]:
    run = run_record(source.loaded, "generation", source.weights_sha, settings)
    return partial(answer_batch, paths, source.loaded, run)


def _weighing(paths: Paths, source: Source) -> Callable[[LoglikShard], Iterator[int]]:
    run = run_record(source.loaded, "log-likelihood", source.weights_sha, None)
    return partial(loglik_batch, paths, source.loaded, run)


def _most_at_once(model: Model) -> int:
    """How many answers of a model share a batch at most."""
    folder = weights_dir(model.source.base if isinstance(model.source, AdapterSource) else model)
    small = folder is not None and sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) <= LARGE
    return MAX_BATCH if small else MAX_LARGE_BATCH


def _in_memory(source: Source) -> bool:
    return not isinstance(source.model.source, EndpointSource)


def _watched(done: Generator[int], total: int, what: str, unit: str) -> int:
    with tqdm(total=total, desc=what, unit=unit, disable=None) as bar, closing(counted(done)) as counts:
        for count in counts:
            bar.update(count - bar.n)
    return total
