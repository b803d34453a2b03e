"""LLM Comparator: two models' answers to each prompt with a score, positive where A is better."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lib.formats.items import BadImport, Better, Item, Preference
from lib.formats.sources import Source
from lib.formats.values import messages_of, number_of, text_of

MEAN = "mean of the raters"


def recognises(source: Source) -> bool:
    if len(source.objects) != 1:
        return False
    (whole,) = source.objects
    examples = whole.get("examples")
    return (
        isinstance(examples, list)
        and "models" in whole
        and all("input_text" in e for e in examples[:5] if isinstance(e, dict))
    )


def read(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    (whole,) = source.objects
    names = (
        [text_of(m.get("name")) if isinstance(m, dict) else None for m in whole["models"]]
        if isinstance(whole["models"], list)
        else []
    )
    first, second = ((names[k] if k < len(names) else None) or f"model {'AB'[k]}" for k in (0, 1))
    for number, example in enumerate(whole["examples"], start=1):
        if not isinstance(example, dict) or "input_text" not in example:
            raise BadImport(f"{source.name}: examples, item {number}: input_text is missing")
        asked = messages_of(example["input_text"])
        texts = [text_of(example.get(f"output_text_{side}")) for side in "ab"]
        tags = (
            {"tags": ", ".join(map(str, example["tags"]))[:200]}
            if isinstance(example.get("tags"), list) and example["tags"]
            else {}
        )
        sides = (asked, first, texts[0], second, texts[1])
        score, raters = number_of(example.get("score")), example.get("individual_rater_scores")
        yield Preference(*sides, better=better(score), rater=MEAN, score=score, group=str(number), tags=tags)
        for k, rater in enumerate(raters if isinstance(raters, list) else (), start=1):
            if isinstance(rater, dict):
                yield _rated(sides, rater, k, str(number))


def _rated(sides: Any, rater: Mapping[str, Any], number: int, group: str) -> Preference:
    score = number_of(rater.get("score"))
    tags = {"rationale": (text_of(rater.get("rationale")) or "")[:200]} if rater.get("rationale") else {}
    if isinstance(rater.get("is_flipped"), bool):
        tags["shown in the other order"] = "yes" if rater["is_flipped"] else "no"
    return Preference(*sides, better=better(score), rater=f"rater {number}", score=score, group=group, tags=tags)


def better(score: float | None) -> Better | None:
    """Which side a score prefers, None where there is none."""
    return None if score is None else "a" if score > 0 else "b" if score < 0 else "tie"


class Example(NamedTuple):
    """A prompt with two models' answers, and how each rater found them: a, b or tie."""

    prompt: str
    text_a: str
    text_b: str
    ratings: Mapping[str, Better]
    tags: Sequence[str] = ()


def written(source: str, model_a: str, model_b: str, examples: Sequence[Example]) -> dict[str, Any]:
    """What LLM Comparator shows: the score is the raters' mean, 1 for A and -1 for B."""
    points: Mapping[Better, float] = {"a": 1.0, "b": -1.0, "tie": 0.0}
    return {
        "metadata": {"source_path": source, "custom_fields_schema": []},
        "models": [{"name": model_a}, {"name": model_b}],
        "examples": [
            {
                "input_text": e.prompt,
                "tags": list(e.tags),
                "output_text_a": e.text_a,
                "output_text_b": e.text_b,
                "score": sum(points[r] for r in e.ratings.values()) / len(e.ratings) if e.ratings else 0.0,
                "individual_rater_scores": [
                    {"score": points[r], "rating_label": r, "is_flipped": False, "rationale": rater}
                    for rater, r in e.ratings.items()
                ],
                "custom_fields": {},
            }
            for e in examples
        ],
    }
