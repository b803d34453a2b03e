"""Real files of other tools and the facts that an importer has to reproduce exactly.

They aren't part of this project: TRILEMMA_IMPORTS names the folder that holds them with their FACTS.json.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lib.collections.records import Collection
from lib.collections.staging import stage
from lib.formats.items import NoAnswers
from lib.store.collection import CollectionStore

FOLDER = Path(os.environ.get("TRILEMMA_IMPORTS", "no such folder"))
FACTS: dict[str, dict[str, Any]] = (
    {name: f["facts"] for name, f in json.loads((FOLDER / "FACTS.json").read_text()).items()}
    if (FOLDER / "FACTS.json").exists()
    else {}
)
pytestmark = pytest.mark.skipif(not FACTS, reason="TRILEMMA_IMPORTS names no folder with FACTS.json")
_FEWEST = 250  # facts that are held to; fewer, and a reader has gone quiet


def _answers(store: CollectionStore) -> list[Any]:
    return [r for chunk in store.answers_in_chunks() for r, _ in chunk]


def _preferences(store: CollectionStore) -> list[Mapping[str, Any]]:
    return [r for chunk in store.preferences_in_chunks() for r in chunk]


def _mean(values: list[float], digits: int = 4) -> float:
    return round(sum(values) / len(values), digits)


def _lengths(store: CollectionStore, better: bool) -> list[int]:
    side = {("a", True): "text_a", ("b", False): "text_a"}
    return [len(p[side.get((p["better"], better), "text_b")]) for p in _preferences(store) if p["better"] in ("a", "b")]


def _models(c: Collection) -> dict[str, dict[str, Any]]:
    return {m.name: {"n": m.answers, "mean_chars": round(m.mean_chars, 4), "empty": m.empty} for m in c.survey.models}


def _per_model(said: Mapping[str, Any], c: Collection) -> bool:
    """By name; a file that names no model has one in the facts under a name of its own."""
    mine = _models(c)
    return list(said.values()) == list(mine.values()) if len(said) == 1 and len(mine) == 1 else said == mine


def _sides(c: Collection, side: str) -> dict[str, int]:
    out: Counter[str] = Counter()
    for p in c.survey.pairs:
        out[getattr(p, side)] += p.a + p.b + p.ties + p.failed
    return dict(out)


def _score_values(c: Collection) -> dict[str, dict[str, int]]:
    return {m.scorer: {f"'{label}'": n for label, n in m.labels.items()} for m in c.survey.marks}


def _verdicts(c: Collection) -> Counter[str]:
    out: Counter[str] = Counter()
    for p in c.survey.pairs:
        out.update(a=p.a, b=p.b, ties=p.ties, failed=p.failed)
    return out


Fact = Callable[[Any, Collection, CollectionStore], bool]
_EQUAL: Mapping[str, Callable[[Collection, CollectionStore], Any]] = {
    "responses": lambda c, s: c.survey.answers,
    "null_responses": lambda c, s: c.survey.failed,
    "distinct_responses": lambda c, s: c.survey.distinct,
    "max_chars": lambda c, s: c.survey.longest,
    "samples_present": lambda c, s: c.survey.kept,
    "samples": lambda c, s: c.survey.kept,
    "mean_chars_output": lambda c, s: round(c.survey.chars / c.survey.answers, 4),
    "score_values": lambda c, s: _score_values(c),
    "created": lambda c, s: _answers(s)[0].date,
    "errors": lambda c, s: sum(bool(r.error) for r in _answers(s)) or sum(m.empty for m in c.survey.models),
    "task": lambda c, s: next(iter(c.survey.tags["task"])),
    "generator_1": lambda c, s: _sides(c, "model_a"),
    "generator_2": lambda c, s: _sides(c, "model_b"),
    "preference_null": lambda c, s: _verdicts(c)["failed"],
    "wins": lambda c, s: _verdicts(c)["b"],
    "losses": lambda c, s: _verdicts(c)["a"],
    "draws": lambda c, s: _verdicts(c)["ties"],
    "n_counted": lambda c, s: c.survey.preferences - _verdicts(c)["failed"],
    "win_rate_generator_2_pct": lambda c, s: round(100 * (c.survey.pairs[0].win_rate_b or 0), 4),
    "distinct_instructions": lambda c, s: c.survey.questions,
    "mean_chars_output_1": lambda c, s: _mean([len(p["text_a"]) for p in _preferences(s)]),
    "mean_chars_output_2": lambda c, s: _mean([len(p["text_b"]) for p in _preferences(s)]),
    "preference_values": lambda c, s: dict(
        sorted(Counter(str(p["score"]) for p in _preferences(s) if p["score"] is not None).items())
    ),
    "by_dataset": lambda c, s: c.survey.tags["dataset"],
    "sum_token_len": lambda c, s: c.survey.tokens,
    "mean_token_len": lambda c, s: c.survey.tokens / c.survey.answers,
    "turns_per_answer": lambda c, s: {str(len(c.survey.tags["turn"])): c.survey.questions},
    "pairs": lambda c, s: c.survey.preferences,
    "chosen_longer": lambda c, s: c.survey.preferred_longer,
    "equal_length": lambda c, s: c.survey.preferred_equal,
    "chosen_shorter": lambda c, s: c.survey.preferences - c.survey.preferred_longer - c.survey.preferred_equal,
    "share_chosen_longer": lambda c, s: round(c.survey.preferred_longer / c.survey.preferences, 4),
    "mean_chars_chosen": lambda c, s: _mean(list(map(float, _lengths(s, True)))),
    "mean_chars_rejected": lambda c, s: _mean(list(map(float, _lengths(s, False)))),
    "identical_replies": lambda c, s: sum(p["text_a"] == p["text_b"] for p in _preferences(s)),
    "empty_chosen": lambda c, s: sum(not p["text_a"].strip() for p in _preferences(s)),
    "empty_rejected": lambda c, s: sum(not p["text_b"].strip() for p in _preferences(s)),
    "exact_duplicate_pairs": lambda c, s: (
        c.survey.preferences - len({(p["prompt_id"], p["text_a"], p["text_b"]) for p in _preferences(s)})
    ),
    "with_system": lambda c, s: sum(p.messages[0].role == "system" for p in s.prompts()),
    "system_messages": lambda c, s: {
        str(n): sum(m for _, m in each)
        for n, each in {2: [(r, 1) for r in _answers(s)]}.items()
        if all(sum(m.role == "system" for m in p.messages) == n for p in s.prompts())
    },
    "mean_score_gap": lambda c, s: _mean([p["score"] for p in _preferences(s)]),
    "score_keys": lambda c, s: {m.scorer.partition("/")[2]: m.scores for m in c.survey.marks},
    "means": lambda c, s: {m.scorer.partition("/")[2]: m.mean for m in c.survey.marks},
    "mean_exact_match": lambda c, s: c.survey.marks[0].mean,
    "response_chars": lambda c, s: c.survey.chars,
    "consensus_source": lambda c, s: c.survey.tags["consensus_source"],
    "perspectives": lambda c, s: c.survey.tags["perspective"],
    "accuracy": lambda c, s: c.survey.marks[0].mean,
    "mean_chars_true": lambda c, s: _labelled(s, 1.0),
    "mean_chars_false": lambda c, s: _labelled(s, 0.0),
    "assistant_messages": lambda c, s: c.survey.kept,
    "ranked_messages": lambda c, s: c.survey.marks[0].scores,
    "pairs_from_ranks": lambda c, s: c.survey.preferences,
    "better_longer": lambda c, s: c.survey.preferred_longer,
    "completions": lambda c, s: c.survey.answers,
    "instances": lambda c, s: len({p["judgement"] or p["number"] for p in _preferences(s)}),
    "distinct_questions": lambda c, s: c.survey.questions,
    "examples": lambda c, s: c.survey.prompts,
    "flipped": lambda c, s: c.survey.tags["shown in the other order"]["yes"],
}


def _labelled(store: CollectionStore, value: float) -> float:
    """The mean length of the answers with a label; an answer that two rows label counts in each."""
    texts = {(r.prompt_id, r.run_id, r.sample): r.text for r in _answers(store)}
    marks = store.marks_of([p.id for p in store.prompts()])
    return _mean([len(texts[k]) for k, each in marks.items() for m in each if m.value == value])


_HELD: dict[str, Fact] = {
    **{
        name: (lambda said, c, s, value=value: said == value(c, s))
        for name, value in _EQUAL.items()
        if name not in ("instances", "errors", "score_values")
    },
    "per_model": lambda said, c, s: _per_model(said, c),
    "distinct_prompts": lambda said, c, s: said == c.survey.questions,
    "model": lambda said, c, s: (said if isinstance(said, str) else said[0]) in [m.label for m in c.models],
    "total_chars": lambda said, c, s: said == c.survey.chars,
    "share_preferred_is_longer": lambda said, c, s: (
        said == round(c.survey.preferred_longer / (_verdicts(c)["a"] + _verdicts(c)["b"] - c.survey.preferred_equal), 4)
    ),
    "rows": lambda said, c, s: c.files[0].mapping is None or said == c.files[0].rows == c.survey.kept,
    "score_values": lambda said, c, s: said in (_score_values(c), _numbers(s)),
    "status": lambda said, c, s: f", {said}:" in c.files[0].notes[0],
    "dataset_samples": lambda said, c, s: f"of {said:,} samples" in c.files[0].notes[0] or said == c.survey.kept,
    "stop_reasons": lambda said, c, s: said == {"stop": sum(r.finish == "end" for r in _answers(s))},
    "mean_score": lambda said, c, s: (
        _numbers_of("score", said, c) if isinstance(said, float) else _numbers_of("mean_score", said["mean"], c)
    ),
    "final_consensus": lambda said, c, s: _numbers_of("final_consensus", said["mean"], c),
    "range": lambda said, c, s: _numbers_of("range", said["mean"], c),
    "preference": lambda said, c, s: (
        {"tie": said["tie"], "a": said["a-is-slightly-better"] + said["a-is-better"]}
        == {"tie": _verdicts(c)["ties"], "a": _verdicts(c)["a"]}
    ),
    "models_a": lambda said, c, s: said == _sides(c, "model_a"),
    "models_b": lambda said, c, s: said == _sides(c, "model_b"),
    "evaluators": lambda said, c, s: sorted(said.values()) == sorted(_raters(c).values()),
    "accept_a": lambda said, c, s: (
        said["yes"] + FACTS[_TULU]["accept_b"]["yes"] == sum(m.labels.get("yes", 0) for m in c.survey.marks)
    ),
    "flags": lambda said, c, s: all(
        _numbers_of(name, values["1"] / (values["0"] + values["1"]), c)
        for name, values in said.items()
        if "1" in values
    ),
    "correct": lambda said, c, s: said["true"] == c.survey.marks[0].total,
    "by_turn": lambda said, c, s: said == c.survey.tags["turn"],
    "mean_by_turn": lambda said, c, s: sorted(said.values()) == sorted(m.mean for m in c.survey.marks if m.mean),
    "judges": lambda said, c, s: said == {m.scorer: m.scores for m in c.survey.marks},
    "models": lambda said, c, s: set(said) == {m.label for m in c.models},
    "categories": lambda said, c, s: said == c.survey.tags["category"],
    "raters": lambda said, c, s: (
        sum(said) == sum(p.a + p.b + p.ties for p in c.survey.pairs if p.rater[:6] == "rater ")
    ),
    "labels": lambda said, c, s: (
        said["true"] == c.survey.marks[0].total and sum(said.values()) == c.survey.marks[0].scores
    ),
}
_TULU = "human_ratings/open-instruct__human_eval__data__eval_annotations_tulu_1.xlsx"


def _numbers(store: CollectionStore) -> dict[str, int]:
    """How often each number is given, by what it is called without a point."""
    marks = store.marks_of([p.id for p in store.prompts()])
    return dict(Counter(f"{m.value:g}" for each in marks.values() for m in each if m.value is not None))


def _numbers_of(scorer: str, said: float, c: Collection) -> bool:
    return any(m.scorer == scorer and m.mean is not None and abs(m.mean - said) < 5e-5 for m in c.survey.marks)


def _raters(c: Collection) -> dict[str, int]:
    out: Counter[str] = Counter()
    for p in c.survey.pairs:
        out[p.rater] += p.a + p.b + p.ties + p.failed
    return dict(out)


# Facts that mean another thing in these files: of texts without keys all are counted, answers or not.
_ELSEWHERE = {("preference/MOSS-RLHF__data__ppo_data__valid.json", "total_chars")}
_TABLES = {"rows", "columns", "records", "header", "tasks", "messages"}
held: Counter[str] = Counter()


@pytest.mark.parametrize("name", list(FACTS))
def test_every_fact_of_a_real_file_comes_out(name, place, bring):
    facts = FACTS[name]
    try:
        collection, store = bring(FOLDER / name)
    except NoAnswers as fault:
        for key in facts.keys() & _TABLES:
            assert _refused(key, facts[key], fault), f"{key}: {facts[key]}"
            held[name] += 1
        return
    wrong = {
        key: said
        for key, said in facts.items()
        if key in _HELD and (name, key) not in _ELSEWHERE and not _HELD[key](said, collection, store)
    }
    assert wrong == {}
    held[name] += sum(key in _HELD for key in facts)
    assert held[name], "no fact of this file is held to"
    store.close()


def _refused(key: str, said: Any, fault: NoAnswers) -> bool:
    """A file without answers is shown as the table that it is, with all its rows and columns."""
    if key in ("rows", "records"):
        return fault.total == said or f"{said:,} " in fault.what
    if key == "tasks":
        return f"of {said} tasks" in fault.what
    if key == "messages":
        return len(fault.rows) == said
    return list(fault.rows[0]) == said


def test_enough_facts_were_held_to():
    assert sum(held.values()) >= _FEWEST, sum(held.values())


def test_what_belongs_together_is_joined(bring):
    """Three outputs and three annotations: the published win rates, over the instructions that all have."""
    files = sorted((FOLDER / "alpaca_eval").glob("*phi-2*"))
    collection, store = bring(*files)
    survey = collection.survey
    assert (survey.prompts, survey.shared, survey.kept) == (805, 805, 4 * 805)
    rates = {p.model_b: round(100 * (p.win_rate_b or 0), 2) for p in survey.pairs}
    assert rates == {"phi-2": 30.66, "phi-2-sft": 68.53, "phi-2-dpo": 82.34}
    store.close()


def test_answers_without_prompts_find_their_questions(bring, place):
    answers = FOLDER / "arena_hard" / "arena-hard-auto__arena-hard-v0.1__model_answer__gpt-3.5-turbo-0125.jsonl"
    questions = FOLDER / "arena_hard" / "arena-hard-auto__data__arena-hard-v0.1__question.jsonl"
    alone = stage(place, [(answers, answers.name)], "alone").collection.survey
    collection, store = bring(answers, questions)
    assert (alone.unprompted, collection.survey.unprompted) == (500, 0)
    assert (
        sum(len(p.messages[0].content) for p in store.prompts()) == FACTS[f"arena_hard/{questions.name}"]["total_chars"]
    )
    assert store.tag_values(300)["cluster"].keys() and len(store.tag_values(300)["cluster"]) == 250
    store.close()
