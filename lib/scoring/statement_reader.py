"""The judge of statements in memory: its hidden state where a yes-no question about an answer ends."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch

from lib.domain import Model, StatementQuestion, TrilemmaError
from lib.inference.engine import Engine
from lib.inference.loading import load
from lib.scoring.statements import JUDGE, LAYER

_MAX_ASKED, _MAX_ANSWER = 96, 112  # tokens used: the end of the request, the start of the answer
_AT_ONCE = 16
# In the judge's own chat format.
_QUESTION = (
    "<|im_start|>user\nQuestion: {asked}\n\nAnswer: {answer}\n\nHere is a statement about the answer: The answer"
    " {statement}. Is that so? Reply Yes or No.<|im_end|>\n<|im_start|>assistant\n"
)


class StatementReader:
    """Questions -> states. The batches are the same in any order of the questions, and so the numbers."""

    def __init__(self, engine: Engine):
        self._engine = engine

    @torch.inference_mode()
    def states(self, questions: Sequence[StatementQuestion]) -> np.ndarray:
        """The state at LAYER where each question ends, shape (questions, width), float32."""
        known: dict[StatementQuestion, np.ndarray] = {}
        rows = sorted(((q, self._tokens(q)) for q in set(questions)), key=lambda row: (len(row[1]), row[0]))
        for k in range(0, len(rows), _AT_ONCE):
            known |= self._batch(rows[k : k + _AT_ONCE])
        return np.stack([known[q] for q in questions]) if questions else np.zeros((0, 0), np.float32)

    def _tokens(self, q: StatementQuestion) -> list[int]:
        asked, answer = self._cut(q.asked, slice(-_MAX_ASKED, None)), self._cut(q.answer, slice(_MAX_ANSWER))
        text = _QUESTION.format(asked=asked, answer=answer, statement=q.statement)
        return self._engine.tokenizer(text, add_special_tokens=False).input_ids

    def _cut(self, text: str, kept: slice) -> str:
        """The text where it is short enough, else its tokens in the slice."""
        ids = self._engine.tokenizer(text, add_special_tokens=False).input_ids
        return text if len(ids) == len(ids[kept]) else str(self._engine.tokenizer.decode(ids[kept]))

    def _batch(self, rows: Sequence[tuple[StatementQuestion, list[int]]]) -> dict[StatementQuestion, np.ndarray]:
        width = max(len(ids) for _, ids in rows)
        ids, sees = torch.zeros((2, len(rows), width), dtype=torch.long)
        for k, (_, own) in enumerate(rows):
            ids[k, -len(own) :], sees[k, -len(own) :] = torch.tensor(own), 1
        passed = self._engine.network.model(
            input_ids=ids,
            attention_mask=sees,
            position_ids=(sees.cumsum(1) - 1).clamp(min=0),
            output_hidden_states=True,
            use_cache=False,
        )
        states = passed.hidden_states[LAYER][:, -1].float().numpy()
        return {q: state for (q, _), state in zip(rows, states, strict=True)}


def load_statement_reader(models: Iterable[Model]) -> StatementReader:
    """The judge in memory, without the layers that aren't used.

    Raises TrilemmaError, with the command that gets it, where it is not installed.
    """
    found = next((m for m in models if m.id == JUDGE), None)
    if found is None:
        raise TrilemmaError(f"Statements are judged by the model {JUDGE!r}, which data/models.toml does not list.")
    engine = load(found)
    del engine.network.model.layers[LAYER + 1 :]
    return StatementReader(engine)
