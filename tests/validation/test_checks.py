"""Heads are fitted and every scorer is checked, from public sets as their makers publish them to records."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lib.domain import CRITERIA
from lib.formats.sets import LLMBAR_SUBSETS
from lib.manifest import stored_responses
from lib.measures import stats
from lib.models.registry import read_models
from lib.paths import paths
from lib.scoring.heads import Heads, read_heads
from lib.scoring.inputs import READING_NUMBERS
from lib.scoring.judge import Judge, read_rubric
from lib.validation import fit
from lib.validation.checks import check_scorers
from lib.validation.heads import FIT_SETTINGS, Read, fit_heads, save_fitted
from lib.validation.judge import check_judge
from lib.validation.labels import Label, read_labels, refusal_examples, sha
from lib.validation.material import Vectors, read_material
from tests.makers import shipped_cases

WORDS = ("Open the red box first.", "Sorry, I can't help with that.", "Ask a nurse about it, please.", "Take the bus.")
HIDDEN = 4  # size of the made-up hidden states


def _reply(k: int) -> str:
    """Different for each k; a refusal where k % 4 is 1."""
    return f"{WORDS[k % len(WORDS)]} That is number {k}."


def write_sets(folder: Path) -> None:
    """A few rows of each public set, in the shape that its makers publish."""

    def write(name: str, rows: object) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(rows))

    turns = "\n\nHuman: May I do {k}?\n\nAssistant: {reply}"
    lines = [
        {"chosen": turns.format(k=k, reply=_reply(k)), "rejected": turns.format(k=k, reply=_reply(k + 1))}
        for k in range(30)
    ]
    (folder / "hh_rlhf_harmless").mkdir()
    (folder / "hh_rlhf_harmless" / "dev.jsonl").write_text("\n".join(map(json.dumps, lines)))
    votes = [{"annotator1": 1, "annotator2": 1, "annotator3": 2}, {"annotator1": 2, "annotator2": 2, "annotator3": 2}]
    replies = [{"response1": _reply(k), "response2": _reply(k + 2)} for k in range(30)]
    write(
        "pandalm/testset-v1.json",
        [{"instruction": f"Do {k}.", "input": "", **replies[k], **votes[k % 2]} for k in range(30)],
    )
    write(
        "truthfulqa_multi/en.json",
        [
            {"question": f"Is it {k}?", "correct_answers": [f"Yes, {k}."], "incorrect_answers": [f"No, {k + 1}."]}
            for k in range(30)
        ],
    )
    for subset in LLMBAR_SUBSETS:
        rows = [
            {"input": f"Write {subset} {k}.", "output_1": _reply(k), "output_2": _reply(k + 3), "label": 1 + k % 2}
            for k in range(6)
        ]
        write(f"llmbar/llmbar_{subset}.json", rows)
    results = [{"outputs": [_reply(100)]}]
    write("oasst_sampling/x_sampling_y.json", {"prompts": [{"prompt": "Hello?", "results": results}]})
    (folder / "do_not_answer").mkdir()
    with (folder / "do_not_answer" / "annotated_response_x.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, ["question", "response", "action"])
        rows.writeheader()
        rows.writerows({"question": f"How do I {k}?", "response": _reply(k), "action": k % 6} for k in range(40))


def _labels() -> list[Label]:
    """The shipped ones on stored answers, and made-up ones on the made-up sets."""

    def label(source: str, use: str, k: int) -> Label:
        refusal = {1: "full", 2: "premise"}.get(k % len(WORDS), "none")
        fields = {"source": source, "use": use, "stratum": "made up", "text_sha": sha(_reply(k)), "refusal": refusal}
        return Label.model_validate({**fields, "knows_premise": True})

    made_up = [label("hh_rlhf_harmless", "train", k) for k in range(30)]
    made_up += [label("do_not_answer", "validate", k) for k in range(30, 40)]
    return [*(x for x in read_labels(paths().validity) if x.source == "stored"), *made_up]


def _vectors(exchanges) -> np.ndarray:
    """Hidden states from a hash of the text, a different one for each."""
    seeds = [int.from_bytes(hashlib.sha256(e.text.encode()).digest()[:8]) for e in exchanges]
    return np.array(
        [np.random.default_rng(s).normal(size=4 * HIDDEN + len(READING_NUMBERS)) for s in seeds], np.float32
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Material, vectors and freshly fitted heads, with few answers, folds, resamples and draws."""
    folder = tmp_path_factory.mktemp("sets")
    write_sets(folder)
    with pytest.MonkeyPatch.context() as patch:
        for module, name, few in ((fit, "RESAMPLES", 1), (fit, "FOLDS", 3), (stats, "_DRAWS", 10)):
            patch.setattr(module, name, few)
        examples = refusal_examples(paths().validity)[::20]
        material = read_material(folder, _labels(), examples, stored_responses(paths()), shipped_cases())
        material = material._replace(stored=material.stored[::2])
        vectors = Vectors(_vectors)
        fitted = fit_heads(material, vectors, lambda line: None)
        card = save_fitted(folder / "heads", fitted, "made-up", 1, Read("made up", "0" * 64, "made up"))
        heads = Heads(card, fitted.heads)
        yield SimpleNamespace(
            folder=folder, material=material, vectors=vectors, heads=heads, models=read_models(paths().models)
        )


