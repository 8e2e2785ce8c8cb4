"""Three-valued logic: what unknown may and may not decide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.logic import Answer, all_of, any_of, points

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
answers = st.lists(st.sampled_from(Answer), max_size=6)


@pytest.mark.parametrize(
    ("rule", "of", "expected"),
    [
        pytest.param(all_of, [YES, UNKNOWN], UNKNOWN, id="X1-all(yes,?)"),
        pytest.param(all_of, [NO, UNKNOWN], NO, id="X1-all(no,?)"),
        pytest.param(any_of, [YES, UNKNOWN], YES, id="X1-any(yes,?)"),
        pytest.param(any_of, [NO, UNKNOWN], UNKNOWN, id="X1-any(no,?)"),
        pytest.param(all_of, [YES, YES], YES, id="all(yes,yes)"),
        pytest.param(any_of, [NO, NO], NO, id="any(no,no)"),
        pytest.param(all_of, [], YES, id="all()"),
        pytest.param(any_of, [], NO, id="any()"),
    ],
)
def test_conditions_combine(rule, of, expected):
    assert rule(of) is expected


@pytest.mark.parametrize(
    ("met", "unknown", "needed", "expected"),
    [
        pytest.param(3, 2, 5, UNKNOWN, id="I2-3+2?-of-5"),
        pytest.param(5, 0, 5, YES, id="enough"),
        pytest.param(5, 9, 5, YES, id="enough-whatever-comes"),
        pytest.param(3, 1, 5, NO, id="out-of-reach"),
        pytest.param(0, 0, 0, YES, id="nothing-needed"),
    ],
)
def test_points_are_reached_or_still_open(met, unknown, needed, expected):
    assert points(met, unknown, needed) is expected


@given(answers, st.sampled_from([YES, NO]))
def test_learning_an_unknown_never_turns_a_decision_round(given_answers, learnt):
    for rule in (all_of, any_of):
        before = rule(given_answers)
        after = rule([learnt if answer is UNKNOWN else answer for answer in given_answers])
        assert before in (UNKNOWN, after)


def test_an_answer_is_not_a_truth_value():
    with pytest.raises(TypeError, match="compare"):
        bool(NO)
