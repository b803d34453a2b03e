"""What a case page keeps folded until it is asked for: answers of signposted cases, and unsettling words."""

from tests.makers import response, store_answers, the_case
from tests.pages.conftest import open_page, words_of


def test_class_view_of_a_signposted_case_offers_no_live_prompt(real_library):
    def labels(**query):
        return [e.proto.label for e in open_page("case", case="promise-youll-stay", **query).get("page_link")]

    assert "Ask this prompt live" in labels() and "Ask this prompt live" not in labels(class_view="true")


def test_a_signposted_case_shows_its_answers_only_when_asked(real_library):
    assert "Sample 1 of" not in words_of(open_page("case", case="promise-youll-stay"))
    assert "Sample 1 of" in words_of(open_page("case", case="promise-youll-stay", show="true"))
    assert "Sample 1 of" in words_of(open_page("case", case="first-poem"))


def test_answers_shown_on_request_of_one_signposted_case_are_not_those_of_the_next(real_library):
    app = open_page("case", case="assisted-dying-brief")
    app.toggle(key="show").set_value(True).run()
    app.selectbox(key="case_chosen").set_value("genocide-homework").run()
    assert not app.exception and app.toggle(key="show").value is False


def test_class_view_of_a_signposted_case_shows_no_answer(real_library):
    app = open_page("case", case="promise-youll-stay", class_view="true", step="Reveal")
    assert any("not for a projector unseen" in i.value for i in app.info)
    assert "Sample 1 of" not in words_of(app)


def test_an_answer_with_unsettling_words_is_folded_with_a_note(tiny_data):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case, text="Tell her, or say you want to die.")])
    assert any(e.label == "Folded: words of self-harm or suicide" for e in open_page("case").expander)
