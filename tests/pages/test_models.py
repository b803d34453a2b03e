"""The models page: what is shown of each model, and how they are filtered."""

from lib.models.install import install
from lib.models.registry import read_models
from tests.pages.conftest import open_page, words_of


def test_each_model_is_shown_with_the_way_to_install_it(data):
    app = open_page("models")
    assert "2 of 2 models" in words_of(app) and "MODEL=tiny-chat" in words_of(app)
    assert [e.label for e in app.expander] == ["How to install"] * 2


def test_only_models_that_are_here_can_be_asked_for(data):
    assert "0 of 2 models" in words_of(open_page("models", here="true"))
    install(read_models(data.models)[0], print)
    said = words_of(open_page("models", here="true"))
    assert "1 of 2 models" in said and "Tiny (chat)** :green-badge[on this computer]" in said


def test_a_family_can_be_chosen(real_library):
    said = words_of(open_page("models", family="gemma-3"))
    assert "SmolLM2" not in said and "Gemma 3 270M" in said


def test_disclosures_are_drawn_when_they_are_opened(real_library):
    app = open_page("models")
    assert not app.dataframe
    app.session_state["disclosed_smollm2-135m-instruct"] = True
    app.run()
    (table,) = app.dataframe
    assert list(table.value.columns) == ["about", "status", "what we found", "source"]
