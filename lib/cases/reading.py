"""How long a case takes to read."""

from lib.domain import CaseStudy

_WORDS_PER_MINUTE = 238  # of adults reading English non-fiction silently: Brysbaert 2019, doi 10.1016/j.jml.2019.104047
_READ = ("The situation", "Who is affected", "What pulls apart", "What this does not show")


def reading_minutes(study: CaseStudy) -> int:
    """Whole minutes, at least one, for the summary, the story and what it does not show; the answers come on top."""
    texts = (study.summary, *(study.sections[name] for name in _READ))
    return max(1, round(sum(len(text.split()) for text in texts) / _WORDS_PER_MINUTE))
