"""Seeded damage: pure functions that change bytes or plain values, each driven by a random.Random."""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

Place = tuple[str | int, ...]
DELETED = object()
# Written as texts and put in raw afterwards, since no writer writes them; see formats.py.
NAN, INFINITY, TOO_LARGE, DEEP, BARE_DATE = "@nan@", "@inf@", "@1e400@", "@deep@", "@date@"
LONG = 200_000  # characters

# ---- bytes ------------------------------------------------------------------------------------


def _put(data: bytes, at: int, more: bytes) -> bytes:
    return data[:at] + more + data[at:]


def _anywhere(more: bytes) -> Callable[[bytes, Random], bytes]:
    return lambda data, r: _put(data, r.randint(0, len(data)), more)


def bit_flips(data: bytes, r: Random, most: int = 1) -> bytes:
    out = bytearray(data)
    for _ in range(r.randint(1, most) if out else 0):
        out[r.randrange(len(out))] ^= 1 << r.randrange(8)
    return bytes(out)


def _lines(data: bytes, r: Random, change: Callable[[list[bytes], int, int], None]) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        change(lines, r.randrange(len(lines)), r.randrange(len(lines)))
    return b"".join(lines)


def _swap(lines: list[bytes], a: int, b: int) -> None:
    lines[a], lines[b] = lines[b], lines[a]


BYTES: dict[str, Callable[[bytes, Random], bytes]] = {
    "a bit flipped": bit_flips,
    "bits flipped": lambda data, r: bit_flips(data, r, 20),
    "cut short": lambda data, r: data[: r.randrange(len(data) or 1)],
    "a line deleted": lambda data, r: _lines(data, r, lambda lines, a, b: lines.__delitem__(a)),
    "a line twice": lambda data, r: _lines(data, r, lambda lines, a, b: lines.insert(a, lines[a])),
    "lines swapped": lambda data, r: _lines(data, r, _swap),
    "a byte that is not UTF-8": _anywhere(b"\xff"),
    "half a character": _anywhere(b"\xe2\x82"),
    "a NUL": _anywhere(b"\0"),
    "a control character": _anywhere(b"\x08"),
    "U+2028": _anywhere("\u2028".encode()),
    "a lone carriage return": _anywhere(b"\r"),
    "a BOM": lambda data, r: b"\xef\xbb\xbf" + data,
    "a digit": lambda data, r: _put(data, r.randint(0, len(data)), str(r.randrange(10)).encode()),
    "a bracket": lambda data, r: _put(data, r.randint(0, len(data)), r.choice([b"[", b"]", b"{", b"}", b'"', b":"])),
    "brackets": _anywhere(b"[" * 3_000),
    "a long line": _anywhere(b"x" * LONG),
    "UTF-16": lambda data, r: data.decode("utf-8", "replace").encode("utf-16"),
    "empty": lambda data, r: b"",
    "zeros": lambda data, r: bytes(len(data)),
    "blank": lambda data, r: b" \n\n",
}


# ---- values -----------------------------------------------------------------------------------


class Change(NamedTuple):
    """A value with one place changed: the new whole, the place and the name of what was done there."""

    value: Any
    place: Place
    name: str


def _other_type(old: Any, r: Random) -> Any:
    others: list[Any] = ["text", 7, 0.5, True, ["text"], {"key": "text"}, [7]]
    return r.choice([o for o in others if type(o) is not type(old)])


_Made = Callable[[Any, Random], Any]
ANY: dict[str, _Made] = {
    "null": lambda old, r: None,
    "left out": lambda old, r: DELETED,
    "another type": _other_type,
    "3,000 brackets": lambda old, r: DEEP,
}
NUMBERS: dict[str, _Made] = {
    "NaN": lambda old, r: NAN,
    "Infinity": lambda old, r: INFINITY,
    "1e400": lambda old, r: TOO_LARGE,
    "30 digits": lambda old, r: 10**30,
    "negative": lambda old, r: -1 if old == 0 else -old,
    "40 bits": lambda old, r: 2**40,
    "a fraction more": lambda old, r: old + 0.5,
    "1.7": lambda old, r: 1.7,
}
TEXTS: dict[str, _Made] = {
    "unknown word": lambda old, r: "no-such-value",
    "empty text": lambda old, r: "",
    "blank text": lambda old, r: " \n",
    "long text": lambda old, r: "x" * LONG,
    "control characters": lambda old, r: "a\x00b\x1b[31m\u202ec",
    "lone surrogate": lambda old, r: "a\ud800b",
    "impossible date": lambda old, r: "2024-13-45T25:61:00+00:00",
    "bare impossible date": lambda old, r: BARE_DATE,
    "a path upwards": lambda old, r: "../../etc/passwd",
}
LISTS: dict[str, _Made] = {
    "emptied": lambda old, r: [],
    "an item twice": lambda old, r: [*old, *old[:1]],
    "turned round": lambda old, r: old[::-1],
    "10,000 items": lambda old, r: (old[:1] or ["x"]) * 10_000,
}
MAPPINGS: dict[str, _Made] = {
    "emptied": lambda old, r: {},
    "unknown field": lambda old, r: {**old, "no_such_field": 1},
    "key renamed": lambda old, r: {(f"{k} x" if i == 0 else k): v for i, (k, v) in enumerate(old.items())},
}


def _ways(old: Any) -> dict[str, _Made]:
    if isinstance(old, bool) or old is None:
        return ANY
    by_type = {str: TEXTS, int: NUMBERS, float: NUMBERS, list: LISTS, dict: MAPPINGS}
    return {**ANY, **by_type.get(type(old), {})}


def _place(value: Any, r: Random) -> Place:
    """A place below the top, each level left with some chance, so that shallow and deep ones come up."""
    out: list[str | int] = []
    while isinstance(value, (dict, list)) and value and (not out or r.random() < 0.75):
        step = r.choice(list(value)) if isinstance(value, dict) else r.randrange(len(value))
        out.append(step)
        value = value[step]
    return tuple(out)


def replaced(value: Any, place: Place, new: Any) -> Any:
    """A copy of the value with `new` at the place, or without the place where `new` is DELETED."""
    if not place:
        return new
    step, rest = place[0], place[1:]
    copy = dict(value) if isinstance(value, dict) else list(value)
    if not rest and new is DELETED:
        del copy[step]
    else:
        copy[step] = replaced(value[step], rest, new)
    return copy


def at(value: Any, place: Place) -> Any:
    for step in place:
        value = value[step]
    return value


def changed(value: Any, r: Random) -> Change:
    """The value with one place damaged."""
    place = _place(value, r)
    old = at(value, place)
    name, make = r.choice(list(_ways(old).items()))
    new = make(old, r)
    return Change(value if new is DELETED and not place else replaced(value, place, new), place, name)


def damaged(data: bytes, r: Random) -> tuple[str, bytes]:
    """The name of what was done, and the bytes after it."""
    name, change = r.choice(list(BYTES.items()))
    return name, change(data, r)


def pattern(place: Place) -> str:
    """A place for grouping, `prompts.*.label`."""
    return ".".join("*" if isinstance(step, int) else step for step in place) or "(all)"
