"""`python -m lib bench`: measure and print everything."""

import statistics
from collections.abc import Mapping, Sequence

from lib.bench.figures import show, spread
from lib.bench.generation import busy, family_figures, live_figures, precompute_figures
from lib.bench.library import build_figures, library_of
from lib.bench.measures import simulation_figures
from lib.bench.peer import peer_figures
from lib.bench.queue import queue_figures
from lib.bench.scoring import scoring_figures
from lib.bench.search import search_figures
from lib.domain import AdapterSource, Model, WheelSource
from lib.models.registry import read_models
from lib.models.weights import weights_dir
from lib.paths import paths
from lib.runs.precompute import MAX_BATCH
from lib.scoring.inputs import READER
from lib.ui.page_times import page_times
from lib.worker.client import Client

SIZES = (14_258, 1_000_000)  # stored answers


def bench(quick: bool = False, pages_only: bool = False) -> None:
    """Measure and print everything, or the pages alone."""
    repeats = 20 if quick else 100  # the 95th percentile of fewer is one outlier of a busy machine
    for size in SIZES:
        with library_of(size) as grown:
            build_figures(grown, size)
            search_figures(grown, size)
            idle = page_times(repeats)
            _show_pages(f"{size:,} answers", idle)
    if pages_only:
        return
    simulation_figures(100 if quick else 400)
    models = [m for m in read_models(paths().models) if m.default and weights_dir(m)]
    if not models:
        show("live and precompute", "not measured: no default model is installed (python -m lib models)")
        return
    idle = page_times(repeats)
    client = Client()
    try:
        live_figures(client, models, 2 if quick else 5)
        with busy(client, models):
            _show_pages(f"while {len(models)} models write", page_times(repeats), idle)
    finally:
        client.close()
    queue_figures(8 if quick else 30)
    for model in models:
        precompute_figures(model, 8 if quick else 20, None if quick else MAX_BATCH)
    for model in models:
        if isinstance(model.source, WheelSource):
            peer_figures(model)
    _families(4 if quick else 10)
    if any(m.id == READER for m in models):
        scoring_figures(60 if quick else 200)


def _show_pages(
    about: str, times: Mapping[str, Sequence[float]], idle: Mapping[str, Sequence[float]] | None = None
) -> None:
    for page, seconds in times.items():
        ratio = f"   x idle {statistics.median(seconds) / statistics.median(idle[page]):4.2f}" if idle else ""
        show(f"page {page}, {about}", spread(seconds) + ratio)


def _families(repeats: int) -> None:
    """Each base with the adapters on it."""
    adapters: dict[str, list[Model]] = {}
    bases: dict[str, Model] = {}
    for model in read_models(paths().models):
        if isinstance(model.source, AdapterSource) and weights_dir(model):
            bases[model.source.base.id] = model.source.base
            adapters.setdefault(model.source.base.id, []).append(model)
    for base_id, base in bases.items():
        family_figures(base, adapters[base_id], repeats)
