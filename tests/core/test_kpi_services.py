"""Figures, targets and definitions: what each write does, and whom and what it refuses."""

from typing import Any

import pytest
from flask import Flask

from app.core import audit_check
from app.core.kpis import queries, services
from app.core.kpis.models import Kpi, Revision, Target, TargetRevision, Value
from app.core.kpis.services import KpiDraft, KpiRefusal, StaleVersion, TargetFigures, ValueRow
from app.core.partners.models import Partner
from tests.core.kpi_support import (
    audited,
    contact_of,
    desk,
    kpi,
    other_partner,
    partner,
    period,
    ratio,
    states,
    told,
    units,
    viewer,
)

__all__ = ["desk", "other_partner", "partner", "told"]

MAY = period("2025-05")


@pytest.fixture
def manager(desk: Flask) -> Any:
    return viewer("manager@example.org")


@pytest.fixture
def admin(desk: Flask) -> Any:
    return viewer("admin@example.org")


def submit(partner: Partner, of: Kpi, by: Any, value: float = 10, **more: Any) -> int:
    return services.submit_value(partner.id, of.id, MAY, by=by, value=units(value), **more)


def current(partner: Partner, of: Kpi) -> int | None:
    row = Value.get_or_none(Value.partner == partner, Value.kpi == of, Value.period == MAY.key)
    return row and row.value


def test_a_submitted_figure_waits(desk: Flask, partner: Partner, manager: Any) -> None:
    revenue = kpi()
    submit(partner, revenue, manager)
    assert states(partner, revenue) == [(1, "submitted")]
    assert current(partner, revenue) is None


def test_an_approved_figure_is_current(
    desk: Flask, partner: Partner, manager: Any, admin: Any, told: Any
) -> None:
    revenue = kpi()
    revision = submit(partner, revenue, manager)
    assert services.approve([revision], by=admin) == [revision]
    assert current(partner, revenue) == units(10)
    assert told == [("kpis_approved", [revision])]
    assert Revision.get_by_id(revision).four_eyes is True


