"""Which prompts of a collection are wanted, as records and as SQL with named parameters."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple


class Condition(NamedTuple):
    """What a prompt must meet. `kind` says what the values are:

    `tag` a name and its value; `empty`, `failed`, `missing` a model; `better` two models and which won (`a`, `b`, `tie`
    or `failed`); `mark` a scorer, a model or none, and a label or number as text; `check` a check's key, a model or
    none, and `yes`, `no` or `unknown`; `answered` a model.
    """

    kind: Literal["tag", "empty", "failed", "missing", "better", "mark", "check", "answered"]
    values: tuple[str, ...]


class Wanted(NamedTuple):
    """Which prompts: those that meet all conditions. `ids`: of them those that a search found, best first."""

    conditions: tuple[Condition, ...] = ()
    ids: tuple[str, ...] | None = None


_ANSWERED = "EXISTS (SELECT 1 FROM responses r WHERE r.prompt_id = q.prompt_id AND r.model_id = ${0}_0"
# Kind of condition -> SQL on a prompt `q`; {0} names the condition, whose values are ${0}_0 and so on.
_SQL: Mapping[str, str] = {
    "tag": "q.tags[${0}_0] = ${0}_1",
    "answered": f"{_ANSWERED})",
    "missing": f"NOT {_ANSWERED})",
    "empty": f"{_ANSWERED} AND trim(r.text) = '')",
    "failed": f"{_ANSWERED} AND r.text IS NULL)",
    "better": """EXISTS (SELECT 1 FROM preferences p WHERE p.prompt_id = q.prompt_id
        AND ((p.model_a = ${0}_0 AND p.model_b = ${0}_1 AND coalesce(p.better, 'failed') = ${0}_2)
          OR (p.model_a = ${0}_1 AND p.model_b = ${0}_0 AND CASE p.better WHEN 'a' THEN 'b' WHEN 'b' THEN 'a'
              WHEN 'tie' THEN 'tie' ELSE 'failed' END = ${0}_2)))""",
    "mark": """EXISTS (SELECT 1 FROM marks m WHERE m.prompt_id = q.prompt_id AND m.scorer = ${0}_0
        AND (${0}_1 = '' OR m.model_id = ${0}_1) AND coalesce(m.label, m.value::VARCHAR, 'no score') = ${0}_2)""",
    "check": """EXISTS (SELECT 1 FROM verdicts v WHERE v.prompt_id = q.prompt_id AND v.check_key = ${0}_0
        AND (${0}_1 = '' OR v.model_id = ${0}_1)
        AND CASE WHEN v.says THEN 'yes' WHEN NOT v.says THEN 'no' ELSE 'unknown' END = ${0}_2)""",
}


def conditions(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """What prompts `q` must meet, as SQL with named parameters, and their values."""
    out, values = ["true"], {}
    if wanted.ids is not None:
        out.append("split_part(q.prompt_id, '/', 1) IN (SELECT unnest($ids))")
        values["ids"] = list(wanted.ids)
    for k, condition in enumerate(wanted.conditions):
        out.append(_SQL[condition.kind].format(f"c{k}"))
        values |= {f"c{k}_{n}": value for n, value in enumerate(condition.values)}
    return " AND ".join(f"({c})" for c in out), values
