"""What can be found out about a model that somebody wants to add: a folder, a hub repository or a server's address."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from lib.domain import EndpointSource, HubSource, Model, TrilemmaError
from lib.files import DataProblem, field_faults, read_json
from lib.models.served import ServedModel, served_models

GUESSED_TOKENS = 4096  # that fit into a server's model, where nobody says
_TUNED = {"dpo", "ppo", "rlhf", "rlaif", "kto", "orpo", "grpo", "instruct", "it", "chat", "assistant", "aligned"}
_SFT, _BASE = {"sft"}, {"base", "pt", "pretrained"}
# What a file's name says of how its weights are packed, as in `-Q4_K_M.gguf`.
_PACKED = re.compile(r"([.-](i?q\d\w*|b?f16|fp16|f32))?(\.gguf)?$", re.IGNORECASE)
_ENDPOINT = TypeAdapter(EndpointSource)


class Found(NamedTuple):
    """An entry of the registry as far as it could be filled.

    `guessed`: the fields that rest on the name alone, for somebody to confirm; `notes`: what could not be looked up;
    `served`: the models that a server lists.
    """

    entry: Mapping[str, Any]
    guessed: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    served: tuple[ServedModel, ...] = ()


def found(what: str, models: Sequence[Model], served: str = "", key: str = "") -> Found:
    """`what`: a folder, `owner/name` of the Hugging Face hub or its address, or that of an OpenAI-compatible server.

    `served`: which of the server's models, by its name there; `key`: the environment variable of its key. Raises
    TrilemmaError where nothing of the kind is there.
    """
    what = what.strip()
    if hub := re.fullmatch(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+)/?", what):
        return _hub(hub[1], models)
    if re.match(r"https?://", what):
        return _server(what, models, served.strip(), key.strip())
    if (path := Path(what).expanduser()).exists():
        return _folder(path.resolve(), models)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", what):
        return _hub(what, models)
    raise TrilemmaError(
        f"{what!r} is no folder on this computer, no model of the hub (owner/name) and no address (http://...)."
    )


# ---- the three places -------------------------------------------------------------------------


def _folder(path: Path, models: Sequence[Model]) -> Found:
    if path.suffix == ".gguf" or list(path.glob("*.gguf")):
        raise TrilemmaError(
            f"{path} is a GGUF file. Serve it, with `llama-server -m FILE --port 8080` for instance, and add the"
            " server's address, http://localhost:8080/v1"
        )
    if not path.is_dir() or not (path / "config.json").exists():
        adapter = (path / "adapter_config.json").exists()
        why = "it holds an adapter: merge it into its base first" if adapter else "it has no config.json"
        raise TrilemmaError(f"{path} is not a folder that transformers can load: {why}.")
    if not list(path.glob("*.safetensors")):
        raise TrilemmaError(f"{path} has no safetensors file. Other formats, which can hold code, are not loaded.")
    card = _front_matter(path / "README.md")
    return _with_weights(path.name, {"kind": "folder", "path": str(path)}, _settings(path), card, models)


def _settings(path: Path) -> dict[str, Any]:
    """config.json, with whether there is a chat template."""
    try:
        config = read_json(path / "config.json", dict[str, Any])
        tokenizer = path / "tokenizer_config.json"
        chat = tokenizer.exists() and bool(read_json(tokenizer, dict[str, Any]).get("chat_template"))
    except DataProblem as fault:
        raise TrilemmaError(f"{path}: {fault}") from fault
    return {**config, "chat": chat or (path / "chat_template.jinja").exists()}


def _front_matter(readme: Path) -> dict[str, Any]:
    """What a model card says at its head; nothing where it can't be read."""
    import yaml

    try:
        head = re.match(r"---\n(.*?)\n---\n", readme.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
        said = yaml.safe_load(head[1]) if head else {}
    except (OSError, yaml.YAMLError):
        return {}
    return said if isinstance(said, dict) else {}


def _hub(repo: str, models: Sequence[Model]) -> Found:
    import httpx2
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import LocalEntryNotFoundError

    name = repo.split("/")[1]
    source: dict[str, Any] = {"kind": "hub", "repo": repo}
    try:
        told = HfApi().model_info(repo, timeout=15)
        source["revision"] = told.sha
        here = {s.rfilename for s in told.siblings or ()}
        files = [hf_hub_download(repo, f, revision=told.sha) for f in ("config.json",) if f in here]
        settings: dict[str, Any] = read_json(Path(files[0]), dict[str, Any]) if files else {}
        settings["chat"] = "chat_template.jinja" in here or bool(
            ((told.config or {}).get("tokenizer_config") or {}).get("chat_template")
        )
        if here and not any(f.endswith(".safetensors") for f in here):
            raise TrilemmaError(f"{repo} has no safetensors file. Other formats, which can hold code, are not loaded.")
        card = told.card_data.to_dict() if told.card_data else {}
        return _with_weights(name, source, settings, card, models)
    except (HfHubHTTPError, httpx2.HTTPError, LocalEntryNotFoundError, OSError, DataProblem) as fault:
        note = f"The hub told nothing of {repo} ({type(fault).__name__}): what it would say is asked of you."
        found = _with_weights(name, source, {}, {}, models)
        kept = {k: v for k, v in found.entry.items() if k != "context_tokens"}
        return found._replace(entry=kept, notes=(note,), guessed=found.guessed | {"template"})


def _with_weights(
    name: str, source: Mapping[str, Any], config: Mapping[str, Any], card: Mapping[str, Any], models: Sequence[Model]
) -> Found:
    """An entry from a model's own settings and its card."""
    text = config.get("text_config") if isinstance(config.get("text_config"), dict) else {}
    context = config.get("max_position_embeddings") or (text or {}).get("max_position_embeddings")
    entry = _named(name, models, str(card.get("base_model") or ""))
    entry |= {"template": "chat" if config.get("chat") else "dialogue", "source": dict(source)}
    if isinstance(context, int) and context >= 256:
        entry["context_tokens"] = context
    licence = card.get("license_name") or card.get("license")
    if isinstance(licence, str):
        entry["licence"] = licence
    if source["kind"] == "hub":
        entry["licence_url"] = f"https://huggingface.co/{source['repo']}"
    return Found(entry, frozenset({"family", "stage", "base_id"} & entry.keys()))


def _server(url: str, models: Sequence[Model], served: str, key: str) -> Found:
    url = re.sub(r"/(chat/)?completions/?$", "", url).rstrip("/")
    if not urlsplit(url).path:
        url += "/v1"
    source = {"kind": "endpoint", "url": url, "model": served or "?"} | ({"key": key} if key else {})
    try:
        checked = _ENDPOINT.validate_python({k: v for k, v in source.items() if k != "kind"})
    except ValidationError as fault:
        raise TrilemmaError("; ".join(map(str, field_faults(fault)))) from fault
    notes: tuple[str, ...] = ()
    try:
        listed = tuple(served_models(checked))
    except TrilemmaError as fault:
        if not served:
            raise TrilemmaError(f"{fault} If it gives no list of its models, name the one you want.") from fault
        listed, notes = (), (str(fault),)
    if not served and len(listed) == 1:
        served = listed[0].name
    if not served:
        return Found({"source": source}, served=listed)
    name = _PACKED.sub("", served.rstrip("/").rsplit("/", 1)[-1])
    entry = _named(name, models, "")
    context = next((m.context_tokens for m in listed if m.name == served and m.context_tokens), None)
    entry |= {"context_tokens": context or GUESSED_TOKENS, "source": {**source, "model": served}}
    entry["template"] = "dialogue" if entry.get("stage") == "base" else "chat"
    guessed = {"family", "stage", "base_id", "template"} & entry.keys() | (set() if context else {"context_tokens"})
    return Found(entry, frozenset(guessed), notes, listed)


# ---- from a name ------------------------------------------------------------------------------


def _named(name: str, models: Sequence[Model], base_repo: str) -> dict[str, Any]:
    """What a model's name says: id, label, family, stage and, among the models known, its base."""
    own_id = free_id(name, models)
    words = set(re.split("[-.]", own_id))
    entry: dict[str, Any] = {"id": own_id, "label": _free_label(name.replace("_", " ").replace("-", " "), models)}
    stage = next((s for s, ws in (("preference", _TUNED), ("sft", _SFT), ("base", _BASE)) if words & ws), None)
    if stage:
        entry["stage"] = stage
    base = _base(own_id, models, base_repo) if stage != "base" else None
    entry["family"] = base.family if base else _family(own_id)
    if base and stage:
        entry["base_id"] = base.id
    return entry


def slug(name: str) -> str:
    """A name as an id."""
    return re.sub(r"[.-]*-[.-]*", "-", re.sub(r"[^a-z0-9.]+", "-", name.lower())).strip("-.") or "model"


def free_id(name: str, models: Sequence[Model]) -> str:
    """The name as an id that no model has."""
    taken, own = {m.id for m in models}, slug(name)
    return next(i for i in (own, *(f"{own}-{k}" for k in range(2, len(taken) + 3))) if i not in taken)


def _free_label(label: str, models: Sequence[Model]) -> str:
    taken = {m.label for m in models}
    return next(x for x in (label, *(f"{label} ({k})" for k in range(2, len(taken) + 3))) if x not in taken)


def _family(own_id: str) -> str:
    """The name and its generation: `llama-3.1` of `llama-3.1-8b-instruct`."""
    named = re.match(r"[a-z]+(?:[\d.]+(?![\d.]*[bm]\b)|-[\d.]+(?![\d.]*[bm](?:-|$)))?", own_id)
    return named[0].rstrip("-.") if named else own_id


def _base(own_id: str, models: Sequence[Model], repo: str) -> Model | None:
    """The base that the card names, or the one whose id is this one without the words of a tuning."""
    bases = [m for m in models if m.stage == "base"]
    by_card = [m for m in bases if repo and isinstance(m.source, HubSource) and m.source.repo == repo]
    core = _core(own_id)
    return next(iter([*by_card, *(m for m in bases if _core(m.id) == core)]), None)


def _core(own_id: str) -> str:
    drop = _TUNED | _SFT | _BASE | {"hub", "hh"}
    return "-".join(w for w in own_id.split("-") if w not in drop)


def base_choices(models: Sequence[Model], family: str) -> list[Model]:
    """The models that a tuned one of a family may name as its base."""
    return [m for m in models if m.stage == "base" and m.family == family]
