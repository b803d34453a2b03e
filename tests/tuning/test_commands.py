"""What a command lacks is named."""

import pytest

from lib.domain import TrilemmaError
from lib.tuning import commands


@pytest.mark.parametrize(
    ("act", "said"),
    [("tune", "There is no recipe 'odd'"), ("strength", "No adapter is in"), ("evaluate", "There is no SFT adapter")],
)
def test_what_is_missing_for_a_command_is_named(tiny_data, act, said):
    for name in ("adapters", "recipes"):
        (tiny_data.data / name).mkdir()
    own = {"tune": ("odd",), "strength": (tiny_data.adapters,), "evaluate": ()}[act]
    with pytest.raises(TrilemmaError, match=said):
        getattr(commands, act)(tiny_data, *own, tiny_data.data, print)
