"""The live page before it asks a model."""

import pytest

from lib.models.install import install
from lib.models.registry import read_models
from tests.pages.conftest import open_page, words_of


def test_the_live_page_warns_before_it_asks_a_signposted_prompt(data, monkeypatch):
    case = data.cases / "broken-vase.md"
    case.write_text(case.read_text().replace("sensitivity: none", "sensitivity: signposted"))
    install(read_models(data.models)[0], print)
    assert "unedited text from small models" in words_of(open_page("live", live_from="a case's prompt"))


def test_models_that_are_absent_are_named_with_the_command(data):
    app = open_page("live")
    assert (
        not app.text_area
        and "MODEL=tiny-chat" in words_of(app)
        and "Tiny (dialogue)** is not on this computer" in words_of(app)
    )


def test_the_live_page_goes_on_with_the_models_that_are_here(data):
    install(read_models(data.models)[0], print)
    app = open_page("live")
    assert app.text_area and "MODEL=tiny-dialogue" in words_of(app) and "MODEL=tiny-chat" not in words_of(app)


@pytest.mark.parametrize(
    ("text", "said"), [("", "empty"), ("🎉", "only symbols"), ("x" * 100_000, "characters; at most")]
)
def test_a_bad_prompt_gets_a_message_and_stays_in_its_box(data, text, said):
    install(read_models(data.models)[0], print)
    app = open_page("live")
    app.text_area(key="live_text").set_value(text)
    app.button[0].click().run()
    assert not app.exception and said in app.error[0].value and app.text_area(key="live_text").value == text


def test_no_model_chosen_is_said(data):
    install(read_models(data.models)[0], print)
    app = open_page("live")
    app.text_area(key="live_text").set_value("What is tea?")
    app.get("button_group")[1].set_value([])
    app.button[0].click().run()
    assert "Choose at least one model" in app.error[0].value


def test_a_damaged_file_of_kept_runs_is_named_and_the_page_goes_on(data):
    for model in read_models(data.models):
        install(model, print)
    data.local.mkdir(parents=True, exist_ok=True)
    (data.local / "yours.duckdb").write_bytes(b"no database")
    app = open_page("live")
    assert "was set aside as data/local/yours-unreadable-" in app.warning[0].value and app.text_area


def test_a_case_names_the_models_to_ask_and_those_that_are_absent_are_said(data):
    install(read_models(data.models)[0], print)
    link = {"live_from": "a case's prompt", "live_case": "The broken vase"}
    app = open_page("live", **link, live_models="Tiny (chat)")
    assert app.get("button_group")[-2].value == ["Tiny (chat)"] and "so not asked" not in words_of(app)
    app = open_page("live", **link, live_models="Tiny (dialogue)")
    assert "so not asked: Tiny \\(dialogue\\)" in words_of(app)


def test_a_later_seed_of_a_tuning_is_asked_where_a_link_names_it(with_two_sets):
    for name in ("tiny-chat", "chat-honest", "chat-honest-2"):
        install(with_two_sets[name], print)
    app = open_page("live")
    assert "chat-honest-2" not in str([b.options for b in app.get("button_group")])
    app = open_page("live", live_models="chat-honest-2")
    assert app.get("button_group")[-2].value == ["chat-honest-2"] and "so not asked" not in words_of(app)
