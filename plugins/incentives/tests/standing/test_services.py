"""Tiers follow approved figures and decisions: once, whole, and with everything on record."""

from datetime import date

import pytest
from flask import Flask

from app.api import Refusal, organisation
from app.core.accounts.models import Organisation
from app.core.models import AuditEntry, Job
from app.core.partners.models import Partner
from app.jobs import run_pending
from app.testing import add_partner
from plugins.incentives.programmes.definition import (
    Definition,
    Measures,
    Operator,
    Requirement,
    Span,
    Tier,
    Window,
)
from plugins.incentives.standing import evaluating, listing, replaying, services
from plugins.incentives.standing.models import Enrolment, Evaluation, Reason, Tenure
from plugins.incentives.standing.tenures import held_since, tiers_on
from plugins.incentives.tests.standing.support import (
    BY_REVIEW,
    CALENDAR,
    WHY,
    act,
    admin,
    earn,
    enrol,
    evaluate,
    on,
    place,
    publish,
)
from tests.core.desk import Desk, counted_queries


def outcomes() -> list[str]:
    return [row.outcome for row in Evaluation.select().order_by(Evaluation.id)]


def tenures() -> list[tuple[str, str]]:
    rows = Tenure.select().order_by(Tenure.id)
    return [(row.start.isoformat(), row.tier) for row in rows]


def test_whoever_is_enrolled_begins_at_the_lowest_tier(enrolled: Partner) -> None:
    row = place(enrolled)
    assert (row.state, row.held, row.since) == ("active", "bronze", date(2026, 1, 15))
    assert row.next_review == date(2026, 4, 1)
    assert outcomes() == ["enrolled"]
    assert tenures() == [("2026-01-15", "bronze")]


def test_figures_that_were_there_already_are_looked_at_at_once(
    app: Flask, desk: Desk, kpi: int, programme: int, partner: Partner
) -> None:
    earn(desk, partner, kpi, "2026-01-10", m2025_10=100, m2025_11=100, m2025_12=100)
    assert enrol(app, programme, partner, "2026-01-15").held == "silver"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_is_enrolled_twice_or_without_a_version(
    app: Flask, enrolled: Partner, programme: int
) -> None:
    with app.app_context():
        with pytest.raises(Refusal, match="already"):
            services.enrol_partner(programme, enrolled.id, None)
        with pytest.raises(Refusal, match="no version in force"):
            services.enrol_partner(programme + 9, enrolled.id, None)


def test_the_whole_way_down_with_the_clock_moved(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    """[I3] on figures: promotion, grace, a demotion proposed, approved, effective next month."""
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=200, m2025_11=200, m2025_12=200)
    evaluate(app, "2026-01-20")
    assert place(enrolled).held == "gold"
    earn(desk, enrolled, kpi, "2026-03-15", m2026_01=10, m2026_02=10)
    evaluate(app, "2026-03-15")  # no review: a tier is not lost in between
    assert place(enrolled).state == "active"
    evaluate(app, "2026-04-01")
    row = place(enrolled)
    assert (row.state, row.grace_until, row.held) == ("grace", date(2026, 6, 30), "gold")
    earn(desk, enrolled, kpi, "2026-06-20", m2026_03=10, m2026_04=10, m2026_05=10)
    evaluate(app, "2026-07-01")
    row = place(enrolled)
    assert (row.state, row.proposed_tier, row.held) == ("demotion_proposed", "silver", "gold")
    act(app, "2026-07-03", services.decide, enrolled, "approve", "", row.version)
    row = place(enrolled)
    assert (row.state, row.falls_on, row.held) == ("active", date(2026, 8, 1), "gold")
    evaluate(app, "2026-07-31")
    assert place(enrolled).held == "gold"
    evaluate(app, "2026-08-02")  # the worker was late: the day stays the day
    row = place(enrolled)
    assert (row.held, row.since) == ("silver", date(2026, 8, 1))
    with app.app_context():
        for day, tier in (("2026-07-31", "gold"), ("2026-08-01", "silver")):
            held = tiers_on(row.programme_id, [enrolled.id], date.fromisoformat(day))
            assert held == {enrolled.id: tier}


