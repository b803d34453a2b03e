"""What leaves a session holds no key, no nickname and no formula; typed and generated text stays text."""

import numpy as np

from lib.store import sessions as rows
from lib.store.together import together
from lib.studies import analysis
from lib.studies import session as studies
from lib.studies.exports import csv_text, handout, hour_csv, study_csv, study_report
from lib.studies.plan import hour_json
from lib.studies.simulation import planned, population
from lib.studies.tallies import moment
from tests.studies.hours import an_hour, answer


def test_an_hours_csv_has_answers_and_nobodys_nickname_or_key(tiny_data):
    db = together(tiny_data)
    session = studies.begin(db, "hour", "Hour", ["c"], hour_json(an_hour()), 60)
    someone = studies.join(db, session, "Mallory")
    studies.open_step(db, session.id, 0)
    answer(db, session, someone, 0, "gives", ["honest", "none"])
    answer(db, session, someone, 0, "why", ['=HYPERLINK("http://x")'])
    now = moment(db, session.id, everything=True)
    assert now is not None
    table = hour_csv(now.hour, now.answers)
    assert "honest; none of them" in table and "'=HYPERLINK" in table
    stored = rows.people(db, session.id)[0]
    assert stored.nickname == "Mallory" and not any(s in table for s in ("Mallory", someone.key))
    assert handout(now).startswith(b"%PDF")


def test_typed_text_is_no_markup_of_the_handout(tiny_data):
    """Typst would stop at this, or read a file, where it took it for code."""
    hour = an_hour(answer='#read("/etc/passwd") $x^ #{ panic() ] *bold')
    db = together(tiny_data)
    session = studies.begin(db, "hour", "#panic() $", ["c"], hour_json(hour), 60)
    now = moment(db, session.id, everything=True)
    assert now is not None and handout(now).startswith(b"%PDF")


def test_a_study_goes_out_as_ratings_and_as_a_report():
    made = planned(8, 4)
    found = analysis.collected(made, population(made, 6, np.random.default_rng(0)))
    assert study_csv(found).count("\n") == 1 + len(found.comparisons) + len(found.ratings)
    assert study_report(found, made).startswith(b"%PDF")
    nobody = analysis.collected(made, [])
    assert study_report(nobody, made).startswith(b"%PDF") and study_csv(nobody).count("\n") == 1


def test_a_cell_that_a_spreadsheet_would_calculate_is_marked_as_text():
    assert csv_text(("a",), [["=1+1"], ["-x"], [-1.5], ["plain"]]) == "a\n'=1+1\n'-x\n-1.5\nplain\n"
