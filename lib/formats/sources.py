"""A file of another tool opened by its content: JSON, JSON Lines, a zip of them, or a table; with row numbers."""

import codecs
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic_core import from_json

from lib.formats.items import BadImport

Kind = Literal["json", "json lines", "zip", "table", "parquet", "xlsx"]
_HEAD = 262_144  # bytes that are looked at to find out what a file is
_HEAD_ROWS = 50
_LARGEST_JSON = 400 * 2**20  # bytes; one value is read whole, and takes several times that in memory
_DEEPEST = 200
_HALVES = re.compile("[\ud800-\udfff]")  # of characters: surrogates
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Source:
    """A file to import. `name` is how messages call it."""

    def __init__(self, path: Path, name: str | None = None):
        self.path, self.name = path, name or path.name
        try:
            self.bytes = path.stat().st_size
            with path.open("rb") as file:
                self._head = file.read(_HEAD)
        except OSError as fault:
            raise BadImport(f"{self.name}: can't be read: {fault.strerror}") from fault
        if not self._head.strip():
            raise BadImport(f"{self.name}: the file is empty")

    @cached_property
    def encoding(self) -> str:
        """By its byte order mark; else UTF-8 where it is that, and what charset-normalizer makes of it where not."""
        for mark, name in _ENCODINGS:
            if self._head.startswith(mark):
                return name
        if _decodes(self._head):
            return "utf-8"
        from charset_normalizer import from_bytes

        best = from_bytes(
            self._head[:65_536], cp_isolation=["cp1252", "cp1250", "cp1251", "shift_jis", "gb18030"]
        ).best()
        return best.encoding if best else "cp1252"

    @cached_property
    def kind(self) -> Kind:
        """What the bytes are, whatever the file's name says. Raises BadImport for what is none of the kinds."""
        if self._head.startswith(b"PK\x03\x04"):
            return "xlsx" if self._has_member("[Content_Types].xml") else "zip"
        if self._head.startswith(b"PAR1"):
            return "parquet"
        if (
            self._head.startswith((b"\x1f\x8b", b"\x89PNG", b"%PDF", b"\x28\xb5\x2f\xfd"))
            or b"\0" in self._text_head()[:4_096]
        ):
            raise BadImport(
                f"{self.name}: is neither text nor a known kind of file. Unpack it first if it is compressed"
            )
        start = self._text_head().lstrip()
        if start[:1] == b"[":
            return "json"
        if start[:1] == b"{":
            return "json lines" if self._one_object_a_line(start) else "json"
        return "table"

    def _text_head(self) -> bytes:
        if self.encoding == "utf-16":
            return self._head[: len(self._head) // 2 * 2].decode("utf-16", "ignore").encode()
        return self._head.removeprefix(codecs.BOM_UTF8)

    def _has_member(self, member: str) -> bool:
        with self.zip() as archive:
            return member in archive.namelist()

    def _one_object_a_line(self, start: bytes) -> bool:
        first, _, rest = start.partition(b"\n")
        try:
            return isinstance(parse(first), dict) and bool(rest.strip() or len(start) < self.bytes)
        except ValueError:
            # a line that begins a second object, and was cut by the head's end: still one a line
            return b"\n" not in start.strip() and len(self._head) == _HEAD and self.path.suffix == ".jsonl"

    # ---- rows ---------------------------------------------------------------------------------

    def zip(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
            raise BadImport(f"{self.name}: the archive is damaged or ends early ({fault})") from fault

    @cached_property
    def whole(self) -> Any:
        """The value of a JSON file. Raises BadImport, naming line and column."""
        if self.bytes > _LARGEST_JSON:
            raise BadImport(
                f"{self.name}: one JSON value of {self.bytes / 2**20:,.0f} MB has to be read whole, which takes too"
                " much memory. Write it as JSON Lines, one object a line"
            )
        data = self.path.read_bytes()
        if self.encoding == "utf-16":
            data = data.decode("utf-16", "replace").encode()
        return self.parsed(data.removeprefix(codecs.BOM_UTF8), "")

    def parsed(self, data: bytes, place: str) -> Any:
        """A JSON value; `place` says where in the file it stands."""
        try:
            return parse(data)
        except (ValueError, RecursionError) as fault:
            raise BadImport(f"{self.name}: {place}{_json_fault(data, fault, in_line=bool(place))}") from fault

    def lines(self, progress: Callable[[int], None] | None = None) -> Iterator[tuple[int, Any]]:
        """Each object of a JSON Lines file with its line number; `progress` hears how many bytes were read."""
        read = 0
        with self._binary() as file:
            for number, line in enumerate(file, start=1):
                read += len(line)
                if progress and not number & 1023:
                    progress(read)
                try:
                    value = from_json(line)
                except ValueError:  # a mark at the start, an empty line, or what the slower parser takes or refuses
                    line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
                    if not line.strip():
                        continue
                    value = self.parsed(line, f"line {number}: ")
                yield number, value

    def _binary(self) -> Any:
        if self.encoding == "utf-16":
            return codecs.EncodedFile(self.path.open("rb"), "utf-8", "utf-16", "replace")
        return self.path.open("rb")

    @cached_property
    def head_rows(self) -> list[Any]:
        """The first rows of a JSON Lines file or JSON list, or the value itself as the only one."""
        if self.kind == "json lines":
            out = []
            for _, row in self.lines():
                out.append(row)
                if len(out) == _HEAD_ROWS:
                    break
            return out
        if self.kind == "json":
            return self.whole[:_HEAD_ROWS] if isinstance(self.whole, list) else [self.whole]
        return []

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The objects among the first rows."""
        return [r for r in self.head_rows if isinstance(r, dict)]

    def numbered(self, progress: Callable[[int], None] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each object of a JSON or JSON Lines file with the words that name its place. Raises BadImport for others."""
        if self.kind == "json lines":
            yield from self._objects((f"line {n}", row) for n, row in self.lines(progress))
        else:
            yield from self.listed(self.whole if isinstance(self.whole, list) else [self.whole])

    def listed(self, values: Sequence[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each object of a list in this file with the words that name its place. Raises BadImport for others."""
        return self._objects((f"item {n}", row) for n, row in enumerate(values, start=1))

    def _objects(self, rows: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
        for place, row in rows:
            if not isinstance(row, dict):
                raise BadImport(f"{self.name}: {place}: must be an object, is {type(row).__name__}")
            yield place, row


def parse(data: bytes) -> Any:
    """A JSON value, NaN included. Raises ValueError, or RecursionError where it is nested too deeply."""
    try:
        return from_json(data)
    except ValueError:
        return _sound(json.loads(data))  # takes halves of characters, which no file can hold


def _sound(value: Any, depth: int = 0) -> Any:
    """A value with halves of characters replaced. Raises RecursionError where it is nested too deeply."""
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_sound(v, depth + 1) for v in value]
    return {_sound(k): _sound(v, depth + 1) for k, v in value.items()} if isinstance(value, dict) else value


def _json_fault(data: bytes, fault: Exception, in_line: bool) -> str:
    if isinstance(fault, RecursionError):
        return "is nested too deeply"
    if isinstance(fault, UnicodeDecodeError):
        return f"byte {fault.start + 1:,}: not UTF-8 text ({fault.reason})"
    if not isinstance(fault, json.JSONDecodeError):
        return f"not valid JSON ({fault})"
    where = f"column {fault.colno}" if in_line else f"line {fault.lineno}, column {fault.colno}"
    if fault.pos >= len(fault.doc.rstrip()) or "Unterminated string" in fault.msg:
        return f"{where}: the {'line' if in_line else 'file'} ends early ({len(data):,} bytes; it was cut off)"
    return f"{where}: not valid JSON ({fault.msg})"


def _decodes(head: bytes) -> bool:
    """Whether bytes are UTF-8, but for a character that the end may have cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
