"""Pairs as trainers take them: HH-RLHF's dialogues, TRL's three shapes, ShareGPT, and KTO's single replies."""

from collections.abc import Iterator, Sequence
from typing import Any

from lib.domain import Message
from lib.formats.comparisons import APART, EMPTY, NO_TEXT, Comparison, LeftOut, Read, asked, compared, messages, truth
from lib.formats.dialogue import dialogue
from lib.formats.rows import Row

_TURN = "\n\nAssistant:"


def is_dialogue_pair(row: Row) -> bool:
    return all(isinstance(row.get(k), str) and _TURN in row[k] for k in ("chosen", "rejected"))


def dialogue_pairs(rows: Sequence[Row]) -> Read:
    """HH-RLHF (Bai et al. 2022): two dialogues that differ in the last turn."""
    return (_parted(dialogue(row["chosen"]), dialogue(row["rejected"])) for row in rows)


def _parted(chosen: tuple[Message, ...], rejected: tuple[Message, ...]) -> Comparison | LeftOut:
    """A pair from two whole conversations; their common beginning ends before the last reply."""
    contexts, replies = [], []
    for turns in (chosen, rejected):
        ends = bool(turns) and turns[-1].role == "assistant"
        contexts.append(turns[:-1] if ends else turns)
        replies.append(turns[-1].content if ends else "")
    reasons = [EMPTY] if not all(r.strip() for r in replies) else []
    reasons += [APART] if contexts[0] != contexts[1] else []
    if reasons:
        return LeftOut(tuple(reasons))
    return compared(contexts[0], replies[0], replies[1], 1.0)


def is_pair(row: Row) -> bool:
    return {"chosen", "rejected"} <= row.keys()


def trained_pairs(rows: Sequence[Row]) -> Read:
    """TRL: prompt, chosen and rejected as texts or as message lists; or both conversations whole, without a prompt.

    So are ShareGPT's `conversations` with one message each, and argilla's with a `system` or an `input`.
    """
    return (_trained_pair(row) for row in rows)


def _trained_pair(row: Row) -> Comparison | LeftOut:
    context = _context(row)
    chosen, rejected = _reply(row["chosen"]), _reply(row["rejected"])
    if isinstance(chosen, tuple) and isinstance(rejected, tuple):
        if context is None:
            return _parted(chosen, rejected)
        # ORPO's shape: the lists repeat the prompt
        chosen, rejected = (turns[-1].content if turns[-1].role == "assistant" else "" for turns in (chosen, rejected))
    if not isinstance(chosen, str) or not isinstance(rejected, str):
        return LeftOut((NO_TEXT,))
    if context is None:
        return _without_prompt(chosen, rejected)
    said = context[-1].content
    if len(context) == 1 and chosen.startswith(said) and rejected.startswith(said):
        chosen, rejected = chosen[len(said) :], rejected[len(said) :]
    return compared(context, chosen, rejected, 1.0)


def _without_prompt(chosen: str, rejected: str) -> Comparison | LeftOut:
    """Texts that begin with the prompt: their common beginning, up to its last line end."""
    shared = 0
    for a, b in zip(chosen, rejected, strict=False):
        if a != b:
            break
        shared += 1
    cut = chosen.rfind("\n", 0, shared) + 1
    if not cut:
        return LeftOut((APART,))
    return compared(asked(chosen[:cut].strip()), chosen[cut:], rejected[cut:], 1.0)


def _context(row: Row) -> tuple[Message, ...] | None:
    system = row.get("system") or row.get("system_prompt") or ""
    for key in ("prompt", "conversations", "instruction", "input", "question"):
        value = row.get(key)
        if turns := messages(value):
            return (Message("system", system), *turns) if system and turns[0].role != "system" else turns
        if isinstance(value, str) and value.strip():
            more = row.get("input") if key == "instruction" else None
            return asked("\n\n".join(filter(None, (value, more))), str(system))
    return None


def _reply(value: Any) -> str | tuple[Message, ...] | None:
    """A text, one message's text, or a message list."""
    if isinstance(value, dict):
        value = [value]
    turns = messages(value)
    if turns is None:
        return value if isinstance(value, str) else None
    return turns if len(turns) > 1 else turns[0].content


def is_single(row: Row) -> bool:
    return "label" in row and truth(row["label"]) is not None and ("completion" in row or "messages" in row)


def single_replies(rows: Sequence[Row]) -> Read:
    """KTO (Ethayarajh et al. 2024): one reply with a yes or no."""
    return _single_replies(rows)


def _single_replies(rows: Sequence[Row]) -> Iterator[Comparison | LeftOut]:
    for row in rows:
        turns = messages(row.get("messages"))
        if turns is not None:
            context, reply = turns[:-1], turns[-1].content if turns[-1].role == "assistant" else ""
        else:
            context, last = _context(row), _reply(row.get("completion"))
            reply = last[-1].content if isinstance(last, tuple) else last
        label = truth(row["label"])
        if not context or not isinstance(reply, str):
            yield LeftOut((NO_TEXT,))
        elif not reply.strip():
            yield LeftOut((EMPTY,))
        else:
            yield Comparison(context, reply, None, float(bool(label)))
