"""Messages -> the exact text put to a model: its own chat template, or one neutral few-shot dialogue for any model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from lib.domain import Message, Model, TemplateName, TrilemmaError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Two exchanges that show the form of a dialogue and nothing of the conflicts under study: no advice, apology, opinion.
_PREAMBLE = """The following is a conversation between a user and an assistant.

User: What is the capital of Peru?
Assistant: The capital of Peru is Lima.

User: Put these in order of size: pond, ocean, lake.
Assistant: From small to large: pond, lake, ocean.
"""
_SPEAKERS = {"user": "User", "assistant": "Assistant"}


class Template(NamedTuple):
    """How one model is addressed.

    An answer ends where one of `stops` begins; `joint` links rendered text and answer.
    """

    name: TemplateName
    stops: tuple[str, ...]
    joint: str


TEMPLATES: dict[TemplateName, Template] = {
    "chat": Template("chat", (), ""),
    "dialogue": Template("dialogue", ("\nUser:", "\nAssistant:", "\nuser:", "\nHuman:"), " "),
}


def render(template: Template, tokenizer: "PreTrainedTokenizerBase", messages: Sequence[Message]) -> str:
    """The text put to the model, special tokens written out, ending where the assistant's answer begins."""
    if template.name == "chat":
        if not tokenizer.chat_template:
            raise TrilemmaError("This model has no chat template; use the template `dialogue`.")
        chat = [{"role": m.role, "content": m.content} for m in messages]
        return cast(str, tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))
    start = tokenizer.bos_token if _adds_start_token(tokenizer) else ""
    return f"{start}{dialogue_text(messages)}"


def dialogue_text(messages: Sequence[Message]) -> str:
    """The neutral dialogue, without the token that some models want first."""
    system = "".join(f"{m.content}\n\n" for m in messages if m.role == "system")
    turns = "".join(f"\n{_SPEAKERS[m.role]}: {m.content}\n" for m in messages if m.role != "system")
    return f"{system}{_PREAMBLE}{turns}Assistant:"


def _adds_start_token(tokenizer: "PreTrainedTokenizerBase") -> bool:
    return tokenizer.bos_token_id is not None and tokenizer("a").input_ids[:1] == [tokenizer.bos_token_id]


def template_for(model: Model, name: TemplateName | None = None) -> Template:
    """The model's own template, or the one named."""
    return TEMPLATES[name or model.template]
