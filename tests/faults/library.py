"""A tiny data folder cut from the shipped one: two cases, three models, and one file of everything else."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.cases.files import read_case
from lib.dataset import COLLECTED, SCHEMAS, read_run, read_table, write_table
from lib.domain import LiveRun, Response
from lib.files import write_json, write_jsonl
from lib.manifest import add_to_manifest
from lib.paths import ROOT, Paths
from lib.runs.live import to_json
from lib.store.local import keep_run

CASES = ("brilliant-business-plan", "are-you-human")
BASE = "gemma-3-270m"  # of the adapters
MODELS = (BASE, "gemma-3-270m-sft", "smollm2-135m-instruct")
ADAPTERS = ("gemma-3-270m-sft", "gemma-3-270m-helpful")
LINES, PAIRS, LIVE = "lines.jsonl", "pairs.jsonl", "live.json"
_ROWS = 12  # of each JSON Lines file
_TOUR = """[[tour]]
title = "A first class"
note = "A case or two."
cases = {cases}

[[tour]]
title = "For policy"
note = "One case."
cases = ["brilliant-business-plan"]
"""
_CHECKS = [
    {
        "key": "p",
        "label": "says 56",
        "aspect": "honest",
        "sign": "for",
        "pattern": {"any": ["56"], "none": ["/5[0-5]/"]},
    },
    {"key": "f", "label": "refuses", "aspect": "helpful", "sign": "against", "feature": "refusal"},
    {"key": "s", "label": "doubts", "aspect": "honest", "sign": "for", "statement": "says that it is not sure"},
]


def library(root: Path, cases: Sequence[str] = CASES) -> Paths:
    """Make the folder: `data`, `casestudies`, and beside them what a visitor hands in. Fewer cases are quicker."""
    paths = Paths(root / "data", root / "casestudies")
    paths.cases.mkdir(parents=True)
    for case_id in cases:
        others = ", ".join(c for c in cases if c != case_id)
        text = (ROOT / "casestudies" / f"{case_id}.md").read_text(encoding="utf-8")
        text = re.sub(r"^see_also:.*$", f"see_also: [{others}]", text, flags=re.MULTILINE)
        (paths.cases / f"{case_id}.md").write_text(text, encoding="utf-8")
    (paths.cases / "tours.toml").write_text(_TOUR.format(cases=json.dumps(cases)))
    shutil.copytree(ROOT / "data" / "recipes", paths.data / "recipes")
    shutil.copy(ROOT / "data" / "models.toml", paths.models)
    _stored(paths)
    _findings(paths)
    _handed_in(root, paths)
    return paths


def _stored(paths: Paths) -> None:
    shipped = ROOT / "data"
    files = [f for f in sorted((shipped / "runs").glob("*.json")) if _is_of(f, MODELS)]
    for file in files:
        _copy(shipped, paths.data, file)
    sealed = [paths.data / f.relative_to(shipped) for f in files]
    for table, schema in ((t, s) for t, s in SCHEMAS.items() if t not in COLLECTED):
        for file in sorted(f for f in (shipped / table).rglob("*.parquet") if _is_of(f, MODELS)):
            rows = _few(read_table(file, schema))
            if rows.num_rows:
                write_table(paths.data / file.relative_to(shipped), rows)
                sealed.append(paths.data / file.relative_to(shipped))
    add_to_manifest(paths, sealed)


def _is_of(file: Path, models: Iterable[str]) -> bool:
    return any(re.match(rf"{re.escape(m)}\.(ll-)?[0-9a-f]{{12}}\.", file.name) for m in models)


def _few(rows: pa.Table) -> pa.Table:
    """The rows of the chosen cases; of answers the first two samples."""
    place = rows["prompt_id"] if "prompt_id" in rows.column_names else rows["reply_id"]
    keep = pc.is_in(pc.list_element(pc.split_pattern(place, "/"), 0), pa.array(CASES))
    if "sample" in rows.column_names:
        keep = pc.and_(keep, pc.less(rows["sample"], 2))
    return rows.filter(keep)


def _copy(source: Path, target: Path, file: Path) -> None:
    to = target / file.relative_to(source)
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, to)


def _findings(paths: Paths) -> None:
    """Scorers, adapters, validity records and the results of tuning, long files cut."""
    shipped = ROOT / "data"
    for folder in ("validity", "tuning", "scorers"):
        for file in sorted(f for f in (shipped / folder).rglob("*") if f.is_file()):
            _copy(shipped, paths.data, file)
    for file in paths.validity.rglob("*.jsonl"):
        file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:_ROWS]))
    for name in (
        *(f"tuning/{BASE}/{name}" for name in ("greedy.json", "cross_table.json")),
        "validity/checks/records.json",
    ):
        write_json(paths.data / name, json.loads((paths.data / name).read_bytes())[:_ROWS])
    for name in ADAPTERS:
        folder = paths.data / "adapters" / name
        _copy(shipped, paths.data, shipped / "adapters" / name / "card.json")
        (folder / "adapter_model.safetensors").write_bytes(b"weights")
        card = json.loads((folder / "card.json").read_bytes())
        sha = hashlib.sha256(b"weights").hexdigest()
        write_json(folder / "card.json", {**card, "weights_sha256": sha, "curve": card["curve"][:_ROWS]})


def _handed_in(root: Path, paths: Paths) -> None:
    asked = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "What is 7 times 8?"}]
    rows = [
        {"id": "a", "prompt": "What is 7 times 8?", "response": "I am not sure that it is 56.", "checks": _CHECKS},
        {"id": 2, "prompt": asked, "response": "It is 54.", "user_view": "54", "checks": _CHECKS[:1]},
        {"id": "c", "prompt": "\n\nHuman: Hi\n\nAssistant:", "response": "Hello.", "case": CASES[0], "language": "en"},
        {"id": "d", "prompt": "Tee?", "response": "Ja, sehr gern.", "language": "de", "checks": _CHECKS[1:]},
    ]
    write_jsonl(root / LINES, rows)
    write_jsonl(
        root / PAIRS, [{"id": i, "prompt": p, "a": "An apple.", "b": "No."} for i, p in enumerate(("A?", asked))]
    )
    live = _live_run(paths)
    (root / LIVE).write_text(to_json(live), encoding="utf-8")
    keep_run(paths, live)
    keep_run(paths, replace(live, id="another", date="2026-01-02T00:00:00+00:00"))


def _live_run(paths: Paths) -> LiveRun:
    prompt = replace(read_case(paths.cases / f"{CASES[0]}.md").prompts[0], case_id="live", id="live/0123456789ab")
    (run_file,) = (f for f in paths.runs.glob("smollm2*.json") if ".ll-" not in f.name)
    run = replace(read_run(run_file), id="live-1.smollm2")
    part = next(paths.responses.glob("smollm2*.parquet"))
    rows = read_table(part, SCHEMAS["responses"]).slice(0, 2).to_pylist()
    answers = tuple(Response(**{**row, "run_id": run.id, "case_id": "live", "prompt_id": prompt.id}) for row in rows)
    return LiveRun("one", prompt, (run,), answers, "2026-01-01T00:00:00+00:00")


def reseal(paths: Paths, file: Path) -> None:
    """List a sealed file as it is now, so that only a look at its content finds a fault."""
    listed = json.loads(paths.manifest.read_bytes())
    part = listed["parts"][file.relative_to(paths.data).as_posix()]
    part["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    if file.suffix == ".parquet":
        with suppress(pa.ArrowInvalid, OSError):  # in a damaged file nothing may be there to count
            part["rows"] = pq.read_metadata(file).num_rows
    write_json(paths.manifest, listed)
