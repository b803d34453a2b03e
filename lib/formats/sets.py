"""Readers of public preference data: files as their makers publish them -> pairs, judged replies, questions.

Nothing of these sets is in this project. DOWNLOADS says where to get each; commands take the folder that holds them.
Every reader raises TrilemmaError, with that address, where its set is missing.
"""

import csv
import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lib.domain import Exchange, Message, TrilemmaError
from lib.formats.dialogue import dialogue

DOWNLOADS = {
    "hh_rlhf_harmless/dev.jsonl": (
        "half of the harmless-base test split of github.com/anthropics/hh-rlhf, one JSON object a line (MIT)"
    ),
    "pandalm/testset-v1.json": "github.com/WeOpenML/PandaLM, data/testset-v1.json (Apache-2.0)",
    "truthfulqa_multi/en.json": "huggingface.co/datasets/HiTZ/truthfulqa-multi, English, as one JSON list (Apache-2.0)",
    "llmbar/llmbar_natural.json": "github.com/princeton-nlp/LLMBar, Dataset/LLMBar, one file a subset (MIT)",
    "oasst_sampling": "github.com/Open-Assistant/oasst-model-eval, sampling_reports: *_sampling_*.json (Apache-2.0)",
    "do_not_answer": (
        "github.com/kunishou/do-not-answer-ja, or github.com/Libr-AI/do-not-answer for the original:"
        " annotated_response_*.csv (validation only)"
    ),
}


LLMBAR_SUBSETS = ("natural", "adversarial_gptinst", "adversarial_gptout", "adversarial_manual", "adversarial_neighbor")


class JudgedPair(NamedTuple):
    """Two replies to one prompt, of which people preferred `better`. `group` names the prompt: no split divides it."""

    group: str
    better: Exchange
    worse: Exchange


class JudgedReply(NamedTuple):
    """A reply with people's label: 1 or 0, or a class of the set. `group` names the prompt."""

    group: str
    exchange: Exchange
    label: int
    maker: str = ""  # the system that wrote it, where the set says so


def share(group: str, salt: str = "trilemma") -> float:
    """A number in [0, 1) from a hash of the group's name: a split is all groups below a bound against the others."""
    return int.from_bytes(hashlib.sha256(f"{salt}/{group}".encode()).digest()[:6]) / 2**48


