"""The gallery: search, filters, four views, tours."""

import re
from dataclasses import replace

import pytest

from tests.makers import RUN, response, store_answers, the_case
from tests.pages.conftest import open_page, words_of


def test_a_search_without_hits_says_so_and_the_filters_stay(data):
    app = open_page("cases", q="xylophone")
    assert "0 of 1 cases" in words_of(app) and "No case has “xylophone”" in words_of(app)
    assert app.text_input(key="q").value == "xylophone"


def test_one_button_takes_all_filters_away(data):
    app = open_page("cases", q="xylophone", criteria="honest")
    assert "filtered by search; honest" in words_of(app)
    next(b for b in app.button if b.label == "Show all cases").click().run()
    assert not app.exception and "1 of 1 cases" in words_of(app) and "filtered" not in words_of(app)


def test_a_search_that_follows_fast_upon_another_choice_does_not_undo_it(data):
    app = open_page("cases", view="table", group="domain")
    view = next(b for b in app.get("button_group") if b.key == "view")
    view.set_value("cards").run()
    assert "view" not in app.query_params
    app.query_params["view"] = "table"  # what the browser sends until it has heard of the choice
    app.text_input(key="q").set_value("poem").run()
    assert not app.exception and app.session_state["view"] == "cards"
    assert dict(app.query_params) == {"q": "poem", "group": "domain"}


def test_a_link_overrules_what_was_chosen_before(data):
    app = open_page("cases")
    app.text_input(key="q").set_value("poem").run()
    app.query_params["q"] = "sea"
    app.query_params["view"] = "table"
    app.run()
    assert app.text_input(key="q").value == "sea" and app.session_state["view"] == "table"


def test_no_filter_is_shown_that_does_nothing(real_library):
    def options(**query):
        app = open_page("cases", **query)
        named = {b.key: [o.content for o in b.proto.options] for b in app.get("button_group")}
        return named | {m.key: list(m.options) for m in app.multiselect}

    every = options()
    assert "English" not in every["language"], "all cases have prompts in English"
    assert "Spanish" in every["language"] and every["criteria"] == ["helpful", "harmless", "honest"]
    arts = options(domain="arts")
    assert "arts" in arts["domain"] and len(arts["claim"]) < len(every["claim"])
    assert options(domain="arts", q="xylophone").get("domain") == ["arts"], "what is chosen stays"


def test_filters_over_one_case_are_none_and_that_is_said(data):
    app = open_page("cases")
    assert not app.multiselect and "Nothing to filter by" in words_of(app)


def test_a_card_says_the_finding_how_long_it_reads_and_how_sensitive_it_is(real_library):
    said = words_of(open_page("cases", q="kill the process"))
    assert "min to read" in said and "no warning needed" in said
    assert re.search(r"\*\*The (wording|tuning)\.\*\* .+ in \*\*\d+ of \d+\*\*.+points, 95% interval", said)


def test_a_card_without_a_checked_difference_says_so(data):
    assert "No difference is put in words yet" in words_of(open_page("cases"))


def test_filters_that_leave_nothing_of_a_search_can_be_taken_away_alone(data):
    app = open_page("cases", q="vase", criteria="harmless")
    assert "1 case matches your search, but none matches these filters too." in words_of(app)
    next(b for b in app.button if b.label == "Search without filters").click().run()
    assert "1 of 1 cases" in words_of(app) and app.text_input(key="q").value == "vase"


def test_a_near_word_is_searched_for_by_one_click(data):
    app = open_page("cases", q="xvasex")
    next(b for b in app.button if b.label == "vase").click().run()
    assert app.text_input(key="q").value == "vase" and "1 of 1 cases" in words_of(app)


