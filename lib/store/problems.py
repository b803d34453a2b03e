"""What is wrong with the case files and data files: all that `python -m lib check` reports."""

from typing import NamedTuple

from lib.cases.files import read_cases, read_tours
from lib.cases.review import review
from lib.dataset import data_files
from lib.domain import CaseStudy, TrilemmaError
from lib.paths import Paths
from lib.store.library import build


class Checked(NamedTuple):
    """Every fault found, the cases that could be read, and the number of files looked at."""

    faults: list[str]
    cases: tuple[CaseStudy, ...]
    files: int


def problems(paths: Paths) -> Checked:
    """Read and review the cases, and build the database from all files."""
    faults: list[str] = []
    cases: tuple[CaseStudy, ...] = ()
    try:
        cases = read_cases(paths.cases)
        faults += map(str, review(cases, read_tours(paths.cases)))
        build(paths)
    except TrilemmaError as fault:
        faults.append(str(fault))
    return Checked(faults, cases, len(list(data_files(paths))))
