"""The shipped adapters are small, pinned and the ones that were evaluated, base by base; cards are replaced whole."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch

from lib.domain import AdapterSource
from lib.inference.loading import load, load_family
from lib.models.registry import read_models
from lib.models.weights import ADAPTER_WEIGHTS
from lib.paths import ROOT
from lib.tuning.adapters import read_cards, write_card
from lib.tuning.evaluate import probe
from lib.tuning.findings import BEHAVIOUR, read_evaluation
from lib.tuning.recipe import read_recipes
from lib.tuning.sets import tuning_sets

SHIPPED = read_cards(ROOT / "data" / "adapters")
SETS = {s.base: s for s in tuning_sets(read_recipes(ROOT / "data" / "recipes"), SHIPPED)}
TUNING = ROOT / "data" / "tuning"
SAME_PROBE = 1e-2  # nats: nearer than this two readings of the probe are of the same weights
EVALUATED = [base for base in SETS if (TUNING / base / BEHAVIOUR).exists()]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_adapter_is_small_pinned_and_has_the_notice_of_its_licence(name):
    folder = ROOT / "data" / "adapters" / name
    assert (folder / ADAPTER_WEIGHTS).stat().st_size <= 10_000_000
    model = next(m for m in read_models(ROOT / "data" / "models.toml") if m.id == name)
    assert SHIPPED[name].licence == f"{model.licence}, {model.licence_url}"
    notice = folder / "NOTICE"
    assert notice.exists() == model.licence.startswith("Gemma")
    assert not notice.exists() or "Gemma Terms of Use" in notice.read_text()
    assert isinstance(model.source, AdapterSource) and model.source.sha256 == SHIPPED[name].weights_sha256
    assert SHIPPED[name].base_sha256 == model.source.base.source.sha256  # ty: ignore[unresolved-attribute]


@pytest.mark.parametrize("base", EVALUATED)
def test_where_a_base_has_been_evaluated_every_shipped_adapter_on_it_was(base):
    evaluation = read_evaluation(TUNING / base)
    tuned = {name: card.weights_sha256 for name, card in SETS[base].cards.items()}
    assert evaluation.weights == {base: next(iter(SETS[base].cards.values())).base_sha256, **tuned}
    assert {*evaluation.probes} == {*evaluation.weights}


@pytest.mark.weights
@pytest.mark.parametrize("base", SETS)
def test_the_shipped_adapters_on_a_base_load_and_are_the_ones_that_were_evaluated(base):
    """In float32, so that no processor's rounding stands between. Those on a base without evaluation only load."""
    models = {m.id: m for m in read_models(ROOT / "data" / "models.toml")}
    engines = load_family(load(models[base], dtype=torch.float32), [models[name] for name in SETS[base].cards])
    probes = {name: probe(engine) for name, engine in engines.items()}
    in_order = sorted(probes.values())
    assert all(b - a > SAME_PROBE for a, b in pairwise(in_order))  # each adapter has an effect of its own
    if base in EVALUATED:
        assert probes == pytest.approx(read_evaluation(TUNING / base).probes, abs=SAME_PROBE)


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
