"""Stored scorecards and totals: always what the rules make of the figures that stand."""

import random
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import atomic
from app.core.kpis import queries, rollups, rules, services
from app.core.kpis.models import Kpi, KpiTotal, Score
from app.core.kpis.rules import Aggregation, Definition, Direction, Status, ValueType
from app.core.kpis.services import TargetFigures, ValueRow
from app.core.kpis.services.targets import TargetRow, write_targets
from app.core.kpis.tally import GoalRow, ReadingRow, Share, card, share
from app.core.kpis.totals import move_currency
from app.core.partners.models import Partner
from app.core.periods import Kind, Period
from app.core.quantities import LIMIT, MILLION
from app.testing import add_partner
from tests.core.kpi_support import (
    CALENDAR,
    TODAY,
    desk,
    kpi,
    other_partner,
    partner,
    period,
    ratio,
    units,
    viewer,
)

__all__ = ["desk", "other_partner", "partner"]

JAN, Q1 = period("2025-01"), period("2025-Q1")


def target(partner: Partner, of: Kpi, at: Period, **figures: Any) -> None:
    row = TargetRow(partner.id, of.id, at.key, TargetFigures(**figures))
    with atomic():
        write_targets([row], {}, source="test", by=None)
        rollups.apply([], [(partner.id, at.key)])


def value(partner: Partner, of: Kpi, at: Period, *figure: int | None, reason: str = "") -> None:
    padded = (*figure, None, None, None)[:3]
    row = ValueRow(partner.id, of.id, at.key, *padded, reason=reason)
    services.record_kpi_values([row], source="test", by=None)


def score(partner: Partner, at: Period) -> queries.ScoreRow | None:
    return queries.scorecards([partner.id], [at]).get((partner.id, at.key))


def total(of: Kpi, at: Period, currency: str = "") -> Fraction | None:
    rows = {(row.kpi_id, row.currency): row.value for row in queries.totals(at)}
    return rows[of.id, currency]


def test_a_figure_moves_the_scorecards_of_its_month_and_all_longer_periods(
    desk: Flask, partner: Partner
) -> None:
    revenue = kpi()
    target(partner, revenue, JAN, target=units(100))
    value(partner, revenue, JAN, units(90))
    for at in (JAN, *CALENDAR.coarser(JAN)):
        row = score(partner, at)
        assert row is not None
        assert (row.score, row.amber) == (900_000, 1)


def test_a_target_without_a_figure_is_grey(desk: Flask, partner: Partner) -> None:
    target(partner, kpi(), JAN, target=units(100))
    row = score(partner, JAN)
    assert row is not None
    assert (row.score, row.coverage, row.grey, row.decides) == (None, 0, 1, False)


def test_a_figure_without_a_target_has_no_scorecard(desk: Flask, partner: Partner) -> None:
    value(partner, kpi(), JAN, units(90))
    assert score(partner, JAN) is None


def test_a_new_target_is_judged_at_once(desk: Flask, partner: Partner) -> None:
    revenue = kpi()
    value(partner, revenue, JAN, units(90))
    target(partner, revenue, JAN, target=units(60))
    row = score(partner, JAN)
    assert row is not None
    assert (row.score, row.green) == (1_500_000, 1)


def test_a_missing_month_makes_the_quarter_undecided(desk: Flask, partner: Partner) -> None:
    revenue = kpi()
    for at in (JAN, period("2025-02")):
        target(partner, revenue, at, target=units(100))
    value(partner, revenue, JAN, units(100))
    row = score(partner, Q1)
    assert row is not None
    assert (row.score, row.coverage, row.decides) == (MILLION, MILLION, False)


def test_a_kpi_of_longer_periods_is_left_out(desk: Flask, partner: Partner) -> None:
    target(partner, kpi(), JAN, target=units(100))
    target(partner, kpi("NPS", frequency="quarterly", aggregation="last"), Q1, target=units(40))
    month, quarter = score(partner, JAN), score(partner, Q1)
    assert month is not None
    assert quarter is not None
    assert (month.grey, quarter.grey) == (1, 2)


def test_a_target_for_the_quarter_itself_waits_for_every_month(
    desk: Flask, partner: Partner
) -> None:
    revenue = kpi()
    target(partner, revenue, Q1, target=units(30))
    for month in ("2025-01", "2025-02"):
        value(partner, revenue, period(month), units(10))
    waiting = score(partner, Q1)
    value(partner, revenue, period("2025-03"), units(10))
    complete = score(partner, Q1)
    assert waiting is not None
    assert complete is not None
    assert (waiting.score, complete.score) == (None, MILLION)


