"""Ratings of others, imported once and analysed as a study's are."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lib.domain import TrilemmaError
from lib.files import write_whole
from lib.formats.ratings import read_ratings
from lib.measures.agreement import Agreement, in_words
from lib.paths import Paths
from lib.studies.analysis import COMPARISON, counted


class Imported(NamedTuple):
    """`comparisons`: as of a study, where the file compares models; `agreements`: alpha by question, nominal."""

    name: str
    comparisons: pd.DataFrame
    agreements: Mapping[str, Agreement | None]
    persons: int


def _analysed(name: str, rows: pd.DataFrame) -> Imported:
    compared = rows.dropna(subset=["won", "left", "right"]).assign(left_first=True)
    agreements = {str(q): counted(mine["item"], mine["value"], "nominal") for q, mine in rows.groupby("question")}
    return Imported(name, compared[list(COMPARISON)], agreements, rows["person"].nunique())


def read_imported(folder: Path) -> list[Imported]:
    """Every imported file, by name. Raises TrilemmaError."""
    return [_analysed(file.stem, read_ratings(file)) for file in sorted(folder.glob("*.csv"))]


def import_ratings(at: Paths, file: Path, name: str | None, say: Callable[[str], None]) -> None:
    """Read a file of ratings, keep it for the study page, and say how far its people agree. Raises TrilemmaError."""
    own = name or re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", own):
        raise TrilemmaError(f"--name: {own!r} may have small letters, digits and dashes")
    rows = read_ratings(file)
    found = _analysed(own, rows)
    write_whole(at.ratings / f"{own}.csv", lambda scratch: rows.to_csv(scratch, index=False))
    say(f"{own}: {len(rows)} ratings of {rows['item'].nunique()} items by {found.persons} people")
    for question, agreed in found.agreements.items():
        numbers = f": alpha {agreed.value:.3f}, {agreed.low:.3f} to {agreed.high:.3f}" if agreed else ""
        say(f"{question}: {in_words(agreed)}{numbers}")
