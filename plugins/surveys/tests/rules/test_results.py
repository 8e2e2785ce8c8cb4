"""Results count people, of whom somebody may have answered about several partners."""

from plugins.surveys.rules.definition import Definition, Question, Type
from plugins.surveys.rules.results import Answered, results

ASKED = Definition(
    locale="en",
    title={"en": "Pulse"},
    questions=(Question(key="recommend", type=Type.NPS, text={"en": "How likely?"}),),
)


def found(people, cells, k=5):
    given = [Answered(cell, {"recommend": 9}, person) for cell, person in people]
    return results(ASKED, given, cells, k)


def test_one_person_who_answers_five_times_is_not_five_people():
    assert found([("", "user:1")] * 5, [""]).n == 0


def test_five_people_are_seen_however_often_they_answer():
    people = [(f"partner:{n}", f"user:{person}") for n in range(3) for person in range(5)]
    assert found(people, ["partner:0", "partner:1", "partner:2"]).n == 15


def test_two_groups_of_the_same_few_people_are_not_enough_to_hide_in():
    big = [("partner:3", f"contact:{n}") for n in range(6)]
    same = [(f"partner:{n}", f"user:{person}") for n in (1, 2) for person in range(3)]
    seen = found(big + same, ["partner:1", "partner:2", "partner:3"])
    assert (seen.n, dict(seen.questions[0].cells)) == (12, {})


def test_by_name_each_answer_is_seen():
    people = [("partner:1", "user:1"), ("partner:2", "user:1")]
    assert set(found(people, ["partner:1", "partner:2"], None).questions[0].cells) == {
        "partner:1",
        "partner:2",
    }
