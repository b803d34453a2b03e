"""The prompts of `python -m lib ask`: words, a file of lines, or a case's prompt."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lib.cases.files import read_cases
from lib.domain import CaseStudy, Message, Prompt, TrilemmaError
from lib.files import read_bytes
from lib.paths import Paths
from lib.runs.live_prompt import BadPrompt, edited_prompt, live_prompt
from lib.scoring.language import detected

KNOWN_LANGUAGES = ("en", "es", "fr", "de", "hi", "sw", "ar", "it", "zh")  # those of the page Live


class Question(NamedTuple):
    """A prompt and, where it is a case's, the case."""

    prompt: Prompt
    case: CaseStudy | None = None


def questions(
    paths: Paths,
    text: str,
    say: Callable[[str], None],
    lines: Path | None,
    case: str | None,
    system: str,
    turns: Sequence[str],
    language: str | None,
) -> list[Question]:
    """Raises TrilemmaError where nothing is asked, or what is asked is no prompt."""
    if case:
        if lines or system or turns:
            raise TrilemmaError("--case takes a prompt with its system prompt and turns: leave the others out.")
        return [_case_question(paths, case, text)]
    if bool(text.strip()) == bool(lines):
        raise TrilemmaError("Nothing is asked, or two things are: write a prompt, or name a file of prompts by --file.")
    before = tuple(Message("assistant" if k % 2 else "user", each) for k, each in enumerate(turns))
    if len(before) % 2:
        raise BadPrompt("--turns: the last one must be the assistant's; the prompt itself is the next turn.")
    texts = [text] if lines is None else _lines(lines)
    return [Question(live_prompt(each, language or _language(each, say), system, before)) for each in texts]


def _language(text: str, say: Callable[[str], None]) -> str:
    found = detected(text, KNOWN_LANGUAGES)
    say(f"Language: {found.code} (detected)" if found.sure else "Language: too short to tell, taken as en (--language)")
    return found.code


def _lines(file: Path) -> list[str]:
    try:
        text = read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise TrilemmaError(f"{file}: is not UTF-8 text: byte {fault.start}") from fault
    if not (found := [line.strip() for line in text.splitlines() if line.strip()]):
        raise TrilemmaError(f"{file}: has no line with a prompt")
    return found


def _case_question(paths: Paths, prompt_id: str, text: str) -> Question:
    for study in read_cases(paths.cases):
        for prompt in study.prompts:
            if prompt.id == prompt_id:
                put = edited_prompt(prompt, text) if text.strip() else prompt
                return Question(put, study if put is prompt else None)
    raise TrilemmaError(f"No prompt {prompt_id!r}. It is named CASE/KEY, as in --prompts of precompute.")
