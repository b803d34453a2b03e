"""Preference sets of every shape come to the same comparisons; the public files' facts are reproduced."""

import gzip
import json
import os
from pathlib import Path

import pytest

from lib.domain import TrilemmaError
from lib.formats.comparisons import Comparison
from lib.formats.rows import read_rows
from lib.formats.sets_shapes import read_opinions, read_set
from lib.paths import ROOT

SHARED = Path(os.environ.get("TRILEMMA_SHARED", ROOT.parent / "shared")) / "data"
IMPORT = SHARED / "import"
with_public_sets = pytest.mark.skipif(not IMPORT.is_dir(), reason="the public sets are not beside the project")


def _written(folder: Path, *rows: dict, name: str = "set.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return file


def _one(folder: Path, *rows: dict) -> Comparison:
    (found,) = read_set(_written(folder, *rows)).comparisons
    return found


SAID, A, B = "Which lamp?", "The red one.", "No idea."
_USER, _A, _B = (
    {"role": "user", "content": SAID},
    {"role": "assistant", "content": A},
    {"role": "assistant", "content": B},
)
SAME = {
    "TRL, texts": {"prompt": SAID, "chosen": A, "rejected": B},
    "TRL, messages": {"prompt": [_USER], "chosen": [_A], "rejected": [_B]},
    "TRL, no prompt": {"chosen": [_USER, _A], "rejected": [_USER, _B]},
    "ORPO": {"prompt": SAID, "chosen": [_USER, _A], "rejected": [_USER, _B]},
    "HH-RLHF": {k: f"\n\nHuman: {SAID}\n\nAssistant: {t}" for k, t in (("chosen", A), ("rejected", B))},
    "ShareGPT": {
        "conversations": [{"from": "human", "value": SAID}],
        "chosen": {"from": "gpt", "value": A},
        "rejected": {"from": "gpt", "value": B},
    },
    "PKU-SafeRLHF": {"prompt": SAID, "response_0": A, "response_1": B, "better_response_id": 0, "safer_response_id": 1},
    "LLMBar": {"input": SAID, "output_1": A, "output_2": B, "label": 1},
    "SHP": {"history": SAID, "human_ref_A": A, "human_ref_B": B, "labels": 1},
    "AlpacaEval": {"instruction": SAID, "output_1": A, "output_2": B, "preference": 1.0},
    "PandaLM": {
        **{"instruction": SAID, "input": "", "response1": A, "response2": B},
        **{"annotator1": 1, "annotator2": 1, "annotator3": 2},
    },
    "UltraFeedback": {
        "instruction": SAID,
        "completions": [
            {"response": B, "fine-grained_score": 2.0, "annotations": {"honesty": {"Rating": "5"}}},
            {"response": A, "fine-grained_score": 4.0, "annotations": {"honesty": {"Rating": "3"}}},
        ],
    },
    "distilabel": {"instruction": SAID, "generations": [B, A], "ratings": [1.0, 4.0]},
    "argilla": {
        **{"prompt": SAID, "response-1": A, "response-2": B},
        "preference": [{"user_id": "ann", "value": "response-1"}],
    },
    "PRISM": {
        "user_id": "u1",
        "conversation_history": [
            {"turn": 0, "role": "user", "content": SAID},
            {"turn": 0, "role": "model", "content": B, "if_chosen": False, "score": 20},
            {"turn": 0, "role": "model", "content": A, "if_chosen": True, "score": 90},
        ],
    },
    "OpenAssistant": {
        **{"message_id": "1", "parent_id": None, "role": "prompter", "text": SAID},
        "replies": [
            {"message_id": "2", "role": "assistant", "text": B, "rank": 1, "replies": []},
            {"message_id": "3", "role": "assistant", "text": A, "rank": 0, "replies": []},
        ],
    },
    "TruthfulQA": {"question": SAID, "correct_answers": [A], "incorrect_answers": [B]},
    "Anthropic evaluations": {
        **{"question": SAID, "answer_matching_behavior": f" {A}", "answer_not_matching_behavior": f" {B}"}
    },
}


@pytest.mark.parametrize("shape", SAME)
def test_every_shape_comes_to_the_same_comparison(tmp_path, shape):
    found = _one(tmp_path, SAME[shape])
    assert (found.group, found.chosen.strip(), found.rejected.strip()) == (SAID, A, B) and found.decided


def test_second_ratings_raters_and_countries_are_kept(tmp_path):
    assert _one(tmp_path, SAME["PKU-SafeRLHF"]).ratings == {"safer": (0.0, 1.0)}
    assert _one(tmp_path, SAME["UltraFeedback"]).ratings == {"honesty": (3.0, 5.0)}
    assert [v.choice for v in _one(tmp_path, SAME["PandaLM"]).votes] == [1.0, 1.0, 0.0]
    folder = tmp_path / "prism"
    folder.mkdir()
    _written(folder, SAME["PRISM"], name="conversations.jsonl")
    _written(folder, {"user_id": "u1", "location": {"reside_country": "Kenya"}}, name="survey.jsonl")
    (found,) = read_set(folder).comparisons
    assert found.votes[0].group == "Kenya" and found.votes[0].rater == 0, "a number, never a name"


def test_beavertails_pairs_safe_with_unsafe_replies_to_one_prompt(tmp_path):
    rows = [{"prompt": SAID, "response": t, "is_safe": s, "category": {}} for t, s in ((A, True), (B, False))]
    found = _one(tmp_path, *rows)
    assert (found.chosen, found.rejected) == (A, B)


def test_a_flat_openassistant_file_is_the_same_tree(tmp_path):
    tree = SAME["OpenAssistant"]
    flat = [{**tree, "rank": None}] + [{**r, "parent_id": "1"} for r in tree["replies"]]
    found = _one(tmp_path, *({k: v for k, v in r.items() if k != "replies"} for r in flat))
    assert (found.chosen, found.rejected) == (A, B)


def test_single_replies_are_no_pairs(tmp_path):
    found = _one(tmp_path, {"prompt": SAID, "completion": A, "label": True})
    assert found.second is None and found.choice == 1 and found.rejected == ""


def test_ties_and_rows_without_a_verdict_are_two_things(tmp_path):
    pair = SAME["AlpacaEval"]
    found = read_set(_written(tmp_path, {**pair, "preference": 1.5}, {**pair, "preference": None}))
    assert [c.choice for c in found.comparisons] == [0.5] and found.left_out == {"no verdict": 1}


def test_what_is_no_preference_set_is_refused_with_what_was_found(tmp_path):
    with pytest.raises(TrilemmaError, match=r"fields name, colour.*Known shapes: HH-RLHF"):
        read_set(_written(tmp_path, {"name": "x", "colour": "red"}))
    with pytest.raises(TrilemmaError, match=r"none can be used\. 1 rows: no verdict"):
        read_set(_written(tmp_path, {**SAME["LLMBar"], "label": None}))
    with pytest.raises(TrilemmaError, match="several kinds"):
        (tmp_path / "both").mkdir()
        _written(tmp_path / "both", SAME["LLMBar"], name="a.jsonl")
        _written(tmp_path / "both", SAME["SHP"], name="b.jsonl")
        read_set(tmp_path / "both")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", b'{"prompt": ', "line 1, column 12: the file ends early"),
        ("a.json", b"[[1, 2]]", "item 1: must be an object, is list"),
        ("a.csv", b"", "the file is empty"),
        ("a.parquet", b"PAR1", "not a readable Parquet file"),
        ("a.xlsx", b"PK\x03\x04", "the archive is damaged"),
        ("a.jsonl.gz", b"no gzip", "can't be unpacked"),
        ("a.jsonl", b"\x89PNG", "neither text nor a known kind"),
        ("a.txt", b"x", "only files that end in"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrilemmaError, match=rf"{name}.*{told}"):
        read_rows(tmp_path / name)


def test_a_gzipped_file_and_a_folder_of_splits_are_read(tmp_path):
    row = json.dumps(SAME["TRL, texts"]).encode() + b"\n"
    for name in ("train", "test"):
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(row))
    assert [c.split for c in read_set(tmp_path).comparisons] == ["test", "train"]


