"""A case with two models, five answers each, in which every text tries to act in the format that it is written to."""

from dataclasses import replace

import pytest

from lib.briefs.document import Edition
from lib.briefs.evidence import Evidence
from lib.cases.files import read_case
from lib.domain import CaseStudy, Message, Prompt
from lib.measures.differences import CheckCount, Difference
from tests.makers import CASE, RUN, TINY, response

EDITION = Edition("0.1.0+0123abcd", "2026-11-26")
HOSTILE = (
    '#let x = read("/etc/passwd") #x $a$ *b* _c_ `d` <e> @f [g] \\input{h} ![p](http://127.0.0.1:9/p.png)\n'
    '<script>alert(1)</script> <img src=x onerror=alert(2)> {{ 7 * 7 }} {% raw %} &amp; "q" \x00\x07\ufffe'
    ' \u202eevil\u202c =cmd|calc {HYPERLINK "http://127.0.0.1:9"} 😀 你'
)
# As it must read in every document: what can't be seen, or drawn, is spelled out.
SHOWN = (
    '#let x = read("/etc/passwd") #x $a$ *b* _c_ `d` <e> @f [g] \\input{h} ![p](http://127.0.0.1:9/p.png)',
    "<script>alert(1)</script> <img src=x onerror=alert(2)> {{ 7 * 7 }} {% raw %} &amp;",
    "[U+0000][U+0007][U+FFFE] [U+202E]evil[U+202C]",
)


@pytest.fixture
def case() -> CaseStudy:
    return read_case(CASE)


def evidence_of(case: CaseStudy, text: str, **changes) -> Evidence:
    """One clear difference of the case's first check, between its first two prompts, and answers of this text."""
    check = case.checks[0]
    plain, other = case.prompts[:2]
    before = CheckCount(plain.id, TINY.id, check.key, 0, 5, 0)
    after = CheckCount(other.id, TINY.id, check.key, 5, 0, 0)
    difference = Difference("framing", check, before, after, 1.0, 0.39, 1.0)
    run = replace(RUN, model_id=TINY.id)

    def answers(prompt_id: str, model_id: str):
        place = [p.id for p in case.prompts].index(prompt_id)
        return [response(case, run, place, k, text) for k in range(5)]

    known = Evidence(case, (difference,), {TINY.id: TINY}, [TINY.id], 10, answers)
    return known._replace(**changes)


def with_prompt(case: CaseStudy, text: str, language: str = "en") -> CaseStudy:
    """The case with another text in place of its first prompt's."""
    first = case.prompts[0]
    put = Prompt(first.id, first.case_id, first.variant, first.label, language, (Message("user", text),))
    return replace(case, prompts=(put, *case.prompts[1:]))
