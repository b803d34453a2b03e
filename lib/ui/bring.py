"""The walk of an import on the page: files in, read beside the collections, previewed, kept or forgotten."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from lib.collections import uploads
from lib.collections.mappings import remember, remembered
from lib.collections.records import name_of
from lib.collections.staging import Choice, Staged, discard, keep, stage
from lib.collections.uploads import Given
from lib.domain import TrilemmaError
from lib.formats.items import NoAnswers
from lib.formats.recognise import Recognised, recognised
from lib.formats.sources import Source
from lib.paths import paths
from lib.ui import collected
from lib.ui import collections_import as preview

_READ, _STOPPED, _MAPPED, _ROUND = "collections_read", "collections_stopped", "collections_mapped", "collections_round"


def section(folded: bool) -> str | None:
    """Everything about bringing files; the name of a collection that was just kept."""
    if told := st.session_state.pop("collections_kept", None):
        st.toast(f"Kept as {told}.", icon=":material/bookmark_added:")
        return told
    with st.expander("Bring answers", icon=":material/upload_file:", expanded=not folded):
        brought = preview.files(
            uploads.MOST_MEGABYTES, uploads.pickable(paths()), "data/local/imports", st.session_state.get(_ROUND, 0)
        )
        if not brought.sent and not brought.picked:
            _forget()
            return None
        try:
            given = [
                *uploads.picked(paths(), brought.picked),
                *(uploads.laid(paths(), brought.sent) if brought.sent else ()),
            ]
            _read(given)
        except NoAnswers as fault:
            preview.refused_table(fault)
        except TrilemmaError as fault:
            preview.refused(str(fault))
    return None


def _forget() -> None:
    """Remove what was read and isn't kept."""
    if staged := st.session_state.pop(_READ, {}).get("staged"):
        discard(staged)
    for key in (_STOPPED, _MAPPED):
        st.session_state.pop(key, None)


def _read(given: list[Given]) -> None:
    suggested = name_of(given[0].name.split("__")[-1].rsplit(".", 1)[0])
    name, model = preview.naming(suggested)
    mapped: Mapping[str, Choice] = st.session_state.get(_MAPPED, {})
    files = [recognised(Source(g.path, g.name)) for g in given]
    choices = [_choice(f, mapped.get(g.name), model) for f, g in zip(files, given, strict=True)]
    key = (tuple(g.name + str(g.path) for g in given), str(choices), name)
    before = st.session_state.get(_READ, {})
    if before.get("key") != key:
        _forget_staged(before)
        if st.session_state.get(_STOPPED) == key:
            st.info("Stopped. Nothing was kept.", icon=":material/stop_circle:")
            st.button("Read the files", key="collections_again", on_click=partial(st.session_state.pop, _STOPPED, None))
            return
        preview.reading(partial(_stage, given, name_of(name), choices, key), partial(_stop, key))
    staged: Staged = st.session_state[_READ]["staged"]
    preview.preview(staged.collection)
    for file, g in zip(files, given, strict=True):
        if file.mapping is not None:
            _map(file, g.name, staged)
    _decide(staged, name, files)


def _choice(file: Recognised, mapped: Choice | None, model: str) -> Choice:
    """How a file is read: as the visitor mapped it, or as files with the same columns were before."""
    known = remembered(paths(), file.columns) if file.mapping is not None else None
    return (mapped or Choice(known))._replace(model=model)


def _stage(given: list[Given], name: str, choices: list[Choice], key: Any, tell: Callable[[float, str], None]) -> None:
    staged = stage(paths(), given, name, choices, tell)
    st.session_state[_READ] = {"key": key, "staged": staged}


def _stop(key: Any) -> None:
    st.session_state[_STOPPED] = key


def _forget_staged(before: Mapping[str, Any]) -> None:
    if staged := before.get("staged"):
        discard(staged)
    st.session_state.pop(_READ, None)


def _map(file: Recognised, name: str, staged: Staged) -> None:
    used = next((f.mapping for f in staged.collection.files if f.name == name and f.mapping), file.mapping)
    assert used is not None
    if found := preview.columns(name, file.columns, used, file.source.kind == "table"):
        mapping, delimiter = found
        st.session_state[_MAPPED] = {**st.session_state.get(_MAPPED, {}), name: Choice(mapping, delimiter)}
        st.rerun()


def _decide(staged: Staged, name: str, files: list[Recognised]) -> None:
    left, right = st.columns(2)
    if right.button("Discard", key="collections_discard", icon=":material/close:", width="stretch"):
        _forget()
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()
    if not left.button(
        "Keep as a collection", key="collections_keep", type="primary", icon=":material/bookmark_add:", width="stretch"
    ):
        return
    keep(paths(), staged)
    for file in files:
        used = next((f.mapping for f in staged.collection.files if f.name == file.source.name), None)
        if file.mapping is not None and used is not None and used != file.mapping:
            remember(paths(), file.columns, used)
    uploads.forget([Given(f.source.path, f.source.name) for f in files])
    st.session_state.pop(_READ, None)
    st.session_state["collections_kept"] = staged.collection.name
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    collected.forget()
    st.rerun()
