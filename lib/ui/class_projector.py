"""What the class sees on the projector: how to join, then each step with its counts as they come."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from lib.domain import CaseStudy
from lib.measures.agreement import in_words
from lib.store.sessions import AnswerRow
from lib.studies.plan import Answered, Part, Question, Step
from lib.studies.screens import DOING
from lib.studies.tallies import Change, Moment, Tally, agreed, change, lines, tally, twin
from lib.text import safe_html, text_block
from lib.ui import class_bars, words

Earlier = Callable[[str, str, Question], Tally | None]  # case id, kind of step, question
_SPLIT = 0.6  # where no answer has so large a share, the class is split


def lobby(now: Moment, address: str, qr: bytes) -> None:
    """The code and the QR code, large, and how many are in."""
    with st.container(key="projector_lobby"):
        st.title(words.escaped(now.session.title), anchor=False)
        left, right = st.columns([3, 2], vertical_alignment="center")
        shown = safe_html(address.removeprefix("http://"))
        left.html(
            f'<div class="tri-address">{shown}/in</div><div class="tri-code">{safe_html(now.session.code or "")}</div>'
        )
        left.markdown(f"**{now.joined}** joined. No account, no name.")
        right.image(qr, width=360, caption=f"{address}/in/{now.session.code}")


def head(now: Moment, answered: int, left: float | None) -> None:
    """Where the class is, how many have answered, and the time that is left."""
    step = now.hour.steps[now.session.step]
    facts = [f"**{DOING[step.kind]}**", words.escaped(now.hour.part(step).title), f"{answered} of {now.joined} done"]
    if left is not None:
        facts.append(f"{int(left) // 60}:{int(left) % 60:02d} left")
    elif not now.session.open:
        facts.append("closed")
    facts.append(f"code {now.session.code}")
    st.markdown(" · ".join(facts))


def step(now: Moment, study: CaseStudy | None, is_open: bool, show_bars: bool, earlier: Earlier | None) -> None:
    """The step that the class is at."""
    asked = now.hour.steps[now.session.step]
    part, mine = now.hour.part(asked), now.of_step(now.session.step)
    with st.container(key="projector"):
        match asked.kind:
            case "read":
                _read(part, study)
            case "reveal":
                _asked(part)
                _two(part, named=False)
            case "revise":
                _revise(now, asked, part)
            case "check":
                _checked(asked, mine, now.joined, is_open, show_bars)
            case _:
                _asked(part)
                if asked.kind == "rate":
                    _two(part, named=False)
                _votes(asked, mine, now.joined, is_open, show_bars)
                if asked.kind == "rate" and not is_open:
                    found = agreed(now.hour, mine)
                    st.markdown(f"Over the three ratings: **{in_words(found)}**.{_alpha(found)}")
        _lines(asked, mine)
        if earlier:
            _earlier(asked, part, earlier)


def _alpha(found) -> str:
    if found is None:
        return ""
    few = " So few questions say little." if found.items < 6 else ""
    return (
        f" Krippendorff’s alpha {found.value:.2f}, 95% interval {found.low:.2f} to {found.high:.2f}, over {found.items}"
        f" questions and {found.ratings} ratings.{few}"
    )


def _read(part: Part, study: CaseStudy | None) -> None:
    st.title(words.escaped(part.title), anchor=False)
    st.markdown(study.sections["The situation"] if study else words.escaped(part.summary))
    _asked(part)


def _asked(part: Part) -> None:
    st.markdown("**What was asked**")
    st.html(text_block(part.prompt))


def _two(part: Part, named: bool) -> None:
    for column, answer in zip(st.columns(2, border=True), part.answers, strict=True):
        with column:
            st.markdown(f"**Answer {answer.letter}**" + (f": {_name(answer)}" if named else ""))
            st.html(text_block(answer.text))
            if named:
                st.markdown("\n".join(f"- {words.escaped(part.checks[k])}: {_said(v)}" for k, v in answer.says.items()))


def _name(answer: Answered) -> str:
    return f"{words.escaped(answer.model)}, {'tuned on preferences' if answer.tuned else 'not tuned'}"


def _said(says: bool | None) -> str:
    return "can’t tell" if says is None else "yes" if says else "no"


def _votes(asked: Step, mine: Sequence[AnswerRow], joined: int, is_open: bool, show_bars: bool) -> None:
    for question in (q for q in asked.questions if q.kind != "line"):
        counted = tally(question, mine)
        if show_bars or not is_open:
            class_bars.bars(counted, joined)
            _split(counted, is_open)
        else:
            st.markdown(f"{words.escaped(question.text)} **{counted.of} of {joined}** have answered.")


def _split(counted: Tally, is_open: bool) -> None:
    """Disagreement is for talking about."""
    shares = [counted.share(b) or 0.0 for b in counted.bars]
    if not is_open and counted.of > 1 and max(shares, default=1.0) < _SPLIT:
        st.markdown("The class is split. What does someone on each side see that the other doesn’t?")


def _revise(now: Moment, asked: Step, part: Part) -> None:
    _two(part, named=True)
    before = twin(now.hour, now.session.step)
    earlier = now.of_step(before) if before is not None else []
    mine = now.of_step(now.session.step)
    for question in (q for q in asked.questions if q.kind != "line"):
        found: Change = change(question, earlier, mine)
        if found.both:
            class_bars.change(found, _author(question, part))
        else:
            class_bars.bars(tally(question, mine), now.joined, _author(question, part))
    if before is not None:
        _predicted(now.hour.steps[before], part, earlier, now.joined)
    st.markdown("A vote says what this class thinks. The author’s view stands beside it to argue with, not to win.")


def _author(question: Question, part: Part) -> Mapping[str, str]:
    """What the case's author says of each option."""
    if question.key == "gives":
        return dict.fromkeys(part.criteria, "(the author sees this in conflict)")
    return {
        r.letter: "(rated by us: " + ", ".join(f"{c} {v:.2f}" for c, v in r.ratings.items()) + ")" for r in part.replies
    }


