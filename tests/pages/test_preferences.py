"""Preference data: what a visitor reads of a set, before any, beside another, and with a set of their own."""

import pytest

from lib.preferences.analyse import Asked, analyse
from lib.ui import cached_preferences
from tests.pages.conftest import open_page, words_of
from tests.preferences.conftest import FOLDED, small_set


@pytest.fixture
def measured(data):
    """A small set, whose rows lie on this computer."""
    local = data.local / "preferences"
    analyse(Asked(small_set(data.data), "made-up", "Made up"), local, local, lambda line: None)
    return data


def test_without_any_set_the_page_says_how_to_measure_one(data):
    (data.data / "preferences").mkdir()
    app = open_page("preferences")
    assert "python -m lib preferences DATA --as NAME" in app.warning[0].value and app.text_input(key="preferences_name")


def test_the_page_opens_with_what_is_rewarded(measured):
    app = open_page("preferences", data="Made up")
    said = words_of(app)
    assert "All else equal, a reply that declines what was asked is chosen" in said
    assert "All else equal" in next(m.value for m in app.markdown if m.value.startswith("## "))
    assert said.index("What is in it?") < said.index("What does it reward?")
    assert "**400 pairs of replies** to **400 prompts**, from 400 rows" in said
    assert "the file keeps one verdict a row and not who gave it" in said


def test_the_shipped_sets_stand_beside_each_other_with_the_finding_of_each(real_library):
    app = open_page("preferences", data="HH-RLHF harmless", beside="PandaLM")
    said = words_of(app)
    assert "twice as long is rejected" in said and "twice as long is chosen" in said
    assert "For the paper" in said and "Against the paper" in said
    assert "The texts of this set are not on this computer" not in said  # until examples are asked for
    topic = next(o for o in app.selectbox(key="topic").options if o != "none")
    app.selectbox(key="topic").set_value(topic).run()
    assert "The texts of this set are not on this computer" in app.info[0].value


def test_rows_left_out_change_what_is_shown(real_library):
    app = open_page("preferences", data="TruthfulQA")
    assert "107 pairs in which one reply alone declines" in words_of(app)
    stock = next(o for o in app.selectbox(key="rows").options if "stock replies" in o)
    app.selectbox(key="rows").set_value(stock).run()
    assert "107 pairs in which one reply alone declines" not in words_of(app).split("Where do the criteria")[1]


def test_examples_are_folded_with_a_warning_and_shown_literally(measured):
    app = open_page("preferences", data="Made up")
    topic = next(o for o in app.selectbox(key="topic").options if o != "none")
    app.selectbox(key="topic").set_value(topic).run()
    boxes = [e for e in app.expander if e.label.startswith("Example")]
    assert boxes and not any(b.proto.expanded for b in boxes)
    assert not any(FOLDED in str(m.value) for m in app.markdown)


def test_a_name_that_is_taken_or_no_name_is_refused_and_nothing_is_begun(measured):
    app = open_page("preferences", data="Made up")
    app.file_uploader(key="preferences_file").set_value(("pairs.jsonl", b"{}", "application/json"))
    app.text_input(key="preferences_name").set_value("made-up")
    next(b for b in app.button if b.label == "Measure it").click().run()
    assert "There is a set called made-up already" in app.error[0].value
    app.text_input(key="preferences_name").set_value("my pairs!")
    next(b for b in app.button if b.label == "Measure it").click().run()
    assert "letters, digits and hyphens" in app.error[0].value
    assert cached_preferences.jobs().job is None


def test_no_size_is_told_of_a_mark_that_decides_every_pair(real_library):
    app = open_page("preferences", data="TruthfulQA")
    table = next(d.value for d in app.dataframe if "times as often" in d.value)
    declines = table.set_index("a reply that").loc["declines what was asked"]
    assert declines["raw: won"] == 1 and declines["pairs that differ"] == 107
    assert declines[["times as often", "low", "high"]].isna().all()
    assert table["times as often"].max() <= 50
    assert "No size is told of a mark" in words_of(app)
