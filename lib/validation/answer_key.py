"""Checks of the answer keys against hand labels: how often a yes is right, and how many a no has missed."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from lib.cases.fingerprint import check_sha
from lib.dataset import SCHEMAS, read_table
from lib.domain import CaseStudy, CheckKind, Response
from lib.files import read_json, read_jsonl, write_json, write_jsonl
from lib.manifest import part_files
from lib.measures.stats import Interval, interval, share
from lib.paths import Paths
from lib.scoring.checks import decide
from lib.scoring.statements import judgement
from lib.validation.labels import sha

LABELS, JUDGED = "checks/labels.jsonl", "checks/judged.jsonl"
RECORDS, KINDS = "checks/records.json", "checks/kinds.json"
NEEDED_PRECISION = 0.9
FEW = 5  # cases: from fewer no interval of a kind of check is given


Place = tuple[str, str, str, str, int]  # case, check, run, prompt, sample


class CheckLabel(BaseModel):
    """Whether a person finds that a stored answer says or does what a check asks; None: can't be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case_id: str
    check_key: str
    label: str  # the question as it was put: "the answer ..."
    run_id: str
    prompt_id: str
    sample: int
    text_sha: str
    says: bool | None

    @property
    def place(self) -> Place:
        return self.case_id, self.check_key, self.run_id, self.prompt_id, self.sample


class Judged(BaseModel):
    """The judge's probability for a labelled answer, from a head fitted without the answer's case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: Place
    probability: float


class CheckRecord(BaseModel):
    """Of `yes` labelled answers to which a check says yes, `right` are labelled yes; of `no`, `missed` are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case_id: str
    check_key: str
    yes: int
    right: int
    precision: Interval | None  # Wilson's; none where no labelled answer got a yes
    no: int
    missed: int

    @property
    def trusted(self) -> bool:
        """Whether the check may stand in a headline."""
        return self.yes > 0 and self.right >= NEEDED_PRECISION * self.yes


class KindRecord(BaseModel):
    """All labelled checks of one kind of test, over the stored answers that they apply to.

    `precision`: of the ticked answers, the share that have the thing; `recall`: of those that have it, the share that
    is ticked. Each check's rates among its labelled answers count by how many answers it ticks and crosses. The
    intervals are by a bootstrap over cases; with fewer than FEW of them there is no telling.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: CheckKind
    checks: int
    labels: int
    ticked: int
    crossed: int
    precision: Interval | None
    recall: Interval | None


class Labelled(NamedTuple):
    """A label with the text it is of."""

    label: CheckLabel
    text: str


def read_check_labels(folder: Path) -> list[CheckLabel]:
    """Empty where there are none. Raises TrilemmaError, naming file and line, where one can't be read."""
    path = folder / LABELS
    return read_jsonl(path, CheckLabel) if path.exists() else []


def write_check_labels(folder: Path, labels: Iterable[CheckLabel]) -> None:
    write_jsonl(folder / LABELS, [label.model_dump() for label in labels])


def write_judged(folder: Path, judged: Iterable[Judged]) -> None:
    write_jsonl(folder / JUDGED, [j.model_dump() for j in judged])


def read_judged(folder: Path) -> list[Judged]:
    """Empty where the judge has been held to no labels. Raises TrilemmaError, naming the line, where one is broken."""
    path = folder / JUDGED
    return read_jsonl(path, Judged) if path.exists() else []


def labelled_answers(labels: Iterable[CheckLabel], responses: Iterable[Response]) -> list[Labelled]:
    """The labels whose answer still reads as it did when it was labelled."""
    texts = {(r.run_id, r.prompt_id, r.sample, sha(r.text)): r.text for r in responses if r.text is not None}
    found = ((label, texts.get((label.run_id, label.prompt_id, label.sample, label.text_sha))) for label in labels)
    return [Labelled(label, text) for label, text in found if text is not None]


def check_records(
    labelled: Sequence[Labelled], cases: Sequence[CaseStudy], judged: Iterable[Judged] = ()
) -> list[CheckRecord]:
    """One record a check that has labels, as the check decides today; what a person couldn't tell is left out."""
    known = {j.place: [judgement(j.place[1], j.probability)] for j in judged}
    prompts = {p.id: p for c in cases for p in c.prompts}
    checks = {(c.id, check.key): check for c in cases for check in c.checks}
    tallies: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    for label, text in labelled:
        key = (label.case_id, label.check_key)
        if label.says is None or key not in checks or label.prompt_id not in prompts:
            continue
        (verdict,) = decide([checks[key]], text, prompts[label.prompt_id].language, known.get(label.place, ()))
        if verdict.says is not None:
            tallies.setdefault(key, []).append((verdict.says, label.says))
    return [_record(*key, tally) for key, tally in sorted(tallies.items())]


