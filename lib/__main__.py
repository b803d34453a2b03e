"""`python -m lib <verb>`: the command line. A verb parses its words, calls the room that does the work, and prints."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from lib.collection_verbs import COLLECTION_VERBS
from lib.command_line import FILE, Verb, run_verb, say, settings_of
from lib.domain import CRITERIA, Criterion, Settings, StoredKind, TemplateName, TrilemmaError
from lib.own_verbs import OWN_VERBS
from lib.paths import ROOT, paths
from lib.set_verbs import SET_VERBS

_SETTINGS = Settings()


@click.group()
def cli() -> None:
    """Trilemma at a command line."""


def _verb(function: Callable[..., int]) -> click.Command:
    """Add a function to the command line: its name is the verb, its docstring the help."""
    return cli.command(cls=Verb, short_help=function.__doc__)(function)


# ---- the app and its files --------------------------------------------------------------------


@_verb
@click.option("--port", type=click.IntRange(1, 65_535))
@click.option("--open", "is_open", is_flag=True, help="to the network, for a class; prints the teacher's secret link")
@click.option("--name", "names", multiple=True, metavar="HOST", help="with --open: a name it is asked for by")
def run(port: int | None, is_open: bool, names: Sequence[str]) -> int:
    """fetch the default models, build the database, serve the app on http://localhost:8501"""
    if _install((), verify=False):
        missing = "Not every model could be had. Stored cases work all the same; the Live page says what is missing."
        print(missing, file=sys.stderr)
    _build()
    own_port = ["--server.port", str(port)] if port else []
    served = [sys.executable, "-m", "streamlit", "run", "lib/ui/serve.py", *own_port]
    if is_open:
        from lib.studies.network import opened

        network = opened(paths(), port or 8501, names)
        say(network.told)
        os.environ |= network.environment
        served += network.options
    else:
        say(f"Open http://localhost:{port or 8501}")
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
    from lib.store.texts import build_index

    database = build(paths())
    build_index(opened(paths(), database), paths())
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
            print(f"{model.label}: ready. Licence: {model.licence_line}")
        except TrilemmaError as fault:
            failed += 1
            print(f"{model.label}: {fault}", file=sys.stderr)
    return 1 if failed else 0


@_verb
@click.option("--quick", is_flag=True, help="fewer repeats")
@click.option("--pages", is_flag=True, help="pages and databases alone")
@click.option("--class", "students", type=click.IntRange(1, 400), help="a class of so many alone, and 30 readers")
@click.option("--queue", type=click.IntRange(4, 40), help="so many queued live prompts against one, alone")
def bench(quick: bool, pages: bool, students: int | None, queue: int | None) -> int:
    """print this machine's figures: pages, live generation, precompute, database build, a class"""
    if students:
        from lib.bench.classroom import class_figures

        class_figures(students)
        return 0
    if queue:
        from lib.bench.queue import queue_figures

        queue_figures(queue)
        return 0
    from lib.bench.run import bench

    bench(quick, pages)
    return 0


# ---- runs -------------------------------------------------------------------------------------

_on = click.option(
    "--on",
    default="here",
    metavar="here|ray|ADDRESS",
    help="where: in this process, on Ray with this machine's cores or RAY_ADDRESS, or on the Ray cluster at ADDRESS",
)


@_verb
@click.option("--models", "ids", multiple=True, metavar="MODEL...", help="model ids; all installed ones by default")
@click.option("--cases", multiple=True, metavar="CASE...", help="case ids; all by default")
@click.option("--samples", type=click.IntRange(min=1), default=5)
@click.option("--prompts", multiple=True, metavar="CASE/KEY...", help="these prompts alone")
@click.option("--only", type=click.Choice(["answers", "likelihoods"]), help="instead of both")
@click.option("--template", type=click.Choice(["chat", "dialogue"]), help="instead of each model's own")
@click.option("--temperature", type=float, default=_SETTINGS.temperature)
@click.option("--top-p", type=float, default=_SETTINGS.top_p)
@click.option("--max-tokens", type=int, default=_SETTINGS.max_tokens)
@click.option("--seed", type=int, default=_SETTINGS.seed)
@_on
def precompute(
    ids: Sequence[str],
    cases: Sequence[str],
    samples: int,
    prompts: Sequence[str],
    only: StoredKind | None,
    template: TemplateName | None,
    on: str,
    **settings: Any,
) -> int:
    """make the stored answers and reply log-likelihoods that are missing; goes on where it was stopped"""
    from lib.cases.files import chosen_cases, with_prompts
    from lib.models.install import named_or_installed
    from lib.runs.commands import precompute

    chosen = with_prompts(chosen_cases(paths().cases, cases), prompts)
    models = named_or_installed(paths().models, ids)
    precompute(paths(), models, chosen, samples, settings_of(settings), template, say, on, only)
    return 0


@_verb
@click.argument("what", metavar="RUN|FILE")
@click.option("--batch", "batches", multiple=True, metavar="BATCH...", help="of a stored run only these batches")
def reproduce(what: str, batches: Sequence[str]) -> int:
    """make a run again and say how much comes out the same: RUN is the name of a file in data/runs, FILE a live run"""
    from lib.runs.commands import reproduce

    return 0 if reproduce(paths(), what, batches, say) else 1


# ---- scores -----------------------------------------------------------------------------------

_judge = click.option(
    "--judge",
    metavar="MODEL",
    help="ask a judge: a chat model's id, or `endpoint` for the one of TRILEMMA_JUDGE_URL, _MODEL and _KEY",
)


@_verb
@click.option(
    "--input", "rows", type=FILE, help="lines with id, prompt, response and optionally case, user_view, language"
)
@click.option("--output", type=FILE, help="where the scores go, one line an id and aspect")
@click.option("--collection", metavar="NAME", help="score the answers of a collection instead")
@_judge
@_on
def score(rows: Path | None, output: Path | None, collection: str | None, judge: str | None, on: str) -> int:
    """score the stored answers that the scorer has not scored, or with --input the replies of a JSON Lines file"""
    from lib.collections.commands import score_collection
    from lib.runs.commands import score_file, score_stored

    if (rows is None) != (output is None):
        raise click.UsageError("--input and --output go together")
    if rows and on != "here":
        raise click.UsageError("--input is scored in this process: leave --on away")
    if collection:
        score_collection(paths(), collection, say, on)
    elif rows and output:
        score_file(paths(), rows, output, judge, _progress)
    else:
        score_stored(paths(), say, on)
    return 0


@_verb
@click.option("--input", "rows", type=FILE, required=True, help="lines with id, prompt, a, b")
@click.option("--output", type=FILE, required=True)
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
@click.option("--collection", metavar="NAME", help="measure the models of a collection instead")
def findings(collection: str | None) -> int:
    """measure what tuning did over the whole library and write data/findings"""
    from lib.collections.work import measure
    from lib.findings.make import make

    measure(paths(), collection, say) if collection else make(paths(), say)
    return 0


@_verb
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--name", help="under which the study page shows it; otherwise the file's own")
def import_ratings(file: Path, name: str | None) -> int:
    """read several people's ratings of the same things, say how far they agree, and keep them for the study page"""
    from lib.studies.imported import import_ratings

    import_ratings(paths(), file, name, say)
    return 0


for _command in (*COLLECTION_VERBS, *OWN_VERBS, *SET_VERBS):
    cli.add_command(_command)


def main() -> int:
    return run_verb(cli)


if __name__ == "__main__":
    sys.exit(main())
