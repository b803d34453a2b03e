"""What a class hour can be made of: for each case, the prompts that a base and a tuned model have both answered."""

from collections.abc import Sequence
from typing import NamedTuple

from lib.domain import Pair, Prompt, Response
from lib.measures.differences import Difference
from lib.models.registry import pairs
from lib.scoring.checks import decide
from lib.studies.hour import Chosen
from lib.ui import cached


class Offer(NamedTuple):
    """A prompt and the pair of models that have both answered it."""

    prompt: Prompt
    pair: Pair


def offers(case_id: str) -> list[Offer]:
    """What a case offers a class, the clearest difference between base and tuned model first."""
    study, models = cached.case(case_id), cached.models()
    if study is None:
        return []
    answering = set(cached.answering_models(case_id))
    able = [p for p in pairs(models.values()) if {p.base.id, p.tuned.id} <= answering]
    asked = tuple(sorted({m.id for p in able for m in (p.base, p.tuned)}))
    answered = {p.id: cached.sample_counts(cached.Asked(p.id, asked, None)).keys() for p in study.prompts}
    found = [
        Offer(prompt, pair)
        for prompt in study.prompts
        for pair in able
        if {pair.base.id, pair.tuned.id} <= answered[prompt.id]
    ]
    order = {_place(d): i for i, d in reversed(list(enumerate(_tuning(case_id))))}
    return sorted(found, key=lambda o: order.get((o.prompt.id, o.pair.base.id, o.pair.tuned.id), len(order)))


def _tuning(case_id: str) -> Sequence[Difference]:
    return [d for d in cached.case_differences(case_id) if d.kind == "tuning"]


def _place(d: Difference) -> tuple[str, str, str]:
    return d.after.prompt_id, d.before.model_id, d.after.model_id


def chosen(case_id: str, offer: Offer) -> Chosen | None:
    """The case with the two answers that show its clearest difference, or the first; None where one has no text."""
    study = cached.case(case_id)
    place = (offer.prompt.id, offer.pair.base.id, offer.pair.tuned.id)
    difference = next((d for d in _tuning(case_id) if _place(d) == place), None)
    sides = [
        _answer(offer.prompt, model, difference, wanted)
        for model, wanted in ((offer.pair.base.id, False), (offer.pair.tuned.id, True))
    ]
    base, tuned = sides
    if study is None or base is None or tuned is None:
        return None
    counts = [
        c for c in cached.check_counts(case_id) if c.prompt_id == offer.prompt.id and c.model_id == offer.pair.tuned.id
    ]
    return Chosen(study, offer.prompt, base, tuned, cached.models(), counts, cached.foundations())


def _answer(prompt: Prompt, model_id: str, difference: Difference | None, tuned: bool) -> Response | None:
    """A model's answer on which the check says what it more often says of the model than of the other one."""
    answers = [r for r in cached.every_response(cached.Asked(prompt.id, (model_id,), None)) if r.text]
    if difference is not None:
        wanted = (difference.value > 0) is tuned
        for answer in answers:
            (verdict,) = decide([difference.check], answer.text or "", prompt.language, answer.judged)
            if verdict.says is wanted:
                return answer
    return next(iter(answers), None)
