"""Conversations that branch: OpenAssistant's ranked trees, and PRISM's chosen replies with who chose them."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lib.domain import Message
from lib.formats.comparisons import NO_VERDICT, LeftOut, Numbering, Read, Vote, compared
from lib.formats.rows import Row


def ranked_trees(rows: Sequence[Row]) -> Read:
    """OpenAssistant (Köpf et al. 2023): replies to one message by rank, 0 the best; nested, or flat with parents."""
    tops = [row for row in rows if not row.get("parent_id")]
    # A row may hold its tree under `prompt`; a flat row has its parent's id alone.
    trees: list[Row] = [t["prompt"] if isinstance(t.get("prompt"), dict) else t for t in tops]
    children: dict[Any, list[Row]] = {}
    for row in rows:
        if row.get("parent_id"):
            children.setdefault(row["parent_id"], []).append(row)
    for tree in trees:
        yield from _below(tree, (), children)


def _below(node: Row, before: tuple[Message, ...], children: Mapping[Any, Sequence[Row]]) -> Iterator[Any]:
    waiting = [(node, before)]
    while waiting:
        here, path = waiting.pop()
        role = "assistant" if here.get("role") == "assistant" else "user"
        context = (*path, Message(role, here.get("text") or ""))
        replies = [r for r in here.get("replies") or children.get(here.get("message_id"), ()) if not r.get("deleted")]
        waiting += [(r, context) for r in replies]
        if role == "user":
            yield from _by_rank(context, replies)


def _by_rank(context: tuple[Message, ...], replies: Iterable[Row]) -> Iterator[Any]:
    ranked = sorted((r for r in replies if r.get("rank") is not None), key=lambda r: r["rank"])
    for better, worse in itertools.combinations(ranked, 2):
        if better["rank"] < worse["rank"]:
            yield compared(context, better.get("text"), worse.get("text"), 1.0)


def chosen_turns(rows: Sequence[Row], survey: Sequence[Row] = ()) -> Read:
    """PRISM (Kirk et al. 2024): of the replies to a turn the one that the user chose beside each of the others.

    `survey`: its other file, which says where each user lives.
    """
    lives = {row["user_id"]: _country(row) for row in survey if "user_id" in row}
    raters = Numbering()
    for row in rows:
        user = row.get("user_id")
        context: tuple[Message, ...] = ()
        turns = itertools.groupby(row["conversation_history"], key=lambda t: (t.get("turn"), t.get("role") == "user"))
        for (_, asks), said in turns:
            replies = list(said)
            if asks:
                context = (*context, *(Message("user", r.get("content") or "") for r in replies))
                continue
            chosen = next((r for r in replies if r.get("if_chosen")), None)
            if chosen is None:
                yield LeftOut((NO_VERDICT,))
                break
            vote = (Vote(raters.of(user), 1.0, lives.get(user, "")),)
            for other in replies:
                if other is not chosen:
                    yield compared(context, chosen.get("content"), other.get("content"), 1.0, votes=vote)
            context = (*context, Message("assistant", chosen.get("content") or ""))


def _country(row: Row) -> str:
    place = row.get("location")
    place = place if isinstance(place, dict) else {}
    return str(place.get("reside_country") or row.get("reside_country") or place.get("birth_country") or "")
