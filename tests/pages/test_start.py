"""What the start page says of the library."""

from tests.pages.conftest import open_page, words_of


def test_start_counts_what_the_database_holds(data):
    app = open_page("start")
    assert {m.label: m.value for m in app.metric} == {
        "cases": "1",
        "prompts": "2",
        "stored answers": "3",
        "models with answers": "1",
    }
    assert (
        "1 of 3 stored answers have a score" in words_of(app)
        and "rules of thumb" not in words_of(app)
        and "1 generation failed and is kept as a failure." in words_of(app)
    )
