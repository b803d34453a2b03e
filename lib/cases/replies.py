"""Reference replies in every wording after every context: what log-likelihoods are computed of."""

from lib.domain import CaseStudy, Message, Prompt

# Prompts that ask for nothing in particular: what a reply's words are worth without the question.
STEMS = tuple(
    Prompt(f"stem/{i}", "stem", "neutral", "Neutral stem", "en", (Message("user", text),))
    for i, text in enumerate(("Write a short paragraph.", "Please go on.", "Say something to me."), start=1)
)


def needed_logliks(case: CaseStudy) -> int:
    """How many log-likelihoods of its replies a prompt of the case needs of a model: every wording, after the prompt and after each stem."""
    return sum(len(r.wordings) for r in case.replies) * (1 + len(STEMS))
