"""Preference pairs, exports and tables as data sets and their editors write them."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.formats.foreign_bytes import Made, as_json, as_lines, turns


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


def _tree() -> dict[str, Any]:
    reply = {"role": "assistant", "text": "Yes.", "rank": 0, "replies": [], "message_id": "r0", "model_name": None}
    other = {**reply, "text": "No.", "rank": 1, "message_id": "r1"}
    return {"message_id": "m", "role": "prompter", "text": "May I?", "rank": None, "replies": [reply, other]}


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

SETS: Mapping[str, Made] = {
    "trees.jsonl": lambda: (as_lines(_tree()), "OpenAssistant trees", 2, 1),
    "turns.json": lambda: (as_json([["Hi?", "Yes.", "Sure?", "No."], ["alone"]]), "lists of turns", 2, 0),
    "export.jsonl": lambda: (as_lines(_EXPORT), "Trilemma export of answers", 1, 0),
    "exported_pairs.jsonl": lambda: (as_lines(_EXPORTED_PAIR), "Trilemma export of preferences", 0, 1),
    "trl.jsonl": lambda: (
        as_lines({"prompt": turns("Hi?"), "chosen": turns("Hi?", "Yes."), "rejected": turns("Hi?", "No.")}),
        "preference pairs",
        0,
        1,
    ),
    "hh.jsonl": lambda: (
        as_lines({"chosen": _HH.format("No."), "rejected": _HH.format("Yes.")}),
        "preference pairs",
        0,
        1,
    ),
    "many.jsonl": lambda: (
        as_lines({"prompt": "Hi?", "chosen": ["a", "b"], "rejected": ["c", "d"]}),
        "preference pairs",
        0,
        4,
    ),
    "sharegpt.json": lambda: (
        as_json(
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
    "kto.json": lambda: (as_json([{"messages": turns("Hi?", "Yes."), "label": True}]), "labelled answers (KTO)", 1, 0),
    "ultra.jsonl": lambda: (
        as_lines(
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
    "plain.jsonl": lambda: (as_lines(*_TRAPS), "plain JSON Lines", 3, 0),
    "plain.json": lambda: (as_json({"rows": _TRAPS}), "plain JSON", 3, 0),
    "excel.csv": lambda: ("prompt;model;response\nI’m — é;base;Schön\n".encode("cp1252"), "plain CSV", 1, 0),
    "unnamed.csv": lambda: (b',prompt,gpt_response\n0,Hi?,"Yes, ""sure"""\n1,Ho?,No\n', "plain CSV", 2, 0),
    "tab.tsv": lambda: ("question\tanswer\nHi?\tYes\n".encode("utf-16"), "plain CSV", 1, 0),
    "sheet.xlsx": lambda: (_xlsx(), "plain Excel", 2, 0),
    "rows.parquet": lambda: (_parquet(), "plain Parquet", 2, 0),
}
