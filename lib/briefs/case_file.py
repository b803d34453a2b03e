"""A case as a file for other programs: JSON with what its checks found, and the Markdown that it was written in."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from lib.briefs.document import Edition
from lib.domain import CaseStudy
from lib.files import read_bytes
from lib.measures.differences import CheckCount, Difference

_CASE = TypeAdapter(CaseStudy)
FORMAT = 1  # raised whenever a field changes its meaning


def case_json(
    case: CaseStudy, counts: Iterable[CheckCount], found: Iterable[Difference], edition: Edition, address: str = ""
) -> str:
    """The case, in how many answers each check said yes, no or couldn't tell, and the comparisons with intervals."""
    value = {
        "trilemma_case": FORMAT,
        "edition": asdict(edition),
        "address": address,
        "case": _CASE.dump_python(case, mode="json"),
        "checked": [c._asdict() for c in counts],
        "differences": [
            {
                **{"kind": d.kind, "check": d.check.key, "value": d.value, "low": d.low, "high": d.high},
                **{"before": d.before._asdict(), "after": d.after._asdict()},
            }
            for d in found
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1)


def case_markdown(cases: Path, case_id: str) -> bytes:
    """The file that the case was read from: it can be put into another installation's folder of cases.

    Raises DataProblem where it can't be read.
    """
    return read_bytes(cases / f"{case_id}.md")
