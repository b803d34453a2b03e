"""What looks at a batch after each token: it sends on the text that is certain and says which rows have ended."""

import queue
from collections.abc import Callable, Collection, Sequence
from typing import cast

import torch
from transformers import PreTrainedTokenizerBase, StoppingCriteria

from lib.domain import GenerateRow, Piece
from lib.inference.stops import certain_length, up_to_stop


class Watch(StoppingCriteria):
    """Breaks a batch off where a part of it has ended, so that it can go on without those rows.

    `asked`: its rows, after prompts of `width` tokens; `part`: one in so many has to have ended; `look`: called after
    each token, returns whether all rows are to stop.
    """

    def __init__(
        self,
        asked: Sequence[GenerateRow],
        width: int,
        max_tokens: int,
        tokenizer: PreTrainedTokenizerBase,
        stops: Sequence[str],
        ends: Collection[int],
        part: int,
        look: Callable[[], bool],
        pieces: "queue.SimpleQueue[Piece]",
    ):
        self.rows = list(range(len(asked)))  # those still in the batch
        self._asked, self._width, self._max = asked, width, max_tokens
        self._tokenizer, self._stops, self._ends = tokenizer, stops, set(ends)
        self._part, self._look, self._pieces = part, look, pieces
        self._sent = [0] * len(asked)
        self._done = [False] * len(asked)

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **kwargs) -> torch.Tensor:
        cancelled = self._look()
        for row, ids in zip(self.rows, input_ids[:, self._width :].tolist(), strict=True):
            if not self._done[row]:
                self._take(row, ids, cancelled or self._asked[row].stopped)
        done = [self._done[row] for row in self.rows]
        return torch.full((len(done),), True) if self._part * sum(done) >= len(done) else torch.tensor(done)

    def narrow(self) -> list[int]:
        """Go on without the rows that have ended: the places of the others in the batch."""
        kept = [place for place, row in enumerate(self.rows) if not self._done[row]]
        self.rows = [self.rows[place] for place in kept]
        return kept

    def _take(self, row: int, ids: list[int], cancelled: bool) -> None:
        ended = ids[-1] in self._ends
        text = cast(str, self._tokenizer.decode(ids[:-1] if ended else ids, skip_special_tokens=True)).lstrip()
        text, stopped = up_to_stop(text, self._stops)
        ended = ended or stopped
        finish = "end" if ended else "length" if len(ids) >= self._max else "cancelled" if cancelled else None
        certain = len(text) if finish else certain_length(text, self._stops)
        piece = text[self._sent[row] : certain]
        self._sent[row] = max(self._sent[row], certain)
        self._done[row] = finish is not None
        if piece or finish:
            self._pieces.put(Piece(row, piece, finish, len(ids)))
