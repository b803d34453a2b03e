"""Stored answers: made once, resumed where a job was killed, the same as in an undisturbed run."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lib.cases.files import read_cases
from lib.cases.replies import STEMS
from lib.dataset import SCHEMAS, read_runs, read_table, response_table, write_run, write_table
from lib.domain import CaseStudy, Settings, TrilemmaError
from lib.inference.loading import load
from lib.manifest import part_files, read_manifest, stored_responses
from lib.models.install import install
from lib.models.registry import read_models
from lib.models.weights import weights_id
from lib.paths import ROOT, Paths
from lib.runs.parts import batch_files, stored_runs
from lib.runs.precompute import Source, missing_answers, missing_loglik, precompute
from tests.makers import the_case

SETTINGS = Settings(max_tokens=16)


@pytest.fixture
def ready(tiny_data):
    """The tiny model, installed and loaded."""
    model = read_models(tiny_data.models)[0]
    install(model, print)
    loaded = load(model)
    return tiny_data, Source(model, loaded.template.name, weights_id(model), lambda: loaded)


def _run(ready, samples: int = 3, settings: Settings = SETTINGS) -> int:
    paths, source = ready
    return precompute(paths, source, [the_case(paths)], samples, settings)


def _answers(paths: Paths) -> dict[tuple, str | None]:
    """The sealed answers."""
    rows = list(stored_responses(paths))
    out = {(r.prompt_id, r.sample): r.text for r in rows}
    assert len(out) == len(rows), "a duplicate answer"
    return out


def _logliks(paths: Paths) -> list[dict]:
    return [row for f in part_files(paths, "loglik") for row in read_table(f, SCHEMAS["loglik"]).to_pylist()]


def test_every_prompt_and_reply_is_made_once(ready):
    paths = ready[0]
    case = the_case(paths)
    assert _run(ready) == 3 * len(case.prompts) + 2 * len(case.replies) * (len(case.prompts) + len(STEMS))
    assert set(_answers(paths)) == {(p.id, k) for p in case.prompts for k in range(3)}
    rows = _logliks(paths)
    assert (
        len({(r["reply_id"], r["wording"], r["context"]) for r in rows})
        == len(rows)
        == 2 * len(case.replies) * (len(case.prompts) + len(STEMS))
    )
    assert _run(ready) == 0


def test_each_run_file_says_how_it_was_made(ready):
    _run(ready)
    for run in read_runs(ready[0].runs):
        assert (
            run.model_sha256 == ready[1].weights_sha
            and run.packages["torch"]
            and run.machine
            and run.date.endswith("+00:00")
        )
        assert (run.settings is None) == (run.kind == "log-likelihood")


def test_more_samples_add_to_what_is_there(ready):
    _run(ready, samples=1)
    before = _answers(ready[0])
    assert _run(ready, samples=3) == 2 * len(before)
    assert before.items() <= _answers(ready[0]).items()


def test_other_settings_are_other_answers(ready):
    _run(ready, samples=1)
    case = the_case(ready[0])
    assert len(missing_answers(*ready, replace(SETTINGS, temperature=0.0), case, 1)) == len(case.prompts)


def test_answers_of_other_weights_do_not_count(ready):
    _run(ready, samples=1)
    paths, source = ready
    case, other = the_case(paths), replace(source, weights_sha="other")
    assert missing_answers(paths, source, SETTINGS, case, 1) == [] == missing_loglik(paths, source, case)
    assert len(missing_answers(paths, other, SETTINGS, case, 1)) == len(case.prompts)
    assert missing_loglik(paths, other, case)


def test_an_edited_prompt_is_asked_again(ready):
    _run(ready, samples=1)
    file = next(ready[0].cases.glob("*.md"))
    file.write_text(file.read_text().replace("Hurry! Write", "Quick! Write"))
    case = the_case(ready[0])
    assert [w.prompt.id for w in missing_answers(*ready, SETTINGS, case, 1)] == ["broken-vase/urgent"]


def test_a_run_is_one_file_whatever_was_added_to_it(ready):
    for samples in (1, 2, 3):
        _run(ready, samples)
    paths = ready[0]
    runs = read_runs(paths.runs)
    assert sorted(r.kind for r in runs) == ["generation", "log-likelihood"]
    assert (
        len(part_files(paths, "responses")) == 3 and len(part_files(paths, "loglik")) == 1
    )  # never changed, only added
    assert {Path(name).name for name in read_manifest(paths) if name.startswith("runs/")} == {
        f"{r.id}.json" for r in runs
    }
    assert not list(paths.batches.glob("*"))


def test_rows_of_one_prompt_lie_together_and_keep_their_place_in_the_batch(ready):
    _run(ready)
    rows = list(stored_responses(ready[0]))
    prompts = [r.prompt_id for r in rows]
    assert prompts == sorted(prompts) and {r.batch for r in rows} and all(r.date.endswith("+00:00") for r in rows)
    batches = {b: sorted(r.row for r in rows if r.batch == b) for b in {r.batch for r in rows}}
    assert all(places == list(range(len(places))) for places in batches.values())


def _with_a_second_case(paths: Paths) -> list[CaseStudy]:
    text = next(paths.cases.glob("*.md")).read_text()
    for old, new in (
        ("broken-vase", "chipped-cup"),
        ("The broken vase", "The chipped cup"),
        ("number: 1", "number: 2"),
    ):
        text = text.replace(old, new)
    (paths.cases / "chipped-cup.md").write_text(text)
    return read_cases(paths.cases)


def test_answers_to_several_cases_share_a_batch_and_each_stays_with_its_own(ready):
    paths, source = ready
    cases = _with_a_second_case(paths)
    precompute(paths, source, cases, 2, SETTINGS)
    rows = list(stored_responses(paths))
    assert len({r.batch for r in rows}) == 1 and {r.case_id for r in rows} == {c.id for c in cases}
    assert all(r.prompt_id.startswith(f"{r.case_id}/") for r in rows)


def test_fewer_answers_of_a_large_model_share_a_batch(ready, monkeypatch):
    monkeypatch.setattr("lib.runs.precompute.MAX_LARGE_BATCH", 2)
    _run(ready, samples=2)
    together = {r.batch for r in stored_responses(ready[0])}
    monkeypatch.setattr("lib.runs.precompute.LARGE", 1)
    _run(ready, samples=4)
    later = [r.batch for r in stored_responses(ready[0]) if r.batch not in together]
    assert len(together) == 1 and {later.count(b) for b in later} == {2}


def test_one_kind_alone_can_be_made(ready):
    paths, source = ready
    case = the_case(paths)
    assert precompute(paths, source, [case], 1, SETTINGS, only="answers") == len(case.prompts) and not _logliks(paths)
    assert len(missing_loglik(paths, source, case)) == precompute(
        paths, source, [case], 5, SETTINGS, only="likelihoods"
    )
    assert len(_answers(paths)) == len(case.prompts)


def test_a_part_holds_so_many_rows_at_most(ready, monkeypatch):
    monkeypatch.setattr("lib.runs.parts.MAX_ROWS", 4)
    _run(ready)
    assert [part.rows for name, part in read_manifest(ready[0]).items() if name.startswith("responses/")] == [4, 2]


def test_a_stopped_job_seals_what_it_has_finished(ready, monkeypatch):
    monkeypatch.setattr("lib.runs.precompute.MAX_BATCH", 2)
    paths, source = ready
    loaded = source.loaded
    generate, left = loaded.generate, [2]

    def stop_in_the_third(rows, settings):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return generate(rows, settings)

    monkeypatch.setattr(loaded, "generate", stop_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        precompute(paths, source, [the_case(paths)], 3, SETTINGS)
    assert len(_answers(paths)) == 4 and not list(paths.batches.glob("*"))


def test_a_seal_that_was_killed_before_its_batches_were_removed_makes_no_duplicate(ready, monkeypatch):
    paths = ready[0]
    with monkeypatch.context() as patch:
        patch.setattr("lib.runs.parts.shutil.rmtree", lambda *_, **__: None)
        _run(ready, samples=1)
    before = _answers(paths)
    assert list(paths.batches.glob("*"))
    assert _run(ready, samples=1) == 0
    assert _answers(paths) == before and not list(paths.batches.glob("*"))


def test_a_prompt_too_long_is_stored_as_a_failure_with_its_reason(ready):
    file = next(ready[0].cases.glob("*.md"))
    file.write_text(file.read_text().replace("Hurry! Write", "Hurry! " + "very " * 500 + "quickly! Write"))
    _run(ready, samples=1)
    rows = {r.prompt_id: r for r in stored_responses(ready[0])}
    assert rows["broken-vase/urgent"].text is None and "tokens long" in rows["broken-vase/urgent"].error
    assert rows["broken-vase/plain"].text is not None


def test_two_jobs_do_not_write_at_once(ready):
    from filelock import FileLock

    ready[0].local.mkdir(parents=True)
    with (
        FileLock(ready[0].local / "precompute-tiny-chat.lock"),
        pytest.raises(TrilemmaError, match="Another precompute job"),
    ):
        _run(ready)


def test_a_write_that_fails_leaves_no_file(ready, tmp_path, monkeypatch):
    def half(table, path, **settings):
        Path(path).write_bytes(b"PAR1")
        raise OSError("no space left")

    monkeypatch.setattr("lib.dataset.pq.write_table", half)
    with pytest.raises(OSError, match="no space"):
        write_table(tmp_path / "x.parquet", response_table([]))
    assert list(tmp_path.glob("*x*")) == list(tmp_path.glob(".*")) == []


KILLED = """
import os, signal, sys
import lib.runs.precompute as job
from lib.cases.files import read_cases
from lib.domain import Settings
from lib.inference.loading import load
from lib.models.registry import read_models
from lib.models.weights import weights_id
from lib.paths import paths
job.MAX_BATCH = 2
model = read_models(paths().models)[0]
keep, left = job.keep_batch, [int(sys.argv[1])]
def once_too_often(*args):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    keep(*args)
job.keep_batch = once_too_often
source = job.Source(model, model.template, weights_id(model), lambda: load(model))
job.precompute(paths(), source, read_cases(paths().cases), 8, Settings(max_tokens=16))
"""


@pytest.mark.parametrize("batches", [1, 3, 5])
def test_a_job_killed_in_the_middle_goes_on_and_makes_the_same_text(ready, tmp_path, monkeypatch, batches):
    """Batches of two, since the text of an untrained model depends on what shares its batch."""
    monkeypatch.setattr("lib.runs.precompute.MAX_BATCH", 2)
    paths, source = ready
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(batches)], cwd=ROOT, stderr=subprocess.DEVNULL, timeout=120
    )
    (begun,) = stored_runs(paths)
    kept = batch_files(paths, begun.id, "responses")
    assert killed.returncode == -signal.SIGKILL and len(kept) == batches
    done = {
        (r["prompt_id"], r["sample"]): r["text"] for f in kept for r in read_table(f, SCHEMAS["responses"]).to_pylist()
    }
    assert 0 < len(done) < 16 and _answers(paths) == {}
    (kept[0].parent / ".half.parquet.0.tmp").write_bytes(b"PAR1")  # what a kill in mid-write leaves
    made = _run(ready, samples=8)
    assert made >= 16 - len(done) and not list(paths.local.rglob("*.tmp"))
    resumed = _answers(paths)
    assert done.items() <= resumed.items()
    elsewhere = Paths(tmp_path / "elsewhere", paths.cases)
    precompute(elsewhere, source, [the_case(paths)], 8, SETTINGS)
    assert resumed == _answers(elsewhere)


def test_a_run_named_otherwise_than_its_file_is_refused(ready):
    _run(ready, samples=1)
    run = read_runs(ready[0].runs)[0]
    write_run(ready[0].runs, replace(run, id="other"))
    (ready[0].runs / "other.json").rename(ready[0].runs / "third.json")
    with pytest.raises(TrilemmaError, match=r"third\.json: id"):
        read_runs(ready[0].runs)
