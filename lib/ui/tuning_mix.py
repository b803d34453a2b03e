"""The dials of the tuning lab: a case's prompt, three weights, and the mix of tunings at work."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from lib.domain import CRITERIA, CaseStudy, Model, Prompt
from lib.models.weights import install_command
from lib.store.library import CaseRow
from lib.text import text_block
from lib.tuning.mix import Mixable, Position, as_rows
from lib.ui import address, pickers
from lib.ui import case as case_view
from lib.ui import job as job_view
from lib.worker.client import Client
from lib.worker.job import Job

_LONGEST_PATH = 12


class Place(NamedTuple):
    """Where the visitor stands: the adapters that are mixed, the prompt, and the dials in the order of the criteria."""

    family: Mixable
    prompt: Prompt
    dials: tuple[float, ...]


def usable(rows: Sequence[CaseRow], family: Mixable, models: Mapping[str, Model]) -> bool:
    """Whether there is all that the dials need; says what is missing."""
    missing = [c for c in CRITERIA if c not in family.tuned]
    if not rows:
        st.info("The dials need a case, and no case is installed.", icon=":material/search_off:")
    elif family.base not in models:
        st.info(
            f"The dials need the base model of these adapters, {family.base}, which `data/models.toml` doesn't list.",
            icon=":material/hourglass_empty:",
        )
    elif missing:
        st.info(
            f"The dials need an adapter for each criterion. Missing: {', '.join(missing)}.",
            icon=":material/hourglass_empty:",
        )
    return bool(rows) and family.base in models and not missing


def introduction(family: Mixable) -> None:
    start = "the start" if family.start == family.base else "the SFT model"
    st.markdown(
        f"Each dial adds one tuning to {start}: 0 adds none of it, 1 adds all of it. What is mixed is the weights, not"
        " the answers (*rewarded soups*, Rame et al. 2023, [arXiv 2306.04488](https://arxiv.org/abs/2306.04488))."
        " If the dials add up to more than 1, the mix is no longer an average of tunings: it goes further than any"
        " model that was trained or checked for readability. Move a dial and the mix answers again."
    )


def case_id(rows: Sequence[CaseRow]) -> str:
    """The id of the chosen case."""
    return address.select_known("Case", {r.id: r.title for r in rows}, "tuning_case")


def prompt(study: CaseStudy) -> Prompt:
    chosen = pickers.prompt(study, key="tuning_prompt")
    if study.sensitivity == "signposted":
        case_view.unedited_warning()
    case_view.prompt_text(chosen, study.needs_native_review)
    return chosen


def dials() -> tuple[float, ...]:
    """Where the dials stand, in the order of the criteria."""
    columns = st.columns(len(CRITERIA))
    return tuple(
        round(
            column.slider(
                criterion, 0.0, 1.0, 0.0, 0.1, key=f"tuning_w_{criterion}", bind="query-params", on_change=_moved
            ),
            1,
        )
        for column, criterion in zip(columns, CRITERIA, strict=True)
    )


def _moved() -> None:
    st.session_state["tuning_moved"] = True


def missing_base(base: Model) -> None:
    st.info(
        f"**{base.label}** is not on this computer, so there is nothing to mix. To get it, run this in a terminal, in"
        " the project's folder:"
    )
    st.code(install_command(base), language="bash")


def path(place: Place) -> list[Position]:
    """The positions at which a mix of these adapters has answered this prompt, in the order asked."""
    return [p for p in _everywhere() if _on_path(p, place)]


def _everywhere() -> list[Position]:
    return st.session_state.get("tuning_path", [])


def _on_path(position: Position, place: Place) -> bool:
    return (position.family, position.prompt_id) == (place.family, place.prompt.id)


def stop_unseen(client: Client, place: Place) -> None:
    """Another place is shown: an answer under way would go unseen and hold up the queue."""
    if "tuning_job" in st.session_state and st.session_state["tuning_asked"] != place:
        client.cancel(st.session_state.pop("tuning_job"))


def take_finished(study: CaseStudy, place: Place) -> None:
    """Adds the position of a finished job to the path."""
    job = st.session_state.get("tuning_job")
    if job is not None and job.state == "done" and job.logliks:
        (answer,) = next(iter(job.parts.values())).answers
        rows = as_rows(study, place.prompt, job.logliks)
        position = Position(place.family, place.prompt.id, place.dials, answer.text, answer.finish, rows)
        st.session_state["tuning_path"] = [*_everywhere(), position][-_LONGEST_PATH:]
        del st.session_state["tuning_job"]


def asked(place: Place, here: bool) -> bool:
    """The buttons; whether the mix is to answer at this position now. `here`: whether its base is installed."""
    known = any(p.dials == place.dials for p in path(place))
    with st.container(horizontal=True):
        pressed = st.button(
            "Ask this mix",
            key="tuning_ask",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not here or known,
            help="The mix has already answered at this position: see below." if known else None,
        )
        if st.button(
            "Clear this prompt's path", key="tuning_clear", icon=":material/ink_eraser:", disabled=not path(place)
        ):
            st.session_state["tuning_path"] = [p for p in _everywhere() if not _on_path(p, place)]
            st.rerun()
    return here and (pressed or st.session_state.pop("tuning_moved", False)) and not known


def begin(client: Client, job: Job, place: Place) -> None:
    """Watch this job from now on, in place of an earlier one."""
    if "tuning_job" in st.session_state:
        client.cancel(st.session_state["tuning_job"])
    st.session_state["tuning_job"], st.session_state["tuning_asked"] = job, place


def running(client: Client) -> None:
    """The mix at work, with a stop button, or why it did not answer."""
    job = st.session_state.get("tuning_job")
    if job is None:
        return
    (part,) = job.parts.values()

    def draw() -> None:
        with st.container(border=True):
            st.html(text_block(part.answers[0].text or "…"))

    if not job.over:
        job_view.watch(client, job, draw, "tuning")
    elif job.state == "failed":
        st.error(job.message, icon=":material/error:")
    else:
        st.warning("Stopped, so there is nothing to show. *Ask this mix* starts again.", icon=":material/stop_circle:")
