"""A run made again from its file: the same weights, settings and seeds, and how much comes out the same."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

import torch

from lib.cases.fingerprint import text_sha
from lib.cases.replies import STEMS
from lib.dataset import read_loglik, read_responses, read_run
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
from lib.inference.seeds import sample_seed
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
        raise TrilemmaError(f"No run {run_id!r} in {paths.runs}. Its id is the name of its file, without .json")
    return read_run(path)


def stored_answers(paths: Paths, run: Run) -> list[Response]:
    return read_responses(paths.responses / f"{run.id}.parquet")


def remade(run: Run, responses: Sequence[Response], loaded: LoadedModel, weights_id: str) -> list[Remade]:
    """Each finished answer of a run beside the text that the same weights, settings and seeds make now, in the same batch.

    Raises TrilemmaError where the weights are others than the run's.
    """
    _check(run, weights_id)
    assert run.settings is not None
    finished = [r for r in responses if r.finish in ("end", "length")]
    rows = [GenerateRow(r.rendered, sample_seed(run.settings.seed, r.prompt_id, r.sample)) for r in finished]
    texts = [""] * len(rows)
    for piece in loaded.generate(rows, run.settings) if rows else ():
        texts[piece.row] += piece.text
    return [Remade(r, text) for r, text in zip(finished, texts, strict=True)]


def reread(
    paths: Paths,
    run: Run,
    cases: Mapping[str, CaseStudy],
    loaded: LoadedModel,
    weights_id: str,
    most: int | None = None,
) -> list[Reread]:
    """The log-likelihoods of a run beside those read now; those of texts edited since are left out. `most`: only so many of them.

    Raises TrilemmaError where the weights are others than the run's.
    """
    _check(run, weights_id)
    known = {
        (p.id, r.id, w, text_sha(p, text)): (p, text)
        for case in cases.values()
        for p in (*case.prompts, *STEMS)
        for r in case.replies
        for w, text in enumerate(r.wordings)
    }
    rows = [
        r
        for r in read_loglik(paths.loglik / f"{run.id}.parquet")
        if (r.context, r.reply_id, r.wording, r.text_sha) in known
    ][:most]
    out = []
    for _, group in groupby(rows, key=lambda r: r.context):  # in the batches of the run
        held = list(group)
        asked = [known[r.context, r.reply_id, r.wording, r.text_sha] for r in held]
        values = loaded.loglik([Continuation(loaded.render(p.messages), text) for p, text in asked])
        out += [Reread(row, value.logprob) for row, value in zip(held, values, strict=True)]
    return out


def dtype_of(run: Run) -> torch.dtype:
    """In which numbers the run was made, whatever this machine is faster in."""
    return getattr(torch, run.dtype)


def _check(run: Run, weights_id: str) -> None:
    if weights_id != run.model_sha256:
        raise TrilemmaError(
            f"{run.model_id}: the weights here ({weights_id[:12]}) are not those of the run ({run.model_sha256[:12]})."
        )
