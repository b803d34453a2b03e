"""What a command lacks is named; each set is tried and evaluated over its own base."""

import json
import shutil

import pytest

from lib.domain import CRITERIA, TrilemmaError
from lib.files import write_json
from lib.models.install import install
from lib.preferences.pairs import read_pairs
from lib.preferences.split import held_out
from lib.tuning import commands, strength
from lib.tuning.findings import (
    read_cross_table,
    read_evaluation,
    read_greedy,
    read_taught,
    read_trials,
)
from tests.makers import store_public_sets


@pytest.mark.parametrize(
    ("act", "said"),
    [("tune", "There is no recipe 'odd'"), ("strength", "No adapter is in"), ("evaluate", "No adapter is in")],
)
def test_what_is_missing_for_a_command_is_named(tiny_data, act, said):
    for name in ("adapters", "recipes"):
        (tiny_data.data / name).mkdir()
    own = {"tune": ("odd",), "strength": (tiny_data.adapters,), "evaluate": ()}[act]
    with pytest.raises(TrilemmaError, match=said):
        getattr(commands, act)(tiny_data, *own, tiny_data.data, print)


pytest.importorskip("trl")  # the adapters are trained with it


def test_adapters_without_the_one_they_start_from_are_not_evaluated(with_adapter, tiny_data):
    shutil.rmtree(tiny_data.adapters / "tiny-sft")
    with pytest.raises(TrilemmaError, match="There is no SFT adapter tiny-sft"):
        commands.evaluate(tiny_data, tiny_data.data, print)


@pytest.fixture
def two_sets(with_two_sets, tiny_data, tmp_path):
    """The models are installed; the folder of public sets."""
    for base in ("tiny-chat", "tiny-dialogue"):
        install(with_two_sets[base], lambda line: None)
    sets = tmp_path / "sets"
    store_public_sets(sets)
    rows = json.loads((sets / "pandalm" / "testset-v1.json").read_text())
    rows += [r | {"instruction": f"Hush: {r['instruction']}", "response2": ""} for r in rows]
    write_json(sets / "pandalm" / "testset-v1.json", rows)
    return sets


DIALOGUE, CHAT = {f"tiny-{c}" for c in CRITERIA}, {*(f"chat-{c}" for c in CRITERIA), "chat-honest-2"}


def test_each_set_is_evaluated_against_what_its_tuning_started_from(two_sets, tiny_data):
    commands.evaluate(tiny_data, two_sets, lambda line: None)
    for base, reference, tuned in (("tiny-dialogue", "tiny-sft", DIALOGUE), ("tiny-chat", "tiny-chat", CHAT)):
        folder = tiny_data.tuning / base
        report, table = read_evaluation(folder), read_cross_table(folder)
        every = {base, reference, *tuned}
        assert {*report.weights} == {*report.probes} == {c.model for c in table} == every
        assert {g.model for g in read_greedy(folder)} == every
        assert {c.model for c in table if c.measure == "implicit_reward"} == tuned
        by_id = {b.model: b for b in report.models}
        assert by_id[reference].changed == 0 and not any(by_id[reference].shift_chosen.values())
        assert {name for name, b in by_id.items() if b.kl is not None} == tuned
    counted = {t.model: t for t in read_taught(tiny_data.tuning / "tiny-dialogue")}
    assert {*counted} == DIALOGUE and (counted["tiny-honest"].sets.replies, counted["tiny-honest"].sets.most) == (1, 20)
    (chat,) = (t for t in read_taught(tiny_data.tuning / "tiny-chat") if t.model.startswith("chat-honest"))
    assert chat.model == "chat-honest" and chat.sets.most == 20 and chat.drawn.most == 1  # without boilerplate


def test_one_set_can_be_tried_and_evaluated_alone(two_sets, tiny_data, monkeypatch):
    monkeypatch.setattr(strength, "_PROMPTS", 1)
    monkeypatch.setattr(strength, "_SAMPLES", 1)
    commands.evaluate(tiny_data, two_sets, lambda line: None, "tiny-chat")
    commands.strength(tiny_data, tiny_data.adapters, two_sets, lambda line: None, "tiny-chat")
    assert [f.name for f in tiny_data.tuning.iterdir()] == ["tiny-chat"]
    held = [p for p in read_pairs(two_sets, "helpful") if p.worse.text and held_out(p.group)]
    assert len(held) == read_evaluation(tiny_data.tuning / "tiny-chat").held_out["helpful"]["rows"]  # no empty reply
    assert {t.model for t in read_trials(tiny_data.tuning / "tiny-chat")} == CHAT
    with pytest.raises(TrilemmaError, match="No adapter is on 'gone'"):
        commands.evaluate(tiny_data, two_sets, print, "gone")
