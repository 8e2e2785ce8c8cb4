"""What is paid once a programme has ended, and once two partners are one."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from app.core import clock
from app.core.partners.models import Partner
from app.testing import Browser
from plugins.incentives.ledger import services
from plugins.incentives.ledger.models import LedgerEntry, Unsettled
from plugins.incentives.programmes import services as programmes
from plugins.incentives.programmes.models import Programme
from plugins.incentives.standing.models import Enrolment
from plugins.incentives.tests.ledger.ledger_support import (
    JANUARY,
    Tiers,
    accrue,
    approve_all,
    lines,
    marginal,
    pay_out,
    programme,
    quarter,
    report,
    total,
)
from plugins.incentives.tests.standing.support import enrol
from tests.core.desk import CALENDAR, Desk


@pytest.fixture
def made(app: Flask) -> Iterator[Programme]:
    """A programme that pays a share of each quarter's revenue, in force since January."""
    with app.app_context():
        yield programme(marginal())


@pytest.fixture
def other(other_partner: Partner, tiers: Tiers) -> Partner:
    """Another partner who holds gold, too."""
    tiers.held[other_partner.id] = "gold"
    return other_partner


def end(made: Programme, day: str) -> None:
    """End a programme on a day."""
    with clock.frozen(datetime.fromisoformat(f"{day}T11:00:00")):
        programmes.end(made, made.version, "Another one follows.")


def booked() -> list[tuple[str, int]]:
    """Kind and amount of every line."""
    return [line[:2] for line in lines()]


# ---- A programme that ended


@pytest.mark.parametrize("day", ["2026-03-31", "2026-04-01", "2026-05-20"])
def test_a_period_that_is_over_when_a_programme_ends_is_paid_once_it_is_known(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers, made: Programme, day: str
) -> None:
    end(made, day)
    assert accrue(partner, tiers) == 0
    assert [row.period for row in Unsettled.select()] == [CALENDAR.parse("2026-Q1").key]
    quarter(desk, partner, kpi, 18_000)
    quarter(desk, partner, kpi, 18_000, "2026-Q2")
    accrue(partner, tiers)
    assert booked() == [("accrual", 1_060_00)]


def test_a_period_that_was_not_over_when_a_programme_ended_pays_nothing(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers, made: Programme
) -> None:
    end(made, "2026-03-30")
    quarter(desk, partner, kpi, 18_000)
    assert accrue(partner, tiers) == 0
    assert not Unsettled.select().exists()


def test_an_ended_programme_corrects_what_it_paid(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers, made: Programme
) -> None:
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    approve_all()
    pay_out(partner)
    end(made, "2026-05-20")
    report(partner, kpi, JANUARY, 17_500)
    accrue(partner, tiers)
    assert lines()[-1] == ("clawback", -35_00, "approvable")


def test_of_a_programme_that_ended_on_a_day_nobody_kept_only_lines_are_corrected(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers, made: Programme
) -> None:
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    Programme.update(status="ended", ended_on=None).execute()
    report(partner, kpi, JANUARY, 17_500)
    quarter(desk, partner, kpi, 18_000, "2026-Q2")
    accrue(partner, tiers)
    assert booked() == [("accrual", 1_060_00), ("adjustment", -35_00)]


# ---- Partners that were merged


def test_lines_of_a_partner_that_was_merged_count_for_the_one_that_is_left(
    desk: Desk, kpi: int, partner: Partner, other: Partner, tiers: Tiers, made: Programme
) -> None:
    quarter(desk, other, kpi, 18_000)
    accrue(other, tiers)
    desk.merge(partner, other)
    tiers.held.pop(other.id)
    assert accrue(partner, tiers) == 0
    assert total() == 1_060_00


def test_a_figure_that_both_had_is_paid_once(
    desk: Desk, kpi: int, partner: Partner, other: Partner, tiers: Tiers, made: Programme
) -> None:
    for one in (partner, other):
        quarter(desk, one, kpi, 18_000)
        accrue(one, tiers)
    desk.merge(partner, other)
    accrue(partner, tiers)
    assert booked() == [
        ("accrual", 1_060_00),
        ("accrual", 1_060_00),
        ("adjustment", -1_060_00),
    ]
    assert accrue(partner, tiers) == 0


