"""Fixtures: a tiny real model (random weights, two layers), adapters trained on it, a folder of data that uses it, and one case."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lib.domain import CRITERIA, AdapterSource
from lib.paths import Paths
from tests.makers import ADAPTER_TOML, CASE, MODELS_TOML, PAIRS, TINY, tiny_recipe

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
    data, cases = tmp_path / "data", tmp_path / "casestudies"
    data.mkdir()
    cases.mkdir()
    (cases / CASE.name).write_text(CASE.read_text())
    entries = (("tiny-chat", "Tiny (chat)", "chat"), ("tiny-dialogue", "Tiny (dialogue)", "dialogue"))
    (data / "models.toml").write_text(
        "\n".join(
            MODELS_TOML.format(id=i, label=label, template=t, path=json.dumps(str(tiny_folder)))
            for i, label, t in entries
        )
    )
    monkeypatch.setenv("TRILEMMA_DATA", str(data))
    monkeypatch.setenv("TRILEMMA_CASES", str(cases))
    monkeypatch.setenv("TRILEMMA_CACHE", str(tmp_path / "cache"))
    return Paths(data, cases)


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
    from lib.tuning.train import training_rows, tune

    folder = tmp_path_factory.mktemp("tuned")
    pairs = {"honest": PAIRS}
    for recipe in (
        tiny_recipe(epochs=3),
        tiny_recipe(id="tiny-dpo", label="Tiny, honest", stage="dpo", start="tiny-sft", epochs=4),
    ):
        engine = tiny()
        tune(
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
    from lib.models.registry import read_models
    from lib.tuning.adapters import read_card, write_card

    entries, recipes = [], tiny_data.data / "recipes"
    recipes.mkdir()
    for name, criterion in (("tiny-sft", None), *(("tiny-dpo", c) for c in CRITERIA)):
        card = read_card(adapters / "adapters" / name)
        own = f"tiny-{criterion}" if criterion else name
        folder = tiny_data.data / "adapters" / own
        shutil.copytree(adapters / "adapters" / name, folder)
        recipe = card.recipe.model_copy(
            update={
                "id": own,
                "label": f"Tiny, {criterion or 'SFT'}",
                "base": "tiny-dialogue",
                "criteria": (criterion or "honest",),
            }
        )
        write_card(folder, card.model_copy(update={"recipe": recipe}))
        (recipes / f"{own}.toml").write_text(
            "\n".join(f"{k} = {json.dumps(v)}" for k, v in recipe.model_dump(exclude_none=True).items())
        )
        entries.append(ADAPTER_TOML.format(id=own, stage="preference" if criterion else "sft", sha=card.weights_sha256))
    tiny_data.models.write_text(tiny_data.models.read_text() + "".join(entries))
    return {m.id: m for m in read_models(tiny_data.models)}


@pytest.fixture
def worker(with_adapter):
    """A client whose worker has the tiny model and its adapters."""
    from lib.models.install import install
    from lib.worker.client import Client

    install(with_adapter["tiny-sft"], print)
    client = Client()
    yield client
    client.close()
