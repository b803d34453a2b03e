"""Small files as other tools write them, made up here, each with the traps of its format."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq


class Foreign(NamedTuple):
    """A file: its name, its bytes, what it is recognised as, and how many answers and preferences stand in it."""

    name: str
    data: bytes
    format: str
    answers: int
    preferences: int = 0


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(r).encode() + b"\n" for r in rows)


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


def _xlsx() -> bytes:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + "".join(
            f'<row r="{r}">'
            + "".join(f'<c r="{"ABC"[k]}{r}" t="inlineStr"><is><t>{v}</t></is></c>' for k, v in enumerate(row))
            + "</row>"
            for r, row in enumerate(
                (("prompt", "model", "response"), ("Hi?", "base", "No."), ("Hi?", "tuned", "Yes.")), 1
            )
        )
        + "</sheetData></worksheet>"
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            (
                f'<Types xmlns="{package}/content-types">'
                '<Default Extension="xml"'
                ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                "</Types>"
            ),
        )
        file.writestr(
            "_rels/.rels",
            (
                f'<Relationships xmlns="{package}/relationships">'
                f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
                "</Relationships>"
            ),
        )
        file.writestr(
            "xl/workbook.xml",
            (
                f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{office}">'
                "<sheets>"
                '<sheet name="S" sheetId="1" r:id="r1"/>'
                "</sheets>"
                "</workbook>"
            ),
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            (
                f'<Relationships xmlns="{package}/relationships">'
                f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
                "</Relationships>"
            ),
        )
        file.writestr("xl/worksheets/sheet1.xml", sheet)
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(
        pa.table(
            {
                "prompt": ["Hi?", "Hi?"],
                "model": ["base", "tuned"],
                "response": ["No.", None],
                "error": [None, "cut"],
                "score": [0.5, None],
            }
        ),
        out,
    )
    return out.getvalue()


def _turns(*said: str) -> list[dict[str, str]]:
    return [{"role": "assistant" if k % 2 else "user", "content": s} for k, s in enumerate(said)]


def _evalscope(review: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "index": 1,
        "messages": [*_turns("Where?"), {"role": "assistant", "content": "There.", "model": "qwen"}],
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


def _tree() -> dict[str, Any]:
    reply = {"role": "assistant", "text": "Yes.", "rank": 0, "replies": [], "message_id": "r0", "model_name": None}
    other = {**reply, "text": "No.", "rank": 1, "message_id": "r1"}
    return {"message_id": "m", "role": "prompter", "text": "May I?", "rank": None, "replies": [reply, other]}


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


_HH = "\n\nHuman: Hi.\n\nAssistant: Hello.\n\nHuman: Bad?\n\nAssistant: {}"
_TRAPS = [
    {
        "prompt": "Cost?",
        "model": "base",
        "response": "=1+1 costs $5 or $6 <script>x</script> :red[a] \u202e",
        "score": "0,5",
    },
    {"prompt": "Cost?", "model": "tuned", "response": "", "score": ""},
    {"prompt": "Late?", "model": "tuned", "response": "Now.", "score": 1, "late": {"deep": [1]}},
]
_INTERVIEW = 'prompt;chosen;rejected;gap\r\nHi?;"Yes;\r\nsure";No;-0,5\r\nHo?;Ja;Nein;1,25\r\n'
_ARENA = (
    "model_a,model_b,prompt,completion_a,completion_b,preference,evaluator,completion_a_is_acceptable\n"
    "base,chat,Hi?,A,B,b-is-slightly-better,se,yes\n"
    "base,chat,Hi?,A,B,tie,al,no\n"
)
_EXPORT = {
    "trilemma": "answer 1",
    "prompt_id": "x/asked",
    "prompt": '[{"role": "user", "content": "Hi?"}]',
    "model": "base",
    "sample": 0,
    "response": "Yes",
    "error": None,
    "finish": "end",
    "tokens": 1,
    "date": "",
    "scores": '[{"scorer": "s", "value": null, "label": "B", "reason": ""}]',
    "tags": '{"a": "b"}',
}
_EXPORTED_PAIR = {
    "trilemma": "preference 1",
    "prompt_id": "x/asked",
    "prompt": '[{"role": "user", "content": "Hi?"}]',
    "model_a": "base",
    "response_a": "No",
    "model_b": "chat",
    "response_b": "Yes",
    "better": "b",
    "rater": "r",
    "score": -1.0,
    "judgement": "",
    "tags": "{}",
}
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

_MADE: Mapping[str, Callable[[], tuple[bytes, str, int, int]]] = {
    "log.eval": lambda: (_archive(zipfile.ZIP_DEFLATED), "Inspect log", 3, 0),
    "stored.eval": lambda: (_archive(zipfile.ZIP_STORED), "Inspect log", 3, 0),
    "log.json": lambda: (_json(_LOG | {"samples": _SAMPLES}), "Inspect log", 3, 0),
    "samples.jsonl": lambda: (
        _lines(*(_lm_eval(f, d, "3", 1.0) for d in (0, 1) for f in ("strict", "loose"))),
        "lm-eval samples",
        4,
        0,
    ),
    "samples_old.jsonl": lambda: (
        _lines(_lm_eval(None, 0, "3", 1.0), _lm_eval(None, 0, "3", 0.0)),
        "lm-eval samples",
        2,
        0,
    ),
    "promptfoo.json": lambda: (_json(_promptfoo()), "promptfoo results", 3, 0),
    "promptfoo.jsonl": lambda: (_lines(*_promptfoo()["results"]["results"]), "promptfoo results", 3, 0),
    "comparator.json": lambda: (
        _json(
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
    "flow.cforge": lambda: (_json(_chainforge()), "ChainForge flow", 4, 0),
    "evals.jsonl": lambda: (
        _lines(
            {"spec": {"completion_fns": ["gpt"], "eval_name": "e"}},
            {"final_report": {"accuracy": 1}},
            {
                "run_id": "r",
                "sample_id": "s.1",
                "type": "sampling",
                "data": {"prompt": _turns("Hi?"), "sampled": ["A"]},
            },
            {"run_id": "r", "sample_id": "s.1", "type": "match", "data": {"correct": True, "expected": "A"}},
        ),
        "OpenAI evals log",
        1,
        0,
    ),
    "predictions.jsonl": lambda: (_lines(_evalscope(False)), "EvalScope predictions", 1, 0),
    "reviews.jsonl": lambda: (_lines(_evalscope(True)), "EvalScope reviews", 1, 0),
    "live.json": lambda: (_json(_LIVE), "Trilemma live run", 1, 0),
    "outputs.json": lambda: (
        _json(
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
        _json(
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
        _lines(
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
    "single.jsonl": lambda: (_lines(_judge("single")), "MT-bench judgments", 1, 0),
    "pairs.jsonl": lambda: (_lines(_judge("pairs")), "MT-bench pair judgments", 0, 1),
    "games.jsonl": lambda: (_lines(_judge("games")), "Arena-Hard judgments", 0, 2),
    "trees.jsonl": lambda: (_lines(_tree()), "OpenAssistant trees", 2, 1),
    "turns.json": lambda: (_json([["Hi?", "Yes.", "Sure?", "No."], ["alone"]]), "lists of turns", 2, 0),
    "export.jsonl": lambda: (_lines(_EXPORT), "Trilemma export of answers", 1, 0),
    "exported_pairs.jsonl": lambda: (_lines(_EXPORTED_PAIR), "Trilemma export of preferences", 0, 1),
    "trl.jsonl": lambda: (
        _lines({"prompt": _turns("Hi?"), "chosen": _turns("Hi?", "Yes."), "rejected": _turns("Hi?", "No.")}),
        "preference pairs",
        0,
        1,
    ),
    "hh.jsonl": lambda: (
        _lines({"chosen": _HH.format("No."), "rejected": _HH.format("Yes.")}),
        "preference pairs",
        0,
        1,
    ),
    "many.jsonl": lambda: (
        _lines({"prompt": "Hi?", "chosen": ["a", "b"], "rejected": ["c", "d"]}),
        "preference pairs",
        0,
        4,
    ),
    "sharegpt.json": lambda: (
        _json(
            [
                {
                    "conversations": [{"from": "human", "value": "Hi?"}],
                    "chosen": {"from": "gpt", "value": "Yes"},
                    "rejected": {"from": "gpt", "value": "No"},
                }
            ]
        ),
        "preference pairs",
        0,
        1,
    ),
    "kto.json": lambda: (_json([{"messages": _turns("Hi?", "Yes."), "label": True}]), "labelled answers (KTO)", 1, 0),
    "ultra.jsonl": lambda: (
        _lines(
            {
                "instruction": "Hi?",
                "completions": [
                    {
                        "model": "a",
                        "response": "Yes",
                        "overall_score": 10,
                        "annotations": {"honesty": {"Rating": "2", "Rationale": "weak"}},
                    },
                    {"model": "b", "response": "No", "overall_score": 1},
                ],
            }
        ),
        "several completions a row",
        2,
        0,
    ),
    "semicolon.csv": lambda: (_INTERVIEW.encode("utf-8-sig"), "preference pairs", 0, 2),
    "arena.csv": lambda: (_ARENA.encode(), "side-by-side ratings", 2, 2),
    "plain.jsonl": lambda: (_lines(*_TRAPS), "plain JSON Lines", 3, 0),
    "plain.json": lambda: (_json({"rows": _TRAPS}), "plain JSON", 3, 0),
    "excel.csv": lambda: ("prompt;model;response\nI’m — é;base;Schön\n".encode("cp1252"), "plain CSV", 1, 0),
    "unnamed.csv": lambda: (b',prompt,gpt_response\n0,Hi?,"Yes, ""sure"""\n1,Ho?,No\n', "plain CSV", 2, 0),
    "tab.tsv": lambda: ("question\tanswer\nHi?\tYes\n".encode("utf-16"), "plain CSV", 1, 0),
    "sheet.xlsx": lambda: (_xlsx(), "plain Excel", 2, 0),
    "rows.parquet": lambda: (_parquet(), "plain Parquet", 2, 0),
}
FOREIGN: Mapping[str, Callable[[], Foreign]] = {
    name: (lambda name=name, make=make: Foreign(name, *make())) for name, make in _MADE.items()
}
