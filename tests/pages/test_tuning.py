"""The tuning lab: how each set was made, what came of it, what has not been measured, whether it replicates."""

import shutil

from lib.paths import ROOT
from lib.tuning.findings import (
    GREEDY,
    Trial,
    add_trials,
)
from tests.pages.conftest import clear_caches, open_page, words_of
from tests.pages.evaluations import AT, GEMMA, made_up_findings


def test_the_tuning_lab_shows_how_each_shipped_adapter_was_trained(data):
    app = open_page("tuning")
    said = words_of(app)
    table = next(d.value for d in app.dataframe if "adapter" in d.value.columns)
    assert {"SFT", "helpful", "honest", "all three"} <= set(table["adapter"]) and (table["rows"] >= 400).all()
    assert ("A recipe but no adapter yet: harmless." in said) == ("harmless" not in set(table["adapter"]))
    assert "3 · Preference tuning" in said and "the same for each" in said and "What this does not show" in said


def test_the_tuning_lab_lists_every_strength_that_was_tried(data):
    settings = {
        "model": "gemma-3-270m-honest",
        "beta": 0.1,
        "epochs": 2,
        "rows": 400,
        "answers": 60,
        "words": 9.0,
        "low": 0.8,
        "high": 0.98,
    }
    add_trials(
        data.data / "tuning" / GEMMA,
        [Trial(**settings, learning_rate=lr, readable=n, weights_sha256=str(n)) for lr, n in ((5e-4, 50), (2e-4, 57))],
    )
    add_trials(
        data.data / "tuning" / GEMMA, [Trial(**settings, learning_rate=2e-4, readable=58, weights_sha256="57")]
    )  # the same weights tried again
    table = next(d.value for d in open_page("tuning").dataframe if "readable" in d.value.columns)
    assert list(zip(table["learning rate"], table["readable"], strict=True)) == [
        ("0.0002", "58 of 60 (80%–98%)"),
        ("0.0005", "50 of 60 (80%–98%)"),
    ]
    assert not any("readable" in d.value.columns for d in open_page("tuning", set="SmolLM2 135M").dataframe)


def test_the_tuning_lab_says_what_has_not_been_measured(data):
    (data.data / "tuning").mkdir()
    assert "has not been measured yet: `python -m lib evaluate DATA`" in words_of(open_page("tuning"))


def test_the_tuning_lab_reads_the_cross_table_aloud(data):
    made_up_findings(data, AT, {"helpful": 0.6, "harmless": 0.7, "honest": 0.5})
    app = open_page("tuning")
    said, shown = words_of(app), " ".join(str(h.proto) for h in app.get("html"))
    assert all(f"The answer of gemma-3-270m-{m}." in shown for m in ("sft", *AT))
    assert "Tuned on **helpful** pairs" in said
    assert (
        "helpful pairs: 70 in 100 of 90 (64–76) **with** the labels, and so among pairs of similar length: 60 in 100 of"
        " 40 (54–66)." in said
    )
    assert (
        "harmless pairs: 30 in 100 of 90 (24–36) **against** the labels; among pairs of similar length the other way:"
        " 70 in 100 of 40" in said
    )
    assert "honest pairs: 50 in 100 of 90 (44–56), no better than chance." in said
    table = next(d.value for d in app.dataframe if "said most often" in d.value.columns)
    assert (table["different answers"] == "1 of 2").all() and table["said most often"][
        1
    ] == "2 × “The answer of gemma-3-270m-sft”"
    assert "**honest** gives the same answer to 2 of 2 prompts:" in said
    app.segmented_control(key="tuning_measure").set_value("loglik").run()
    assert "This has not been measured yet" in words_of(app) and "Tuned on **helpful**" not in words_of(app)


def test_what_a_tuned_model_says_does_not_act_on_the_lab(data):
    nasty = "[press](https://example.org) <b>**bold**</b> ![x](https://example.org/x.png)"
    made_up_findings(data, AT, AT)
    path = data.data / "tuning" / GEMMA / GREEDY
    path.write_text(path.read_text().replace("The answer of gemma-3-270m-honest.", nasty))
    app = open_page("tuning")
    shown = [str(h.proto) for h in app.get("html")]
    assert "**honest** gives the same answer to 2 of 2 prompts:" in words_of(app) and "example.org" not in words_of(app)
    # two answers, and the table for print
    assert sum("example.org" in h for h in shown) == 3 and not any("<b>" in h for h in shown)


def test_the_tuning_lab_says_where_length_may_carry_a_lead(data):
    made_up_findings(data, AT, {"helpful": 0.52})
    said = words_of(open_page("tuning"))
    assert (
        "among pairs of similar length no better than chance: 52 in 100 of 40 (46–58), so length may explain"
        " it." in said
    )
    assert (
        "harmless pairs: 30 in 100 of 90 (24–36) **against** the labels; none of these pairs is of similar length."
        in said
    )


def test_the_tuning_lab_leaves_out_what_was_measured_of_other_weights(data):
    made_up_findings(data, AT, AT, **{"gemma-3-270m-honest": "0" * 64})
    said = words_of(open_page("tuning"))
    assert "Not measured yet: honest." in said
    assert "Tuned on **harmless**" in said and "Tuned on **honest**" not in said
    clear_caches()
    made_up_findings(data, AT, AT, **{"gemma-3-270m-sft": "0" * 64})
    assert "has not been measured yet" in words_of(open_page("tuning"))


def test_the_tuning_lab_names_an_adapter_that_is_not_its_cards(data):
    shutil.copytree(ROOT / "data" / "adapters", data.data / "adapters")
    (data.data / "adapters" / "gemma-3-270m-honest" / "adapter_model.safetensors").write_bytes(b"half")
    app = open_page("tuning")
    assert (
        not app.exception
        and any("has a problem" in e.value for e in app.error)
        and "gemma-3-270m-honest/adapter_model.safetensors" in words_of(app)
    )
