"""`python -m lib <verb>`: everything that is done at a command line."""

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from lib.cases.files import read_cases, read_tours
from lib.dataset import data_files
from lib.domain import CRITERIA, CaseStudy, Model, Response, Run, Settings, TrilemmaError
from lib.models.registry import chosen_models, read_models
from lib.models.weights import verify, weights_dir, weights_id
from lib.paths import ROOT, paths
from lib.scoring.inputs import READER


def check(args: argparse.Namespace) -> int:
    """report every problem of the case files and data files, with file, line and field"""
    from lib.cases.review import reading_grades, review
    from lib.store.library import build

    faults: list[str] = []
    cases: tuple[CaseStudy, ...] = ()
    try:
        cases = read_cases(paths().cases)
        faults += map(str, review(cases, read_tours(paths().cases)))
        build(paths())
    except TrilemmaError as fault:
        faults.append(str(fault))
    print("\n".join(faults) or f"{len(cases)} cases, {len(list(data_files(paths())))} files, no problems")
    if cases:
        for formula, values in zip(
            ("Flesch-Kincaid", "SMOG"), zip(*map(reading_grades, cases), strict=True), strict=True
        ):
            print(
                f"reading level of the stories ({formula} grade): {min(values):.1f} to {max(values):.1f}, median"
                f" {statistics.median(values):.1f}"
            )
    return 1 if faults else 0


def models(args: argparse.Namespace) -> int:
    """fetch, verify and convert models: those named, or the defaults"""
    from lib.models.install import install

    failed = 0
    for model in chosen_models(paths().models, args.ids) or [m for m in read_models(paths().models) if m.default]:
        try:
            if weights_dir(model) is None:
                install(model, print)
            elif args.verify and (faults := verify(model)):
                raise TrilemmaError("\n".join(faults))
            print(f"{model.label}: ready. Licence: {model.licence}, {model.licence_url}")
        except TrilemmaError as fault:
            failed += 1
            print(f"{model.label}: {fault}", file=sys.stderr)
    return 1 if failed else 0


def _chosen_cases(ids: list[str]) -> list[CaseStudy]:
    cases = read_cases(paths().cases)
    if unknown := sorted(set(ids) - {c.id for c in cases}):
        raise TrilemmaError(f"Unknown case: {', '.join(unknown)}. Known: {', '.join(c.id for c in cases)}")
    return [c for c in cases if not ids or c.id in ids]


def _asked(cases: list[CaseStudy], prompt_ids: list[str]) -> list[CaseStudy]:
    """The cases with the named prompts alone; all as they are where none is named."""
    if unknown := sorted(set(prompt_ids) - {p.id for c in cases for p in c.prompts}):
        raise TrilemmaError(
            f"Unknown prompt: {', '.join(unknown)}. A prompt's id is its case's, a slash and its key, as in"
            " first-poem/plain"
        )
    if not prompt_ids:
        return cases
    narrowed = [replace(c, prompts=tuple(p for p in c.prompts if p.id in prompt_ids)) for c in cases]
    return [c for c in narrowed if c.prompts]


def _chosen_models(ids: list[str]) -> list[Model]:
    """Those named, or all that are installed."""
    return chosen_models(paths().models, ids) if ids else [m for m in read_models(paths().models) if weights_dir(m)]


def precompute(args: argparse.Namespace) -> int:
    """make the stored answers and reply log-likelihoods that are missing; goes on where it was stopped"""
    from lib.inference.loading import load
    from lib.runs.precompute import precompute

    settings = Settings(args.temperature, args.top_p, args.max_tokens, args.seed)
    cases, chosen = _asked(_chosen_cases(args.cases), args.prompts), _chosen_models(args.models)
    if not chosen:
        raise TrilemmaError("No model is installed. Get the defaults with: python -m lib models")
    for number, model in enumerate(chosen, start=1):
        print(f"Model {number} of {len(chosen)}: {model.label}", flush=True)
        made = precompute(paths(), load(model, args.template), weights_id(model), cases, args.samples, settings)
        print(f"{model.label}: {made} rows made", flush=True)
    return 0


