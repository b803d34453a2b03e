"""What a mix of tunings is asked about a case's replies."""

from lib.cases.files import read_cases
from lib.domain import CRITERIA, LogLik
from lib.paths import ROOT
from lib.tuning.adapters import read_cards
from lib.tuning.mix import as_rows, exchanges, mixable
from lib.tuning.sets import tuning_sets
from tests.makers import tiny_recipe


def test_likelihoods_come_back_in_the_order_in_which_they_were_asked(tiny_data):
    case = read_cases(tiny_data.cases)[0]
    asked = exchanges(case, case.prompts[0])
    rows = as_rows(case, case.prompts[0], [LogLik(-float(k), 1, len(e.text)) for k, e in enumerate(asked)])
    wording = {(r.id, w): text for r in case.replies for w, text in enumerate(r.wordings)}
    assert [wording[r.reply_id, r.wording] for r in rows] == [e.text for e in asked] and rows[
        0
    ].context == case.prompts[0].id
    assert len({(r.reply_id, r.wording, r.context) for r in rows}) == len(asked)


def test_the_first_seed_of_the_first_tuning_on_each_criterion_is_mixed():
    alone = [tiny_recipe(id=c, stage="dpo", criteria=(c,)) for c in CRITERIA]
    more = [
        tiny_recipe(id="honest-2", stage="dpo", draw=1),
        tiny_recipe(id="without", stage="dpo", most_prompts=5),
        tiny_recipe(id="all", stage="dpo", criteria=CRITERIA),
    ]
    card = next(iter(read_cards(ROOT / "data" / "adapters").values()))
    recipes = [*alone, *more]
    (mine,) = tuning_sets(recipes, {r.id: card.model_copy(update={"recipe": r}) for r in recipes})
    assert mixable(mine) == ("tiny", "tiny", {c: c for c in CRITERIA})
