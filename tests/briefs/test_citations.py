"""Citations read again by their own libraries; the files of a case; CSV in which nothing computes."""

import io
import json
import os

import bibtexparser
import pandas as pd
import pytest
import rispy
from pydantic import TypeAdapter

from lib.briefs import citations
from lib.briefs.case_file import case_json, case_markdown
from lib.briefs.citations import NO_DOI, Cited
from lib.briefs.edition import edition
from lib.cases.files import read_case
from lib.domain import CaseStudy
from lib.files import DataProblem
from lib.paths import Paths
from lib.ui.takeaway import csv
from tests.briefs.conftest import EDITION, evidence_of
from tests.makers import CASE

ADDRESS = "http://localhost:8501/case?case=are-you-human&a_b=%20"
TITLES = ("Are you human?", "50% & {more} \\input{x} $y$ # ~\nER  - \n\nTY  - JOUR\n@book{x, title={y}}", "नमस्ते")


def cited(title: str) -> Cited:
    return Cited("Case study", "are-you-human", title, ADDRESS, EDITION)


@pytest.mark.parametrize("title", TITLES)
def test_bibtex_is_read_again_as_one_entry(title):
    library = bibtexparser.parse_string(citations.bibtex(cited(title)))
    (entry,) = library.entries
    assert not library.failed_blocks and entry.key == "trilemma-are-you-human-2026"
    fields = {f.key: f.value for f in entry.fields}
    assert fields["url"] == ADDRESS and fields["version"] == EDITION.version and "doi" not in fields
    assert fields["author"] == "{Trilemma contributors}" and "\\input{" not in fields["title"]


@pytest.mark.parametrize("title", TITLES)
def test_ris_is_read_again_as_one_record(title):
    (record,) = rispy.load(io.StringIO(citations.ris(cited(title))))
    assert record["title"] == " ".join(title.split()) and record["urls"] == [ADDRESS]
    assert record["type_of_reference"] == "GEN" and record["year"] == "2026" and "doi" not in record


@pytest.mark.parametrize("title", TITLES)
def test_apa_names_author_year_title_version_and_address(title):
    said = citations.apa(cited(title))
    assert said.startswith("Trilemma contributors. (2026). ") and " ".join(title.split()) in said
    assert "(Version 0.1.0) [Case study; sealed answers 0123abcd]" in said and said.endswith(ADDRESS)


def test_there_is_no_doi_and_it_says_so():
    assert NO_DOI.startswith("There is no DOI")
    for form in (citations.apa, citations.bibtex, citations.ris):
        assert "doi.org" not in form(cited("A title"))


def test_the_version_changes_with_the_answers(tmp_path):
    paths = Paths(tmp_path, tmp_path)
    bare = edition(paths).version
    paths.manifest.write_text("{}")
    first = edition(paths).version
    paths.manifest.write_text('{"more": 1}')
    os.utime(paths.manifest, ns=(1, 1))
    assert bare.endswith("+no-answers") and len({bare, first, edition(paths).version}) == 3


def test_a_case_as_json_is_the_case_with_what_its_checks_found(case):
    found = evidence_of(case, "x")
    (difference,) = found.differences
    text = case_json(case, [difference.before, difference.after], found.differences, EDITION, ADDRESS)
    value = json.loads(text)
    assert TypeAdapter(CaseStudy).validate_python(value["case"]) == case
    assert value["trilemma_case"] == 1 and value["edition"]["version"] == EDITION.version
    assert value["checked"][1]["yes"] == 5 and value["differences"][0]["low"] == 0.39


def test_a_case_as_markdown_can_be_read_as_a_case_again(case, tmp_path):
    (tmp_path / CASE.name).write_bytes(case_markdown(CASE.parent, case.id))
    assert read_case(tmp_path / CASE.name) == case
    with pytest.raises(DataProblem, match="absent"):
        case_markdown(CASE.parent, "absent")


def test_no_cell_of_a_csv_computes():
    acts = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3|x", "\t=1", "\r=1", "+1=2"]
    stays = ["+5 points (+3 to +8)", "-0.26 nats", "plain", "a=b", None]
    frame = pd.DataFrame({"text": [*acts, *stays], "number": range(len(acts) + len(stays))})
    read = pd.read_csv(io.StringIO(csv(frame)), keep_default_na=False)
    assert list(read["text"])[: len(acts)] == [f"'{a}" for a in acts]
    assert list(read["text"])[len(acts) :] == ["+5 points (+3 to +8)", "-0.26 nats", "plain", "a=b", ""]
    assert frame["text"][0] == "=1+1"  # the frame itself is left as it was
