"""Orders are balanced over people, items and places, and nobody is asked a thing twice or out of turn."""

from collections import Counter

from lib.studies.definition import planned_json, questions, read_planned
from lib.studies.ratings import next_question, sequence
from lib.studies.simulation import planned


def test_each_item_is_in_each_place_once_among_as_many_people_as_items():
    made = planned(items=6, each=4)
    places = Counter((p.item.id, k) for n in range(6) for k, p in enumerate(sequence(made, n)) if p.item)
    assert set(places.values()) == {1} and len(places) == 24


def test_both_orders_of_answers_are_balanced_over_places_items_and_within_people():
    made = planned(items=6, each=4)
    order = Counter((p.item.id, k, p.tuned_first) for n in range(12) for k, p in enumerate(sequence(made, n)) if p.item)
    assert set(order.values()) == {1} and len(order) == 48
    for n in range(12):
        assert sum(p.tuned_first for p in sequence(made, n)) == 2


def test_few_people_already_meet_most_items():
    made = planned(items=12, each=6)
    met = Counter(p.item.id for n in range(6) for p in sequence(made, n) if p.item)
    assert len(met) >= 11


def test_the_item_for_attention_stands_in_the_middle_and_only_where_it_is_wanted():
    made = planned(items=6, each=4, attention=True)
    assert [p.item is None for p in sequence(made, 0)] == [False, False, True, False, False]


def test_a_person_is_asked_each_question_of_each_item_once():
    made = planned(items=3, each=2)
    from lib.store.sessions import AnswerRow

    given: list[AnswerRow] = []
    while found := next_question(made, 0, given):
        assert found.done == len(given) and found.of == 2 * len(questions(made.study))
        given.append(AnswerRow(0, found.step, found.question.key, "A", 1, 0.0, False))
    assert len({(a.step, a.question) for a in given}) == len(given) == 2 * 11


def test_a_study_reads_back_as_it_was_stored():
    made = planned(items=3, each=2)
    assert read_planned(planned_json(made)) == made
