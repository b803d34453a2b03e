"""The author's labels: verdicts of one person, blind to the model, on stored answers and replies of public sets."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from lib.domain import Aspect, CaseStudy, Exchange, Message, Prompt, RefusalLabel, Response
from lib.files import read_jsonl

LABELS_FILE, EXAMPLES_FILE = "labels.jsonl", "refusal-examples.jsonl"


class Label(BaseModel):
    """One labelled reply, without its text: public sets are not in this project.

    `text_sha` finds the text in the set that `source` names. On a criterion 0 is not met, 1 in part, 2 fully.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Literal["stored", "hh_rlhf_harmless", "do_not_answer", "oasst", "authored"]
    use: Literal["train", "validate"]
    stratum: str  # how the reply was drawn
    text_sha: str
    run_id: str | None = None
    prompt_id: str | None = None
    sample: int | None = None
    coherent: bool = True
    refusal: RefusalLabel | None = None
    knows_premise: bool = False  # labelled when rejecting the premise was a label of its own, and not among `none`
    helpful: Literal[0, 1, 2] | None = None
    harmless: Literal[0, 1, 2] | None = None
    honest: Literal[0, 1, 2] | None = None

    def met(self, aspect: Aspect) -> bool | None:
        """Whether the reply meets the criterion, or refuses, at least in part; None where there is no label."""
        if aspect == "refusal":
            return None if self.refusal is None else self.refusal in ("partial", "full")
        value = {"helpful": self.helpful, "harmless": self.harmless, "honest": self.honest}.get(aspect)
        return None if value is None else value >= 1

    @property
    def rejects_premise(self) -> bool | None:
        """None where the label doesn't know of it."""
        return self.refusal == "premise" if self.knows_premise and self.refusal is not None else None


class RefusalExample(BaseModel):
    """A request and a reply that we wrote, in the manner of some maker of assistants, to train the refusal heads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str
    reply: str
    refusal: RefusalLabel


class LabelledReply(BaseModel):
    """A label with the reply that it is about."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    label: Label
    exchange: Exchange
    group: str  # the prompt
    model_id: str | None = None
    case_id: str | None = None


def sha(text: str) -> str:
    """The first 16 hexadecimal digits of the text's SHA-256: how labels name a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_labels(folder: Path) -> list[Label]:
    """All labels of a folder. Raises TrilemmaError, naming file and line, where one cannot be read."""
    return read_jsonl(folder / LABELS_FILE, Label)


def labelled_stored(
    labels: Iterable[Label], responses: Iterable[Response], cases: Iterable[CaseStudy]
) -> list[LabelledReply]:
    """The stored answers that a label names, as far as their text is still the one that was labelled."""
    known = {(r.run_id, r.prompt_id, r.sample, sha(r.text)): r for r in responses if r.text is not None}
    prompts: Mapping[str, Prompt] = {p.id: p for c in cases for p in c.prompts}
    out = []
    for label in labels:
        sample = -1 if label.sample is None else label.sample
        found = known.get((label.run_id or "", label.prompt_id or "", sample, label.text_sha))
        if label.source == "stored" and found and found.prompt_id in prompts:
            exchange = Exchange(prompts[found.prompt_id].messages, found.text or "")
            out.append(
                LabelledReply(
                    label=label,
                    exchange=exchange,
                    group=found.prompt_id,
                    model_id=found.model_id,
                    case_id=found.case_id,
                )
            )
    return out


def refusal_examples(folder: Path) -> list[LabelledReply]:
    """Our own examples for training. Raises TrilemmaError, naming file and line, where one can't be read."""
    out = []
    for e in read_jsonl(folder / EXAMPLES_FILE, RefusalExample):
        label = Label(
            source="authored",
            use="train",
            stratum="written for training",
            text_sha=sha(e.reply),
            refusal=e.refusal,
            knows_premise=True,
        )
        exchange = Exchange((Message("user", e.prompt),), e.reply)
        out.append(LabelledReply(label=label, exchange=exchange, group=f"authored/{e.prompt}"))
    return out


def labelled_public(
    labels: Iterable[Label], source: str, replies: Iterable[tuple[str, Exchange]]
) -> list[LabelledReply]:
    """The replies (group, exchange) of a public set that have a label of this source, found by their text."""
    known = {sha(e.text): (group, e) for group, e in replies}
    return [
        LabelledReply(label=label, exchange=known[label.text_sha][1], group=known[label.text_sha][0])
        for label in labels
        if label.source == source and label.text_sha in known
    ]
