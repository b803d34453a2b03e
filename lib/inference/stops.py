"""Where an answer ends in a growing text: at a marker of its template, and how much of it is certain until then."""

from collections.abc import Sequence


def up_to_stop(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """The text before the first marker, without blank space before it, and whether there is one."""
    cuts = [at for stop in stops if (at := text.find(stop)) >= 0]
    return (text[: min(cuts)].rstrip(), True) if cuts else (text, False)


def certain_length(text: str, stops: Sequence[str]) -> int:
    """How much of a growing text can be shown: not an unfinished character, nor what may yet become a stop marker."""
    length = len(text.rstrip("\ufffd"))
    for stop in stops:
        for k in range(min(len(stop) - 1, length), 0, -1):
            if text.endswith(stop[:k], 0, length):
                length -= k
                break
    # Blank space before a marker is cut with it, so it waits for what follows.
    return len(text[:length].rstrip()) if stops else length
