"""Renderers over one domain object each. Stored and live answers share `response_card`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from lib.domain import CRITERIA, Check, EndpointSource, Features, Model, Prompt, Response, Run, Score, Span
from lib.measures.likelihood import Summary
from lib.scoring.checks import Verdict, decide
from lib.scoring.content import unsettling
from lib.scoring.features import FEATURES, features
from lib.text import MAX_SHOWN, marked_block
from lib.ui import words
from lib.ui.value_bar import value_bar

DECISIVE = "check"  # the mark of words that decided a check
_STATUS = {
    "incoherent": "not scored: not readable as language",
    "unscored": "not scored",
    "not_applicable": "does not apply",
}
_PROBABILITY = (
    "A score is a probability: of 100 answers like this, how many did our labeller find at least partly helpful,"
    " harmless or honest? In brackets: the middle 90% of what the scorer says when trained on other draws of the"
    " labels. "
)


def page_style() -> None:
    """The style sheet. Comes first on every page.

    Where the first visitor after a start comes by a link to a page, Streamlit takes `pages/` for its older kind of app
    and leaves out app.py, until `st.navigation` has run once: then the page is run again, this time by way of app.py.
    """
    if PagesManager.uses_pages_directory and "page_rerouted" not in st.session_state:
        PagesManager.uses_pages_directory = False
        st.session_state["page_rerouted"] = True
        st.rerun()
    st.html(Path(__file__).with_name("style.css"))


def side_by_side(count: int, most: int = 4) -> list:
    """So many bordered columns, at most `most` beside each other."""
    rows = -(-count // most)
    sizes = [count // rows + (k < count % rows) for k in range(rows)]
    return [column for size in sizes for column in st.columns(size, border=True)]


def model_head(model: Model) -> None:
    behind = f" {words.place(model, True)}" if isinstance(model.source, EndpointSource) else ""
    st.markdown(f"**{words.escaped(model.label)}**{behind}  \n:small[:gray[{words.escaped(words.model_line(model))}]]")


def response_card(
    response: Response,
    prompt: Prompt,
    run: Run | None,
    marks: bool = True,
    checks: Sequence[Check] = (),
    earned: Collection[tuple[str, str]] = frozenset(),
    place: str = "",
) -> None:
    """An answer with what was checked in it, its marks and, one click away, the exact prompt and the run.

    `earned`: (scorer, criterion) of the scores that have earned a place on a card; `place`: where on the page it
    stands, if the same answer stands at several.
    """
    if response.error:
        st.error(("" if response.text else "No answer was generated. ") + words.escaped(response.error))
    facts = [] if response.finish in {"end", "unstated"} else [words.FINISH[response.finish]]
    if response.text is not None:
        read = response.text[:MAX_SHOWN]  # of a longer one neither marks nor checks go beyond what is shown
        found = features(read, prompt.user_view, prompt.language)
        checked_text(response, prompt, checks, found if marks else None)
        facts.append(f"{found.words} words" + (" in what is shown" if len(read) < len(response.text) else ""))
        if found.repetition > 0:
            facts[-1] += f", {found.repetition:.0%} of it repeated"
        if marks and not found.applicable:
            facts.append("marked features: not applicable (checked in English only)")
    if response.scores:
        facts += _scores(response.scores, earned)
    elif response.text is not None and run is not None:
        facts.append("No scores are stored for this answer.")
    st.caption(" · ".join(facts))
    key = f"details{place}_{response.run_id}_{response.prompt_id}_{response.sample}"
    if st.button("Details", key=key, type="tertiary", icon=":material/info:", help="Why, the exact prompt, the run."):
        _details(response, run, earned)


@st.dialog("About this answer", width="large")
def _details(response: Response, run: Run | None, earned: Collection[tuple[str, str]]) -> None:
    """Why it has these scores, the exact text put to the model, and the run."""
    if shown := _shown(response.scores, earned):
        scorer = response.scores[0].scorer
        st.markdown(f"**Why these scores** (by {scorer})")
        for score in shown:
            value = "" if score.value is None or score.aspect in CRITERIA else f" ({_measured(score)})"
            st.text(f"{score.aspect}{value}: {score.reason}")
        st.caption(f"{_PROBABILITY if scorer.startswith('heads-') else ''}{words.scored_how(scorer)}")
        st.page_link("pages/trust.py", label="How far to trust it", icon=":material/verified:")
    if response.tokens or response.finish != "unstated":
        st.caption(f"{words.FINISH[response.finish]} · {response.tokens} tokens")
    _provenance(response, run)


def _shown(scores: Sequence[Score], earned: Collection[tuple[str, str]]) -> list[Score]:
    """Those that may stand on a card: of a criterion only where it has earned its place."""
    return [s for s in scores if s.aspect not in CRITERIA or (s.scorer, s.aspect) in earned]


def checked_text(response: Response, prompt: Prompt, checks: Sequence[Check], found: Features | None) -> None:
    """An answer's text with its marks, and what each check says of it; without `found` nothing is marked."""
    text = response.text or ""
    verdicts = dict(zip(checks, decide(checks, text[:MAX_SHOWN], prompt.language, response.judged), strict=True))
    decisive = [s._replace(feature=DECISIVE) for v in verdicts.values() for s in v.spans]
    shown = found or Features(), decisive if found else []
    if kind := unsettling(text[:MAX_SHOWN]):
        with st.expander(f"Folded: words of {kind}", icon=":material/visibility_off:"):
            _text(text, *shown)
    else:
        _text(text, *shown)
    _verdicts(verdicts)