def score(args: argparse.Namespace) -> int:
    """score the stored answers that the scorer has not scored, or with --input the replies of a JSON Lines file"""
    from lib.runs.score import score_missing
    from lib.runs.score_lines import ReplyLine, judge_lines, read_lines, score_lines, write_lines
    from lib.scoring.heads import read_heads

    cases = read_cases(paths().cases)
    if args.input is None:
        heads, done = read_heads(paths().heads), 0
        for done in score_missing(paths(), cases, heads, _reader(heads)):
            print(f"{done} answers scored", flush=True)
        print(f"{done} answers scored by {heads.card.scorer}")
        return 0
    rows, known = read_lines(args.input, ReplyLine), {c.id: c for c in cases}
    if args.judge:
        lines = judge_lines(rows, known, _judge(args.judge), _progress(len(rows)))
    else:
        heads = read_heads(paths().heads)
        lines = score_lines(rows, known, heads, _reader(heads), _progress(len(rows)))
    write_lines(args.output, lines)
    return 0


def prefer(args: argparse.Namespace) -> int:
    """say which of two replies people would find better on a criterion, for each pair of a JSON Lines file"""
    from lib.runs.score_lines import PairLine, judge_pair_lines, prefer_lines, read_lines, write_lines
    from lib.scoring.heads import read_heads

    rows = read_lines(args.input, PairLine)
    if args.judge:
        lines = judge_pair_lines(rows, args.criterion, _judge(args.judge), _progress(len(rows)))
    else:
        heads = read_heads(paths().heads)
        lines = prefer_lines(rows, args.criterion, heads, _reader(heads), _progress(len(rows)))
    write_lines(args.output, lines)
    return 0


def _reader(heads):
    """The reading model in memory. Raises TrilemmaError where it is not here, or not the one that the heads were trained on."""
    from lib.scoring.reader import load_reader

    models = read_models(paths().models)
    reader = load_reader(models)
    if fault := heads.mismatch(next(weights_id(m) for m in models if m.id == READER)):
        raise TrilemmaError(f"Nothing was scored: {fault}.")
    return reader


def _judge(name: str):
    """The judge that `--judge` names: `endpoint`, or a chat model of the registry."""
    from lib.inference.loading import load
    from lib.scoring.judge import Judge, endpoint, local, read_rubric

    rubric = read_rubric(paths().rubric)
    if name == "endpoint":
        model, ask = endpoint()
        return Judge(model, ask, rubric)
    (model,) = _chosen_models([name])
    return Judge(model.id, local(load(model)), rubric)


def _progress(total: int):
    return lambda done: print(f"{done} of {total}", file=sys.stderr, flush=True)


def train_scorers(args: argparse.Namespace) -> int:
    """train the learned scorers on public sets and the author-made labels; DATA is the folder that holds the sets"""
    from lib.formats.sets import LLMBAR_SUBSETS, action_replies, instruction_pairs
    from lib.validation.heads import fit_heads, save_fitted
    from lib.validation.material import shared_prompts

    material, vectors, reader_sha = _material(args.data)
    pairs = [p for subset in LLMBAR_SUBSETS for p in instruction_pairs(args.data, subset)]
    if shared := shared_prompts(
        material, [*(p.better for p in pairs), *(r.exchange for r in action_replies(args.data))]
    ):
        raise TrilemmaError(f"{len(shared)} prompts are both for training and for checking. Nothing was trained.")
    heads, cards = fit_heads(material, vectors, lambda line: print(line, flush=True))
    card = save_fitted(paths().heads, heads, cards, READER, reader_sha)
    print(f"{card.scorer}: {len(heads)} heads in {paths().heads}")
    return 0


def validate(args: argparse.Namespace) -> int:
    """hold the scorers to people's labels and write what comes out to data/validity; DATA is the folder that holds the public sets"""
    from lib.scoring.heads import read_heads
    from lib.validation.checks import check_scorers
    from lib.validation.judge import check_judge
    from lib.validation.records import write_records

    material, vectors, _ = _material(args.data)
    models = read_models(paths().models)
    say = partial(print, flush=True)
    if args.judge:
        records = check_judge(material, vectors, read_heads(paths().heads), models, args.data, _judge(args.judge), say)
    else:
        records = check_scorers(material, vectors, read_heads(paths().heads), models, args.data, say)
    write_records(paths().validity, records, judged=bool(args.judge))
    if not args.judge:
        records += _feature_records()
    print(f"{len(records)} records in {paths().validity}")
    return 0


