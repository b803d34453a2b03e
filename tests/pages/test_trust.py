"""How far to trust the scores, on the screen."""

from lib.scoring.features import FEATURES
from tests.pages.conftest import open_page, words_of


def test_the_trust_page_shows_every_record_and_every_marked_feature(data):
    app = open_page("trust")
    records, marked = app.dataframe[0].value, next(d.value for d in app.dataframe if "precision" in d.value.columns)
    assert len(records) >= 20 and set(marked["feature"]) == {f.label for f in FEATURES.values()}
    assert "do not apply" in words_of(app)


def test_the_trust_page_says_from_where_a_value_is_a_yes(data):
    app = open_page("trust")
    app.session_state["trust_scorer"] = "helpful"
    app.run()
    assert "Of 100 helpful replies" in words_of(app) and not [
        d for d in app.dataframe if "precision" in d.value.columns
    ]
