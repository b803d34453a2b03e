"""How a case, a finding, a chapter or a run is cited: BibTeX, RIS and APA, each by a library. There is no DOI."""

import functools
import re
from pathlib import Path
from typing import NamedTuple

import rispy
from bibtexparser import Library, write_string
from bibtexparser.middlewares import LatexEncodingMiddleware
from bibtexparser.model import Entry, Field
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON

from lib.briefs.document import Edition
from lib.text import literal

AUTHOR = "Trilemma contributors"
NO_DOI = (
    "There is no DOI: nothing here is deposited in an archive. The version names the app and, after the plus, the"
    " sealed answers, so that other files can be told from these. The address works where this installation can be"
    " reached."
)
_NOTE = "No DOI. Not deposited in an archive."


class Cited(NamedTuple):
    """What is cited. `kind`: as it stands in brackets, "Case study". `key`: a short name of letters and digits."""

    kind: str
    key: str
    title: str
    address: str
    edition: Edition

    @property
    def year(self) -> str:
        return self.edition.date[:4]


def bibtex(cited: Cited) -> str:
    """An entry of the type misc, LaTeX's own characters escaped."""
    written = Entry("misc", _key(cited), [Field("title", _one_line(cited.title)), Field("howpublished", cited.kind)])
    library = LatexEncodingMiddleware(keep_math=False).transform(Library([written]))
    (entry,) = library.entries
    as_is = {
        "author": "{" + AUTHOR + "}",  # one name: not to be split into given and family name
        "year": cited.year,
        "version": cited.edition.version,
        "url": cited.address,
        "urldate": cited.edition.date,
        "note": _NOTE,
    }
    for key, value in as_is.items():
        if value:
            entry.set_field(Field(key, value))
    return write_string(library)


def ris(cited: Cited) -> str:
    """A record of the type GEN; RIS ends an entry's fields with the line, so that none may hold one."""
    entry = {
        "type_of_reference": "GEN",
        "authors": [f"{AUTHOR},"],
        "title": _one_line(cited.title),
        "year": cited.year,
        "date": cited.edition.date.replace("-", "/"),
        "edition": cited.edition.version,
        "type_of_work": cited.kind,
        "urls": [cited.address] if cited.address else [],
        "access_date": cited.edition.date.replace("-", "/"),
        "notes": [_NOTE],
    }
    return rispy.dumps([entry], implementation=_Unnumbered)


class _Unnumbered(rispy.RisWriter):
    """Without the number that rispy writes above each record, which some readers of RIS do not expect."""

    def set_header(self, count: int) -> str:
        return ""


def apa(cited: Cited) -> str:
    """A reference in the seventh edition's style, by the style's own file."""
    year, month, day = map(int, cited.edition.date.split("-"))
    version, _, answers = cited.edition.version.partition("+")  # of a plus the style would make "Versions"
    item = {
        "id": "cited",
        "type": "dataset",
        "title": _one_line(cited.title),
        "author": [{"literal": AUTHOR}],
        "issued": {"date-parts": [[year, month, day]]},
        "version": version,
        "genre": f"{cited.kind}; sealed answers {answers}",
        "publisher": "Trilemma",
        "URL": cited.address,
    }
    bibliography = CitationStylesBibliography(_style(), CiteProcJSON([item]), formatter.plain)
    bibliography.register(Citation([CitationItem("cited")]))
    return "\n".join(map(str, bibliography.bibliography()))


def _key(cited: Cited) -> str:
    return re.sub(r"[^a-zA-Z0-9-]+", "-", f"trilemma-{cited.key}-{cited.year}")


def _one_line(text: str) -> str:
    return " ".join(literal(text).split())


@functools.cache
def _style() -> CitationStylesStyle:
    return CitationStylesStyle(str(Path(__file__).with_name("apa.csl")), validate=False)
