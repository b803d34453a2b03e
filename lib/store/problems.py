"""What is wrong with the case files and data files: all that `python -m lib check` reports."""

from typing import NamedTuple

from lib.cases.files import read_cases, read_tours
from lib.cases.foundations import foundation_problems, read_foundations, read_glossary
from lib.cases.review import other_reader, review
from lib.cases.synonyms import read_synonyms
from lib.domain import CaseStudy, TrilemmaError
from lib.manifest import manifest_problems, read_manifest
from lib.models.registry import read_registry
from lib.paths import Paths
from lib.store.build import build


class Checked(NamedTuple):
    """Every fault found, the cases that could be read, and the number of sealed parts."""

    faults: list[str]
    cases: tuple[CaseStudy, ...]
    parts: int


def problems(paths: Paths) -> Checked:
    """Read and review the cases, compare the data with its manifest, and build the database."""
    faults: list[str] = []
    cases: tuple[CaseStudy, ...] = ()
    parts = 0
    try:
        cases = read_cases(paths.cases)
        faults += map(str, review(cases, read_tours(paths.cases)))
        faults += map(str, other_reader(paths.cases))
        faults += map(str, foundation_problems(read_foundations(paths.cases), cases))
        read_glossary(paths.cases)
        read_synonyms(paths.cases)
        parts = len(read_manifest(paths))
        faults += manifest_problems(paths)
        faults += read_registry(paths.models).faults
        build(paths)
    except TrilemmaError as fault:
        faults.append(str(fault))
    return Checked(faults, cases, parts)
