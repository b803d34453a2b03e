"""The three criteria: features with spans, a gate for text that is not language, and learned scorers with their validity."""

from lib.criteria.coherence import coherence
from lib.criteria.features import FEATURES, features

__all__ = ["FEATURES", "coherence", "features"]