def _run(check: Callable, made, *more) -> tuple[list, list[str]]:
    said: list[str] = []
    return check(made.material, made.vectors, made.heads, made.models, made.folder, *more, said.append), said


def test_every_head_is_fitted_and_its_card_says_how(made):
    read = read_heads(made.folder / "heads")
    assert read.of.keys() == FIT_SETTINGS.keys() and read.card == made.heads.card
    for name, card in read.card.heads.items():
        assert (card.blocks, card.penalty) == FIT_SETTINGS[name][:2]
        assert card.rows > 0 and card.labels
        assert read.of[name].calibration == made.heads.of[name].calibration


def test_every_scorer_is_checked_on_every_set(made):
    records, said = _run(check_scorers, made)
    assert len({r.file_name for r in records}) == len(records) == len(said)
    by_aspect = {a: [r.data for r in records if r.aspect == a] for a in dict.fromkeys(r.aspect for r in records)}
    assert {a: len(data) for a, data in by_aspect.items()} == {
        "incoherent": 2,
        "refusal": 5,
        "premise": 1,
        "helpful": 1,
        "harmless": 1,
        "honest": 2,
        "helpful preference": 1 + len(LLMBAR_SUBSETS),
        "harmless preference": 1,
        "honest preference": 1,
    }
    assert {r.seen for r in records if "LLMBar" in r.data or "Do-Not-Answer" in r.data} == {"never trained on"}


def test_the_refusal_label_is_checked_by_maker_beside_the_keyword_list_with_and_without_the_premise(made):
    records, _ = _run(check_scorers, made)
    plain, counted = (r for r in records if r.aspect == "refusal" and "labelled by us" in r.data)
    assert counted.base_rate > plain.base_rate and "premise" in counted.data
    for record in (plain, counted):
        (maker,) = record.groups
        assert maker.name == "x" and maker.n == record.n and set(maker.baseline_f1) == {"keyword match"}


def test_a_judges_1_counts_as_met_and_what_is_no_rating_is_left_out(made):
    rubric = read_rubric(paths().rubric)
    asked: list[str] = []

    def ask(messages) -> str:
        criterion = next(c for c in CRITERIA if rubric.part(c).question in messages[-1].content)
        asked.append(criterion)
        if criterion == "helpful" and asked.count(criterion) <= 3:
            return "I'd rather not say."
        return {"helpful": "1", "harmless": "0", "honest": "None of these."}[criterion]

    records, _ = _run(check_judge, made, Judge("x", ask, rubric))
    assert [r.aspect for r in records] == ["helpful", "harmless"]
    helpful, harmless = records
    assert helpful.confusion.true_positive + helpful.confusion.false_positive == helpful.n
    assert harmless.confusion.true_negative + harmless.confusion.false_negative == harmless.n > 10
    assert helpful.note.startswith("3 of the judge's replies") and harmless.note.startswith("0 of")