def test_a_week_counts_in_the_month_of_its_thursday(desk: Flask, partner: Partner) -> None:
    weekly = kpi("WEEKLY", frequency="weekly")
    week = period("2026-W01")  # Monday 2025-12-29, Thursday 2026-01-01
    target(partner, weekly, week, target=units(10))
    value(partner, weekly, week, units(10))
    assert score(partner, period("2025-12")) is None
    row = score(partner, period("2026-01"))
    assert row is not None
    assert row.green == 1


def test_scores_round_down(desk: Flask, partner: Partner) -> None:
    revenue = kpi()
    target(partner, revenue, JAN, target=units(3))
    value(partner, revenue, JAN, units(2))
    row = score(partner, JAN)
    assert row is not None
    assert row.score == 666_666


def test_totals_add_up_partners_and_months(
    desk: Flask, partner: Partner, other_partner: Partner
) -> None:
    leads = kpi("LEADS")
    value(partner, leads, JAN, units(1.5))
    value(other_partner, leads, JAN, units(2))
    value(partner, leads, period("2025-02"), units(-4))
    assert total(leads, JAN) == Fraction(7, 2)
    assert total(leads, Q1) == Fraction(-1, 2)


def test_a_restatement_moves_the_total_by_the_difference(desk: Flask, partner: Partner) -> None:
    leads = kpi("LEADS")
    value(partner, leads, JAN, units(1.5))
    value(partner, leads, JAN, units(0.25), reason="Counted twice.")
    assert total(leads, JAN) == Fraction(1, 4)
    assert queries.totals(JAN)[0].reported == 1


def test_totals_of_ratios_are_of_their_parts(
    desk: Flask, partner: Partner, other_partner: Partner
) -> None:
    rate = ratio()
    value(partner, rate, JAN, None, units(4), units(8))
    value(other_partner, rate, JAN, None, units(2), units(10))
    assert total(rate, JAN) == Fraction(6, 18)


def test_money_is_never_added_up_over_currencies(desk: Flask, partner: Partner) -> None:
    revenue = kpi(value_type="money")
    american = add_partner("USA", "Uncle Supply", currency="USD")
    value(partner, revenue, JAN, units(1))
    value(american, revenue, JAN, units(2))
    assert (total(revenue, JAN, "EUR"), total(revenue, JAN, "USD")) == (1, 2)


def test_a_partner_that_changes_its_currency_moves_between_totals(
    desk: Flask, partner: Partner
) -> None:
    revenue = kpi(value_type="money")
    value(partner, revenue, JAN, units(1))
    with atomic():
        Partner.update(currency="USD").execute()
        move_currency(partner.id, "EUR", "USD")
    assert [(row.currency, row.value) for row in queries.totals(JAN)] == [("USD", 1)]


def test_what_cannot_be_added_up_is_only_counted(desk: Flask, partner: Partner) -> None:
    stock = kpi("STOCK", aggregation="last")
    value(partner, stock, JAN, units(5))
    assert (total(stock, JAN), queries.totals(JAN)[0].reported) == (None, 1)


def test_the_largest_figures_of_many_partners_fit(desk: Flask) -> None:
    leads = kpi("LEADS")
    rows = [
        ValueRow(add_partner(f"P{n}", f"Partner {n}").id, leads.id, JAN.key, LIMIT)
        for n in range(12)
    ]
    services.record_kpi_values(rows, source="test", by=None)
    assert total(leads, JAN) == 12 * 10**12


def test_the_home_period_is_the_latest_month_with_figures(desk: Flask, partner: Partner) -> None:
    assert queries.latest_period_with_values() is None
    value(partner, kpi("NPS", frequency="quarterly", aggregation="last"), Q1, units(1))
    assert queries.latest_period_with_values() == Q1
    value(partner, kpi(), JAN, units(1))
    assert queries.latest_period_with_values() == JAN


def test_a_contact_sees_the_latest_period_of_the_own_partner(
    desk: Flask, partner: Partner, other_partner: Partner
) -> None:
    revenue = kpi()
    value(partner, revenue, JAN, units(1))
    value(other_partner, revenue, period("2025-06"), units(1))
    contact = viewer("viewer@example.org", partner.id)
    from dataclasses import replace

    assert queries.latest_period_with_values(viewer=replace(contact, role="contact")) == JAN


