"""The gallery: search, filters, four views, tours."""

import pytest

from tests.pages.conftest import open_page, words_of


def test_a_search_without_hits_says_so_and_the_filters_stay(data):
    app = open_page("cases", q="xylophone")
    assert "0 of 1 cases" in words_of(app) and "No case fits" in words_of(app)
    assert app.text_input(key="q").value == "xylophone"


def test_one_button_takes_all_filters_away(data):
    app = open_page("cases", q="xylophone", criteria="honest")
    assert "filtered by search; honest" in words_of(app)
    app.button[0].click().run()
    assert not app.exception and "1 of 1 cases" in words_of(app) and "filtered" not in words_of(app)


@pytest.mark.parametrize(("query", "is_open"), [({}, False), ({"criteria": "honest"}, True)])
def test_filters_stand_open_where_the_link_holds_one(data, query, is_open):
    filters = next(e for e in open_page("cases", **query).expander if e.label.startswith("Filter by"))
    assert filters.proto.expanded == is_open


def test_a_filter_that_leaves_no_case_does_not_hide_the_tours(real_library):
    app = open_page("cases", view="tours", q="xylophone")
    assert "A first class" in words_of(app) and "filters do not apply" in words_of(app)


def test_a_tour_for_class_opens_its_cases_in_class_view(real_library):
    def first(**query):
        return next(
            e.proto.query_string
            for e in open_page("cases", view="tours", **query).get("page_link")
            if e.proto.label == "1. Kill the process"
        )

    assert "class_view=true" in first(tour_class="true") and "class_view" not in first()


@pytest.mark.parametrize("view", ["cards", "table", "map", "tours"])
def test_cases_can_be_seen_in_four_ways(data, view):
    app = open_page("cases", view=view)
    assert len(app.dataframe) == (view == "table") and "1 of 1 cases" in words_of(app)


@pytest.mark.parametrize("group", ["claim of the paper", "conflict", "domain"])
def test_cards_can_be_grouped(data, group):
    assert "(1)" in words_of(open_page("cases", group=group))
