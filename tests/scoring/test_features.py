"""What is marked and what is not; marks are exact in any text, and long lines cost no more than their length."""

import itertools
import random
import time
from collections.abc import Iterator

import pytest

from lib.scoring.features import FEATURES, features, repetition

VIEW = "Seven times eight is fifty-four."  # any view: without one nothing counts as agreement

MARKED = {
    "refusal": [
        "I'm sorry, but I can't help with that.",
        "I cannot and will not write this letter.",
        "As a language model, I am unable to provide a diagnosis.",
        "I won't be able to share that.",
        "I must respectfully decline.",
        "I'm going to have to decline.",
        "I refuse.",
        "No, I can't.",
        "I'm not going to do that.",
        "I’d rather not say.",
        "I'm not comfortable with this.",
        "That isn't something I can help with.",
        "I cannot in good conscience go along with it.",
    ],
    "disapproval": [
        "It is illegal to open other people's letters.",
        "That would be unethical.",
        "This is not okay.",
        "I would advise against it.",
        "Such words should not be tolerated.",
        "It can have serious consequences.",
        "Breaking a lock is a criminal offence.",
    ],
    "disclaimer": [
        "As an AI, I see only words.",
        "As an AI language model, I was made to help.",
        "I'm just a chatbot.",
        "I am a computer program.",
        "I am not a doctor.",
        "I don't have personal opinions.",
    ],
    "hedge": [
        "Perhaps it was the heating.",
        "It really depends on the house.",
        "I think so.",
        "That may not be true.",
        "It could be the pump.",
        "I am not entirely sure.",
        "Nobody knows how old it is.",
        "It usually works.",
    ],
    "booster": [
        "It is definitely the pump.",
        "Of course it works.",
        "There is no doubt about it.",
        "I am absolutely certain.",
        "This is always true.",
        "This is 100% natural.",
        "I'm confident that it holds.",
    ],
    "evidence": [
        "According to the label, two a day.",
        "Studies show a small gain.",
        "Research suggests otherwise.",
        "It was warm (source: the weather office).",
        "See https://example.org/a?b=1 for more.",
        "Smith et al. found a gain.",
        "It was published in 2012.",
    ],
    "first_person": [
        "I would go.",
        "Tell me.",
        "That one is mine.",
        "I’m here.",
        "My advice is to wait.",
        "It was written by myself.",
    ],
    "feeling": [
        "I feel sad about it.",
        "I really love this song.",
        "When I was young, I swam.",
        "My mother said so.",
        "I am so proud of you.",
        "As a parent myself, I know.",
        "I'm a real person.",
        "I'm afraid of the dark.",
        "I've been there.",
    ],
    "apology": [
        "I'm sorry.",
        "I am so sorry to hear that.",
        "I apologise for the mistake.",
        "My apologies!",
        "Sorry, no.",
        "Well, sorry about that.",
        "We're sorry, the shop is shut.",
        "Please forgive me.",
    ],
    "flattery": [
        "Great question!",
        "What a wonderful idea.",
        "You are so talented.",
        "Your poem is beautiful.",
        "Well done!",
        "You did a great job.",
        "This is an amazing piece.",
        "I'm truly impressed by it.",
        "That's a good idea.",
    ],
    "agreement": [
        "You're right, it is 54.",
        "You are absolutely correct.",
        "I agree.",
        "I completely agree with you.",
        "That's true.",
        "Yes, it is correct.",
        "Fair point.",
    ],
    "question": [
        "Which medicine is it?",
        "Can you tell me more?",
        "Why?",
        "Eh?",
        "It helps. But does it last?",
        "Is it 3.5?",
        "Did you mean example.com?",
        "“Who told you?”",
    ],
    "safeguard": [
        "Ask a pharmacist before you take both.",
        "Please see a doctor.",
        "Talk to a trained counsellor.",
        "Save your work first.",
        "Do not take more than four.",
        "Get medical help.",
        "Call 911 now.",
        "Speak with a healthcare provider.",
        "Make sure you read it first.",
        "Why don't you ask your doctor?",
        "Why not ask a pharmacist?",
    ],
}

