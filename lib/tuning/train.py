"""Training of a LoRA adapter from a recipe, by TRL and PEFT: their data set, the checkpoints, and what is kept."""

import hashlib
import importlib.metadata
import json
import shutil
import types
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from unittest import mock

import torch
from datasets import Dataset, disable_caching
from peft import LoraConfig, PeftModel
from safetensors.torch import load_file, save_file
from transformers.trainer_utils import get_last_checkpoint
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer
from trl.trainer.utils import FusedCausalLMOutput

from lib.domain import Model
from lib.files import sha256_of
from lib.formats.sets import JudgedPair, share
from lib.inference.engine import Engine
from lib.models.weights import ADAPTER_WEIGHTS
from lib.preferences.pairs import PUBLIC_SETS, sets_of
from lib.tuning.adapters import CONFIG, AdapterCard, TrainingStep, write_card
from lib.tuning.lengths import Measured
from lib.tuning.recipe import Recipe
from lib.tuning.rows import Rows

_PACKAGES = ("torch", "transformers", "peft", "trl")
_CHECKPOINT_STEPS = 10
_WARM_UP = 0.1  # share of the steps in which the learning rate rises


def _dataset(recipe: Recipe, pairs: Sequence[JudgedPair], engine: Engine) -> Dataset:
    """Rows in TRL's columns. A start token that its tokenizer adds is taken off the rendered prompt."""
    joint, start = engine.template.joint, cast(str, engine.tokenizer.decode(engine.tokenizer("").input_ids))
    rows = []
    for pair in _by_length(pairs, Measured(engine), recipe.batch):
        row: dict[str, Any] = {
            "prompt": engine.render(pair.better.messages).removeprefix(start),
            "length": Measured(engine).whole(pair),
        }
        if recipe.stage == "sft":
            rows.append(row | {"completion": joint + pair.better.text})
        else:
            rows.append(row | {"chosen": joint + pair.better.text, "rejected": joint + pair.worse.text})
    return Dataset.from_list(rows)


def _by_length(pairs: Sequence[JudgedPair], measured: Measured, batch: int) -> list[JudgedPair]:
    """Pairs batched by length, so that little is padding; the batches are ordered by hashes of their first pair."""
    ordered = sorted(pairs, key=measured.whole)
    batches = [ordered[k : k + batch] for k in range(0, len(ordered), batch)]
    return [pair for b in sorted(batches, key=lambda b: share(b[0].group + b[0].better.text, "batch")) for pair in b]


def reply_head(model: Any, outputs: tuple[str, ...] = (), **_: Any) -> None:
    """Patch the model's forward to compute logits at labelled positions only, in place of TRL's fused head.

    Without a GPU that head computes logits at every position, which is most of the time with Gemma's vocabulary of
    262,144. The patched forward returns log-probabilities of shape (rows, tokens - 1), 0 where there is no label.
    """
    plain = model.forward

    def forward(
        self, *args, fused_lm_head: bool = False, labels: torch.Tensor | None = None, num_items_in_batch=None, **kwargs
    ):
        if not fused_lm_head or labels is None:
            return plain(*args, labels=labels, **kwargs)
        kwargs["use_cache"] = False
        hidden = self.base_model(*args, **kwargs).last_hidden_state[:, :-1]
        targets = labels[:, 1:]
        mask = targets != -100
        logits = self.get_output_embeddings()(hidden[mask])
        log_probs = -torch.nn.functional.cross_entropy(logits.float(), targets[mask], reduction="none")

        def spread(values: torch.Tensor) -> torch.Tensor:
            return values.new_zeros(mask.shape).masked_scatter(mask, values)

        with torch.no_grad():
            means, top = spread(logits.mean(-1).float()), spread(logits.argmax(-1) == targets[mask])
        return FusedCausalLMOutput(
            loss=-log_probs.sum() / (mask.sum() if num_items_in_batch is None else num_items_in_batch),
            log_probs=spread(log_probs),
            entropy=torch.full_like(means, torch.nan),  # only logged by TRL, and costly: not computed
            log_sum_sq_probs=None,
            mean_logits=means,
            is_top1=top,
            label_mask=mask,
            aux_loss=None,
        )

    model.forward = types.MethodType(forward, model)


@contextmanager
def _scoring_replies_only() -> Generator[None]:
    with (
        mock.patch("trl.trainer.sft_trainer.add_fused_lm_head", reply_head),
        mock.patch("trl.trainer.dpo_trainer.add_fused_lm_head", reply_head),
    ):
        yield