def _feature_records() -> list:
    """Those of the marked features, written. Raises TrilemmaError where the patterns are not the ones whose marks were read."""
    from lib.dataset import stored_responses
    from lib.validation.features import (
        drifted,
        feature_records,
        read_sentence_labels,
        read_strata,
        write_feature_records,
    )
    from lib.validation.labels import sha

    labels = read_sentence_labels(paths().validity)
    if moved := drifted(labels, {sha(r.text): r.text for r in stored_responses(paths()) if r.text}):
        raise TrilemmaError(
            f"{len(moved)} of the labelled sentences are marked otherwise than when they were drawn. Draw and label"
            f" anew: {moved[0][1]}."
        )
    records = feature_records(labels, read_strata(paths().validity))
    write_feature_records(paths().validity, records)
    return records


def _material(folder: Path) -> tuple:
    """The sets and labels, their inputs, and the hash of the reading model's weights."""
    from lib.dataset import stored_responses
    from lib.scoring.reader import load_reader
    from lib.validation.labels import read_labels
    from lib.validation.material import Vectors, read_material

    models = read_models(paths().models)
    material = read_material(
        folder, read_labels(paths().validity), stored_responses(paths()), read_cases(paths().cases)
    )
    vectors = Vectors(load_reader(models).vectors, paths().local / "readings.npz")
    return material, vectors, next(weights_id(m) for m in models if m.id == READER)


def tune(args: argparse.Namespace) -> int:
    """train an adapter of data/recipes on preference data; DATA is the folder that holds the sets. Goes on where it was stopped"""
    from lib.tuning import commands

    commands.tune(paths(), args.recipe, args.data, partial(print, flush=True))
    return 0


def strength(args: argparse.Namespace) -> int:
    """say how much of what the adapters of a folder answer to training prompts is readable, and note it in data/tuning"""
    from lib.tuning import commands

    commands.strength(paths(), args.folder or paths().adapters, args.data, partial(print, flush=True))
    return 0


def evaluate(args: argparse.Namespace) -> int:
    """hold the tuned models to the prompts that none of them was trained on and write data/tuning; DATA is the folder that holds the sets"""
    from lib.tuning import commands

    commands.evaluate(paths(), args.data, partial(print, flush=True))
    return 0


def repeat(args: argparse.Namespace) -> int:
    """make the answers of a downloaded live run again and say which are the same"""
    from lib.runs.live import from_json

    live = from_json(args.file.read_bytes())
    return max(_make_again(run, [r for r in live.responses if r.run_id == run.id]) for run in live.runs)


def reproduce(args: argparse.Namespace) -> int:
    """make a stored run again and say how much of it comes out the same"""
    from lib.inference.loading import load
    from lib.runs.reproduce import dtype_of, reread, stored_answers, stored_run

    run = stored_run(paths(), args.run_id)
    if run.kind == "generation":
        return _make_again(run, stored_answers(paths(), run))
    (model,) = _chosen_models([run.model_id])
    found = reread(
        paths(),
        run,
        {c.id: c for c in read_cases(paths().cases)},
        load(model, run.template, dtype_of(run)),
        weights_id(model),
    )
    if not found:
        raise TrilemmaError(
            f"{run.id}: every reply or prompt of this run was edited since, so nothing can be compared."
        )
    off = [r.off for r in found]
    print(
        f"{run.id}: {len(off)} log-likelihoods read again, off by {statistics.median(off):.3%} (median) and"
        f" {max(off):.3%} (most)"
    )
    return int(any(o > 0.02 for o in off))


def _make_again(run: Run, responses: Sequence[Response]) -> int:
    """Print how much of one run's text agrees; 1 where any differs."""
    from lib.inference.loading import load
    from lib.runs.reproduce import dtype_of, remade

    (model,) = _chosen_models([run.model_id])
    found = remade(run, responses, load(model, run.template, dtype_of(run)), weights_id(model))
    if not found:
        print(f"{run.id}: no answer of this run was finished, so nothing can be compared")
        return 1
    for r in found:
        print(
            f"{r.response.prompt_id}, {run.model_id}, sample {r.response.sample + 1}:"
            f" {'the same' if r.same else f'differs; {r.shared:.0%} of the words agree'}"
        )
    same = sum(r.same for r in found)
    print(
        f"{run.id}: {same} of {len(found)} answers the same, {statistics.fmean(r.shared for r in found):.0%} of the"
        " words agree"
    )
    return int(same < len(found))


