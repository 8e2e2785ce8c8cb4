"""Who may mediate: nobody with a stake in the case."""

import pytest

from plugins.conflicts.rules import neutrality

STAKES = neutrality.Stakes(
    reporters=frozenset({1}),
    respondents=frozenset({2}),
    managers=frozenset({3}),
    owner=frozenset({4}),
    team=frozenset({4, 5}),
    staff_emails=frozenset({"ada@host.example"}),
    contact_emails=frozenset({"ines@partner.example", "x@gmail.com"}),
)


@pytest.mark.parametrize(
    ("person", "words"),
    [(1, "raised"), (2, "takes part"), (3, "line manager"), (4, "owns"), (5, "team")],
)
def test_whoever_has_a_stake_is_refused_with_the_reason(person, words):
    (reason,) = neutrality.against_staff(person, STAKES)
    assert words in str(reason)


def test_somebody_of_ours_without_a_stake_may_facilitate():
    assert neutrality.against_staff(6, STAKES) == ()


@pytest.mark.parametrize(
    ("email", "words"),
    [("Other@partner.example", "partner’s"), ("new@host.example", "our organisation")],
)
def test_an_outsider_works_for_neither_side(email, words):
    (reason,) = neutrality.against_address(email, STAKES)
    assert words in str(reason)


def test_a_public_mail_service_says_nothing_about_an_employer():
    assert neutrality.against_address("neutral@gmail.com", STAKES) == ()


def test_line_managers_are_followed_to_the_top():
    assert neutrality.chain_of({1}, {1: 2, 2: 3, 3: 1}) == {1, 2, 3}