def trainer(recipe: Recipe, engine: Engine, rows: Dataset, start: Path | None, work: Path) -> SFTTrainer | DPOTrainer:
    """TRL's trainer for a recipe, with checkpoints in `work`.

    `start`: the folder of the adapter that a DPO recipe starts from; a frozen copy of it is the reference model.
    """
    settings: dict[str, Any] = {
        "output_dir": str(work),
        "per_device_train_batch_size": recipe.batch,
        "gradient_accumulation_steps": recipe.accumulate,
        "num_train_epochs": recipe.epochs,
        "learning_rate": recipe.learning_rate,
        "warmup_steps": round(_WARM_UP * recipe.steps),
        "max_length": recipe.max_tokens,
        "seed": recipe.seed,
        "train_sampling_strategy": (
            "group_by_length" if recipe.stage == "sft" else "sequential"
        ),  # TRL's pairs come without their lengths
        "logging_steps": 1,
        "save_steps": _CHECKPOINT_STEPS,
        "save_total_limit": 1,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "report_to": [],
    }
    if start is None:
        network: Any = engine.network
        lora = LoraConfig(r=recipe.rank, lora_alpha=recipe.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
    else:
        network, lora = PeftModel.from_pretrained(engine.network, str(start), is_trainable=True), None
        network.peft_config[
            "default"
        ].base_model_name_or_path = engine.network.name_or_path  # a folder: a bare name is looked up at the hub
    with _scoring_replies_only():
        if recipe.stage == "sft":
            return SFTTrainer(
                network, SFTConfig(**settings), train_dataset=rows, processing_class=engine.tokenizer, peft_config=lora
            )
        config = DPOConfig(**settings, beta=recipe.beta, precompute_ref_log_probs=True)
        return DPOTrainer(network, args=config, train_dataset=rows, processing_class=engine.tokenizer, peft_config=lora)


def train_adapter(
    recipe: Recipe, engine: Engine, base_sha: str, rows: Rows, adapters: Path, work: Path, report: Callable[[str], None]
) -> Path:
    """Train from the last checkpoint, if there is one, and return the adapter's folder.

    `engine`: the base, freshly loaded, in the recipe's template; `base_sha`: SHA-256 of its weights; `adapters`: where
    the folder goes; `work`: where checkpoints go.
    """
    disable_caching()
    engine.network.set_attn_implementation("eager")  # on a CPU and at these lengths a third faster than the fused one
    torch.manual_seed(recipe.seed)
    key = hashlib.sha256(f"{recipe.model_dump_json()}{base_sha}".encode()).hexdigest()[:12]
    place = work / f"{recipe.id}-{key}"
    start = adapters / recipe.start if recipe.start else None
    made = trainer(recipe, engine, _dataset(recipe, rows.pairs, engine), start, place)
    checkpoint = get_last_checkpoint(str(place)) if place.exists() else None
    report(
        f"{recipe.label}: {len(rows.pairs)} rows, {recipe.steps} steps"
        + (f", going on from {Path(checkpoint).name}" if checkpoint else "")
    )
    made.train(resume_from_checkpoint=checkpoint)
    scratch, folder = place / "adapter", adapters / recipe.id
    _save(cast(PeftModel, made.model), scratch, recipe)
    write_card(scratch, _card(recipe, engine.model, base_sha, rows, made.state.log_history, scratch))
    shutil.rmtree(folder, ignore_errors=True)  # the older one: weights and card are replaced together
    adapters.mkdir(parents=True, exist_ok=True)
    shutil.move(scratch, folder)
    return folder


def _save(model: PeftModel, folder: Path, recipe: Recipe) -> None:
    """Save the adapter in bf16, as it is used, without any path of this machine."""
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(str(folder), selected_adapters=["default"])
    for extra in folder.glob("*.md"):
        extra.unlink()
    weights = {name: w.to(torch.bfloat16) for name, w in load_file(folder / ADAPTER_WEIGHTS).items()}
    save_file(weights, folder / ADAPTER_WEIGHTS)
    config = json.loads((folder / CONFIG).read_text())
    config["base_model_name_or_path"] = recipe.base
    config["target_modules"] = sorted(config["target_modules"])
    (folder / CONFIG).write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")


def _card(recipe: Recipe, base: Model, base_sha: str, rows: Rows, history: Sequence[dict], folder: Path) -> AdapterCard:
    shown = {"rewards/accuracies": "reward_accuracy", "rewards/margins": "reward_margin"}
    curve = [
        TrainingStep(
            step=h["step"], loss=float(h["loss"]), **{name: float(h[k]) for k, name in shown.items() if k in h}
        )
        for h in history
        if "loss" in h and "step" in h
    ]
    names = [name for c in recipe.criteria for name in sets_of(c, recipe.sets)]
    return AdapterCard(
        recipe=recipe,
        base_sha256=base_sha,
        weights_sha256=sha256_of(folder / ADAPTER_WEIGHTS),
        sets=names,
        labels=[PUBLIC_SETS[n].labels for n in names],
        licences=[PUBLIC_SETS[n].licence for n in names],
        lengths=rows.lengths._asdict(),
        curve=curve,
        packages={p: importlib.metadata.version(p) for p in _PACKAGES},
        date=datetime.now(UTC).date().isoformat(),
        licence=base.licence_line,
    )
