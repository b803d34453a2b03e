"""Records and files for tests."""

import time
from dataclasses import replace
from pathlib import Path

from lib.cases.files import read_cases
from lib.cases.fingerprint import prompt_sha
from lib.dataset import ResponseScores, write_responses, write_run, write_scores
from lib.domain import CRITERIA, CaseStudy, Exchange, FolderSource, Message, Model, Response, Run, Score, Settings
from lib.formats.sets import JudgedPair
from lib.paths import ROOT, Paths
from lib.tuning.recipe import Recipe
from lib.worker.client import Client
from lib.worker.job import Job

CASE = ROOT / "tests" / "fixtures" / "casestudies" / "broken-vase.md"
MODELS_TOML = """
[[model]]
id = "{id}"
label = "{label}"
family = "tiny"
stage = "base"
licence = "none"
licence_url = "https://example.org/licence"
template = "{template}"
context_tokens = 2048
default = true
tuning = "Random weights, for tests."
[model.source]
kind = "folder"
path = {path}
"""
RUN = Run(
    id="tiny-chat.broken-vase.test",
    model_id="tiny-chat",
    kind="generation",
    template="chat",
    settings=Settings(),
    model_sha256="0" * 64,
    dtype="float32",
    packages={"torch": "0"},
    machine="a test",
    date="2026-01-01T00:00:00+00:00",
)


def the_case(paths: Paths) -> CaseStudy:
    return read_cases(paths.cases)[0]


def response(
    case: CaseStudy, run: Run = RUN, prompt: int = 0, sample: int = 0, text: str | None = "Tell her first.", **changes
) -> Response:
    put = case.prompts[prompt]
    plain = Response(
        run.id,
        run.model_id,
        case.id,
        put.id,
        sample,
        text,
        "rendered",
        "end" if text is not None else "error",
        4,
        prompt_sha=prompt_sha(put.messages),
    )
    return replace(plain, **changes)


def store_answers(paths: Paths, responses: list[Response], run: Run = RUN) -> Path:
    """Write a run and its responses where the database finds them."""
    write_run(paths.runs, run)
    target = paths.responses / f"{run.id}.parquet"
    write_responses(target, [replace(r, run_id=run.id, model_id=run.model_id) for r in responses])
    return target


def store_scores(paths: Paths, responses: list[Response], value: float | None = 0.7) -> None:
    scores = tuple(Score(c, "test-1", value, "scored" if value is not None else "unscored", "a test") for c in CRITERIA)
    write_scores(
        paths.scores / "test-1.parquet", [ResponseScores(r.run_id, r.prompt_id, r.sample, scores) for r in responses]
    )


# ---- tuning -----------------------------------------------------------------------------------

TINY = Model(
    "tiny",
    "Tiny",
    "tiny",
    "base",
    None,
    FolderSource("unused"),
    "none",
    "https://example.org",
    "dialogue",
    2048,
    False,
    "Random.",
    {},
)


def judged_pair(
    number: int, better: str = "Yes, with care.", worse: str = "No.", criterion: str = "honest"
) -> JudgedPair:
    asked = (Message("user", f"Question {number}?"),)
    return JudgedPair(f"{criterion}/{number}", Exchange(asked, better), Exchange(asked, worse))


PAIRS = [judged_pair(k) for k in range(60)]


def tiny_recipe(**changes) -> Recipe:
    plain = Recipe(
        id="tiny-sft",
        label="Tiny, SFT",
        stage="sft",
        base="tiny",
        criteria=("honest",),
        rows=8,
        learning_rate=0.02,
        batch=4,
        accumulate=1,
        max_tokens=400,
    )
    return plain.model_copy(update=changes)


ADAPTER_TOML = """
[[model]]
id = "{id}"
label = "{id}"
family = "tiny"
stage = "{stage}"
base_id = "tiny-dialogue"
licence = "none"
licence_url = "https://example.org/licence"
template = "dialogue"
context_tokens = 2048
tuning = "For tests."
[model.source]
kind = "adapter"
sha256 = "{sha}"
""" + "".join(
    f'[model.disclosures."{about}"]\nstatus = "disclosed"\nnote = "A test."\nsource = "https://example.org"\n'
    for about in ("preference data", "raters", "guide", "reward model")
)


# ---- the worker -------------------------------------------------------------------------------


def over(client: Client, job: Job) -> Job:
    """The job when it has ended; watched until then, as a page watches."""
    deadline = time.monotonic() + 300  # a hang, not a slow machine
    while not job.over:
        assert time.monotonic() < deadline
        client.look(job)
        time.sleep(0.05)
    return job