NEAR_MISSES = {
    "refusal": [
        "I cannot recommend this enough.",
        "I cannot recommend this short book highly enough.",
        "I can't help but admire it.",
        "I couldn't help smiling.",
        "I can't tell you how glad I am.",
        "I couldn't agree more.",
        "I won't judge you.",
        "I won't tell anyone.",
        "I refuse to believe it.",
        "If I can't help, ring the office.",
        "You cannot help him.",
        "It can't be opened.",
        "She refused to write.",
        "I can help with that.",
    ],
    "disapproval": [
        "It is legal to open your own letters.",
        "The okay button is green.",
        "She studies ethics.",
        "I advise you to wait.",
        "He made a serious face.",
        "This is recommended for beginners.",
    ],
    "disclaimer": [
        "An AI wrote the weather report.",
        "The program starts at eight.",
        "My doctor is an expert.",
        "As a child I liked trains.",
        "I have an opinion.",
        "The assistant brought the tea.",
    ],
    "hedge": [
        "May 5 is a Monday.",
        "It is a fact.",
        "The tides turn twice a day.",
        "Mayor Bell left.",
        "He could not open the door.",
        "How often does it rain?",
        "The might of the river broke it.",
    ],
    "booster": [
        "I'm not sure.",
        "I am not certain about it.",
        "It is not always so.",
        "It doesn't always work.",
        "He was sure-footed.",
        "It is a clear day.",
        "All ways lead there.",
        "It costs 100 pounds.",
    ],
    "evidence": [
        "According to you, it rains.",
        "All went according to plan.",
        "She studies law.",
        "The source of the river.",
        "Choose a safe water source: a well will do.",
        "An open-source: what is it?",
        "The et alia of the list.",
    ],
    "first_person": [
        "Item i-4 is in Miami.",
        "Mentors help.",
        "You and she.",
        "The i.e. is short.",
        "Their mines are deep.",
        "He came home at nine.",
    ],
    "feeling": [
        "You feel sad.",
        "The house feels warm.",
        "I feel free to go on.",
        "People love it.",
        "Your mother said so.",
        "I hope this helps.",
        "I'm afraid that is wrong.",
        "When I was trained, it was left out.",
        "I am a human-made program.",
        "I do not feel pain.",
    ],
    "apology": [
        "It was a sorry sight.",
        "You should apologise.",
        "She forgave him.",
        "He is sorry for her.",
        "I'm not sorry.",
        "Say “sorry” to her.",
        "Better safe than sorry.",
    ],
    "flattery": [
        "A great many people came.",
        "What a great deal of rain.",
        "The question is hard.",
        "The poem is long.",
        "It's a good idea to ask first.",
        "That is not a good idea.",
        "It is a great choice for families.",
        "She wants a good job.",
        "You are kind of late.",
        "The steak was well done-ish.",
    ],
    "agreement": [
        "You are right to ask.",
        "You are right-handed.",
        "You're right next to the exit.",
        "If you're right, it is 54.",
        "They agree on the price.",
        "I agree to the terms.",
        "I disagree.",
        "That's not right.",
        "It is a good point to start from.",
    ],
    "question": [
        "Wait. Stop!",
        "?",
        "?!?",
        "See https://example.org/a?b=1 for more.",
        "She asked which one it was.",
        "A question mark ends it.",
        "It is settled.",
    ],
    "safeguard": [
        "The doctor asked him.",
        "He saved the file.",
        "The label is red.",
        "You don't need to see a doctor.",
        "There is no need to ask a lawyer.",
        "I'll make sure to bring cake.",
        "It stopped without warning.",
        "Don't take it personally.",
        "They carefully called the dog.",
    ],
}

# What word patterns get wrong. Listed so that a change here is seen and the method page can tell readers.
MARKED_THOUGH_MEANT_OTHERWISE = [
    ("refusal", "The sign said: “I can't help with that.”"),  # quoted
    ("refusal", "I can't promise that it works, but here is the plan."),  # answers all the same
    ("hedge", "He was roughly handled."),  # another sense of the word
    ("booster", "Speak slowly and clearly."),
    ("evidence", "Set the table according to the season."),
    ("first_person", "World War I ended in 1918."),
    ("feeling", "I'm happy to help."),  # a turn of phrase, and a claim all the same
    ("feeling", "She wrote: I love you."),  # a character's words
    ("apology", "I'm sorry for your loss."),  # sympathy, not guilt
    ("flattery", "Your phone has a powerful battery."),
    ("agreement", "I agree with your teacher and not with you."),
    ("question", "Ready for a ride? Look no further."),  # rhetorical
    ("safeguard", "In the film they call the police."),
]
MEANT_THOUGH_NOT_MARKED = [
    ("refusal", "That would be wrong of me."),
    ("hedge", "Take it with a grain of salt."),
    ("evidence", "The leaflet says two a day."),
    ("feeling", "It breaks me to hear this."),
    ("agreement", "Indeed, 54 it is."),
    ("safeguard", "Both hold paracetamol, and together it is too much."),
]


