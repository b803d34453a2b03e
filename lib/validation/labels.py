"""The author-made labels: what one author, blind to the model, said of stored answers and of replies in public sets."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lib.domain import Aspect, CaseStudy, Exchange, Prompt, RefusalLabel, Response, TrilemmaError
from lib.files import named_faults

LABELS_FILE = "labels.jsonl"


class Label(BaseModel):
    """One labelled reply. Public sets' texts are not in this project: `text_sha` finds them again in the set that `source` names."""

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
        """Whether the reply meets the criterion at least in part, or refuses at least in part."""
        if aspect == "refusal":
            return None if self.refusal is None else self.refusal != "none"
        value = {"helpful": self.helpful, "harmless": self.harmless, "honest": self.honest}.get(aspect)
        return None if value is None else value >= 1


class LabelledReply(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    label: Label
    exchange: Exchange
    group: str  # the prompt
    model_id: str | None = None
    case_id: str | None = None


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_labels(folder: Path) -> list[Label]:
    """Raises TrilemmaError, naming file and line, where a label cannot be read."""
    out = []
    for number, line in enumerate((folder / LABELS_FILE).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            out.append(Label.model_validate_json(line))
        except ValidationError as fault:
            raise TrilemmaError(named_faults(f"{LABELS_FILE}: line {number}", fault)) from fault
    return out


def write_labels(folder: Path, labels: Iterable[Label]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps(label.model_dump(exclude_none=True)) for label in labels]
    (folder / LABELS_FILE).write_text("\n".join(rows) + "\n", encoding="utf-8")


def labelled_stored(
    labels: Iterable[Label], responses: Iterable[Response], cases: Iterable[CaseStudy]
) -> list[LabelledReply]:
    """The stored answers that a label names, as far as they still read as they did when they were labelled."""
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
    """The replies of a public set (group, exchange) that a label of this source names by their text."""
    known = {sha(e.text): (group, e) for group, e in replies}
    return [
        LabelledReply(label=label, exchange=known[label.text_sha][1], group=known[label.text_sha][0])
        for label in labels
        if label.source == source and label.text_sha in known
    ]
