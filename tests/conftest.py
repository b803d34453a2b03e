"""Fixtures: a tiny real model (random weights, two layers), adapters trained on it, data that use it, one case."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lib.domain import CRITERIA, AdapterSource, Criterion
from lib.models.install import install
from lib.models.registry import read_models
from lib.paths import Paths
from lib.worker.client import Client
from tests.makers import ADAPTER_TOML, PAIRS, TINY, store_recipe, tiny_library_in_use, tiny_recipe

CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<end>{% endfor %}{% if add_generation_prompt"
    " %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory) -> Path:
    """A llama of 30 thousand weights with a byte-level tokenizer, saved as transformers saves it."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny") / "model"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {c: i for i, c in enumerate(["<pad>", "<end>", "<start>", *alphabet])}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="<end>", bos_token="<start>", chat_template=CHAT_TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def tiny_data(tmp_path, tiny_folder, monkeypatch) -> Paths:
    """A data folder with two entries for the tiny model (chat and dialogue), one case, and a cache of its own."""
    return tiny_library_in_use(tmp_path, tiny_folder, monkeypatch)


@pytest.fixture(scope="session", autouse=True)
def _no_progress_bars():
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@pytest.fixture(scope="session")
def tiny(tiny_folder):
    """Loads the tiny model afresh, in float32: training and adapters change a network's layers."""
    import torch

    from lib.inference.loading import load_folder

    return lambda: load_folder(TINY, tiny_folder, "dialogue", torch.float32)


@pytest.fixture(scope="session")
def adapters(tiny, tmp_path_factory):
    """Two stages on made-up pairs: SFT, and DPO from it."""
    pytest.importorskip("trl")
    from lib.tuning.rows import training_rows
    from lib.tuning.train import train_adapter

    folder = tmp_path_factory.mktemp("tuned")
    pairs = {"honest": PAIRS}
    for recipe in (
        tiny_recipe(epochs=3),
        tiny_recipe(id="tiny-dpo", label="Tiny, honest", stage="dpo", start="tiny-sft", epochs=4),
    ):
        engine = tiny()
        train_adapter(
            recipe,
            engine,
            "0" * 64,
            training_rows(recipe, pairs, engine),
            folder / "adapters",
            folder / "work",
            lambda line: None,
        )
    return folder


@pytest.fixture(scope="session")
def family(tiny, adapters):
    """Base, SFT and DPO engines on one copy of the weights."""
    from lib.inference.loading import load_family
    from lib.tuning.adapters import read_card

    base = tiny()
    models = [
        replace(
            TINY,
            id=name,
            label=name,
            stage=stage,
            base_id="tiny",
            source=AdapterSource(TINY, read_card(adapters / "adapters" / name).weights_sha256),
        )
        for name, stage in (("tiny-sft", "sft"), ("tiny-dpo", "preference"))
    ]
    return load_family(base, models, lambda m: adapters / "adapters" / m.id)


@pytest.fixture
def with_adapter(tiny_data, adapters):
    """The tiny library with both adapters on its dialogue model and their recipes; the tuned one for each criterion."""
    _place(tiny_data, adapters, "tiny-sft", "tiny-sft", "Tiny, SFT", "honest")
    for criterion in CRITERIA:
        _place(tiny_data, adapters, "tiny-dpo", f"tiny-{criterion}", f"Tiny, {criterion}", criterion)
    return {m.id: m for m in read_models(tiny_data.models)}


@pytest.fixture
def with_two_sets(with_adapter, tiny_data, adapters):
    """The same, and adapters on its chat model that were tuned from that model itself; honest in two seeds."""
    for draw, criterion in ((0, "helpful"), (0, "harmless"), (0, "honest"), (1, "honest")):
        own = f"chat-{criterion}-{draw + 1}" if draw else f"chat-{criterion}"
        label = f"Chat, {criterion}" + (f", seed {draw + 1}" if draw else "")
        changes = {"base": "tiny-chat", "start": None, "most_prompts": 5, "draw": draw}
        _place(tiny_data, adapters, "tiny-dpo", own, label, criterion, **changes)
    return {m.id: m for m in read_models(tiny_data.models)}


def _place(data: Paths, adapters: Path, name: str, own: str, label: str, criterion: Criterion, **changes) -> None:
    """A copy of a trained adapter under a name of its own, with its recipe and its entry in the registry."""
    from lib.tuning.adapters import read_card, write_card

    folder, card = data.data / "adapters" / own, read_card(adapters / "adapters" / name)
    shutil.copytree(adapters / "adapters" / name, folder)
    named = {"id": own, "label": label, "base": "tiny-dialogue", "criteria": (criterion,)}
    recipe = card.recipe.model_copy(update=named | changes)
    write_card(folder, card.model_copy(update={"recipe": recipe}))
    (data.data / "recipes").mkdir(exist_ok=True)
    store_recipe(data.data / "recipes", recipe)
    entry = ADAPTER_TOML.format(
        id=own,
        base=recipe.base,
        template=recipe.base.removeprefix("tiny-"),
        stage="sft" if recipe.stage == "sft" else "preference",
        sha=card.weights_sha256,
    )
    data.models.write_text(data.models.read_text() + entry)


@pytest.fixture
def worker(with_adapter):
    install(with_adapter["tiny-sft"], print)
    client = Client()
    yield client
    client.close()
