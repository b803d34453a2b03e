"""A document as DOCX, by python-docx: real headings, lists and tables, to be edited further."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from lib.briefs.document import (
    Block,
    Box,
    Columns,
    Document,
    Figure,
    Heading,
    Line,
    Listing,
    PageBreak,
    Paper,
    Paragraph,
    Quote,
    Rules,
    Sources,
    Table,
    Words,
)
from lib.text import literal

TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SIZES: dict[Paper, tuple[float, float]] = {"a4": (21.0, 29.7), "us-letter": (21.59, 27.94)}  # centimetres
_FONT = "Noto Sans"
_GREY, _ACCENT, _HAIR, _SOFT = RGBColor(0x59, 0x61, 0x6C), RGBColor(0x0B, 0x5C, 0x94), "B9C0C9", "F3F6F9"
_PROPERTY = 255  # characters that a property of a Word file holds
_SMALL = 0.85  # of the size of plain text
# What follows these in a paragraph's properties: Word refuses files in which they stand in another order.
_AFTER_BIDI = ("w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr")
_AFTER_SHADE = ("w:tabs", "w:bidi", *_AFTER_BIDI)
_AFTER_BORDER = ("w:shd", *_AFTER_SHADE)


def written(document: Document, paper: Paper = "a4") -> bytes:
    """The file, in the size of type that the document has."""
    word = docx.Document()
    _set_up(word, document, paper)
    _plain(word, document.kicker, document.size * _SMALL)
    word.add_heading(literal(document.title), 0)
    for block in document.blocks:
        _block(word, block, document.size)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def _set_up(word: Word, document: Document, paper: Paper) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = (Cm(x) for x in _SIZES[paper])
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(1.7)
    plain = word.styles["Normal"]
    plain.font.size = Pt(document.size)
    plain.paragraph_format.space_after = Pt(document.size / 2)
    for name, size in (("Normal", 1.0), ("Title", 1.7), ("Heading 1", 1.25), ("Heading 2", 1.1)):
        style: Any = word.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(kind), _FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        style.font.size = Pt(document.size * size)
        if name != "Normal":
            style.font.color.rgb = _ACCENT if name.startswith("Heading") else RGBColor(0x1B, 0x24, 0x30)
    core = word.core_properties
    core.title, core.author, core.comments = literal(document.title)[:_PROPERTY], "Trilemma", document.edition.version
    core.language, core.created = "en", datetime.fromisoformat(document.edition.date)
    core.modified = core.created
    foot = [f"Trilemma {document.edition.version}", document.edition.date, document.address]
    _plain_in(section.footer.paragraphs[0], " · ".join(f for f in foot if f), document.size * 0.75)


def _block(word: Word, block: Block, size: float) -> None:
    match block:
        case Heading(text, level):
            word.add_heading(literal(text), level)
        case Paragraph(line, note):
            _words(word.add_paragraph(), line, size * _SMALL if note else None)
        case Listing(items, ordered):
            for number, item in enumerate(items, start=1):
                _item(word, item, number if ordered else None)
        case Quote():
            _quote(word, block, size)
        case Columns(quotes):
            for quote in quotes:
                _quote(word, quote, size)
        case Table(header, rows, caption):
            if caption:
                _plain(word, caption, size * _SMALL)
            _table(word, [header, *rows], size * _SMALL)
        case Figure(_, png, alt, caption):
            picture = word.add_picture(io.BytesIO(png), width=Cm(17))
            picture._inline.docPr.set("descr", literal(alt))
            if caption:
                _plain(word, caption, size * _SMALL)
        case Sources(items):
            for number, source in enumerate(items, start=1):
                where = (Words(" "), Words(source.url, url=source.url)) if source.url else ()
                _item(word, (Words(source.text), *where), number, size * _SMALL)
        case Rules(labels):
            for label in labels:
                _plain(word, label, size)
                _edged(word.add_paragraph(), "bottom")
        case Box(title, blocks):
            _words(word.add_paragraph(), (Words(title, bold=True),))
            for inner in blocks:
                _block(word, inner, size)
        case PageBreak():
            word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _item(word: Word, line: Line, number: int | None, size: float | None = None) -> None:
    """An item of a list. Numbers are written out: Word's own would go on from one list to the next."""
    if number is None:
        _words(word.add_paragraph(style="List Bullet"), line, size)
        return
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(0.8), Cm(-0.8)
    _words(paragraph, (Words(f"{number}.\t"), *line), size)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(0.8))


def _words(paragraph: WordParagraph, line: Line, size: float | None = None) -> None:
    for words in line:
        run = paragraph.add_run(literal(words.text))
        run.bold, run.italic = words.bold or None, words.italic or None
        if size is not None:
            run.font.size = Pt(size)
        if words.url:
            run.font.color.rgb, run.font.underline = _ACCENT, True
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), paragraph.part.relate_to(words.url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
            run._r.addprevious(link)
            link.append(run._r)


def _plain(word: Word, text: str, size: float) -> None:
    _plain_in(word.add_paragraph(), text, size)


def _plain_in(paragraph: WordParagraph, text: str, size: float) -> None:
    run = paragraph.add_run(literal(text))
    run.font.size, run.font.color.rgb = Pt(size), _GREY


def _quote(word: Word, quote: Quote, size: float) -> None:
    if quote.by:
        by = word.add_paragraph()
        by.paragraph_format.keep_with_next, by.paragraph_format.space_after = True, Pt(2)
        run = by.add_run(literal(quote.by))
        run.bold, run.font.size, run.font.color.rgb = True, Pt(size * _SMALL), _GREY
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.left_indent = Cm(0.3)
    run = paragraph.add_run(literal(quote.text))
    _edged(paragraph, "right" if quote.right_to_left else "left", _SOFT)
    language = OxmlElement("w:lang")
    for kind in ("w:val", "w:bidi"):
        language.set(qn(kind), quote.language)
    run._r.get_or_add_rPr().append(language)
    if quote.right_to_left:
        run.font.rtl = True
        paragraph._p.get_or_add_pPr().insert_element_before(OxmlElement("w:bidi"), *_AFTER_BIDI)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT  # the start of the line, which is on the right here


def _edged(paragraph: WordParagraph, side: str, shade: str | None = None) -> None:
    """A line at one side of a paragraph, and a ground behind it."""
    borders, edge = OxmlElement("w:pBdr"), OxmlElement(f"w:{side}")
    shown = {"val": "single", "sz": "12" if shade else "6", "space": "4", "color": "0B5C94" if shade else _HAIR}
    for key, value in shown.items():
        edge.set(qn(f"w:{key}"), value)
    borders.append(edge)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *_AFTER_BORDER)
    if shade:
        ground = OxmlElement("w:shd")
        for key, value in {"val": "clear", "color": "auto", "fill": shade}.items():
            ground.set(qn(f"w:{key}"), value)
        paragraph._p.get_or_add_pPr().insert_element_before(ground, *_AFTER_SHADE)


def _table(word: Word, rows: Sequence[Sequence[str]], size: float) -> None:
    """A table whose first row is its header, repeated on each page."""
    table = word.add_table(rows=len(rows), cols=len(rows[0]))
    table.style = "Table Grid"
    for cells, row in zip(rows, table.rows, strict=True):
        for text, cell in zip(cells, row.cells, strict=True):
            run = cell.paragraphs[0].add_run(literal(text))
            run.font.size, run.bold = Pt(size), True if cells is rows[0] else None
    header = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(header)
    word.add_paragraph().paragraph_format.space_after = Pt(0)
