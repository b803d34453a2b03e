"""The shipped adapters are small, pinned and the ones that were evaluated; cards are replaced whole."""

from pathlib import Path

import pytest
import torch

from lib.domain import AdapterSource
from lib.inference.loading import load, load_family
from lib.models.registry import read_models
from lib.models.weights import ADAPTER_WEIGHTS, weights_id
from lib.paths import ROOT
from lib.tuning.adapters import read_cards, write_card
from lib.tuning.evaluate import probe
from lib.tuning.findings import read_evaluation

SHIPPED = read_cards(ROOT / "data" / "adapters")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_adapter_is_small_pinned_and_has_its_notice(name):
    folder = ROOT / "data" / "adapters" / name
    assert (folder / ADAPTER_WEIGHTS).stat().st_size <= 10_000_000
    assert "Gemma Terms of Use" in (folder / "NOTICE").read_text()
    model = next(m for m in read_models(ROOT / "data" / "models.toml") if m.id == name)
    assert isinstance(model.source, AdapterSource) and model.source.sha256 == SHIPPED[name].weights_sha256
    assert SHIPPED[name].base_sha256 == model.source.base.source.sha256  # ty: ignore[unresolved-attribute]


@pytest.mark.weights
def test_each_shipped_adapter_loads_and_is_the_one_that_was_evaluated():
    """In float32, so that no processor's rounding stands between."""
    models = {m.id: m for m in read_models(ROOT / "data" / "models.toml")}
    evaluation = read_evaluation(ROOT / "data" / "tuning")
    base, *tuned = (models[name] for name in evaluation.probes)
    assert set(SHIPPED) == {m.id for m in tuned}
    engines = load_family(load(base, dtype=torch.float32), tuned)
    assert {name: probe(engine) for name, engine in engines.items()} == pytest.approx(evaluation.probes, abs=1e-2)
    assert len({round(v, 1) for v in evaluation.probes.values()}) == len(
        evaluation.probes
    )  # each adapter has an effect of its own
    assert evaluation.weights == {m.id: weights_id(m) for m in (base, *tuned)}


@pytest.mark.parametrize("full_from", [1, 2])
def test_a_card_that_cannot_be_written_leaves_the_old_one_whole(tmp_path, monkeypatch, full_from):
    card = next(iter(SHIPPED.values()))
    write_card(tmp_path, card)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_text, written = Path.write_text, []

    def disk_that_fills_up(path: Path, text: str, **kwargs):
        written.append(path)
        if len(written) >= full_from:
            path.open("wb").close()
            raise OSError("No space left on device")
        return write_text(path, text, **kwargs)

    monkeypatch.setattr(Path, "write_text", disk_that_fills_up)
    with pytest.raises(OSError, match="No space left"):
        write_card(tmp_path, card.model_copy(update={"date": "2026-01-01"}))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
