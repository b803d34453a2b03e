"""What was recognised in files and what they hold, in lines of plain text."""

from collections.abc import Iterator

from lib.collections.records import Collection, ImportedFile, MarkCount, PairCount, Survey

_MOST = 12  # of models, scorers and pairs


def described(collection: Collection) -> Iterator[str]:
    """Files, then models, prompts, foreign scores and preferences, then what to look at before it is kept."""
    for file in collection.files:
        yield from _file(file)
    survey = collection.survey
    yield (
        f"{survey.kept:,} answers to {survey.prompts:,} prompts from {len(collection.models):,} models;"
        f" {survey.shared:,} prompts are answered by all of them"
    )
    for m in survey.models[:_MOST]:
        blank = f", {m.empty:,} blank" if m.empty else ""
        failed = f", {m.failed:,} failed" if m.failed else ""
        name, size = m.name or "(no model named)", f"{m.mean_chars:,.0f} characters on average"
        yield f"  {name}: {m.answers:,} answers, {size}{blank}{failed}"
    for mark in survey.marks[:_MOST]:
        yield f"  score {mark_line(mark)}"
    for pair in survey.pairs[:_MOST]:
        yield f"  {pair_line(pair)}"
    for count, what in (
        (len(survey.models), "models"),
        (len(survey.marks), "scorers"),
        (len(survey.pairs), "pairs of models and raters"),
    ):
        if count > _MOST:
            yield f"  ({count - _MOST:,} more {what})"
    yield from warnings(survey)


def _file(file: ImportedFile) -> Iterator[str]:
    how = f" ({'; '.join(file.details)})" if file.details else ""
    yield f"{file.name}: {file.format}{how}, {file.rows:,} rows"
    yield from (f"  {note}" for note in file.notes)
    if file.mapping:
        yield f"  {mapping_line(file)}"


def mapping_line(file: ImportedFile) -> str:
    m = file.mapping
    if m is None:
        return ""
    answers = ", ".join(f"{column} (model {model})" if model else column for column, model in m.responses.items())
    parts = [
        f"prompt: {' + '.join(m.prompt) or 'none'}",
        f"answer: {answers}",
        f"model: {m.model or 'not in the rows'}",
    ]
    if m.marks:
        parts.append(f"scores: {', '.join(m.marks)}")
    return "; ".join(parts)


def mark_line(mark: MarkCount) -> str:
    mean = f", mean {mark.mean:.4g} of {mark.numbers:,}" if mark.mean is not None else ""
    labels = ", ".join(f"{label}: {n:,}" for label, n in list(mark.labels.items())[:6])
    missing = f", {mark.missing:,} without a score" if mark.missing else ""
    return f"{mark.scorer}: {mark.scores:,}{mean}{f' ({labels})' if labels else ''}{missing}"


def pair_line(pair: PairCount) -> str:
    rate = pair.win_rate_b
    rated = "" if rate is None else f", {pair.model_b} wins {100 * rate:.2f} % (ties half)"
    failed = f", {pair.failed:,} failed ratings left out" if pair.failed else ""
    by = f" by {pair.rater}" if pair.rater else ""
    return f"{pair.model_a} against {pair.model_b}{by}: {pair.a:,} to {pair.b:,}, {pair.ties:,} ties{rated}{failed}"


def warnings(survey: Survey) -> Iterator[str]:
    """What may be a mistake in the files, or in how they were read."""
    if survey.copies:
        yield f"{survey.copies:,} rows list an answer that is there already, for another score: it is kept once"
    if survey.repeated:
        yield f"{survey.repeated:,} answers repeat a text of the same model to the same prompt: kept as further samples"
    if survey.unprompted:
        yield f"{survey.unprompted:,} rows have no prompt: add the file that holds the questions"
    if len(survey.models) > 1 and not survey.shared:
        yield "No prompt is answered by all models: do the prompts of these files agree word for word?"
