"""Cached doors to preference sets: what was found in them, their cards, their rows, and the job that measures one."""

import atexit
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import streamlit as st

from lib.files import write_whole
from lib.paths import paths
from lib.preferences import kept, records
from lib.preferences.cards import Disclosure, read_cards
from lib.preferences.job import Jobs

_shared = partial(st.cache_resource, show_spinner=False)


def _preferences() -> Path:
    return paths().local / records.LOCAL


@_shared(ttl=5)
def sets() -> tuple[records.Preferences, ...]:
    """What was found in preference sets: shipped, then measured here; of one name what was measured here."""
    found = records.read_all([paths().preferences, _preferences()])
    return tuple({s.name: s for s in found}.values())


@_shared(ttl=60)
def cards() -> Mapping[str, Mapping[str, Disclosure]]:
    """What the makers of sets disclose, by shape and aspect."""
    path = paths().preferences / "cards.toml"
    return read_cards(path) if path.is_file() else {}


@_shared(max_entries=50, ttl=60)
def examples(name: str, wanted: tuple[tuple[str, float], ...]) -> Sequence[kept.Example]:
    """Some rows of a set whose texts are on this computer."""
    return kept.examples(_preferences(), name, dict(wanted), 5)


def lines(name: str, dropped: str | None) -> Callable[[], str] | None:
    """What writes a set's rows for TRL, without those that are dropped; None where its texts aren't here."""
    if not kept.path_of(_preferences(), name).is_file():
        return None
    rows = partial(kept.for_trl, _preferences(), name, [dropped] if dropped else [])
    return lambda: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())


@cache
def jobs() -> Jobs:
    """The one place where visitors' own sets are measured: outside Streamlit's caches."""
    jobs = Jobs()
    atexit.register(jobs.close)
    return jobs


def measure(name: str, ending: str, content: bytes) -> None:
    """Begin to measure a visitor's set. Raises TrilemmaError where another is being measured."""
    file = _preferences() / f".{name}{ending}"
    write_whole(file, lambda scratch: scratch.write_bytes(content))
    jobs().start(name, file)
