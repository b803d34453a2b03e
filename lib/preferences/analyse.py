"""What `python -m lib preferences` does: read a set, measure it, write what was found, keep its rows here."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lib.domain import Criterion, TrilemmaError
from lib.files import sha256_of
from lib.formats.comparisons import ReadSet
from lib.formats.sets_shapes import read_opinions, read_set
from lib.preferences import kept
from lib.preferences.conflicts import conflicts, not_measurable
from lib.preferences.contents import contents, dropped_by
from lib.preferences.material import Material, prepared
from lib.preferences.opinions import opinion_set
from lib.preferences.profile import profile
from lib.preferences.raters import raters
from lib.preferences.records import Filtered, Preferences, Topic, check_name, write
from lib.preferences.topics import Topics, topics
from lib.preferences.words import Vocabulary, telling, vocabulary, word_counts

Say = Callable[[str], None]
_WORDS, _TOPIC_WORDS = 25, 6
_FILTER_DRAWS = 60  # of the bootstrap, for a set without some of its rows


class Asked(NamedTuple):
    """What is to be measured and under which name. `criterion`: what raters were asked for, where the set is silent."""

    data: Path
    name: str
    label: str = ""
    criterion: Criterion | None = None


def analyse(asked: Asked, results: Path, local: Path, say: Say) -> Preferences:
    """Measure a set; its results go to `results`, its rows and marks to `local`, where the app finds examples.

    Raises TrilemmaError where the name or the data can't be used; nothing is written then.
    """
    check_name(asked.name)
    say("Reading the file")
    opinions = read_opinions(asked.data)
    head: dict[str, Any] = {
        "name": asked.name,
        "label": asked.label or asked.name,
        "date": datetime.now(UTC).date().isoformat(),
        "source": _source(asked.data),
    }
    if opinions is not None:
        if not opinions:
            raise TrilemmaError(
                f"{asked.data.name}: no question in it was answered by two countries on the same options."
            )
        found = Preferences(
            **head,
            shape="GlobalOpinionQA",
            criterion=None,
            note="Surveys of countries, not preferences between replies.",
            contents=None,
            profile=None,
            opinions=opinion_set(opinions),
        )
        write(results, found)
        return found
    read = read_set(asked.data)
    say(f"{read.shape}: {len(read.comparisons):,} comparisons from {read.rows:,} rows")
    material = prepared(read, lambda done, total: say(f"Marking replies: {done:,} of {total:,}"))
    found, topic = _measured(read, material, asked.criterion or read.criterion, head, say)
    kept.write(local, asked.name, material, topic)
    say(f"Written: {write(results, found)}")
    return found


def _measured(
    read: ReadSet, material: Material, criterion: Criterion | None, head: Mapping[str, Any], say: Say
) -> tuple[Preferences, np.ndarray | None]:
    say("Finding topics")
    about = topics([c.group for c in material.comparisons])
    topic = about.of if about else None
    say("Counting words")
    words = vocabulary(material)
    say("What is rewarded")
    whole = profile(material, words.difference if words else None)
    found = conflicts(material, topic)
    chosen, rejected, by_topic = _words(material, words, about)
    say("Leaving rows out, one kind at a time")
    filtered = []
    for key, keep in dropped_by(material).items():
        say(f"Without: {key}")
        filtered.append(_without(key, keep, material))
    say("Raters")
    return Preferences(
        **head,
        shape=read.shape,
        criterion=criterion,
        note=read.note,
        contents=contents(read, material),
        profile=whole,
        chosen_words=tuple(chosen),
        rejected_words=tuple(rejected),
        topics=tuple(by_topic),
        conflicts=tuple(found),
        not_measurable=not_measurable(found, material),
        raters=raters(material, topic, read.ordered),
        filtered=tuple(filtered),
    ), topic


def _words(material: Material, words: Vocabulary | None, about: Topics | None):
    """Words for and against over the whole set, and the topics with their own."""
    if words is None:
        return [], [], []
    whole = word_counts(material, words, np.arange(len(material.comparisons)))
    chosen, rejected = telling(words, whole, whole, _WORDS)
    out = []
    for k, named in enumerate(about.words if about else ()):
        rows = np.flatnonzero(about.of == k) if about else np.array([], dtype=int)
        mine = telling(words, word_counts(material, words, rows), whole, _TOPIC_WORDS)
        prompts = len(np.unique(material.groups[rows]))
        out.append(
            Topic(
                id=k,
                words=named,
                prompts=prompts,
                comparisons=len(rows),
                for_chosen=tuple(mine[0]),
                for_rejected=tuple(mine[1]),
            )
        )
    return chosen, rejected, out


def _without(key: str, keep: np.ndarray, material: Material) -> Filtered:
    left = material.only(keep)
    return Filtered(
        key=key,
        kept=int(keep.sum()),
        dropped=int((~keep).sum()),
        profile=profile(left, draw_count=_FILTER_DRAWS) if (~keep).any() else None,
        conflicts=tuple(conflicts(left, None)) if (~keep).any() else (),
    )


def _source(data: Path) -> str:
    """One hash of a file, or of all files of a folder."""
    files = [data] if data.is_file() else sorted(f for f in data.glob("*") if f.is_file()) if data.is_dir() else []
    if len(files) == 1:
        return sha256_of(files[0])
    whole = hashlib.sha256()
    for file in files:
        whole.update(sha256_of(file).encode())
    return whole.hexdigest()
