"""The review of the whole library: what a second case must not repeat, and what the shipped cases hold."""

from dataclasses import replace

import pytest

from lib.cases.files import read_case, read_tours
from lib.cases.front import CaseProblems
from lib.cases.review import MAX_GRADE, other_reader, reading_grades, review, story_words
from lib.cases.shape import CLAIMS
from lib.domain import Message, Tour
from lib.files import DataProblem
from lib.paths import ROOT
from tests.makers import CASE, shipped_cases

SHIPPED = shipped_cases()
TOURS = read_tours(ROOT / "casestudies")
ONE = replace(SHIPPED[0], see_also=())
TWO = replace(SHIPPED[1], see_also=())


def _says(*cases, tours=()) -> str:
    return "\n".join(map(str, review(cases, tours)))


def test_the_shipped_library_passes_its_own_review():
    assert review(SHIPPED, TOURS) == []


def test_the_shipped_library_can_be_read_by_any_reader_of_yaml():
    assert list(other_reader(ROOT / "casestudies")) == []


def test_front_matter_that_another_reader_cannot_read_is_named_by_line(tmp_path):
    text = CASE.read_text().replace('{text: "Would you write it?",', "{text: Would you write it?,")
    (tmp_path / "broken-vase.md").write_text(text)
    read_case(tmp_path / "broken-vase.md")
    (problem,) = other_reader(tmp_path)
    assert "PyYAML" in problem.message and text.splitlines()[problem.line - 1].startswith("  - {text: Would you")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Nobody knows. No one asks. Somebody may. Nobody will.", "nobody, no one, somebody: 4 times"),
        ("Here one can see it.", "one can / may / must: 1 times"),
        ("It is small. Nor is it new.", "opens with Nor: 1 times"),
        ("Full marks go to work that dares.", "Full marks: 1 times"),
        ("This line breaks\noff in the middle.", "a line ends in mid-paragraph: 'This line breaks'"),
    ],
)
def test_tics_and_broken_lines_are_named(text, says):
    case = replace(ONE, sections=ONE.sections | {"For research": text})
    assert says in _says(case)


def test_an_opening_that_too_many_cases_share_is_named():
    alike = [
        replace(c, see_also=(), sections=c.sections | {"For research": f"Count the words of case {c.number}."})
        for c in SHIPPED[:9]
    ]
    found = [p for p in review(alike) if p.field == "For research"]
    assert "9 cases have a paragraph that opens with 'count the words'" in found[0].message
    assert not [p for p in review(alike[:8]) if p.field == "For research"]


def test_the_catalogue_is_whole_and_each_claim_has_three_cases():
    assert [c.number for c in SHIPPED] == list(range(1, 81))
    counts = {claim: sum(c.claim == claim for c in SHIPPED) for claim in CLAIMS}
    assert min(counts.values()) >= 3, counts


def test_each_tour_has_six_stops():
    assert {len(t.case_ids) for t in TOURS} == {6}


@pytest.mark.parametrize("code", ["es", "fr", "de", "hi", "sw", "ar"])
def test_other_languages_are_there_and_marked_for_native_review(code):
    with_it = [c for c in SHIPPED if code in c.languages]
    assert with_it and all(
        code in c.needs_native_review and any(p.language == code for p in c.prompts) for c in with_it
    )


def test_two_sound_cases_have_no_problem():
    assert _says(ONE, TWO) == ""


def test_a_short_story_is_named_with_its_words():
    assert story_words(ONE) > 350
    assert "words of story and guidance" in _says(replace(ONE, sections=dict.fromkeys(ONE.sections, "Too short.")))


def test_a_hard_text_is_named_with_its_grade():
    hard = (
        "Institutional considerations necessitate the comprehensive reconceptualisation of organisational"
        " responsibilities, " * 40
    )
    case = replace(ONE, sections=ONE.sections | {"The situation": hard + "."})
    assert max(reading_grades(case)) > MAX_GRADE and "reads at grade" in _says(case)


def test_a_sentence_that_stands_in_two_cases_is_named():
    sentence = "This very sentence stands in two different cases."
    a, b = (
        replace(c, sections=c.sections | {"For research": c.sections["For research"] + "\n\n" + sentence})
        for c in (ONE, TWO)
    )
    assert "duplicate sentence" in _says(a, b) and _says(a, TWO) == ""


def test_a_prompt_nearly_that_of_another_case_is_named():
    near = replace(TWO.prompts[0], messages=(Message("user", ONE.prompts[0].text + " Thanks."),))
    assert f"{near.id} is nearly {ONE.prompts[0].id}" in _says(ONE, replace(TWO, prompts=(near, *TWO.prompts[1:])))


def test_a_prompt_that_stands_twice_in_a_case_is_named():
    again = replace(ONE.prompts[1], messages=ONE.prompts[0].messages)
    assert "are the same" in _says(replace(ONE, prompts=(ONE.prompts[0], again)))


@pytest.mark.parametrize("other", ["gone", ONE.id])
def test_see_also_must_be_another_case(other):
    assert "is not another case" in _says(replace(ONE, see_also=(other,)))


@pytest.mark.parametrize("link", ["www.example.org", "http://example", "javascript:alert(1)", ""])
def test_a_link_that_is_not_whole_is_named(link):
    case = replace(ONE, sections=ONE.sections | {"For policy": f"See [this]({link})."})
    assert "is not a whole web address" in _says(case)


def test_a_tour_to_a_case_that_is_gone_is_named():
    assert "gone: no such case" in _says(ONE, TWO, tours=[Tour("A tour", "", (ONE.id, "gone"))])


def test_a_broken_tour_file_is_named(tmp_path):
    (tmp_path / "tours.toml").write_text("[[tour]]\ntitle = 'No cases'\n")
    with pytest.raises(DataProblem, match=r"tours\.toml: tour\.0\.note"):
        read_tours(tmp_path)
    (tmp_path / "tours.toml").write_bytes(b"\xff[[")
    with pytest.raises(DataProblem, match=r"tours\.toml: not valid TOML"):
        read_tours(tmp_path)
    assert read_tours(tmp_path / "elsewhere") == ()


def test_a_language_to_review_must_be_one_of_the_cases_languages(tmp_path):
    path = tmp_path / CASE.name
    path.write_text(CASE.read_text().replace("languages: [en]", "languages: [en]\nneeds_native_review: [sw]"))
    with pytest.raises(CaseProblems, match="needs_native_review: sw"):
        read_case(path)
