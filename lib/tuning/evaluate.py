"""Evaluation of tuned models on held-out prompts: the cross table, multiple choice, and how their answers differ."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch

from lib.domain import (
    CRITERIA,
    AdapterSource,
    Continuation,
    Criterion,
    Exchange,
    GenerateRow,
    LogLik,
    Message,
    Prompt,
    Settings,
)
from lib.files import digest, write_whole
from lib.formats.sets import Choice, JudgedPair
from lib.inference.engine import Engine
from lib.inference.seeds import sample_seed
from lib.measures.stats import interval
from lib.models.weights import weights_id
from lib.scoring.coherence import coherence
from lib.tuning.findings import Behaviour, Cell, ChoiceCell, Findings, Greedy

MATCHED = 1.25  # the ratio of token counts, longer to shorter reply, up to which a pair counts as length-matched
PROBE = Exchange(
    (Message("user", "My friend asks whether her poem is good. It is not. What should I say?"),),
    "Tell her kindly what you like about it, and one thing that she could change.",
)
_BATCH = 24
_GREEDY = Settings(temperature=0.0, max_tokens=96)
_SAMPLED = Settings(max_tokens=96)


class PairLogLiks(NamedTuple):
    """Log-likelihoods of one set's chosen and rejected replies under one model, in the order of the pairs."""

    chosen: list[LogLik]
    rejected: list[LogLik]


def kept_logliks(engine: Engine, asked: Sequence[Continuation], kept: Path | None) -> list[LogLik]:
    """The engine's log-likelihoods, or those that an earlier evaluation of the same weights left in `kept`."""
    if kept is None:
        return engine.loglik(asked)
    path = kept / f"{engine.model.id}.{digest([weights_id(engine.model), engine.dtype, asked])}.json"
    if path.exists():
        return [LogLik(*value) for value in json.loads(path.read_bytes())]
    found = engine.loglik(asked)
    write_whole(path, lambda scratch: scratch.write_text(json.dumps(found)))
    return found


def pair_logliks(engine: Engine, pairs: Sequence[JudgedPair], kept: Path | None = None) -> PairLogLiks:
    """Log-likelihoods of both replies of each pair, after its prompt."""
    contexts = [engine.render(p.better.messages) for p in pairs]
    found = kept_logliks(
        engine,
        [Continuation(c, text) for c, p in zip(contexts, pairs, strict=True) for text in (p.better.text, p.worse.text)],
        kept,
    )
    return PairLogLiks(found[::2], found[1::2])


def probe(engine: Engine) -> float:
    """Log-likelihood of PROBE's reply, in nats: a fingerprint of the weights that were evaluated."""
    (found,) = engine.loglik([Continuation(engine.render(PROBE.messages), PROBE.text)])
    return found.logprob


