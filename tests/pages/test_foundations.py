"""Foundations: chapters with a picture and quick checks that explain, and the glossary."""

import pytest

from tests.pages.conftest import open_page, words_of


def test_a_chapter_is_shown_with_its_sections_readings_and_cases(real_library):
    app = open_page("foundations", chapter="system-safety")
    said = words_of(app)
    assert "3. System safety and the curse of flexibility" in said and "What speaks against it" in said
    assert "doi.org" in said and len(app.radio) == 2


@pytest.mark.parametrize("old", ["Glossary", "System safety and the curse of flexibility"])
def test_a_link_by_title_still_works(real_library, old):
    assert old in "".join(h.value for h in open_page("foundations", chapter=old).header)


def test_an_unknown_chapter_is_said_and_the_nearest_offered(real_library):
    app = open_page("foundations", chapter="system-safty")
    assert "There is no chapter “system\\-safty”" in app.warning[0].value
    links = "".join(e.proto.body for e in app.get("html") if "tri-links" in e.proto.body)
    assert links.index("chapter=system-safety") < 50 and links.count("<a ") == 3


def test_each_choice_of_a_quick_check_is_explained_and_one_is_right(real_library):
    right = []
    app = open_page("foundations")
    for number in range(len(app.radio[0].options)):
        app.radio[0].set_value(app.radio[0].options[number]).run()
        right.append(bool(app.success))
        (told,) = [*app.success, *app.warning]
        assert len(told.value) > 20
    assert right.count(True) == 1


def test_the_glossary_explains_every_term(real_library):
    app = open_page("foundations", chapter="glossary")
    table = app.table[0].value
    assert len(table) >= 40 and table.index.is_unique and "RLHF" in table.index


def test_a_library_without_chapters_says_where_they_go(data):
    app = open_page("foundations")
    assert "casestudies/foundations/" in app.info[0].value
