"""Which options of the filters are offered."""

from lib.cases.shape import CLAIMS
from lib.store.library import CaseRow
from lib.ui.facets import offered


def _row(name: str, **changes) -> CaseRow:
    plain = CaseRow(name, 1, name, "", ("helpful", "honest"), next(iter(CLAIMS)), "arts", "none", ("en",), 3, 0, 0)
    return plain._replace(**changes)


LIBRARY = [
    _row("a"),
    _row("b", domain="law", languages=("en", "es")),
    _row("c", domain="law", criteria=("harmless", "honest"), sensitivity="mild"),
]


def test_an_option_that_all_cases_share_or_none_has_is_not_offered():
    options = offered(LIBRARY, LIBRARY, {})
    assert options["language"] == ["Spanish"] and options["domain"] == ["arts", "law"]
    assert options["criteria"] == ["helpful", "harmless"] and options["claim"] == []
    assert options["sensitivity"] == ["none", "mild"]


def test_an_option_that_would_leave_no_case_with_the_other_filters_is_not_offered():
    options = offered(LIBRARY, LIBRARY, {"domain": ["arts"]})
    assert options["language"] == [] and options["sensitivity"] == [] and options["criteria"] == []
    assert options["domain"] == ["arts", "law"], "another domain would add its cases"


def test_criteria_are_offered_that_go_with_those_chosen():
    assert offered(LIBRARY, LIBRARY, {"criteria": ["helpful"]})["criteria"] == ["helpful"]


def test_what_is_chosen_stays_though_a_search_found_nothing():
    options = offered(LIBRARY, [], {"domain": ["law"], "language": ["Spanish", "Klingon"]})
    assert options["domain"] == ["law"] and options["language"] == ["Spanish"] and options["criteria"] == []