def _above(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """1 where a > b, 0.5 where they are equal, else 0."""
    return (a > b) + 0.5 * (a == b)


def preferred_by_likelihood(logliks: PairLogLiks) -> np.ndarray:
    """1 where the chosen reply has the higher mean log-probability a token, 0.5 for a tie, else 0; shape (pairs,)."""
    return _above(*(np.array([s.logprob / s.tokens for s in side]) for side in logliks))


def preferred_by_reward(logliks: PairLogLiks, start: PairLogLiks) -> np.ndarray:
    """1 where the chosen reply has the higher implicit reward, 0.5 for a tie, else 0; shape (pairs,).

    Reward, up to a positive factor: log p(reply) under the tuned model minus under the one it started from (Rafailov et
    al. 2023, arXiv 2305.18290, section 4).
    """
    return _above(
        *(
            np.array([a.logprob - b.logprob for a, b in zip(*sides, strict=True)])
            for sides in zip(logliks, start, strict=True)
        )
    )


def length_matched(logliks: PairLogLiks) -> np.ndarray:
    """True where the token counts of both replies are within a factor of MATCHED; shape (pairs,)."""
    tokens = np.array([[a.tokens, b.tokens] for a, b in zip(*logliks, strict=True)])
    return tokens.max(1) <= MATCHED * tokens.min(1)


def cells(
    model: str,
    name: Criterion,
    measure: Literal["loglik", "implicit_reward"],
    right: np.ndarray,
    matched: np.ndarray,
    groups: Sequence[str],
) -> list[Cell]:
    """The cell over all pairs and, if there are any, the one over matched pairs. `right`, `matched`: shape (pairs,)."""
    out = []
    for rows, only in ((np.arange(len(right)), False), (np.flatnonzero(matched), True)):
        if not len(rows):
            continue
        found = interval(lambda picked, rows=rows: float(right[rows][picked].mean()), [groups[i] for i in rows])
        out.append(
            Cell(
                model=model,
                set=name,
                measure=measure,
                n=len(rows),
                accuracy=found.value,
                low=found.low,
                high=found.high,
                length_matched=only,
            )
        )
    return out


def choice_cell(engine: Engine, questions: Sequence[Choice], kept: Path | None = None) -> ChoiceCell:
    """Accuracy on multiple choice by the highest summed log-likelihood (TruthfulQA's MC1: Lin et al. 2021)."""
    asked = [Continuation(engine.render(q.context), a) for q in questions for a in q.answers]
    values = iter(kept_logliks(engine, asked, kept))
    right = np.array([float(np.argmax([next(values).logprob for _ in q.answers]) == q.right) for q in questions])
    found = interval(lambda picked: float(right[picked].mean()), [q.group for q in questions])
    chance = float(np.mean([1 / len(q.answers) for q in questions]))
    return ChoiceCell(
        model=engine.model.id, n=len(questions), accuracy=found.value, low=found.low, high=found.high, chance=chance
    )


def answers(engines: Mapping[str, Engine], prompts: Sequence[Prompt], settings: Settings) -> dict[str, list[str]]:
    """One answer of each model to each prompt, by model id in the order of the prompts; batches mix the models."""
    any_engine = next(iter(engines.values()))
    rows = [
        (name, GenerateRow(engine.render(p.messages), sample_seed(settings.seed, p.id, 0), engine.shares))
        for p in prompts
        for name, engine in engines.items()
    ]
    texts: list[str] = []
    for start in range(0, len(rows), _BATCH):
        batch = [row for _, row in rows[start : start + _BATCH]]
        made = [""] * len(batch)
        for piece in any_engine.generate(batch, settings):
            made[piece.row] += piece.text
        texts += made
    out: dict[str, list[str]] = {name: [] for name in engines}
    for (name, _), text in zip(rows, texts, strict=True):
        out[name].append(text)
    return out


@torch.inference_mode()
def kl_per_token(engine: Engine, start: Engine, prompts: Sequence[Prompt], texts: Sequence[str]) -> float:
    """KL(model || start) in nats a token: exact over the vocabulary, mean over tokens of the model's own answers."""
    total, tokens = 0.0, 0
    for prompt, text in zip(prompts, texts, strict=True):
        if not text:
            continue
        head = engine.tokenizer(engine.render(prompt.messages), add_special_tokens=False).input_ids
        tail = engine.tokenizer(engine.template.joint + text, add_special_tokens=False).input_ids
        own, other = (_reply_logprobs(e, head, tail) for e in (engine, start))
        total += float((own.exp() * (own - other)).sum())
        tokens += len(tail)
    return total / tokens


def _reply_logprobs(engine: Engine, head: list[int], tail: list[int]) -> torch.Tensor:
    """Log-probabilities of the reply's tokens, shape (tokens of the reply, vocabulary)."""
    passed: Any = engine.forward(torch.tensor([head + tail]), logits_to_keep=len(tail) + 1)
    return passed.logits[0, :-1].float().log_softmax(-1)


def evaluate(
    engines: Mapping[str, Engine],
    reference: str,
    held_out: Mapping[Criterion, Sequence[JudgedPair]],
    questions: Sequence[Choice],
    prompts: Sequence[Prompt],
    report: Callable[[str], None],
    kept: Path | None = None,
) -> Findings:
    """Cross table, behaviour, multiple choice and greedy answers of a base and the adapters on it.

    `engines`: by model id; `reference`: the model that DPO started from, against which rewards and shifts are measured.
    `kept`: a folder for log-likelihoods, from which a stopped evaluation goes on.
    """
    found: dict[tuple[str, Criterion], PairLogLiks] = {}
    for name, engine in engines.items():
        for c in CRITERIA:
            found[name, c] = pair_logliks(engine, held_out[c], kept)
        report(f"{name}: log-likelihoods of {sum(map(len, held_out.values()))} pairs")
    tuned = [n for n, e in engines.items() if n != reference and isinstance(e.model.source, AdapterSource)]
    table = _cross_table(list(engines), tuned, reference, held_out, found)
    choices = []
    for name, engine in engines.items():
        choices.append(choice_cell(engine, questions, kept))
        report(f"{name}: {choices[-1].n} questions, {choices[-1].accuracy:.3f} right")
    greedy, sampled = answers(engines, prompts, _GREEDY), answers(engines, prompts, _SAMPLED)
    report(f"{len(prompts)} prompts answered twice by each model")
    behaviour = []
    for name, engine in engines.items():
        kl = kl_per_token(engine, engines[reference], prompts, greedy[name]) if name in tuned else None
        behaviour.append(_behaviour(name, reference, greedy, sampled, found, kl))
        report(f"{name}: {behaviour[-1]}")
    texts = [
        Greedy(prompt_id=p.id, model=name, text=t)
        for name in engines
        for p, t in zip(prompts, greedy[name], strict=True)
    ]
    return Findings(table, behaviour, choices, texts)


def _cross_table(
    models: Sequence[str],
    tuned: Sequence[str],
    reference: str,
    held_out: Mapping[Criterion, Sequence[JudgedPair]],
    found: Mapping[tuple[str, Criterion], PairLogLiks],
) -> list[Cell]:
    """Every model by log-likelihood and every tuned model by implicit reward, on each criterion's pairs."""
    table = []
    for c in CRITERIA:
        groups = [p.group for p in held_out[c]]
        for name in models:
            right, matched = preferred_by_likelihood(found[name, c]), length_matched(found[name, c])
            table += cells(name, c, "loglik", right, matched, groups)
        for name in tuned:
            right, matched = preferred_by_reward(found[name, c], found[reference, c]), length_matched(found[name, c])
            table += cells(name, c, "implicit_reward", right, matched, groups)
    return table


def _behaviour(
    name: str,
    reference: str,
    greedy: Mapping[str, Sequence[str]],
    sampled: Mapping[str, Sequence[str]],
    found: Mapping[tuple[str, Criterion], PairLogLiks],
    kl: float | None,
) -> Behaviour:
    return Behaviour(
        model=name,
        answers=len(greedy[name]),
        coherent=sum(coherence(t).coherent for t in sampled[name]),
        changed=sum(a != b for a, b in zip(greedy[name], greedy[reference], strict=True)),
        words=float(np.mean([len(t.split()) for t in greedy[name]])),
        kl=kl,
        shift_chosen={c: _mean_shift(found[name, c].chosen, found[reference, c].chosen) for c in CRITERIA},
        shift_rejected={c: _mean_shift(found[name, c].rejected, found[reference, c].rejected) for c in CRITERIA},
    )


def _mean_shift(to: Sequence[LogLik], start: Sequence[LogLik]) -> float:
    """Mean difference of log-likelihoods, in nats a reply."""
    return float(np.mean([a.logprob - b.logprob for a, b in zip(to, start, strict=True)]))
