"""The parts of the page that adds a model: look it up, fill in what is missing, add it, take one out."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

import streamlit as st

from lib.domain import DisclosureStatus, EndpointSource, Model, Stage, TemplateName
from lib.models.asking import comes_next
from lib.models.found import Found, base_choices
from lib.models.registry import INGREDIENTS, NOT_STATED
from lib.ui import words

_NO_BASE = "none, or not in the list"
_HOW = """
| what you have | what to enter |
|---|---|
| a folder in the format of transformers (safetensors) | its path, `/home/me/models/phi-2-dpo` |
| a model of the Hugging Face hub | `owner/name` or its address |
| a server: Ollama, llama.cpp, vLLM, OpenAI | its address, `http://localhost:11434/v1` |
"""


def introduction() -> None:
    st.markdown(
        "A model on this computer, on the Hugging Face hub, or behind a server that speaks OpenAI's protocol. What can"
        " be found out is filled in; you say the rest. What its makers disclose may stay *not stated*."
    )


def at_this_computer() -> bool:
    """Whether the visitor sits at the computer that the app runs on: an entry names its folders and its keys."""
    return st.context.ip_address is None


def elsewhere() -> None:
    st.info(
        "Models are added at the computer that runs Trilemma, since an entry may name its folders and keys. There, open"
        " this page at `http://localhost:8501`, or use a terminal:",
        icon=":material/lock:",
    )
    st.code("python -m lib add-model FOLDER|OWNER/NAME|URL", language="bash")


def fault(message: str) -> None:
    st.error(words.escaped(message).replace("\n", "\n\n"), icon=":material/error:")


class LookUp(NamedTuple):
    """What is looked up: the place, and of a server which model and the variable that holds its key."""

    what: str
    served: str
    key: str


def look_up() -> LookUp | None:
    """What the visitor wants looked up now."""
    with st.form("add_look_up", border=False):
        what = st.text_input("Folder, hub model or address", key="add_what", placeholder="http://localhost:11434/v1")
        with st.expander("A server that asks for a key, or gives no list of its models", icon=":material/key:"):
            left, right = st.columns(2)
            key = left.text_input(
                "Environment variable that holds the key",
                key="add_key",
                placeholder="OPENAI_API_KEY",
                help="Its name, never the key itself: the key stays in the environment that the app was started in.",
            )
            served = right.text_input("Model, as the server calls it", key="add_served", placeholder="llama3.2:1b")
        with st.expander("What can I enter here?", icon=":material/help:"):
            st.markdown(_HOW)
        pressed = st.form_submit_button("Look it up", type="primary", icon=":material/search:")
    if not pressed:
        return None
    if not what.strip():
        fault("Nothing is written there. Write a folder, owner/name or an address first.")
        return None
    return LookUp(what, served, key)


def choose_served(at_hand: Found) -> None:
    """A server with several models: the choice is looked up in turn."""
    if not at_hand.served:
        st.warning("The server lists no model. Write which one you want, under the address.", icon=":material/help:")
        return
    st.markdown(f"The server has {len(at_hand.served)} models. Which one?")
    st.dataframe([{"model": m.name, "tokens it takes": m.context_tokens} for m in at_hand.served], hide_index=True)
    st.caption(
        "Write its name under *A server that asks for a key, or gives no list of its models* and look it up again."
    )


def fields(at_hand: Found, models: Sequence[Model]) -> dict[str, Any] | None:
    """The form of an entry, filled as far as possible; what it holds once the visitor adds it."""
    entry = at_hand.entry
    for note in at_hand.notes:
        st.warning(words.escaped(note), icon=":material/help:")
    st.subheader("What it is", anchor=False)
    source = entry["source"]
    if source["kind"] == "endpoint":
        st.warning(f"What you put to this model {words.goes_to(_endpoint(source))}.", icon=":material/cloud_upload:")
    if at_hand.guessed:
        st.caption(
            "Guessed from the name, so please check: " + ", ".join(_LABELS[n] for n in sorted(at_hand.guessed)) + "."
        )
    with st.form("add_entry"):
        said = _main_fields(entry, models)
        with st.expander("Licence and what its makers disclose (optional)", icon=":material/policy:"):
            said |= _optional_fields(entry)
        pressed = st.form_submit_button("Add it", type="primary", icon=":material/add:")
    return {k: v for k, v in said.items() if v not in ("", None)} if pressed else None


_LABELS = {
    "id": "id",
    "label": "name",
    "family": "family",
    "stage": "what was done to it",
    "base_id": "base",
    "template": "how it is addressed",
    "context_tokens": "tokens that it takes",
}


def _endpoint(source: Mapping[str, Any]) -> EndpointSource:
    return EndpointSource(**{k: v for k, v in source.items() if k != "kind"})


def _main_fields(entry: Mapping[str, Any], models: Sequence[Model]) -> dict[str, Any]:
    left, right = st.columns(2)
    said: dict[str, Any] = {
        "label": left.text_input("Name on the screen", entry.get("label", ""), key="add_label"),
        "id": right.text_input("Id, for commands", entry.get("id", ""), key="add_id"),
    }
    stages = list(get_args(Stage))
    said["stage"] = left.selectbox(
        "What was done to it",
        stages,
        index=stages.index(entry["stage"]) if "stage" in entry else None,
        format_func=words.STAGE.__getitem__,
        placeholder="please choose",
        key="add_stage",
    )
    family = entry.get("family", "")
    said["family"] = right.text_input("Family", family, key="add_family", help="A tuned model shares it with its base.")
    bases = {m.id: m for m in [*base_choices(models, family), *(m for m in models if m.stage == "base")]}
    names = [None, *bases]
    base = left.selectbox(
        "Tuned from",
        names,
        index=names.index(entry.get("base_id")) if entry.get("base_id") in bases else 0,
        format_func=lambda i: bases[i].label if i else _NO_BASE,
        key="add_base",
        help="With its base it forms a pair, and what tuning changed can be measured.",
    )
    said["base_id"] = base
    templates = list(get_args(TemplateName))
    said["template"] = right.selectbox(
        "How it is addressed",
        templates,
        index=templates.index(entry.get("template", "chat")),
        format_func=words.TEMPLATE.__getitem__,
        key="add_template",
    )
    said["context_tokens"] = left.number_input(
        "Tokens that it takes", 256, 10_000_000, entry.get("context_tokens", 2048), key="add_context"
    )
    return said


def _optional_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    left, right = st.columns(2)
    said: dict[str, Any] = {
        "licence": left.text_input("Licence", entry.get("licence", ""), key="add_licence", placeholder=NOT_STATED),
        "licence_url": right.text_input("Where the licence is", entry.get("licence_url", ""), key="add_licence_url"),
        "tuning": st.text_input("What made it, in a sentence", key="add_tuning", placeholder=NOT_STATED),
    }
    told = {}
    for about in INGREDIENTS:
        a, b, c = st.columns([1, 2, 2])
        statuses = [NOT_STATED, *get_args(DisclosureStatus)]
        status = a.selectbox(about.capitalize(), statuses, key=f"add_{about}_status")
        note = b.text_input("What they say", key=f"add_{about}_note")
        source = c.text_input("Where (address)", key=f"add_{about}_source")
        if status != NOT_STATED:
            told[about] = {"status": status, "note": note, "source": source}
    return {**said, "disclosures": told}


def added(model: Model) -> None:
    st.success(f"Added: **{words.escaped(model.label)}**.", icon=":material/check:")
    st.caption("Next")
    st.code(comes_next(model).split(": ", 1)[1], language="bash")
    if isinstance(model.source, EndpointSource):
        st.page_link("pages/live.py", label="Ask it on the page Live", icon=":material/play_circle:")


def own_models(ids: Sequence[str], models: Mapping[str, Model]) -> str | None:
    """The entries added here, each with a button that takes it out; the id of the one just pressed."""
    if not ids:
        return None
    st.subheader("Added here", anchor=False)
    gone = None
    for model_id in ids:
        left, right = st.columns([4, 1], vertical_alignment="center")
        model = models.get(model_id)
        label = (
            f"**{words.escaped(model.label)}** {words.place(model, True)}" if model else "Left out: see the page Models"
        )
        left.markdown(f"{label} · {words.escaped(model_id)}")
        if right.button("Take out", key=f"add_remove_{model_id}", icon=":material/delete:"):
            gone = model_id
    return gone
