"""data/preferences/cards.toml: what the makers of a set disclose of its raters, their guide and their pay."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lib.domain.vocabulary import DisclosureStatus, Text, Url
from lib.files import read_toml

ASPECTS = ("raters", "guide", "pay")


class Disclosure(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    status: DisclosureStatus
    note: Text
    source: Url


def read_cards(path: Path) -> dict[str, dict[str, Disclosure]]:
    """Shape -> aspect -> what is said of it. Raises DataProblem, naming the field, where the file can't be used."""
    return read_toml(path, dict[str, dict[str, Disclosure]])