def test_answers_of_countries_are_shares(tmp_path):
    file = tmp_path / "opinions.csv"
    file.write_text(
        "question,selections,options,source\n"
        "Better?,\"defaultdict(<class 'list'>, {'Kenya': [0.2, 0.8], 'Chile': [2, 2]})\",\"['yes', 'no']\",WVS\n"
    )
    (found,) = read_opinions(file) or []
    assert found.shares == {"Kenya": (0.2, 0.8), "Chile": (0.5, 0.5)}
    assert read_opinions(_written(tmp_path, SAME["LLMBar"])) is None


# ---- the public files -------------------------------------------------------------------------


def _facts(file: str) -> dict:
    return json.loads((IMPORT / "FACTS.json").read_text())[file]["facts"]


@with_public_sets
@pytest.mark.parametrize(
    "file",
    [
        "preference/LLaMA-Factory__data__dpo_en_demo.json",
        "derived/dpo_en_first100__trl_explicit_messages.jsonl",
        "derived/dpo_en_first60__utf8bom_semicolon.csv",
    ],
)
def test_facts_of_pairs(file):
    facts, read = _facts(file), read_set(IMPORT / file)
    pairs = read.comparisons
    assert (read.rows, len(pairs)) == (facts["rows"], facts["pairs"])
    assert sum(len(c.chosen) > len(c.rejected) for c in pairs) == facts["chosen_longer"]
    assert sum(len(c.chosen) == len(c.rejected) for c in pairs) == facts["equal_length"]
    assert sum(len(c.chosen) for c in pairs) / len(pairs) == pytest.approx(facts["mean_chars_chosen"], abs=1e-3)
    assert sum(len(c.rejected) for c in pairs) / len(pairs) == pytest.approx(facts["mean_chars_rejected"], abs=1e-3)
    assert len({c.context for c in pairs}) == facts["distinct_prompts"]
    assert len(pairs) - len({c[:3] for c in pairs}) == facts["exact_duplicate_pairs"]


