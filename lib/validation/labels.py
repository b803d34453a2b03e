"""The author's labels: verdicts of one person, blind to the model, on stored answers and replies of public sets."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lib.domain import Aspect, CaseStudy, Exchange, Prompt, RefusalLabel, Response, TrilemmaError
from lib.files import named_faults, write_whole

LABELS_FILE = "labels.jsonl"


class Label(BaseModel):
    """One labelled reply, without its text: public sets are not in this project.

    `text_sha` finds the text in the set that `source` names. On a criterion 0 is not met, 1 in part, 2 fully.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Literal["stored", "hh_rlhf_harmless", "do_not_answer", "oasst"]
    use: Literal["train", "validate"]
    stratum: str  # how the reply was drawn
    text_sha: str
    run_id: str | None = None
    prompt_id: str | None = None
    sample: int | None = None
    coherent: bool = True
    refusal: RefusalLabel | None = None
    helpful: Literal[0, 1, 2] | None = None
    harmless: Literal[0, 1, 2] | None = None
    honest: Literal[0, 1, 2] | None = None

    def met(self, aspect: Aspect) -> bool | None:
        """Whether the reply meets the criterion, or refuses, at least in part; None where there is no label."""
        if aspect == "refusal":
            return None if self.refusal is None else self.refusal != "none"
        value = {"helpful": self.helpful, "harmless": self.harmless, "honest": self.honest}.get(aspect)
        return None if value is None else value >= 1


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
    out = []
    for number, line in enumerate((folder / LABELS_FILE).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            out.append(Label.model_validate_json(line))
        except ValidationError as fault:
            raise TrilemmaError(named_faults(f"{LABELS_FILE}: line {number}", fault)) from fault
    return out


def write_labels(folder: Path, labels: Iterable[Label]) -> None:
    """Replace the labels, by an atomic write."""
    text = "".join(json.dumps(label.model_dump(exclude_none=True)) + "\n" for label in labels)
    write_whole(folder / LABELS_FILE, lambda scratch: scratch.write_text(text, encoding="utf-8"))


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
