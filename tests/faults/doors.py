"""The doors of the program: what each verb and page does with the files, called in this process."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from lib.cases.files import read_cases, read_tours
from lib.cases.replies import STEMS
from lib.cases.review import reading_levels
from lib.dataset import read_run
from lib.domain import CaseStudy, Encoding, Exchange, Prompt, ReplyLogLikelihood, Response, TrilemmaError
from lib.files import write_jsonl
from lib.manifest import read_manifest, run_files, run_rows, stored_responses
from lib.measures.differences import by_place, differences
from lib.measures.likelihood import favourite, pulls, reply_pmis
from lib.models.registry import pairs, read_models
from lib.paths import Paths
from lib.runs.live import from_json
from lib.runs.score_lines import PairLine, ReplyLine, prefer_lines, read_lines, score_lines
from lib.scoring.heads import read_heads
from lib.scoring.inputs import COUNTS
from lib.scoring.judge import read_rubric
from lib.scoring.refusal_marks import MARKS
from lib.store.build import build
from lib.store.library import Store, open_library
from lib.store.local import kept_runs
from lib.store.problems import problems
from lib.store.search import search
from lib.store.texts import build_index
from lib.tuning import findings
from lib.tuning.adapters import read_cards
from lib.tuning.recipe import read_recipes
from lib.validation.answer_key import (
    read_check_labels,
    read_check_records,
    read_judged,
    read_kind_records,
    stored_verdicts,
    trusted,
)
from lib.validation.earning import read_earning
from lib.validation.features import read_feature_records, read_sentence_labels, read_strata
from lib.validation.labels import read_labels, refusal_examples
from lib.validation.obvious import SUITES, earned, read_obvious, read_suite, read_values
from lib.validation.records import read_records
from lib.validation.statements import judge_record
from tests.faults.library import BASE, LINES, LIVE, PAIRS

Door = Callable[[Paths], object]


class Reported(TrilemmaError):
    """What `check` prints, one fault a line."""


# ---- the library ------------------------------------------------------------------------------


def check(paths: Paths) -> None:
    found = problems(paths)
    reading_levels(found.cases)
    if found.faults:
        raise Reported("\n".join(found.faults))


def pages(paths: Paths) -> None:
    """Everything that pages ask of the database, for every case and prompt."""
    store = open_library(build(paths))
    store.counts()
    models = store.models()
    for row in store.case_rows():
        case = store.case(row.id)
        assert case is not None
        answering, counts = store.answering_models(case.id), by_place(store.check_counts(case.id))
        differences(case, case.checks, counts, answering, pairs(models))
        for prompt in case.prompts:
            _prompt_page(store, case, prompt)
    store.close()


def _prompt_page(store: Store, case: CaseStudy, prompt: Prompt) -> None:
    for template in (None, *store.other_templates(prompt.id)):
        store.sample_counts(prompt.id, None, template)
        for answer in store.responses(prompt.id, None, template):
            store.run(answer.run_id)
    for scorer in store.scorers(prompt.id):
        store.responses(prompt.id, scorer=scorer, sample=0)
        store.summaries(prompt.id, scorer)
    by_model: dict[str, list[ReplyLogLikelihood]] = {}
    for row in store.reply_logliks(case.id, (prompt.id, *(s.id for s in STEMS))):
        by_model.setdefault(row.model_id, []).append(row)
    needed = sum(len(r.wordings) for r in case.replies) * (1 + len(STEMS))
    for rows in by_model.values():
        if len(rows) == needed:  # pages leave out a model that lacks some
            for measure in (favourite, pulls, reply_pmis):
                measure(case, prompt.id, rows)


def texts(paths: Paths) -> None:
    """The text search, and hits that are looked up."""
    find(paths, "answer", "not sure", "idea OR human")


def find(paths: Paths, *queries: str) -> None:
    database = build(paths)
    store = open_library(database)
    index = build_index(store, paths)
    for query in queries:
        search(index, query)
    store.close()


def jobs(paths: Paths) -> None:
    """The sealed rows as `score`, `validate` and `reproduce` read them."""
    list(stored_responses(paths))
    for file in run_files(paths):
        run = read_run(file)
        for row in run_rows(paths, run.id, "responses").to_pylist():
            Response(**row)
        for row in run_rows(paths, run.id, "loglik").to_pylist():
            ReplyLogLikelihood(**row)
    stored_verdicts(paths, ())


LIBRARY: Mapping[str, Door] = {
    "check": check,
    "build": build,
    "tours": lambda p: read_tours(p.cases),
    "pages": pages,
    "search": texts,
    "jobs": jobs,
}
NEED_DATABASE = ("pages", "search")

# ---- what a visitor hands in ------------------------------------------------------------------


class _Reader:
    """An encoder without a model: the same numbers for every reply."""

    def __init__(self, width: int):
        self._width = width

    def encode(self, exchanges: list[Exchange]) -> list[Encoding]:
        return [Encoding((0.1,) * self._width, 0.5) for _ in exchanges]

    def vectors(self, exchanges: list[Exchange]) -> np.ndarray:
        return np.full((len(exchanges), self._width), 0.1, np.float32)


def _out(paths: Paths) -> Path:
    return paths.data.parent / "out.jsonl"


def reply_lines(paths: Paths) -> None:
    """`score --input --output`, with a reader that needs no weights."""
    cases = {c.id: c for c in read_cases(paths.cases)}
    heads = read_heads(paths.heads)
    rows = read_lines(paths.data.parent / LINES, ReplyLine)
    reader = _Reader(len(heads.of["honest"].centre) - len(COUNTS) - len(MARKS))
    write_jsonl(_out(paths), score_lines(rows, cases, heads, reader, lambda done: None))
    [json.loads(line) for line in _out(paths).read_text(encoding="utf-8").split("\n") if line]


def pair_lines(paths: Paths) -> None:
    """`prefer --input --output`."""
    heads = read_heads(paths.heads)
    rows = read_lines(paths.data.parent / PAIRS, PairLine)
    reader = _Reader(len(heads.of["honest"].centre) - len(COUNTS) - len(MARKS))
    write_jsonl(_out(paths), prefer_lines(rows, "honest", heads, reader, lambda done: None))


def live_file(paths: Paths) -> None:
    """What `reproduce FILE` reads; what is no file it takes for the name of a run."""
    if (file := paths.data.parent / LIVE).is_file():
        from_json(file.read_bytes())


HANDED_IN: Mapping[str, Door] = {"score": reply_lines, "prefer": pair_lines}
KEPT: Mapping[str, Door] = {"kept runs": kept_runs, "reproduce": live_file}

# ---- findings ---------------------------------------------------------------------------------

VALIDITY: Mapping[str, Door] = {
    "records": lambda p: [r.file_name for r in read_records(p.validity)],
    "labels": lambda p: read_labels(p.validity),
    "refusal examples": lambda p: refusal_examples(p.validity),
    "check labels": lambda p: read_check_labels(p.validity),
    "judged": lambda p: judge_record(read_judged(p.validity), read_check_labels(p.validity)),
    "kinds": lambda p: read_kind_records(p.validity),
    "check records": lambda p: trusted(read_check_records(p.validity)),
    "suites": lambda p: [read_suite(p.validity, s) for s in SUITES],
    "obvious": lambda p: earned(read_obvious(p.validity)),
    "values": lambda p: [v.ordered for v in read_values(p.validity)],
    "earning": lambda p: [r.best_rule for r in read_earning(p.validity)],
    "features": lambda p: read_feature_records(p.validity),
    "sentences": lambda p: read_sentence_labels(p.validity),
    "strata": lambda p: read_strata(p.validity),
}
CARDS: Mapping[str, Door] = {
    "adapters": lambda p: read_cards(p.adapters),
    "heads": lambda p: read_heads(p.heads),
    "statement head": lambda p: read_heads(p.statements),
    "rubric": lambda p: read_rubric(p.rubric),
}
RECIPES: Mapping[str, Door] = {"recipes": lambda p: [r.steps for r in read_recipes(p.recipes)]}
FINDINGS: Mapping[str, Door] = {
    "cross table": lambda p: findings.read_cross_table(p.tuning / BASE),
    "evaluation": lambda p: findings.read_evaluation(p.tuning / BASE),
    "greedy": lambda p: findings.read_greedy(p.tuning / BASE),
    "trials": lambda p: findings.read_trials(p.tuning / BASE),
    "taught": lambda p: findings.read_taught(p.tuning / BASE),
}
REGISTRY: Mapping[str, Door] = {"models": lambda p: read_models(p.models), **LIBRARY}
MANIFEST: Mapping[str, Door] = {"manifest": read_manifest, **LIBRARY}
DOORS: Mapping[str, Mapping[str, Door]] = {
    **dict.fromkeys(("case", "tours", "run", "parquet", "parquet_values"), LIBRARY),
    "models": REGISTRY,
    "manifest": MANIFEST,
    "validity": VALIDITY,
    "cards": CARDS,
    "recipes": RECIPES,
    "findings": FINDINGS,
    "lines": HANDED_IN,
    "kept": KEPT,
}
