"""Documents in all three formats, opened again: nothing acts, nothing is lost, every script is drawn."""

import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import docx
import pypdf
import pypdfium2
import pytest

from lib.briefs import docx as docx_writer
from lib.briefs import html, pdf
from lib.briefs.document import (
    PAPERS,
    Box,
    Columns,
    Document,
    Heading,
    Listing,
    PageBreak,
    Paragraph,
    Quote,
    Rules,
    Source,
    Sources,
    Table,
    Words,
    line,
)
from lib.briefs.evidence import asked
from lib.briefs.handout import KEPT_BACK, handout
from lib.briefs.markdown import blocks, inline
from lib.briefs.policy import Wording, brief
from lib.briefs.teacher import teacher_sheet
from tests.briefs.conftest import EDITION, HOSTILE, SHOWN, evidence_of, with_prompt

ARABIC, HINDI, SWAHILI = "هل أنت إنسان؟", "मेरे बच्चे को हल्का बुखार है", "Mtoto wangu ana homa kidogo"


def pdf_text(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def docx_text(data: bytes) -> str:
    word = docx.Document(io.BytesIO(data))
    cells = [c.text for t in word.tables for r in t.rows for c in r.cells]
    return "\n".join([*(p.text for p in word.paragraphs), *cells])


class _Reader(HTMLParser):
    def __init__(self, data: bytes):
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag, attrs):
        self.tags += [tag, *(name for name, _ in attrs)]

    def handle_data(self, data):
        self.words.append(data)


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


def hostile(text: str) -> Document:
    """The text in every place that a document has for one."""
    words, quote = line(text), Quote(text, text)
    every = (
        Heading(text),
        Paragraph(words),
        Paragraph(words, note=True),
        Listing((words,)),
        Listing((words,), ordered=True),
        quote,
        Columns((quote, quote)),
        Table((text, "b"), ((text, "c"),), text),
        Rules((text,)),
        Box(text, (Paragraph(words),)),
        PageBreak(),
        Sources((Source(text),)),
    )
    return Document(text, text, every, EDITION, text)


def test_hostile_text_is_shown_literally_in_every_place_of_a_pdf():
    data = pdf.written(hostile(HOSTILE))
    said = squeezed(pdf_text(data))
    for part in SHOWN:
        assert said.count(squeezed(part)) >= 15
    assert "root:" not in said and "[grinningface]" in said and "[U+4F60]" in said
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        assert "/Annots" not in page  # no link came of it


def test_hostile_text_is_shown_literally_in_every_place_of_a_word_file():
    data = docx_writer.written(hostile(HOSTILE))
    said = squeezed(docx_text(data))
    for part in SHOWN:
        assert said.count(squeezed(part)) >= 15
    xml = docx.Document(io.BytesIO(data)).element.xml
    assert "w:fldSimple" not in xml and "w:instrText" not in xml and "w:hyperlink" not in xml


def test_hostile_text_is_shown_literally_in_every_place_of_a_web_page():
    read = _Reader(html.written(hostile(HOSTILE)))
    said = squeezed("".join(read.words))
    for part in SHOWN:
        assert said.count(squeezed(part)) >= 15
    assert not {"script", "img", "iframe", "onerror", "a"} & set(read.tags)
    assert "{{7*7}}" in said


def test_a_word_without_end_stays_on_the_page():
    """As a picture: the margins at both sides stay white."""
    data = pdf.written(Document("k", "t", (Quote("w" * 3000), Columns((Quote("w" * 500), Quote("x")))), EDITION))
    for page in pypdfium2.PdfDocument(data):
        picture = page.render(scale=1).to_pil().convert("L")
        wide, high = picture.size
        for left in (0, wide - 40):
            assert picture.crop((left, 0, left + 40, high)).getextrema()[0] > 250


