"""Replies in context: every wording after every context, once, in the order in which they are stored."""

from dataclasses import replace

from lib.cases.files import read_case
from lib.cases.replies import STEMS, needed_logliks, replies_in_context
from lib.domain import Message
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


def test_a_prompt_with_the_stems_needs_as_many_as_are_counted():
    assert len(list(replies_in_context(STUDY, (STUDY.prompts[0], *STEMS)))) == needed_logliks(STUDY)


def test_the_hash_tells_an_edited_context_or_wording_apart():
    first = next(replies_in_context(STUDY))
    context = replace(first.context, messages=(Message("user", "Something else."),))
    assert len({first.sha, first._replace(text="Other words.").sha, first._replace(context=context).sha}) == 3
    relabelled = first._replace(context=replace(first.context, label="Another label"), wording=1)
    assert relabelled.sha == first.sha
