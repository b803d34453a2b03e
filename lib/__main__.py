"""`python -m lib <verb>`: the command line. A verb parses its words, calls the room that does the work, and prints."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from lib.command_line import Verb, run_verb, settings_of
from lib.domain import CRITERIA, Criterion, Settings, TemplateName, TrilemmaError
from lib.paths import ROOT, paths

_SETTINGS = Settings()
_say = partial(print, flush=True)


@click.group()
def cli() -> None:
    """Trilemma at a command line."""


def _verb(function: Callable[..., int]) -> click.Command:
    """Add a function to the command line: its name is the verb, its docstring the help."""
    return cli.command(cls=Verb, short_help=function.__doc__)(function)


_file = click.Path(path_type=Path)
_data = click.argument("data", type=_file, metavar="DATA")


# ---- the app and its files --------------------------------------------------------------------


@_verb
@click.option("--port", type=click.IntRange(1, 65_535))
def run(port: int | None) -> int:
    """fetch the default models, build the database, serve the app on http://localhost:8501"""
    if _install((), verify=False):
        missing = "Not every model could be had. Stored cases work all the same; the Live page says what is missing."
        print(missing, file=sys.stderr)
    _build()
    _say(f"Open http://localhost:{port or 8501}")
    own_port = ["--server.port", str(port)] if port else []
    served = [sys.executable, "-m", "streamlit", "run", "lib/ui/serve.py", *own_port]
    os.chdir(ROOT)
    if sys.platform == "win32":  # there, replacing a process starts another and ends this one
        return subprocess.call(served)
    sys.stderr.flush()
    os.execv(sys.executable, served)  # so that whoever ends this process ends the server and its worker


@_verb
def check() -> int:
    """report every problem of the case files and data files, with file, line and field"""
    from lib.cases.review import reading_levels
    from lib.store.problems import problems

    found = problems(paths())
    print("\n".join(found.faults) or f"{len(found.cases)} cases, {found.parts} sealed parts, no problems")
    for formula, low, high, median in reading_levels(found.cases):
        print(f"reading level of the stories ({formula} grade): {low:.1f} to {high:.1f}, median {median:.1f}")
    return 1 if found.faults else 0


@_verb
def build() -> int:
    """build the database and the text index from the files"""
    return _build()


def _build() -> int:
    from lib.store.build import build, opened
    from lib.store.search import build_index

    database = build(paths())
    build_index(opened(paths(), database), database)
    print(f"{database.name}: ready")
    return 0


@_verb
@click.argument("ids", nargs=-1, metavar="[MODEL]...")
def models(ids: Sequence[str]) -> int:
    """fetch and convert models, those named or the defaults; of those that are here every file is hashed again"""
    return _install(ids, verify=True)


def _install(ids: Sequence[str], verify: bool) -> int:
    from lib.models.install import ensure, named_or_default

    failed = 0
    for model in named_or_default(paths().models, ids):
        try:
            ensure(model, verify, print)
            print(f"{model.label}: ready. Licence: {model.licence}, {model.licence_url}")
        except TrilemmaError as fault:
            failed += 1
            print(f"{model.label}: {fault}", file=sys.stderr)
    return 1 if failed else 0


@_verb
@click.option("--quick", is_flag=True, help="fewer repeats")
@click.option("--pages", is_flag=True, help="pages and databases alone")
def bench(quick: bool, pages: bool) -> int:
    """print this machine's figures: pages, live generation, precompute, database build"""
    from lib.bench.run import bench

    bench(quick, pages)
    return 0


# ---- runs -------------------------------------------------------------------------------------


@_verb
@click.option("--models", "ids", multiple=True, metavar="MODEL...", help="model ids; all installed ones by default")
@click.option("--cases", multiple=True, metavar="CASE...", help="case ids; all by default")
@click.option("--samples", type=click.IntRange(min=1), default=5)
@click.option("--prompts", multiple=True, metavar="CASE/KEY...", help="these prompts alone")
@click.option("--template", type=click.Choice(["chat", "dialogue"]), help="instead of each model's own")
@click.option("--temperature", type=float, default=_SETTINGS.temperature)
@click.option("--top-p", type=float, default=_SETTINGS.top_p)
@click.option("--max-tokens", type=int, default=_SETTINGS.max_tokens)
@click.option("--seed", type=int, default=_SETTINGS.seed)
def precompute(
    ids: Sequence[str],
    cases: Sequence[str],
    samples: int,
    prompts: Sequence[str],
    template: TemplateName | None,
    **settings: Any,
) -> int:
    """make the stored answers and reply log-likelihoods that are missing; goes on where it was stopped"""
    from lib.cases.files import chosen_cases, with_prompts
    from lib.models.install import named_or_installed
    from lib.runs.commands import precompute

    chosen = with_prompts(chosen_cases(paths().cases, cases), prompts)
    models = named_or_installed(paths().models, ids)
    precompute(paths(), models, chosen, samples, settings_of(settings), template, _say)
    return 0


