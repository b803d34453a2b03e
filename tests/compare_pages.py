"""What the pages of two checkouts say, compared: `python tests/compare_pages.py OLD NEW`, both with a .venv.

Prints a diff for each link, and the numbers that stand on one side only.
"""

import base64
import difflib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

LINKS: tuple[tuple[str, dict[str, str]], ...] = (
    ("start", {}),
    ("cases", {}),
    ("cases", {"view": "table"}),
    ("cases", {"view": "map"}),
    ("cases", {"q": "refund"}),
    ("case", {"case": "are-you-human"}),
    ("case", {"case": "wrong-sum-sure-user", "sample": "2"}),
    ("case", {"case": "first-poem", "class_view": "true"}),
    ("live", {}),
    ("tuning", {}),
    ("models", {}),
    ("method", {}),
    ("trust", {}),
    ("trust", {"trust_scorer": "refusal"}),
)
_SHOWN = ("label", "value")
_IN_PROTO = ("body", "text", "label", "value", "query_string", "help", "url")
_DATA = ("a", "array", "arrayminus", "b", "c", "customdata", "labels", "name", "text", "values", "x", "y", "z")
_FOLDED = re.compile(r"-(numbers|disclosed_.*)$")  # keys of boxes whose content is drawn once they are opened


def _figure(value: Any) -> Any:
    """The data of a Plotly figure without its looks, numbers to six digits, however they are encoded."""
    if isinstance(value, dict) and "bdata" in value:
        numbers = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
        shape = [int(n) for n in str(value.get("shape", len(numbers))).split(",")]
        return _figure(numbers.reshape(shape).tolist())
    if isinstance(value, dict):
        return {k: f for k in sorted(value) if (k in _DATA or k.startswith("error_")) and (f := _figure(value[k]))}
    if isinstance(value, list):
        return [_figure(v) for v in value]
    return float(f"{value:.6g}") if isinstance(value, float | int) and not isinstance(value, bool) else value


def _elements(block, out: list[str]) -> list[str]:
    """One line an element, in the order of the page: its kind and all that it shows."""
    for child in block.children.values():
        said = []
        for name in _SHOWN:
            try:
                value = getattr(child, name)
            except (AttributeError, ValueError, NotImplementedError):
                continue
            if value is not None and not callable(value):
                said.append(value.to_csv(index=False) if hasattr(value, "to_csv") else str(value))
        proto = getattr(child, "proto", None)
        values = (getattr(proto, name, None) for name in _IN_PROTO)
        said += [str(v) for v in values if isinstance(v, str | int | float) and v != "" and str(v) not in said]
        if spec := getattr(proto, "spec", ""):
            said += [json.dumps(_figure(trace), ensure_ascii=False) for trace in json.loads(spec)["data"]]
        out.append(f"{child.type}: " + " | ".join(said))
        if hasattr(child, "children"):
            _elements(child, out)
    return out


def _folded(box) -> str | None:
    found = _FOLDED.search(getattr(box.proto, "id", "") or "")
    return found[1] if found else None


def dump() -> dict[str, list[str]]:
    """Link -> what its page says, in the checkout that this runs in."""
    sys.path.insert(0, str(Path.cwd()))
    from streamlit.testing.v1 import AppTest

    found = {}
    for page, query in LINKS:
        app = AppTest.from_file(str(Path.cwd() / "app.py"), default_timeout=120)
        app.switch_page(f"pages/{page}.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        for box in app.expander:
            if key := _folded(box):
                app.session_state[key] = True
        app.run()
        assert not app.exception, f"{page} {query}: {app.exception[0].value}"
        found[f"{page} {query or ''}".strip()] = _elements(app.main, [])
    return found


def _dump_of(checkout: Path) -> dict[str, list[str]]:
    command = [str(checkout / ".venv" / "bin" / "python"), str(Path(__file__).resolve()), "--dump"]
    done = subprocess.run(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return json.loads(done.stdout)


def _numbers(lines: list[str]) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", "\n".join(lines)))


def compare(old: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    for link in old:
        changed = [
            line
            for line in difflib.unified_diff(old[link], new[link], lineterm="", n=0)
            if line[:1] in "+-" and line[:3] not in ("+++", "---")
        ]
        before, after = _numbers(old[link]), _numbers(new[link])
        print(
            f"== {link}: {len(changed)} lines differ; numbers gone {dict(before - after)}, new {dict(after - before)}"
        )
        print("\n".join(changed))


if __name__ == "__main__":
    if sys.argv[1:] == ["--dump"]:
        json.dump(dump(), sys.stdout)
    else:
        compare(*(_dump_of(Path(a)) for a in sys.argv[1:3]))
