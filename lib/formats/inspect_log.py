"""Inspect (inspect_ai) logs: `.eval` archives, read sample by sample, and logs as one JSON value."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lib.domain import Finish, Message
from lib.formats.items import Answer, BadImport, Item, Mark, NoAnswers, Told
from lib.formats.sources import Source
from lib.formats.values import count_of, fields_of, marks_of, messages_of, text_of

_ATTACHED = "attachment://"
_FINISH: Mapping[str, Finish] = {"stop": "end", "max_tokens": "length", "length": "length", "model_length": "length"}
_HEADERS = ("header.json", "_journal/start.json")


def recognises(source: Source) -> bool:
    if source.kind == "zip":
        with source.zip() as archive:
            return any(name in archive.namelist() for name in _HEADERS)
    return (
        len(source.objects) == 1 and isinstance(source.objects[0].get("eval"), dict) and "status" in source.objects[0]
    )


def read(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    if source.kind == "zip":
        yield from _archive(source, progress)
        return
    log = source.objects[0]
    samples = log.get("samples")
    if not isinstance(samples, list) or not samples:
        raise NoAnswers(source.name, f"an Inspect log of {_task(log)} with its results but no samples")
    yield _told(log, len(samples))
    for number, sample in enumerate(samples, start=1):
        yield from _answers(source, log, sample, f"samples, item {number}")


def _archive(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    with source.zip() as archive:
        entries = {e.filename: e for e in archive.infolist()}  # of entries with one name the last is the valid one
        header = next(_entry(source, archive, entries[name]) for name in _HEADERS if name in entries)
        names = [n for n in entries if n.startswith("samples/") and n.endswith(".json")]
        if not names:
            raise NoAnswers(source.name, f"an Inspect log of {_task(header)} with no samples")
        yield _told(header, len(names))
        read = 0
        for name in names:
            read += entries[name].compress_size
            if progress:
                progress(read)
            yield from _answers(source, header, _entry(source, archive, entries[name]), name)


def _entry(source: Source, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Any:
    try:
        value = source.parsed(_content(archive, entry), f"{entry.filename}: ")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as fault:
        raise BadImport(f"{source.name}: {entry.filename}: the archive is damaged ({fault})") from fault
    if not isinstance(value, dict):
        raise BadImport(f"{source.name}: {entry.filename}: must be an object")
    return value


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.compress_type == 93:  # zstandard, which Inspect writes where it can and zipfile knows from Python 3.14
        return _zstandard(archive, entry)
    return archive.read(entry)


def _zstandard(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    import pyarrow as pa

    file = archive.fp
    if file is None:
        raise BadImport("the archive is closed")
    file.seek(entry.header_offset + 26)
    lengths = file.read(4)
    skip = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
    file.seek(entry.header_offset + 30 + skip)
    try:
        data = pa.CompressedInputStream(pa.BufferReader(file.read(entry.compress_size)), "zstd").read()
    except pa.ArrowException as fault:
        raise zipfile.BadZipFile(str(fault)) from fault
    if zlib.crc32(data) != entry.CRC:
        raise zipfile.BadZipFile("wrong checksum")
    return data


def _task(log: Mapping[str, Any]) -> str:
    about = log.get("eval")
    return str(about.get("task", "a task")) if isinstance(about, dict) else "a task"


def _told(log: Mapping[str, Any], samples: int) -> Told:
    about = log["eval"] if isinstance(log.get("eval"), dict) else {}
    size = about.get("dataset", {}).get("samples") if isinstance(about.get("dataset"), dict) else None
    of = f" of {size:,}" if isinstance(size, int) else ""
    return Told(f"Inspect log of {_task(log)}, {log.get('status', 'unfinished')}: {samples:,}{of} samples")


# ---- one sample -------------------------------------------------------------------------------


def _answers(source: Source, log: Mapping[str, Any], sample: Any, place: str) -> Iterator[Answer]:
    if not isinstance(sample, dict):
        raise BadImport(f"{source.name}: {place}: must be an object")
    sample = _with_attachments(sample)
    about = log["eval"] if isinstance(log.get("eval"), dict) else {}
    output = fields_of(sample.get("output"))
    choices = [c for c in output.get("choices") or () if isinstance(c, dict)]
    model = text_of(about.get("model")) or text_of(output.get("model")) or ""
    try:
        messages = _asked(sample)
    except BadImport as fault:
        raise BadImport(f"{source.name}: {place}: {fault}") from fault
    common: dict[str, Any] = {
        "question": str(sample.get("id", "")),
        "marks": tuple(_marks(sample)),
        "tags": _tags(sample, _task(log)),
        "date": text_of(about.get("created")) or "",
    }
    usage = fields_of(output.get("usage"))
    if not choices or sample.get("error"):
        yield Answer(messages, model, None, error=_error(sample, output), **common)
        return
    for choice in choices:
        message = choice.get("message")
        said = text_of(message.get("content")) if isinstance(message, dict) else None
        finish = _FINISH.get(str(choice.get("stop_reason")), "unstated")
        tokens = count_of(usage.get("output_tokens"))
        error = "" if said is not None else "the log holds no text of this answer"
        yield Answer(messages, model, said, error=error, finish=finish, tokens=tokens, **common)


def _with_attachments(sample: dict[str, Any]) -> dict[str, Any]:
    """The sample with long texts, which a log keeps apart, put back where they are referred to."""
    kept = sample.get("attachments")
    if not isinstance(kept, dict) or not kept:
        return sample

    def resolved(value: Any) -> Any:
        if isinstance(value, str):
            return kept.get(value.removeprefix(_ATTACHED), value) if value.startswith(_ATTACHED) else value
        if isinstance(value, list):
            return [resolved(v) for v in value]
        return {k: resolved(v) for k, v in value.items()} if isinstance(value, dict) else value

    return {k: resolved(v) if k in ("input", "messages", "output", "scores") else v for k, v in sample.items()}


def _asked(sample: Mapping[str, Any]) -> tuple[Message, ...]:
    """The messages before the last answer, as the solver made them; else the sample's own input."""
    put = sample.get("messages")
    if isinstance(put, list) and len(put) > 1 and isinstance(put[-1], dict) and put[-1].get("role") == "assistant":
        return messages_of(put[:-1])
    return messages_of(sample.get("input"))


def _error(sample: Mapping[str, Any], output: Mapping[str, Any]) -> str:
    error = sample.get("error")
    told = error.get("message") if isinstance(error, dict) else error or output.get("error")
    return str(told or "the log holds no output for this sample")[:1_000]


def _marks(sample: Mapping[str, Any]) -> Iterator[Mark]:
    scores = sample.get("scores") or ({"score": sample["score"]} if sample.get("score") else {})
    for name, score in scores.items() if isinstance(scores, dict) else ():
        if isinstance(score, dict) and "value" in score:
            yield from marks_of(str(name), score["value"], score.get("explanation"))
        else:
            yield from marks_of(str(name), score)


def _tags(sample: Mapping[str, Any], task: str) -> dict[str, str]:
    target = sample.get("target")
    tags = {"task": task[:200]}
    if target not in (None, "", []):
        tags["target"] = (text_of(target) or "")[:200]
    if isinstance(sample.get("epoch"), int) and sample["epoch"] > 1:
        tags["epoch"] = str(sample["epoch"])
    return tags
