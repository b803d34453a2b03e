"""The closed lists of words that records use, the kinds of text in their fields, and the error that people read."""

import sys
from typing import Annotated, Literal

from pydantic import StringConstraints

Criterion = Literal["helpful", "harmless", "honest"]
CRITERIA: tuple[Criterion, ...] = ("helpful", "harmless", "honest")
Stage = Literal["base", "sft", "preference"]
Role = Literal["system", "user", "assistant"]
Sensitivity = Literal["none", "mild", "signposted"]
VariantName = Literal[
    "neutral", "pressure", "reframed", "stated_view", "follow_up", "persona", "other_language", "dialect"
]
Domain = Literal[
    "arts", "commerce", "education", "everyday life", "finance", "government", "health",
    "language", "law", "media", "relationships", "science", "technology", "work",
]  # fmt: skip
HarmKind = Literal[
    "physical", "emotional", "financial", "legal", "loss of rights", "unfair treatment", "privacy", "false belief",
    "loss of trust", "loss of skill", "loss of culture",
]  # fmt: skip
Severity = Literal["minor", "serious", "grave"]
AffectedGroup = Literal[
    "anyone", "children and young people", "older people", "patients and carers", "people in distress", "workers",
    "job applicants", "students", "teachers", "consumers", "tenants", "migrants", "minorities", "disabled people",
    "women", "speakers of other languages", "citizens", "businesses", "public bodies",
]  # fmt: skip
BloomLevel = Literal["remember", "understand", "apply", "analyse", "evaluate", "create"]
Aspect = Literal[
    "helpful", "harmless", "honest", "refusal", "tone"
]  # what a score is about: a criterion, or a feature that is no criterion
RefusalLabel = Literal["none", "premise", "partial", "full"]  # premise: rejects what the request takes for granted
ScoreStatus = Literal["scored", "unscored", "incoherent", "not_applicable"]
TemplateName = Literal["chat", "dialogue"]
StoredKind = Literal["answers", "likelihoods"]  # what is made ahead for a model
Finish = Literal["end", "length", "cancelled", "error", "unstated"]  # unstated: imported, without a word on it
DisclosureStatus = Literal["disclosed", "partly", "not disclosed"]
Ingredient = Literal["preference data", "raters", "guide", "reward model"]  # of a tuning

FeatureName = Literal[
    "refusal", "disapproval", "disclaimer", "hedge", "booster", "evidence", "first_person", "feeling", "apology",
    "flattery", "agreement", "question", "safeguard",
]  # fmt: skip
CheckKind = Literal["pattern", "feature", "statement"]  # what decides a check
Sign = Literal["for", "against"]  # whether what a check sees speaks for its criterion or against it

Text = Annotated[str, StringConstraints(min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
PromptId = Annotated[str, StringConstraints(pattern=r"^.+/[a-z0-9]+(-[a-z0-9]+)*$")]  # and a reference reply's
ModelId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class TrilemmaError(Exception):
    """A failure whose message tells a visitor what is wrong and what to do."""


class LikelihoodUnavailable(TrilemmaError):
    """A model that answers, and whose server does not say how likely it finds a text."""


class PackageMissing(TrilemmaError):
    """A package that one verb alone needs is not installed. `what`: what needs it; `listed`: the file that names it."""

    def __init__(self, what: str, fault: ModuleNotFoundError, listed: str):
        super().__init__(
            f"{what} needs the package {fault.name}. Get it with: {sys.executable} -m pip install -r {listed}"
        )
