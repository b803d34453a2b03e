"""Records and files for tests."""

import json
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from lib.cases.files import read_cases
from lib.cases.fingerprint import prompt_sha
from lib.dataset import ScoreRow, loglik_table, response_table, score_table
from lib.domain import (
    CRITERIA,
    CaseStudy,
    Exchange,
    FolderSource,
    Message,
    Model,
    ReplyLogLikelihood,
    Response,
    Run,
    Score,
    Settings,
)
from lib.files import write_json, write_jsonl
from lib.formats.sets import JudgedPair
from lib.paths import ROOT, Paths
from lib.runs.parts import keep_batch, seal
from lib.runs.score import check_missing
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
    id="tiny-chat.test",
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


def tiny_library(folder: Path, weights: Path) -> Paths:
    """One case, and two entries (chat and dialogue) for the tiny model in the folder `weights`."""
    data, cases = folder / "data", folder / "casestudies"
    data.mkdir()
    cases.mkdir()
    (cases / CASE.name).write_text(CASE.read_text())
    entries = (("tiny-chat", "Tiny (chat)", "chat"), ("tiny-dialogue", "Tiny (dialogue)", "dialogue"))
    (data / "models.toml").write_text(
        "\n".join(
            MODELS_TOML.format(id=i, label=label, template=t, path=json.dumps(str(weights))) for i, label, t in entries
        )
    )
    return Paths(data, cases)


def tiny_library_in_use(folder: Path, weights: Path, patch: pytest.MonkeyPatch) -> Paths:
    """The same, and what is started while `patch` lasts works on it, with a cache of its own."""
    library = tiny_library(folder, weights)
    patch.setenv("TRILEMMA_DATA", str(library.data))
    patch.setenv("TRILEMMA_CASES", str(library.cases))
    patch.setenv("TRILEMMA_CACHE", str(folder / "cache"))
    return library


@cache
def shipped_cases() -> tuple[CaseStudy, ...]:
    """The library's own, read once in a test process: that takes seconds."""
    return tuple(read_cases(ROOT / "casestudies"))


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
    """Seal a run and its responses, where the database finds them; returns the newest part."""
    rows = [replace(r, run_id=run.id, model_id=run.model_id) for r in responses]
    keep_batch(paths, run.id, "responses", "test", response_table(rows), run)
    seal(paths, run.id, "responses")
    return max(paths.responses.glob(f"{run.id}.*.parquet"))


def store_logliks(paths: Paths, rows: list[ReplyLogLikelihood], run: Run = RUN) -> None:
    keep_batch(paths, run.id, "loglik", "test", loglik_table([replace(r, run_id=run.id) for r in rows]), run)
    seal(paths, run.id, "loglik")


def store_scores(paths: Paths, responses: list[Response], value: float | None = 0.7, scorer: str = "test-1") -> None:
    scores = [Score(c, scorer, value, "scored" if value is not None else "unscored", "a test") for c in CRITERIA]
    rows = [ScoreRow(r.run_id, r.prompt_id, r.prompt_sha, r.sample, s) for r in responses for s in scores]
    keep_batch(paths, scorer, "scores", "test", score_table(rows))
    seal(paths, scorer, "scores", scorer)


def store_checks(paths: Paths) -> None:
    """Decide and seal what the answer keys of the cases say of every stored answer."""
    for _ in check_missing(paths, read_cases(paths.cases)):
        pass


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


def store_recipe(folder: Path, recipe: Recipe) -> None:
    """As TOML; a mapping must be empty."""
    values = recipe.model_dump(exclude_none=True, exclude_defaults=True)
    lines = "\n".join(f"{k} = {json.dumps(v)}" for k, v in values.items())
    (folder / f"{recipe.id}.toml").write_text(lines)


ADAPTER_TOML = """
[[model]]
id = "{id}"
label = "{id}"
family = "tiny"
stage = "{stage}"
base_id = "{base}"
licence = "none"
licence_url = "https://example.org/licence"
template = "{template}"
context_tokens = 2048
tuning = "For tests."
[model.source]
kind = "adapter"
sha256 = "{sha}"
""" + "".join(
    f'[model.disclosures."{about}"]\nstatus = "disclosed"\nnote = "A test."\nsource = "https://example.org"\n'
    for about in ("preference data", "raters", "guide", "reward model")
)


def store_public_sets(folder: Path, prompts: int = 20) -> None:
    """PandaLM, HH-RLHF harmless and TruthfulQA in their makers' shapes, with made-up texts."""
    votes = dict.fromkeys(("annotator1", "annotator2", "annotator3"), 1)
    panda, hh, truth = [], [], []
    for k in range(prompts):
        panda.append({"instruction": f"Do {k}.", "input": "", "response1": f"Done {k}.", "response2": "No."} | votes)
        asked = f"\n\nHuman: Steal {k}.\n\nAssistant:"
        hh.append({"chosen": f"{asked} Better leave {k}.", "rejected": f"{asked} Of course."})
        truth.append(
            {
                "question": f"Is it {k}?",
                "correct_answers": ["I have no comment", f"It is {k}"],
                "incorrect_answers": ["Yes", "It is all"],
                "mc1_targets": {"choices": ["", f"It is {k}", "Yes"], "labels": [0, 1, 0]},
            }
        )
    write_json(folder / "pandalm" / "testset-v1.json", panda)
    write_jsonl(folder / "hh_rlhf_harmless" / "dev.jsonl", hh)
    write_json(folder / "truthfulqa_multi" / "en.json", truth)


def finish(client: Client, job: Job) -> Job:
    """Watch a job to its end."""
    deadline = time.monotonic() + 300
    while not job.over:
        assert time.monotonic() < deadline
        client.look(job)
        time.sleep(0.05)
    return job