def _path(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.exists():
        raise TrilemmaError(f"{path} is missing. It can be had from: {DOWNLOADS[name]}")
    return path


def harmless_pairs(folder: Path) -> list[JudgedPair]:
    """HH-RLHF harmless-base (Bai et al. 2022): one crowdworker chose the less harmful reply.

    Pairs without a shared context or with an empty reply are left out.
    """
    out = []
    for line in _path(folder, "hh_rlhf_harmless/dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        chosen, rejected = dialogue(row["chosen"]), dialogue(row["rejected"])
        if (
            chosen[:-1] == rejected[:-1]
            and len(chosen) > 1
            and all(d[-1].role == "assistant" and d[-1].content for d in (chosen, rejected))
        ):
            context = chosen[:-1]
            out.append(
                JudgedPair(
                    f"hh/{context[0].content}",
                    Exchange(context, chosen[-1].content),
                    Exchange(context, rejected[-1].content),
                )
            )
    return out


def helpful_pairs(folder: Path) -> list[JudgedPair]:
    """PandaLM's test set (Wang et al. 2023): three people compared two replies; kept where two prefer the same one."""
    out = []
    for row in json.loads(_path(folder, "pandalm/testset-v1.json").read_text(encoding="utf-8")):
        verdict, votes = Counter(row[f"annotator{k}"] for k in (1, 2, 3)).most_common(1)[0]
        replies = {1: row["response1"], 2: row["response2"]}
        if verdict and votes >= 2 and all(isinstance(r, str) for r in replies.values()):
            context = (Message("user", "\n\n".join(filter(None, (row["instruction"], row["input"])))),)
            out.append(
                JudgedPair(
                    f"pandalm/{row['instruction']}",
                    Exchange(context, replies[verdict]),
                    Exchange(context, replies[3 - verdict]),
                )
            )
    return out


def rater_agreement(folder: Path) -> float:
    """Pairwise agreement of PandaLM's raters, in [0, 1], over the items that `helpful_pairs` keeps."""
    same = total = 0
    for row in json.loads(_path(folder, "pandalm/testset-v1.json").read_text(encoding="utf-8")):
        votes = [row[f"annotator{k}"] for k in (1, 2, 3)]
        verdict, count = Counter(votes).most_common(1)[0]
        if verdict and count >= 2:
            same += sum(a == b for a, b in itertools.combinations(votes, 2))
            total += 3
    return same / total


def instruction_pairs(folder: Path, subset: str) -> list[JudgedPair]:
    """One of LLMBAR_SUBSETS (Zeng et al. 2023): experts chose the reply that follows the instruction."""
    out = []
    for row in json.loads(
        (_path(folder, "llmbar/llmbar_natural.json").parent / f"llmbar_{subset}.json").read_text(encoding="utf-8")
    ):
        context = (Message("user", row["input"]),)
        replies = {1: row["output_1"], 2: row["output_2"]}
        out.append(
            JudgedPair(
                f"llmbar/{row['input']}",
                Exchange(context, replies[row["label"]]),
                Exchange(context, replies[3 - row["label"]]),
            )
        )
    return out


def truthful_replies(folder: Path) -> list[JudgedReply]:
    """TruthfulQA (Lin et al. 2021): its authors' true (1) and untrue (0) answers to each question."""
    out = []
    for row in json.loads(_path(folder, "truthfulqa_multi/en.json").read_text(encoding="utf-8")):
        context = (Message("user", row["question"]),)
        for label, answers in ((1, row["correct_answers"]), (0, row["incorrect_answers"])):
            out += [
                JudgedReply(f"truthfulqa/{row['question']}", Exchange(context, a), label) for a in answers if a.strip()
            ]
    return out


class Choice(NamedTuple):
    """A question with several answers; `right` is the index of the true one."""

    group: str
    context: tuple[Message, ...]
    answers: tuple[str, ...]
    right: int


def choice_questions(folder: Path) -> list[Choice]:
    """TruthfulQA as multiple choice with one true answer (its authors' MC1), without the answers that are empty."""
    out = []
    for row in json.loads(_path(folder, "truthfulqa_multi/en.json").read_text(encoding="utf-8")):
        target = row["mc1_targets"]
        held = [(a, true) for a, true in zip(target["choices"], target["labels"], strict=True) if a.strip()]
        answers, true = zip(*held, strict=True)
        context = (Message("user", row["question"]),)
        out.append(Choice(f"truthfulqa/{row['question']}", context, answers, true.index(1)))
    return out


LACKS_ABILITY = 4  # the class of Do-Not-Answer for replies that can't tell, some of which decline


def action_replies(folder: Path) -> Iterator[JudgedReply]:
    """Do-Not-Answer (Wang et al. 2023): replies of six large systems to requests that should be declined.

    The label is people's class of what the reply does, from 0 (cannot assist) to 5 (follows the request).
    """
    for path in sorted(_path(folder, "do_not_answer").glob("annotated_response_*.csv")):
        with path.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                if row["response"].strip() and row["action"] in "012345":
                    yield JudgedReply(
                        f"dna/{row['question']}",
                        Exchange((Message("user", row["question"]),), row["response"]),
                        int(row["action"]),
                        path.stem.removeprefix("annotated_response_"),
                    )


def harm_pairs(folder: Path) -> Iterator[JudgedPair]:
    """Do-Not-Answer: a reply that people found harmless beside one to the same request that they found harmful."""
    by_request: dict[str, dict[str, str]] = {}
    for path in sorted(_path(folder, "do_not_answer").glob("annotated_response_*.csv")):
        with path.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                if row["response"].strip() and row["harmful"] in ("0", "1"):
                    by_request.setdefault(row["question"], {}).setdefault(row["harmful"], row["response"])
    for question, replies in by_request.items():
        if len(replies) == 2:
            context = (Message("user", question),)
            yield JudgedPair(f"dna/{question}", Exchange(context, replies["0"]), Exchange(context, replies["1"]))


def sampled_replies(folder: Path) -> Iterator[tuple[str, Exchange]]:
    """OpenAssistant's sampling reports: (group, reply) of base, SFT and RLHF models to the same prompts. No labels."""
    for path in sorted(_path(folder, "oasst_sampling").glob("*_sampling_*.json")):
        for row in json.loads(path.read_text(encoding="utf-8"))["prompts"]:
            for result in row["results"]:
                for text in result["outputs"]:
                    yield f"oasst/{row['prompt']}", Exchange((Message("user", row["prompt"]),), text)
