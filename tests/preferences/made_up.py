"""Made-up preference sets: replies whose marks are drawn at random, of which chosen rules decide who wins."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from lib.formats.comparisons import Comparison, ReadSet, asked

SAYS = {
    "refusal": "I can't help with that.",
    "hedge": "Perhaps it depends on the weather.",
    "question": "Which kind of lamp is it?",
    "list": "\n- a brush\n- a cloth\n",
    "evidence": "According to the label, it lasts.",
    "flattery": "What a great question!",
    "first_person": "I would wait.",
}
_WORDS = "lamp table window garden river stone paper cloud spoon basket ladder bottle forest candle mirror".split()


def made_up(
    pairs: int, effects: Mapping[str, float], seed: int, words: int = 20, prompts: int | None = None
) -> ReadSet:
    """`effects`: log-odds that each mark of SAYS adds to a reply; nothing else decides which one is chosen."""
    random = np.random.default_rng(seed)
    names = list(SAYS)
    out = []
    of = random.integers(0, prompts or pairs, pairs)
    for k in range(pairs):
        texts, value = [], []
        for _ in range(2):
            has = random.random(len(names)) < 0.3
            length = int(random.integers(words // 2, words * 3 // 2 + 1))
            plain = " ".join(random.choice(_WORDS, length)) + "."
            said = [SAYS[n] for n, h in zip(names, has, strict=True) if h]
            texts.append(" ".join([plain.capitalize(), *said]))
            value.append(sum(effects.get(n, 0.0) for n, h in zip(names, has, strict=True) if h))
        wins = float(random.random() < 1 / (1 + np.exp(value[1] - value[0])))
        out.append(
            Comparison(
                asked(f"Question {of[k]} about the {_WORDS[of[k] % 15]} {_WORDS[of[k] % 7]}?"), texts[0], texts[1], wins
            )
        )
    return ReadSet("made up", pairs, out, Counter(), 0)
