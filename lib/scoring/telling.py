"""Which comparisons and which stored answers show what happened in a case."""

from collections.abc import Sequence

from lib.domain import Check, Prompt, Response
from lib.measures.differences import Difference
from lib.scoring.checks import decide


def telling(found: Sequence[Difference]) -> list[Difference]:
    """The clearest differences, of wording first: what a reader is shown from the start follows from them."""
    return [d for kind in ("framing", "tuning") if (d := clearest(found, kind))]


def clearest(found: Sequence[Difference], kind: str) -> Difference | None:
    return next((d for d in found if d.kind == kind and d.clear), None)


def says(check: Check, response: Response, prompt: Prompt) -> bool | None:
    """What a check says of an answer, None where it can't tell."""
    (verdict,) = decide([check], response.text or "", prompt.language, response.judged)
    return verdict.says


def showing(check: Check, wanted: bool, prompt: Prompt, answers: Sequence[Response]) -> list[Response]:
    """The answers to a prompt of which the check says what is wanted, in order."""
    return [r for r in answers if r.text and says(check, r, prompt) is wanted]
