"""The page that adds a model: looked up, filled in, added, asked for again, taken out."""

import pytest

from lib.domain import EndpointSource
from lib.models.registry import own_registry, read_models
from tests.pages.conftest import open_page, words_of
from tests.serving import Server, free_port


@pytest.fixture(autouse=True)
def _at_this_computer(monkeypatch):
    monkeypatch.setattr("lib.ui.add_model.at_this_computer", lambda: True)


@pytest.fixture
def server(tiny):
    yield from Server(tiny(), key="none").serve()


def _look_up(what: str):
    app = open_page("add_model")
    app.text_input(key="add_what").set_value(what)
    app.button[0].click().run()
    assert not app.exception
    return app


def test_a_server_is_looked_up_added_and_taken_out(server, data):
    app = _look_up(server.url)
    assert "goes to another program on this computer" in app.warning[0].value
    assert app.number_input(key="add_context").value == 2048
    app.button[1].click().run()
    assert "stage: Field required" in app.error[0].value.replace("\\", ""), "what is missing is named, nothing is lost"
    assert app.text_input(key="add_label").value == "tiny" and len(read_models(data.models)) == 2
    app.selectbox(key="add_stage").set_value("preference")
    app.button[1].click().run()
    assert not app.exception and not app.error
    assert read_models(data.models)[2].source == EndpointSource(server.url, "tiny")
    assert "Added" in app.success[0].value and "python -m lib ask" in app.code[0].value
    assert "3 of 3 models" in words_of(open_page("models"))
    app.button(key="add_remove_tiny").click().run()
    assert not app.exception and len(read_models(data.models)) == 2 and own_registry(data.models).exists()


def test_a_folder_with_its_disclosures(data, tiny_folder):
    app = _look_up(str(tiny_folder))
    app.selectbox(key="add_stage").set_value("sft")
    app.selectbox(key="add_base").set_value("tiny-chat")
    app.text_input(key="add_family").set_value("tiny")
    app.selectbox(key="add_raters_status").set_value("disclosed")
    app.text_input(key="add_raters_note").set_value("None.")
    app.text_input(key="add_raters_source").set_value("https://example.org")
    app.button[1].click().run()
    assert not app.exception and not app.error
    model = read_models(data.models)[2]
    assert model.base_id == "tiny-chat" and model.disclosures["raters"].note == "None."


@pytest.mark.parametrize(
    ("what", "says"), [("", "Nothing is written there"), ("no such", "is no folder"), ("http://", "url")]
)
def test_what_is_nothing_gets_one_error(data, what, says):
    app = _look_up(what)
    assert len(app.error) == 1 and says in app.error[0].value


def test_a_server_that_is_not_there_is_named(data):
    app = _look_up(f"http://127.0.0.1:{free_port()}/v1")
    assert len(app.error) == 1 and "cannot be reached" in app.error[0].value.replace("\\", "")


def test_who_sits_elsewhere_adds_nothing(data, monkeypatch):
    monkeypatch.setattr("lib.ui.add_model.at_this_computer", lambda: False)
    app = open_page("add_model")
    assert not app.text_input and "at the computer that runs Trilemma" in app.info[0].value
