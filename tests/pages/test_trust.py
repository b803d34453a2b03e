"""How far to trust the numbers, on the screen."""

from lib.paths import paths
from lib.scoring.features import FEATURES
from lib.validation.answer_key import read_check_records, read_kind_records
from lib.validation.obvious import SUITES, read_obvious, read_suite, read_values
from tests.pages.conftest import open_page, words_of


def _table(app, column):
    tables = [*app.dataframe, *app.table]
    return next(d.value for d in tables if column in [*d.value.columns, d.value.index.name])


def _opened(*names, **query):
    """The page with details opened."""
    app = open_page("trust", **query)
    for name in names:
        app.session_state[f"trust_{name}"] = True
    return app.run()


def test_the_first_table_says_what_is_checked_how_often_it_is_right_and_where_it_stands(data):
    first = open_page("trust").table[0].value
    assert {"Checks by words and numbers", "Refusal label", "Marked features"} <= set(first.index)
    kind = next(k for k in read_kind_records(paths().validity) if k.kind == "pattern")
    assert f"{100 * kind.precision.value:.0f} (" in first.loc["Checks by words and numbers", "How often it is right"]
    for r in read_obvious(paths().validity):
        assert ("no card" in first.loc[f"Score: {r.aspect} ({r.scorer})", "Where you meet it"]) is not r.earned


def test_the_details_say_how_often_checks_are_right_and_which_scores_stand_on_cards(data):
    app = _opened("checks", "obvious")
    shown, records = _table(app, "on cards"), read_obvious(paths().validity)
    assert list(shown["on cards"]) == ["yes" if r.earned else "no" for r in records]
    checks = [r for r in read_check_records(paths().validity) if r.yes]
    said = f"Of {sum(r.yes for r in checks):,} ticked answers **{sum(r.right for r in checks):,} are right**"
    assert said in words_of(app)


def test_a_pair_that_a_score_orders_wrong_can_be_read_with_its_values_marked_experimental(data):
    app = _opened("obvious")
    helpful = {p.id for s in SUITES for p in read_suite(paths().validity, s) if p.aspect == "helpful"}
    wrong = next(v for v in read_values(paths().validity) if v.ordered is False and v.pair in helpful)
    bodies = [e.proto.body for e in app.get("html") if e.proto.body.startswith('<div class="tri-bar')]
    assert len(bodies) == 2 and all("experimental" in b and "tri-bar-weak" in b for b in bodies)
    assert f"{wrong.better:.2f}" in bodies[0] and f"{wrong.worse:.2f}" in bodies[1]


def test_the_details_show_every_record_and_every_marked_feature(data):
    app = _opened("labels", "features")
    records, marked = _table(app, "in plain words"), _table(app, "precision")
    assert len(records) >= 20 and set(marked.index) == {f.label for f in FEATURES.values()}
    assert "do not apply" in words_of(app)


def test_a_link_to_a_scorer_opens_its_records_and_says_from_where_a_value_is_a_yes(data):
    app = open_page("trust", trust_scorer="Helpful")
    assert "Of 100 helpful replies" in words_of(app)
    assert not [d for d in app.table if "precision" in d.value.columns]
