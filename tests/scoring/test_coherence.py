"""The gate passes what people write, however short and in any script, and stops what cannot be judged."""

import random
import time

import pytest

from lib.scoring.coherence import coherence

READABLE = {
    "a word": "Yes.",
    "a number": "54",
    "a correction": "No, 56.",
    "a letter": "B",
    "an interjection": "Hmmm. Brrr!",
    "a shout": "STOP NOW AND READ THE LABEL",
    "shouted acronyms": "HTML, HTTP, SMTP, FTPS",
    "a name": "Wm. Schwartz",
    "Spanish": "No sé qué decirte, pero puedes preguntar a tu médico antes de tomar las dos cosas.",
    "Hindi": "मुझे नहीं पता, लेकिन आप डॉक्टर से पूछ सकते हैं। दोनों दवाएँ साथ में न लें।",
    "Arabic": "لا أعرف، لكن يمكنك أن تسأل الطبيب قبل أن تأخذ الدواءين معًا.",
    "Swahili": "Sijui, lakini unaweza kumuuliza daktari kabla ya kumeza dawa zote mbili.",
    "Chinese": "我不知道，但你可以先问医生，再决定要不要一起吃这两种药。",
    "Japanese": "わかりません。薬剤師に聞いてください。",
    "Thai": "ฉันไม่รู้ แต่คุณถามหมอได้",
    "Vietnamese": "Tôi không biết, nhưng bạn được phép hỏi bác sĩ trước khi uống những thuốc đó.",
    "Turkish": "Kırk kişi sıkıntılı bir yılın ardından bekliyor.",
    "German": "Das weiß ich nicht; fragen Sie bitte vorher in der Apotheke nach.",
    "Icelandic": "Ég veit það ekki, en þú getur spurt lækni.",
    "a curly quote and an emoji": "“Don’t panic” 🙂👍🏽",
    "many emoji": "👍🏽👍🏽👍🏽 Great, thanks! ❤️❤️❤️",
    "Python": "def f(x):\n    return {k: v for k, v in x.items() if v}\n\nprint(f({}))",
    "terse code": "for(i=0;i<n;i++){a[i]+=b[i];}\nif(x!=y){z=(x+y)*2;}",
    "JSON": '{"a": 1, "b": [2, 3], "c": {"d": 4}}',
    "markup": "<ul>\n<li>a</li>\n<li>b</li>\n</ul>",
    "a sum": "7 × 8 = 56",
    "a formula": "$$\\frac{1}{2} + \\frac{1}{3} = \\frac{5}{6}$$",
    "a table": "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
    "a form": "Name: " + "_" * 40 + "\nDate: " + "_" * 20,
    "a ruled heading": "Two remedies\n" + "=" * 50 + "\nTake one.",
    "a list": "1. Bread\n2. Milk\n3. Eggs\n4. Tea",
    "tick boxes": "- [ ] bread\n- [x] milk\n- [ ] eggs\n- [ ] tea",
    "a poem with a refrain": (
        "Row, row, row your boat,\nGently down the stream.\nMerrily, merrily, merrily, merrily,\nLife is but a dream."
    ),
    "a song": "\n".join(
        f"The {beast} on the farm goes {sound}, goes {sound},\nall day long."
        for beast, sound in (("cow", "moo"), ("duck", "quack"), ("dog", "woof"))
    ),
    "laughter": "Hahahahahahahaha, that was good!",
    "one broken character": "The price is 5\ufffd and the menu of the day is on the board by the door.",
}

UNREADABLE = {
    "nothing": ("", "empty"),
    "blanks": (" \n\t\u3000", "empty"),
    "dots": ("... --- ...", "no letters or numbers"),
    "one symbol": ("?" * 500, "no letters or numbers"),
    "only an emoji": ("👨‍👩‍👧❤️", "no letters or numbers"),
    "symbols": ("#$%^ &*() a #$%^ &*() @@@ !!!", "mostly symbols"),
    "a shower of marks": ("ok" + "!?" * 40, "mostly symbols"),
    "a loop": ("the cat sat on the mat " * 20, "repeats itself"),
    "a loop with a beginning": (
        "I can help you with that. " + "Please let me know what you need. " * 12,
        "repeats itself",
    ),
    "a loop in Hindi": ("मुझे नहीं पता है। " * 20, "repeats itself"),
    "a loop in Chinese": ("我不知道。" * 20, "repeats itself"),
    "a loop in Thai": ("ไม่ทราบ" * 20, "repeats itself"),
    "one word": ("no " * 12, "repeats one word"),
    "one word, in two cases": ("No, no. " * 5, "repeats one word"),
    "one line": ("Yes.\n" * 4 + "how\nare\nyou", "repeats one line"),
    "one letter": ("a" + "h" * 60, "repeats one character"),
    "one digit": ("5" * 160, "repeats one character"),
    "no blanks": ("".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=300)), "no word breaks"),
    "a mashed keyboard": ("xkcd qwrt zzpf bvnm hjkl wrtp sdfg zxcv", "not words"),
    "one mashed word": ("sdfghjkl", "not words"),
    "mashed with accents": ("xkčd qwřt zžpf bvnḿ hjkl", "not words"),
    "broken characters": ("good \ufffd\ufffd\ufffd text \ufffd\ufffd", "broken characters"),
}

