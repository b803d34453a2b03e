"""Models brought into memory: alone, or a base with its adapters on one copy of the weights, and the mixes of these."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from lib.domain import AdapterSource, EndpointSource, Model, TemplateName, TrilemmaError
from lib.files import sha256_of
from lib.inference.endpoint import Endpoint
from lib.inference.engine import SHARES, Engine
from lib.inference.precision import fastest_dtype
from lib.inference.templates import template_for
from lib.models.weights import ADAPTER_WEIGHTS, install_command, weights_dir

_JOINED = "joined"  # all adapters of a family as one: their low-rank factors side by side


def loaded(model: Model, template: TemplateName | None = None, dtype: torch.dtype | None = None) -> Engine | Endpoint:
    """The model in memory, or the door to its server."""
    if isinstance(model.source, EndpointSource):
        return Endpoint(model, template_for(model, template))
    return load(model, template, dtype)


def load(model: Model, template: TemplateName | None = None, dtype: torch.dtype | None = None) -> Engine:
    """The model in memory, in `dtype` or else the faster of bf16 and fp32.

    Raises TrilemmaError, with the command that gets it, where it is not installed.
    """
    folder = installed(model)
    if isinstance(model.source, AdapterSource):
        return load_family(load(model.source.base, dtype=dtype), [model])[model.id].with_template(template)
    return load_folder(model, folder, template, dtype)


def installed(model: Model, where: Callable[[Model], Path | None] = weights_dir) -> Path:
    """The folder of a model's weights. Raises TrilemmaError, with the command that gets it, where it is not here."""
    folder = where(model)
    if folder is None and isinstance(model.source, EndpointSource):
        raise TrilemmaError(f"{model.label} is behind a server, and this needs its weights on this machine.")
    if folder is None:
        raise TrilemmaError(f"{model.label} is not on this machine. Get it with: {install_command(model)}")
    return folder


def load_family(
    base: Engine, adapters: Sequence[Model], where: Callable[[Model], Path | None] = weights_dir
) -> dict[str, Engine]:
    """Engines by model id that share the base's weights: the base itself and each adapter.

    The rows of one batch may be answered by any of them (`GenerateRow.shares`). `where`: the folder of an adapter.
    `base` must not be used after: its layers now carry the adapters, and only the engines returned here say which of
    them apply.
    """
    network: Any = base.network.unload() if isinstance(base.network, PeftModel) else base.network
    for model in adapters:
        folder = installed(model, where)
        if (
            isinstance(model.source, AdapterSource)
            and (found := sha256_of(folder / ADAPTER_WEIGHTS)) != model.source.sha256
        ):
            raise TrilemmaError(
                f"{model.label}: {ADAPTER_WEIGHTS} is not the file that data/models.toml names. Where it was trained"
                f' again, write there: sha256 = "{found}"'
            )
        if isinstance(network, PeftModel):
            network.load_adapter(str(folder), adapter_name=model.id, autocast_adapter_dtype=False)
        else:
            network = PeftModel.from_pretrained(
                network, str(folder), adapter_name=model.id, autocast_adapter_dtype=False
            )
    ranks = _join(network, [m.id for m in adapters])
    engines = {base.model.id: Engine(base.model, network, base.tokenizer, base.template, (0.0,) * len(ranks), ranks)}
    for k, m in enumerate(adapters):
        engines[m.id] = Engine(
            m, network, base.tokenizer, template_for(m), tuple(float(k == j) for j in range(len(ranks))), ranks
        )
    return engines


def _join(network: Any, names: Sequence[str]) -> tuple[int, ...]:
    """Join the adapters into one, so that a batch may mix them at the cost of one; returns the rank of each in it.

    A layer applies A to a row, multiplies the ranks by the row's shares, and applies B: a share of 0 leaves an adapter
    out, others mix them.
    """
    configs = [network.peft_config[name] for name in names]
    if len({frozenset(c.target_modules) for c in configs}) > 1:
        raise TrilemmaError(
            f"The adapters {', '.join(names)} change different layers of their base, so they cannot be loaded together."
        )
    network.add_weighted_adapter(list(names), [1.0] * len(names), _JOINED, combination_type="cat")
    network.set_adapter(_JOINED)
    for name in names:
        network.delete_adapter(name)
    for layer in network.modules():
        if isinstance(layer, LoraLayer):
            layer.lora_A[_JOINED].register_forward_hook(lambda _, __, low: low * SHARES.get())
    network.eval()
    return tuple(c.r for c in configs)


def mixed(family: Mapping[str, Engine], start: str, weights: Mapping[str, float]) -> Engine:
    """An engine whose weights are start + sum over adapters of weight x (adapter - start).

    Rewarded soups (Rame et al. 2023, arXiv 2306.04488). Linear in the weights: (1, 0, 0) is the first adapter,
    (0, 0, 0) is `start`.
    """
    factors = {start: 1.0 - sum(weights.values()), **weights}
    each = [[factor * share for share in family[name].shares] for name, factor in factors.items()]
    return replace(family[start], shares=tuple(map(sum, zip(*each, strict=True))), cancelled=threading.Event())


def load_folder(
    model: Model, folder: Path, template: TemplateName | None = None, dtype: torch.dtype | None = None
) -> Engine:
    tokenizer = cast(PreTrainedTokenizerBase, AutoTokenizer.from_pretrained(folder))
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype or fastest_dtype(), use_safetensors=True).eval()
    # A strided view makes torch multiply row by row, and for that copy the vocabulary's weights once a row: seconds and
    # gigabytes for each batch. (Cloned: to `contiguous` the strides of a dimension of one do not matter, to the
    # multiplication they do.)
    network.get_output_embeddings().register_forward_pre_hook(
        lambda _, hidden: (hidden[0].clone(memory_format=torch.contiguous_format),)
    )
    return Engine(model, network, tokenizer, template_for(model, template))
