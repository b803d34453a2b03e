"""A collection from its files to its measures, out in every format and in again, and gone."""

import json

import pytest

from lib.collections import commands, records, work
from lib.collections.export import export
from lib.collections.library import opened
from lib.collections.pairs import guessed
from lib.collections.records import Pairing
from lib.collections.selection import Asked
from lib.collections.staging import Choice
from lib.domain import Check, Pattern, TrilemmaError
from lib.formats.items import BadImport
from lib.formats.recognise import recognised
from lib.formats.sources import Source
from tests.collections.conftest import nothing_kept
from tests.collections.files import HOSTILE, QUESTIONS, annotations, answers

SORRY = Check("new", "says sorry", "helpful", "against", pattern=Pattern(any=("sorry",)))


@pytest.fixture
def lamps(place, tmp_path, bring):
    """The collection `c` with its pairs and one check."""
    _, store = bring(answers(tmp_path))
    store.close()
    work.with_pairs(place, "c", [Pairing(base="toy", tuned="toy-sft"), Pairing(base="toy-sft", tuned="toy-dpo")])
    return work.with_check(place, "c", SORRY)


def _say(place, tmp_path, name="c", confirmed=True, pairs=()) -> list[str]:
    told: list[str] = []
    commands.import_files(
        place, [answers(tmp_path)], name, Choice(), pairs, lambda: confirmed, told.append, lambda share, what: None
    )
    return told


def test_what_a_file_holds_is_said_before_anything_is_kept(place, tmp_path):
    told = "\n".join(_say(place, tmp_path, confirmed=False))
    assert f"{3 * QUESTIONS} answers to {QUESTIONS} prompts from 3 models" in told and "Nothing was kept" in told
    assert nothing_kept(place)


def test_a_kept_collection_is_listed_its_name_taken_and_deleted_in_one_go(place, tmp_path):
    assert any("A guess from the names: toy=toy-sft" in line for line in _say(place, tmp_path))
    listed: list[str] = []
    commands.list_collections(place, listed.append)
    assert listed[0].startswith(f"c: {3 * QUESTIONS} answers, {QUESTIONS} prompts, 3 models")
    with pytest.raises(TrilemmaError, match="called 'c' already"):
        _say(place, tmp_path)
    commands.delete_collections(place, ["c"], listed.append)
    assert nothing_kept(place) and records.names(place) == []
    with pytest.raises(TrilemmaError, match="No collection is called 'c'"):
        commands.delete_collections(place, ["c"], listed.append)


def test_a_model_that_is_not_there_makes_no_pair_and_nothing_is_kept(place, tmp_path):
    with pytest.raises(TrilemmaError, match="no model is called 'toy-ppo'"):
        _say(place, tmp_path, pairs=["toy=toy-ppo"])
    assert nothing_kept(place)


def test_a_row_that_breaks_late_is_named_and_nothing_is_kept(place, tmp_path, bring):
    file = answers(tmp_path)
    file.write_text(file.read_text() + '{"prompt": "x", "model": "toy", "response"')
    with pytest.raises(BadImport, match=rf"answers\.jsonl.*{3 * QUESTIONS + 1}"):
        bring(file)
    assert nothing_kept(place)


def test_pairs_are_guessed_by_stage(lamps):
    every = {(g.base, g.tuned) for g in guessed(lamps.models)}
    assert every == {("toy", "toy-sft"), ("toy", "toy-dpo"), ("toy-sft", "toy-dpo")}


def test_checks_are_decided_and_a_planted_change_is_found(place, lamps):
    done = list(work.decide_checks(place, "c"))
    assert done[-1] == 3 * QUESTIONS
    store = opened(place, lamps)
    yes = {r.model_id: (r.yes, r.no) for r in store.check_rows()}
    store.close()
    assert yes == {"toy": (0, QUESTIONS), "toy-sft": (0, QUESTIONS), "toy-dpo": (12, 12)}
    found = work.measure(place, "c")
    again, stale = work.measured(place, records.read(place, "c")) or (None, None)
    assert again and again.made_from == found.made_from and stale is False
    changes = {(c.comparison, c.measure): c.mean for c in again.changes}
    planted = changes["toy-sft>toy-dpo", "helpful"]  # sorry speaks against being helpful
    assert planted.value == pytest.approx(-0.5) and -0.8 < planted.low < planted.high < -0.2
    assert changes["toy>toy-sft", "helpful"].value == 0
    assert changes["toy-sft>toy-dpo", "apology"].value == pytest.approx(0.5)


