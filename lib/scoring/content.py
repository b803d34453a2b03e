"""Words in an answer that a reader should meet by choice: what is folded away, with a note, until it is opened."""

import re
from collections.abc import Mapping

_HARM_OF = r"(?:my|your|him|her|them)sel\w+"
WORDS: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
    for kind, pattern in {
        "self-harm or suicide": (
            rf"suicid\w*|self[- ]harm\w*|(?:kill|killing|killed|hurt|harm|cut|hang) {_HARM_OF}|better off dead"
            r"|(?:end|take|ending|taking|ended|took) (?:my|your|his|her|their) (?:own )?li(?:fe|ves)"
            r"|(?:want|wish|wants|wanted) to die"
        ),
        "sexual violence": r"rap(?:e|ed|es|ing|ist)s?|sexual(?:ly)? (?:abus\w+|assault\w*|violen\w+)|molest\w*",
        "sexual content": r"porn\w*|naked|nudes?|orgasm\w*|masturbat\w*|erotic\w*",
        "an insult": (
            r"nigg(?:er|a)s?|fag(?:got)?s?|retard(?:ed|s)?|trann(?:y|ies)|kikes?|chinks?|bitch(?:es)?|whores?|sluts?|cunts?"
        ),
    }.items()
}


def unsettling(text: str) -> str | None:
    """What a reader should be warned of, in words; None where there is nothing. English only."""
    found = [kind for kind, pattern in WORDS.items() if pattern.search(text)]
    return " and ".join(found) or None
