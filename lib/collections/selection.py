"""What of a collection goes out, as which format, and what was written."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from lib.store.conditions import Wanted

Format = Literal["parquet", "csv", "excel", "jsonl", "trl-text", "trl-messages", "llm-comparator", "html"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIX: Mapping[Format, str] = {
    "parquet": ".parquet", "csv": ".csv", "excel": ".csv", "jsonl": ".jsonl", "trl-text": ".jsonl",
    "trl-messages": ".jsonl", "llm-comparator": ".json", "html": ".html",
}  # fmt: skip


class Written(NamedTuple):
    """What an export holds, in lines of plain text."""

    rows: int
    notes: tuple[str, ...] = ()


class Asked(NamedTuple):
    """What is exported. `by`: what makes preference pairs: `preferences`, `checks`, or `score:` and a scorer's name."""

    format: Format
    what: Literal["answers", "preferences"] = "answers"
    by: str = "preferences"
    models: tuple[str, ...] = ()  # ids: two for LLM Comparator; none: all
    prompt_id: str = ""  # of the one comparison for HTML
    wanted: Wanted = Wanted()
