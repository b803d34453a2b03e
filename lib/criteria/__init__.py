"""The three criteria: features with spans, a gate for text that is not language, and a scorer."""

from lib.criteria.coherence import coherence
from lib.criteria.features import FEATURES, features
from lib.criteria.rules import RULES, SCORER, score

__all__ = ["FEATURES", "RULES", "SCORER", "coherence", "features", "score"]