def test_an_own_figure_is_approved_with_a_reason_only(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    revision = submit(partner, kpi(), manager)
    with pytest.raises(KpiRefusal) as refusal:
        services.approve([revision], by=manager)
    assert refusal.value.field == "reason"


def test_an_own_approval_is_marked(desk: Flask, partner: Partner, manager: Any) -> None:
    revision = submit(partner, kpi(), manager)
    services.approve([revision], by=manager, reason="Nobody else is here this week.")
    row = Revision.get_by_id(revision)
    assert (row.four_eyes, row.decision) == (False, "Nobody else is here this week.")


def test_staff_report_and_approve_in_one_step(
    desk: Flask, partner: Partner, manager: Any, told: Any
) -> None:
    revenue = kpi()
    revision = submit(partner, revenue, manager, approval="Read from the ledger.")
    assert current(partner, revenue) == units(10)
    assert Revision.get_by_id(revision).four_eyes is False
    assert told == [("kpis_approved", [revision])]


def test_a_contact_cannot_approve_in_one_step(desk: Flask, partner: Partner) -> None:
    leads = kpi("LEADS", submitter="partner")
    submit(partner, leads, contact_of(partner), approval="It is right.")
    assert states(partner, leads) == [(1, "submitted")]


def test_a_contact_reports_what_the_partner_reports(desk: Flask, partner: Partner) -> None:
    leads = kpi("LEADS", submitter="partner")
    submit(partner, leads, contact_of(partner))
    assert states(partner, leads) == [(1, "submitted")]


def test_a_contact_does_not_report_what_staff_report(desk: Flask, partner: Partner) -> None:
    with pytest.raises(KpiRefusal):
        submit(partner, kpi(submitter="host"), contact_of(partner))


def test_a_contact_does_not_report_for_another_partner(
    desk: Flask, partner: Partner, other_partner: Partner
) -> None:
    leads = kpi("LEADS", submitter="partner")
    with pytest.raises(KpiRefusal):
        submit(other_partner, leads, contact_of(partner))


def test_a_contact_does_not_approve(desk: Flask, partner: Partner) -> None:
    contact = contact_of(partner)
    revision = submit(partner, kpi("LEADS", submitter="partner"), contact)
    with pytest.raises(KpiRefusal):
        services.approve([revision], by=contact, reason="It is right.")


def test_a_manager_does_not_approve_for_a_stranger(
    desk: Flask, other_partner: Partner, manager: Any, admin: Any
) -> None:
    revision = submit(other_partner, kpi(), admin)
    with pytest.raises(KpiRefusal):
        services.approve([revision], by=manager)


def test_a_manager_does_not_report_for_a_stranger(
    desk: Flask, other_partner: Partner, manager: Any
) -> None:
    with pytest.raises(KpiRefusal):
        submit(other_partner, kpi(), manager)


def test_a_viewer_does_not_report(desk: Flask, partner: Partner) -> None:
    with pytest.raises(KpiRefusal):
        submit(partner, kpi(), viewer("viewer@example.org"))


def test_approving_is_all_or_nothing(
    desk: Flask, partner: Partner, other_partner: Partner, manager: Any, admin: Any
) -> None:
    revenue = kpi()
    mine, foreign = submit(partner, revenue, admin), submit(other_partner, revenue, admin)
    with pytest.raises(KpiRefusal):
        services.approve([mine, foreign], by=manager)
    assert states(partner, revenue) == [(1, "submitted")]


def test_nothing_is_approved_twice(
    desk: Flask, partner: Partner, manager: Any, admin: Any, told: Any
) -> None:
    revision = submit(partner, kpi(), manager)
    services.approve([revision], by=admin)
    with pytest.raises(KpiRefusal):
        services.approve([revision], by=admin)
    assert len(told) == 1


def test_a_returned_figure_says_why(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revision = submit(partner, kpi(), manager)
    services.return_value(revision, "May has 31 days.", by=admin)
    row = Revision.get_by_id(revision)
    assert (row.state, row.decision) == ("returned", "May has 31 days.")


def test_a_return_needs_a_reason(desk: Flask, partner: Partner, manager: Any, admin: Any) -> None:
    revision = submit(partner, kpi(), manager)
    with pytest.raises(KpiRefusal):
        services.return_value(revision, "  ", by=admin)


def test_a_returned_figure_is_submitted_again(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue = kpi()
    services.return_value(submit(partner, revenue, manager), "Wrong month.", by=admin)
    submit(partner, revenue, manager, 11)
    assert states(partner, revenue) == [(1, "returned"), (2, "submitted")]


def test_a_second_submission_replaces_the_one_that_waits(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    revenue = kpi()
    submit(partner, revenue, manager)
    submit(partner, revenue, manager, 12)
    assert states(partner, revenue) == [(1, "superseded"), (2, "submitted")]


def test_a_restated_figure_stays_current_until_approval(
    desk: Flask, partner: Partner, manager: Any, admin: Any, told: Any
) -> None:
    revenue = kpi()
    services.approve([submit(partner, revenue, manager)], by=admin)
    second = submit(partner, revenue, manager, 12, reason="A late invoice.")
    assert current(partner, revenue) == units(10)
    services.approve([second], by=admin)
    assert current(partner, revenue) == units(12)
    assert states(partner, revenue) == [(1, "superseded"), (2, "approved")]
    assert told[1:] == [("kpis_restated", [second])]


def test_a_restatement_needs_a_reason(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue = kpi()
    services.approve([submit(partner, revenue, manager)], by=admin)
    with pytest.raises(KpiRefusal) as refusal:
        submit(partner, revenue, manager, 12)
    assert refusal.value.field == "reason"


def test_the_same_figure_is_no_restatement(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue = kpi()
    services.approve([submit(partner, revenue, manager)], by=admin)
    with pytest.raises(KpiRefusal):
        submit(partner, revenue, manager, 10, reason="Once more.")


def test_a_locked_figure_is_not_restated(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revenue = kpi()
    services.approve([submit(partner, revenue, manager)], by=admin)
    Value.update(locked=True).execute()
    with pytest.raises(KpiRefusal):
        submit(partner, revenue, manager, 12, reason="A late invoice.")


@pytest.mark.parametrize(
    ("fields", "figure", "field"),
    [
        ({}, {}, "value"),
        ({}, {"value": 10**19}, ""),
        ({}, {"num": 1, "den": 2}, "numerator"),
        ({"aggregation": "ratio", "value_type": "ratio"}, {"value": 1}, "numerator"),
        ({"aggregation": "ratio", "value_type": "ratio"}, {"num": 1}, "denominator"),
        ({"aggregation": "ratio", "value_type": "ratio"}, {"num": 1, "den": -1}, "denominator"),
        ({"value_type": "ordinal", "aggregation": "last", "labels": "A\nB"}, {"value": 1}, "value"),
        ({"active": False}, {"value": 1}, "kpi"),
        ({"frequency": "quarterly"}, {"value": 1}, "period"),
    ],
    ids=str,
)
def test_a_kpi_refuses_what_it_cannot_hold(
    desk: Flask, partner: Partner, manager: Any, fields: Any, figure: Any, field: str
) -> None:
    with pytest.raises(KpiRefusal) as refusal:
        services.submit_value(partner.id, kpi(**fields).id, MAY, by=manager, **figure)
    if field and not ("value" in figure and fields.get("aggregation") == "ratio"):
        assert refusal.value.field == field


def test_a_denominator_of_zero_is_reported_and_unknown(
    desk: Flask, partner: Partner, manager: Any
) -> None:
    rate = ratio()
    services.submit_value(
        partner.id, rate.id, MAY, by=manager, num=0, den=0, approval="Nothing happened."
    )
    point = queries.kpi_series([partner.id], rate.id, MAY, MAY)[partner.id][0]
    assert point.figure is None


def test_every_write_leaves_an_audit_row_and_a_sound_chain(
    desk: Flask, partner: Partner, manager: Any, admin: Any
) -> None:
    revision = submit(partner, kpi(), manager)
    services.approve([revision], by=admin)
    assert audited()[-2:] == ["kpi_value.submitted", "kpi_value.approved"]
    assert list(audit_check.verify()) == []


def test_a_target_is_revisioned(desk: Flask, partner: Partner, manager: Any) -> None:
    revenue = kpi()
    for n, target in enumerate((100, 110)):
        figures = TargetFigures(target=units(target))
        assert (
            services.set_target(
                partner.id, revenue.id, MAY, figures, by=manager, n=n, agreed="On the phone"
            )
            == n + 1
        )
    assert Target.get().target == units(110)
    assert [row.target for row in TargetRevision.select().order_by(TargetRevision.n)] == [
        units(100),
        units(110),
    ]


def test_a_stale_target_is_refused(desk: Flask, partner: Partner, manager: Any) -> None:
    revenue = kpi()
    figures = TargetFigures(target=units(1))
    services.set_target(
        partner.id, revenue.id, MAY, figures, by=manager, n=0, agreed="On the phone"
    )
    with pytest.raises(StaleVersion):
        services.set_target(
            partner.id,
            revenue.id,
            MAY,
            TargetFigures(target=units(2)),
            by=manager,
            n=0,
            agreed="On the phone",
        )


@pytest.mark.parametrize(
    ("fields", "figures", "field"),
    [
        ({}, {}, "target"),
        ({}, {"target": 5, "threshold": 6}, "threshold"),
        ({"direction": "lower"}, {"target": 5, "threshold": 4}, "threshold"),
        ({"direction": "band"}, {"target": 5}, "band_lo"),
        ({"direction": "band"}, {"band_lo": 6, "band_hi": 5}, "band_hi"),
        ({"direction": "band"}, {"band_lo": 5, "band_hi": 6, "threshold": -1}, "threshold"),
        ({}, {"target": 5, "weight": -1}, "weight"),
        ({}, {"target": 5, "zero_scale": 0}, "zero_scale"),
        ({"frequency": "quarterly"}, {"target": 5}, "period"),
    ],
    ids=str,
)
def test_a_target_that_judges_nothing_is_refused(
    desk: Flask, partner: Partner, manager: Any, fields: Any, figures: Any, field: str
) -> None:
    with pytest.raises(KpiRefusal) as refusal:
        services.set_target(
            partner.id,
            kpi(**fields).id,
            MAY,
            TargetFigures(**figures),
            by=manager,
            n=0,
            agreed="On the phone",
        )
    assert refusal.value.field == field


def test_a_manager_sets_no_target_for_a_stranger(
    desk: Flask, other_partner: Partner, manager: Any
) -> None:
    with pytest.raises(KpiRefusal):
        services.set_target(
            other_partner.id,
            kpi().id,
            MAY,
            TargetFigures(target=1),
            by=manager,
            n=0,
            agreed="On the phone",
        )


DRAFT = KpiDraft("REV", "Revenue", "revenue", "money", "higher", "flow", "sum", "monthly")


def changed(**fields: Any) -> KpiDraft:
    from dataclasses import replace

    return replace(DRAFT, **fields)


def test_a_definition_is_created_and_changed(desk: Flask, admin: Any) -> None:
    kpi_id = services.save_kpi(DRAFT, by=admin)
    services.save_kpi(changed(name="Turnover"), by=admin, kpi_id=kpi_id, version=1)
    row = queries.definition_by_code("REV")
    assert row is not None
    assert (row.name, row.version) == ("Turnover", 2)


def test_a_stale_definition_is_refused(desk: Flask, admin: Any) -> None:
    kpi_id = services.save_kpi(DRAFT, by=admin)
    services.save_kpi(changed(name="Turnover"), by=admin, kpi_id=kpi_id, version=1)
    with pytest.raises(StaleVersion):
        services.save_kpi(changed(name="Sales"), by=admin, kpi_id=kpi_id, version=1)


def test_a_taken_code_is_refused(desk: Flask, admin: Any) -> None:
    services.save_kpi(DRAFT, by=admin)
    with pytest.raises(KpiRefusal) as refusal:
        services.save_kpi(DRAFT, by=admin)
    assert refusal.value.field == "code"


def test_a_manager_defines_nothing(desk: Flask, manager: Any) -> None:
    with pytest.raises(KpiRefusal):
        services.save_kpi(DRAFT, by=manager)


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "rev"},
        {"code": ""},
        {"name": " "},
        {"category": "luck"},
        {"value_type": "ordinal", "aggregation": "last", "labels": "One"},
        {"value_type": "ordinal", "aggregation": "last", "labels": "One\none"},
        {"value_type": "ordinal", "aggregation": "sum", "labels": "One\nTwo"},
        {"labels": "One\nTwo"},
        {"due_days": 400},
    ],
    ids=str,
)
def test_a_definition_whose_parts_do_not_fit_is_refused(
    desk: Flask, admin: Any, fields: Any
) -> None:
    with pytest.raises(KpiRefusal):
        services.save_kpi(changed(**fields), by=admin)


def test_what_figures_mean_stays_once_there_are_any(
    desk: Flask, partner: Partner, admin: Any, manager: Any
) -> None:
    kpi_id = services.save_kpi(DRAFT, by=admin)
    services.submit_value(partner.id, kpi_id, MAY, by=manager, value=1)
    with pytest.raises(KpiRefusal) as refusal:
        services.save_kpi(changed(direction="lower"), by=admin, kpi_id=kpi_id, version=1)
    assert refusal.value.field == "direction"


def test_a_recorded_figure_that_stands_already_changes_nothing(
    desk: Flask, partner: Partner, told: Any
) -> None:
    row = ValueRow(partner.id, kpi().id, MAY.key, units(3))
    first = services.record_kpi_values([row], source="survey:1", by=None)
    assert services.record_kpi_values([row], source="survey:1", by=None) == []
    assert told == [("kpis_approved", first)]


def test_a_recorded_figure_that_differs_restates(desk: Flask, partner: Partner, told: Any) -> None:
    row = ValueRow(partner.id, kpi().id, MAY.key, units(3))
    services.record_kpi_values([row], source="survey:1", by=None)
    second = services.record_kpi_values(
        [row._replace(value=units(4), reason="Two late answers.")], source="survey:1", by=None
    )
    assert told[1:] == [("kpis_restated", second)]
    assert Revision.get_by_id(second[0]).reason == "Two late answers."


def test_recording_is_all_or_nothing(desk: Flask, partner: Partner) -> None:
    revenue = kpi()
    rows = [
        ValueRow(partner.id, revenue.id, MAY.key, 1),
        ValueRow(partner.id, revenue.id, period("2025-Q1").key, 1),
    ]
    with pytest.raises(KpiRefusal):
        services.record_kpi_values(rows, source="survey:1", by=None)
    assert Revision.select().count() == 0
