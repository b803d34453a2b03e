"""Files of other tools -> a staged folder of sealed parts, in one pass; kept by a rename, or removed wholly."""

import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from lib.collections import records
from lib.collections.counts import Counts
from lib.collections.records import STAGED, CollectedModel, Collection, ImportedFile
from lib.collections.writer import Writer
from lib.domain import Message, TrilemmaError
from lib.files import sha256_of
from lib.formats.items import Answer, BadImport, Item, Judged, NoAnswers, Preference, Question, Told
from lib.formats.plain import ColumnMapping
from lib.formats.recognise import Recognised, recognised
from lib.formats.sources import Source
from lib.paths import Paths

Progress = Callable[[float, str], None]  # share done, and what is being read
MOST_BYTES = 200 * 2**20  # of a file that comes through the page
_OLD = 24 * 3600  # seconds after which a staged folder was forgotten


class Staged(NamedTuple):
    """An import that is read and not kept yet."""

    folder: Path
    collection: Collection


class Choice(NamedTuple):
    """How one file is read, where it isn't as was found out. `model`: of rows that name none."""

    mapping: ColumnMapping | None = None
    delimiter: str | None = None
    model: str = ""


def stage(
    paths: Paths,
    files: Sequence[tuple[Path, str]],
    name: str,
    choices: Sequence[Choice] = (),
    progress: Progress = lambda share, what: None,
) -> Staged:
    """Read files, each a path and what it is called, into a folder beside the collections.

    Raises BadImport, naming file, row and reason, and leaves nothing; so it does where `progress` raises, to stop.
    """
    records.at(paths, name)
    _forget_old(paths)
    folder = records.root(paths) / f"{STAGED}{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    try:
        return Staged(folder, _staged(paths, folder, files, name, choices, progress))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _forget_old(paths: Paths) -> None:
    now = datetime.now(UTC).timestamp()
    for left in records.root(paths).glob(f"{STAGED}*"):
        if now - left.stat().st_mtime > _OLD:
            shutil.rmtree(left, ignore_errors=True)


def _staged(
    paths: Paths,
    folder: Path,
    files: Sequence[tuple[Path, str]],
    name: str,
    choices: Sequence[Choice],
    progress: Progress,
) -> Collection:
    choices = [*choices, *[Choice()] * (len(files) - len(choices))]
    found = [
        (recognised(Source(path, called), c.mapping, c.delimiter), c)
        for (path, called), c in zip(files, choices, strict=True)
    ]
    known = _Known(model=next((c.model for c in choices if c.model), ""))
    writer, counts = Writer(folder), Counts()
    imported = list(_read(found, known, writer, counts, progress))
    if not counts.models and not counts.preferences:
        raise NoAnswers(imported[0].name, _what_instead(imported, known), known.shown())
    progress(1.0, "writing")
    writer.close()
    collection = Collection(
        name=name,
        title=name.replace("-", " "),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        files=tuple(imported),
        models=tuple(
            CollectedModel(id=m.id, label=m.label, named_by=known.named_by.get(m.label, "")) for m in writer.models
        ),
        survey=counts.survey(writer.prompt_count, writer.shared()),
        language=writer.language,
    )
    records.write(folder, collection)
    return collection


def _read(
    found: Sequence[tuple[Recognised, Choice]], known: "_Known", writer: Writer, counts: Counts, progress: Progress
) -> Iterator[ImportedFile]:
    """Every file's items taken in, the files that others refer to first."""
    total, before = sum(f.source.bytes for f, _ in found) or 1, 0
    for file, choice in sorted(found, key=lambda each: each[0].turn):

        def tell(read: int, start: int = before, file: Recognised = file) -> None:
            progress(min(1.0, (start + min(read, file.source.bytes)) / total), file.source.name)

        tell(0)
        rows, notes = 0, []
        try:
            for item in file.read(tell):
                rows += not isinstance(item, Told)
                _take(item, file, choice, known, writer, counts, notes)
        except BadImport as fault:
            if isinstance(fault, NoAnswers) or file.source.name in str(fault):
                raise
            raise BadImport(f"{file.source.name}: {f'after item {rows:,}: ' if rows else ''}{fault}") from fault
        before += file.source.bytes
        yield _record(file, rows, notes)


def _what_instead(files: Sequence[ImportedFile], known: "_Known") -> str:
    notes = [n for f in files for n in f.notes]
    if known.questions:
        return f"{len(known.questions):,} questions"
    return "; ".join(notes) or f"a file of the format {files[0].format}"