def test_a_measure_is_stale_once_a_check_has_gone(place, lamps):
    work.measure(place, "c")
    work.without_check(place, "c", "new")
    _, stale = work.measured(place, records.read(place, "c")) or (None, None)
    assert stale is True


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (SORRY, "there already"),
        (Check("x", "none", "helpful", "for", pattern=Pattern(any=())), "at least one phrase"),
        (Check("x", "judged", "helpful", "for", statement="It is right."), "words or marked features"),
    ],
)
def test_a_check_that_can_not_be_decided_is_refused(place, lamps, check, fault):
    with pytest.raises(TrilemmaError, match=fault):
        work.with_check(place, "c", check)
    assert [c.label for c in records.read(place, "c").checks] == ["says sorry"]


def _rows(store):
    """What was answered, in a form that does not depend on ids."""
    prompts = {p.id: p.messages[-1].content for p in store.prompts()}
    return sorted(
        (prompts[r.prompt_id], r.model_id, r.sample, r.text) for some in store.answers_in_chunks() for r, _ in some
    )


@pytest.mark.parametrize("form", ["parquet", "csv", "excel", "jsonl"])
def test_answers_go_out_and_come_in_again_the_same(place, lamps, tmp_path, bring, form):
    store = opened(place, lamps)
    file = tmp_path / f"out.{'csv' if form == 'excel' else form}"
    written = export(store, lamps, Asked(form), file)
    assert written.rows == 3 * QUESTIONS
    _, again = bring(file, name=f"again-{form}")
    assert _rows(again) == _rows(store)
    again.close()
    store.close()


@pytest.mark.parametrize("form", ["parquet", "csv", "excel", "jsonl"])
def test_preferences_go_out_and_come_in_again_the_same(place, tmp_path, bring, form):
    collection, store = bring(annotations(tmp_path))
    file = tmp_path / f"out.{'csv' if form == 'excel' else form}"
    export(store, collection, Asked(form, "preferences"), file)
    brought, again = bring(file, name=f"again-{form}")

    def told(s):
        return sorted((r["text_a"], r["text_b"], r["better"], r["rater"]) for c in s.preferences_in_chunks() for r in c)

    assert told(again) == told(store) and len(told(store)) == 12
    assert [p.win_rate_b for p in brought.survey.pairs] == [0.75]
    again.close()
    store.close()


def test_a_spreadsheet_runs_nothing_that_a_model_wrote(tmp_path, bring):
    collection, store = bring(annotations(tmp_path))
    file = tmp_path / "out.csv"
    export(store, collection, Asked("excel", "preferences"), file)
    assert "'=The elm" in file.read_text() and ",=The elm" not in file.read_text()
    store.close()


def test_pairs_for_trl_by_preferences_and_by_checks(place, lamps, tmp_path, bring):
    store = opened(place, lamps)
    by_check = tmp_path / "checks.jsonl"
    export(store, lamps, Asked("trl-text", by="checks"), by_check)
    rows = [json.loads(line) for line in by_check.read_text().splitlines()]
    assert rows and all("sorry" in r["rejected"] and "sorry" not in r["chosen"] for r in rows)
    store.close()
    collection, store = bring(annotations(tmp_path), name="trees")
    by_people = tmp_path / "people.jsonl"
    assert export(store, collection, Asked("trl-messages"), by_people).rows == 12
    chosen = [json.loads(line)["chosen"][-1]["content"] for line in by_people.read_text().splitlines()]
    assert sum("elm" in text for text in chosen) == 9
    store.close()


def test_two_models_go_to_llm_comparator_and_are_known_again(place, tmp_path, bring):
    collection, store = bring(annotations(tmp_path))
    file = tmp_path / "out.json"
    export(store, collection, Asked("llm-comparator", models=("toy", "toy-dpo")), file)
    assert recognised(Source(file)).format == "LLM Comparator"
    brought, again = bring(file, name="back")
    assert {m.label for m in brought.models} == {"toy", "toy-dpo"} and brought.survey.prompts == 12
    again.close()
    store.close()


def test_a_comparison_as_a_page_holds_hostile_text_as_text(place, lamps, tmp_path):
    store = opened(place, lamps)
    asked = next(p for p in store.prompts() if f"number {QUESTIONS - 1}?" in p.messages[-1].content)
    file = tmp_path / "out.html"
    export(store, lamps, Asked("html", prompt_id=asked.id), file)
    html = file.read_text()
    assert "<img src=x" not in html and "&lt;img src=x onerror=alert(1)&gt;" in html and HOSTILE not in html
    store.close()