def test_overdue_is_what_was_asked_for_and_never_came(desk: Flask, partner: Partner) -> None:
    revenue, leads = kpi(), kpi("LEADS")
    for asked in (revenue, leads):
        target(partner, asked, period("2026-01"), target=units(1))
        target(partner, asked, period("2026-02"), target=units(1))  # due after TODAY
    value(partner, leads, period("2026-01"), units(1))
    rows = queries.overdue(viewer("manager@example.org"), CALENDAR, TODAY)
    assert [(row.kpi_code, row.period) for row in rows] == [("REV", period("2026-01").key)]


def test_what_waits_for_approval_is_not_overdue(desk: Flask, partner: Partner) -> None:
    revenue = kpi()
    target(partner, revenue, period("2026-01"), target=units(1))
    manager = viewer("manager@example.org")
    services.submit_value(partner.id, revenue.id, period("2026-01"), by=manager, value=1)
    assert queries.overdue(manager, CALENDAR, TODAY) == []


def test_what_was_due_before_the_first_import_is_not_overdue(desk: Flask, partner: Partner) -> None:
    target(partner, kpi(), period("2025-12"), target=units(1))
    Partner.update(first_import_at=datetime(2026, 1, 20)).execute()
    assert queries.overdue(viewer("manager@example.org"), CALENDAR, TODAY) == []
    target(partner, kpi("LEADS"), period("2026-01"), target=units(1))
    assert len(queries.overdue(viewer("manager@example.org"), CALENDAR, TODAY)) == 1


def test_waiting_figures_are_listed_to_those_who_decide(
    desk: Flask, partner: Partner, other_partner: Partner
) -> None:
    revenue, admin = kpi(), viewer("admin@example.org")
    for asked in (partner, other_partner):
        services.submit_value(asked.id, revenue.id, JAN, by=admin, value=1)
    own = viewer("manager@example.org")
    assert [row.partner_id for row in queries.pending(own)] == [partner.id]
    assert (queries.pending_count(own), queries.pending_count(admin)) == (1, 2)


MIXTURE: list[dict[str, Any]] = [
    {"aggregation": "sum"},
    {"aggregation": "sum", "direction": "lower", "value_type": "money"},
    {"aggregation": "mean", "frequency": "weekly"},
    {"aggregation": "last", "nature": "stock", "direction": "band"},
    {"aggregation": "ratio", "value_type": "ratio"},
    {"aggregation": "ratio", "value_type": "ratio", "direction": "lower"},
    {"aggregation": "min"},
    {"aggregation": "max", "direction": "lower"},
    {"aggregation": "last", "value_type": "ordinal", "labels": "Low\nMedium\nHigh"},
    {"aggregation": "sum", "value_type": "percent"},
    {"aggregation": "last", "frequency": "quarterly"},
    {"aggregation": "sum", "frequency": "yearly"},
]


def random_desk(partner: Partner, chance: random.Random) -> None:
    """A year of KPIs of every kind, with gaps, zero targets and targets for longer periods."""
    year = period("2025")
    targets, values = [], []
    for n, fields in enumerate(MIXTURE):
        of = kpi(f"K{n}", **fields)
        asked = list(CALENDAR.subperiods(year, Kind(of.frequency)))
        if n % 3 == 0:
            asked += [Q1, year]
        for at in asked:
            key = (partner.id, of.id, at.key)
            ordinal = of.value_type == "ordinal"
            goal = (
                chance.choice([0, MILLION, 2 * MILLION])
                if ordinal
                else units(chance.choice([0, -5, 10, 20.5]))
            )
            band = {"band_lo": goal, "band_hi": goal + MILLION} if of.direction == "band" else {}
            threshold = chance.choice([None, goal]) if not ordinal else None
            weight = chance.choice([1, 2]) * MILLION
            if chance.random() < 0.8:
                targets.append(
                    TargetRow(*key, TargetFigures(goal, threshold, **band, weight=weight))
                )
            if chance.random() < 0.8 and at.kind is Kind(of.frequency):
                if of.aggregation == "ratio":
                    den = units(chance.choice([0, 1, 8]))
                    figure = (None, units(chance.randint(-9, 90)), den)
                elif ordinal:
                    figure = (chance.choice([0, 1, 2]) * MILLION, None, None)
                else:
                    figure = (units(chance.randint(-30, 60) / 4), None, None)
                values.append(ValueRow(*key, *figure))
    with atomic():
        write_targets(targets, {}, source="test", by=None)
        rollups.apply([], [(row.partner_id, row.period) for row in targets])
    services.record_kpi_values(values, source="test", by=None)


