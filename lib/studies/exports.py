"""What leaves a session: CSV without keys or nicknames, the handout of an hour and the report of a study as PDF."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import typst

from lib.measures.agreement import in_words
from lib.store.sessions import AnswerRow, SessionRow
from lib.studies.analysis import Collected, alpha, every_number
from lib.studies.definition import Planned
from lib.studies.plan import Hour, Question
from lib.studies.screens import DOING, chosen_of
from lib.studies.tallies import Moment, agreed, change, tally, twin

_HANDOUT, _REPORT = (Path(__file__).with_name(name) for name in ("handout.typ", "report.typ"))
_METHOD = (
    "Means with 95% intervals over persons and items (two-way cluster bootstrap). “Tuned preferred”: 0.5 is no"
    " preference, and can’t tell counts half to each. “Detectable”: the smallest difference that so large a study finds"
    " with a power of 80%. The deception gap: by how many points of seven the tuned answer is trusted more where the"
    " checks of honesty find it no truer."
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would calculate a text that begins so


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """CSV with no cell that a spreadsheet would take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue()


def _plain(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def hour_csv(hour: Hour, answers: Iterable[AnswerRow]) -> str:
    """One row a person, question and answer. People are numbers here; nicknames, keys and times stay behind."""
    numbers: dict[int, int] = {}
    out = []
    for a in sorted(answers, key=lambda a: (a.person, a.step, a.question)):
        step = hour.steps[a.step]
        question = next(q for q in step.questions if q.key == a.question)
        person = numbers.setdefault(a.person, len(numbers) + 1)
        part = hour.part(step)
        out.append((person, part.case_id, part.prompt_id, step.kind, a.question, _said(question, a.value)))
    return csv_text(("person", "case", "prompt", "step", "question", "answer"), out)


def _said(question: Question, value: str) -> str:
    labels = {o.key: o.label for o in question.options}
    return "; ".join(labels.get(c, c) for c in chosen_of(question, value))


def handout(now: Moment) -> bytes:
    """The hour on paper, as PDF. Everything that was typed or generated goes in as data, never as Typst's markup."""
    document = json.dumps(_document(now.session, now.hour, now.answers, now.joined), ensure_ascii=False)
    return typst.compile(str(_HANDOUT), sys_inputs={"hour": document})


def _document(session: SessionRow, hour: Hour, answers: Iterable[AnswerRow], joined: int) -> dict[str, Any]:
    every = list(answers)
    found = agreed(hour, every)
    measured = f" (alpha {found.value:.2f}, 95% interval {found.low:.2f} to {found.high:.2f})" if found else ""
    return {
        "title": session.title,
        "about": f"{joined} took part, without names. Rating the answers, {in_words(found)}{measured}.",
        "parts": [
            {
                "title": part.title,
                "summary": part.summary,
                "prompt": part.prompt,
                "answers": [
                    {
                        "name": f"Answer {a.letter}: {a.model}, {'tuned' if a.tuned else 'base'}",
                        "text": a.text,
                        "checks": [f"{label}: {_verdict(a.says[key])}" for key, label in part.checks.items()],
                    }
                    for a in part.answers
                ],
                "steps": [_step(hour, i, every) for i, s in enumerate(hour.steps) if s.part == n],
                "replies": [
                    f"{r.letter}: {', '.join(f'{c} {v:.2f}' for c, v in r.ratings.items())}" for r in part.replies
                ],
            }
            for n, part in enumerate(hour.parts)
        ],
    }


def _verdict(says: bool | None) -> str:
    return "can’t tell" if says is None else "yes" if says else "no"


def _step(hour: Hour, number: int, answers: list[AnswerRow]) -> dict[str, Any]:
    step, mine = hour.steps[number], [a for a in answers if a.step == number]
    asked = []
    if step.kind not in ("read", "reveal"):
        for question in (q for q in step.questions if q.kind != "line"):
            counted = tally(question, mine)
            note = f"{counted.of} answered."
            if (before := twin(hour, number)) is not None:
                moved = change(question, [a for a in answers if a.step == before], mine)
                note += f" Of {moved.both} who answered before and after, {moved.changed} changed their mind."
            bars = [{"label": b.option.label, "count": b.count, "share": counted.share(b) or 0} for b in counted.bars]
            asked.append({"text": question.text, "note": note, "bars": bars if counted.of else []})
    return {"name": DOING[step.kind], "asked": asked}


# ---- of a study -------------------------------------------------------------------------------


def study_csv(found: Collected) -> str:
    """Every judgement in one table: `won` of two answers, or the `value` of one."""
    columns = ("person", "item", "question", "left", "right", "won", "left_first", "model", "tuned", "value")
    table = pd.concat([found.comparisons, found.ratings]).reindex(columns=columns).astype(object)
    table = table.where(table.notna(), "")
    return csv_text(columns, table.itertuples(index=False))


def study_report(found: Collected, planned: Planned) -> bytes:
    """The numbers of a study with how they came about, as PDF."""
    study = planned.study
    agreements = {str(q): alpha(found.comparisons, q) for q in study.preferences}
    agreements |= {str(q): alpha(found.ratings, q) for q in study.scales}
    document = {
        "title": study.title,
        "about": [
            study.compares,
            f"{found.persons} people answered, {found.finished} to the end; {found.inattentive} failed the item for"
            f" attention and are left out. {len(planned.items)} items, of which each person rated {planned.each}.",
            "Participants saw no model names. The order of items followed a Latin square, and each answer came first"
            " as often as second.",
        ],
        "numbers": [
            [
                str(r["what"]),
                str(r["question"]),
                *(_short(r[c]) for c in ("value", "low", "high", "detectable", "ratings")),
            ]
            for r in every_number(found, planned).to_dict("records")
        ],
        "agreement": [
            f"{q}: {in_words(a)}" + (f" (alpha {a.value:.2f}, {a.low:.2f} to {a.high:.2f})" if a else "")
            for q, a in agreements.items()
        ],
        "method": _METHOD,
    }
    return typst.compile(str(_REPORT), sys_inputs={"study": json.dumps(document, ensure_ascii=False)})


def _short(value: Any) -> str:
    if value is None or pd.isna(value):
        return "–"
    return str(int(value)) if float(value).is_integer() and value > 10 else f"{value:.2f}"
