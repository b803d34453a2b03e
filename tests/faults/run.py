"""`python -m tests.faults.run --cases 500 --seed 1 --kind case`: damage files, try the doors, print the answers."""

import argparse
import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

from lib.paths import Paths
from tests.faults import commands, nasty
from tests.faults.doors import DOORS
from tests.faults.kinds import KINDS, Damage, spoil
from tests.faults.library import CASES, library
from tests.faults.trial import OUTCOMES, Trial, trial

_Found = Iterable[tuple[str, Trial]]


def trials(kind: str, cases: int, seed: int, scratch: Path) -> Iterator[Trial]:
    cases_in_it = CASES if kind in ("case", "tours", "nasty") else CASES[:1]
    template = scratch / f"template-{len(cases_in_it)}"
    if not template.exists():
        making = get_context("fork").Process(target=library, args=(template, cases_in_it))  # no threads in this one
        making.start()
        making.join()
    sound = trial(template, scratch / "case", _undamaged, DOORS.get(kind, DOORS["case"]))
    if sound.outcome != "accepted":
        raise SystemExit(f"{kind}: the undamaged files are not accepted: {[a for a in sound.answers if a.said]}")
    if kind == "nasty":
        for one in nasty.NASTY:
            yield trial(template, scratch / "case", one.spoil, one.doors)
    elif kind == "cli":
        yield from commands.trials(template, scratch / "case", cases, Random(f"cli {seed}"))
    else:
        for number in range(cases):
            spoiled = partial(spoil, kind, r=Random(f"{kind} {seed} {number}"))
            yield trial(template, scratch / "case", spoiled, DOORS[kind])


def _undamaged(paths: Paths) -> Damage:
    return Damage("nothing", "", "no damage", ("",), suspect=False)


# ---- what came of it --------------------------------------------------------------------------


def table(found: Sequence[tuple[str, Trial]]) -> str:
    counts = Counter((kind, t.outcome) for kind, t in found)
    kinds = dict.fromkeys(kind for kind, _ in found)
    lines = ["".join(f"{word:>11}" for word in ("", *OUTCOMES, "all")).replace("           ", f"{'kind':<16}", 1)]
    for kind in kinds:
        row = [counts[kind, o] for o in OUTCOMES]
        lines.append(f"{kind:<16}" + "".join(f"{n:>11}" for n in (*row, sum(row))))
    return "\n".join(lines)


def _plain(text: str) -> str:
    """A message without what differs from file to file, to tell kinds of message apart."""
    text = re.sub(r"[\w.+-]+\.(parquet|json|jsonl|md|toml)\b", "<file>", text)
    text = re.sub(r"'[^']*'", "'…'", re.sub(r"\(.*", "(…", re.sub(r"/tmp/\S+", "<path>", text)))
    return re.sub(r"\d+", "#", text)[:110]


def signatures(found: _Found, *outcomes: str) -> list[tuple[str, int, str]]:
    """Each distinct answer of the outcomes, how often it came, and the first damage that brought it."""
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for kind, t in found:
        for a in t.answers:
            if a.outcome in outcomes:
                said = a.said.split(" | ")[0] if a.outcome == "traceback" else _plain(a.said)
                key = f"[{a.outcome}] {said}"
                counts[key] += 1
                first.setdefault(key, f"{kind}, door {a.door!r}: {t.damage} -> {a.said}")
    return [(key, n, first[key]) for key, n in counts.most_common()]


def taken(found: _Found) -> list[tuple[str, int]]:
    """What no door refused and is wrong or has to be looked at, by file, place and damage."""
    counts = Counter(
        (kind, _where(t.damage), t.damage.how) for kind, t in found if t.outcome == "accepted" and t.damage.suspect
    )
    merged: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (kind, where, how), n in sorted(counts.items()):
        merged[kind, where].append(f"{how} x{n}" if n > 1 else how)
    return [(f"{kind} {where}: {'; '.join(hows)}", len(hows)) for (kind, where), hows in merged.items()]


def _where(damage: Damage) -> str:
    file = re.sub(r"[^/]*\.parquet|(?<=runs/)[^/]*|(?<=validity/)[^/]*\.json$", "*", damage.file)
    return f"{file} {damage.place}".strip()


def report(found: Sequence[tuple[str, Trial]]) -> None:
    print(table(found))
    for title, outcomes in (
        ("Tracebacks, crashes and hangs", ("traceback", "crash", "hang")),
        ("Refusals that do not name the file", ("vague",)),
    ):
        print(f"\n== {title}")
        for key, n, example in signatures(found, *outcomes):
            print(f"{n:>5} {key}\n      {example}")
    print("\n== Taken without a word")
    for line, _ in taken(found):
        print("     ", line)
    left = Counter(re.sub(r"[0-9a-f]{12,}", "<hash>", f) for _, t in found for f in t.left)
    print("\n== Left behind\n" + "\n".join(f"{n:>5} {name}" for name, n in left.most_common()))


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--cases", type=int, default=100, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=[*KINDS, "nasty", "cli"], nargs="*", help="all but cli by default")
    parser.add_argument("--keep", type=Path, help="a file for every trial, as JSON Lines")
    asked = parser.parse_args(words)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  (messages quote what was put in)
    found: list[tuple[str, Trial]] = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in asked.kind or (*KINDS, "nasty"):
            for t in trials(kind, asked.cases, asked.seed, Path(folder)):
                found.append((kind, t))
                if asked.keep:
                    with asked.keep.open("a", encoding="utf-8", errors="backslashreplace") as file:
                        file.write(json.dumps([kind, t]) + "\n")
    report(found)
    return 1 if any(t.outcome in OUTCOMES[3:] for _, t in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