def _verdicts(verdicts: Mapping[Check, Verdict]) -> None:
    """What each check says of an answer: ticked, crossed, or that it can't tell and why."""
    lines = []
    for check, verdict in verdicts.items():
        label = words.escaped(check.label) + (" (judged by a larger model)" if check.statement else "")
        if verdict.says is None:
            lines.append(f":gray[:material/question_mark: {label}: can't tell ({verdict.reason})]")
        elif verdict.says:
            colour = "green" if check.sign == "for" else "orange"
            lines.append(f":{colour}[:material/check: **{label}**]")
        else:
            lines.append(f":gray[:material/close: {label}]")
    if lines:
        st.markdown("  \n".join(lines))


def _text(text: str, found: Features, decisive: Sequence[Span]) -> None:
    """The text with its marks, and what each mark means."""
    if not text.strip():
        st.html('<div class="tri-empty">(The model wrote nothing.)</div>')
        return
    labels = {k: f.label for k, f in FEATURES.items()} | {DECISIVE: "decided a check"}
    st.html(marked_block(text, [*decisive, *found.spans], labels))
    counts = {name: count for name, count in found.counts.items() if count}
    if decisive:
        counts = {DECISIVE: len(decisive)} | counts
    legend = [
        f'<span><mark class="tri-mark tri-{name}">{labels[name]}</mark> {count}</span>'
        for name, count in counts.items()
    ]
    if legend:
        st.html(f'<div class="tri-legend">{"".join(legend)}</div>')


def _scores(scores: Sequence[Score], earned: Collection[tuple[str, str]]) -> list[str]:
    """A bar for each criterion whose score has earned its place; what else is known, in words."""
    shown = _shown(scores, earned)
    for score in shown:
        if score.aspect in CRITERIA:
            _criterion(score)
    said = [_feature(s) for s in shown if s.aspect not in CRITERIA and s.value is not None]
    if absent := [s.aspect for s in scores if s.aspect in CRITERIA and s not in shown]:
        said.append(f"No trustworthy score for {', '.join(absent)}: [why](trust)")
    return said


def _criterion(score: Score) -> None:
    if score.value is None:
        told = "no score: too uncertain" if score.low is not None else _STATUS[score.status]
        st.caption(f"{score.aspect} — {told}")
    else:
        value_bar(score)


def _feature(score: Score) -> str:
    if score.aspect == "refusal":
        if score.label == "premise":
            return words.REFUSAL["premise"]
        return words.REFUSAL[score.label or "none"]
    return f"{'personal' if (score.value or 0) > 0 else 'impersonal'} tone"


def _measured(score: Score) -> str:
    return f"probability {score.value:.2f}" if score.aspect == "refusal" else f"HumT {score.value:+.1f}"


def checks_table(answers: Mapping[str, Sequence[Response]], checks: Sequence[Check], prompt: Prompt) -> None:
    """In how many of each model's answers each check says yes, of those that could be decided."""

    def cell(said: Sequence[bool | None]) -> str:
        known = [s for s in said if s is not None]
        return f"{sum(known)} of {len(known)}" if known else "can't tell"

    rows = []
    for label, mine in answers.items():
        found = [[v.says for v in decide(checks, r.text or "", prompt.language, r.judged)] for r in mine]
        rows.append({"model": label, **{c.label: cell([each[k] for each in found]) for k, c in enumerate(checks)}})
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="What the checks say of each model's answers")


def means(
    summaries: Mapping[str, Sequence[Summary]], earned: Collection[tuple[str, str]], scorer: str | None = None
) -> None:
    """The means of the scores that have earned a place; nothing where none has."""
    allowed = {criterion for name, criterion in earned if scorer in (None, name)}
    kept = {label: [s for s in each if s.criterion in allowed] for label, each in summaries.items()}
    if any(kept.values()):
        st.markdown("**Scores over all samples of this prompt**")
        summary_table(kept, scorer)


def _provenance(response: Response, run: Run | None) -> None:
    st.caption("The exact text put to the model")
    st.code(
        response.rendered, language=None, wrap_lines=True, height=240 if len(response.rendered) > 600 else "content"
    )
    if run is not None:
        st.caption("The run")
        st.dataframe(run_table(run, response), hide_index=True, alt="Settings of the run")


def run_table(run: Run, response: Response) -> pd.DataFrame:
    """A run and the place of an answer in it, as (what, value) rows of text."""
    flat = {
        "run": run.id,
        **({"batch": response.batch} if response.batch else {}),
        **({"note": run.note} if run.note else {}),
        "date": response.date or run.date,
        "template": words.TEMPLATE.get(run.template, run.template),
        **(asdict(run.settings) if run.settings else {}),
        "weights sha256 or revision": run.model_sha256,
        "number format": run.dtype,
        "machine": run.machine,
        **run.packages,
    }
    return pd.DataFrame({"what": list(flat), "value": [str(v) for v in flat.values()]})


def summary_table(summaries: Mapping[str, Sequence[Summary]], scorer: str | None = None) -> None:
    """Mean scores of one scorer: one row a model, one column a criterion, each with its range and n of m.

    Without a scorer's name they are those that a live answer gets.
    """

    def cell(s: Summary) -> str:
        if s.mean is None:
            return f"— (0 of {s.total} scored)"
        return f"{s.mean:.2f} ({s.low:.2f}–{s.high:.2f}; {s.scored} of {s.total})"

    frame = pd.DataFrame(
        [{"model": label, **{s.criterion: cell(s) for s in each}} for label, each in summaries.items()]
    )
    st.dataframe(frame, hide_index=True, alt="Mean score of each model on each criterion, with range and number scored")
    by = f"Scorer: {scorer}. {words.scored_how(scorer)}" if scorer else words.SCORED_HOW
    st.caption(
        f"Mean (lowest–highest; scored of all samples). {by} With so few samples a difference between two rows may"
        " well be chance."
    )
