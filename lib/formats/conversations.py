"""Conversations that hold their answers: OpenAssistant trees with ranks, and lists of alternating turns."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lib.domain import Message
from lib.formats.items import Answer, BadImport, Item, Mark, NoAnswers, Preference
from lib.formats.sources import Source
from lib.formats.values import tags_of, text_of

_WRITERS = "people"


def recognises_trees(source: Source) -> bool:
    rows = source.objects
    return bool(rows) and all(_root(r) is not None for r in rows)


def _root(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    node = row.get("prompt") if isinstance(row.get("prompt"), dict) else row
    return node if isinstance(node, dict) and isinstance(node.get("replies"), list) and "text" in node else None


def trees(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """Every assistant message is an answer to the path before it; ranked siblings make pairs of one group."""
    for place, row in source.numbered(progress):
        if (root := _root(row)) is None:
            raise BadImport(f"{source.name}: {place}: is no message tree (text and replies are missing)")
        yield from _below(root, (Message("user", text_of(root["text"]) or ""),))


def _below(root: Mapping[str, Any], first: tuple[Message, ...]) -> Iterator[Item]:
    waiting = [(root, first)]
    while waiting:
        node, path = waiting.pop()
        replies = [r for r in node.get("replies") or () if isinstance(r, dict)]
        mine = [r for r in replies if r.get("role") == "assistant" and not r.get("deleted")]
        group = str(node.get("message_id", ""))
        for reply in mine:
            rank = reply.get("rank")
            marks = (Mark("rank", float(rank)),) if isinstance(rank, int) else ()
            tags = tags_of(reply, ("lang", "synthetic"))
            yield Answer(path, _model(reply), text_of(reply.get("text")), group, marks=marks, tags=tags)
        ranked = [r for r in mine if isinstance(r.get("rank"), int)]
        for a, b in itertools.combinations(sorted(ranked, key=lambda r: r["rank"]), 2):
            if a["rank"] != b["rank"]:
                texts = [text_of(r.get("text")) for r in (a, b)]
                yield Preference(
                    path, _model(a), texts[0], _model(b), texts[1], "a", "rank", question=group, group=group
                )
        for reply in replies:
            role = "assistant" if reply.get("role") == "assistant" else "user"
            waiting.append((reply, (*path, Message(role, text_of(reply.get("text")) or ""))))


def _model(reply: Mapping[str, Any]) -> str:
    return str(reply.get("model_name") or _WRITERS)


def recognises_turns(source: Source) -> bool:
    rows = source.head_rows
    return bool(rows) and all(isinstance(r, list) and r and all(isinstance(t, str) for t in r) for r in rows)


def turns(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """Lists of texts: prompt and answer in turn. Each answer counts once, after all before it."""
    rows, found = source.whole if source.kind == "json" else [r for _, r in source.lines(progress)], False
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or not all(isinstance(t, str) for t in row):
            raise BadImport(f"{source.name}: item {number}: must be a list of texts")
        said = [Message("assistant" if k % 2 else "user", t) for k, t in enumerate(row)]
        for k in range(1, len(said), 2):
            found = True
            yield Answer(tuple(m for m in said[:k] if m.content), "", said[k].content)
    if not found:
        raise NoAnswers(source.name, f"a list of {len(rows):,} texts")
