"""Which preference set a file is, by the fields of its rows; any of them read into the same comparisons."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lib.domain import Criterion, TrilemmaError
from lib.formats import sets_pairs, sets_questions, sets_rated, sets_trees
from lib.formats.comparisons import Opinions, Read, ReadSet, kept
from lib.formats.rows import Row, Rows, read_rows


class Shape(NamedTuple):
    """One way of writing preferences down. `ordered`: the replies stand as raters saw them."""

    name: str
    fits: Callable[[Row], bool]
    read: Callable[[Sequence[Row]], Read]
    ordered: bool = False
    criterion: Criterion | None = None
    note: str = ""


def _has(*fields: str) -> Callable[[Row], bool]:
    return lambda row: set(fields) <= row.keys()


def _is_tree(row: Row) -> bool:
    return "replies" in row or isinstance(row.get("prompt"), dict) or {"parent_id", "rank", "text"} <= row.keys()


def _has_either(fields: str, others: str) -> Callable[[Row], bool]:
    return lambda row: set(fields.split("|")) <= row.keys() or set(others.split("|")) <= row.keys()


_BEHAVIOUR = "Nobody preferred anything here: 'chosen' is the answer that shows the behaviour that is asked about."
SHAPES = (
    Shape("HH-RLHF", sets_pairs.is_dialogue_pair, sets_pairs.dialogue_pairs),
    Shape("UltraFeedback", _has("instruction", "completions"), sets_rated.scored_completions),
    Shape(
        "PKU-SafeRLHF",
        _has("prompt", "response_0", "response_1", "better_response_id"),
        sets_rated.safe_pairs,
        ordered=True,
        criterion="helpful",
    ),
    Shape("BeaverTails", _has("prompt", "response", "is_safe"), sets_rated.safe_replies, criterion="harmless"),
    Shape(
        "PandaLM",
        _has("instruction", "response1", "response2", "annotator1", "annotator2", "annotator3"),
        sets_rated.judged_by_three,
        ordered=True,
        criterion="helpful",
    ),
    Shape(
        "LLMBar",
        _has("input", "output_1", "output_2", "label"),
        sets_rated.instruction_following,
        ordered=True,
        criterion="helpful",
    ),
    Shape(
        "Stanford SHP",
        _has("history", "human_ref_A", "human_ref_B", "labels"),
        sets_rated.upvoted,
        ordered=True,
        criterion="helpful",
    ),
    Shape(
        "AlpacaEval",
        _has("instruction", "output_1", "output_2", "preference"),
        sets_rated.judged_outputs,
        criterion="helpful",
    ),
    Shape(
        "open-instruct human evaluation",
        _has("completion_a", "completion_b", "preference", "evaluator", "prompt", "instance_id"),
        sets_rated.evaluated,
        ordered=True,
        criterion="helpful",
    ),
    Shape(
        "Anthropic evaluations",
        _has("question", "answer_matching_behavior", "answer_not_matching_behavior"),
        sets_questions.matching_answers,
        note=_BEHAVIOUR,
    ),
    Shape(
        "TruthfulQA",
        _has_either("question|correct_answers|incorrect_answers", "Question|Correct Answers|Incorrect Answers"),
        sets_questions.true_answers,
        criterion="honest",
    ),
    Shape("PRISM", _has("conversation_history", "user_id"), sets_trees.chosen_turns),
    Shape("pairs for TRL", sets_pairs.is_pair, sets_pairs.trained_pairs),
    Shape("distilabel", _has_either("generations|ratings", "generations|rating"), sets_rated.rated_generations),
    Shape(
        "argilla",
        _has_either("preference|response-1|response-2", "preference|generation-1|generation-2"),
        sets_rated.argilla_preferences,
        ordered=True,
    ),
    Shape("KTO", sets_pairs.is_single, sets_pairs.single_replies),
    Shape("OpenAssistant", _is_tree, sets_trees.ranked_trees),
)  # fmt: skip
_OPINIONS = _has("question", "selections", "options")
_LOOKED_AT = 50  # rows, of which one must fit


def read_set(path: Path) -> ReadSet:
    """The preferences of a file or folder, in whichever shape they are written.

    Raises TrilemmaError, naming the fields that were found, where they are in none of SHAPES.
    """
    files = read_rows(path)
    survey = [r for f in files if f.name == "survey" for r in f.rows]
    read = [_read_file(path, f, survey) for f in files if f.name != "survey" or len(files) == 1]
    read = [r for r in read if r is not None]
    if not read:
        raise TrilemmaError(_unknown(path.name, files[0].rows))
    if len({r.shape for r in read}) > 1:
        raise TrilemmaError(
            f"{path}: holds sets of several kinds ({', '.join(sorted({r.shape for r in read}))}). Name one."
        )
    reasons = sum((r.left_out for r in read), Counter[str]())
    whole = [c for r in read for c in r.comparisons]
    if not whole:
        why = "; ".join(f"{n} rows: {reason}" for reason, n in reasons.items())
        raise TrilemmaError(f"{path.name}: of its {sum(r.rows for r in read)} rows none can be used. {why}")
    return read[0]._replace(
        rows=sum(r.rows for r in read),
        comparisons=whole,
        left_out=reasons,
        rows_left_out=sum(r.rows_left_out for r in read),
    )


def _read_file(path: Path, file: Rows, survey: Sequence[Row]) -> ReadSet | None:
    """One file's preferences; None for a file of a folder that holds none."""
    found = shape_of(file.rows)
    if found is None:
        if not path.is_dir():
            raise TrilemmaError(_unknown(path.name, file.rows))
        return None
    fitting = [row for row in file.rows if found.fits(row)]
    read = sets_trees.chosen_turns(fitting, survey) if found.name == "PRISM" else found.read(fitting)
    comparisons, reasons, left_out = kept(read)
    if other := len(file.rows) - len(fitting):
        reasons[f"not in the shape of {found.name}"] += other
    if path.is_dir():
        comparisons = [c._replace(split=file.name) for c in comparisons]
    return ReadSet(
        found.name,
        len(file.rows),
        comparisons,
        reasons,
        left_out + other,
        found.ordered,
        found.criterion,
        found.note,
    )


def shape_of(rows: Sequence[Row]) -> Shape | None:
    """The first shape that most of the first rows fit."""
    looked = rows[:_LOOKED_AT]
    return next((s for s in SHAPES if 2 * sum(s.fits(r) for r in looked) > len(looked)), None)


def read_opinions(path: Path) -> list[Opinions] | None:
    """The answers of each country, where the file is GlobalOpinionQA's; None otherwise."""
    rows = [row for file in read_rows(path) for row in file.rows]
    return sets_questions.opinions(rows) if rows and all(_OPINIONS(r) for r in rows[:_LOOKED_AT]) else None


def _unknown(name: str, rows: Sequence[Row]) -> str:
    fields = ", ".join(list(dict.fromkeys(str(k) for row in rows[:_LOOKED_AT] for k in row))[:12])
    return (
        f"{name}: no preferences are found in it. Its rows have the fields {fields}. Known shapes:"
        f" {', '.join(s.name for s in SHAPES)}, and GlobalOpinionQA. Simplest is one JSON object a line with prompt,"
        " chosen and rejected."
    )
