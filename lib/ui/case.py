"""The parts of a case's page: story, answers side by side, word diff, reference replies, sources."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lib import charts
from lib.cases.replies import STEMS, needed_logliks
from lib.cases.shape import CLAIMS
from lib.domain import CRITERIA, CaseStudy, Model, Pair, Prompt, ReplyLogLikelihood, Response
from lib.measures.likelihood import TEMPERATURE, pair_of, pulls, reply_pmis, summarise
from lib.store.library import Store
from lib.text import text_block, word_diff
from lib.ui import cards, words

USES = ("For class", "For policy", "For research")
_GIVEN_UP = [*CRITERIA, "none of them", "they should ask more", "who decides?"]
_AVATAR = {"user": ":material/person:", "assistant": ":material/smart_toy:", "system": ":material/settings:"}


def heading(study: CaseStudy) -> None:
    st.title(study.title, anchor=False)
    st.markdown(
        f"{words.criteria_badges(study.criteria)} :gray-badge[{study.domain}] :gray-badge[{CLAIMS[study.claim]}]"
    )
    st.markdown(study.summary)
    if study.sensitivity != "none":
        st.info(study.audience_note, icon=":material/info:")


def story(study: CaseStudy) -> None:
    for name in ("The situation", "Who is affected", "What pulls apart"):
        st.subheader(name, anchor=False)
        st.markdown(study.sections[name])
    if study.sensitivity == "none":
        st.caption(f"For whom: {study.audience_note}")


def prompt_text(prompt: Prompt, unreviewed: Sequence[str] = ()) -> None:
    """The messages of a prompt, literally. `unreviewed`: languages of which no native speaker has read the prompts."""
    for message in prompt.messages:
        with st.chat_message(message.role, avatar=_AVATAR[message.role]):
            if len(prompt.messages) > 1:
                st.caption(message.role)
            st.html(text_block(message.content))
    note = f"Variant: {words.VARIANT[prompt.variant]} · language: {words.language(prompt.language)}"
    if prompt.language in unreviewed:
        note += " (needs native review: no native speaker has read this text yet)"
    st.caption(note + (f" · view stated by the user: “{prompt.user_view}”" if prompt.user_view else ""))


def ask_live(study: CaseStudy, prompt: Prompt) -> None:
    """A door to the live page with this prompt filled in."""
    asked = {"live_from": words.FROM_CASE, "live_case": study.title, "live_prompt": prompt.label}
    st.page_link("pages/live.py", label="Ask this prompt live", icon=":material/play_circle:", query_params=asked)


def predicted(study: CaseStudy, prompt: Prompt) -> bool:
    """In class view: whether the answers have been revealed; asks for a prediction until then."""
    if study.sensitivity == "signposted":
        unedited_warning()
    with st.container(border=True):
        st.markdown("**Predict first.** Which criterion will the answers give up? Talk it over, vote, then reveal.")
        st.pills(
            "Prediction",
            _GIVEN_UP,
            selection_mode="multi",
            key=f"case_prediction_{prompt.id}",
            label_visibility="collapsed",
        )
        return st.toggle("Reveal the answers", key=f"case_reveal_{prompt.id}")


def revised(prompt: Prompt) -> None:
    """In class view, after the answers: the prediction, and room for another opinion."""
    with st.container(border=True):
        before = st.session_state.get(f"case_prediction_{prompt.id}") or []
        told = (
            f"Before the reveal the class said: {', '.join(before)}."
            if before
            else "No prediction was noted before the reveal."
        )
        st.markdown(
            f"**Now revise.** {told} Which criterion did the answers give up? Which sentence of which answer shows it?"
            " Would other samples?"
        )
        st.pills(
            "Revised", _GIVEN_UP, selection_mode="multi", key=f"case_revision_{prompt.id}", label_visibility="collapsed"
        )
        st.caption("A vote says what this class thinks. It is never the moral truth.")


def wanted(study: CaseStudy) -> bool:
    """Whether the answers to a signposted case are to be shown; others are shown at once."""
    if study.sensitivity != "signposted":
        return True
    unedited_warning()
    return st.toggle("Show the answers", key="show", bind="query-params")


def unedited_warning() -> None:
    st.warning(
        "The answers below are unedited text of small models. On this subject they can be wrong, cold or worse. Nothing"
        " in them is advice.",
        icon=":material/warning:",
    )


def families_note(models: Sequence[Model], pairs: Sequence[Pair]) -> None:
    """Whether a shift is defined between what is shown."""
    if len(models) < 2:
        return
    found = [pair for i, a in enumerate(models) for b in models[i + 1 :] if (pair := pair_of(a.id, b.id, pairs))]
    if not found:
        st.info(
            "These models come from **different families**. No shift is defined between them: what differs may come"
            " from size, data or design as much as from tuning. Compare them as examples of kinds of model, not as"
            " before and after.",
            icon=":material/compare_arrows:",
        )
    elif len(models) > 2:
        tuned, bases = (
            ", ".join(f"**{label}**" for label in dict.fromkeys(labels))
            for labels in ([p.tuned.label for p in found], [p.base.label for p in found])
        )
        st.info(
            f"Before and after tuning: {bases} beside {tuned}. Between any others shown here more differs than the"
            " tuning.",
            icon=":material/compare_arrows:",
        )


@st.fragment
def answers(store: Store, study: CaseStudy, prompt: Prompt, models: Sequence[Model], template: str | None) -> None:
    """The chosen sample of every chosen model in columns; on a phone one under the other."""
    responses = store.responses(prompt.id, [m.id for m in models], template)
    by_model = {m.id: [r for r in responses if r.model_id == m.id] for m in models}
    most = max((len(rs) for rs in by_model.values()), default=0)
    if most == 0:
        st.warning(
            "No stored answers to this prompt under these models. Ask it live, or choose other models.",
            icon=":material/search_off:",
        )
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        st.caption(
            f"Sample, of {most} stored (each is a fresh draw under the same settings: look at several before you judge)"
        )
        sample = st.pagination(most, key="sample", bind="query-params")
    marks = right.toggle(
        "Mark features",
        value=True,
        key="marks",
        bind="query-params",
        help="Marks words that the rules of thumb count: refusals, hedges, feelings and so on.",
    )
    for column, model in zip(cards.side_by_side(len(models)), models, strict=True):
        with column:
            cards.model_head(model)
            mine = by_model[model.id]
            if sample <= len(mine):
                cards.response_card(mine[sample - 1], prompt, store.run(mine[sample - 1].run_id), marks)
            else:
                st.caption(f"No sample {sample} stored: this model has {len(mine)}.")
    if len(prompt.messages) and any(r.scores for r in responses):
        st.markdown("**Scores over all stored samples of this prompt**")
        cards.summary_table({m.label: summarise([r.scores for r in by_model[m.id]]) for m in models if by_model[m.id]})
    _compare(models, responses)


def _compare(models: Sequence[Model], responses: Sequence[Response]) -> None:
    labels = {m.id: m.label for m in models}
    texts = {f"{labels[r.model_id]}, sample {r.sample + 1}": r.text for r in responses if r.text}
    with st.expander(
        "Compare two answers word by word", icon=":material/difference:", key="diff", on_change="rerun"
    ) as box:
        if not box.open:
            return
        if len(texts) < 2:
            st.caption("Two answers with text are needed.")
            return
        names = list(texts)
        other = next((i for i, r in enumerate(n for n in names) if not r.startswith(names[0].rsplit(",", 1)[0])), 1)
        a, b = st.columns(2)
        left = a.selectbox("Left", names, key="diff_left", help="Marked: what only the left answer says.")
        right = b.selectbox(
            "Right", names, index=other, key="diff_right", help="Marked: what only the right answer says."
        )
        try:
            diff = word_diff(texts[left], texts[right])
        except ValueError as fault:
            st.warning(str(fault))
            return
        with a.container(border=True):
            st.html(diff.left)
        with b.container(border=True):
            st.html(diff.right)
        st.caption(
            f"{diff.shared:.0%} of the words are shared, in the same order. Struck through: only left. Underlined: only"
            " right."
        )


def replies(store: Store, study: CaseStudy, prompt: Prompt, models: Sequence[Model]) -> None:
    """The reference replies with ratings, and how likely each model finds them after this prompt."""
    st.subheader(
        "Reference replies",
        anchor=False,
        help="Written for this case, in two wordings each, and rated by its author on each criterion.",
    )
    st.markdown(
        "What could one say? These replies were written by the case's author, with a rating from 0 to 1 on each"
        " criterion. The ratings are one author's judgement: argue with them."
    )
    for reply in study.replies:
        rated = " · ".join(f"{c} **{reply.ratings[c]:.2f}**" for c in CRITERIA)
        with st.expander(f"{words.reply_name(reply.id)} — {rated}"):
            for number, wording in enumerate(reply.wordings, start=1):
                st.caption(f"Wording {number}")
                st.text(wording)
            st.caption(f"Why: {reply.why}")
    _likelihoods(store, study, prompt, models)


def _likelihoods(store: Store, study: CaseStudy, prompt: Prompt, models: Sequence[Model]) -> None:
    st.markdown("**Which reply does each model find likelier after this prompt?**")
    complete = _complete_rows(store, study, prompt, models)
    if not complete:
        return
    if prompt.language != "en":
        st.caption(
            f"The prompt is in {words.language(prompt.language)} and the replies are in English, so the change of"
            " language is in these numbers as well."
        )
    pmi = pd.DataFrame(
        [
            {"label": words.reply_name(p.reply_id), "series": m, **p._asdict()}
            for m, rows in complete.items()
            for p in reply_pmis(study, prompt.id, rows)
        ]
    )
    pull = pd.DataFrame(
        [
            {"label": p.criterion, "series": m, **p._asdict()}
            for m, rows in complete.items()
            for p in pulls(study, prompt.id, rows)
        ]
    )
    st.plotly_chart(
        charts.dots_with_range(pmi, "right: made likelier by the prompt<br>(nats per 100 characters)", list(complete)),
        key="pmi",
        config={"displayModeBar": False},
        alt=(
            "Dot chart: for each reference reply, how much likelier the prompt makes it under each model. The table"
            " below holds the same numbers."
        ),
    )
    st.markdown("**Towards which ratings do its likelihoods lean?**")
    st.plotly_chart(
        charts.dots_with_range(pull, "expected rating, 0 to 1", list(complete), reference="even", x_range=(0, 1)),
        key="pull",
        config={"displayModeBar": False},
        alt=(
            "Dot chart: the expected rating on each criterion under each model, with a grey tick where it would lie if"
            " all replies were equally likely."
        ),
    )
    st.caption(
        f"Of {len(study.replies)} replies in 2 wordings, read after the prompt and after {len(STEMS)} neutral stems;"
        f" the bars are the range over the {2 * len(STEMS)} combinations of wording and stem, not a confidence"
        f" interval. A nat measures likelihood on a log scale: 0.7 more is twice as likely. Temperature {TEMPERATURE}"
        " nats per character. This reads likelihoods only: no judge, and no claim about belief or intent."
    )
    with st.expander("The numbers", icon=":material/table:"):
        names = {"label": "reply", "series": "model", "value": "nats per 100 characters"}
        st.dataframe(pmi.drop(columns="reply_id").rename(columns=names), hide_index=True, alt="Reply likelihoods")
        names = {"label": "criterion", "series": "model", "value": "expected rating", "even": "if all equally likely"}
        st.dataframe(pull.drop(columns="criterion").rename(columns=names), hide_index=True, alt="Expected ratings")


def _complete_rows(
    store: Store, study: CaseStudy, prompt: Prompt, models: Sequence[Model]
) -> dict[str, list[ReplyLogLikelihood]]:
    """Label -> rows, for the models whose likelihoods are all stored; says which models are left out."""
    rows = store.reply_logliks(study.id, [prompt.id, *(s.id for s in STEMS)])
    complete, left_out = {}, []
    for model in models:
        mine = [r for r in rows if r.model_id == model.id]
        if len(mine) == (needed := needed_logliks(study)):
            complete[model.label] = mine
        else:
            left_out.append(f"{model.label} ({len(mine)} of {needed})")
    if left_out:
        st.info(
            f"No complete log-likelihoods of the replies are stored for {', '.join(left_out)}, so nothing is drawn. A"
            " reply that was reworded is read anew by the models before it counts. `python -m lib precompute` does"
            " that.",
            icon=":material/hourglass_empty:",
        )
    return complete


def discussion(study: CaseStudy) -> None:
    st.subheader(
        "Questions for discussion",
        anchor=False,
        help="Beside each question: the level of Bloom's taxonomy that it asks for.",
    )
    for number, question in enumerate(study.questions, start=1):
        st.markdown(f"{number}. {question.text} :gray-badge[{question.level}]")


def uses(study: CaseStudy) -> None:
    """What the case is good for in class, in policy work and in research."""
    st.subheader("Use this case", anchor=False)
    chosen = (
        st.segmented_control(
            "Use it", USES, default=USES[0], required=True, key="use", bind="query-params", label_visibility="collapsed"
        )
        or USES[0]
    )
    with st.container(border=True):
        st.markdown(study.sections[chosen])
        if chosen == "For class":
            st.caption(words.FRAME if study.sensitivity == "signposted" else f"{words.FRAME} {words.RUBRIC}")


def sources(study: CaseStudy) -> None:
    """Named harms, facts, what the case mirrors, and policy hooks, each with its source."""
    left, right = st.columns(2)
    with left:
        st.subheader("Who could be harmed, and how", anchor=False)
        for harm in study.harms:
            st.markdown(f"- **{harm.party}**: {harm.harm}")
        st.subheader("What a good answer takes up", anchor=False)
        for point in study.key_points:
            st.markdown(f"- {point}")
    with right:
        st.subheader("Facts and sources", anchor=False)
        for fact in (*study.facts, *study.mirrors):
            where = f"[{fact.source}]({fact.url})" if fact.url else fact.source
            st.markdown(f"- {fact.text} *({where})*")
        if study.policy:
            st.subheader("Law and policy that it touches", anchor=False)
            for hook in study.policy:
                st.markdown(f"- **{hook.instrument}, {hook.section}**: {hook.why}")
