"""The nouns of Trilemma: frozen records that every other module passes around, and the seams between them."""

from lib.domain.cases import (
    CaseStudy,
    Harm,
    Message,
    PolicyHook,
    Prompt,
    Question,
    ReferenceReply,
    Sourced,
    Tour,
)
from lib.domain.models import AdapterSource, Disclosure, FolderSource, HubSource, Model, Pair, WheelSource
from lib.domain.runs import Features, LiveRun, ReplyLogLikelihood, Response, Run, Score, Settings, Span
from lib.domain.seams import (
    Ask,
    Continuation,
    Encoder,
    Encoding,
    Exchange,
    GenerateRow,
    LoadedModel,
    LogLik,
    Piece,
    Scorer,
    Template,
)
from lib.domain.vocabulary import (
    CRITERIA,
    Aspect,
    BloomLevel,
    Criterion,
    DisclosureStatus,
    Domain,
    Finish,
    Ingredient,
    RefusalLabel,
    Role,
    ScoreStatus,
    Sensitivity,
    Stage,
    TemplateName,
    TrilemmaError,
    VariantName,
)

__all__ = [
    "CRITERIA", "AdapterSource", "Ask", "Aspect", "BloomLevel", "CaseStudy", "Continuation", "Criterion",
    "Disclosure", "DisclosureStatus", "Domain", "Encoder", "Encoding", "Exchange", "Features", "Finish",
    "FolderSource", "GenerateRow", "Harm", "HubSource", "Ingredient", "LiveRun", "LoadedModel", "LogLik", "Message",
    "Model", "Pair", "Piece", "PolicyHook", "Prompt", "Question", "ReferenceReply", "RefusalLabel",
    "ReplyLogLikelihood", "Response", "Role", "Run", "Score", "ScoreStatus", "Scorer", "Sensitivity", "Settings",
    "Sourced", "Span", "Stage", "Template", "TemplateName", "Tour", "TrilemmaError", "VariantName", "WheelSource",
]  # fmt: skip
