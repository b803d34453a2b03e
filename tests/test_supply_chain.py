"""What is installed is what the locks name: pins, hashes and the hosts that packages come from."""

import re
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lib.paths import ROOT

_PIN = re.compile(r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?: \\)?$", re.MULTILINE)
_INDEX = re.compile(r"(?:index|links|trusted)[\w ?:=-]*[\"']?((?:https?|file)://[^\s\"'`]+)", re.IGNORECASE)
_HOSTS = ("https://pypi.org/", "https://download.pytorch.org/")
_ELSEWHERE = {".git", ".venv", "data", "casestudies"}
_APP = ROOT / "requirements.txt"


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def _pins(path: Path) -> dict[str, str]:
    return {_name(name): pinned for name, pinned in _PIN.findall(path.read_text())}


def _locked() -> dict[str, tuple[str, int]]:
    """The locked version of each package, and how many hashes it has."""
    text = "\n".join(path.read_text() for path in ROOT.glob("requirements*.lock"))
    entries = [e for e in re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE) if _PIN.match(e)]
    return {_name(e.split("==")[0]): (_PIN.findall(e)[0][1], len(_HASH.findall(e))) for e in entries}


def test_each_pin_is_locked_with_the_same_version():
    locked = {name: pinned for name, (pinned, _) in _locked().items()}
    assert {n: locked.get(n) for n in _pins(_APP)} == _pins(_APP)  # differs? `make lock`


def test_each_locked_package_has_a_hash():
    assert [name for name, (_, hashes) in _locked().items() if not hashes] == []


def test_the_locks_leave_out_nothing_that_a_locked_package_requires():
    """Or `--no-deps` would install less than the app needs. Torch's own list depends on where its build is from."""
    locked = _locked()
    needed = {
        _name(needs.name)
        for name in locked.keys() - {"torch", "colorama"}  # colorama: Windows alone
        for needs in map(Requirement, requires(name) or ())
        if needs.marker is None or needs.marker.evaluate({"extra": ""})
    }
    assert needed - locked.keys() == set()


@pytest.mark.parametrize("folder", [".", "lib/tuning", "lib/findings", "lib/studies", "lib/runs", "tests"])
def test_what_is_loaded_is_what_is_pinned(folder):
    pins = _pins(ROOT / folder / "requirements.txt")
    assert {n: version(n).split("+")[0] for n in pins} == pins  # "+cpu": whose build of torch it is


def test_packages_come_from_two_hosts_only():
    files = [
        f
        for top in ROOT.iterdir()
        if top.name not in _ELSEWHERE
        for f in ([top] if top.is_file() else top.rglob("*"))
        if f.suffix in {".txt", ".lock", ".toml", ".md", ".py", ".yml"} or f.name in {"Makefile", "Dockerfile", "run"}
    ]
    named = {(f.relative_to(ROOT), url) for f in files for url in _INDEX.findall(f.read_text())}
    assert named, "the pattern finds nothing any more"
    assert {(f, url) for f, url in named if not url.startswith(_HOSTS)} == set()