def test_what_both_were_paid_for_is_taken_back_once(
    desk: Desk, kpi: int, partner: Partner, other: Partner, tiers: Tiers, made: Programme
) -> None:
    for one in (partner, other):
        quarter(desk, one, kpi, 18_000)
        accrue(one, tiers)
        approve_all()
        pay_out(one)
    desk.merge(partner, other)
    accrue(partner, tiers)
    assert lines()[-1] == ("clawback", -1_060_00, "approvable")


def test_what_only_the_other_booked_is_still_corrected(
    desk: Desk, kpi: int, partner: Partner, other: Partner, tiers: Tiers, made: Programme
) -> None:
    quarter(desk, other, kpi, 18_000)
    accrue(other, tiers)
    del tiers.held[partner.id]  # it took part in no quarter itself
    desk.merge(partner, other)
    report(partner, kpi, JANUARY, 17_500)
    accrue(partner, tiers)
    assert booked() == [("accrual", 1_060_00), ("adjustment", -35_00)]


def test_partners_merged_pays_what_the_other_waited_for_once_it_is_known(
    app: Flask, desk: Desk, kpi: int, partner: Partner, other_partner: Partner, made: Programme
) -> None:
    enrol(app, made.id, other_partner, "2026-01-01")
    report(other_partner, kpi, JANUARY, 18_000)
    services.accrue()
    desk.merge(partner, other_partner)
    assert booked() == []
    for month in ("2026-02", "2026-03"):
        report(partner, kpi, CALENDAR.parse(month), 0)
    services.accrue()
    assert booked() == [("accrual", 1_060_00)]


@pytest.mark.parametrize("takes_part", ["kept", "gone"])
def test_the_past_figures_of_who_took_no_part_pay_nothing_whoever_is_kept(
    desk: Desk,
    kpi: int,
    partner: Partner,
    other: Partner,
    tiers: Tiers,
    made: Programme,
    takes_part: str,
) -> None:
    member, stranger = (partner, other) if takes_part == "kept" else (other, partner)
    del tiers.held[stranger.id]
    accrue(member, tiers)
    quarter(desk, stranger, kpi, 18_000)
    desk.merge(partner, other)
    tiers.held[partner.id] = "gold"  # the place is the kept partner's now
    services.follow_merge(partner.id, other.id, tiers.standings())
    report(partner, kpi, JANUARY, 17_500)
    accrue(partner, tiers)
    assert booked() == []
    quarter(desk, partner, kpi, 10_000, "2026-Q2")  # what comes afterwards is its own
    accrue(partner, tiers)
    assert booked() == [("accrual", 500_00)]


def test_what_was_due_to_neither_is_open_to_corrections_after_a_merge(
    desk: Desk, kpi: int, partner: Partner, other: Partner, tiers: Tiers, made: Programme
) -> None:
    quarter(desk, partner, kpi, 0)
    accrue(partner, tiers)
    desk.merge(partner, other)
    services.follow_merge(partner.id, other.id, tiers.standings())
    report(partner, kpi, JANUARY, 18_000)
    accrue(partner, tiers)
    assert booked() == [("accrual", 1_060_00)]


def test_partners_merged_closes_what_only_the_merge_made_due_and_says_so(
    app: Flask,
    desk: Desk,
    kpi: int,
    partner: Partner,
    other_partner: Partner,
    made: Programme,
    as_admin: Browser,
) -> None:
    enrol(app, made.id, other_partner, "2026-01-01")
    quarter(desk, partner, kpi, 18_000)
    services.accrue()
    desk.merge(partner, other_partner)
    assert Enrolment.get().partner_id == partner.id
    services.accrue()
    assert booked() == []
    assert "Due only since partners were merged" in as_admin.get("/x/incentives/ledger").text
    page = as_admin.get(f"/x/incentives/statements/{partner.id}?period=2026-Q1").text
    assert "2026-Q1" in page
    assert "cannot be told yet" not in page


def test_what_stays_with_the_others_place_is_never_paid_anew(
    app: Flask, desk: Desk, kpi: int, partner: Partner, other_partner: Partner, made: Programme
) -> None:
    for one in (partner, other_partner):
        enrol(app, made.id, one, "2026-01-01" if one == other_partner else "2026-05-01")
    desk.merge(partner, other_partner)
    quarter(desk, partner, kpi, 18_000)
    quarter(desk, partner, kpi, 10_000, "2026-Q2")
    services.accrue()
    assert [row.period for row in LedgerEntry.select()] == []
