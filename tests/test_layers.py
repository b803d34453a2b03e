"""The house's plan holds: imports go one way, and each kind of code has its one room."""

import ast
import graphlib
import re
from pathlib import Path

import pytest

from lib.__main__ import cli
from lib.paths import ROOT

# The rooms of lib/ from the bottom up (lib/README.md): a module imports from its own tier or a lower one.
TIERS = (
    ("lib", "lib.domain", "lib.paths", "lib.files", "lib.text", "lib.charts"),
    ("lib.cases",),
    ("lib.measures", "lib.formats", "lib.models", "lib.dataset", "lib.manifest"),
    ("lib.store", "lib.scoring", "lib.inference", "lib.preferences"),
    (
        "lib.runs",
        "lib.tuning",
        "lib.validation",
        "lib.worker",
        "lib.findings",
        "lib.studies",
        "lib.collections",
        "lib.briefs",
    ),
    ("lib.ui",),
    ("pages",),
    ("app", "lib.__main__", "lib.command_line", "lib.collection_verbs", "lib.own_verbs", "lib.set_verbs", "lib.bench"),
)


def _modules() -> dict[str, Path]:
    files = [ROOT / "app.py", *(ROOT / "lib").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    return {".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f for f in files}


def _imports(path: Path) -> set[str]:
    out = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            out |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            out |= {node.module or ""} | {f"{node.module}.{a.name}" for a in node.names}
    return out


MODULES = _modules()
ROOMS = {room: tier for tier, rooms in enumerate(TIERS) for room in rooms}


def _room(name: str) -> str | None:
    """The room that a module, or a name in it, belongs to; None for what is not this project's."""
    parts = name.split(".")
    whole = ".".join(parts[: 2 if parts[0] == "lib" else 1])
    return whole if whole in ROOMS else None


def test_every_module_is_in_a_room():
    assert [n for n in MODULES if _room(n) is None] == []


@pytest.mark.parametrize("name", MODULES)
def test_imports_never_go_upward(name):
    for imported in _imports(MODULES[name]):
        if room := _room(imported):
            assert ROOMS[room] <= ROOMS[_room(name) or ""], f"{name} imports {imported}"


def test_imports_never_run_in_a_loop():
    """Neither between modules nor between rooms."""
    between_modules = {n: {i for i in _imports(f) if i in MODULES and i != n} for n, f in MODULES.items()}
    between_rooms: dict[str, set[str]] = {}
    for name, imported in between_modules.items():
        rooms = {r for i in imported if (r := _room(i)) and r != _room(name)}
        between_rooms.setdefault(_room(name) or name, set()).update(rooms)
    for graph in (between_modules, between_rooms):
        graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the loop


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith("lib") and not n.startswith("lib.ui")])
def test_only_the_screen_knows_streamlit(name):
    assert not any(i.split(".")[0] == "streamlit" for i in _imports(MODULES[name]))


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith("lib.inference")])
def test_the_engine_knows_nothing_of_cases_scores_or_the_database(name):
    known = ("lib.cases", "lib.scoring", "lib.measures", "lib.store", "lib.dataset", "lib.manifest")
    assert not any(i.startswith(known) for i in _imports(MODULES[name]))


def test_sql_is_written_in_the_store_only():
    sql = re.compile(r"\b(SELECT|INSERT INTO|DELETE FROM)\b.*\b(FROM|VALUES|WHERE)\b")
    found = {n for n, f in MODULES.items() if sql.search(f.read_text())}
    assert {n for n in found if not n.startswith(("lib.store.", "lib.bench."))} == set()


def test_no_page_opens_html_or_files_by_itself():
    for name, file in MODULES.items():
        assert "unsafe_allow_html" not in file.read_text(), name
        if name.startswith("pages"):
            assert not re.search(r"\bopen\(|read_text\(|st\.html\(", file.read_text()), name


def test_the_readme_documents_every_verb():
    readme = (ROOT / "lib" / "README.md").read_text()
    assert len(cli.commands) >= 8
    assert [v for v in cli.commands if f"python -m lib {v}" not in readme] == []