def _record(file: Recognised, rows: int, notes: Sequence[str]) -> ImportedFile:
    source = file.source
    return ImportedFile(
        name=source.name,
        bytes=source.bytes,
        sha256=sha256_of(source.path),
        format=file.format,
        details=file.details,
        notes=tuple(notes),
        mapping=file.mapping,
        rows=rows,
    )


class _Known:
    """What earlier files say about later ones: questions by id, and the model of files that name none."""

    def __init__(self, model: str):
        self.model = model
        self.questions: dict[str, Question] = {}
        self.rows: list[Mapping[str, Any]] = []
        self.named_by: dict[str, str] = {}
        self.said: dict[tuple[str, str], list[str]] = {}  # (question, model) -> the answers to its turns so far

    def shown(self) -> Sequence[Mapping[str, Any]]:
        """What the files hold in place of answers, as rows of a table."""
        return (
            self.rows
            or [{"question": q.id, "turns": " / ".join(q.turns), **q.tags} for q in self.questions.values()][:200]
        )


def _take(
    item: Item,
    file: Recognised,
    choice: Choice,
    known: _Known,
    writer: Writer,
    counts: Counts,
    notes: list[str],
) -> None:
    match item:
        case Answer():
            model = item.model or _named(file, choice, known)
            counts.answer(item, model)
            writer.answer(_with_prompt(item, model, known, counts), model, counts)
        case Preference():
            counts.preference(item)
            writer.preference(_pair_with_prompt(item, known, counts), counts)
        case Question():
            known.questions[item.id] = item
        case Judged():
            counts.mark([item.mark])
            writer.judged(item)
        case Told():
            notes.append(item.note)
            known.model = item.model or known.model
            known.rows += item.rows


def _named(file: Recognised, choice: Choice, known: _Known) -> str:
    """The model of a file that names none: as the user says, as another file says, or as the file is called."""
    if choice.model or known.model:
        return choice.model or known.model
    name = Path(file.source.name).name
    stem = name.split("__")[-1].rsplit(".", 1)[0] if "." in name else name
    known.named_by[stem] = file.source.name
    return stem


def _with_prompt(answer: Answer, model: str, known: _Known, counts: Counts) -> Answer:
    """The answer with the turns of its question, and the answers so far between them."""
    if answer.messages or not answer.question:
        if not answer.messages:
            counts.unprompted += 1
            answer = answer._replace(messages=_placeholder("the prompt"))
        return answer
    question = known.questions.get(answer.question)
    said = known.said.setdefault((answer.question, model), [])
    said[answer.turn - 1 :] = [answer.text or ""]
    if question is None or len(question.turns) < answer.turn:
        counts.unprompted += 1
        turn = f", turn {answer.turn}" if answer.turn > 1 else ""
        return answer._replace(messages=_placeholder(f"question {answer.question}{turn}"))
    messages = []
    for k in range(answer.turn):
        messages.append(Message("user", question.turns[k]))
        if k < answer.turn - 1:
            messages.append(Message("assistant", said[k] if k < len(said) else ""))
    return answer._replace(messages=tuple(m for m in messages if m.content), tags={**question.tags, **answer.tags})


def _pair_with_prompt(pair: Preference, known: _Known, counts: Counts) -> Preference:
    if pair.messages:
        return pair
    question = known.questions.get(pair.question)
    if question is None or not question.turns:
        counts.unprompted += 1
        return pair._replace(messages=_placeholder(f"question {pair.question}" if pair.question else "the prompt"))
    return pair._replace(messages=(Message("user", question.turns[0]),), tags={**question.tags, **pair.tags})


def _placeholder(what: str) -> tuple[Message, ...]:
    return (Message("user", f"({what}: its text is in none of the imported files)"),)


# ---- keeping ------------------------------------------------------------------------------------


def keep(paths: Paths, staged: Staged) -> Collection:
    """Make a staged import a collection. Raises TrilemmaError where one has its name, or it is staged no more."""
    target = records.at(paths, staged.collection.name).data
    if target.exists():
        raise TrilemmaError(
            f"A collection is called {staged.collection.name!r} already. Delete it first, or choose another name."
        )
    try:
        staged.folder.rename(target)
    except FileNotFoundError as fault:
        raise TrilemmaError("What was read is gone from the disk. Read the files again.") from fault
    except OSError as fault:
        raise TrilemmaError(f"{target}: can't be written: {fault.strerror}") from fault
    return staged.collection


def discard(staged: Staged) -> None:
    shutil.rmtree(staged.folder, ignore_errors=True)