def _predicted(asked: Step, part: Part, earlier: Sequence[AnswerRow], joined: int) -> None:
    """What the class expected the tuned model to say, beside what the checks found."""
    question = next((q for q in asked.questions if q.key == "says"), None)
    if question is None:
        return
    right = {k for k, says in part.tuned.says.items() if says}
    notes = {k: f"(in {yes} of {of} stored answers)" for k, (yes, of) in part.counts.items()}
    class_bars.bars(tally(question, earlier), joined, notes, right)
    st.caption(f"✓: the checks find it in answer {part.tuned.letter}, the tuned model’s.")


def _checked(asked: Step, mine: Sequence[AnswerRow], joined: int, is_open: bool, show_bars: bool) -> None:
    for question in asked.questions:
        right = [] if is_open else [o.key for o in question.options if o.right]
        if show_bars or not is_open:
            class_bars.bars(tally(question, mine), joined, right=right)
        else:
            st.markdown(f"{words.escaped(question.text)} **{tally(question, mine).of} of {joined}** have answered.")
        if not is_open:
            for option in question.options:
                st.markdown(
                    f"{'✓' if option.right else '✗'} **{words.escaped(option.label)}** {words.escaped(option.why)}"
                )


def _lines(asked: Step, mine: Sequence[AnswerRow]) -> None:
    """The lines that the teacher lets everyone see."""
    for question in (q for q in asked.questions if q.kind == "line"):
        for line in (a for a in lines(question, mine) if a.shown):
            st.html(f"<blockquote>{text_block(line.value)}</blockquote>")


def _earlier(asked: Step, part: Part, earlier: Earlier) -> None:
    for question in (q for q in asked.questions if q.kind == "one" or q.kind == "several"):
        if found := earlier(part.case_id, asked.kind, question):
            st.markdown("**Earlier classes**")
            class_bars.bars(found, found.of)


def over(now: Moment) -> None:
    st.title("The hour is over", anchor=False)
    st.markdown(f"{now.session.people} took part. Thank you.")
