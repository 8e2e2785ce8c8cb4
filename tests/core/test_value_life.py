"""The life of a figure: four eyes, evidence, restatement, lock, withdrawal, declared misses."""

import io
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from app.core import clock
from app.core.accounts.models import Organisation, User
from app.core.files import queries as files
from app.core.files import services as file_services
from app.core.files.models import StoredFile
from app.core.kpis import queries, services
from app.core.kpis.impact import effects, kept_effects
from app.core.kpis.models import Kpi, Revision, Target, Value
from app.core.kpis.services import KpiRefusal, Submission, TargetFigures, ValueRow
from app.core.kpis.totals import Figure
from app.core.kpis.value_models import DeclaredMiss, Evidence, Unlocking, ValueComment
from app.core.partners.models import Partner
from tests.core.kpi_support import (
    CALENDAR,
    audited,
    contact_of,
    desk,
    kpi,
    other_partner,
    partner,
    period,
    states,
    told,
    units,
    viewer,
)
from tests.core.test_file_rules import PDF

__all__ = ["desk", "other_partner", "partner", "told"]

APRIL, MAY, JUNE = period("2025-04"), period("2025-05"), period("2025-06")
BEFORE = "Read the ledger again."


@pytest.fixture
def manager(desk: Flask) -> Any:
    return viewer("manager@example.org")


@pytest.fixture
def admin(desk: Flask) -> Any:
    return viewer("admin@example.org")


def submit(
    partner: Partner, of: Kpi, by: Any, value: float = 10, at: Any = MAY, **more: Any
) -> int:
    return services.submit_value(partner.id, of.id, at, by=by, value=units(value), **more)


def approved(partner: Partner, of: Kpi, value: float = 10, at: Any = MAY) -> int:
    row = ValueRow(partner.id, of.id, at.key, units(value))
    return services.record_kpi_values([row], source="test", by=None)[0]


def goal(partner: Partner, of: Kpi, target: float, at: Any = MAY) -> None:
    figures = TargetFigures(target=units(target))
    services.set_target(
        partner.id, of.id, at, figures, by=viewer("admin@example.org"), n=0, agreed="On the phone"
    )


def current(partner: Partner, of: Kpi) -> Value:
    return Value.get(Value.partner == partner, Value.kpi == of, Value.period == MAY.key)


def upload(by: Any, name: str = "ledger.pdf", data: bytes = PDF) -> int:
    return services.store_evidence(FileStorage(io.BytesIO(data), name), by=by)


# ---- four eyes


def require_four_eyes() -> None:
    Organisation.update(four_eyes_required=True).execute()


