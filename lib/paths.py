"""Where things are: the project's own folders, or those named by TRILEMMA_DATA and TRILEMMA_CASES."""

import os
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Paths(NamedTuple):
    data: Path
    cases: Path

    @property
    def models(self) -> Path:
        return self.data / "models.toml"

    @property
    def runs(self) -> Path:
        return self.data / "runs"

    @property
    def responses(self) -> Path:
        return self.data / "responses"

    @property
    def scores(self) -> Path:
        return self.data / "scores"

    @property
    def loglik(self) -> Path:
        return self.data / "loglik"

    @property
    def manifest(self) -> Path:
        return self.data / "manifest.json"

    @property
    def batches(self) -> Path:
        """Where jobs keep what isn't sealed yet."""
        return self.local / "batches"

    @property
    def heads(self) -> Path:
        return self._shipped("scorers") / "heads-4"

    @property
    def statements(self) -> Path:
        """The head that judges statements."""
        return self._shipped("scorers") / "statements-1"

    @property
    def rubric(self) -> Path:
        return self._shipped("scorers") / "judge" / "rubric.toml"

    @property
    def recipes(self) -> Path:
        return self._shipped("recipes")

    @property
    def adapters(self) -> Path:
        return self._shipped("adapters")

    @property
    def tuning(self) -> Path:
        """The findings on the adapters: not the project's where the data folder has adapters of its own."""
        return self.data / "tuning" if (self.data / "adapters").exists() else self._shipped("tuning")

    @property
    def validity(self) -> Path:
        return self._shipped("validity")

    @property
    def studies(self) -> Path:
        """Blind studies that can be begun."""
        return self._shipped("studies")

    @property
    def ratings(self) -> Path:
        """Other people's ratings, as imported."""
        return self.local / "ratings"

    @property
    def findings(self) -> Path:
        """What was found over this folder's own answers."""
        return self.data / "findings"

    @property
    def preferences(self) -> Path:
        """What was found in preference sets."""
        return self._shipped("preferences")

    def _shipped(self, name: str) -> Path:
        """The data folder's own, or else the project's: scorers do not depend on whose answers they score."""
        return self.data / name if (self.data / name).exists() else ROOT / "data" / name

    @property
    def local(self) -> Path:
        return self.data / "local"


def paths() -> Paths:
    return Paths(
        Path(os.environ.get("TRILEMMA_DATA", ROOT / "data")),
        Path(os.environ.get("TRILEMMA_CASES", ROOT / "casestudies")),
    )
