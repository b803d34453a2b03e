"""Untrusted text is shown literally, spans and differences are marked exactly."""

import re
from html import unescape

import pytest

from lib.domain import Span
from lib.text import MAX_DIFFED, MAX_SHOWN, marked_block, safe_html, text_block, word_diff

NASTY = '<script>alert(1)</script><img src=x onerror=alert(2)>![x](http://example.org/a.png) $x$ :red[y] &amp; "quoted"'


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_markup_is_escaped_and_reads_back_as_it_was():
    html = safe_html(NASTY)
    assert "<" not in html and _plain(html) == NASTY


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\x07", "\u2066", "\ufeff", "\u00ad"])
def test_unseen_and_turning_characters_are_spelled_out(character):
    html = safe_html(f"a{character}b")
    assert character not in html and f"U+{ord(character):04X}" in html


@pytest.mark.parametrize("text", ["line\nline\tx", "مرحبا بالعالم", "नमस्ते", "👩‍👩‍👧 family", "naïve café"])
def test_ordinary_text_of_any_script_stays_as_it_is(text):
    assert _plain(safe_html(text)) == text


def test_spans_mark_exactly_their_characters():
    html = marked_block(
        "I am <sorry>, perhaps.",
        [Span(6, 11, "apology"), Span(14, 21, "hedge")],
        {"apology": "apology", "hedge": "hedge"},
    )
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["sorry", "perhaps"]
    assert "&lt;" in html and _plain(html) == "I am <sorry>, perhaps."


def test_overlapping_spans_keep_the_text_once_and_name_both():
    html = marked_block("abcdef", [Span(0, 4, "x"), Span(2, 6, "y")], {"x": "ex", "y": "why"})
    assert _plain(html) == "abcdef" and 'title="ex, why"' in html


def test_a_huge_line_is_cut_and_says_so():
    html = text_block("x" * (MAX_SHOWN + 5))
    assert len(html) < MAX_SHOWN + 400 and f"The first {MAX_SHOWN:,} of {MAX_SHOWN + 5:,} characters" in html


def test_a_span_past_the_cut_does_not_break_the_text():
    assert "tri-cut" in marked_block("x" * (MAX_SHOWN + 50), [Span(MAX_SHOWN - 2, MAX_SHOWN + 20, "x")], {"x": "ex"})


def test_the_diff_marks_what_only_one_side_says():
    diff = word_diff("You should see a doctor now.", "You could see a doctor.")
    assert re.findall(r"<del[^>]*>(.*?)</del>", diff.left) == ["should", " now"]
    assert re.findall(r"<ins[^>]*>(.*?)</ins>", diff.right) == ["could"]
    assert _plain(diff.left) == "You should see a doctor now." and _plain(diff.right) == "You could see a doctor."


def test_shared_words_are_a_share_of_both_sides():
    assert word_diff("a b c d", "a b").shared == pytest.approx(2 * 2 / 6)
    assert word_diff("", "").shared == 1.0


def test_a_diff_escapes_what_it_marks():
    assert "<script" not in word_diff("<script>x", "<script>y").left


def test_texts_too_long_to_compare_are_refused():
    with pytest.raises(ValueError, match="too long to compare"):
        word_diff("a b " * MAX_DIFFED, "a")


def test_the_names_of_overlapping_marks_keep_the_order_in_which_they_came():
    spans = [Span(4, 9, "hedge"), Span(0, 6, "refusal"), Span(5, 6, "hedge"), Span(30, 40, "apology")]
    shown = marked_block("0123456789", spans, {"hedge": "h", "refusal": "r", "apology": "a"})
    assert re.findall(r'title="([^"]*)">([^<]*)<', shown) == [("r", "0123"), ("h, r", "4"), ("h, r", "5"), ("h", "678")]