def test_where_four_eyes_are_required_nobody_approves_an_own_figure(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    require_four_eyes()
    revision = submit(partner, kpi(), manager)
    with pytest.raises(KpiRefusal, match="somebody else"):
        services.approve([revision], by=manager, reason="In a hurry.")
    with pytest.raises(KpiRefusal, match="somebody else"):
        submit(partner, kpi("LEADS"), manager, approval="In a hurry.")


def test_where_four_eyes_are_required_somebody_else_approves(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    require_four_eyes()
    revision = submit(partner, kpi(), manager)
    assert services.approve([revision], by=admin) == [revision]
    assert Revision.get_by_id(revision).four_eyes is True


def test_who_could_approve_alone_may_approve_an_own_figure(
    desk: Flask, other_partner: Partner, admin: Any
) -> None:
    require_four_eyes()
    revision = submit(other_partner, kpi(), admin)
    services.approve([revision], by=admin, reason="Nobody else could.")
    assert Revision.get_by_id(revision).four_eyes is False


def test_somebody_disabled_is_no_second_pair_of_eyes(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    require_four_eyes()
    assert not services.may_approve_own(partner.id)
    User.update(active=False).where(User.role == "admin").execute()
    assert services.may_approve_own(partner.id)


def test_a_reason_stands_beside_the_own_figure_only(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    mine, theirs = submit(partner, kpi(), manager), submit(partner, kpi("LEADS"), admin)
    services.approve([mine, theirs], by=manager, reason="Nobody else is here.")
    assert Revision.get_by_id(mine).decision == "Nobody else is here."
    assert Revision.get_by_id(theirs).decision == ""


# ---- evidence


def test_a_kpi_that_asks_for_evidence_is_not_reported_without(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    revenue = kpi(evidence_required=True)
    with pytest.raises(KpiRefusal) as refusal:
        submit(partner, revenue, manager)
    assert refusal.value.field == "evidence"
    revision = submit(partner, revenue, manager, evidence=[upload(manager)])
    assert Evidence.get().revision_id == revision


def test_evidence_of_a_returned_figure_may_stay_with_its_correction(
    desk: Flask, partner: Partner, admin: Any
) -> None:
    leads, contact = kpi("LEADS", submitter="partner"), contact_of(partner)
    file = upload(contact)
    first = submit(partner, leads, contact, evidence=[file])
    services.return_value(first, "Without the fair, please.", by=admin)
    second = submit(partner, leads, contact, 9, evidence=[file])
    assert [row.revision_id for row in Evidence.select().order_by(Evidence.id)] == [first, second]


def test_nobody_attaches_what_somebody_else_uploaded(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    with pytest.raises(KpiRefusal, match="no longer there"):
        submit(partner, kpi(), manager, evidence=[upload(admin)])
    assert not Revision.select().exists()


def test_evidence_of_one_figure_is_not_attached_to_another(
    desk: Flask, partner: Partner, other_partner: Partner, admin: Any
) -> None:
    revenue, file = kpi(), upload(admin)
    submit(partner, revenue, admin, evidence=[file])
    with pytest.raises(KpiRefusal, match="no longer there"):
        submit(other_partner, revenue, admin, evidence=[file])


def test_more_than_five_files_are_refused(desk: Flask, partner: Partner, admin: Any) -> None:
    with pytest.raises(KpiRefusal, match="5"):
        submit(partner, kpi(), admin, evidence=[upload(admin) for _ in range(6)])


def test_evidence_is_read_by_staff_and_the_partners_own_contacts(
    desk: Flask, partner: Partner, other_partner: Partner, admin: Any
) -> None:
    own, stranger, reader = contact_of(partner), contact_of(other_partner), "viewer@example.org"
    file = upload(admin)
    submit(partner, kpi(), admin, evidence=[file])
    assert files.readable_file(file, own) is not None
    assert files.readable_file(file, viewer(reader)) is not None
    assert files.readable_file(file, stranger) is None


def test_evidence_outlives_the_sweep(desk: Flask, partner: Partner, admin: Any) -> None:
    held, waiting = upload(admin), upload(admin)
    submit(partner, kpi(), admin, evidence=[held])
    StoredFile.update(uploaded_at=clock.now() - timedelta(days=3)).execute()
    file_services.sweep()
    assert [row.id for row in StoredFile.select()] == [held]
    assert held != waiting


# ---- restatement


def test_a_restatement_keeps_what_it_changed(
    desk: Flask, partner: Partner, manager: Any, admin: Any, told: Any
) -> None:
    revenue = kpi()
    goal(partner, revenue, 10)
    approved(partner, revenue, 8)
    told.clear()
    revision = submit(partner, revenue, manager, 12, reason=BEFORE)
    assert current(partner, revenue).value == units(8)
    services.approve([revision], by=admin)
    kept = {e.label: (e.before, e.after) for e in kept_effects([revision])[revision]}
    assert kept["Rev, May 2025"] == ("8 · 80% · just missed", "12 · 120% · met")
    assert kept["Scorecard, May 2025"] == ("80%", "120%")
    assert kept["Scorecard, Q2 2025"] == ("80%", "120%")
    assert kept["Misses in a row up to now"] == ("1 miss", "0 misses")
    assert told == [("kpis_restated", [revision])]


def test_an_own_restatement_approved_at_once_keeps_it_too(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    revenue = kpi()
    approved(partner, revenue, 8)
    revision = submit(partner, revenue, manager, 12, reason=BEFORE, approval="Only I am here.")
    assert [effect.after for effect in kept_effects([revision])[revision]] == ["12"] * 4


def test_what_stays_as_it_is_is_not_listed(desk: Flask, partner: Partner, manager: Any) -> None:
    revenue, leads = kpi(), kpi("LEADS")
    goal(partner, revenue, 10)
    approved(partner, revenue, 8)
    found = effects(partner.id, leads.id, MAY, Figure(units(3)))
    assert found == []
    assert effects(partner.id, revenue.id, MAY, Figure(units(8))) == []


def test_the_effects_agree_with_what_then_stands(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue, leads = kpi(), kpi("LEADS")
    for of, figures in ((revenue, (90, 110, 70)), (leads, (5, 6, 7))):
        for at, figure in zip((APRIL, MAY, JUNE), figures, strict=True):
            goal(partner, of, 100 if of is revenue else 6, at)
            approved(partner, of, figure, at)
    told = {e.label: e.after for e in effects(partner.id, revenue.id, JUNE, Figure(units(101)))}
    revision = submit(partner, revenue, manager, 101, JUNE, reason=BEFORE)
    services.approve([revision], by=admin)
    view = queries.scorecard(partner.id, period("2025-Q2"), CALENDAR, period_end())
    assert told["Rev, Q2 2025"].startswith("301 · 100.3%")
    assert round(float(view.score) * 100, 1) == float(told["Scorecard, Q2 2025"].rstrip("%"))


def test_derived_kpis_that_follow_are_told(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue, cost = kpi(), kpi("COST")
    draft = services.KpiDraft(
        code="PROFIT",
        name="Profit",
        category="revenue",
        value_type="number",
        direction="higher",
        nature="flow",
        aggregation="sum",
        frequency="monthly",
        formula="REV - COST",
    )
    profit = services.save_kpi(draft, by=admin)
    goal(partner, Kpi.get_by_id(profit), 10)
    approved(partner, revenue, 15)
    approved(partner, cost, 8)
    told = {e.label: e.after for e in effects(partner.id, revenue.id, MAY, Figure(units(20)))}
    assert told["Profit, May 2025"] == "12 · 120% · met"
    assert told["Scorecard, Q2 2025"] == "120%"
    services.approve([submit(partner, revenue, manager, 20, reason=BEFORE)], by=admin)
    view = queries.scorecard(partner.id, MAY, CALENDAR, period_end())
    assert view.score == Fraction(6, 5)


def period_end() -> Any:
    return clock.today("Europe/Berlin")


# ---- withdrawing


def test_an_own_submission_is_taken_back(desk: Flask, partner: Partner, manager: Any) -> None:
    revenue = kpi()
    services.withdraw_value(submit(partner, revenue, manager), by=manager)
    assert states(partner, revenue) == [(1, "withdrawn")]
    submit(partner, revenue, manager, 11)
    assert states(partner, revenue)[-1] == (2, "submitted")


def test_nobody_takes_back_what_somebody_else_submitted(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revision = submit(partner, kpi(), manager)
    with pytest.raises(KpiRefusal):
        services.withdraw_value(revision, by=admin)
    services.approve([revision], by=admin)
    with pytest.raises(KpiRefusal):
        services.withdraw_value(revision, by=manager)


# ---- several at once


def test_several_figures_are_written_together_or_not_at_all(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    revenue, leads = kpi(), kpi("LEADS", evidence_required=True)
    rows = [
        Submission(partner.id, revenue.id, MAY, units(1)),
        Submission(partner.id, leads.id, MAY, units(2)),
        Submission(partner.id, revenue.id, MAY, units(3)),
    ]
    outcomes = services.submit_values(rows, by=manager)
    assert [outcome.refusal and outcome.refusal.field for outcome in outcomes] == [
        None,
        "evidence",
        "value",
    ]
    assert not Revision.select().exists()


def test_good_rows_are_written_where_that_is_asked(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    revenue, leads = kpi(), kpi("LEADS", evidence_required=True)
    rows = [Submission(partner.id, of.id, MAY, units(1)) for of in (leads, revenue)]
    outcomes = services.submit_values(rows, by=manager, good_only=True)
    assert [outcome.revision_id is not None for outcome in outcomes] == [False, True]
    assert states(partner, revenue) == [(1, "submitted")]


# ---- lock


def late(days: int) -> Any:
    return clock.frozen(clock.now() + timedelta(days=days))


def test_a_figure_is_locked_ninety_days_after_its_approval(desk: Flask, partner: Partner) -> None:
    revenue = kpi()
    approved(partner, revenue)
    with late(89):
        assert services.lock_due() == 0
    with late(91):
        assert services.lock_due() == 1
    assert current(partner, revenue).locked


def test_a_figure_is_not_locked_before_ninety_days_after_its_period(
    desk: Flask, partner: Partner
) -> None:
    yearly = kpi("YEAR", frequency="yearly")
    this_year = CALENDAR.parse(str(clock.now().year))
    approved(partner, yearly, at=this_year)
    end = (CALENDAR.end(this_year) - clock.now().date()).days
    with late(end + 89):
        assert services.lock_due() == 0
    with late(end + 92):
        assert services.lock_due() == 1


def test_a_figure_whose_restatement_waits_is_not_locked_under_it(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    revenue = kpi()
    approved(partner, revenue)
    submit(partner, revenue, manager, 11, reason=BEFORE)
    with late(200):
        assert services.lock_due() == 0


def test_a_locked_figure_is_not_restated(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue = kpi()
    approved(partner, revenue)
    services.lock_value(partner.id, revenue.id, MAY, by=admin)
    with pytest.raises(KpiRefusal, match="locked"):
        submit(partner, revenue, manager, 11, reason=BEFORE)


def test_what_is_unlocked_stays_open_until_it_is_changed(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue = kpi()
    approved(partner, revenue)
    services.lock_value(partner.id, revenue.id, MAY, by=admin)
    services.unlock_value(partner.id, revenue.id, MAY, "The invoice was wrong.", by=admin)
    with late(200):
        assert services.lock_due() == 0
    services.approve([submit(partner, revenue, manager, 11, reason=BEFORE)], by=admin)
    with late(200):
        assert services.lock_due() == 1
    assert Unlocking.get().reason == "The invoice was wrong."


def test_an_administrator_locks_again_what_is_open(
    desk: Flask, partner: Partner, admin: Any
) -> None:
    revenue = kpi()
    approved(partner, revenue)
    for _ in range(2):
        services.lock_value(partner.id, revenue.id, MAY, by=admin)
        services.unlock_value(partner.id, revenue.id, MAY, "Again.", by=admin)
    assert not current(partner, revenue).locked


def test_unlocking_takes_an_administrator_and_a_reason(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue = kpi()
    approved(partner, revenue)
    services.lock_value(partner.id, revenue.id, MAY, by=admin)
    with pytest.raises(KpiRefusal):
        services.unlock_value(partner.id, revenue.id, MAY, "Please.", by=manager)
    with pytest.raises(KpiRefusal):
        services.unlock_value(partner.id, revenue.id, MAY, " ", by=admin)
    assert current(partner, revenue).locked


# ---- unreported = missed


def streak(partner: Partner) -> tuple[int, int]:
    view = queries.scorecard(partner.id, JUNE, CALENDAR, period_end())
    found = view.rows[0].streak
    assert found is not None
    return found.certain, found.possible


@pytest.fixture
def gap(partner: Partner, manager: Any) -> Kpi:
    """Missed in April, unreported in May, missed in June."""
    revenue = kpi()
    for at, figure in ((APRIL, 1), (MAY, None), (JUNE, 1)):
        goal(partner, revenue, 10, at)
        if figure:
            approved(partner, revenue, figure, at)
    return revenue


def test_an_unreported_period_counts_as_missed_once_declared(
    partner: Partner, gap: Kpi, manager: Any
) -> None:
    assert streak(partner) == (1, 3)
    services.declare_missed(partner.id, gap.id, MAY, "Asked three times.", by=manager)
    assert streak(partner) == (3, 3)
    services.undo_missed(partner.id, gap.id, MAY, by=manager)
    assert streak(partner) == (1, 3)
    assert DeclaredMiss.get().reason == "Asked three times."
    assert audited()[-2:] == ["kpi_value.declared_missed", "kpi_value.miss_withdrawn"]


def test_a_declared_miss_gives_way_to_a_figure(partner: Partner, gap: Kpi, manager: Any) -> None:
    services.declare_missed(partner.id, gap.id, MAY, "Asked three times.", by=manager)
    approved(partner, gap, 11, MAY)
    assert streak(partner) == (1, 1)


def test_the_scorecard_stays_grey(partner: Partner, gap: Kpi, manager: Any) -> None:
    services.declare_missed(partner.id, gap.id, MAY, "Asked three times.", by=manager)
    assert queries.scorecard(partner.id, MAY, CALENDAR, period_end()).grey == 1


def test_only_what_is_due_asked_for_and_unreported_is_declared_missed(
    partner: Partner, gap: Kpi, manager: Any
) -> None:
    now = CALENDAR.containing(period_end(), MAY.kind)
    goal(partner, gap, 10, now)
    for at in (APRIL, now, period("2025-02"), period("2025-Q2")):
        with pytest.raises(KpiRefusal):
            services.declare_missed(partner.id, gap.id, at, "Never came.", by=manager)
    submit(partner, gap, manager, at=MAY)
    with pytest.raises(KpiRefusal, match="waits"):
        services.declare_missed(partner.id, gap.id, MAY, "Never came.", by=manager)
    assert not DeclaredMiss.select().exists()


def test_a_miss_is_declared_once_and_with_a_reason(
    partner: Partner, gap: Kpi, manager: Any
) -> None:
    with pytest.raises(KpiRefusal):
        services.declare_missed(partner.id, gap.id, MAY, " ", by=manager)
    services.declare_missed(partner.id, gap.id, MAY, "Never came.", by=manager)
    with pytest.raises(KpiRefusal, match="already"):
        services.declare_missed(partner.id, gap.id, MAY, "Never came.", by=manager)


def test_only_those_who_approve_declare(partner: Partner, gap: Kpi, admin: Any) -> None:
    Target.update(partner=partner).execute()
    for stranger in (viewer("viewer@example.org"), contact_of(partner)):
        with pytest.raises(KpiRefusal):
            services.declare_missed(partner.id, gap.id, MAY, "Never came.", by=stranger)


# ---- comments


def test_a_contacts_comment_is_shared(desk: Flask, partner: Partner) -> None:
    leads, contact = kpi("LEADS", submitter="partner"), contact_of(partner)
    goal(partner, leads, 10)
    services.add_comment(
        partner.id, leads.id, MAY, "The fair was late.", by=contact, visibility="internal"
    )
    assert ValueComment.get().visibility == "shared"


def test_staff_choose_who_sees_a_comment(desk: Flask, partner: Partner, manager: Any) -> None:
    revenue, contact = kpi(), contact_of(partner)
    goal(partner, revenue, 10)
    for visibility in ("internal", "shared"):
        services.add_comment(
            partner.id, revenue.id, MAY, visibility, by=manager, visibility=visibility
        )
    seen = queries.comments(contact, partner.id, revenue.id)
    assert [row.text for row in seen] == ["shared"]
    assert len(queries.comments(manager, partner.id, revenue.id)) == 2


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001])
def test_a_comment_says_something_in_bounds(
    desk: Flask, partner: Partner, manager: Any, text: str
) -> None:
    with pytest.raises(KpiRefusal):
        services.add_comment(partner.id, kpi().id, MAY, text, by=manager)


def test_nobody_comments_on_a_strangers_figure(
    desk: Flask, partner: Partner, other_partner: Partner, manager: Any
) -> None:
    revenue = kpi()
    goal(other_partner, revenue, 10)
    for stranger in (manager, contact_of(partner), viewer("viewer@example.org")):
        with pytest.raises(KpiRefusal):
            services.add_comment(other_partner.id, revenue.id, MAY, "Hm.", by=stranger)
    assert queries.comments(contact_of_nobody(), other_partner.id, revenue.id) == []


def contact_of_nobody() -> Any:
    from dataclasses import replace

    return replace(viewer("viewer@example.org"), role="contact", partner_id=0)
