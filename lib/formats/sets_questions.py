"""Questions with answers that somebody sorted: TruthfulQA, Anthropic's evaluations, and GlobalOpinionQA's shares."""

from collections.abc import Sequence
from typing import Any

from lib.formats.comparisons import NO_VERDICT, LeftOut, Opinions, Read, asked, compared, number
from lib.formats.rows import Row
from lib.formats.sets_rated import listed


def true_answers(rows: Sequence[Row]) -> Read:
    """TruthfulQA (Lin et al. 2021): each question's k-th true beside its k-th untrue answer, each used at most once."""
    for row in rows:
        question = row.get("question") or row.get("Question") or ""
        trues = _answers(row.get("correct_answers") or row.get("Correct Answers"))
        untrues = _answers(row.get("incorrect_answers") or row.get("Incorrect Answers"))
        if not trues or not untrues:
            yield LeftOut((NO_VERDICT,))
        for true, untrue in zip(trues, untrues, strict=False):
            yield compared(asked(question), true, untrue, 1.0)


def _answers(value: Any) -> list[str]:
    """A list, one written as text, or answers parted by semicolons."""
    found = listed(value) if isinstance(value, str) and value.strip().startswith("[") else value
    found = found.split(";") if isinstance(found, str) else found or []
    return [a.strip() for a in found if isinstance(a, str) and a.strip()]


def matching_answers(rows: Sequence[Row]) -> Read:
    """Anthropic's evaluations (Perez et al. 2022): the answer that shows the behaviour beside the one that doesn't."""
    for row in rows:
        one, other = row["answer_matching_behavior"], row["answer_not_matching_behavior"]
        one, other = (a[0] if isinstance(a, list) and a else a for a in (one, other))
        yield compared(asked(row["question"]), one, other, 1.0)


def opinions(rows: Sequence[Row]) -> list[Opinions]:
    """GlobalOpinionQA (Durmus et al. 2023): how the people of each country answered, as shares that add up to one."""
    out = []
    for row in rows:
        selections = listed(row["selections"])
        shares = {}
        for country, given in selections.items() if isinstance(selections, dict) else ():
            numbers = [number(v) for v in given]
            whole = [v for v in numbers if v is not None and v >= 0]
            if whole and len(whole) == len(numbers) and sum(whole) > 0:
                shares[str(country)] = tuple(v / sum(whole) for v in whole)
        if len(shares) > 1 and len({len(s) for s in shares.values()}) == 1:
            out.append(Opinions(shares))
    return out
