"""What rewards pay: every oracle of the specification, and what holds for any figures."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import Answer, round_half_away, split
from plugins.incentives.ledger import pay
from plugins.incentives.ledger.pay import Account, Kind, Posting
from plugins.incentives.programmes.definition import Band, Reward, RewardKind

BANDS = (Band(0, 50_000), Band(1_000_000, 70_000), Band(2_500_000, 90_000))
TODAY = date(2026, 10, 1)


def reward(kind: str, **changes: Any) -> Reward:
    return Reward(key="r", kind=RewardKind(kind), name="Reward", **changes)


def paid(rule: Reward, base: str | None, **given: Any) -> int | None:
    found = pay.desired(rule, None if base is None else Fraction(base), exponent=2, **given)
    return None if found is None else found.minor


# [I4]: base, marginal, retroactive, in euros and cents
TABLE = [
    ("9999.99", 500_00, 500_00),
    ("10000.00", 500_00, 700_00),
    ("18000.00", 1_060_00, 1_260_00),
    ("30000.00", 2_000_00, 2_700_00),
    ("4000.00", 200_00, 200_00),
    ("-5000.00", 0, 0),
]


@pytest.mark.parametrize(("base", "marginal", "retroactive"), TABLE)
def test_i4_bands_pay_as_the_table_says(base: str, marginal: int, retroactive: int) -> None:
    assert paid(reward("marginal", bands=BANDS), base) == marginal
    assert paid(reward("retroactive", bands=BANDS), base) == retroactive


def test_i4_a_cap_and_a_floor_bound_what_bands_pay() -> None:
    assert paid(reward("marginal", bands=BANDS, cap=1_200_00), "30000") == 1_200_00
    assert paid(reward("marginal", bands=BANDS, floor=250_00), "4000") == 250_00


def test_i5_a_loss_is_carried_until_profits_have_made_it_good() -> None:
    rule = reward("profit_share", rate=200_000, loss_carry=True)
    carried: Fraction | None = Fraction(0)
    found = []
    for profit in (5_000, -3_000, 2_000, 4_000):
        found.append(paid(rule, str(profit), carried=carried))
        carried = pay.carry(carried, Fraction(profit), 2)
    assert found == [1_000_00, 0, 0, 600_00]


def test_i6_a_restated_base_makes_one_adjustment_and_a_second_run_none() -> None:
    rule = reward("marginal", bands=BANDS)
    assert paid(rule, "17500") == 1_025_00
    before = Account(booked=1_060_00, entries=1)
    found = pay.posting(1_025_00, before, today=TODAY, clawback_days=180)
    assert found == Posting(Kind.ADJUSTMENT, -35_00)
    after = Account(booked=1_025_00, entries=2)
    assert pay.posting(1_025_00, after, today=TODAY, clawback_days=180) is None


def test_i7_what_was_paid_too_much_is_netted_and_never_invoiced() -> None:
    over = Account(booked=1_060_00, paid=1_060_00, paid_on=TODAY, entries=1)
    clawback = pay.posting(1_025_00, over, today=TODAY, clawback_days=180)
    assert clawback == Posting(Kind.CLAWBACK, -35_00)
    assert pay.net([-35_00, 20_00]) == pay.Net(-15_00, 0, -15_00)
    assert pay.net([-35_00, 20_00, 100_00]) == pay.Net(85_00, 85_00, 0)


def test_x2_halves_are_rounded_away_from_zero_and_a_reversal_mirrors_its_entry() -> None:
    assert paid(reward("percent", rate=50_000), "10.50") == 53
    assert round_half_away(Fraction(-105, 2)) == -53
    assert split(100_00, 3) == [33_34, 33_33, 33_33]
    assert split(1_01, 2) == [51, 50]


@pytest.mark.parametrize(
    ("rule", "base", "expected"),
    [
        (reward("bonus", amount=500_00), None, 500_00),
        (reward("flat", amount=99), "7", 99),
        (reward("percent", rate=50_000), "1000", 50_00),
        (reward("percent", rate=50_000, floor=60_00), "1000", 60_00),
        (reward("percent", rate=50_000, floor=60_00), "-3", 60_00),
        (reward("percent", rate=50_000, floor=60_00, cap=55_00), "1000", 55_00),
        (reward("profit_share", rate=200_000, hurdle=1_000_00), "5000", 800_00),
        (reward("profit_share", rate=200_000, hurdle=9_000_00), "5000", 0),
        (reward("marginal", bands=(Band(1_000_00, 100_000),)), "999.99", 0),
        (reward("retroactive", bands=(Band(1_000_00, 100_000),)), "1000", 100_00),
    ],
)
def test_each_kind_pays_from_its_base_by_its_rate(
    rule: Reward, base: str | None, expected: int
) -> None:
    assert paid(rule, base) == expected


@pytest.mark.parametrize("kind", ["percent", "marginal", "retroactive", "profit_share"])
def test_an_unknown_base_leaves_the_amount_unknown(kind: str) -> None:
    assert paid(reward(kind, bands=BANDS, rate=1, floor=5), None) is None


def test_an_unknown_requirement_pays_nothing_and_takes_nothing() -> None:
    assert paid(reward("bonus", amount=5), None, met=Answer.UNKNOWN) is None


def test_an_unmet_requirement_makes_nothing_due_whatever_the_floor() -> None:
    rule = reward("percent", rate=1, floor=5_00)
    assert paid(rule, "1000", met=Answer.NO) == 0
    assert paid(rule, None, met=Answer.NO) == 0


def test_after_an_unknown_profit_the_carried_loss_is_unknown() -> None:
    assert pay.carry(Fraction(0), None, 2) is None
    assert paid(reward("profit_share", rate=1), "10", carried=None) is None


def test_currencies_without_and_with_three_decimals_are_rounded_in_their_own_units() -> None:
    rule = reward("percent", rate=333_333)
    assert pay.desired(rule, Fraction(100), exponent=0).minor == 33  # type: ignore[union-attr]
    assert pay.desired(rule, Fraction(100), exponent=3).minor == 33_333  # type: ignore[union-attr]


def test_the_steps_name_each_band_with_its_share() -> None:
    found = pay.desired(reward("marginal", bands=BANDS), Fraction(18_000), exponent=2)
    assert found is not None
    assert [(part.portion, part.pays) for part in found.parts] == [
        (1_000_000, 500_00),
        (800_000, 560_00),
    ]


@pytest.mark.parametrize(
    ("due", "account", "days", "expected"),
    [
        (100, Account(), 180, Posting(Kind.ACCRUAL, 100)),
        (0, Account(), 180, None),
        (0, Account(booked=100, entries=1), 180, Posting(Kind.ADJUSTMENT, -100)),
        (120, Account(100, 100, date(2026, 1, 1), 1), 180, Posting(Kind.ADJUSTMENT, 20)),
        # Paid 273 days ago: nothing is taken back of it, but what was not paid yet is.
        (80, Account(100, 100, date(2026, 1, 1), 1), 180, None),
        (80, Account(130, 100, date(2026, 1, 1), 2), 180, Posting(Kind.CLAWBACK, -30)),
        (80, Account(90, 100, date(2026, 1, 1), 2), 180, None),
        # What was taken back in time and is due after all is given again, however late.
        (90, Account(80, 100, date(2026, 1, 1), 2), 180, Posting(Kind.ADJUSTMENT, 10)),
        (80, Account(100, 100, date(2026, 1, 1), 1), 273, Posting(Kind.CLAWBACK, -20)),
        (80, Account(100, 100, date(2026, 1, 1), 1), 272, None),
    ],
)
def test_one_line_makes_what_is_booked_what_is_due(
    due: int, account: Account, days: int, expected: Posting | None
) -> None:
    assert pay.posting(due, account, today=TODAY, clawback_days=days) == expected


def test_money_is_held_and_what_is_taken_back_never_overtakes_it() -> None:
    assert pay.released_on(TODAY, 30, 100) == date(2026, 10, 31)
    assert pay.released_on(TODAY, 30, -100) == TODAY
    assert pay.released_on(TODAY, 30, -100, [date(2026, 10, 20)]) == date(2026, 10, 20)


@pytest.mark.parametrize(
    ("lines", "minimum", "expected"),
    [
        ([], 0, pay.Net(0, 0, 0)),
        ([50_00], 50_00, pay.Net(50_00, 50_00, 0)),
        ([49_99], 50_00, pay.Net(49_99, 0, 49_99)),
        ([10, -10], 0, pay.Net(0, 0, 0)),
    ],
)
def test_a_payout_is_more_than_nothing_and_at_least_the_minimum(
    lines: list[int], minimum: int, expected: pay.Net
) -> None:
    assert pay.net(lines, minimum) == expected


bases = st.integers(-(10**9), 10**9).map(lambda n: Fraction(n, 100))
rising = st.lists(
    st.tuples(st.integers(0, 10**8), st.integers(0, 10**6)),
    min_size=1,
    max_size=5,
    unique_by=lambda band: band[0],
).map(
    lambda found: tuple(
        Band(start, rate)
        for start, rate in zip(
            sorted(start for start, _ in found), sorted(rate for _, rate in found), strict=True
        )
    )
)


def exact(kind: str, base: Fraction, bands: tuple[Band, ...]) -> Fraction:
    found = pay.desired(reward(kind, bands=bands), base, exponent=2)
    assert found is not None
    return found.exact


@given(bases, rising)
def test_marginal_never_pays_more_than_retroactive_at_rising_rates(
    base: Fraction, bands: tuple[Band, ...]
) -> None:
    assert 0 <= exact("marginal", base, bands) <= exact("retroactive", base, bands)


@given(bases, bases, rising)
def test_marginal_pay_never_falls_as_the_base_grows(
    one: Fraction, other: Fraction, bands: tuple[Band, ...]
) -> None:
    low, high = sorted((one, other))
    assert exact("marginal", low, bands) <= exact("marginal", high, bands)


@given(st.integers(0, 10**8), st.integers(0, 10**8), rising)
def test_splitting_a_base_never_earns_more_at_rising_rates(
    one: int, other: int, bands: tuple[Band, ...]
) -> None:
    whole = exact("marginal", Fraction(one + other), bands)
    assert exact("marginal", Fraction(one), bands) + exact("marginal", Fraction(other), bands) <= (
        whole
    )


@given(st.lists(bases, max_size=12))
def test_after_any_order_of_restatements_what_is_booked_is_what_is_due(
    restated: list[Fraction],
) -> None:
    rule = reward("marginal", bands=BANDS, floor=10_00, cap=5_000_00)
    account = Account()
    for base in restated:
        due = pay.desired(rule, base, exponent=2)
        assert due is not None
        found = pay.posting(due.minor, account, today=TODAY, clawback_days=180)
        if found:
            booked = account.booked + found.minor
            account = Account(booked, entries=account.entries + 1)
        assert account.booked == due.minor
        assert pay.posting(due.minor, account, today=TODAY, clawback_days=180) is None


@given(st.lists(st.integers(-(10**9), 10**9)), st.integers(0, 10**6))
def test_nothing_is_lost_between_payouts_and_the_carried_balance(
    lines: list[int], minimum: int
) -> None:
    found = pay.net(lines, minimum)
    assert found.payout + found.carried == sum(lines)
    assert found.payout >= 0
