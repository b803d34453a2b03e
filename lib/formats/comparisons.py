"""What every preference set comes to: two replies to one prompt and which of them was preferred, with who said so."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lib.domain import Criterion, Message, Role

Choice = float | None  # 1: the first reply, 0: the second, .5: a tie, None: no verdict, which is no tie
EMPTY, APART, NO_VERDICT, NO_TEXT = "an empty reply", "no common beginning", "no verdict", "a reply that is no text"


class Vote(NamedTuple):
    """One rater's choice.

    `rater`: a number within the set, never a name; `group`: country or group, where known; `turned`: this rater saw the
    second reply first.
    """

    rater: int
    choice: Choice
    group: str = ""
    turned: bool = False


class Comparison(NamedTuple):
    """Two replies to one context. With a `second` of None: one reply that was judged alone, 1 good and 0 not.

    `ratings`: of another quality, (first, second), more is better.
    """

    context: tuple[Message, ...]
    first: str
    second: str | None
    choice: Choice
    votes: tuple[Vote, ...] = ()
    ratings: Mapping[str, tuple[float, float]] = {}
    split: str = ""

    @property
    def group(self) -> str:
        """The first thing that the user says: what comes from one opening is never taken for independent."""
        return next((m.content for m in self.context if m.role == "user"), "")

    @property
    def chosen(self) -> str:
        return self.second if self.second is not None and self.choice == 0 else self.first

    @property
    def rejected(self) -> str:
        """Nothing where a reply was judged alone."""
        return "" if self.second is None else self.first if self.choice == 0 else self.second

    @property
    def decided(self) -> bool:
        return self.choice in (0, 1)


class LeftOut(NamedTuple):
    """A row that no comparison could be made of, and why; it may have several faults."""

    reasons: tuple[str, ...]


class ReadSet(NamedTuple):
    """A set as it was read. `ordered`: first and second stand as raters saw them, so a position effect shows."""

    shape: str
    rows: int
    comparisons: list[Comparison]
    left_out: Counter[str]
    rows_left_out: int
    ordered: bool = False
    criterion: Criterion | None = None  # what raters were asked for, where the set says so
    note: str = ""


class Opinions(NamedTuple):
    """How each group answered one question: shares over options that have an order, by group."""

    shares: Mapping[str, tuple[float, ...]]


Read = Iterable[Comparison | LeftOut]
_ROLES: Mapping[str, Role] = {
    "human": "user", "user": "user", "prompter": "user", "gpt": "assistant", "assistant": "assistant",
    "chatbot": "assistant", "model": "assistant", "bot": "assistant", "system": "system",
}  # fmt: skip


def messages(value: Any) -> tuple[Message, ...] | None:
    """A message list of TRL (`role`, `content`) or ShareGPT (`from`, `value`); None for anything else."""
    if not isinstance(value, list) or not value:
        return None
    out = []
    for turn in value:
        role = _ROLES.get(str(turn.get("role", turn.get("from"))).lower()) if isinstance(turn, dict) else None
        content = turn.get("content", turn.get("value")) if isinstance(turn, dict) else None
        if role is None or not isinstance(content, str):
            return None
        out.append(Message(role, content))
    return tuple(out)


def asked(text: str, system: str = "") -> tuple[Message, ...]:
    """A prompt of one turn."""
    return (*((Message("system", system),) if system else ()), Message("user", text))


def compared(
    context: tuple[Message, ...], first: Any, second: Any, choice: Choice, **more: Any
) -> Comparison | LeftOut:
    """The comparison, or why it is none."""
    if not isinstance(first, str) or not isinstance(second, str):
        return LeftOut((NO_TEXT,))
    if not first.strip() and not second.strip():
        return LeftOut((EMPTY,))
    if choice is None:
        return LeftOut((NO_VERDICT,))
    return Comparison(context, first, second, choice, **more)


def number(value: Any) -> float | None:
    """A number, also one that is written as text; None for what is none, NaN included."""
    try:
        found = float(str(value).replace(",", ".")) if not isinstance(value, bool) else None
    except ValueError:
        return None
    return None if found is None or found != found else found


def truth(value: Any) -> bool | None:
    """A yes or no, also as 0, 1 or a word."""
    word = str(value).strip().lower()
    yes, no = ("true", "1", "yes", "1.0"), ("false", "0", "no", "0.0")
    return True if word in yes else False if word in no else None


class Numbering:
    """Raters by number, in the order in which they come: their names go no further."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def of(self, name: Any) -> int:
        return self._known.setdefault(str(name), len(self._known))


def majority(votes: Iterable[Vote]) -> Choice:
    """The side that more raters chose; a tie where neither has more, None without any vote."""
    counted = Counter(v.choice for v in votes if v.choice is not None)
    if not counted:
        return None
    return 1.0 if counted[1] > counted[0] else 0.0 if counted[0] > counted[1] else 0.5


def kept(read: Read) -> tuple[list[Comparison], Counter[str], int]:
    """The comparisons, the reasons for what was left out, and how many rows that was."""
    out, reasons, rows = [], Counter[str](), 0
    for each in read:
        if isinstance(each, LeftOut):
            reasons.update(each.reasons)
            rows += 1
        else:
            out.append(each)
    return out, reasons, rows


def best_against_others(
    context: tuple[Message, ...], replies: Sequence[tuple[Any, float | None, Mapping[str, float]]]
) -> Iterator[Comparison | LeftOut]:
    """Of several rated replies to one prompt, the best beside each that is rated lower. Equal ratings make no pair."""
    rated = [r for r in replies if r[1] is not None]
    if len(rated) < 2:
        yield LeftOut((NO_VERDICT,))
        return
    best = max(rated, key=lambda r: r[1] or 0.0)
    lower = [r for r in rated if (r[1] or 0.0) < (best[1] or 0.0)]
    if not lower:
        yield LeftOut((NO_VERDICT,))
    for text, _, qualities in lower:
        shared = {q: (best[2][q], qualities[q]) for q in best[2].keys() & qualities.keys()}
        yield compared(context, best[0], text, 1.0, ratings=shared)
