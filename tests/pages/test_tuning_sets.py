"""The tuning lab with several sets: which is shown, whether they agree, seeds as one, what the data taught."""

import json
import re
import shutil

import pytest

from lib.files import write_json
from lib.manifest import stored_responses
from lib.paths import ROOT, Paths, paths
from lib.tuning.adapters import read_card, read_cards, write_card
from lib.tuning.findings import (
    GREEDY,
    Repeats,
    Taught,
    read_cross_table,
    write_taught,
)
from lib.ui.tuning_replication import Measured, agreements
from lib.ui.tuning_training import curves
from tests.pages.conftest import open_page, words_of
from tests.pages.evaluations import AT, GEMMA, SMOLLM, made_up_findings, set_over


def test_a_set_without_an_sft_step_says_that_its_start_was_tuned_before(data):
    data.models.write_text(data.models.read_text() + (ROOT / "data" / "models.toml").read_text())
    made_up_findings(data, AT, AT)
    app = open_page("tuning", set="SmolLM2 135M Instruct")
    said = words_of(app)
    assert "Its makers had already tuned it: fine-tuned on instructions, then tuned with DPO on answers that" in said
    assert "2 · Preference tuning" in said and "3 · Use" in said and "4 ·" not in said
    assert "From SmolLM2 135M Instruct by DPO" in said and "SFT model" not in said
    assert "A model of 135 million weights and 480 pairs" in said and "270 million" not in said
    assert "has not been measured yet: `python -m lib evaluate DATA`" in said and "Who wins where" not in said
    assert "Measured so far: Gemma 3 270M. Not measured yet: SmolLM2 135M Instruct." in said
    app.segmented_control(key="set").set_value("Gemma 3 270M").run()
    said = words_of(app)
    assert "2 · SFT" in said and "A model of 270 million weights and 400 pairs" in said and "no SFT step" not in said
    assert "Who wins where" in said and "Measured so far: Gemma 3 270M." in said


def test_a_link_opens_its_set_though_another_was_chosen_there_before(data):
    made_up_findings(data, AT, AT)
    made_up_findings(data, AT, AT, SMOLLM)
    app = open_page("tuning")
    first, other = app.segmented_control(key="set").options
    app.segmented_control(key="set").set_value(other).run()
    app.switch_page("pages/method.py").run()
    app.switch_page("pages/tuning.py")
    app.query_params["set"] = first
    assert app.run().segmented_control(key="set").value == first


def test_a_set_is_shown_beside_its_own_start_alone(data):
    made_up_findings(data, AT, AT, SMOLLM)
    app = open_page("tuning", set="SmolLM2 135M")
    said, table = words_of(app), next(d.value for d in app.dataframe if "said most often" in d.value.columns)
    assert list(table["model"]) == ["start", "helpful", "harmless", "honest"] and "SFT model" not in said
    assert "Implicit reward: how much likelier than under the start a reply became." in said
    assert "among these pairs, but no adapter here was trained on them" in said
    assert "LLMBar" in said and "What the data taught" not in said
    app.segmented_control(key="set").set_value("Gemma 3 270M").run()
    assert "has not been measured yet" in words_of(app)


def test_the_sets_stand_side_by_side_with_a_sentence_for_each_criterion(data):
    made_up_findings(data, {"helpful": 0.7, "harmless": 0.3, "honest": 0.5}, AT)
    made_up_findings(data, {"helpful": 0.6, "harmless": 0.7, "honest": 0.6}, AT, SMOLLM)
    app = open_page("tuning")
    said = words_of(app)
    assert (
        "- Tuned on **harmless** pairs: on harmless pairs they **disagree** (Gemma 3 270M: against the labels, SmolLM2"
        " 135M: with the labels); on helpful pairs both come out **with** the labels; on honest pairs only"
        " SmolLM2 135M is clear of chance, with the labels." in said
    )
    assert said.count("on helpful pairs both come out **with** the labels") == 3
    assert len(app.get("plotly_chart")) == 5 and "Not measured yet" not in said


def test_sets_that_are_not_clear_of_chance_are_said_to_be_so(data):
    at = {"helpful": 0.7, "harmless": 0.5, "honest": 0.3}
    for base in (GEMMA, SMOLLM):
        made_up_findings(data, at, at, base)
    every = {b: Measured(set_over(data, b), read_cross_table(data.data / "tuning" / b)) for b in (GEMMA, SMOLLM)}
    assert agreements(every)[2] == (
        "Tuned on **honest** pairs (gemma-3-270m: honest (no stock replies)): on honest pairs both come out"
        " **against** the labels; on helpful pairs both come"
        " out **with** the labels; on harmless pairs neither is clear of chance."
    )


# ---- seeds ------------------------------------------------------------------------------------


def test_seeds_of_a_recipe_are_one_row_with_their_mean_and_range(with_two_sets, tiny_data):
    made_up_findings(tiny_data, AT, AT, "tiny-chat")
    app = open_page("tuning", set="Tiny (chat)")
    said = words_of(app)
    table = next(d.value for d in app.dataframe if "accuracy" in d.value.columns)
    assert list(table["model"]) == ["helpful"] * 3 + ["harmless"] * 3 + ["honest"] * 3
    honest = table[table["model"] == "honest"].set_index("set")
    assert list(honest["seeds"]) == [2] * 3 and honest.loc["helpful", "accuracy"] == pytest.approx(0.72)
    assert list(honest.loc["helpful", ["low", "high"]]) == pytest.approx([0.7, 0.74])
    assert "helpful pairs: 72 in 100 of 90, mean of 2 seeds (70–74) **with** the labels" in said
    assert "honest pairs: 52 in 100 of 90, mean of 2 seeds (50–54), not clear of chance in every seed." in said
    assert "honest (2 seeds)" in said and "1 to 2 runs of each recipe, which differ in the pairs drawn" in said
    trained = next(d.value for d in app.dataframe if "licence of the data" in d.value.columns)
    assert dict(zip(trained["adapter"], trained["seeds"], strict=True)) == {"helpful": 1, "harmless": 1, "honest": 2}
    seen = next(d.value for d in app.dataframe if "said most often" in d.value.columns)
    assert list(seen["model"]) == ["start", "helpful", "harmless", "honest"]


