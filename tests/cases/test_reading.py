"""How long a case takes to read."""

from dataclasses import replace

from lib.cases.files import read_case
from lib.cases.reading import reading_minutes
from tests.makers import CASE


def test_reading_time_follows_the_length_of_the_story_and_is_at_least_a_minute():
    case = read_case(CASE)
    bare = replace(case, summary="", sections=dict.fromkeys(case.sections, ""))
    assert reading_minutes(bare) == 1
    assert reading_minutes(replace(bare, sections={**bare.sections, "The situation": "word " * 714})) == 3
