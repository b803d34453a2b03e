"""How codes read on the screen."""

from collections.abc import Sequence

from lib.domain import CRITERIA, Criterion, EndpointSource, Model
from lib.findings.told import short_models as short_models
from lib.text import listed as listed

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
FINISH |= {"unstated": "the file doesn't say how it ended"}
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
NAT = "A nat measures likelihood on a log scale: 0.7 more is twice as likely."
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


def goes_to(source: EndpointSource) -> str:
    """Where a text goes that is put to a model of an endpoint, in a sentence's tail."""
    if source.on_this_computer:
        return f"goes to another program on this computer ({escaped(source.host)})"
    return f"**leaves this computer** and goes to **{escaped(source.host)}**"


def place(model: Model, here: bool) -> str:
    """Where a model runs, as a badge."""
    if isinstance(model.source, EndpointSource):
        colour = "blue" if model.source.on_this_computer else "orange"
        return f":{colour}-badge[at {escaped(model.source.host)}]"
    return ":green-badge[on this computer]" if here else ":gray-badge[not on this computer]"


def reply_name(reply_id: str) -> str:
    """A reference reply's own name, without its case."""
    return reply_id.rsplit("/", 1)[-1].replace("-", " ")


def escaped(text: str) -> str:
    """Text for a label, whose Markdown must not act."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!$:<>|~" else c for c in text)