def build(args: argparse.Namespace) -> int:
    """build the database and the text index from the files"""
    from lib.store.library import build, open_library
    from lib.store.search import build_index

    database = build(paths())
    build_index(open_library(database), database)
    print(f"{database.name}: ready")
    return 0


def run(args: argparse.Namespace) -> int:
    """fetch the default models, build the database, serve the app on http://localhost:8501"""
    if models(argparse.Namespace(ids=[], verify=False)):
        print(
            "Not every model could be had. The app starts all the same: stored cases work, and the Live page says what"
            " is missing.",
            file=sys.stderr,
        )
    build(args)
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "lib/ui/serve.py",
        *(["--server.port", str(args.port)] if args.port else []),
    ]
    print(f"Open http://localhost:{args.port or 8501}", flush=True)
    return subprocess.call(command, cwd=ROOT)


def bench(args: argparse.Namespace) -> int:
    """print this machine's figures: pages, live generation, precompute, database build"""
    from lib.bench import bench
    from lib.ui.page_times import page_times

    bench(page_times, args.quick)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lib")
    verbs = parser.add_subparsers(required=True, metavar="verb")

    def verb(function) -> argparse.ArgumentParser:
        sub = verbs.add_parser(function.__name__.replace("_", "-"), help=function.__doc__, description=function.__doc__)
        sub.set_defaults(run=function)
        return sub

    verb(run).add_argument("--port", type=int)
    verb(check)
    verb(build)
    sub = verb(models)
    sub.add_argument("ids", nargs="*", metavar="MODEL")
    sub.add_argument("--verify", action="store_true", help="hash every file again")
    sub = verb(precompute)
    default = Settings()
    sub.add_argument("--models", nargs="+", default=[], help="model ids; all installed ones by default")
    sub.add_argument("--cases", nargs="+", default=[], help="case ids; all by default")
    sub.add_argument("--samples", type=int, default=5)
    sub.add_argument("--prompts", nargs="+", default=[], metavar="CASE/KEY", help="these prompts alone")
    sub.add_argument("--template", choices=("chat", "dialogue"), help="instead of each model's own")
    sub.add_argument("--temperature", type=float, default=default.temperature)
    sub.add_argument("--top-p", type=float, default=default.top_p)
    sub.add_argument("--max-tokens", type=int, default=default.max_tokens)
    sub.add_argument("--seed", type=int, default=default.seed)
    judge_help = (
        "ask a judge instead: a chat model's id, or `endpoint` for the one named by TRILEMMA_JUDGE_URL, _MODEL and _KEY"
    )
    sub = verb(score)
    sub.add_argument(
        "--input", type=Path, help="lines with id, prompt, response and optionally case, user_view, language"
    )
    sub.add_argument("--output", type=Path, help="where the scores go, one line an id and aspect")
    sub.add_argument("--judge", metavar="MODEL", help=judge_help)
    sub = verb(prefer)
    sub.add_argument("--input", type=Path, required=True, help="lines with id, prompt, a, b")
    sub.add_argument("--output", type=Path, required=True)
    sub.add_argument("--criterion", choices=CRITERIA, required=True)
    sub.add_argument("--judge", metavar="MODEL", help=judge_help)
    sub = verb(validate)
    sub.add_argument("data", type=Path, metavar="DATA")
    sub.add_argument("--judge", metavar="MODEL", help="hold a judge to the labels instead")
    verb(train_scorers).add_argument("data", type=Path, metavar="DATA")
    sub = verb(tune)
    sub.add_argument("recipe", metavar="RECIPE", help="the name of a file in data/recipes")
    sub.add_argument("data", type=Path, metavar="DATA")
    sub = verb(strength)
    sub.add_argument("data", type=Path, metavar="DATA")
    sub.add_argument("--folder", type=Path, help="where the adapters are; otherwise data/adapters")
    verb(evaluate).add_argument("data", type=Path, metavar="DATA")
    verb(repeat).add_argument("file", type=Path)
    verb(reproduce).add_argument("run_id", metavar="RUN", help="the name of a file in data/runs")
    verb(bench).add_argument("--quick", action="store_true", help="fewer repeats")
    return parser


def main() -> int:
    parser = _parser()
    args = parser.parse_args()
    if (getattr(args, "input", None) is None) != (getattr(args, "output", None) is None):
        parser.error("--input and --output go together")
    try:
        return args.run(args)
    except TrilemmaError as fault:
        print(fault, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. What was finished is kept; the same command goes on from there.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
