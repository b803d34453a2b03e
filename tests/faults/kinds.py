"""Kinds of file, and one of them damaged: in its bytes, in a value, or as a whole."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple

import duckdb

from lib.paths import Paths
from tests.faults import columns
from tests.faults.formats import FORMATS
from tests.faults.library import LIVE, reseal
from tests.faults.mutations import changed, damaged, pattern

_FILES: Mapping[str, tuple[str, ...]] = {  # globs from the folder that holds data and casestudies
    "case": ("casestudies/*.md",),
    "tours": ("casestudies/tours.toml",),
    "models": ("data/models.toml",),
    "manifest": ("data/manifest.json",),
    "run": ("data/runs/*.json",),
    "parquet": (
        "data/responses/*.parquet",
        "data/scores/*/*.parquet",
        "data/loglik/*.parquet",
        "data/checks/*.parquet",
    ),
    "validity": ("data/validity/*.json*", "data/validity/*/*.json*"),
    "cards": ("data/adapters/*/card.json", "data/scorers/*/card.json", "data/scorers/judge/rubric.toml"),
    "recipes": ("data/recipes/*.toml",),
    "findings": ("data/tuning/*/*.json",),
    "lines": ("lines.jsonl", "pairs.jsonl"),
    "kept": ("data/local/yours.duckdb", LIVE),
}
KINDS = (*_FILES, "parquet_values")


class Damage(NamedTuple):
    """What was done: to which file, how and, for a value, at which place.

    `names`: a clear message has one of these. `suspect`: to take it without a word is wrong or has to be looked at.
    """

    file: str
    place: str
    how: str
    names: tuple[str, ...]
    suspect: bool

    def __str__(self) -> str:
        return f"{self.file}: {self.place + ': ' if self.place else ''}{self.how}"


def spoil(kind: str, paths: Paths, r: Random) -> Damage:
    """Damage one file of a kind, chosen by chance."""
    root = paths.data.parent
    if kind == "parquet_values":
        file, what = columns.spoiled(paths, r)
        return Damage(_name(file, root), "", what, _names(file, root), suspect=True)
    file = r.choice(sorted(f for glob in _FILES[kind] for f in root.glob(glob)))
    if r.random() < 0.05:
        return _whole(file, root, r)
    if file.suffix == ".duckdb" and r.random() < 0.7:
        return _document(file, root, r)
    done = _value(file, root, r) if file.suffix in FORMATS and r.random() < 0.6 else _bytes(file, root, r)
    if kind in ("run", "parquet") and r.random() < 0.6:
        reseal(paths, file)
        return done._replace(how=f"{done.how}, resealed")
    return done


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()


def _names(file: Path, root: Path) -> tuple[str, ...]:
    return (file.name, file.stem) if file.suffix == ".parquet" else (file.name,)


def _whole(file: Path, root: Path, r: Random) -> Damage:
    """The file gone, or a folder in its place."""
    file.unlink()
    how = r.choice(["missing", "a folder in its place"])
    if how != "missing":
        file.mkdir()
    return Damage(_name(file, root), "", how, (file.name, file.stem), suspect=how != "missing")


def _bytes(file: Path, root: Path, r: Random) -> Damage:
    how, data = damaged(file.read_bytes(), r)
    file.write_bytes(data)
    suspect = how in ("empty", "blank", "zeros", "UTF-16", "a byte that is not UTF-8", "half a character", "a NUL")
    return Damage(_name(file, root), "", how, _names(file, root), suspect)


def _value(file: Path, root: Path, r: Random) -> Damage:
    old, form = file.read_bytes(), FORMATS[file.suffix]
    change = changed(form.read(old), r)
    file.write_bytes(form.write(change.value, old))
    return Damage(_name(file, root), pattern(change.place), change.name, _names(file, root), suspect=True)


def _document(file: Path, root: Path, r: Random) -> Damage:
    """A kept run whose document was changed in the database; the column is text there, as an old one may be."""
    form = FORMATS[".json"]
    with duckdb.connect(str(file)) as con:
        rows = con.execute("SELECT id, date, document FROM kept_runs ORDER BY id").fetchall()
        change = changed(json.loads(rows[0][2]), r)
        text = form.write(change.value, b"").decode("utf-8", "replace")
        con.execute("DROP TABLE kept_runs")
        con.execute("CREATE TABLE kept_runs (id VARCHAR PRIMARY KEY, date VARCHAR NOT NULL, document VARCHAR NOT NULL)")
        con.executemany("INSERT INTO kept_runs VALUES (?, ?, ?)", [(*rows[0][:2], text), *rows[1:]])
    return Damage(_name(file, root), f"document.{pattern(change.place)}", change.name, (file.name,), suspect=True)


def fresh(template: Path, root: Path) -> Paths:
    """A copy of the tiny library to damage."""
    shutil.copytree(template, root)
    return Paths(root / "data", root / "casestudies")