@pytest.mark.parametrize("seed", range(3))
def test_stored_scorecards_are_what_the_rules_say(desk: Flask, partner: Partner, seed: int) -> None:
    random_desk(partner, random.Random(seed))
    stored = list(Score.select().where(Score.partner == partner))
    assert len(stored) > 60
    for row in stored:
        view = queries.scorecard(partner.id, Period.from_key(row.period), CALENDAR, TODAY)
        exact = (
            None if view.score is None else view.score * MILLION // 1,
            (view.coverage or 0) * MILLION // 1,
            view.decides,
        )
        assert (row.score, row.coverage, bool(row.decides)) == exact, row.period
        counted = (row.green, row.amber, row.red, row.grey)
        assert counted == (view.green, view.amber, view.red, view.grey), row.period


def test_rebuilding_everything_changes_nothing(desk: Flask, partner: Partner) -> None:
    random_desk(partner, random.Random(7))
    before = sorted(Score.select().tuples())
    with atomic():
        rollups.rebuild_all()
    assert sorted(Score.select().tuples()) == before


def test_totals_have_a_row_for_each_period_of_a_figure(desk: Flask, partner: Partner) -> None:
    value(partner, kpi(), JAN, units(1))
    keys = {row.period for row in KpiTotal.select()}
    assert keys == {JAN.key, *(longer.key for longer in CALENDAR.coarser(JAN))}


amounts = st.integers(-5 * MILLION, 20 * MILLION)
aims = st.sampled_from([None, 0, -3 * MILLION, MILLION, 7_500_000])


@given(
    st.sampled_from(list(Direction)),
    st.sampled_from(list(Aggregation)),
    st.sampled_from([v for v in ValueType if v is not ValueType.ORDINAL]),
    st.lists(st.tuples(st.none() | amounts, st.booleans(), aims, aims), min_size=1, max_size=4),
    st.booleans(),
)
def test_the_short_way_agrees_with_the_rules(
    direction: Direction,
    aggregation: Aggregation,
    value_type: ValueType,
    months: list[tuple[int | None, bool, int | None, int | None]],
    own: bool,
) -> None:
    definition = Definition(direction, aggregation, Kind.MONTH, value_type)
    months = months[:1] if own else [*months, (MILLION, False, MILLION, None)]
    readings, goals = {}, []
    for n, (amount, in_parts, aim, threshold) in enumerate(months):
        if amount is not None:
            parts = in_parts or aggregation is Aggregation.RATIO
            figure = (None, amount, abs(amount) % 7 * MILLION) if parts else (amount, None, None)
            readings[n] = ReadingRow(n, *figure)
        goals.append(GoalRow(n, aim, threshold, MILLION, None, aim, aim, 2 * MILLION, False))
    keys = tuple(range(len(months)))
    result = rules.roll_up(
        definition,
        [row.reading for row in readings.values()],
        [row.goal for row in goals],
        subperiod_count=len(keys),
    )
    found = share(definition, readings, goals, keys)
    assert found is not None
    assert (found.status, found.weight) == (result.status, result.weight)
    assert found.complete is result.complete
    if found.status is not Status.GREY:
        assert Fraction(found.num, found.den) == result.attainment


@given(st.lists(st.tuples(st.integers(-9, 30), st.integers(1, 9), st.integers(0, 5)), max_size=6))
def test_the_card_is_the_scorecard_rounded_down(parts: list[tuple[int, int, int]]) -> None:
    shares = [
        Share(Status.GREEN, weight * MILLION, num, den, complete=True) for num, den, weight in parts
    ]
    exact = rules.scorecard(
        rules.Result(attainment=Fraction(num, den), status=Status.GREEN, weight=weight * MILLION)
        for num, den, weight in parts
    )
    found = card(shares)
    assert found.score == (None if exact.score is None else exact.score * MILLION // 1)
    assert found.decides is exact.decides
