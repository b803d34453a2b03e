"""Each page in each state that a visitor can meet: full, small, empty, broken. None ends in a traceback."""

import re

import pandas as pd
import pytest

from lib.charts import shift_bars
from lib.paths import ROOT
from lib.ui import cached
from tests.pages.conftest import open_page, words_of

PAGES = (
    "start",
    "cases",
    "findings",
    "weights",
    "case",
    "foundations",
    "live",
    "tuning",
    "preferences",
    "models",
    "add_model",
    "method",
    "trust",
    "class_hour",
    "study",
    "join",
)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_the_real_library(page, real_library):
    assert not open_page(page).error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_a_small_library(page, data):
    assert not open_page(page).error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_library(page, tiny_data):
    for file in tiny_data.cases.glob("*.md"):
        file.unlink()
    app = open_page(page)
    assert not app.error
    if page in ("start", "cases", "case"):
        assert "No cases are installed" in words_of(app)


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p not in ("preferences", "method", "trust", "join", "add_model", "foundations")]
)
def test_a_broken_file_is_named_on_every_page_that_reads_the_library(page, data):
    file = next(data.responses.glob("*.parquet"))
    file.write_bytes(b"PAR1 broken")
    app = open_page(page)
    assert "A data file or the disk has a problem" in app.error[0].value and file.name in app.code[0].value


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("start", {}),
        ("cases", {}),
        ("cases", {"q": "sycophancy"}),
        ("cases", {"view": "tours"}),
        ("case", {"case": "first-poem"}),
        ("foundations", {}),
        ("findings", {"f_view": "claims"}),
        ("findings", {}),
        ("weights", {}),
    ],
)
def test_every_link_to_a_case_carries_its_id(page, query, real_library):
    ids = {f.stem for f in (ROOT / "casestudies").glob("*.md")}
    app = open_page(page, **query)
    links = [e.proto.query_string for e in app.get("page_link")] + [e.proto.body for e in app.get("html")]
    named = re.findall(r"(?<![\w])(?:live_)?case=([^&\"\n]+)", "\n".join(links))
    assert set(named) <= ids and (named or page in ("start", "findings", "weights"))


def test_a_figure_is_drawn_once_for_the_same_numbers():
    frame = pd.DataFrame({"label": ["up"], "value": [2.0], "low": [1.0], "high": [3.0]})
    drawn = [cached.figure(shift_bars, frame.copy(), "nats") for _ in range(2)]
    assert drawn[0] is drawn[1]
    assert cached.figure(shift_bars, frame.assign(value=1.5), "nats") is not drawn[0]


@pytest.mark.parametrize("name", [p for p in PAGES if p not in ("live", "tuning")])
def test_a_renderer_neither_queries_nor_opens_anything(name):
    text = (ROOT / "lib" / "ui" / f"{name}.py").read_text()
    assert not re.search(r"cached\.(?!figure)|\bStore\b|open_library|paths\(\)|write", text.replace("st.write", ""))
