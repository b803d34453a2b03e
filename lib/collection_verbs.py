"""The verbs of collections: import, list and delete, export."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from lib.command_line import FILE, Verb, say
from lib.paths import paths


@click.command("import", cls=Verb)
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option(
    "--as", "name", required=True, metavar="NAME", help="the collection's name: small letters, digits, hyphens"
)
@click.option("--yes", is_flag=True, help="keep what was recognised; otherwise it is asked, or only shown")
@click.option("--model", default="", help="the model of files that name none")
@click.option("--prompt", multiple=True, metavar="COLUMN...", help="of plain rows: the columns of the prompt")
@click.option("--response", multiple=True, metavar="COLUMN[=MODEL]...", help="of plain rows: the columns of answers")
@click.option("--model-column", help="of plain rows: the column that names the model")
@click.option("--score", multiple=True, metavar="COLUMN...", help="of plain rows: columns of scores")
@click.option("--delimiter", help="of CSV files, where it isn't found out")
@click.option("--pair", "pairs", multiple=True, metavar="BASE=TUNED...", help="which model was tuned from which")
def import_(
    files: Sequence[Path],
    name: str,
    yes: bool,
    model: str,
    prompt: Sequence[str],
    response: Sequence[str],
    model_column: str | None,
    score: Sequence[str],
    delimiter: str | None,
    pairs: Sequence[str],
) -> int:
    """import other people's answers: say what the files are and hold, and keep them as a collection"""
    from lib.collections.commands import import_files, mapping_of
    from lib.collections.staging import Choice

    def confirmed() -> bool:
        return yes or (sys.stdin.isatty() and click.confirm("Keep this?", default=False))

    choice = Choice(mapping_of(prompt, response, model_column, score), delimiter, model)
    return 0 if import_files(paths(), files, name, choice, pairs, confirmed, say, _share) else 1


_shown = [-1.0]


def _share(share: float, what: str) -> None:
    """Progress of a long import: a line at every twentieth."""
    if share - _shown[0] >= 0.05 or share < _shown[0]:
        _shown[0] = share
        print(f"{100 * share:3.0f} %  {what}", file=sys.stderr, flush=True)


@click.command(cls=Verb)
@click.option("--delete", "gone", multiple=True, metavar="NAME...", help="delete these instead")
def collections(gone: Sequence[str]) -> int:
    """list the collections that were imported, or delete some"""
    from lib.collections.commands import delete_collections, list_collections

    if gone:
        delete_collections(paths(), gone, say)
    else:
        list_collections(paths(), say)
    return 0


_FORMATS = ("parquet", "csv", "excel", "jsonl", "trl-text", "trl-messages", "llm-comparator", "html")


@click.command(cls=Verb)
@click.argument("name")
@click.option("--format", "form", type=click.Choice(_FORMATS), required=True)
@click.option("--output", type=FILE, required=True)
@click.option("--what", type=click.Choice(["answers", "preferences"]), default="answers", help="of a table")
@click.option("--by", default="preferences", help="what makes TRL pairs: preferences, checks or score:SCORER")
@click.option("--models", multiple=True, metavar="MODEL...", help="these alone; two for llm-comparator")
@click.option("--prompt", default="", metavar="ID", help="of html: the prompt's id, as the other formats have it")
def export(name: str, form: Any, output: Path, what: Any, by: str, models: Sequence[str], prompt: str) -> int:
    """write a collection for other tools: tables, preference pairs, LLM Comparator, a page of one comparison"""
    from lib.collections.commands import export_collection
    from lib.collections.selection import Asked

    asked = Asked(form, what, by, prompt_id=prompt)
    export_collection(paths(), name, asked, output, models, say)
    return 0


COLLECTION_VERBS: tuple[click.Command, ...] = (import_, collections, export)
