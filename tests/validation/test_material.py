"""What heads are fitted and checked on: no prompt on both sides, and no text through the reading model twice."""

from typing import Literal

import numpy as np

from lib.domain import Exchange, Message
from lib.validation.labels import Label, LabelledReply, sha
from lib.validation.material import (
    Material,
    Vectors,
    full_refusal_points,
    labelled_points,
    premise_points,
    shared_prompts,
)


def _reply(prompt: str, use: Literal["train", "validate"] = "train") -> LabelledReply:
    label = Label(source="oasst", use=use, stratum="x", text_sha=sha("Yes."), refusal="none")
    return LabelledReply(label=label, exchange=Exchange((Message("user", prompt),), "Yes."), group=prompt)


def test_a_prompt_on_both_sides_is_found_whatever_its_set():
    material = Material([_reply("May I?"), _reply("Why?", "validate")], [], [], [], [], [], {})
    assert shared_prompts(material, []) == set()
    assert shared_prompts(material, [Exchange((Message("user", " may  I? "),), "No.")]) == {"may i?"}
    assert shared_prompts(material._replace(refusals=[_reply("Why?")]), []) == {"why?"}


def test_each_exchange_passes_through_the_reading_model_once_even_across_runs(tmp_path):
    seen: list[Exchange] = []

    def read(exchanges):
        seen.extend(exchanges)
        return np.array([[len(e.text)] for e in exchanges], np.float32)

    one, two = _reply("May I?").exchange, _reply("Why?").exchange
    first = Vectors(read, tmp_path / "vectors.npz").of([one, one])
    again = Vectors(read, tmp_path / "vectors.npz").of([two, one])
    assert seen == [one, two] and np.array_equal(first[0], again[1])
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.npz"]


def test_points_are_the_replies_that_have_the_label():
    vectors = Vectors(lambda exchanges: np.zeros((len(exchanges), 3), np.float32))
    full, partial, none = (
        reply.model_copy(update={"label": reply.label.model_copy(update={"refusal": refusal})})
        for reply, refusal in ((_reply("May I?"), "full"), (_reply("Why?"), "partial"), (_reply("How?"), None))
    )
    assert labelled_points(vectors, [full, none, _reply("Who?")], "refusal").y.tolist() == [1, 0]
    assert full_refusal_points(vectors, [full, partial, none]).y.tolist() == [1, 0]
    assert full_refusal_points(vectors, [full, partial, none]).groups == ["May I?", "Why?"]


def test_a_label_from_before_rejecting_the_premise_was_told_apart_says_nothing_of_it():
    vectors = Vectors(lambda exchanges: np.zeros((len(exchanges), 3), np.float32))
    old, rejects, declines = (
        reply.model_copy(update={"label": reply.label.model_copy(update=fields)})
        for reply, fields in (
            (_reply("May I?"), {}),
            (_reply("Why?"), {"refusal": "premise", "knows_premise": True}),
            (_reply("How?"), {"refusal": "full", "knows_premise": True}),
        )
    )
    points = premise_points(vectors, [old, rejects, declines])
    assert points.y.tolist() == [1, 0] and points.groups == ["Why?", "How?"]
    assert labelled_points(vectors, [old, rejects, declines], "refusal").y.tolist() == [0, 0, 1]
