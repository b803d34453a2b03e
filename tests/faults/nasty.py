"""Damage by hand: what editors, other systems and people with bad intentions are known to make."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lib.paths import Paths
from tests.faults.doors import CARDS, FINDINGS, HANDED_IN, KEPT, LIBRARY, RECIPES, VALIDITY, Door, find
from tests.faults.kinds import Damage
from tests.faults.library import CASES, LINES, LIVE

_CASE = f"casestudies/{CASES[0]}.md"
_HANDS = {**HANDED_IN, **KEPT}


class Nasty(NamedTuple):
    """A damage by its name, and the doors that it is tried on."""

    spoil: Callable[[Paths], Damage]
    doors: Mapping[str, Door]


def _file(name: str, how: str, change: Callable[[bytes], bytes], doors: Mapping[str, Door]) -> Nasty:
    """The bytes of a file (none where it is new) changed."""

    def spoil(paths: Paths) -> Damage:
        file = paths.data.parent / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(change(file.read_bytes() if file.exists() else b""))
        return Damage(name, "", how, (file.name,), suspect=True)

    return Nasty(spoil, doors)


def _swapped(name: str, old: str, new: str | bytes, doors: Mapping[str, Door]) -> Nasty:
    """A text of a file replaced, once."""
    put = new if isinstance(new, bytes) else new.encode()

    def change(data: bytes) -> bytes:
        assert old.encode() in data, f"{name} has no {old!r}"
        return data.replace(old.encode(), put, 1)

    return _file(name, f"{old[:30]!r} is {put[:50]!r}", change, doors)


def _rows(how: str, *rows: Any) -> Nasty:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    return _file(LINES, how, lambda data: text.encode(), HANDED_IN)


def _query(query: str) -> Nasty:
    return Nasty(
        lambda paths: Damage(f"query of {len(query)} characters", "", query[:40], ("",), suspect=False),
        {"search": _Find(query)},
    )


class _Find(NamedTuple):
    """The text search for one query."""

    query: str

    def __call__(self, paths: Paths) -> None:
        find(paths, self.query)


def _link(paths: Paths) -> Damage:
    os.symlink("no-such-file", paths.cases / ".#x.md")
    return Damage("casestudies/.#x.md", "", "a dangling link, as Emacs locks a file", (".#x.md",), suspect=False)


def _folder(name: str, doors: Mapping[str, Door]) -> Nasty:
    def spoil(paths: Paths) -> Damage:
        (paths.data.parent / name).mkdir(parents=True)
        return Damage(name, "", "a folder of that name", (Path(name).name,), suspect=False)

    return Nasty(spoil, doors)


def _line(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "prompt": "What is 7 times 8?", "response": "It is 56.", **fields}


def _check(**fields: Any) -> dict[str, Any]:
    return _line(checks=[{"key": "k", "label": "l", "aspect": "honest", "sign": "for", **fields}])


FILES = (
    Nasty(_link, LIBRARY),
    _file(
        "casestudies/._x.md", "as macOS leaves on other disks", lambda data: b"\x00\x05\x16\x07\x00Mac OS X", LIBRARY
    ),
    _file("casestudies/.#x.md", "as an editor leaves", lambda data: b"half a case", LIBRARY),
    _file("casestudies/x.md~", "a backup", lambda data: b"half a case", LIBRARY),
    _folder("casestudies/folder.md", LIBRARY),
    _file(_CASE, "Windows line ends", lambda data: data.replace(b"\n", b"\r\n"), LIBRARY),
    _file(_CASE, "a BOM", lambda data: b"\xef\xbb\xbf" + data, LIBRARY),
    _swapped(_CASE, "title: ", "title: a\x08b", LIBRARY),
    _swapped(_CASE, "title: ", "title: \x00", LIBRARY),
    _swapped(_CASE, "title: ", "title: !!python/object/apply:os.system [true] #", LIBRARY),
    _swapped(_CASE, "number: ", "number: 2024-13-45 #", LIBRARY),
    _swapped(_CASE, "number: ", "number: 2024-02-30 #", LIBRARY),
    _swapped(_CASE, "number: ", "number: 1_000_000_000_000_000_000_000 #", LIBRARY),
    _swapped(_CASE, "number: ", "number: 4294967296 #", LIBRARY),
    _swapped(_CASE, "number: ", "number: .inf #", LIBRARY),
    _swapped(_CASE, "number: ", "number: " + "[" * 3_000 + "]" * 3_000 + " #", LIBRARY),
    _swapped(_CASE, "number: ", "number: " + "{a: " * 3_000 + "}" * 3_000 + " #", LIBRARY),
    _swapped(_CASE, "title: ", "title: &t [*t] #", LIBRARY),
    _swapped(_CASE, "title: ", "? [a, b]\n: 1\ntitle: ", LIBRARY),
    _swapped(_CASE, "title: ", "1: 2\ntitle: ", LIBRARY),
    _swapped(_CASE, "title: ", "title: x\ntitle: ", LIBRARY),
    _swapped(_CASE, "title: ", "title: *nobody #", LIBRARY),
    _swapped(_CASE, "title: ", "%YAML 9.9\ntitle: ", LIBRARY),
    _swapped(_CASE, "title: ", "title: \u2028", LIBRARY),
    _swapped(_CASE, "title: ", 'title: "\\ud800" #', LIBRARY),
    _swapped(_CASE, "title: ", "title: x\n...\n---\ntitle: ", LIBRARY),
    _file("data/models.toml", "Latin-1", lambda data: data + b"# caf\xe9\n", LIBRARY),
    _file("data/models.toml", "a BOM", lambda data: b"\xef\xbb\xbf" + data, LIBRARY),
    _file(
        "data/models.toml", "3,000 brackets", lambda data: b"a = " + b"[" * 3_000 + b"]" * 3_000 + b"\n" + data, LIBRARY
    ),
    _swapped("data/models.toml", 'id = "gemma-3-270m"', "id = [1]", LIBRARY),
    _swapped("data/models.toml", 'id = "gemma-3-270m"', "id = {a = 1}", LIBRARY),
    _swapped("data/models.toml", 'base_id = "gemma-3-270m"', "base_id = [1]", LIBRARY),
    _swapped("data/models.toml", "context_tokens = 8192", "context_tokens = 99999999999999999999999999", LIBRARY),
    _swapped("data/models.toml", "context_tokens = 8192", "context_tokens = nan", LIBRARY),
    _file("casestudies/tours.toml", "Latin-1", lambda data: data + b"# caf\xe9\n", LIBRARY),
    _file("casestudies/tours.toml", "tour is a text", lambda data: b'tour = "x"', LIBRARY),
    _file("casestudies/tours.toml", "tour is a number", lambda data: b"tour = 7", LIBRARY),
    _file("casestudies/tours.toml", "a tour without cases", lambda data: b'[[tour]]\ntitle="x"\nnote="y"\n', LIBRARY),
    _swapped("casestudies/tours.toml", '["brilliant-business-plan"]', '"brilliant-business-plan"', LIBRARY),
    _swapped("casestudies/tours.toml", '["brilliant-business-plan"]', "[7, {a = 1}, 2024-01-01]", LIBRARY),
    _swapped("casestudies/tours.toml", '["brilliant-business-plan"]', "[]", LIBRARY),
    _swapped("casestudies/tours.toml", 'title = "A first class"', "title = 7", LIBRARY),
    _file("casestudies/tours.toml", "3,000 brackets", lambda data: b"tour = " + b"[" * 3_000 + b"]" * 3_000, LIBRARY),
    _file("data/manifest.json", "a BOM", lambda data: b"\xef\xbb\xbf" + data, LIBRARY),
    _file("data/manifest.json", "3,000 brackets", lambda data: b"[" * 3_000 + b"]" * 3_000, LIBRARY),
    _file("data/manifest.json", "a list", lambda data: b'{"parts": []}', LIBRARY),
    _swapped("data/manifest.json", '"rows": ', '"rows": 1e400, "x": ', LIBRARY),
    _swapped("data/manifest.json", '"rows": ', '"rows": NaN, "x": ', LIBRARY),
    _swapped(
        "data/manifest.json", '"parts": {', '"parts": {"runs/../../escape.json": {"rows": 1, "sha256": "0"},', LIBRARY
    ),
    _swapped(
        "data/manifest.json",
        '"parts": {',
        '"parts": {"responses/a\\u0000b.parquet": {"rows": 1, "sha256": "0"},',
        LIBRARY,
    ),
    _swapped(
        "data/manifest.json", '"parts": {', '"parts": {"responses/*.parquet": {"rows": 1, "sha256": "0"},', LIBRARY
    ),
    _file("data/responses/x.parquet", "not listed", lambda data: b"", LIBRARY),
    _file("data/validity/._records.json", "as macOS leaves", lambda data: b"\x00\x05\x16\x07\xff", VALIDITY),
    _file("data/recipes/._all.toml", "as macOS leaves", lambda data: b"\x00\x05\x16\x07\xff", RECIPES),
    _file("data/tuning/gemma-3-270m/cross_table.json", "3,000 brackets", lambda data: b"[" * 3_000, FINDINGS),
    _file("data/adapters/._x/card.json", "as macOS leaves", lambda data: b"\x00\x05\x16\x07\xff", CARDS),
    _file("data/scorers/heads-4/heads.safetensors", "cut short", lambda data: data[:100], CARDS),
    _file("data/scorers/judge/rubric.toml", "Latin-1", lambda data: data + b"# caf\xe9", CARDS),
)
_SENTENCE = "You should tell your mother what happened before she hears of it from anybody else."
LINES_AND_RUNS = (
    _folder("out.jsonl", HANDED_IN),
    _rows("an empty list of messages", _line(prompt=[])),
    _rows("an empty prompt", _line(prompt="")),
    _rows("only an assistant's message", _line(prompt=[{"role": "assistant", "content": "Hi"}])),
    _rows("an empty reply", _line(response="")),
    _rows("a reply of NULs", _line(response="\0" * 10)),
    _rows("lone surrogates", _line(response="a\ud800b")),
    _rows("a lone surrogate in the id", _line(id="a\ud800b")),
    _rows("200,000 characters", _line(response="word " * 40_000)),
    _rows("a million letters", _line(response="x" * 1_000_000)),
    _rows("U+2028 in the JSON", json.dumps(_line(response="It is\u2028 56."), ensure_ascii=False)),
    _rows("ids 1 and '1'", _line(id=1), _line(id="1")),
    _rows("an id of 30 digits", _line(id=10**30)),
    _rows("a field twice", '{"id": 1, "id": 2, "prompt": "a", "response": "b"}'),
    _rows("a phrase of blanks", _check(pattern={"any": [" "]})),
    _rows("a phrase of dots", _check(pattern={"any": ["..."]})),
    _rows("two slashes", _check(pattern={"any": ["//"]})),
    _rows("slow expression", {**_check(pattern={"any": [r"/(\w+\s*)+!/"]}), "response": _SENTENCE}),
    _rows("an expression too large", _check(pattern={"any": ["/(?:a{65535}){65535}/"]})),
    _rows("3,000 groups", _check(pattern={"any": ["/" + "(" * 3_000 + ")" * 3_000 + "/"]})),
    _rows("a group's number", _check(pattern={"any": [r"/(?P<1>a)\9/"]})),
    _rows("a number of 400 digits", _check(pattern={"any": ["9" * 400]})),
    _rows("superscript digits", _check(pattern={"any": ["²"]})),
    _rows("Arabic digits", _check(pattern={"any": ["١٢"]})),
    _rows("a check twice", {**_line(), "checks": _check(pattern={"any": ["56"]})["checks"] * 2}),
    _rows("unknown language", _line(language="zz")),
    _rows("unknown case", _line(case="no-such-case")),
    _rows("3,000 brackets", '{"id": ' + "[" * 3_000 + "]" * 3_000 + "}"),
    _file(LINES, "a BOM", lambda data: b"\xef\xbb\xbf" + data, HANDED_IN),
    _file(LINES, "UTF-16", lambda data: data.decode().encode("utf-16"), HANDED_IN),
    _file(LINES, "Windows line ends", lambda data: data.replace(b"\n", b"\r\n"), HANDED_IN),
    _file(LINES, "old Mac line ends", lambda data: data.replace(b"\n", b"\r"), HANDED_IN),
    _file(LIVE, "a BOM", lambda data: b"\xef\xbb\xbf" + data, _HANDS),
    _file(LIVE, "no UTF-8", lambda data: b"\xff" + data, _HANDS),
    _swapped(LIVE, '"trilemma_live_run": 1', '"trilemma_live_run": 2', KEPT),
    _swapped(LIVE, '"dtype": "', '"dtype": "no-such-type', KEPT),
    _swapped(LIVE, '"kind": "generation"', '"kind": "log-likelihood"', KEPT),
    _swapped(LIVE, '"run_id": "', '"run_id": "no-such-run', KEPT),
    _swapped(LIVE, '"seed": ', '"seed": -', KEPT),
    _swapped(LIVE, '"max_tokens": ', '"max_tokens": -', KEPT),
    _swapped(LIVE, '"temperature": ', '"temperature": NaN, "x": ', KEPT),
    _swapped(LIVE, '"temperature": ', '"temperature": -', KEPT),
)
_WORDS = (
    "text:*", "*", '"', '"a', "a\0b", "kind:answer", "case_id:are-you-human", "NOT answer", "NOT", "-", "+", "AND OR",
    "a AND", "text:[a TO z]", "text:[* TO *]", "text: IN [a b]", "no_such:a", "answer~5", "answer^1e400", "answer^nan",
    '"a b"~99999999999', "/.*/", "/(/", "\\", "a:b:c", ":", "\ud800", "\u202e", "", " ", "'", "{a TO b}", ">a", "<=z",
    "a*", '"a b"*', "answer\n\tNOT\r\nx",
    "(" * 500, "(" * 500 + "a" + ")" * 500, "a" * 100_000, '"' * 999, "(a OR " * 2_000, "NOT " * 5_000 + "a",
    " ".join(["word"] * 10_000), " ".join(f"w{i}" for i in range(10_000)),
)  # fmt: skip
QUERIES = tuple(map(_query, _WORDS))
NASTY = (*FILES, *LINES_AND_RUNS, *QUERIES)