def test_a_tier_that_is_met_again_ends_the_grace_period(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    earn(desk, enrolled, kpi, "2026-03-15", m2026_01=1, m2026_02=1)
    evaluate(app, "2026-04-01")
    assert place(enrolled).state == "grace"
    earn(desk, enrolled, kpi, "2026-04-15", m2026_03=400)
    evaluate(app, "2026-04-15")
    assert (place(enrolled).state, place(enrolled).held) == ("active", "silver")
    assert outcomes()[-1] == "recovered"


def test_evaluating_again_writes_nothing(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    evaluate(app, "2026-01-20")
    before = (list(Enrolment.select().dicts()), Evaluation.select().count())
    with on("2026-01-20", app):
        evaluating.evaluate_partners([enrolled.id])
        evaluating.evaluate_due()
    assert (list(Enrolment.select().dicts()), Evaluation.select().count()) == before


def test_every_decision_is_replayed_to_the_same_result(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=200, m2025_11=200, m2025_12=200)
    earn(desk, enrolled, kpi, "2026-03-15", m2026_01=1, m2026_02=1)
    for day in ("2026-04-01", "2026-07-01"):
        evaluate(app, day)
    earn(desk, enrolled, kpi, "2026-07-02", m2026_03=1, m2026_04=1, m2026_05=1)
    evaluate(app, "2026-10-01")
    ask = (date(2026, 12, 31), WHY)
    act(app, "2026-10-02", services.ask_override, enrolled, "silver", *ask)
    act(app, "2026-10-03", services.decide_override, enrolled, "confirm", WHY)
    evaluate(app, "2027-01-01")
    rows = list(Evaluation.select())
    assert len(rows) >= 7
    for row in rows:
        old = replaying.basis(row)
        found, outcome = replaying.replay(row)
        assert found == old.found
        assert outcome.state == old.after
        assert " ".join(outcome.effects) == row.outcome


def test_what_changed_since_a_decision_is_listed(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    evaluate(app, "2026-01-20")
    row = Evaluation.select().order_by(Evaluation.id.desc()).get()
    with on("2026-03-20", app):
        assert replaying.changed_since(row, enrolled.id) == []
    earn(desk, enrolled, kpi, "2026-03-20", m2025_12=90)
    with on("2026-03-20", app):
        (differs,) = replaying.changed_since(row, enrolled.id)
    figures = [reading.values[0].figure for reading in (differs.then, differs.now)]
    assert figures == ["300", "290"]


def test_a_figure_that_is_restated_takes_no_tier_away_but_is_looked_at(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    assert place(enrolled).held == "silver"
    for figure in (400, 1):
        earn(desk, enrolled, kpi, "2026-01-20", m2025_12=figure)
        assert place(enrolled).held == "gold"


def test_a_promotion_that_is_reviewed_waits_for_somebody(
    app: Flask, desk: Desk, kpi: int, partner: Partner
) -> None:
    enrol(app, publish(app, BY_REVIEW), partner, "2026-01-15")
    earn(desk, partner, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    evaluate(app, "2026-01-20")
    row = place(partner)
    assert (row.state, row.proposed_tier, row.held) == ("promotion_proposed", "silver", "bronze")
    with on("2026-01-21", app), pytest.raises(Refusal, match="meanwhile"):
        services.decide(row, "approve", "", row.version - 1, admin())
    act(app, "2026-01-21", services.decide, partner, "reject", WHY, row.version)
    assert place(partner).state == "active"
    assert Reason.get().text == WHY
    evaluate(app, "2026-01-22")
    assert place(partner).state == "active"
    evaluate(app, "2026-04-01")  # the next review proposes it again, were it still met
    assert place(partner).refused_tier == ""


def test_an_override_needs_a_second_approver_and_ends_by_itself(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    last = date(2026, 2, 28)
    act(app, "2026-01-20", services.ask_override, enrolled, "gold", last, WHY)
    assert place(enrolled).held == "bronze"
    with on("2026-01-20", app), pytest.raises(Refusal, match="say why"):
        services.decide_override(place(enrolled), "confirm", "", admin())
    act(app, "2026-01-20", services.decide_override, enrolled, "confirm", WHY)
    assert (place(enrolled).state, place(enrolled).held) == ("overridden", "gold")
    assert not Evaluation.select().order_by(Evaluation.id.desc()).get().four_eyes
    evaluate(app, "2026-02-28")
    assert place(enrolled).held == "gold"
    evaluate(app, "2026-03-01")
    assert (place(enrolled).state, place(enrolled).held) == ("active", "bronze")


def test_a_tier_by_hand_is_held_since_it_was_approved(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    act(app, "2026-01-20", services.ask_override, enrolled, "gold", date(2026, 2, 28), WHY)
    assert since(enrolled) == date(2026, 1, 15)
    act(app, "2026-01-21", services.decide_override, enrolled, "confirm", WHY)
    assert since(enrolled) == date(2026, 1, 21)
    evaluate(app, "2026-03-01")
    assert since(enrolled) == date(2026, 3, 1)


def organisation_today(app: Flask) -> date:
    with app.app_context():
        return organisation().today()


def since(partner: Partner) -> date:
    """As the partner's page and the list both say it."""
    (day,) = held_since([place(partner).id]).values()
    (row,) = listing.one_page(admin(), listing.Filters(), (), "since", 1)
    assert row.since == day
    return day


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_where_four_eyes_are_required_nobody_approves_an_own_override(
    app: Flask, enrolled: Partner
) -> None:
    from app.core.accounts import services as accounts

    with app.app_context():
        Organisation.update(four_eyes_required=True).execute()
        accounts.add_person(
            name="Second", email="second@example.org", role="admin", password="x" * 16, cheap=True
        )
    act(app, "2026-01-20", services.ask_override, enrolled, "gold", date(2026, 2, 28), WHY)
    with on("2026-01-20", app), pytest.raises(Refusal, match="somebody else"):
        services.decide_override(place(enrolled), "confirm", WHY, admin())


def test_what_is_unreported_may_be_declared_missed_after_the_grace_days(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    evaluate(app, "2026-01-20")
    evaluate(app, "2026-04-01")
    assert (place(enrolled).state, place(enrolled).unknown_since) == ("active", date(2026, 4, 1))
    evaluate(app, "2026-07-01")
    act(app, "2026-07-02", services.declare_missed, enrolled, WHY)
    assert (place(enrolled).state, place(enrolled).held) == ("grace", "silver")
    assert outcomes()[-1] == "missed_declared grace_started"


def test_partner_status_changed_freezes_and_resumes(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner, as_admin
) -> None:
    earn(desk, enrolled, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    evaluate(app, "2026-01-20")
    path = f"/partners/{enrolled.id}/steps"
    assert as_admin.send(f"{path}/suspend", reason="They closed for a while").status_code == 303
    assert (place(enrolled).state, place(enrolled).held) == ("frozen", "")
    assert since(enrolled) == organisation_today(app)
    assert as_admin.send(f"{path}/resume", reason="They opened once more").status_code == 303
    assert (place(enrolled).state, place(enrolled).held) == ("active", "silver")


def test_whoever_leaves_holds_no_tier_and_may_come_back(
    app: Flask, programme: int, enrolled: Partner
) -> None:
    act(app, "2026-01-20", services.leave, enrolled, "")
    assert (place(enrolled).state, place(enrolled).held) == ("left", "")
    assert enrol(app, programme, enrolled, "2026-02-01").held == "bronze"
    assert [tier for _day, tier in tenures()] == ["bronze", "", "bronze"]


def test_partners_merged_moves_the_place_to_the_kept_partner(
    app: Flask, desk: Desk, enrolled: Partner, other_partner: Partner
) -> None:
    desk.merge(other_partner, enrolled)
    assert place(other_partner).held == "bronze"
    assert not Enrolment.select().where(Enrolment.partner == enrolled).exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_partners_merged_keeps_the_place_of_the_kept_partner(
    app: Flask, desk: Desk, kpi: int, programme: int, enrolled: Partner, other_partner: Partner
) -> None:
    earn(desk, other_partner, kpi, "2026-01-20", m2025_10=100, m2025_11=100, m2025_12=100)
    enrol(app, programme, other_partner, "2026-01-15")
    desk.merge(enrolled, other_partner)
    assert place(enrolled).id != place(other_partner).id


def test_register_jobs_evaluates_whoever_was_not_seen_today(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner
) -> None:
    Enrolment.update(checked=date(2026, 1, 1), next_review=date(2026, 4, 1)).execute()
    run_pending(app)
    assert place(enrolled).checked > date(2026, 1, 1)
    assert place(enrolled).next_review > date(2026, 4, 1)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_targets_changed_is_looked_at_at_once(
    app: Flask, desk: Desk, kpi: int, partner: Partner
) -> None:
    asked = Requirement(
        *("r1", Measures.ATTAINMENT, Operator.AT_LEAST, 1_000_000, "REV"),
        window=Window(Span.MONTHS, 1),
    )
    tiers = (Tier("bronze", "Bronze"), Tier("silver", "Silver", requirement=asked))
    enrol(app, publish(app, Definition(tiers=tiers)), partner, "2026-01-15")
    earn(desk, partner, kpi, "2026-01-20", m2025_12=100)
    assert place(partner).held == "bronze"  # without a target nothing is attained
    with on("2026-01-20", app):
        desk.target(partner, kpi, CALENDAR.parse("2025-12"), 100)
    assert place(partner).held == "silver"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_many_partners_are_evaluated_in_several_jobs(
    app: Flask, programme: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluating, "AT_ONCE", 2)
    crowd = [add_partner(f"P{n}", f"Partner {n}") for n in range(5)]
    for one in crowd:
        enrol(app, programme, one, "2026-01-15")
    with app.app_context():
        evaluating.evaluate_partners([one.id for one in crowd])
        waiting = Job.select().where(Job.name == evaluating.JOB, Job.payload.contains("partner"))
        assert waiting.count() == 2
    run_pending(app)
    assert not Enrolment.select().where(Enrolment.checked < date(2026, 2, 1)).exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_one_evaluation_of_many_partners_reads_as_often_as_of_one(
    app: Flask, desk: Desk, kpi: int, enrolled: Partner, programme: int
) -> None:
    crowd = [add_partner(f"P{n:02}", f"Partner {n:02}") for n in range(30)]
    for one in crowd:
        enrol(app, programme, one, "2026-01-15")
    with on("2026-01-15", app):
        with counted_queries() as alone:
            evaluating.evaluate_partners([enrolled.id])
        with counted_queries() as together:
            evaluating.evaluate_partners([enrolled.id, *(one.id for one in crowd)])
    assert len(together) == len(alone)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_history_tells_of_a_tier_and_holds_no_reason_in_its_chain(
    app: Flask, enrolled: Partner, as_admin
) -> None:
    act(app, "2026-01-20", services.ask_override, enrolled, "gold", date(2026, 2, 28), WHY)
    assert "Override asked for" in as_admin.get(f"/history/partner:{enrolled.id}").text
    entry = AuditEntry.get(AuditEntry.action == "incentives.override_asked")
    assert "told us why" not in entry.detail


def test_demo_data_leaves_the_sample_partners_at_tiers(sample_app: Flask) -> None:
    with sample_app.app_context():
        assert len({row.held for row in Enrolment.select()}) > 1
