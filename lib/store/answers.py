"""Single answers of the library, wherever they stand: what the text search found."""

from collections.abc import Sequence
from typing import NamedTuple

from lib.store.library import Store


class StoredAnswer(NamedTuple):
    """An answer and where it stands: `place`, from 1, among its model's to the prompt; None under another template."""

    case_id: str
    prompt_id: str
    model_id: str
    text: str
    place: int | None


def answers_at(store: Store, rows: Sequence[int]) -> list[StoredAnswer]:
    """The answers in these rows, in this order."""
    found = store.query(
        """
        WITH hit AS (SELECT rowid AS row, * FROM responses WHERE list_contains($rows, rowid)),
        placed AS (
            SELECT r.run_id, r.prompt_id, r.sample,
                   row_number() OVER (PARTITION BY r.prompt_id, r.model_id ORDER BY r.sample, r.run_id) AS place
            FROM responses r JOIN runs u ON u.id = r.run_id JOIN models m ON m.id = r.model_id
            WHERE u.template = m.template AND (r.prompt_id, r.model_id) IN (SELECT prompt_id, model_id FROM hit)
        )
        SELECT h.case_id, h.prompt_id, h.model_id, h.text, p.place
        FROM hit h LEFT JOIN placed p USING (run_id, prompt_id, sample) ORDER BY list_position($rows, h.row)""",
        {"rows": list(rows)},
    )
    return [StoredAnswer(**row) for row in found]
