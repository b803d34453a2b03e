"""Charts as PNG and SVG, by kaleido and a Chromium of this computer: nothing is downloaded and no network is used."""

import functools
import shutil
import threading
from typing import Literal

import kaleido
import plotly.graph_objects as go

from lib.domain import TrilemmaError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_SECONDS = 60
_one_at_a_time = threading.Lock()


@functools.cache
def browser() -> str | None:
    """The path of a Chromium, Chrome or Edge that is installed here; None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def drawn(figure: go.Figure, form: Literal["png", "svg"]) -> bytes:
    """The figure on white. Raises TrilemmaError where no browser is here or it draws nothing."""
    path = browser()
    if path is None:
        raise TrilemmaError("No Chromium is installed on this computer: use the camera in the chart's corner instead.")
    plain = go.Figure(figure).update_layout(template="plotly_white", paper_bgcolor="white", plot_bgcolor="white")
    height = int(plain.layout.height or 450)
    with _one_at_a_time:
        return kaleido.calc_fig_sync(
            plain,
            opts={"format": form, "width": 900, "height": height, "scale": 2 if form == "png" else 1},
            kopts={"path": path, "timeout": _SECONDS},
        )
