"""How far to trust the numbers, on the screen."""

from lib.paths import paths
from lib.scoring.features import FEATURES
from lib.validation.answer_key import read_check_records
from lib.validation.obvious import read_obvious
from tests.pages.conftest import open_page, words_of


def _table(app, column):
    return next(d.value for d in app.dataframe if column in d.value.columns)


def test_the_trust_page_says_how_often_checks_are_right_and_which_scores_stand_on_cards(data):
    app = open_page("trust")
    shown, records = _table(app, "on cards"), read_obvious(paths().validity)
    assert list(shown["on cards"]) == ["yes" if r.earned else "no" for r in records]
    checks = [r for r in read_check_records(paths().validity) if r.yes]
    said = f"Of {sum(r.yes for r in checks):,} ticked answers **{sum(r.right for r in checks):,} are right**"
    assert said in words_of(app)


def test_the_trust_page_shows_every_record_and_every_marked_feature(data):
    app = open_page("trust")
    records, marked = _table(app, "in plain words"), _table(app, "precision")
    assert len(records) >= 20 and set(marked["feature"]) == {f.label for f in FEATURES.values()}
    assert "do not apply" in words_of(app)


def test_the_trust_page_says_from_where_a_value_is_a_yes(data):
    app = open_page("trust")
    app.session_state["trust_scorer"] = "helpful"
    app.run()
    assert "Of 100 helpful replies" in words_of(app) and not [
        d for d in app.dataframe if "precision" in d.value.columns
    ]