@_verb
@click.argument("what", metavar="RUN|FILE")
@click.option("--batch", "batches", multiple=True, metavar="BATCH...", help="of a stored run only these batches")
def reproduce(what: str, batches: Sequence[str]) -> int:
    """make a run again and say how much comes out the same: RUN is the name of a file in data/runs, FILE a live run"""
    from lib.runs.commands import reproduce

    return 0 if reproduce(paths(), what, batches, _say) else 1


# ---- scores -----------------------------------------------------------------------------------

_judge = click.option(
    "--judge",
    metavar="MODEL",
    help="ask a judge: a chat model's id, or `endpoint` for the one of TRILEMMA_JUDGE_URL, _MODEL and _KEY",
)


@_verb
@click.option(
    "--input", "rows", type=_file, help="lines with id, prompt, response and optionally case, user_view, language"
)
@click.option("--output", type=_file, help="where the scores go, one line an id and aspect")
@_judge
def score(rows: Path | None, output: Path | None, judge: str | None) -> int:
    """score the stored answers that the scorer has not scored, or with --input the replies of a JSON Lines file"""
    from lib.runs.commands import score_file, score_stored

    if rows and output:
        score_file(paths(), rows, output, judge, _progress)
    elif rows or output:
        raise click.UsageError("--input and --output go together")
    else:
        score_stored(paths(), _say)
    return 0


@_verb
@click.option("--input", "rows", type=_file, required=True, help="lines with id, prompt, a, b")
@click.option("--output", type=_file, required=True)
@click.option("--criterion", type=click.Choice(CRITERIA), required=True)
@_judge
def prefer(rows: Path, output: Path, criterion: Criterion, judge: str | None) -> int:
    """say which of two replies people would find better on a criterion, for each pair of a JSON Lines file"""
    from lib.runs.commands import prefer_file

    prefer_file(paths(), rows, output, criterion, judge, _progress)
    return 0


def _progress(done: int, total: int) -> None:
    print(f"{done} of {total}", file=sys.stderr, flush=True)


@_verb
@_data
@click.option("--judge", metavar="MODEL", help="hold a judge to the labels instead")
@click.option("--larger", is_flag=True, help="try a larger reader instead, on pairs that it was not fitted on")
def validate(data: Path, judge: str | None, larger: bool) -> int:
    """check the scorers against people's labels and write data/validity; DATA is the folder that holds the sets"""
    from lib.validation.commands import try_to_earn, validate

    try_to_earn(paths(), data, _say) if larger else validate(paths(), data, judge, _say)
    return 0


@_verb
@_data
def train_scorers(data: Path) -> int:
    """train the learned scorers on public sets and the author-made labels; DATA is the folder that holds the sets"""
    from lib.validation.commands import train_scorers

    train_scorers(paths(), data, _say)
    return 0


@_verb
def findings() -> int:
    """measure what tuning did over the whole library and write data/findings"""
    from lib.findings.make import make

    make(paths(), _say)
    return 0


# ---- tunings ----------------------------------------------------------------------------------


@_verb
@click.argument("recipe", metavar="RECIPE")
@_data
def tune(recipe: str, data: Path) -> int:
    """train an adapter of data/recipes, or go on where it was stopped; DATA is the folder that holds the sets"""
    from lib.tuning.commands import tune

    tune(paths(), recipe, data, _say)
    return 0


@_verb
@_data
@click.option("--folder", type=_file, help="where the adapters are; otherwise data/adapters")
def strength(data: Path, folder: Path | None) -> int:
    """say how much of the adapters' answers to training prompts is readable, and note it in data/tuning"""
    from lib.tuning.commands import strength

    strength(paths(), folder or paths().adapters, data, _say)
    return 0


@_verb
@_data
def evaluate(data: Path) -> int:
    """evaluate the tuned models on held-out prompts and write data/tuning; DATA is the folder that holds the sets"""
    from lib.tuning.commands import evaluate

    evaluate(paths(), data, _say)
    return 0


def main() -> int:
    return run_verb(cli)


if __name__ == "__main__":
    sys.exit(main())
