"""Items of a foreign file -> the parts of a collection, a part at a time; what memory holds are hashes and numbers."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, NamedTuple

from lib.collections.counts import Counts
from lib.collections.parts import Parts
from lib.collections.records import name_of
from lib.dataset import SCHEMAS, write_run
from lib.domain import Message, Run
from lib.files import digest
from lib.formats.items import Answer, BadImport, Judged, Mark, Preference
from lib.manifest import add_to_manifest
from lib.paths import Paths

NOT_STATED = "(not stated in the imported file)"
_AT_ONCE, _CHARS_AT_ONCE = 20_000, 48_000_000  # rows and characters that wait in memory
_MOST_MODELS = 400
_LABEL = 80


class _Model(NamedTuple):
    number: int
    id: str
    label: str
    run: str
    parts: Parts


# The columns that differ from row to row, in the order in which rows are kept here.
_ANSWER_ROW = ("prompt_sha", "sample", "text", "finish", "tokens", "error", "date")
_PROMPT_ROW = ("prompt_sha", "number", "label", "document", "tags")
_MARK_ROW = ("run_id", "prompt_sha", "sample", "scorer", "number", "value", "label", "reason")
_PREFERENCE_ROW = (
    "prompt_sha", "number", "run_a", "sample_a", "run_b", "sample_b", "better", "score", "rater", "judgement", "tags",
)  # fmt: skip


class Writer:
    """Writes answers, prompts, foreign scores and preferences below a folder, and lists them in its manifest."""

    def __init__(self, folder: Path):
        self._paths = Paths(folder, folder / "casestudies")
        self._models: dict[str, _Model] = {}
        self._tables: list[Parts] = []
        self._prompts: dict[str, int] = {}  # a prompt's hash -> the models that answered it, as bits
        self._samples: dict[int, int] = {}  # prompt and model -> how many answers so far
        self._seen: dict[int, int] = {}  # prompt, model and text -> the sample
        self._named: dict[tuple[str, str, int], tuple[str, str, int]] = {}  # question, model, turn -> place
        self._keyed: dict[str, tuple[str, str, int]] = {}
        self._marked: dict[int, int] = {}
        self._last: tuple[tuple[Message, ...], str] = ((), "")
        self._asked = self._part("prompts/prompts", "prompts", _PROMPT_ROW)
        self._marks = self._part("marks/marks", "marks", _MARK_ROW)
        self._preferences = self._part("preferences/preferences", "preferences", _PREFERENCE_ROW)
        self._waiting = self._chars = self._latin = self._letters = 0
        self._pairs = 0

    # ---- what comes in --------------------------------------------------------------------------

    def answer(self, answer: Answer, model_name: str, counts: Counts) -> None:
        model, sha = self._model(model_name), self._prompt(answer.messages, answer.tags)
        counts.questions.add(hash(answer.question or sha))
        found = self._known(answer, model, sha) if answer.copy else None
        if found is None:
            found = self._new(answer, model, sha, counts)
        else:
            counts.copies += 1
        if answer.key:
            self._keyed.setdefault(answer.key, found)
        if answer.question:
            self._named.setdefault((answer.question, model_name, answer.turn), found)
        self._mark(found, answer.marks)

    def _known(self, answer: Answer, model: _Model, sha: str) -> tuple[str, str, int] | None:
        """Where an answer stands that is listed once more."""
        if found := self._keyed.get(answer.key):
            return found
        if not answer.key and (found := self._named.get((answer.question, model.label, answer.turn))):
            return found
        sample = self._seen.get(hash((sha, model.number, answer.text)))
        return None if sample is None else (sha, model.run, sample)

    def _new(self, answer: Answer, model: _Model, sha: str, counts: Counts) -> tuple[str, str, int]:
        place = hash((sha, model.number))
        sample = self._samples.get(place, 0)
        self._samples[place] = sample + 1
        key = hash((sha, model.number, answer.text))
        if key in self._seen:
            counts.repeated += 1
        else:
            self._seen[key] = sample
        self._prompts[sha] |= 1 << model.number
        counts.kept += 1
        failed = answer.text is None
        finish = "error" if failed else "unstated" if answer.finish == "error" else answer.finish
        error = (answer.error or "the file holds no text of this answer") if failed else None
        row = (sha, sample, answer.text, finish, answer.tokens, error, answer.date)
        self._row(model.parts, row, 0 if failed else len(answer.text or ""))
        return sha, model.run, sample

    def preference(self, pair: Preference, counts: Counts) -> None:
        sha = self._prompt(pair.messages, pair.tags)
        counts.questions.add(hash(pair.question or sha))
        sides = []
        for name, text in ((pair.model_a, pair.text_a), (pair.model_b, pair.text_b)):
            model = self._model(name)
            side = Answer(pair.messages, name, text, pair.question)
            known = self._known(side, model, sha)
            if known is None:
                counts.repeated -= hash((sha, model.number, text)) in self._seen
                known = self._new(side, model, sha, counts)
            sides.append(known)
        (_, run_a, sample_a), (_, run_b, sample_b) = sides
        prompt = sides[0][0]
        sides_of = (run_a, sample_a, run_b, sample_b)
        tags = _json(dict(pair.tags))
        row = (prompt, self._pairs, *sides_of, pair.better, pair.score, pair.rater, pair.group, tags)
        self._row(self._preferences, row, len(tags))
        self._pairs += 1

    def judged(self, item: Judged) -> None:
        if found := self._keyed.get(item.key):
            self._mark(found, [item.mark])

    def _mark(self, place: tuple[str, str, int], marks: Sequence[Mark]) -> None:
        sha, run, sample = place
        for mark in marks:
            key = hash((sha, run, sample, mark.scorer))
            number = self._marked.get(key, 0)
            self._marked[key] = number + 1
            row = (run, sha, sample, mark.scorer, number, mark.value, mark.label, mark.reason)
            self._row(self._marks, row, len(mark.reason))

    # ---- models and prompts ---------------------------------------------------------------------

    @property
    def models(self) -> list[_Model]:
        return list(self._models.values())

    def _model(self, label: str) -> _Model:
        if (known := self._models.get(label)) is not None:
            return known
        if len(self._models) == _MOST_MODELS:
            raise BadImport(
                f"more than {_MOST_MODELS} models: is the right column taken for names? The last was {label[:60]!r}"
            )
        taken, own = {m.id for m in self._models.values()}, name_of(label)
        model_id = next(n for k in range(len(taken) + 1) if (n := own if not k else f"{own}-{k + 1}") not in taken)
        run = Run(
            id=f"{model_id}.{digest(['imported', label])}",
            model_id=model_id,
            kind="generation",
            template="chat",
            settings=None,
            model_sha256="not stated",
            dtype="not stated",
            packages={},
            machine="not stated",
            date="",
            note="imported",
        )
        write_run(self._paths.runs, run)
        same = {"run_id": run.id, "model_id": model_id, "rendered": NOT_STATED, "batch": "", "row": 0}
        parts = self._part(f"responses/{run.id}", "responses", _ANSWER_ROW, same)
        self._models[label] = _Model(len(self._models), model_id, label or "model not stated", run.id, parts)
        return self._models[label]

    def _prompt(self, messages: tuple[Message, ...], tags: Mapping[str, str]) -> str:
        """A prompt's hash; at its first coming its row is written."""
        if messages == self._last[0]:
            return self._last[1]
        # As lib.cases.fingerprint.prompt_sha, which copies dataclasses and makes an encoder each time.
        told = f"[{', '.join([_written(m) for m in messages])}]"
        sha = hashlib.sha256(told.encode()).hexdigest()[:12]
        self._last = (messages, sha)
        if sha not in self._prompts:
            text = messages[-1].content
            label = " ".join(text[: 4 * _LABEL].split())[:_LABEL] or "(blank)"
            document = (
                f'{{"id": "{sha}/asked", "case_id": "{sha}", "variant": "neutral", "label": {encode_basestring(label)},'
                f' "language": "{self._language(text)}", "messages": {told}}}'
            )
            self._prompts[sha] = 0
            row = (sha, len(self._prompts) - 1, label, document, _json(dict(tags)) if tags else "{}")
            self._row(self._asked, row, len(told))
        return sha

    def _language(self, text: str) -> str:
        """English unless most letters are of another script: then which language it is isn't known."""
        if text.isascii():
            self._latin, self._letters = self._latin + 1, self._letters + 1
            return "en"
        letters = [c for c in text[:400] if c.isalpha()]
        latin = 2 * sum(c < "\u0250" for c in letters) >= len(letters)
        self._latin, self._letters = self._latin + latin, self._letters + 1
        return "en" if latin else "und"

    @property
    def language(self) -> str:
        return "en" if 2 * self._latin >= self._letters else "und"

    @property
    def prompt_count(self) -> int:
        return len(self._prompts)

    def shared(self) -> int:
        """Prompts that every model has answered."""
        every = (1 << len(self._models)) - 1
        return sum(bits == every for bits in self._prompts.values())

    # ---- parts ----------------------------------------------------------------------------------

    def _part(self, name: str, table: str, columns: Sequence[str], same: Mapping[str, Any] | None = None) -> Parts:
        self._tables.append(Parts(self._paths.data / name, SCHEMAS[table], columns, same or {}))
        return self._tables[-1]

    def _row(self, parts: Parts, row: tuple, chars: int) -> None:
        parts.rows.append(row)
        self._waiting += 1
        self._chars += chars
        if self._waiting >= _AT_ONCE or self._chars >= _CHARS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        for parts in self._tables:
            parts.flush()
        self._waiting = self._chars = 0

    def close(self) -> None:
        """Write what waits and list every part. Nothing can be added after."""
        self._flush()
        written = [file for parts in self._tables for file in parts.close()]
        runs = sorted(self._paths.runs.glob("*.json"))
        add_to_manifest(self._paths, [*runs, *written])


def _written(message: Message) -> str:
    return f'{{"content": {encode_basestring(message.content)}, "role": "{message.role}"}}'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
