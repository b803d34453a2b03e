"""A model's answers to the library, each with what is seen in it: the material of every measure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lib.domain import CaseStudy, Features, Prompt
from lib.scoring.coherence import coherence
from lib.scoring.features import features
from lib.store.library import Store
from lib.store.whole import Answer, answers


class Seen(NamedTuple):
    """An answer, whether it can be read, and what is marked in it."""

    answer: Answer
    coherent: bool
    features: Features


ByPrompt = Mapping[str, Sequence[Seen]]  # a model's answers to the prompts of one case, by prompt id


class Library(NamedTuple):
    """The cases and the answers of each model: model id -> case id -> its answers."""

    cases: tuple[CaseStudy, ...]
    models: Mapping[str, Mapping[str, ByPrompt]]

    def answers(self, model_id: str, most: int | None = None) -> list[Seen]:
        """`most`: the first so many to each prompt, so that one that was asked more often weighs no more; None: all."""
        return [seen for case in self.models[model_id].values() for each in case.values() for seen in each[:most]]


def library(store: Store, model_ids: Sequence[str], scorer: str) -> Library:
    """The answers of the models that have any, each under its own template."""
    return of_cases(store, [case for row in store.case_rows() if (case := store.case(row.id))], model_ids, scorer)


def of_cases(store: Store, cases: Sequence[CaseStudy], model_ids: Sequence[str], scorer: str) -> Library:
    """The answers of the models that have any to some cases."""
    prompts = {p.id: p for case in cases for p in case.prompts}
    found = {m: _by_case(answers(store, m, scorer), prompts) for m in model_ids}
    return Library(tuple(cases), {m: mine for m, mine in found.items() if mine})


def _by_case(stored: Sequence[Answer], prompts: Mapping[str, Prompt]) -> dict[str, dict[str, list[Seen]]]:
    out: dict[str, dict[str, list[Seen]]] = {}
    for answer in stored:
        prompt = prompts[answer.prompt_id]
        seen = Seen(answer, coherence(answer.text).coherent, features(answer.text, prompt.user_view, prompt.language))
        out.setdefault(answer.case_id, {}).setdefault(answer.prompt_id, []).append(seen)
    return out
