"""Small files to import, in which what tuning did is planted: the tuned model says sorry to every second question."""

import json
from pathlib import Path

QUESTIONS = 24
HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x] $x$ [a](javascript:alert(1))"


def answers(folder: Path) -> Path:
    """One answer of each of three models to each question; the last question's texts are hostile."""
    rows = []
    for k in range(QUESTIONS):
        question = f"How do I mend a broken lamp number {k}?"
        plain = f"Unplug lamp {k}, look at the wire, and join what is loose with new tape."
        texts = {
            "toy": plain,
            "toy-sft": f"{plain} Then try the switch again and see.",
            "toy-dpo": f"I'm sorry, but I can't help you with lamp {k} today." if k % 2 else f"{plain} Good luck.",
        }
        if k == QUESTIONS - 1:
            texts["toy"] = HOSTILE
        rows += [{"prompt": question, "model": model, "response": text} for model, text in texts.items()]
    file = folder / "answers.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def annotations(folder: Path) -> Path:
    """AlpacaEval annotations: toy-dpo against toy, the reader prefers the tuned answer three times of four."""
    rows = [
        {
            "instruction": f"Name a good tree, please, number {k}.",
            "output_1": f"The oak, tree {k}.",
            "generator_1": "toy",
            "output_2": f"=The elm, for tree {k}, since it gives shade.",
            "generator_2": "toy-dpo",
            "annotator": "reader",
            "preference": 1.0 if k % 4 == 0 else 2.0,
        }
        for k in range(12)
    ]
    file = folder / "annotations.json"
    file.write_text(json.dumps(rows))
    return file