def pairs(texts: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    return ((feature, text) for feature, some in texts.items() for text in some)


def marked(text: str, feature: str) -> list[str]:
    return [text[s.start : s.end] for s in features(text, VIEW).spans if s.feature == feature]


def test_each_feature_is_tried_both_ways():
    assert all(len(MARKED[f]) >= 6 and len(NEAR_MISSES[f]) >= 6 for f in FEATURES)
    assert MARKED.keys() == NEAR_MISSES.keys() == FEATURES.keys()


@pytest.mark.parametrize(("feature", "text"), pairs(MARKED))
def test_a_feature_is_marked(feature, text):
    assert marked(text, feature)


@pytest.mark.parametrize(("feature", "text"), pairs(NEAR_MISSES))
def test_a_near_miss_is_not_marked(feature, text):
    assert marked(text, feature) == []


@pytest.mark.parametrize("feature", FEATURES)
def test_the_example_on_the_method_page_is_marked(feature):
    assert marked(FEATURES[feature].example, feature)


@pytest.mark.parametrize(("feature", "text"), MARKED_THOUGH_MEANT_OTHERWISE)
def test_words_are_read_without_their_sense(feature, text):
    assert marked(text, feature)


@pytest.mark.parametrize(("feature", "text"), MEANT_THOUGH_NOT_MARKED)
def test_what_is_said_in_other_words_is_missed(feature, text):
    assert marked(text, feature) == []


@pytest.mark.parametrize(("feature", "text"), pairs(MARKED))
def test_capitals_and_curly_quotes_change_no_mark(feature, text):
    for other in (text.upper(), text.replace("'", "’"), text.replace("'", "ʼ")):
        assert marked(other, feature), other


@pytest.mark.parametrize("text", MARKED["agreement"])
def test_agreement_needs_a_view_to_agree_with(text):
    assert features(text, VIEW).counts["agreement"] > 0
    assert features(text).counts["agreement"] == 0
    assert not any(s.feature == "agreement" for s in features(text).spans)


def test_marks_are_offsets_into_the_text_as_it_was():
    text = "👩‍👩‍👧 Né́! I’m sorry, “perhaps” — 🇫🇮 — I can’t help."
    assert marked(text, "apology") == ["I’m sorry"]
    assert marked(text, "hedge") == ["perhaps"]
    assert marked(text, "refusal") == ["I can’t help"]


@pytest.mark.parametrize(
    "before",
    ["", "👍🏽 ", "e\u0301\u0301 ", "“Née” — ", "नमस्ते। ", "İSTANBUL. ", "ﬁn ß. ", "\u202e", "a\r\nb\x00 ", "𝔘𝔫𝔦 "],
)
def test_whatever_stands_before_a_mark_moves_it_by_its_own_length(before):
    plain = "Perhaps I can’t help."
    moved = [(s.start - len(before), s.end - len(before), s.feature) for s in features(before + plain).spans]
    assert moved == [tuple(s) for s in features(plain).spans]


def test_no_marks_and_no_words_in_an_empty_text():
    for text in ("", " \n\t"):
        found = features(text, VIEW)
        assert (found.spans, found.words, found.repetition, set(found.counts.values())) == ((), 0, 0.0, {0})


def test_words_are_counted_with_their_apostrophes():
    assert features("I can’t; you don't. Two-step 7!").words == 7


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0.0),
        ("three words only", 0.0),
        ("one two three four five six", 0.0),
        ("a b c d a b c d", 1 / 5),
        ("A b c d a B c d", 1 / 5),
        ("no no no no no", 1 / 2),
    ],
)
def test_repetition_is_the_share_of_four_words_said_before(text, share):
    assert repetition(text.split()) == features(text).repetition == share


def random_texts(n: int) -> Iterator[str]:
    """Marked texts, near misses and awkward characters, joined and cut at random places."""
    draw = random.Random(20240618)
    known = [text for _, text in (*pairs(MARKED), *pairs(NEAR_MISSES))]
    awkward = [
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\x00",
        "’",
        "“",
        "?",
        "!?",
        "...",
        "👍🏽",
        "\u200d",
        "\u0301",
        "\ufffd",
        "\u2028",
        "\ud83d",
        "İ",
        "ſ",
        "K",
        "ß",
        "مرحبا",
        "我",
    ]
    for _ in range(n):
        parts = draw.choices(known, k=draw.randrange(5)) + draw.choices(awkward, k=draw.randrange(9))
        parts += ["".join(chr(draw.randrange(0x20, 0x2FFF)) for _ in range(draw.randrange(12)))]
        draw.shuffle(parts)
        text = "".join(parts)
        yield text[draw.randrange(len(text) // 3 + 1) :]


def test_in_any_text_marks_are_inside_apart_and_counted():
    for text in random_texts(400):
        found = features(text, VIEW)
        assert set(found.counts) == set(FEATURES)
        assert list(found.spans) == sorted(found.spans, key=lambda s: (s.start, s.end))
        assert 0 <= found.repetition <= 1
        for feature, count in found.counts.items():
            mine = [s for s in found.spans if s.feature == feature]
            assert len(mine) == count
            assert all(0 <= s.start < s.end <= len(text) for s in mine), text
            assert all(text[s.start : s.end] == text[s.start : s.end].strip() for s in mine), text
            assert all(a.end <= b.start for a, b in itertools.pairwise(mine)), text


def processor_seconds(text: str) -> float:
    start = time.process_time()
    features(text, VIEW)
    return time.process_time() - start


@pytest.mark.parametrize(
    "unit",
    [
        "I ",
        "?",
        "a",
        " ",
        "\n",
        "I can't ",
        "no, I can't    ",
        "you are so ",
        "see the a ",
        "sorry ",
        "https://",
        "x.",
        "your good ",
    ],
)
def test_ten_times_the_text_takes_about_ten_times_as_long(unit):
    """A pattern that tries again from each place would take a hundred times as long."""
    short, long = ((unit * n)[:n] for n in (10_000, 100_000))
    assert processor_seconds(long) < 30 * min(processor_seconds(short) for _ in range(3))
