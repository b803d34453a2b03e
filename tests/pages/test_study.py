"""The study page: what can be begun, what a finished study says, and what it says of nothing."""

import numpy as np

from lib.store.together import together
from lib.studies import session as studies
from lib.studies.definition import planned_json, read_studies, toml_text
from lib.studies.imported import import_ratings
from lib.studies.simulation import planned, population
from tests.pages.conftest import open_page, words_of


def _study(data, persons: int, **planted) -> str:
    made = planned(12, 6, attention=True)
    db = together(data)
    session = studies.begin(db, "study", "Two answers", [], planned_json(made), 600)
    answers = population(made, persons, np.random.default_rng(1), **planted)
    for _ in range(persons):
        studies.join(db, session)
    rows = [(session.id, a.person, a.step, a.question, a.value, 1, a.at) for a in answers]
    db.write(lambda con: con.executemany("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, 0)", rows)).result()
    return session.id


def test_a_finished_study_says_what_was_found_of_how_many_and_how_sure(data):
    said = words_of(open_page("study", study=_study(data, 24, preferred=0.8, trust=1.2, careless=2)))
    assert "**24** of 40 people have answered, 24 to the end. 2 failed the item for attention" in said
    assert "ratings by 22 people of 12 items" in said and "95% interval" in said
    assert "People trust the tuned answers more although they are no truer." in said
    assert "which decide 12 of 12 items" in said and "Krippendorff’s alpha" in said
    assert "the checks favour the same answer in" in said


def test_a_study_without_answers_says_so(data):
    assert "No answers count yet" in words_of(open_page("study", study=_study(data, 0)))


def test_one_persons_answers_have_no_interval(data):
    assert "too few people or items for an interval" in words_of(open_page("study", study=_study(data, 1)))


def test_a_deleted_study_is_said_to_be_gone(data):
    assert "has been deleted" in words_of(open_page("study", study="nothing"))


def test_the_shipped_study_can_be_begun_and_is_large_enough(real_library):
    app = open_page("study")
    assert "**24 items**" in words_of(app) and "takes **" in words_of(app) and "too few" not in words_of(app)
    app.button(key="study_begin").click().run()
    assert not app.exception and "No answers count yet" in words_of(app)


def test_a_study_saved_as_a_file_is_the_same_study(data):
    made = planned(4, 2).study
    folder = data.data / "studies"
    folder.mkdir()
    (folder / "made-up.toml").write_text(toml_text(made))
    assert read_studies(folder) == (made,)


def test_imported_ratings_stand_on_the_page_with_their_agreement(data, tmp_path):
    file = tmp_path / "Mine.csv"
    file.write_text(
        "person,item,question,value\n" + "".join(f"p{p},i{i},good,{i % 2}\n" for p in range(3) for i in range(8))
    )
    import_ratings(data, file, None, print)
    assert "people agree closely (Krippendorff’s alpha 1.00" in words_of(open_page("study"))
