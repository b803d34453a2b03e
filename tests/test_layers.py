"""The house's plan holds: imports go one way, and each kind of code has its one room."""

import ast
import re
from pathlib import Path

import pytest

from lib.paths import ROOT

# From the bottom up; a module may import only from its own layer's rank or below. Longest prefix wins.
RANKS = {"lib.domain": 0, "lib.paths": 0, "lib": 1, "lib.ui": 2, "pages": 3, "app": 4, "lib.__main__": 4}


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


def _rank(name: str) -> int | None:
    parts = name.split(".")
    return next((RANKS[p] for i in range(len(parts), 0, -1) if (p := ".".join(parts[:i])) in RANKS), None)


MODULES = _modules()


@pytest.mark.parametrize("name", MODULES)
def test_imports_never_go_upward(name):
    own = _rank(name)
    for imported in _imports(MODULES[name]):
        above = _rank(imported)
        assert above is None or above <= own, f"{name} imports {imported}"


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith("lib") and not n.startswith("lib.ui")])
def test_only_the_screen_knows_streamlit(name):
    assert not any(i.split(".")[0] == "streamlit" for i in _imports(MODULES[name]))


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith("lib.inference")])
def test_the_engine_knows_nothing_of_cases_scores_or_the_database(name):
    assert not _imports(MODULES[name]) & {
        "lib.cases.files",
        "lib.criteria",
        "lib.measures.likelihood",
        "lib.store.library",
        "lib.dataset",
    }


def test_sql_is_written_in_the_store_only():
    sql = re.compile(r"\b(SELECT|INSERT INTO|DELETE FROM)\b.*\b(FROM|VALUES|WHERE)\b")
    assert {n for n, f in MODULES.items() if sql.search(f.read_text())} <= {"lib.store.library", "lib.bench"}


def test_no_page_opens_html_or_files_by_itself():
    for name, file in MODULES.items():
        assert "unsafe_allow_html" not in file.read_text(), name
        if name.startswith("pages"):
            assert not re.search(r"\bopen\(|read_text\(|st\.html\(", file.read_text()), name


def test_the_readme_documents_every_verb():
    readme = (ROOT / "README.md").read_text()
    verbs = re.findall(r"^    (?:sub = )?verb\((\w+)\)", (ROOT / "lib" / "__main__.py").read_text(), re.MULTILINE)
    assert len(verbs) >= 8
    assert [v for v in verbs if f"python -m lib {v.replace('_', '-')}" not in readme] == []
