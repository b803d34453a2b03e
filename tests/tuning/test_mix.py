"""What the dials ask of a mix, and how its answers are put in order."""

from lib.cases.files import read_cases
from lib.domain import LogLik
from lib.tuning.mix import as_rows, exchanges


def test_likelihoods_come_back_in_the_order_in_which_they_were_asked(tiny_data):
    case = read_cases(tiny_data.cases)[0]
    asked = exchanges(case, case.prompts[0])
    rows = as_rows(case, case.prompts[0], [LogLik(-float(k), 1, len(e.text)) for k, e in enumerate(asked)])
    wording = {(r.id, w): text for r in case.replies for w, text in enumerate(r.wordings)}
    assert [wording[r.reply_id, r.wording] for r in rows] == [e.text for e in asked] and rows[
        0
    ].context == case.prompts[0].id
    assert len({(r.reply_id, r.wording, r.context) for r in rows}) == len(asked)
