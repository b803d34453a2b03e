"""Counting what files hold while it is read, in numbers and hashes alone: no text stays in memory."""

from collections import Counter
from collections.abc import Iterable, Mapping

from lib.collections.records import MarkCount, ModelCount, PairCount, Survey
from lib.formats.items import Answer, Mark, Preference

_MOST_LABELS = 40  # different ones of a scorer, and values of a tag
_MOST_RATERS = 1_000  # pairs of models and raters


class _ModelTally:
    def __init__(self) -> None:
        self.answers = self.chars = self.empty = self.failed = 0


class _MarkTally:
    def __init__(self) -> None:
        self.numbers = self.missing = 0
        self.total = 0.0
        self.labels: Counter[str] = Counter()


class Counts:
    """The survey in the making."""

    def __init__(self) -> None:
        self.copies = self.repeated = self.kept = self.unprompted = self.longest = self.tokens = 0
        self.preferences = self.longer = self.equal = self.chars_better = self.chars_worse = 0
        self.questions: set[int] = set()
        self.texts: set[int] = set()
        self.models: dict[str, _ModelTally] = {}
        self.marks: dict[str, _MarkTally] = {}
        self.pairs: dict[tuple[str, str, str], Counter[str]] = {}
        self.tags: dict[str, Counter[str]] = {}

    def answer(self, answer: Answer, model: str) -> None:
        mine = self.models.get(model)
        if mine is None:
            mine = self.models[model] = _ModelTally()
        mine.answers += 1
        if answer.text is None:
            mine.failed += 1
        else:
            size = len(answer.text)
            mine.chars += size
            if not answer.text.strip():
                mine.empty += 1
            if size > self.longest:
                self.longest = size
            self.texts.add(hash(answer.text))
        self.tokens += answer.tokens
        if answer.marks:
            self.mark(answer.marks)
        if answer.tags:
            self.tag(answer.tags)

    def mark(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            tally = self.marks.get(mark.scorer)
            if tally is None:
                tally = self.marks[mark.scorer] = _MarkTally()
            if mark.value is not None:
                tally.numbers += 1
                tally.total += mark.value
            elif mark.label is None:
                tally.missing += 1
            elif mark.label in tally.labels or len(tally.labels) < _MOST_LABELS:
                tally.labels[mark.label] += 1
            else:
                tally.labels["(others)"] += 1

    def tag(self, tags: Mapping[str, str]) -> None:
        for name, value in tags.items():
            mine = self.tags.get(name)
            if mine is None:
                mine = self.tags[name] = Counter()
            if value in mine or len(mine) < _MOST_LABELS:
                mine[value] += 1
            else:
                mine["(others)"] += 1

    def preference(self, pair: Preference) -> None:
        self.preferences += 1
        key = (pair.model_a, pair.model_b, pair.rater)
        if key not in self.pairs and len(self.pairs) >= _MOST_RATERS:
            key = (pair.model_a, pair.model_b, "(others)")
        self.pairs.setdefault(key, Counter())[pair.better or "failed"] += 1
        self.tag(pair.tags)
        if pair.better in ("a", "b"):
            sides = [len(pair.text_a or ""), len(pair.text_b or "")]
            good, bad = sides if pair.better == "a" else sides[::-1]
            self.longer += good > bad
            self.equal += good == bad
            self.chars_better += good
            self.chars_worse += bad

    def survey(self, prompts: int, shared: int) -> Survey:
        models = [
            ModelCount(name=n, answers=m.answers, chars=m.chars, empty=m.empty, failed=m.failed)
            for n, m in self.models.items()
        ]
        marks = [
            MarkCount(
                scorer=n,
                scores=m.numbers + m.labels.total(),
                numbers=m.numbers,
                total=m.total,
                labels=dict(m.labels.most_common()),
                missing=m.missing,
            )
            for n, m in self.marks.items()
        ]
        pairs = [
            PairCount(model_a=a, model_b=b, rater=r, a=c["a"], b=c["b"], ties=c["tie"], failed=c["failed"])
            for (a, b, r), c in self.pairs.items()
        ]
        return Survey(
            answers=sum(m.answers for m in models),
            kept=self.kept,
            copies=self.copies,
            repeated=self.repeated,
            failed=sum(m.failed for m in models),
            prompts=prompts,
            questions=len(self.questions),
            shared=shared,
            unprompted=self.unprompted,
            distinct=len(self.texts),
            chars=sum(m.chars for m in models),
            longest=self.longest,
            tokens=self.tokens,
            models=tuple(models),
            marks=tuple(marks),
            pairs=tuple(pairs),
            preferred_longer=self.longer,
            preferred_equal=self.equal,
            preferences=self.preferences,
            chars_better=self.chars_better,
            chars_worse=self.chars_worse,
            tags={n: dict(c.most_common()) for n, c in self.tags.items()},
        )