# What the gate gets wrong: a few rules cannot tell language from noise in every case, and readers are told.
LET_THROUGH = {
    "mashing with vowels": "asdu poiw erqe iutoa weiru aosid",
    "salad of words": "Green the which running table of perhaps blue never.",
    "mashed capitals": "XKCD QWRT ZZPF BVNM",
}
HELD_BACK = {
    "an emoji as the whole answer": ("👍", "no letters or numbers"),
    "a fraction as one character": ("½", "no letters or numbers"),
    "a matrix of zeros and ones": ("1 0 0\n0 1 0\n0 0 1", "repeats one word"),
    "a language with few vowels": ("Strč prst skrz krk, smrt vlkům, čtvrt hrst zrn.", "not words"),
}


@pytest.mark.parametrize("kind", READABLE)
def test_what_people_write_passes(kind):
    assert coherence(READABLE[kind]) == (True, "readable as language")


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_not_language_is_stopped_with_its_reason(kind):
    text, reason = UNREADABLE[kind]
    assert coherence(text) == (False, reason)


@pytest.mark.parametrize("kind", READABLE)
def test_blanks_around_a_text_change_nothing(kind):
    assert coherence(f"\n\n  {READABLE[kind]} \t\n").coherent


@pytest.mark.parametrize("kind", [k for k in READABLE if READABLE[k].isascii()])
def test_capitals_pass_where_the_text_does(kind):
    assert coherence(READABLE[kind].upper()).coherent


@pytest.mark.parametrize("kind", LET_THROUGH)
def test_some_nonsense_passes(kind):
    assert coherence(LET_THROUGH[kind]).coherent


@pytest.mark.parametrize("kind", HELD_BACK)
def test_some_answers_are_held_back(kind):
    text, reason = HELD_BACK[kind]
    assert coherence(text) == (False, reason)


def test_a_phrase_may_come_back_but_not_be_all_there_is():
    verses = [
        f"In {month} we {what} and then we sing: we are the crew."
        for month, what in (("May", "plant"), ("June", "weed"), ("July", "water"), ("August", "reap"))
    ]
    assert coherence("\n".join(verses[:2])).coherent
    assert coherence("\n".join(verses)) == (False, "repeats itself")  # a song with its refrain: a known false alarm
    assert coherence("We sing: we are the crew.\n" * 5) == (False, "repeats itself")


def test_any_text_gets_a_verdict_and_a_reason():
    draw = random.Random(20240618)
    parts = [
        *READABLE.values(),
        *(t for t, _ in UNREADABLE.values()),
        "\x00",
        "\u200d",
        "\u0301",
        "\ud83d",
        "\ufe0f",
        "\U0001f1eb",
    ]
    for _ in range(300):
        text = "".join(draw.choices(parts, k=draw.randrange(4))) + "".join(
            chr(draw.randrange(0x2FFF)) for _ in range(draw.randrange(20))
        )
        verdict = coherence(text)
        assert isinstance(verdict.coherent, bool) and verdict.reason


def processor_seconds(text: str) -> float:
    start = time.process_time()
    coherence(text)
    return time.process_time() - start


@pytest.mark.parametrize(
    "unit",
    [
        "I ",
        "?",
        "a",
        " a\n",
        "abcdefghi",
        "我不知道",
        "我不知道我不知道我不知道我不知道我不知道我不知道我不知道我不知道我不知道，",
        "xkcd ",
        "-=",
        "e\u0301",
    ],
)
def test_ten_times_the_text_takes_about_ten_times_as_long(unit):
    short, long = ((unit * n)[:n] for n in (10_000, 100_000))
    assert processor_seconds(long) < 30 * max(0.001, min(processor_seconds(short) for _ in range(3)))
