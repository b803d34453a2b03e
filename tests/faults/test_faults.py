"""Damaged files and inputs get one clear line, and an ended job loses and doubles nothing: a small part of the trials.

The large ones by hand: `python -m tests.faults.run --cases 1000` and `python -m tests.faults.kills --kills 100`.
"""

import pytest

from tests.faults import kills
from tests.faults.kinds import KINDS
from tests.faults.library import library
from tests.faults.run import signatures, trials

_BAD = ("traceback", "crash", "hang")


@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_ends_in_a_traceback(kind, tmp_path):
    found = [(kind, t) for t in trials(kind, 12, 20240618, tmp_path)]
    assert not signatures(found, *_BAD)
    assert {t.outcome for _, t in found} & {"refused", "vague"}, "some of the damage is refused"


def test_what_was_begun_when_a_job_was_ended_is_neither_lost_nor_doubled(tmp_path):
    done, wrong = kills.run(9, 20240618, library(tmp_path / "library"))
    assert done.total() == 9 and not wrong