def test_loss_curves_of_seeds_are_their_mean_and_range():
    card = next(c for c in read_cards(ROOT / "data" / "adapters").values() if c.recipe.id == "smollm2-135m-honest")
    higher = [step.model_copy(update={"loss": step.loss + 0.2}) for step in card.curve]
    both = curves([(card, card.model_copy(update={"curve": higher}))])
    alone = curves([(card,)])
    assert len(both) == len(alone) == card.recipe.steps
    assert (both["smooth"] - alone["smooth"]).to_numpy() == pytest.approx(0.1)
    assert (both["low"] - alone["smooth"]).to_numpy() == pytest.approx(0)
    assert (both["high"] - both["low"]).to_numpy() == pytest.approx(0.2) and alone["low"].isna().all()


# ---- what the data taught ---------------------------------------------------------------------

SETS = Repeats(pairs=2356, prompts=817, replies=8, repeated=171, most=107)
DRAWN = Repeats(pairs=400, prompts=400, replies=1, repeated=47, most=47)


def _answers(data: Paths, **texts: tuple[str, str]) -> None:
    """What adapters of the first set say, in place of the made-up answers."""
    path, said = data.data / "tuning" / GEMMA / GREEDY, []
    left = {f"{GEMMA}-{name.replace('_', '-')}": iter(each) for name, each in texts.items()}
    for answer in json.loads(path.read_text()):
        said.append(answer | ({"text": next(left[answer["model"]])} if answer["model"] in left else {}))
    write_json(path, said)


@pytest.fixture
def with_boilerplate(data) -> Paths:
    """The shipped adapters but for those trained without boilerplate."""
    shutil.copytree(
        ROOT / "data" / "adapters", data.data / "adapters", ignore=shutil.ignore_patterns("*-without-boilerplate")
    )
    return data


def test_the_lab_counts_one_answer_and_says_how_often_the_data_repeat_it(with_boilerplate):
    data = with_boilerplate
    made_up_findings(data, AT, AT)
    _answers(data, sft=("Yes.", "No."), honest=("I have no comment", "I have no comment. Ask her."))
    write_taught(data.data / "tuning" / GEMMA, [Taught(model=f"{GEMMA}-honest", sets=SETS, drawn=DRAWN)])
    app = open_page("tuning")
    said = words_of(app)
    assert (
        "The adapter tuned on **honest** pairs answers **1 of 2** neutral prompts with “I have no comment” and nothing"
        " else; the words occur in 2 of its answers. SFT, which it was tuned from, gives that answer to 0." in said
    )
    assert "8 chosen replies stand under more than 5 questions each; they make 171 of 2,356 pairs" in said
    assert "Of the 400 pairs drawn to train this adapter, 47 have such a chosen reply." in said
    assert "without such replies" not in said
    table = next(d.value for d in app.dataframe if "these words occur" in d.value.columns)
    assert table.set_index("model").loc["honest"].tolist() == ["1 of 2", "2 of 2", "47 of 400"]


def test_the_lab_says_what_became_of_it_without_such_replies(with_boilerplate):
    data = with_boilerplate
    _without_boilerplate(data.data / "adapters")
    made_up_findings(data, AT, AT)
    stock = ("I have no comment", "I have no comment.")
    _answers(data, honest=stock, honest_without_boilerplate=("It is 54.", "I have no comment."))
    said = words_of(open_page("tuning"))
    assert "answers **2 of 2** neutral prompts" in said and "Why?" not in said
    assert "**honest without boilerplate**, tuned alike on pairs without such replies, gives it alone to 1 of 2" in said
    assert "on both sides, but for the adapters that were trained without stock replies" in said
    assert "Left out for honest without boilerplate: pairs whose chosen reply stands under more than 5 prompts." in said


def _without_boilerplate(adapters) -> None:
    """The honest adapter once more, as if it had been trained without boilerplate."""
    own = f"{GEMMA}-honest-without-boilerplate"
    shutil.copytree(adapters / f"{GEMMA}-honest", adapters / own)
    card = read_card(adapters / own)
    changes = {"id": own, "label": "Gemma 3 270M, honest without boilerplate", "most_prompts": 5}
    write_card(adapters / own, card.model_copy(update={"recipe": card.recipe.model_copy(update=changes)}))


def test_the_lab_says_what_most_answers_begin_with(real_library):
    app = open_page("tuning")
    said = words_of(app)
    told = re.search(r"\*\*honest\*\* begins ([\d,]+) of ([\d,]+) answers with “(.*?)”", said)
    assert told, "most of its stored answers begin alike"
    assert "**honest (no stock replies)** begins" not in said
    mine, of = (int(n.replace(",", "")) for n in told.groups()[:2])
    texts = [r.text for r in stored_responses(paths()) if r.model_id == f"{GEMMA}-honest"]
    assert (mine, of) == (sum(" ".join(t.split()[:3]).rstrip(".,;:!?") == told[3] for t in texts), len(texts))
