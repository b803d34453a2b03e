"""What the raters of a preference set rewarded: in it, rewarded, words, conflicts, raters, and what a model learns."""

import streamlit as st

from lib.ui import cached, cached_preferences, cards, visitors
from lib.ui import preferences as view
from lib.ui import preferences_add as adding
from lib.ui import preferences_conflicts as conflicts
from lib.ui import preferences_learn as learn
from lib.ui import preferences_rewards as rewards
from lib.ui import preferences_words as words

cards.page_style()
visitors.teacher_only()
st.title("Preference data", anchor=False)
view.introduction()
sets, jobs = cached_preferences.sets(), cached_preferences.jobs()
if not sets:
    view.none_made()
else:
    mine, other = view.choose(sets)
    view.headline(mine)
    st.header("What is in it?", anchor=False)
    view.contents(mine, cached_preferences.cards())
    view.opinions(mine)
    if mine.contents:
        st.header("What does it reward?", anchor=False)
        shown = rewards.choose_rows(mine)
        rewards.rewards(mine, shown, other)
        st.header("Which words?", anchor=False)
        words.over_all(mine)
        if wanted := words.by_topic(mine):
            words.examples(cached_preferences.examples(mine.name, tuple(wanted.columns.items())), mine.name)
        st.header("Where do the criteria conflict?", anchor=False)
        conflicts.conflicts(mine, shown)
        st.header("Do raters agree, and who are they?", anchor=False)
        conflicts.raters(mine)
        st.header("What would a model learn?", anchor=False)
        models = {m.id: m.label for m in cached.models().values()}
        tuned = learn.adapters(mine, cached.tuning_sets())
        learn.tuned(tuned, models)
        for base, name, label in tuned:
            if found := cached.tuning_findings(base):
                learn.measured(found.table, name, label, mine.criterion)
                learn.repeated(found.greedy, found.taught, name, label)
        learn.export(mine, shown, cached_preferences.lines(mine.name, shown.dropped))
    view.limits()

st.header("Open up another set", anchor=False)
adding.working(jobs)
if given := adding.form({s.name for s in sets}):
    cached_preferences.measure(given.name, given.ending, given.content)
    st.rerun()