def _record(case_id: str, check_key: str, tally: Sequence[tuple[bool, bool]]) -> CheckRecord:
    yes = [person for said, person in tally if said]
    no = [person for said, person in tally if not said]
    return CheckRecord(
        case_id=case_id,
        check_key=check_key,
        yes=len(yes),
        right=sum(yes),
        precision=share(sum(yes), len(yes)),
        no=len(no),
        missed=sum(no),
    )


def kind_records(
    records: Sequence[CheckRecord], cases: Iterable[CaseStudy], stored: Mapping[tuple[str, str], tuple[int, int]]
) -> list[KindRecord]:
    """One record for each kind of test that has labels, checks with labels on both sides alone.

    `stored`: how many stored answers each check, by case and key, ticks and crosses.
    """
    kinds = {(c.id, check.key): check.kind for c in cases for check in c.checks}
    by_kind: dict[CheckKind, list[tuple[CheckRecord, int, int]]] = {}
    for r in records:
        if r.yes and r.no:
            by_kind.setdefault(kinds[r.case_id, r.check_key], []).append(
                (r, *stored.get((r.case_id, r.check_key), (0, 0)))
            )
    return [_kind(kind, rows) for kind, rows in sorted(by_kind.items())]


def stored_verdicts(paths: Paths, cases: Iterable[CaseStudy]) -> Mapping[tuple[str, str], tuple[int, int]]:
    """How many stored answers each check of today, by case and key, ticks and crosses."""
    current = {(p.id, c.key, check_sha(c)): case.id for case in cases for p in case.prompts for c in case.checks_of(p)}
    columns = ("prompt_id", "check_key", "check_sha", "says")
    counts: Counter[tuple[str, str, bool]] = Counter()
    for path in part_files(paths, "checks"):
        table = read_table(path, SCHEMAS["checks"], columns)
        for prompt_id, key, sha_, says in zip(*(table[c].to_pylist() for c in columns), strict=True):
            if says is not None and (case_id := current.get((prompt_id, key, sha_))):
                counts[case_id, key, says] += 1
    return {(case_id, key): (counts[case_id, key, True], counts[case_id, key, False]) for case_id, key, _ in counts}


def _kind(kind: CheckKind, rows: Sequence[tuple[CheckRecord, int, int]]) -> KindRecord:
    ticked, crossed = (np.array([row[k] for row in rows], float) for k in (1, 2))
    right = ticked * np.array([r.right / r.yes for r, _, _ in rows])
    missed = crossed * np.array([r.missed / r.no for r, _, _ in rows])
    groups = [r.case_id for r, _, _ in rows]

    def sure(measure: Callable[[np.ndarray], float]) -> Interval | None:
        return interval(measure, groups) if len(set(groups)) >= FEW else None

    return KindRecord(
        kind=kind,
        checks=len(rows),
        labels=sum(r.yes + r.no for r, _, _ in rows),
        ticked=int(ticked.sum()),
        crossed=int(crossed.sum()),
        precision=sure(lambda k: float(right[k].sum() / ticked[k].sum())),
        recall=sure(lambda k: float(right[k].sum() / (right[k].sum() + missed[k].sum()))),
    )


def write_check_records(folder: Path, records: Iterable[CheckRecord]) -> None:
    write_json(folder / RECORDS, [r.model_dump() for r in records])


def write_kind_records(folder: Path, records: Iterable[KindRecord]) -> None:
    write_json(folder / KINDS, [r.model_dump() for r in records])


def read_kind_records(folder: Path) -> list[KindRecord]:
    """Empty where no check has been held to labels."""
    path = folder / KINDS
    return read_json(path, list[KindRecord]) if path.exists() else []


def read_check_records(folder: Path) -> list[CheckRecord]:
    """Empty where no check has been held to labels."""
    path = folder / RECORDS
    return read_json(path, list[CheckRecord]) if path.exists() else []


def trusted(records: Iterable[CheckRecord]) -> Mapping[str, Collection[str]]:
    """Case -> keys of its checks that may stand in a headline."""
    out: dict[str, set[str]] = {}
    for record in records:
        if record.trusted:
            out.setdefault(record.case_id, set()).add(record.check_key)
    return out
