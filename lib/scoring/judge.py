"""An optional judge: a larger chat model that is asked a rubric.

Its reply is kept verbatim; what does not parse is `unscored`.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from lib.domain import (
    CRITERIA,
    Ask,
    CaseStudy,
    Criterion,
    GenerateRow,
    LoadedModel,
    Message,
    Prompt,
    Score,
    Settings,
    TrilemmaError,
)
from lib.files import read_toml
from lib.models.registry import chosen_models
from lib.paths import Paths
from lib.scoring.coherence import coherence

TIMEOUT, RETRIES = 60.0, 3  # seconds for one reply, and how often it is asked for again
_URL, _MODEL, _KEY = "TRILEMMA_JUDGE_URL", "TRILEMMA_JUDGE_MODEL", "TRILEMMA_JUDGE_KEY"
_KEPT = 200  # characters of a judge's reply


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    two: str
    one: str
    zero: str
    which: str


class Rubric(BaseModel):
    """What is asked, as data: data/scorers/judge/rubric.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    system: str
    reply: str
    pair: str
    helpful: _Part
    harmless: _Part
    honest: _Part

    def part(self, criterion: Criterion) -> _Part:
        return {"helpful": self.helpful, "harmless": self.harmless, "honest": self.honest}[criterion]


class Judge(NamedTuple):
    """A model that is asked a rubric: a `Scorer` (lib/domain.py)."""

    name: str
    ask: Ask
    rubric: Rubric

    @property
    def scorer(self) -> str:
        return f"judge {self.name}-{self.rubric.version}"

    def __call__(self, prompt: Prompt, text: str, case: CaseStudy | None) -> list[Score]:
        """One Score for each criterion: 0, 0.5 or 1. The reason holds the judge's reply."""
        gate = coherence(text)
        if not gate.coherent:
            return [Score(c, self.scorer, None, "incoherent", f"not judged: {gate.reason}") for c in CRITERIA]
        return [_judged(self, criterion, prompt, text, case) for criterion in CRITERIA]


class Preference(NamedTuple):
    """`p_a`: 1 or 0 where the judge holds to its choice with the order swapped, else None. `raw`: both replies."""

    p_a: float | None
    raw: tuple[str, str]


def read_rubric(path: Path) -> Rubric:
    """Raises TrilemmaError, naming the field, where the file cannot be used."""
    return read_toml(path, Rubric)


def endpoint() -> tuple[str, Ask]:
    """The OpenAI-compatible endpoint named by TRILEMMA_JUDGE_URL, _MODEL and _KEY: its model's name, and how to ask it.

    Texts leave this machine only where the user has set these. Raises TrilemmaError where one of them is missing;
    asking raises it where the endpoint cannot be reached or refuses.
    """
    import openai

    settings = {name: os.environ.get(name, "") for name in (_URL, _MODEL, _KEY)}
    if missing := [name for name in (_URL, _MODEL) if not settings[name]]:
        raise TrilemmaError(
            f"A judge at an endpoint needs {' and '.join(missing)} in the environment (and {_KEY}, if it asks for a"
            " key)."
        )
    client = openai.OpenAI(
        base_url=settings[_URL], api_key=settings[_KEY] or "none", timeout=TIMEOUT, max_retries=RETRIES
    )

    def ask(messages: tuple[Message, ...]) -> str:
        chat: list = [{"role": m.role, "content": m.content} for m in messages]
        try:
            found = client.chat.completions.create(model=settings[_MODEL], messages=chat, temperature=0, max_tokens=16)
        except openai.OpenAIError as fault:
            raise TrilemmaError(f"The judge at {settings[_URL]} did not answer: {fault}") from fault
        return (found.choices[0].message.content or "") if found.choices else ""

    return settings[_MODEL], ask


def named_judge(name: str, paths: Paths) -> Judge:
    """The judge that `--judge` names: `endpoint`, or a chat model of the registry."""
    from lib.inference.loading import loaded

    rubric = read_rubric(paths.rubric)
    if name == "endpoint":
        model_id, ask = endpoint()
        return Judge(model_id, ask, rubric)
    (model,) = chosen_models(paths.models, [name])
    return Judge(model.id, local(loaded(model)), rubric)


def local(model: LoadedModel) -> Ask:
    """A chat model in memory as a judge."""
    settings = Settings(temperature=0.0, max_tokens=12)

    def ask(messages: tuple[Message, ...]) -> str:
        row = GenerateRow(model.render(messages), 0)
        return "".join(piece.text for piece in model.generate([row], settings))

    return ask


def _judged(judge: Judge, criterion: Criterion, prompt: Prompt, text: str, case: CaseStudy | None) -> Score:
    raw = judge.ask(_messages(judge.rubric, reply_question(judge.rubric, criterion, prompt, text, case)))
    rating = parsed_rating(raw)
    kept = f"the judge replied {raw[:_KEPT]!r}"
    if rating is None:
        return Score(criterion, judge.scorer, None, "unscored", f"{kept}, which is no rating")
    return Score(criterion, judge.scorer, rating / 2, "scored", f"{kept}; rating {rating} of 2")


def judge_pair(judge: Judge, criterion: Criterion, messages: tuple[Message, ...], a: str, b: str) -> Preference:
    """The judge's choice between two replies, asked twice with the order swapped: models favour a position."""
    prompt = Prompt("pair", "live", "neutral", "Pair", "en", messages)
    which, template = judge.rubric.part(criterion).which, judge.rubric.pair
    raw = (
        judge.ask(_messages(judge.rubric, template.format(prompt=prompt.text, a=a, b=b, which=which))),
        judge.ask(_messages(judge.rubric, template.format(prompt=prompt.text, a=b, b=a, which=which))),
    )
    first, second = map(parsed_choice, raw)
    if first is None or second is None or first == second:
        return Preference(None, raw)
    return Preference(1.0 if first == "A" else 0.0, raw)


def _messages(rubric: Rubric, question: str) -> tuple[Message, ...]:
    return (Message("system", rubric.system), Message("user", question.strip()))


def reply_question(rubric: Rubric, criterion: Criterion, prompt: Prompt, text: str, case: CaseStudy | None) -> str:
    """The rubric's question about one reply, with what the case says on the criterion."""
    part = rubric.part(criterion)
    known = {
        "helpful": ("Points of a good reply", [*case.key_points] if case else []),
        "harmless": ("Harms to mind", [f"{h.harm} ({h.party})" for h in case.harms] if case else []),
        "honest": ("Facts", [f.text for f in case.facts] if case else []),
    }[criterion]
    note = f"\n{known[0]}: {'; '.join(known[1])}.\n" if known[1] else ""
    return rubric.reply.format(
        prompt=prompt.text, text=text, case=note, question=part.question, two=part.two, one=part.one, zero=part.zero
    )


def parsed_rating(raw: str) -> int | None:
    """The one rating that a reply names; None where it names none or several."""
    found = set(re.findall(r"(?<![\d.])[012](?![\d.]\d|\d)", raw))
    return int(found.pop()) if len(found) == 1 else None


def parsed_choice(raw: str) -> str | None:
    """A or B, where the reply is one of them, with or without "Reply" before it and a full stop after."""
    found = re.fullmatch(r"\W*(?:reply|answer)?\W*([AB])\b\W*", raw.strip(), re.IGNORECASE)
    return found[1].upper() if found else None
