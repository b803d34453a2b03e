"""Which tool wrote a file, from its content; the readers of all formats behind one function."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lib.formats import (
    alpaca,
    arena,
    chainforge,
    conversations,
    evalscope,
    fastchat,
    inspect_log,
    llm_comparator,
    lm_eval,
    openai_evals,
    plain,
    preference,
    promptfoo,
    tables,
    trilemma,
)
from lib.formats.items import BadImport, Item, NoAnswers
from lib.formats.plain import ColumnMapping
from lib.formats.sources import Source

Progress = Callable[[int], None] | None
_Read = Callable[[Source, Progress], Iterator[Item]]
_Rows = Iterator[tuple[str, Mapping[str, Any]]]


class _Format(NamedTuple):
    """A tool's files. `turn`: questions (0) are read before answers (1), preferences (2) and copies (3)."""

    name: str
    recognises: Callable[[Source], bool]
    read: _Read
    turn: int = 1


class _RowFormat(NamedTuple):
    """A shape of rows, whether they stand in JSON or in a table."""

    name: str
    recognises: Callable[[Sequence[Mapping[str, Any]]], bool]
    read: Callable[[Source, _Rows], Iterator[Item]]
    turn: int = 1


_JSON = (
    _Format("Inspect log", inspect_log.recognises, inspect_log.read),
    _Format("lm-eval samples", lm_eval.recognises_samples, lm_eval.samples),
    _Format("lm-eval results", lm_eval.recognises_results, lm_eval.results, 0),
    _Format("promptfoo results", promptfoo.recognises, promptfoo.read),
    _Format("LLM Comparator", llm_comparator.recognises, llm_comparator.read, 2),
    _Format("ChainForge flow", chainforge.recognises, chainforge.read),
    _Format("OpenAI evals log", openai_evals.recognises, openai_evals.read),
    _Format("EvalScope predictions", evalscope.recognises_predictions, evalscope.predictions),
    _Format("EvalScope reviews", evalscope.recognises_reviews, evalscope.reviews, 3),
    _Format("Trilemma live run", trilemma.recognises_live, trilemma.live),
    _Format("AlpacaEval annotations", alpaca.recognises_annotations, alpaca.annotations, 2),
    _Format("MT-bench judgments", fastchat.recognises_single, fastchat.single, 3),
    _Format("MT-bench pair judgments", fastchat.recognises_pairs, fastchat.pairs, 2),
    _Format("Arena-Hard judgments", fastchat.recognises_games, fastchat.games, 2),
    _Format("MT-bench or Arena-Hard answers", fastchat.recognises_answers, fastchat.answers),
    _Format("MT-bench or Arena-Hard questions", fastchat.recognises_questions, fastchat.questions, 0),
    _Format("OpenAssistant trees", conversations.recognises_trees, conversations.trees),
    _Format("lists of turns", conversations.recognises_turns, conversations.turns),
)
_ROWS = (
    _RowFormat("Trilemma export of answers", trilemma.recognises_answers, trilemma.answers),
    _RowFormat("Trilemma export of preferences", trilemma.recognises_preferences, trilemma.preferences, 2),
    _RowFormat("Trilemma answers", trilemma.recognises_part, trilemma.part),
    _RowFormat("preference pairs", preference.recognises_pairs, preference.pairs, 2),
    _RowFormat("labelled answers (KTO)", preference.recognises_labelled, preference.labelled),
    _RowFormat("several completions a row", preference.recognises_several, preference.several),
    _RowFormat("side-by-side ratings", arena.recognises, arena.read, 2),
)
_ALPACA = _Format("AlpacaEval outputs", alpaca.recognises_outputs, alpaca.outputs)
FORMATS = tuple(f.name for f in (*_JSON, *_ROWS, _ALPACA))


class Recognised(NamedTuple):
    """What a file is, and its reader. `mapping` and `columns` only of plain rows, whose columns can be mapped anew."""

    source: Source
    format: str
    turn: int
    read: Callable[[Progress], Iterator[Item]]
    details: tuple[str, ...] = ()
    mapping: ColumnMapping | None = None
    columns: tuple[str, ...] = ()


