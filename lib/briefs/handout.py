"""The hand-out of a case, two pages: the story and what to predict, then the answers and the questions."""

from lib.briefs import evidence as told
from lib.briefs.document import Block, Document, Edition, Heading, Listing, PageBreak, Paragraph, Rules, line
from lib.briefs.evidence import Evidence
from lib.briefs.markdown import blocks, inline
from lib.domain import CaseStudy

_GIVE_UP = (
    "Which criterion will the answers give up? Tick: ☐ helpful   ☐ harmless   ☐ honest   ☐ none of them   ☐ they should"
    " ask more   ☐ who decides?"
)
_UNEDITED = "Answers are unedited text of small models: they can be wrong or odd, and nothing in them is advice."
KEPT_BACK = (
    "The answers to this case are not for a class unseen and are not printed here. The teacher reads them on the case's"
    " page first, and reads out those that fit."
)


def handout(found: Evidence, edition: Edition, address: str = "", with_answers: bool | None = None) -> Document:
    """`with_answers`: whether answers are printed; by default not those of a signposted case."""
    case = found.case
    printed = case.sensitivity != "signposted" if with_answers is None else with_answers
    return Document(
        f"Hand-out · case {case.number} · {case.domain}",
        case.title,
        (*_first_page(case), PageBreak(), *_second_page(found, printed)),
        edition,
        address,
        most_pages=2,
    )


def _first_page(case: CaseStudy) -> tuple[Block, ...]:
    note = (Paragraph(inline(case.audience_note), note=True),) if case.sensitivity != "none" else ()
    return (
        *note,
        Heading("The situation"),
        *blocks(case.sections["The situation"]),
        Heading("What the models were asked"),
        *map(told.asked, case.prompts),
        Heading("Predict first"),
        Paragraph(line("What will the models answer? One line for each prompt, before you turn the page.")),
        Rules(tuple(p.label for p in case.prompts)),
        Paragraph(line(_GIVE_UP)),
    )


def _second_page(found: Evidence, printed: bool) -> tuple[Block, ...]:
    case, clear = found.case, found.telling
    shown: list[Block] = [Heading("What the models answered")]
    for difference in clear:
        shown.append(Paragraph(told.told(found, difference)))
        if printed:
            shown.append(told.two_answers(found, difference))
    if printed and not clear and (first := told.first_answers(found, case.prompts[0])):
        shown.append(first)
    shown.append(Paragraph(line(told.how_sure(found)), note=True))
    shown.append(Paragraph(line(_UNEDITED if printed else KEPT_BACK), note=True))
    return (
        *shown,
        Heading("What this does not show"),
        *blocks(case.sections["What this does not show"]),
        Heading("Questions"),
        Listing(tuple(inline(q.text) for q in case.questions), ordered=True),
    )
