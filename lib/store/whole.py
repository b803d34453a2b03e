"""What is asked of the library as a whole: one model's answers to every prompt, with all that is known of them."""

from collections.abc import Mapping
from typing import NamedTuple

from lib.domain import RefusalLabel, ReplyLogLikelihood
from lib.store.library import Store


class Answer(NamedTuple):
    """A stored answer under its model's own template.

    `said`: what each check says of it, None where it can't tell. `scores`: the values of one scorer, by aspect.
    """

    case_id: str
    prompt_id: str
    run_id: str
    sample: int
    text: str
    said: Mapping[str, bool | None]
    scores: Mapping[str, float]
    refusal: RefusalLabel | None


def answers(store: Store, model_id: str, scorer: str) -> list[Answer]:
    """A model's answers by prompt, run and sample; failed ones are left out."""
    rows = store.query(
        """
        WITH mine AS (
            SELECT r.case_id, r.prompt_id, r.run_id, r.sample, r.text
            FROM responses r JOIN runs u ON u.id = r.run_id JOIN models m ON m.id = r.model_id
            WHERE r.model_id = $model AND u.template = m.template AND r.text IS NOT NULL),
        told AS (
            SELECT prompt_id, run_id, sample, map_from_entries(list((check_key, says))) AS said
            FROM verdicts WHERE model_id = $model AND own_template GROUP BY ALL),
        scored AS (
            SELECT s.prompt_id, s.run_id, s.sample, any_value(s.label) AS refusal,
                   map_from_entries(list((s.aspect, s.value)) FILTER (s.value IS NOT NULL)) AS scores
            FROM scores s WHERE s.scorer = $scorer GROUP BY ALL)
        SELECT m.*, coalesce(t.said, MAP {}) AS said, coalesce(x.scores, MAP {}) AS scores, x.refusal
        FROM mine m LEFT JOIN told t USING (prompt_id, run_id, sample)
            LEFT JOIN scored x USING (prompt_id, run_id, sample)
        ORDER BY m.prompt_id, m.run_id, m.sample""",
        {"model": model_id, "scorer": scorer},
    )
    return [Answer(**r) for r in rows]


def model_logliks(store: Store, model_id: str) -> dict[str, list[ReplyLogLikelihood]]:
    """A model's log-likelihoods of reference replies, by case."""
    out: dict[str, list[ReplyLogLikelihood]] = {}
    for row in store.query("SELECT * FROM loglik WHERE model_id = $model", {"model": model_id}):
        out.setdefault(row["case_id"], []).append(ReplyLogLikelihood(**row))
    return out
