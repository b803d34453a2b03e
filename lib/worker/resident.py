"""The models that the worker holds in memory, family by family."""

import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from lib.domain import AdapterSource, EndpointSource, Model, TemplateName, TrilemmaError
from lib.models.registry import read_models
from lib.models.weights import weights_dir
from lib.paths import paths
from lib.worker.protocol import Failed, Loading, Told

if TYPE_CHECKING:
    from lib.inference.endpoint import Endpoint
    from lib.inference.engine import Engine

MAX_RESIDENT = 3  # families


class Call(NamedTuple):
    """A request being served: where its events go, and what is set once it is to stop."""

    tell: Callable[[Told], None]
    cancelled: threading.Event

    @classmethod
    def of(cls, calls: Iterable["Call"], cancelled: threading.Event) -> "Call":
        """Several at once, which are all told the same."""
        each = tuple(calls)

        def tell(told: Told) -> None:
            for call in each:
                call.tell(told)

        return cls(tell, cancelled)

    @contextmanager
    def reported(self, models: Iterable[str], during: str = "") -> Generator[None]:
        """Tell the app what failed, for each of these models, and go on: a library's failure must not end the worker.

        `models` may grow until the failure.
        """
        try:
            yield
        except TrilemmaError as fault:
            self._failed(models, str(fault))
        except Exception as fault:  # noqa: BLE001 (whatever a library raises reaches the visitor)
            traceback.print_exc()
            self._failed(models, f"{during}{type(fault).__name__}: {fault}")

    def _failed(self, models: Iterable[str], message: str) -> None:
        for model in models:
            self.tell(Failed(model, message))


class Resident:
    """The few families of models used last. A family is a base with its adapters on one copy of the weights."""

    def __init__(self) -> None:
        self._families: OrderedDict[str, dict[str, Engine]] = OrderedDict()  # by the base's id: engines by model id

    def engines(
        self, ids: Sequence[str], call: Call, template: TemplateName | None = None, weights: Mapping[str, float] = {}
    ) -> "list[Engine | Endpoint]":
        """An engine for each model that loads and the door to each server; `call` is told of the others.

        The adapters' `weights` are mixed in.
        """
        models = {m.id: m for m in read_models(paths().models)}
        behind = [i for i in ids if i in models and isinstance(models[i].source, EndpointSource)]
        here = self.families([i for i in ids if i not in behind], call, template, weights)
        return [*here, *(_endpoint(models[i]).with_template(template, call.cancelled) for i in behind)]

    def families(
        self, ids: Iterable[str], call: Call, template: TemplateName | None = None, weights: Mapping[str, float] = {}
    ) -> "list[Engine]":
        """The same of models on this machine alone."""
        models = {m.id: m for m in read_models(paths().models)}
        loaded = []
        for model_id in ids:
            if call.cancelled.is_set():
                break
            with call.reported([model_id], f"Could not load {model_id}: "):
                if model_id not in models:
                    raise TrilemmaError(f"data/models.toml does not list the model {model_id!r}.")
                loaded.append(self._engine(models[model_id], models.values(), call, weights))
        # An adapter that came later has changed the layers of a base that was there before: take each as it is now.
        now = [self._families.get(_base(e.model).id, {}).get(e.model.id, e) for e in loaded]
        if weights:
            now = self._mixed(now, weights, call)
        return [e.with_template(template, call.cancelled) for e in now]

    def _engine(self, model: Model, models: Collection[Model], call: Call, beside: Iterable[str] = ()) -> "Engine":
        """The model's engine; an adapter comes with its base and every other adapter on the same weights.

        `beside`: ids of adapters that have to be there too, where the model itself is their base.
        """
        from lib.inference.loading import installed, load, load_family

        base = _base(model)
        family, needed = self._families.get(base.id, {}), {model.id, *beside}
        if not needed <= family.keys():
            call.tell(Loading(model.id))
            installed(base)  # raises before another family makes room for one that is not here
            while len(self._families) >= MAX_RESIDENT and base.id not in self._families:
                self._families.popitem(last=False)
            engine = family.get(base.id) or load(base)
            family = {base.id: engine} if needed == {base.id} else load_family(engine, _adapters(base, models))
            if missing := sorted(needed - family.keys()):
                labels = {m.id: m.label for m in models}
                named = ", ".join(labels.get(name, name) for name in missing)
                raise TrilemmaError(f"{named}: not on this machine, the adapter is missing.")
            self._families[base.id] = family
        self._families.move_to_end(base.id)
        return family[model.id]

    def _mixed(self, engines: "list[Engine]", weights: Mapping[str, float], call: Call) -> "list[Engine]":
        """In place of each mix's start its mix."""
        from lib.inference.loading import mixed

        out = []
        for engine in engines:
            with call.reported([engine.model.id], "The mix cannot be made: "):
                out.append(mixed(self._families[_base(engine.model).id], engine.model.id, weights))
        return out


def _endpoint(model: Model) -> "Endpoint":
    from lib.inference.endpoint import Endpoint
    from lib.inference.templates import template_for

    return Endpoint(model, template_for(model))


def _base(model: Model) -> Model:
    """The model whose weights this one shares."""
    return model.source.base if isinstance(model.source, AdapterSource) else model


def _adapters(base: Model, models: Iterable[Model]) -> list[Model]:
    """The installed adapters on a base."""
    return [m for m in models if isinstance(m.source, AdapterSource) and m.source.base.id == base.id and weights_dir(m)]
