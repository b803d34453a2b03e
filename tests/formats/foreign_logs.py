"""Logs and judgments as the tools of evaluation write them."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.formats.foreign_bytes import Made, as_json, as_lines, turns


def _sample(number: int, content: Any, scores: Any, **more: Any) -> dict[str, Any]:
    choices = [{"message": {"role": "assistant", "content": content}, "stop_reason": "stop"}]
    asked = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "attachment://a1"}]
    return {
        "id": number,
        "epoch": 1,
        "input": "attachment://a1",
        "target": "Paris",
        "messages": [*asked, {"role": "assistant", "content": content}],
        "output": {"model": "m", "choices": choices, "usage": {"output_tokens": 3}},
        "scores": scores,
        "attachments": {"a1": f"Capital of France, {number}?"},
        **more,
    }


_LOG = {
    "version": 2,
    "status": "success",
    "eval": {"task": "capitals", "model": "lab/base", "created": "2026-01-01T00:00:00Z", "dataset": {"samples": 9}},
}

_PARTS = [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Paris"}]

_SAMPLES = [
    _sample(
        1,
        _PARTS,
        {"letters": {"value": "B", "explanation": "fair"}, "both": {"value": {"one": float("nan"), "two": 1}}},
    ),
    _sample(2, "Lyon", {"list": {"value": [True, False]}}),
    _sample(3, "", {}, error={"message": "out of money"}),
]


def _archive(compression: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        file.writestr("header.json", json.dumps(_LOG))
        for sample in _SAMPLES:
            file.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))
    return out.getvalue()


def _lm_eval(filter_name: str | None, doc: int, text: str, score: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "doc_id": doc,
        "doc": {},
        "target": "3",
        "arguments": {"gen_args_0": {"arg_0": f"Sum {doc}?", "arg_1": {}}},
    }
    row |= {"resps": [[text]], "filtered_resps": [text], "exact_match": score, "metrics": ["exact_match"]}
    return row | ({"filter": filter_name} if filter_name else {})


def _promptfoo() -> Any:
    def row(model: str, output: Any, passed: bool, **more: Any) -> dict[str, Any]:
        prompt = {"raw": '[{"role": "user", "content": "Say {{x}}"}]', "label": "p"}
        graded = {
            "pass": passed,
            "score": float(passed),
            "reason": "",
            "componentResults": [{"pass": True, "assertion": {"type": "human"}}],
        }
        return {
            "provider": {"id": model},
            "prompt": prompt,
            "vars": {"x": "tea"},
            "response": {"output": output},
            "success": passed,
            "score": float(passed),
            "namedScores": {"tone": 0.5},
            "gradingResult": graded,
        } | more

    rows = [row("echo", "tea", True), row("other", {"a": [1]}, False), row("other", None, False, error="timeout")]
    return {"evalId": "e", "results": {"version": 3, "results": rows, "stats": {}}, "config": {}}


def _evalscope(review: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "index": 1,
        "messages": [*turns("Where?"), {"role": "assistant", "content": "There.", "model": "qwen"}],
    }
    if review:
        return row | {"target": "A", "sample_score": {"score": {"value": {"acc": 1.0}, "prediction": "There."}}}
    output = {"model": "qwen", "choices": [{"message": {"content": "There."}}], "usage": {"output_tokens": 2}}
    return row | {"model": "qwen", "model_output": output}


def _judge(kind: str) -> dict[str, Any]:
    if kind == "single":
        shown = "[Question]\nWhy?\n\n[The Start of Assistant's Answer]\nSo.\n[The End of Assistant's Answer]"
        return {
            "question_id": 81,
            "model": "base",
            "judge": ["gpt-4", "v1"],
            "user_prompt": shown,
            "judgment": "?",
            "score": -1,
            "turn": 1,
        }
    shown = (
        "[User Question]\nWhy?\n\n"
        "[The Start of Assistant A's Answer]\nSo.\n[The End of Assistant A's Answer]\n\n"
        "[The Start of Assistant B's Answer]\nBecause.\n[The End of Assistant B's Answer]"
    )
    if kind == "pairs":
        return {
            "question_id": 81,
            "model_1": "base",
            "model_2": "chat",
            "g1_winner": "model_2",
            "g2_winner": "tie",
            "judge": ["gpt-4"],
            "g1_user_prompt": shown,
            "turn": 1,
        }
    return {
        "question_id": "q1",
        "model": "chat",
        "judge": "gpt-4",
        "games": [{"user_prompt": shown, "score": "B>A"}, {"user_prompt": shown, "score": "A>>B"}],
    }


def _chainforge() -> dict[str, Any]:
    one = {"prompt": "Say tea", "llm": "GPT3.5", "responses": ["tea", "tea!"], "uid": "u1", "info": {"x": "tea"}}
    again = {**one, "llm": {"name": "GPT3.5"}, "eval_res": {"items": [1, 0]}}
    cache = {
        "p_0.json": {"Say tea": one},
        "p.json": {"responses_last_run": [one]},
        "eval.json": [again],
        "r.u1.grade": {"0": True},
    }
    return {"flow": {"nodes": []}, "cache": cache}


_LIVE = {
    "id": "l",
    "prompt": {"messages": [{"role": "user", "content": "Hi?"}]},
    "runs": [],
    "date": "",
    "responses": [
        {
            "model_id": "base",
            "text": "Yes",
            "tokens": 1,
            "finish": "end",
            "scores": [{"scorer": "h", "aspect": "tone", "value": 0.5, "reason": ""}],
        }
    ],
}

LOGS: Mapping[str, Made] = {
    "log.eval": lambda: (_archive(zipfile.ZIP_DEFLATED), "Inspect log", 3, 0),
    "stored.eval": lambda: (_archive(zipfile.ZIP_STORED), "Inspect log", 3, 0),
    "log.json": lambda: (as_json(_LOG | {"samples": _SAMPLES}), "Inspect log", 3, 0),
    "samples.jsonl": lambda: (
        as_lines(*(_lm_eval(f, d, "3", 1.0) for d in (0, 1) for f in ("strict", "loose"))),
        "lm-eval samples",
        4,
        0,
    ),
    "samples_old.jsonl": lambda: (
        as_lines(_lm_eval(None, 0, "3", 1.0), _lm_eval(None, 0, "3", 0.0)),
        "lm-eval samples",
        2,
        0,
    ),
    "promptfoo.json": lambda: (as_json(_promptfoo()), "promptfoo results", 3, 0),
    "promptfoo.jsonl": lambda: (as_lines(*_promptfoo()["results"]["results"]), "promptfoo results", 3, 0),
    "comparator.json": lambda: (
        as_json(
            {
                "models": [{"name": "A"}, {"name": "B"}],
                "examples": [
                    {
                        "input_text": "Hi?",
                        "tags": ["t"],
                        "output_text_a": "a",
                        "output_text_b": "b",
                        "score": -1.0,
                        "individual_rater_scores": [{"score": 1.5, "is_flipped": True}],
                    },
                    {
                        "input_text": "Ho?",
                        "tags": [],
                        "output_text_a": "a",
                        "output_text_b": "b",
                        "score": None,
                        "individual_rater_scores": [],
                    },
                ],
            }
        ),
        "LLM Comparator",
        0,
        3,
    ),
    "flow.cforge": lambda: (as_json(_chainforge()), "ChainForge flow", 4, 0),
    "evals.jsonl": lambda: (
        as_lines(
            {"spec": {"completion_fns": ["gpt"], "eval_name": "e"}},
            {"final_report": {"accuracy": 1}},
            {
                "run_id": "r",
                "sample_id": "s.1",
                "type": "sampling",
                "data": {"prompt": turns("Hi?"), "sampled": ["A"]},
            },
            {"run_id": "r", "sample_id": "s.1", "type": "match", "data": {"correct": True, "expected": "A"}},
        ),
        "OpenAI evals log",
        1,
        0,
    ),
    "predictions.jsonl": lambda: (as_lines(_evalscope(False)), "EvalScope predictions", 1, 0),
    "reviews.jsonl": lambda: (as_lines(_evalscope(True)), "EvalScope reviews", 1, 0),
    "live.json": lambda: (as_json(_LIVE), "Trilemma live run", 1, 0),
    "outputs.json": lambda: (
        as_json(
            [
                {"instruction": "Hi", "input": "", "output": " Yes", "generator": "base"},
                {"instruction": "Hi", "input": "x", "output": float("nan"), "generator": "base"},
            ]
        ),
        "AlpacaEval outputs",
        2,
        0,
    ),
    "annotations.json": lambda: (
        as_json(
            [
                {
                    "instruction": "Hi",
                    "output_1": "a",
                    "generator_1": "ref",
                    "output_2": "b",
                    "generator_2": "base",
                    "annotator": "j",
                    "preference": p,
                }
                for p in (1.0, 2.0, 0, 1.5, None, 1.7)
            ]
        ),
        "AlpacaEval annotations",
        0,
        6,
    ),
    "answers.jsonl": lambda: (
        as_lines(
            {
                "question_id": 81,
                "model_id": "base",
                "choices": [{"index": 0, "turns": ["One.", {"content": "Two.", "token_len": 2}]}],
                "tstamp": 1.0,
            }
        ),
        "MT-bench or Arena-Hard answers",
        2,
        0,
    ),
    "single.jsonl": lambda: (as_lines(_judge("single")), "MT-bench judgments", 1, 0),
    "pairs.jsonl": lambda: (as_lines(_judge("pairs")), "MT-bench pair judgments", 0, 1),
    "games.jsonl": lambda: (as_lines(_judge("games")), "Arena-Hard judgments", 0, 2),
}
