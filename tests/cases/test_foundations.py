"""Foundations and the glossary: the shipped ones are sound, faults are named, everyday words are left alone."""

import pytest

from lib.cases.foundations import (
    SECTIONS,
    foundation_problems,
    read_foundation,
    read_foundations,
    read_glossary,
    terms_in,
)
from lib.cases.front import CaseProblems
from lib.cases.shape import CLAIMS
from lib.domain import Term
from lib.files import DataProblem
from lib.paths import ROOT
from tests.makers import shipped_cases

FOLDER = ROOT / "casestudies"
SHIPPED = read_foundations(FOLDER)


def test_the_shipped_chapters_are_whole_and_name_cases_that_there_are():
    assert [c.number for c in SHIPPED] == [1, 2, 3, 4, 5]
    assert {tuple(c.sections) for c in SHIPPED} == {SECTIONS}
    assert list(foundation_problems(SHIPPED, shipped_cases())) == []


def test_the_nine_claims_stand_in_one_chapter_in_the_papers_order():
    chapter = next(c for c in SHIPPED if c.id == "nine-claims")
    headings = [line[4:] for line in chapter.sections["The idea"].splitlines() if line.startswith("### ")]
    assert headings == list(CLAIMS.values())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("right: true", "right: false", "quick_checks.0: exactly one choice must be right"),
        ("number: 1", "number: none", "number: Input should be a valid integer"),
        ("id: value-alignment", "id: values", "id: must equal the file's name, 'value-alignment'"),
        ("## The idea", "## An idea", "section 'The idea' is missing or empty"),
    ],
)
def test_a_fault_of_a_chapter_is_named(tmp_path, old, new, says):
    folder = tmp_path / "foundations"
    folder.mkdir()
    text = (FOLDER / "foundations" / "value-alignment.md").read_text()
    assert old in text
    (folder / "value-alignment.md").write_text(text.replace(old, new))
    with pytest.raises(CaseProblems) as caught:
        read_foundations(tmp_path)
    assert says in str(caught.value)
    with pytest.raises(CaseProblems):
        read_foundation(folder / "value-alignment.md")


def test_a_chapter_that_names_a_case_that_is_gone_is_named():
    (problem, *_) = foundation_problems(SHIPPED[:1], ())
    assert "no such case" in problem.message and problem.file == "foundations/value-alignment.md"


GLOSSARY = (
    Term("rater", "A person who marks answers.", ("raters",)),
    Term("DPO", "A way of tuning."),
    Term("shift", "A difference.", everyday=True),
)


def test_terms_are_found_whole_in_their_order_and_everyday_words_are_not():
    found = terms_in("After DPO the raters of the night shift left. Moderaters? DPO again.", GLOSSARY)
    assert [t.term for t in found] == ["DPO", "rater"]
    assert terms_in("moderators", GLOSSARY) == []


def test_the_shipped_glossary_explains_each_term_once_and_briefly():
    terms = read_glossary(FOLDER)
    assert len({t.term.lower() for t in terms}) == len(terms) >= 40
    assert max(len(t.meaning.split()) for t in terms) <= 30


def test_a_broken_glossary_is_named_and_none_is_none(tmp_path):
    assert read_glossary(tmp_path) == () and read_foundations(tmp_path) == ()
    (tmp_path / "glossary.toml").write_text('[[term]]\nterm = "x"\n')
    with pytest.raises(DataProblem, match=r"glossary\.toml: term\.0\.meaning"):
        read_glossary(tmp_path)
