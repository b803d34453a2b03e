"""The page on briefs, and what can be taken away of a case, a finding and a chapter, as a visitor meets it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from lib.briefs import pictures
from lib.briefs.policy import MOST_NOTE, Wording
from lib.findings.make import make
from lib.ui import cached, papers
from tests.findings.conftest import compared  # noqa: F401
from tests.pages.conftest import open_page, words_of

CASE = "case:broken-vase"


def test_an_empty_brief_says_what_to_do(data):
    app = open_page("brief")
    assert "Add a case or a finding" in app.info[0].value and not app.get("download_button")


def test_a_brief_is_made_from_its_address(data):
    app = open_page("brief", item=CASE, title="A *title*", note="A note")
    assert "1. The broken vase \\(case 1\\)" in words_of(app)
    assert app.text_input(key="title").value == "A *title*" and app.text_area(key="note").value == "A note"
    assert any(s.value.startswith("How it looks:") for s in app.header)
    assert {b.label for b in app.get("download_button")} == {"PDF", "Word", "HTML"}


def test_what_is_not_in_the_library_is_named_and_the_rest_is_kept(data):
    app = open_page("brief", item=["case:gone", CASE, ":red[x]", CASE])
    assert "case\\:gone" in app.warning[0].value and "\\:red\\[x\\]" in app.warning[0].value
    assert "1. The broken vase" in words_of(app) and "2. " not in words_of(app)


def test_items_are_added_moved_and_taken_out_and_the_address_follows(compared):  # noqa: F811
    make(compared, lambda line: None)
    app = open_page("brief", item=CASE)
    app.selectbox(key="brief_add").select("Claim: Sycophancy").run()
    assert app.query_params["item"] == [CASE, "claim:sycophancy"]
    app.button(key="brief_up_1").click().run()
    assert app.query_params["item"] == ["claim:sycophancy", CASE] and not app.exception
    assert app.button(key="brief_up_0").disabled and app.button(key="brief_down_1").disabled
    app.button(key="brief_out_0").click().run()
    assert app.query_params["item"] in (CASE, [CASE])


def test_a_brief_is_full_at_five(compared):  # noqa: F811
    every = [f"case:vase-{k}" for k in range(2, 7)]
    app = open_page("brief", item=[*every, CASE])
    assert "at most 5" in app.warning[0].value and not app.selectbox
    assert "5. Vase 6" in words_of(app) and "6. Vase" not in words_of(app)


def test_a_note_longer_than_the_box_is_cut_and_nothing_breaks(data):
    app = open_page("brief", item=CASE, note="n" * (MOST_NOTE + 500))
    assert not app.exception and {b.label for b in app.get("download_button")} == {"PDF", "Word", "HTML"}


@pytest.mark.parametrize(("form", "start"), [("PDF", b"%PDF-"), ("Word", b"PK"), ("HTML", b"<!doctype html>")])
def test_each_button_makes_its_file(compared, form, start):  # noqa: F811
    make(compared, lambda line: None)
    items = ["case:vase-2", "tuning:tiny-chat", "claim:sycophancy"]
    document = papers.policy_brief(items, Wording("t", "n"), "http://localhost/brief?item=x")
    assert papers.written(document, form, "a4").startswith(start)


def test_the_address_of_a_case_leads_back_to_it(data, monkeypatch):
    monkeypatch.setattr(type(papers.st.context), "url", property(lambda self: "http://localhost:8501/brief"))
    where = urlsplit(papers.case_address("broken-vase"))
    query = {k: v[0] for k, v in parse_qs(where.query).items()}
    assert where.path == "/case" and open_page("case", **query).title[0].value == "The broken vase"


def test_every_page_with_a_take_away_opens(real_library):
    for page in ("case", "foundations", "findings"):
        labels = [b.proto.popover.label for b in open_page(page).get("popover")]
        assert "Cite and link" in labels
    labels = [b.label for b in open_page("foundations").get("download_button")]
    assert labels[:3] == ["PDF", "Word", "HTML"]


def test_in_class_view_the_teacher_sheet_is_not_offered(data):
    from lib.ui import take_case, takeaway

    named = []
    takeaway_document, takeaway.document = takeaway.document, lambda name, *rest: named.append(name)
    try:
        study = cached.case("broken-vase")
        take_case._documents(study, "", for_class=True)
        assert named == ["Hand-out, two pages"]
        take_case._documents(study, "", for_class=False)
    finally:
        takeaway.document = takeaway_document
    assert named[1:] == ["Hand-out, two pages", "Teacher sheet"]


def test_a_chart_has_a_camera_where_no_browser_is_here(compared, monkeypatch):  # noqa: F811
    make(compared, lambda line: None)
    monkeypatch.setattr(pictures, "browser", lambda: None)
    app = open_page("findings")
    assert "PNG" not in {b.label for b in app.get("download_button")}
    assert any('"toImage"' in c.proto.config for c in app.get("plotly_chart"))
    monkeypatch.setattr(pictures, "browser", lambda: "/usr/bin/chromium")
    assert {"PNG", "SVG", "CSV"} <= {b.label for b in open_page("findings").get("download_button")}