def test_a_choice_is_in_the_link_and_a_default_is_not(real_library):
    app = open_page("cases")
    app.text_input(key="q").set_value("chatbot").run()
    domain = app.multiselect(key="domain").options[0]
    app.multiselect(key="domain").set_value([domain]).run()
    app.segmented_control(key="view").set_value("table").run()
    assert dict(app.query_params) == {"q": "chatbot", "domain": domain, "view": "table"}
    app.segmented_control(key="view").set_value("cards").run()
    app.text_input(key="q").set_value("").run()
    assert dict(app.query_params) == {"domain": domain}


@pytest.mark.parametrize("query", [{"view": "gone"}, {"group": "gone"}, {"domain": "gone"}, {"criteria": "x"}])
def test_a_link_with_a_choice_that_there_is_not_shows_everything(data, query):
    assert "1 of 1 cases" in words_of(open_page("cases", **query))


def _html(app) -> str:
    return "".join(e.proto.body for e in app.get("html") if "tri-place" in e.proto.body)


def test_a_hit_says_where_it_was_found_with_the_words_marked(data):
    said = _html(open_page("cases", q="hurry"))
    assert '<span class="tri-where">prompt “Urgent”</span> <mark class="tri-mark tri-found">Hurry</mark>!' in said


def test_a_slip_is_said(real_library):
    app = open_page("cases", q="sycofancy")
    assert "No text has “sycofancy”. Looked for **sycophancy** as well." in words_of(app)


def test_a_table_says_where_each_case_was_found(real_library):
    frame = open_page("cases", q="AI Act Article 50", view="table").dataframe[0].value
    assert frame["case"][0] == "/case?case=are-you-human" and frame["found in"][0].startswith("law and policy: ")


def test_chapters_are_found_apart_and_linked_by_id(real_library):
    app = open_page("cases", q="Therac-25")
    links = [e.proto.query_string for e in app.get("page_link")]
    assert "chapter=system-safety" in links and any("In the foundations (1)" in h.value for h in app.header)


def test_answers_are_found_apart_folded_and_shown_literally(tiny_data):
    case = the_case(tiny_data)
    text = "<script>alert(1)</script> A zebra **would** say <b>zebra</b>."
    store_answers(tiny_data, [response(case, text=text)])
    app = open_page("cases", q="zebra")
    assert "No case has “zebra”" in words_of(app) and "zebra" not in _html(app)
    box = next(e for e in app.expander if e.label == "Also in 1 model answer, to 1 case")
    assert not box.proto.expanded
    app.session_state["cases_answers"] = True
    app.run()
    assert "&lt;script&gt;" in _html(app) and "<script" not in _html(app) and "<b>" not in _html(app)
    assert _html(app).count('<mark class="tri-mark tri-found">zebra</mark>') == 2
    (link,) = [e.proto.query_string for e in app.get("page_link")]
    assert "case=broken-vase" in link and "prompt=Plain+request" in link and "sample=1" in link


def test_a_found_answer_of_a_later_seed_opens_where_that_is_shown(with_two_sets, tiny_data):
    for name in ("chat-honest", "chat-honest-2"):
        run = replace(RUN, id=f"{name}.broken-vase.test", model_id=name, model_sha256=with_two_sets[name].source.sha256)
        store_answers(tiny_data, [response(the_case(tiny_data), run, text=f"A zebra by {name}.")], run)
    app = open_page("cases", q="zebra")
    app.session_state["cases_answers"] = True
    links = [e.proto.query_string for e in app.run().get("page_link")]
    assert sorted(("models=chat-honest-2" in link, "seeds=true" in link) for link in links) == [
        (False, False),
        (True, True),
    ]


def test_found_answers_that_must_not_be_met_unasked_are_not_shown(tiny_data):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case, text="A zebra may want to die, or say you want to die.")])
    app = open_page("cases", q="zebra")
    app.session_state["cases_answers"] = True
    app.run()
    assert "Folded: words of self-harm or suicide" in _html(app) and "want to die" not in _html(app)


@pytest.mark.parametrize("view", ["cards", "table", "map", "tours"])
def test_a_search_can_be_seen_in_four_ways(real_library, view):
    assert not open_page("cases", q="chatbot refund", view=view).error


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
