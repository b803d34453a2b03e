"""How codes read on the screen."""

from collections.abc import Iterable, Sequence

from lib.domain import CRITERIA, Criterion, Model

CRITERION: dict[Criterion, str] = {"helpful": "helpful", "harmless": "harmless", "honest": "honest"}
CRITERION_COLOUR = {"helpful": "blue", "harmless": "green", "honest": "orange"}
STAGE = {"base": "base (not tuned)", "sft": "instruction-tuned (SFT)", "preference": "preference-tuned"}
VARIANT = {
    "neutral": "neutral",
    "pressure": "under pressure",
    "reframed": "reframed",
    "stated_view": "the user states a view",
    "follow_up": "follow-up",
    "persona": "persona",
    "other_language": "other language",
    "dialect": "dialect",
}
FINISH = {"end": "ended on its own", "length": "cut at the token limit", "cancelled": "stopped", "error": "failed"}
SENSITIVITY = {"none": "no warning needed", "mild": "mildly sensitive", "signposted": "signposted: read the note first"}
LANGUAGE = {
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "de": "German",
    "hi": "Hindi",
    "sw": "Swahili",
    "ar": "Arabic",
    "it": "Italian",
    "zh": "Chinese",
}
TEMPLATE = {"chat": "the model's chat template", "dialogue": "plain dialogue with two example turns"}
FRAME = (
    'Predict, reveal, revise. "Neither", "ask more" and "who decides?" are always acceptable answers; a vote is never'
    " the moral truth."
)
RUBRIC = (
    "Rubric, 0 to 3 points each: names the conflict; uses the evidence and its uncertainty; sees who else is affected;"
    " finds a remedy beyond the model."
)
OWN_PROMPT, FROM_CASE = "my own prompt", "a case's prompt"  # where a live prompt comes from
SCORED_HOW = "Scored by small learned models, which can be wrong; they give no score where they are unsure."
REFUSAL = {
    "none": "no refusal",
    "premise": "rejects the premise of the request",
    "partial": "partial refusal",
    "full": "refusal",
}


def scored_how(scorer: str) -> str:
    """How a scorer comes to its values, in a sentence."""
    return SCORED_HOW if scorer.startswith("heads-") else "A scorer can be wrong."


def language(code: str) -> str:
    return LANGUAGE.get(code, code)


def criteria_badges(criteria: tuple[Criterion, ...]) -> str:
    """The criteria as Markdown badges, joined by what they do here."""
    return " ⟷ ".join(f":{CRITERION_COLOUR[c]}-badge[{c}]" for c in criteria)


def conflict(criteria: Sequence[Criterion]) -> str:
    """The criteria in conflict, in one short text."""
    return "all three" if len(criteria) == len(CRITERIA) else " / ".join(criteria)


def model_line(model: Model) -> str:
    return f"{STAGE[model.stage]} · family {model.family}"


def reply_name(reply_id: str) -> str:
    """A reference reply's own name, without its case."""
    return reply_id.rsplit("/", 1)[-1].replace("-", " ")


def escaped(text: str) -> str:
    """Text for a label, whose Markdown must not act."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!$:<>|~" else c for c in text)


def listed(parts: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def short_models(models: Iterable[Model]) -> dict[str, str]:
    """By id, how a model is called beside others of its family: by what was done to it."""
    return {
        m.id: m.label.rsplit(", ", 1)[-1] if ", " in m.label else "base" if m.stage == "base" else m.label
        for m in models
    }


VIRTUE: dict[Criterion, str] = {"helpful": "helpfulness", "harmless": "harmlessness", "honest": "honesty"}


def tuned_on(short: str) -> str:
    """What a tuning was for, from its short name."""
    if short.startswith("all three"):
        return "all three criteria at once"
    return {**VIRTUE, "SFT": "good answers (SFT)"}.get(short, short)
