"""What `python -m lib import`, `collections` and `export` do, and `score` for a collection."""

from collections.abc import Callable, Sequence
from pathlib import Path

from lib.collections import records
from lib.collections.describe import described
from lib.collections.export import export
from lib.collections.library import opened
from lib.collections.mappings import remember, remembered
from lib.collections.pairs import guessed
from lib.collections.records import Collection, Pairing
from lib.collections.selection import Asked
from lib.collections.staging import Choice, discard, keep, stage
from lib.collections.work import decide_checks, score, with_pairs
from lib.domain import TrilemmaError
from lib.formats.plain import ColumnMapping
from lib.formats.recognise import recognised
from lib.formats.sources import Source
from lib.paths import Paths
from lib.runs.ray import HERE, carrier

Say = Callable[[str], None]


def import_files(
    paths: Paths,
    files: Sequence[Path],
    name: str,
    choice: Choice,
    pairs: Sequence[str],
    confirmed: Callable[[], bool],
    say: Say,
    progress: Callable[[float, str], None],
) -> bool:
    """Read files, say what they hold, and keep them where that is confirmed; whether they were kept.

    `choice` holds for every plain file among them; without one, what was told of a file with the same columns does.
    """
    alike = len({f.name for f in files}) < len(files)
    called = [(f, str(f) if alike else f.name) for f in files]
    if records.at(paths, name).data.exists():
        raise TrilemmaError(f"A collection is called {name!r} already. Delete it first, or choose another name.")
    choices = [_choice(paths, Source(f, n), choice) for f, n in called]
    staged = stage(paths, called, name, choices, progress)
    try:
        for line in described(staged.collection):
            say(line)
        if not confirmed():
            say("Nothing was kept. With --yes it is kept as what it was recognised as.")
            return False
        said = _pairs(staged.collection, pairs)
        keep(paths, staged)
        with_pairs(paths, name, said)
    finally:
        discard(staged)
    if choice.mapping:
        for file in staged.collection.files:
            if file.mapping:
                columns = recognised(Source(next(f for f, n in called if n == file.name)), file.mapping).columns
                remember(paths, columns, file.mapping)
    if not pairs and (guesses := guessed(staged.collection.models)):
        named = " ".join(f"{g.base}={g.tuned}" for g in guesses)
        say(f"Pairs are yours to say, on the page or with --pair. A guess from the names: {named}")
    say(f"Kept as the collection {name!r}. It stands on the page Collections; python -m lib collections lists all")
    return True


def _pairs(collection: Collection, told: Sequence[str]) -> list[Pairing]:
    """BASE=TUNED as pairs, each an id or a label. Raises TrilemmaError for a model that isn't there."""
    ids = {m.label: m.id for m in collection.models} | {m.id: m.id for m in collection.models}
    out = []
    for each in told:
        base, _, tuned = each.partition("=")
        if unknown := [m for m in (base, tuned) if m not in ids]:
            raise TrilemmaError(f"--pair {each}: no model is called {unknown[0]!r}. There are: {', '.join(ids)}")
        out.append(Pairing(base=ids[base], tuned=ids[tuned]))
    return out


def _choice(paths: Paths, source: Source, given: Choice) -> Choice:
    """How one file is read: as told, if it is plain rows, or as was told before of the same columns."""
    found = recognised(source, None, given.delimiter)
    if found.mapping is None:
        return given._replace(mapping=None) if not given.mapping else given
    return given if given.mapping else given._replace(mapping=remembered(paths, found.columns))


def mapping_of(
    prompt: Sequence[str], response: Sequence[str], model: str | None, marks: Sequence[str]
) -> ColumnMapping | None:
    """Options of the command line as a mapping; `response` may be COLUMN=MODEL. None where nothing is told."""
    if not response:
        if prompt or model or marks:
            raise TrilemmaError("--prompt, --model-column and --score need --response, the column of the answers")
        return None
    columns = {each.partition("=")[0]: each.partition("=")[2] for each in response}
    return ColumnMapping(prompt=tuple(prompt), responses=columns, model=model, marks=tuple(marks))


def list_collections(paths: Paths, say: Say) -> None:
    names = records.names(paths)
    for name in names:
        try:
            c = records.read(paths, name)
        except TrilemmaError as fault:
            say(f"{name}: {fault}")
            continue
        say(f"{name}: {c.survey.kept:,} answers, {c.survey.prompts:,} prompts, {len(c.models)} models, {c.date[:10]}")
    if not names:
        say("No collections yet. python -m lib import FILE... --as NAME makes one")


def delete_collections(paths: Paths, names: Sequence[str], say: Say) -> None:
    for name in names:
        records.delete(paths, name)
        say(f"{name}: deleted")


def export_collection(paths: Paths, name: str, asked: Asked, output: Path, models: Sequence[str], say: Say) -> None:
    """Write a selection of a collection; `models`: ids or labels."""
    collection = records.read(paths, name)
    by_name = {m.label: m.id for m in collection.models} | {m.id: m.id for m in collection.models}
    if unknown := [m for m in models if m not in by_name]:
        raise TrilemmaError(f"Unknown model: {', '.join(unknown)}. Known: {', '.join(m.id for m in collection.models)}")
    store = opened(paths, collection)
    try:
        written = export(store, collection, asked._replace(models=tuple(by_name[m] for m in models)), output)
    finally:
        store.close()
    say(f"{output}: {written.rows:,} rows")
    for note in written.notes:
        say(note)


def score_collection(paths: Paths, name: str, say: Say, on: str = HERE) -> None:
    """Decide a collection's checks and score its answers; `on`: here, or Ray."""
    with carrier(on) as carry:
        for done in decide_checks(paths, name, carry):
            say(f"{done} answers checked")
        for done in score(paths, name, carry):
            say(f"{done} answers scored")