@with_public_sets
def test_facts_of_single_replies_trees_and_evaluations():
    kto = read_set(IMPORT / "preference/LLaMA-Factory__data__kto_en_demo.json").comparisons
    facts = _facts("preference/LLaMA-Factory__data__kto_en_demo.json")
    assert sum(c.choice == 1 for c in kto) == facts["labels"]["true"] and len(kto) == facts["rows"]
    assert len({c.context for c in kto}) == facts["distinct_prompts"] and len({c.first for c in kto}) == 298
    trees = read_set(IMPORT / "preference/Open-Assistant__manual__data__en_100_message.jsonl").comparisons
    facts = _facts("preference/Open-Assistant__manual__data__en_100_message.jsonl")
    assert len(trees) == facts["pairs_from_ranks"]
    assert sum(len(c.chosen) > len(c.rejected) for c in trees) == facts["better_longer"]
    asked = read_set(IMPORT / "sycophancy/evals__persona__agreeableness.jsonl").comparisons
    facts = _facts("sycophancy/evals__persona__agreeableness.jsonl")
    assert {w: sum(c.chosen == w for c in asked) for w in (" No", " Yes")} == facts["matching"]
    assert len(asked) == len({c.group for c in asked}) == facts["rows"]


@with_public_sets
def test_facts_of_human_ratings():
    file = "human_ratings/open-instruct__human_eval__data__eval_annotations_tulu_1.xlsx"
    facts, read = _facts(file), read_set(IMPORT / file)
    assert (read.rows, len(read.comparisons)) == (facts["rows"], facts["instances"])
    several = [c for c in read.comparisons if len(c.votes) > 1]
    assert len(several) == facts["instances_with_two_raters"]
    # the facts count the side of the screen; for 88 ratings the two replies had changed sides
    sides = [[v.choice if not v.turned or v.choice is None else 1 - v.choice for v in c.votes] for c in several]
    assert f"{sum(s[0] == s[1] for s in sides)}/{len(several)}" == facts["first_two_raters_same_side"]
    assert sum(c.votes[0].choice == c.votes[1].choice for c in several) == 70
    assert len({v.rater for c in read.comparisons for v in c.votes}) == len(facts["evaluators"])


@with_public_sets
@pytest.mark.parametrize("model", ["phi-2", "phi-2-sft", "phi-2-dpo"])
def test_facts_of_judged_outputs(model):
    file = f"alpaca_eval/alpaca_eval__{model}__alpaca_eval_gpt4__annotations.json"
    facts, read = _facts(file), read_set(IMPORT / file)
    choices = [c.choice for c in read.comparisons]
    assert (read.rows, read.left_out["no verdict"]) == (facts["rows"], facts["preference_null"])
    assert [choices.count(x) for x in (0.0, 1.0, 0.5)] == [facts["wins"], facts["losses"], facts["draws"]]


@with_public_sets
@pytest.mark.parametrize(
    "file",
    [
        "preference/MOSS-RLHF__data__ppo_data__valid.json",
        "preference/open-instruct__create_annotation_mix_out__full__honesty-full.jsonl",
        "sycophancy/elephant__outputs__AITA_responses_elephant_scored.csv",
        "human_ratings/open-instruct__human_eval__data__eval_instances_tulu_1.jsonl",
    ],
)
def test_files_without_preferences_are_refused_with_a_reason(file):
    with pytest.raises(TrilemmaError, match=r"no preference|must be an object"):
        read_set(IMPORT / file)


@with_public_sets
@pytest.mark.parametrize(
    ("file", "rows", "pairs", "prompts", "ties"),
    [
        ("hh_rlhf_harmless/dev.jsonl", 1147, 1142, 1108, 0),
        ("pandalm/testset-v1.json", 999, 993, 170, 105),
        ("truthfulqa_multi/en.json", 817, 2356, 817, 0),
        ("llmbar", 419, 419, 418, 0),
    ],
)
def test_facts_of_the_sets_that_tuned_our_adapters(file, rows, pairs, prompts, ties):
    read = read_set(SHARED / file)
    found = read.comparisons
    assert (read.rows, len(found), len({c.group for c in found})) == (rows, pairs, prompts)
    assert sum(c.choice == 0.5 for c in found) == ties and len(found) + read.rows_left_out >= rows
