"""A small made-up set as a file."""

import json
from pathlib import Path

from tests.preferences.made_up import made_up

FOLDED = "<b>Which</b> bitch"  # in one reply: a crude word, and markup that must not act


def small_set(folder: Path, pairs: int = 400) -> Path:
    """A JSON Lines file of pairs in which declining wins."""
    rows = [
        {"prompt": c.context[-1].content, "chosen": c.chosen, "rejected": c.rejected}
        for c in made_up(pairs, {"refusal": 1.5}, seed=3).comparisons
    ]
    rows = [r | {"prompt": f"{r['prompt']} ({k})"} for k, r in enumerate(rows)]
    rows[0]["chosen"] += f" {FOLDED}"
    file = folder / "pairs.jsonl"
    file.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return file
