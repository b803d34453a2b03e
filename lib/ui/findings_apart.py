"""Opposed shifts: in which cases two criteria moved apart, as a forest, a triangle or a table."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from lib import charts
from lib.cases.shape import CLAIMS
from lib.domain import CRITERIA, Criterion, Model
from lib.findings.measures import SLOPES
from lib.findings.records import CaseShift, Comparison, Found
from lib.findings.told import Set
from lib.measures.stats import Interval
from lib.store.library import CaseRow
from lib.ui import cached, takeaway, theme, words
from lib.ui.findings import choose_tuning

_VERDICTS = ("supported", "possible", "not shown")
_SHOWN = 12  # cases in the forest until all are asked for


class Choice(NamedTuple):
    """Which tuning is looked at, and in which cases."""

    comparison: Comparison
    shifts: tuple[CaseShift, ...]  # the clearest first


def choose(found: Found, mine: Set, rows: Mapping[str, CaseRow], models: Mapping[str, Model]) -> Choice:
    comparison = choose_tuning(mine, models)
    left, right = st.columns(2)
    known = [s for s in found.shifts.shifts if s.comparison == comparison.key and s.case_id in rows]
    by_claim = {CLAIMS[c]: c for c in CLAIMS if c in {rows[s.case_id].claim for s in known}}
    claims = left.multiselect("Claim of the paper", list(by_claim), key="f_claim", bind="query-params")
    domains = right.multiselect(
        "Domain", sorted({rows[s.case_id].domain for s in known}), key="f_domain", bind="query-params"
    )
    kept = [
        s
        for s in known
        if (not claims or rows[s.case_id].claim in {by_claim[c] for c in claims})
        and (not domains or rows[s.case_id].domain in domains)
    ]
    return Choice(comparison, tuple(sorted(kept, key=_clearest_first)))


def _clearest_first(shift: CaseShift) -> tuple[int, float, str]:
    if shift.opposed is None:
        return len(_VERDICTS), 0.0, shift.case_id
    return _VERDICTS.index(shift.opposed.verdict), -shift.opposed.index, shift.case_id


def summary(choice: Choice) -> None:
    """How many cases came out as what, and which two criteria it was."""
    told = [s.opposed for s in choice.shifts if s.opposed]
    counted = {v: sum(o.verdict == v for o in told) for v in _VERDICTS}
    pairs = pd.Series([f"{o.up} up, {o.down} down" for o in told if o.verdict != "not shown"], dtype=str).value_counts()
    which = f" Where they do: {words.listed([f'{name} ({n})' for name, n in pairs.items()])}." if len(pairs) else ""
    better = sum(s.pareto == "better" for s in choice.shifts)
    worse = sum(s.pareto == "worse" for s in choice.shifts)
    st.markdown(
        f"Of **{len(told)}** cases with checks on two criteria, two moved apart: **{counted['supported']} supported**,"
        f" **{counted['possible']} possible**, {counted['not shown']} not shown.{which} Counter-evidence: in {better}"
        f" cases all that moved got better; in {worse} all that moved got worse."
    )


def favoured(found: Found, choice: Choice) -> None:
    """Which reference replies the tuning made likelier, over the library, and whether the answers followed."""
    shifts = [s for s in found.shifts.shifts if s.comparison == choice.comparison.key]
    changes = {c.measure: c for c in found.library.changes if c.comparison == choice.comparison.key}
    means = {c: change for c, named in SLOPES.items() if (change := changes.get(named.key))}
    if not means:
        held = sum(any(x.slope is not None for x in s.sides.values()) for s in shifts)
        st.caption(
            "Which kind of reply the model came to favour isn't known yet: likelihoods of the reference replies are"
            f" stored for {held} of {len(shifts)} cases. `python -m lib precompute --only likelihoods` makes the rest."
        )
        return
    told = [
        f"those rated {c} {_likelier(change.mean)} ({change.mean.value:+.2f}, {change.mean.low:+.2f} to"
        f" {change.mean.high:+.2f})"
        for c, change in means.items()
    ]
    cases = next(iter(means.values())).cases
    st.markdown(
        f"Which kind of reply the model came to favour, by the likelihood of the reference replies to {cases} cases:"
        f" {words.listed(told)}."
    )
    alike = [f"{rho:.2f} ({c})" for c in CRITERIA if (rho := _followed(shifts, c)) is not None]
    followed = (
        " A model need not say what it favours: from case to case, these slopes, one by one, and the shifts of the"
        f" answers go together at Spearman's rho {words.listed(alike)}."
    )
    st.caption(
        "In nats per 100 characters for a full step of rating, the ratings on the other two held equal; 95% intervals"
        f" over cases. No judge reads them. {words.NAT}{followed if alike else ''}"
    )


def _likelier(mean: Interval) -> str:
    if mean.low <= 0 <= mean.high:
        return "did not clearly change"
    return "became likelier" if mean.low > 0 else "became less likely"


def _followed(shifts: Sequence[CaseShift], criterion: Criterion) -> float | None:
    """The rank correlation, over cases, of the likelihood slope and what the checks say; None where neither varies."""
    sides = [s.sides[criterion] for s in shifts]
    both = pd.DataFrame([(x.slope, x.shift.value) for x in sides if x.slope is not None and x.shift])
    if len(both) < 2 or (both.nunique() < 2).any():
        return None
    return float(both[0].corr(both[1], method="spearman"))


def view() -> str:
    return (
        st.segmented_control(
            "View",
            ["forest", "triangle", "table"],
            default="forest",
            required=True,
            key="apart",
            bind="query-params",
            label_visibility="collapsed",
        )
        or "forest"
    )


def _frame(shifts: Sequence[CaseShift], rows: Mapping[str, CaseRow]) -> pd.DataFrame:
    out = []
    for s in shifts:
        o = s.opposed
        if o is None or o.index == 0:
            continue
        row = {"case": s.case_id, "label": rows[s.case_id].title, "verdict": o.verdict, "up": o.up, "down": o.down}
        for side, criterion in (("up", o.up), ("down", o.down)):
            if interval := s.sides[criterion].shift:
                row |= {f"{side}_{k}": getattr(interval, k) for k in ("value", "low", "high")}
        out.append(row)
    return pd.DataFrame(out)


def forest(choice: Choice, rows: Mapping[str, CaseRow]) -> str | None:
    """The cases in which two criteria moved apart at all, the clearest first; the id of the one that was clicked."""
    frame = _frame(choice.shifts, rows)
    if frame.empty:
        st.info("In none of these cases did two criteria move apart at all.", icon=":material/check:")
        return None
    everything = len(frame) <= _SHOWN or st.toggle(f"Show all {len(frame)} cases", key="f_all", bind="query-params")
    shown = frame if everything else frame.head(_SHOWN)
    chosen = takeaway.chart(
        cached.figure(charts.forest, shown, theme.palette()),
        key="findings_forest",
        on_select="rerun",
        selection_mode="points",
        alt="Forest plot: for each case the criterion that rose and the one that fell, with 95% intervals. The table"
        " view holds the same numbers.",
    )
    st.caption(
        "▲ rose, ▼ fell. Bars: 95% intervals over the answers that the models would give to these prompts. Choose a"
        " mark to open its case."
    )
    return next((p["customdata"][0] for p in chosen.selection.points), None)


def triangle(choice: Choice, rows: Mapping[str, CaseRow], scale: Mapping[Criterion, float]) -> str | None:
    """Every case where its shifts put it; the id of the one that was clicked."""
    out = []
    for s in choice.shifts:
        moved = {c: side.shift.value / scale[c] for c, side in s.sides.items() if side.shift}
        if s.opposed and sum(map(abs, moved.values())) >= 0.1:
            out.append({"case": s.case_id, "label": rows[s.case_id].title, "verdict": s.opposed.verdict, **moved})
    frame = pd.DataFrame(out, columns=["case", "label", "verdict", *CRITERIA])
    if frame.empty:
        st.info("Nothing moved in these cases.", icon=":material/check:")
        return None
    chosen = takeaway.chart(
        cached.figure(charts.atlas, frame, theme.palette()),
        key="findings_atlas",
        on_select="rerun",
        selection_mode="points",
        alt="Triangle of all cases: nearer to a corner, the more of what tuning moved was on that criterion.",
    )
    st.caption(
        f"{len(frame)} cases in which anything moved. Nearer to a corner: more of the movement was on that criterion,"
        " up or down. The colour is that of the criterion that rose most, the size grows with the movement (in standard"
        " deviations of a base model's answers). On the line between two corners lie cases that moved on these two, or"
        " whose checks speak of only two."
    )
    return next((p["customdata"][0] for p in chosen.selection.points), None)


def opened(case_id: str | None, choice: Choice, rows: Mapping[str, CaseRow], models: Mapping[str, Model]) -> None:
    """A door to the case that was clicked, at the models concerned."""
    if case_id is None or case_id not in rows:
        return
    shift = next(s for s in choice.shifts if s.case_id == case_id)
    with st.container(border=True):
        st.markdown(f"**{rows[case_id].title}** · {rows[case_id].summary}")
        st.caption(told(shift))
        st.page_link(
            "pages/case.py",
            label="Open the case with these two models",
            icon=":material/arrow_forward:",
            query_params=link(case_id, choice.comparison, models),
        )


def link(
    case_id: str, comparison: Comparison, models: Mapping[str, Model], prompt: str | None = None
) -> dict[str, str | list[str]]:
    """The address of a case at the models of a tuning."""
    shown = [models[m].label for m in (comparison.before, comparison.after[0])]
    return {"case": case_id, "models": shown} | ({"prompt": prompt} if prompt else {})


def told(shift: CaseShift) -> str:
    """The numbers of one case, in a line."""
    parts = []
    for c in CRITERIA:
        side = shift.sides[c]
        if side.shift:
            i = side.shift
            parts.append(f"{c} {100 * i.value:+.0f} points ({100 * i.low:+.0f} to {100 * i.high:+.0f})")
    line = "; ".join(parts)
    if shift.opposed:
        o = shift.opposed
        line += f". {o.verdict.capitalize()}: {100 * o.sure:.0f}% of draws oppose, q {o.q:.2f}"
        if shift.same_way is not None:
            line += f"; likelihoods of the reference replies {'point the same way' if shift.same_way else 'do not'}"
    return f"{line}. {shift.before} answers before, {shift.after} after, to {shift.prompts} prompts."


def table(choice: Choice, rows: Mapping[str, CaseRow]) -> None:
    out = []
    for s in choice.shifts:
        o = s.opposed
        row: dict[str, object] = {
            "case": rows[s.case_id].title,
            "verdict": o.verdict if o else "one criterion",
            "rose": o.up if o else None,
            "fell": o.down if o else None,
            "index": o.index if o else None,
            "sure": o.sure if o else None,
            "q": o.q if o else None,
        }
        for c in CRITERIA:
            side = s.sides[c]
            row |= {
                c: side.shift.value if side.shift else None,
                f"{c} from": side.shift.low if side.shift else None,
                f"{c} to": side.shift.high if side.shift else None,
                f"{c}, likelihood": side.slope,
            }
        row |= {"refuses": s.refusal.value if s.refusal else None, "overall": s.pareto, "answers": s.before + s.after}
        out.append(row)
    frame = pd.DataFrame(out)
    numbers = frame.select_dtypes("number").columns.drop("answers", errors="ignore")
    takeaway.table(
        frame,
        hide_index=True,
        height=420,
        alt="What the tuning did in each case",
        column_config={c: st.column_config.NumberColumn(format="%.2f") for c in numbers},
    )
    st.caption(
        "index: the geometric mean of the two opposing shifts, in standard deviations of a base model's answers; sure:"
        " the share of draws in which both moved by more than a tenth of that; q: false discovery rate over the cases;"
        " likelihood: nats per 100 characters that reference replies gained for a full step of rating."
        f" {words.NAT}"
    )
    st.download_button(
        "This table as CSV",
        frame.to_csv(index=False),
        "opposed-shifts.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
