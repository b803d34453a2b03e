"""Public sets: what is missing is named with its address, and pairs that cannot be used are left out."""

import json

import pytest

from lib.domain import TrilemmaError
from lib.formats.sets import DOWNLOADS, harmless_pairs, share


def test_a_set_that_is_absent_is_named_with_where_it_can_be_had(tmp_path):
    with pytest.raises(TrilemmaError, match="hh-rlhf"):
        harmless_pairs(tmp_path)
    assert all("github.com" in s or "huggingface.co" in s for s in DOWNLOADS.values())


def test_pairs_without_a_shared_context_or_a_reply_are_left_out(tmp_path):
    rows = [
        ("\n\nHuman: Hi\n\nAssistant: Hello", "\n\nHuman: Hi\n\nAssistant: Go away"),
        ("\n\nHuman: Hi\n\nAssistant: Hello", "\n\nHuman: Hi\n\nAssistant:"),
        ("\n\nHuman: Hi\n\nAssistant: Hello", "\n\nHuman: Ho\n\nAssistant: Hello"),
    ]
    (tmp_path / "hh_rlhf_harmless").mkdir()
    (tmp_path / "hh_rlhf_harmless" / "dev.jsonl").write_text(
        "\n".join(json.dumps({"chosen": c, "rejected": r}) for c, r in rows)
    )
    (pair,) = harmless_pairs(tmp_path)
    assert pair.better.text == "Hello" and pair.worse.text == "Go away" and pair.better.messages == pair.worse.messages


def test_a_split_depends_on_the_prompt_alone():
    assert share("x") == share("x") and 0 <= share("x") < 1 and len({share(str(i)) for i in range(50)}) == 50
