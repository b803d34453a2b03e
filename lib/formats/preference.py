"""Preference data: chosen and rejected in every shape that trainers take, labelled answers, several in a row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lib.domain import Message
from lib.files import digest
from lib.formats.dialogue import dialogue
from lib.formats.items import Answer, BadImport, Item, Preference, Told
from lib.formats.sources import Source
from lib.formats.values import marks_of, messages_of, number_of, tags_of, text_of

_PROMPTS = ("prompt", "conversations", "messages", "question", "instruction", "input", "query", "context")
_TAGS = ("source", "category", "dataset", "lang", "aspect")


class _Sides:
    """What was seen of the shapes of a file's rows, for whoever imports it."""

    def __init__(self) -> None:
        self.shapes: dict[str, int] = {}
        self.repeated = self.differing = 0

    def told(self) -> Iterator[Told]:
        if self.shapes:
            yield Told("Pairs: " + "; ".join(f"{n:,} {shape}" for shape, n in self.shapes.items()))
        if self.repeated:
            yield Told(f"{self.repeated:,} rows repeat the prompt in the replies: it was taken off")
        if self.differing:
            yield Told(f"{self.differing:,} rows have two beginnings: the longest common one is the prompt")


def recognises_pairs(rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(rows) and all({"chosen", "rejected"} <= r.keys() for r in rows)


def pairs(source: Source, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> Iterator[Item]:
    """Several chosen or rejected replies make every pair of one with another, in one group."""
    seen = _Sides()
    for place, row in rows:
        try:
            yield from _row(row, place, seen)
        except BadImport as fault:
            raise BadImport(f"{source.name}: {place}: {fault}") from fault
    yield from seen.told()


def _row(row: Mapping[str, Any], place: str, seen: _Sides) -> Iterator[Preference]:
    chosen, rejected = _several(row["chosen"]), _several(row["rejected"])
    group = f"{place}" if len(chosen) * len(rejected) > 1 else ""
    names = [_name(row, side) for side in ("chosen", "rejected")]
    gap = next((n for k in ("score_gap", "margin", "score") if (n := number_of(row.get(k))) is not None), None)
    if (a := number_of(row.get("score_chosen"))) is not None and (
        b := number_of(row.get("score_rejected"))
    ) is not None:
        gap = a - b
    for good in chosen:
        for bad in rejected:
            asked, said = _split(row, good, bad, seen)
            rater = text_of(row.get("rater") or row.get("annotator")) or ""
            yield Preference(
                asked, names[0], said[0], names[1], said[1], "a", rater, gap, group=group, tags=tags_of(row, _TAGS)
            )


def _several(side: Any) -> list[Any]:
    """Whole replies listed beside each other; a list of messages is one reply."""
    if isinstance(side, list) and side and all(isinstance(s, str) for s in side):
        return side
    return [side]


def _name(row: Mapping[str, Any], side: str) -> str:
    found = next((row[k] for k in (f"{side}_model", f"{side}-model", f"model_{side}") if row.get(k)), None)
    return text_of(found) or side


def _split(row: Mapping[str, Any], good: Any, bad: Any, seen: _Sides) -> tuple[tuple[Message, ...], list[str | None]]:
    """The messages before the replies, and both replies."""
    asked = _asked(row)
    turns = [_turns(side) for side in (good, bad)]
    if all(t is None for t in turns):
        seen.shapes["as texts"] = seen.shapes.get("as texts", 0) + 1
        return asked, [text_of(good), text_of(bad)]
    shape = "as messages, prompt apart" if asked else "as whole conversations"
    seen.shapes[shape] = seen.shapes.get(shape, 0) + 1
    both = [t or [Message("assistant", text_of(s) or "")] for t, s in zip(turns, (good, bad), strict=True)]
    if asked and all(tuple(t[: len(asked)]) == asked and len(t) > len(asked) for t in both):
        seen.repeated += 1
        both = [t[len(asked) :] for t in both]
    elif not asked:
        common = next((k for k, (a, b) in enumerate(zip(*both, strict=False)) if a != b), min(map(len, both)))
        common = min(common, *(len(t) - 1 for t in both))
        seen.differing += any(len(t) > common + 1 for t in both)
        asked, both = tuple(both[0][:common]), [t[common:] for t in both]
    return asked, [_said(t) for t in both]


def _asked(row: Mapping[str, Any]) -> tuple[Message, ...]:
    name = next((n for n in _PROMPTS if row.get(n)), None)
    asked = messages_of(row[name]) if name else ()
    if name == "instruction" and (more := text_of(row.get("input"))):
        asked = (*asked[:-1], Message("user", f"{asked[-1].content}\n\n{more}"))
    if (system := text_of(row.get("system"))) and asked and asked[0].role != "system":
        asked = (Message("system", system), *asked)
    if name == "prompt" and len(asked) == 1 and "\n\nHuman:" in asked[0].content[:20]:
        return dialogue(asked[0].content)
    return asked


def _turns(side: Any) -> list[Message] | None:
    """The messages of a reply that is a conversation; None for a text."""
    if isinstance(side, str):
        turns = dialogue(side) if side.lstrip().startswith("Human:") else ()
        return list(turns) if len(turns) > 1 else None
    if isinstance(side, list) and side and all(isinstance(m, dict) for m in side):
        return list(messages_of(side))
    return list(messages_of(side)) if isinstance(side, dict) and ("role" in side or "from" in side) else None


def _said(turns: Sequence[Message]) -> str:
    """One reply's text; where there are several turns each is named."""
    if len(turns) == 1:
        return turns[0].content
    return "\n\n".join(f"{m.role}: {m.content}" for m in turns)


# ---- labelled answers, and several answers in one row -------------------------------------------


def recognises_labelled(rows: Sequence[Mapping[str, Any]]) -> bool:
    shapes = all(isinstance(r.get("label"), bool) for r in rows)
    return bool(rows) and shapes and all("messages" in r or {"prompt", "completion"} <= r.keys() for r in rows)


def labelled(source: Source, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> Iterator[Item]:
    """KTO: an answer that people found good (true) or not."""
    for place, row in rows:
        try:
            turns = messages_of(row.get("messages", row.get("prompt")))
            reply = text_of(row.get("completion")) if "completion" in row else None
        except BadImport as fault:
            raise BadImport(f"{source.name}: {place}: {fault}") from fault
        if reply is None and turns:
            turns, reply = turns[:-1], turns[-1].content
        yield Answer(turns, text_of(row.get("model")) or "", reply, marks=tuple(marks_of("label", row.get("label"))))


def recognises_several(rows: Sequence[Mapping[str, Any]]) -> bool:
    return bool(rows) and all(
        isinstance(r.get("completions"), list) and r["completions"] and _asked_of(r) for r in rows
    )


def _asked_of(row: Mapping[str, Any]) -> Any:
    return next((row[k] for k in ("raw_text", *_PROMPTS) if row.get(k)), None)


def several(source: Source, rows: Iterator[tuple[str, Mapping[str, Any]]]) -> Iterator[Item]:
    """Completions of several models in one row, with their models beside them or within."""
    for place, row in rows:
        asked, models = messages_of(_asked_of(row)), row.get("models")
        completions = row.get("completions")
        if not isinstance(completions, list):
            raise BadImport(f"{source.name}: {place}: completions: must be a list")
        if not isinstance(models, list):
            models = []
        for k, each in enumerate(completions):
            fields = each if isinstance(each, dict) else {}
            model = fields.get("model") or (models[k] if k < len(models) else "")
            text = next((fields[n] for n in ("completion", "response", "text", "output") if n in fields), None)
            marks = [
                m
                for name in ("overall_score", "fine-grained_score", "score", "annotations")
                if name in fields
                for m in _aspects(name, fields[name])
            ]
            said = text_of(text) if fields else text_of(each)
            name, question, tags = text_of(model) or "", str(row.get("id", "")), tags_of(row, _TAGS)
            # Beside another model's answer it may stand in another row once more.
            yield Answer(
                asked, name, said, question, marks=tuple(marks), tags=tags, copy=True, key=_key(asked, name, said)
            )


def _key(asked: Sequence[Message], model: str, text: str | None) -> str:
    return digest([[m.content for m in asked], model, text])


def _aspects(name: str, value: Any) -> Iterator[Any]:
    if name != "annotations":
        yield from marks_of(name, value)
        return
    for aspect, rated in value.items() if isinstance(value, dict) else ():
        if isinstance(rated, dict) and "Rating" in rated:
            yield from marks_of(str(aspect), number_of(rated["Rating"]), rated.get("Rationale"))
