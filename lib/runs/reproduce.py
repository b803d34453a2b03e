"""A run made again from its file: the same weights, settings and seeds, and how much comes out the same."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

import torch

from lib.cases.replies import replies_in_context
from lib.dataset import read_run
from lib.domain import (
    CaseStudy,
    Continuation,
    GenerateRow,
    LoadedModel,
    ReplyLogLikelihood,
    Response,
    Run,
    TrilemmaError,
)
from lib.inference.endpoint import UNKNOWN_DTYPE
from lib.inference.seeds import sample_seed
from lib.manifest import run_rows
from lib.paths import Paths


class Remade(NamedTuple):
    """A stored answer and the text made in its place now."""

    response: Response
    text: str

    @property
    def same(self) -> bool:
        return self.response.text == self.text

    @property
    def shared(self) -> float:
        """Share of the words of both that stand in both, in the same order; 1 where both are empty."""
        return SequenceMatcher(a=(self.response.text or "").split(), b=self.text.split(), autojunk=False).ratio()


class Reread(NamedTuple):
    """A stored reply log-likelihood and the one read in its place now."""

    row: ReplyLogLikelihood
    logprob: float

    @property
    def off(self) -> float:
        """How far the two lie apart, as a share of the stored one."""
        return abs(self.logprob - self.row.logprob) / abs(self.row.logprob)


def stored_run(paths: Paths, run_id: str) -> Run:
    """Raises TrilemmaError where no such run is stored."""
    path = paths.runs / f"{run_id}.json"
    if not path.exists():
        raise TrilemmaError(
            f"There is no file {run_id!r}, and no stored run of that id (the name of a file in {paths.runs}, without"
            " .json). A run that was downloaded is named by the path of its file."
        )
    return read_run(path)


def stored_answers(paths: Paths, run: Run, batches: Sequence[str] = ()) -> list[Response]:
    """The answers of a run, or of some of its batches, each batch in the order in which it was generated.

    Raises TrilemmaError where a batch isn't there.
    """
    return [Response(**row) for row in _rows(paths, run, "responses", batches)]


def _rows(paths: Paths, run: Run, table: str, batches: Sequence[str]) -> list[dict]:
    rows = run_rows(paths, run.id, table).to_pylist()
    if unknown := sorted(set(batches) - {r["batch"] for r in rows}):
        raise TrilemmaError(f"{run.id} has no batch {', '.join(unknown)}. A batch is named in the column `batch`.")
    kept = [r for r in rows if not batches or r["batch"] in batches]
    return sorted(kept, key=lambda r: (r["batch"], r["row"]))


def remade(run: Run, responses: Sequence[Response], loaded: LoadedModel, weights_id: str) -> Iterator[Remade]:
    """Each finished answer beside the text that the same weights, settings, seeds and batches make now.

    Raises TrilemmaError where the weights are others than the run's.
    """
    _check(run, weights_id)
    if run.settings is None:
        raise TrilemmaError(f"{run.id}: settings: are missing, so its answers can't be made again")
    finished = [r for r in responses if r.finish in ("end", "length")]
    for _, group in groupby(finished, key=lambda r: r.batch):
        batch = list(group)
        rows = [GenerateRow(r.rendered, sample_seed(run.settings.seed, r.prompt_id, r.sample)) for r in batch]
        texts = [""] * len(rows)
        for piece in loaded.generate(rows, run.settings):
            texts[piece.row] += piece.text
        yield from (Remade(r, text) for r, text in zip(batch, texts, strict=True))


def reread(
    paths: Paths,
    run: Run,
    cases: Mapping[str, CaseStudy],
    loaded: LoadedModel,
    weights_id: str,
    batches: Sequence[str] = (),
    most: int | None = None,
) -> Iterator[Reread]:
    """The log-likelihoods of a run beside those computed now; texts edited since are left out.

    `batches`: those only; `most`: only so many of each. Raises TrilemmaError where the weights are others.
    """
    _check(run, weights_id)
    rows = [ReplyLogLikelihood(**row) for row in _rows(paths, run, "loglik", batches)]
    known = {
        (r.context.id, r.reply_id, r.wording, r.sha): (r.context, r.text)
        for case_id in cases.keys() & {r.case_id for r in rows}
        for r in replies_in_context(cases[case_id])
    }
    rows = [r for r in rows if (r.context, r.reply_id, r.wording, r.text_sha) in known]
    rows = [r for _, batch in groupby(rows, key=lambda r: r.batch) for r in list(batch)[:most]]
    for _, group in groupby(rows, key=lambda r: (r.batch, r.context)):  # as they were computed
        held = list(group)
        asked = [known[r.context, r.reply_id, r.wording, r.text_sha] for r in held]
        values = loaded.loglik([Continuation(loaded.render(p.messages), text) for p, text in asked])
        yield from (Reread(row, value.logprob) for row, value in zip(held, values, strict=True))


def dtype_of(run: Run) -> torch.dtype | None:
    """In which numbers the run was made, whatever this machine is faster in; None where a server made it.

    Raises TrilemmaError for unknown ones.
    """
    if run.dtype == UNKNOWN_DTYPE:
        return None
    found = getattr(torch, run.dtype, None)
    if not isinstance(found, torch.dtype):
        raise TrilemmaError(f"{run.id}: dtype: {run.dtype!r} is not known to torch {torch.__version__}")
    return found


def _check(run: Run, weights_id: str) -> None:
    if weights_id != run.model_sha256:
        raise TrilemmaError(
            f"{run.model_id}: the weights here ({weights_id[:12]}) are not those of the run ({run.model_sha256[:12]})."
        )