def recognised(source: Source, mapping: ColumnMapping | None = None, delimiter: str | None = None) -> Recognised:
    """Raises BadImport where a file can't be read. `mapping`: read it as plain rows with these columns."""
    if source.kind in ("zip", "json", "json lines") and mapping is None:
        known = next((f for f in _JSON if f.recognises(source)), None)
        if known is None and source.kind == "zip":
            raise BadImport(f"{source.name}: an archive that is no Inspect log. Unpack it and import what is in it")
        if known is None and source.objects and not _odd(source.objects) and _ALPACA.recognises(source):
            known = _ALPACA
        if known is not None:
            return Recognised(
                source, known.name, known.turn, lambda progress: known.read(source, progress), _how(source)
            )
    return _rows(source, mapping, delimiter)


def _odd(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether rows have prompts or models under other names, so that columns have to be mapped."""
    return any(k in r for r in rows for k in ("chosen", "trilemma", "model_a", "completions"))


def _rows(source: Source, mapping: ColumnMapping | None, delimiter: str | None) -> Recognised:
    if source.kind in ("json", "json lines"):
        if source.kind == "json" and not _is_row(source.whole) and (found := _only_list(source)) is not None:
            numbered: Callable[[Progress], _Rows] = lambda _: found()  # noqa: E731
        else:
            numbered = source.numbered
        sample = [r for _, (_, r) in zip(range(50), numbered(None), strict=False)]
        columns, details = list(dict.fromkeys(str(k) for r in sample for k in r)), _how(source)
    else:
        table = tables.Table(source, delimiter)
        numbered, columns = table.rows, table.columns
        sample, details = tables.first(table.rows()), _how(source, table)
    if not columns:
        raise BadImport(f"{source.name}: has no columns")
    if mapping is None and (known := next((f for f in _ROWS if f.recognises(sample)), None)):
        return Recognised(source, known.name, known.turn, lambda p: known.read(source, numbered(p)), details)
    if mapping and (unknown := [c for c in _named(mapping) if c not in columns]):
        raise BadImport(
            f"{source.name}: has no column {', '.join(map(repr, unknown))}. Its columns: {', '.join(columns)}"
        )
    chosen = mapping or plain.guessed(columns, sample)
    kind = {"json": "JSON", "json lines": "JSON Lines", "xlsx": "Excel", "parquet": "Parquet"}.get(source.kind, "CSV")
    read = lambda p: plain.read(source, numbered(p), chosen)  # noqa: E731
    return Recognised(source, f"plain {kind}", 1, read, details, chosen, tuple(columns))


def _is_row(value: Any) -> bool:
    """Whether a file's one object is itself a row, as in JSON Lines of a single line."""
    rows = [value] if isinstance(value, dict) else []
    return bool(rows) and (any(f.recognises(rows) for f in _ROWS) or bool(plain.guessed(list(value), rows).responses))


def _only_list(source: Source) -> Callable[[], _Rows] | None:
    """The rows of a JSON object whose one list of objects holds them."""
    if isinstance(source.whole, list):
        return None
    lists = {k: v for k, v in source.whole.items() if isinstance(v, list) and v and all(isinstance(r, dict) for r in v)}
    agent = any("role" in r for v in lists.values() for r in v)
    if agent:
        turns = next(v for v in lists.values() if any("role" in r for r in v))
        who = ", ".join(
            f"{sum(r.get('role') == n for r in turns)} {n}" for n in dict.fromkeys(str(r.get("role")) for r in turns)
        )
        raise NoAnswers(
            source.name,
            f"one conversation or agent run of {len(turns)} messages ({who})",
            [{"role": r.get("role"), "content": r.get("content")} for r in turns],
        )
    if len(lists) != 1:
        return None
    ((name, rows),) = lists.items()
    return lambda: ((f"{name}, item {n}", r) for n, r in enumerate(rows, start=1))


def _named(mapping: ColumnMapping) -> list[str]:
    single = [mapping.model, mapping.error, mapping.question, mapping.date]
    return [*mapping.prompt, *mapping.responses, *filter(None, single), *mapping.marks, *mapping.tags]


def _how(source: Source, table: tables.Table | None = None) -> tuple[str, ...]:
    """What was found out about a text file, in words."""
    if source.kind in ("zip", "parquet", "xlsx"):
        return ()
    words = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with a byte order mark", "utf-16": "UTF-16"}
    out = [words.get(source.encoding, f"not UTF-8: read as {source.encoding}, look whether letters are right")]
    if table is not None:
        names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        out.append(f"delimiter: {names.get(table.delimiter, table.delimiter)}")
        out.append("first row names the columns" if table.has_header else "no header")
        if table.columns and table.columns[0] == "column 1" and table.has_header:
            out.append("the first column has no name")
    return tuple(out)
