"""Replies in context: every wording after every context, once, in the order in which they are stored."""

from dataclasses import replace

from lib.cases.files import read_case
from lib.cases.replies import STEMS, Held, held_logliks, replies_in_context
from lib.domain import Message, ReplyLogLikelihood
from tests.makers import CASE

STUDY = read_case(CASE)


def test_every_wording_of_every_reply_comes_after_every_prompt_and_stem():
    found = list(replies_in_context(STUDY))
    assert [(f.context.id, f.reply_id, f.wording) for f in found] == [
        (context.id, reply.id, wording)
        for context in (*STUDY.prompts, *STEMS)
        for reply in STUDY.replies
        for wording in (0, 1)
    ]
    assert {f.text for f in found} == {text for reply in STUDY.replies for text in reply.wordings}


def test_a_reply_comes_after_the_prompts_that_it_answers_and_every_stem():
    only = replace(STUDY, replies=(replace(STUDY.replies[0], answers=("plain",)), *STUDY.replies[1:]))
    after = {c: [f.reply_id for f in replies_in_context(only, (c,)) if f.wording == 0] for c in (*only.prompts, *STEMS)}
    every = [r.id for r in only.replies]
    assert after[only.prompts[0]] == every and after[only.prompts[1]] == every[1:]
    assert all(after[stem] == every for stem in STEMS)


def test_what_a_prompt_needs_is_counted_and_what_others_need_is_not():
    only = replace(STUDY, replies=(replace(STUDY.replies[0], answers=("plain",)), *STUDY.replies[1:]))
    plain, urgent = only.prompts
    rows = [
        ReplyLogLikelihood("run", "model", only.id, f.reply_id, f.wording, f.context.id, -9.0, 3, 30)
        for f in replies_in_context(only)
    ]
    assert held_logliks(only, urgent, rows) == Held(24, 24) and held_logliks(only, plain, rows).complete
    assert held_logliks(only, urgent, rows[1:]) == Held(24, 24)
    missing = [r for r in rows if (r.context, r.reply_id) != ("stem/2", only.replies[1].id)]
    assert held_logliks(only, urgent, missing) == Held(22, 24)


def test_the_hash_tells_an_edited_context_or_wording_apart():
    first = next(replies_in_context(STUDY))
    context = replace(first.context, messages=(Message("user", "Something else."),))
    assert len({first.sha, first._replace(text="Other words.").sha, first._replace(context=context).sha}) == 3
    relabelled = first._replace(context=replace(first.context, label="Another label"), wording=1)
    assert relabelled.sha == first.sha
