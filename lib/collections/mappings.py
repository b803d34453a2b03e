"""Which columns hold what, remembered: the next file with the same columns is read in the same way."""

import json
from collections.abc import Sequence

from pydantic import RootModel

from lib.collections.records import root
from lib.files import DataProblem, digest, read_json, write_text
from lib.formats.plain import ColumnMapping
from lib.paths import Paths

_FILE = "mappings.json"
_MOST = 200  # the newest ones


class _Mappings(RootModel[dict[str, ColumnMapping]]):
    pass


def _all(paths: Paths) -> dict[str, ColumnMapping]:
    file = root(paths) / _FILE
    try:
        return read_json(file, _Mappings).root if file.is_file() else {}
    except DataProblem:
        return {}  # a convenience: what can't be read is asked again


def remembered(paths: Paths, columns: Sequence[str]) -> ColumnMapping | None:
    return _all(paths).get(digest(sorted(columns)))


def remember(paths: Paths, columns: Sequence[str], mapping: ColumnMapping) -> None:
    known = _all(paths)
    known.pop(digest(sorted(columns)), None)
    kept = dict([*known.items(), (digest(sorted(columns)), mapping)][-_MOST:])
    text = json.dumps({k: m.model_dump(mode="json") for k, m in kept.items()}, ensure_ascii=False, indent=1)
    write_text(root(paths) / _FILE, text + "\n")