@pytest.mark.parametrize(("language", "text"), [("ar", ARABIC), ("hi", HINDI), ("sw", SWAHILI)])
def test_each_script_has_its_letters(case, language, text):
    """Each by a font of its own that is embedded; no letter stands as an empty box or a code point."""
    prompt = with_prompt(case, text, language).prompts[0]
    document = Document("k", "t", (asked(prompt),), EDITION)
    data = pdf.written(document)
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in pypdf.PdfReader(io.BytesIO(data)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    wanted = {"ar": "NotoSansArabic", "hi": "NotoSansDevanagari", "sw": "NotoSans-"}[language]
    assert any(wanted in f for f in fonts) and "U+" not in pdf_text(data)
    assert text in docx_text(docx_writer.written(document))
    assert text in "".join(_Reader(html.written(document)).words)


def test_right_to_left_text_runs_so_in_every_format():
    document = Document("k", "t", (Quote(ARABIC, "", "ar"),), EDITION)
    assert 'dir="rtl"' in html.written(document).decode()
    xml = docx.Document(io.BytesIO(docx_writer.written(document))).element.xml
    assert "<w:bidi/>" in xml and "<w:rtl/>" in xml
    picture = pypdfium2.PdfDocument(pdf.written(document))[0].render(scale=1).to_pil().convert("L")
    wide, _ = picture.size
    quote = picture.crop((70, 90, wide, 130))
    dark = [x for x in range(quote.width) if quote.crop((x, 0, x + 1, quote.height)).getextrema()[0] < 100]
    assert min(dark) + 70 > wide / 2  # what is written begins on the right


def test_a_pdf_is_tagged_and_says_its_title_and_language():
    reader = pypdf.PdfReader(io.BytesIO(pdf.written(Document("k", "A title", (Heading("H"),), EDITION))))
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in catalog and catalog["/Lang"] == "en"
    assert reader.metadata.title == "A title"
    assert b"pdfuaid" in catalog["/Metadata"].get_object().get_data()


def test_markdown_becomes_blocks_and_nothing_more():
    found = blocks(
        "A **b** *c* [d](https://e.org) [f](javascript:g)\n\n- one\n- two\n\n1. x\n\n<script>h</script>\n\n![i](http://j)"
    )
    paragraph, bullets, numbers, quoted, picture = found
    assert Words("b", bold=True) in paragraph.line and Words("d", url="https://e.org") in paragraph.line
    assert not [w for w in paragraph.line if w.url and not w.url.startswith("https://")]
    assert [i[0].text for i in bullets.items] == ["one", "two"] and not bullets.ordered and numbers.ordered
    assert "".join(w.text for w in quoted.line) == "<script>h</script>"
    assert "".join(w.text for w in picture.line) == "i"
    assert inline("# not a *heading*") == (Words("# not a "), Words("heading", italic=True))


# ---- hand-out and teacher sheet ---------------------------------------------------------------


def test_a_handout_shows_hostile_answers_and_prompts_literally(case):
    found = evidence_of(with_prompt(case, HOSTILE), f"{HOSTILE} I broke it.")
    document = pdf.fitted(handout(found, EDITION, "http://localhost/case"))
    said = {
        "pdf": pdf_text(pdf.written(document)),
        "docx": docx_text(docx_writer.written(document)),
        "html": "".join(_Reader(html.written(document)).words),
    }
    for form, text in said.items():
        for part in SHOWN:
            assert squeezed(text).count(squeezed(part)) >= 2, form


@pytest.mark.parametrize("paper", PAPERS)
def test_a_handout_keeps_the_answers_for_its_second_page(case, paper):
    data = pdf.written(handout(evidence_of(case, "Dear Mum: I broke it."), EDITION), paper)
    first, second = (p.extract_text() for p in pypdf.PdfReader(io.BytesIO(data)).pages)
    assert "Predict first" in first and "Hurry!" in first and "Dear Mum" not in first
    assert "Dear Mum: I broke it." in second and "5 of 5" in second and "95% interval +39 to +100" in second
    assert all(q.text in second for q in case.questions)
    wide, high = pypdf.PdfReader(io.BytesIO(data)).pages[0].mediabox[2:]
    assert (round(wide), round(high)) == {"a4": (595, 842), "us-letter": (612, 792)}[paper]


def test_a_handout_of_a_signposted_case_keeps_answers_back_until_they_are_asked_for(case):
    grave = replace(case, sensitivity="signposted", audience_note="Read this first.")
    found = evidence_of(grave, "Dear Mum: I broke it.")
    said = " ".join(pdf_text(pdf.written(handout(found, EDITION))).split())
    assert "Dear Mum" not in said and KEPT_BACK[:60] in said and "Read this first." in said
    assert "Dear Mum" in pdf_text(pdf.written(handout(found, EDITION, with_answers=True)))


def test_an_unsettling_answer_is_not_printed(case):
    found = evidence_of(case, "I broke it and want to die.")
    said = " ".join(pdf_text(pdf.written(handout(found, EDITION))).split())
    assert "want to die" not in said and "Not printed: words of self-harm or suicide" in said


def test_without_answers_a_handout_says_so(case):
    found = evidence_of(case, "", differences=(), stored=0, answers=lambda p, m: [], answering=[])
    assert "No answers to this case are stored yet" in pdf_text(pdf.written(handout(found, EDITION)))


def test_a_teacher_sheet_holds_the_notes_the_replies_and_their_ratings(case):
    said = " ".join(pdf_text(pdf.written(teacher_sheet(case, EDITION))).split())
    for heading in case.teaching:
        assert heading in said
    assert "0.90 0.40 0.10" in said and "Does what was asked and spreads the lie." in said


# ---- policy brief -----------------------------------------------------------------------------


def test_a_brief_says_what_happened_how_sure_and_where_it_comes_from(case):
    wording = Wording("Who broke it?", f"My note. {HOSTILE}\n\nA second paragraph.")
    document = brief(
        [evidence_of(case, "I broke it.")], wording, EDITION, "http://localhost/brief?item=case:broken-vase"
    )
    data = pdf.written(document)
    said = " ".join(pdf_text(data).split())
    for part in (
        "Who broke it?", "Note by the compiler of this brief", "A second paragraph.", "What was asked", "5 of 5",
        "0 of 5",
        "95% interval +39 to +100", "What it does not show", "How this was measured", "Newcombe", "Sources",
        "No language model wrote", EDITION.version, EDITION.date,
    ):  # fmt: skip
        assert part in said, part
    assert squeezed(SHOWN[0]) in squeezed(said)
    for fact in case.facts:
        assert fact.source in said
    assert 2 <= len(pypdf.PdfReader(io.BytesIO(data)).pages) <= 6


def test_sources_are_numbered_as_they_are_cited_and_each_once(case):
    found = evidence_of(case, "I broke it.")
    said = " ".join(pdf_text(pdf.written(brief([found, found], Wording(), EDITION))).split())
    body, _, listed = said.rpartition("Sources")
    cited = [int(n) for n in re.findall(r"\[(\d+)\]", body)]
    assert list(dict.fromkeys(cited)) == list(range(1, max(cited) + 1))
    assert all(f"{n}. " in listed for n in cited) and f"{max(cited) + 1}. " not in listed


def test_the_figure_of_a_brief_is_drawn_in_every_format(case):
    document = brief([evidence_of(case, "I broke it.")], Wording(), EDITION)
    word = docx.Document(io.BytesIO(docx_writer.written(document)))
    assert len(word.inline_shapes) == 1
    assert "0 of 5" in word.inline_shapes[0]._inline.docPr.get("descr")
    page = html.written(document).decode()
    assert page.count('<img src="data:image/svg+xml;base64,') == 1 and 'alt="Shares of answers' in page
    picture = pypdfium2.PdfDocument(pdf.written(document))[0].render(scale=2).to_pil().convert("RGB")
    colours = {c for _, c in picture.getcolors(1 << 24)}
    assert {(11, 92, 148), (163, 74, 0)} <= colours  # both sides of the comparison
