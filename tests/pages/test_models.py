"""The models page: what is shown of each model, and how they are filtered."""

from lib.models.install import install
from lib.models.registry import own_registry, read_models
from lib.paths import ROOT
from lib.ui.disclosures import as_rows
from tests.pages.conftest import open_page, words_of


def test_each_model_is_shown_with_the_way_to_install_it(data):
    app = open_page("models")
    assert "2 of 2 models" in words_of(app) and "MODEL=tiny-chat" in words_of(app)
    assert [e.label for e in app.expander] == ["How to install"] * 2


def test_only_models_that_are_here_can_be_asked_for(data):
    assert "0 of 2 models" in words_of(open_page("models", here="true"))
    install(read_models(data.models)[0], print)
    said = words_of(open_page("models", here="true"))
    assert "1 of 2 models" in said and "Tiny \\(chat\\)** :green-badge[on this computer]" in said


def test_a_family_can_be_chosen(real_library):
    said = words_of(open_page("models", family="gemma-3"))
    assert "SmolLM2" not in said and "Gemma 3 270M" in said


def test_disclosures_are_drawn_when_they_are_opened(real_library):
    app = open_page("models")
    assert len(app.dataframe) == 1, "the matrix alone"
    app.session_state["disclosed_smollm2-135m-instruct"] = True
    app.run()
    _, table = app.dataframe
    assert list(table.value.columns) == ["about", "status", "what we found", "source"]


def test_one_matrix_says_of_every_model_what_is_disclosed_in_words_and_signs(real_library):
    app = open_page("models", family="smollm2")
    (matrix,) = app.dataframe
    assert list(matrix.value.columns) == ["preference data", "raters", "guide", "reward model"]
    assert set(matrix.value.loc["SmolLM2 135M Instruct"]) == {"● disclosed"}
    base = read_models(ROOT / "data" / "models.toml")
    (label,) = {m.label for m in base if m.id == "smollm2-135m-hub"}
    assert set(matrix.value.loc[label]) == {"– not tuned"}
    assert "are disclosed fully" in words_of(app) and "Gemma" not in " ".join(matrix.value.index)


def test_the_file_of_disclosures_has_a_row_for_each_model_and_ingredient_with_its_source(real_library):
    models = read_models(ROOT / "data" / "models.toml")
    rows = as_rows(models)
    assert len(rows) == 4 * len(models)
    tuned = rows[rows.model == "SmolLM2 135M Instruct"]
    assert tuned.source.str.startswith("https://").all() and tuned["what we found"].notna().all()
    assert rows[rows.stage == "base"].source.isna().all()


def test_an_entry_with_a_fault_is_named_and_the_others_are_there(data):
    text = data.models.read_text()
    data.models.write_text(text.replace("context_tokens = 2048", "context_tokens = 1", 1))
    app = open_page("models")
    said = words_of(app)
    assert "1 of 1 models" in said and "models.toml: tiny-chat: context_tokens: Input should be greater" in said
    assert not app.error and "can't be used and was left out" in app.warning[0].value
    assert not open_page("case").error, "the stored answers of a model that is left out stay"


def test_what_a_tuned_model_does_not_state_is_said(data):
    text = data.models.read_text()
    tuned = (
        text.split("[[model]]")[1].replace('"base"', '"sft"').replace("tiny-chat", "mine").replace("(chat)", "(own)")
    )
    own_registry(data.models).parent.mkdir(exist_ok=True)
    own_registry(data.models).write_text(
        "[[model]]" + "".join(x + "\n" for x in tuned.splitlines() if "licence" not in x)
    )
    app = open_page("models")
    app.session_state["disclosed_mine"] = True
    app.run()
    assert "Licence: not stated" in words_of(app)
    matrix, table = app.dataframe
    assert list(table.value["status"]) == ["not stated"] * 4
    assert set(matrix.value.iloc[-1]) == {"? not stated"}
