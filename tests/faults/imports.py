"""Damaged files of other tools: whatever is wrong with one, an import ends in a sentence and leaves nothing half done.

python -m tests.faults.imports --cases 5000 --seed 1
"""

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from lib.collections.describe import described
from lib.collections.library import opened
from lib.collections.records import delete, root
from lib.collections.staging import keep, stage
from lib.domain import TrilemmaError
from lib.paths import Paths
from lib.store.conditions import Wanted
from tests.formats.foreign import FOREIGN

_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    float("nan"),
    float("inf"),
    2**70,
    "",
    "\x00",
    "\ud800",
    "=1+1",
    "é" * 5,
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"role": "x"},
    [{"role": "user"}],
    {"type": "text"},
    [{"type": "text"}],
    "a\u2028b",
    "[",
    "{}",
    [{"from": 1, "value": 2}],
    {"value": [1, {"a": None}]},
    "x" * 5_000,
)


class Outcome(NamedTuple):
    name: str
    said: str  # kept, refused, or the failure
    damage: str


def _bytes(data: bytes, chance: random.Random) -> tuple[bytes, str]:
    """Cut, flipped, doubled, or with bytes that no text has."""
    at = chance.randrange(len(data))
    kinds: dict[str, Callable[[], bytes]] = {
        "cut": lambda: data[:at],
        "flipped": lambda: data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :],
        "dropped": lambda: data[:at] + data[at + chance.randrange(1, 9) :],
        "inserted": lambda: (
            data[:at] + chance.choice([b"\xff\xfe", b"\0", b"\n", b'"', b"{", b"]", b",", b"\xed\xa0\x80"]) + data[at:]
        ),
        "doubled": lambda: data + data[at:],
        "swapped": lambda: data[at:] + data[:at],
    }
    kind = chance.choice(list(kinds))
    return kinds[kind](), f"{kind} at {at}"


def _value(value: Any, chance: random.Random) -> Any:
    """One place in a JSON value changed: another value, a field gone, renamed or doubled, a list emptied or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        out = dict(value)
        match chance.randrange(8):
            case 0:
                del out[key]
            case 1:
                out[chance.choice(["role", "text", "model", "response", key + "x"])] = out.pop(key)
            case 2:
                out[key] = chance.choice(_ODD)
            case _:
                out[key] = _value(value[key], chance)
        return out
    if isinstance(value, list) and value and chance.random() < 0.85:
        at = chance.randrange(len(value))
        match chance.randrange(6):
            case 0:
                return value[:at] + value[at + 1 :]
            case 1:
                return [*value, *value]
            case _:
                return [_value(v, chance) if k == at else v for k, v in enumerate(value)]
    return chance.choice(_ODD)


def damaged(name: str, data: bytes, chance: random.Random) -> tuple[bytes, str]:
    """A file with one to three damages."""
    if chance.random() < 0.6 and data[:1] in b"[{":
        try:
            lines = [json.loads(line) for line in data.splitlines()]
            whole = False
        except ValueError:
            lines, whole = [json.loads(data)], True
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(lines))
            lines[at] = _value(lines[at], chance)
        return b"\n".join(json.dumps(v).encode() for v in lines), f"values {whole}"
    told = []
    for _ in range(chance.randrange(1, 3)):
        if data:
            data, how = _bytes(data, chance)
            told.append(how)
    return data, ", ".join(told)


def tried(paths: Paths, file: Path, name: str, damage: str) -> Outcome:
    """Import a file as a visitor does, look at what is kept, and delete it."""
    before = sorted(p.name for p in root(paths).glob("*"))
    try:
        staged = stage(paths, [(file, name)], "c")
        collection = keep(paths, staged)
        list(described(collection))
        store = opened(paths, collection)
        try:
            total, found = store.found(Wanted(), 0, 20)
            for row in found:
                store.responses(row.prompt_id)
                store.marks(row.prompt_id)
                store.preferences(row.prompt_id)
            store.tag_values()
            said = "kept" if total == collection.survey.prompts else f"lost: {total} of {collection.survey.prompts}"
        finally:
            store.close()
            delete(paths, "c")
    except TrilemmaError as fault:
        said = "refused" if name in str(fault) else f"vague: {fault}"
    except Exception as fault:  # noqa: BLE001 (whatever comes is what is looked for)
        said = f"traceback: {type(fault).__name__}: {str(fault)[:200]}"
    left = sorted(p.name for p in root(paths).glob("*"))
    return Outcome(name, said if left == before else f"left behind: {left}", damage)


def run(cases: int, seed: int, folder: Path) -> list[Outcome]:
    """So many damaged files, all formats in turn."""
    chance, out = random.Random(seed), []
    paths = Paths(folder / "data", folder / "casestudies")
    names = list(FOREIGN)
    for number in range(cases):
        name = names[number % len(names)]
        data, damage = damaged(name, FOREIGN[name]().data, chance)
        file = folder / f"damaged-{name}"
        file.write_bytes(data)
        out.append(tried(paths, file, name, damage))
        if out[-1].said.split(":")[0] not in ("kept", "refused"):
            (folder / f"{number}-{name}").write_bytes(data)
    return out


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--cases", type=int, default=1_000)
    asked.add_argument("--seed", type=int, default=20240618)
    asked.add_argument("--folder", type=Path)
    given = asked.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    found = run(given.cases, given.seed, folder)
    print(Counter(o.said.split(":")[0] for o in found), f"files that failed lie in {folder}")
    for outcome, n in Counter((o.name, o.said) for o in found if o.said not in ("kept", "refused")).most_common(40):
        print(n, *outcome)


if __name__ == "__main__":
    main()
