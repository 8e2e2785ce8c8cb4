"""Agreeing on targets: proposed, accepted by both sides, rejected, undone, never blocked."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.contract import Viewer
from app.core.kpis import queries, services
from app.core.kpis.models import Score, Target, TargetDecision, TargetRevision
from app.core.kpis.services import (
    KpiRefusal,
    StaleTargets,
    StaleVersion,
    TargetDraft,
    TargetFigures,
    TargetTerms,
)
from app.core.partners.models import Partner
from tests.core.kpi_support import (
    audited,
    bring_in,
    contact_of,
    desk,
    kpi,
    other_partner,
    partner,
    period,
    sources,
    units,
    viewer,
)

__all__ = ["desk", "other_partner", "partner"]

MAY = period("2026-05")
TERMS = TargetTerms(goal_id=None, data_source="Ledger", access_host=True)
SMART = {"description": "Sales", "unit": "EUR"}
WHY = "Goals come later"


@pytest.fixture
def manager(desk: Flask) -> Viewer:
    return viewer("manager@example.org")


@pytest.fixture
def signer(partner: Partner) -> Viewer:
    return replace(contact_of(partner), can_sign=True)


def draft(partner: Partner, of: Any, target: float, n: int = 0, when: Any = MAY) -> TargetDraft:
    figures = TargetFigures(target=units(target), baseline=units(target))
    return TargetDraft(partner.id, of.id, when.key, figures, TERMS, n)


def proposed(partner: Partner, of: Any, target: float, by: Viewer, n: int = 0) -> int:
    services.propose_targets([draft(partner, of, target, n)], by=by, waiver=WHY)
    return latest().id


def latest() -> TargetRevision:
    return TargetRevision.select().order_by(TargetRevision.id.desc()).get()


def states() -> list[str]:
    rows = TargetRevision.select(TargetRevision.state).order_by(TargetRevision.id)
    return [row[0] for row in rows.tuples()]


def acts() -> list[str]:
    rows = TargetDecision.select().order_by(TargetDecision.id)
    return [f"{row.side} {row.action}{' on behalf' if row.on_behalf else ''}" for row in rows]


def test_a_proposal_does_not_count_until_the_partner_accepts(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    revision = proposed(partner, kpi(**SMART), 100, manager)
    assert states() == ["proposed"]
    assert not Target.select().exists()
    assert services.accept_targets([revision], by=signer) == 1
    assert (states(), Target.get().target, Target.get().n) == (["accepted"], units(100), 1)
    assert acts() == ["host proposed", "partner accepted"]
    assert Score.select().where(Score.period == MAY.key).exists()


def test_the_present_target_stands_until_its_revision_is_accepted(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    revenue = kpi(**SMART)
    services.accept_targets([proposed(partner, revenue, 100, manager)], by=signer)
    revision = proposed(partner, revenue, 120, manager, n=1)
    assert (Target.get().target, states()) == (units(100), ["accepted", "proposed"])
    services.accept_targets([revision], by=signer)
    assert (Target.get().target, Target.get().n) == (units(120), 2)
    assert states() == ["superseded", "accepted"]


def test_a_proposal_that_is_not_smart_is_refused_with_its_letters(
    desk: Flask, partner: Partner, manager: Viewer
) -> None:
    with pytest.raises(KpiRefusal) as refusal:
        services.propose_targets([draft(partner, kpi(), 100)], by=manager)
    assert (refusal.value.field, refusal.value.params["letters"]) == ("waiver", "S, M, R")
    assert not TargetRevision.select().exists()


def test_a_letter_is_waived_with_a_reason_that_stays_on_record(
    desk: Flask, partner: Partner, manager: Viewer
) -> None:
    proposed(partner, kpi(**SMART), 100, manager)
    assert (latest().waived, latest().waiver) == ("R", WHY)


def test_a_draft_needs_nothing_and_waits_for_nobody(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    services.propose_targets([draft(partner, kpi(), 100)], by=manager, as_draft=True)
    assert states() == ["draft"]
    assert queries.proposed_targets(signer, partner.id) == []
    assert queries.target_versions(signer, partner.id, latest().kpi_id, MAY) == []
    with pytest.raises(StaleVersion):
        services.accept_targets([latest().id], by=signer)


def test_a_rejection_keeps_what_counts_and_its_reason(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    revenue = kpi(**SMART)
    services.accept_targets([proposed(partner, revenue, 100, manager)], by=signer)
    services.reject_target(proposed(partner, revenue, 200, manager, n=1), "Too steep", by=signer)
    assert (states(), Target.get().target) == (["accepted", "rejected"], units(100))
    assert TargetDecision.select().order_by(TargetDecision.id.desc()).get().reason == "Too steep"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_rejection_needs_a_reason(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer, reason: str
) -> None:
    revision = proposed(partner, kpi(**SMART), 100, manager)
    with pytest.raises(KpiRefusal) as refusal:
        services.reject_target(revision, reason, by=signer)
    assert refusal.value.field == "reason"
    assert states() == ["proposed"]


def test_only_a_contact_who_may_sign_decides_for_the_partner(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    revision = proposed(partner, kpi(**SMART), 100, manager)
    for person in (replace(signer, can_sign=False), manager, viewer("admin@example.org")):
        for act in (
            lambda by: services.accept_targets([revision], by=by),
            lambda by: services.reject_target(revision, "No", by=by),
            lambda by: services.undo_acceptance(revision, "No", by=by),
        ):
            with pytest.raises(KpiRefusal):
                act(person)
    assert states() == ["proposed"]


def test_another_partners_proposal_is_out_of_reach(
    desk: Flask, partner: Partner, other_partner: Partner, manager: Viewer
) -> None:
    revision = proposed(partner, kpi(**SMART), 100, manager)
    stranger = replace(contact_of(other_partner), can_sign=True)
    with pytest.raises(StaleVersion):
        services.accept_targets([revision], by=stranger)
    with pytest.raises(StaleVersion):
        services.reject_target(revision, "No", by=stranger)
    assert queries.proposed_targets(stranger, partner.id) == []
    assert states() == ["proposed"]


def test_an_acceptance_on_behalf_is_marked_with_its_evidence(
    desk: Flask, partner: Partner, manager: Viewer
) -> None:
    with clock.frozen(datetime(2026, 6, 1, 12)):  # a Monday
        revision = proposed(partner, kpi(**SMART), 100, manager)
        services.accept_targets_on_behalf([revision], "E-mail of 1 June", by=manager)
    assert (latest().on_behalf, str(latest().undo_until)) == (True, "2026-06-15")
    assert acts() == ["host proposed", "partner accepted on behalf"]
    assert TargetDecision.select().order_by(TargetDecision.id.desc()).get().reason == (
        "E-mail of 1 June"
    )


def test_an_acceptance_on_behalf_needs_its_evidence(
    desk: Flask, partner: Partner, manager: Viewer
) -> None:
    revision = proposed(partner, kpi(**SMART), 100, manager)
    with pytest.raises(KpiRefusal) as refusal:
        services.accept_targets_on_behalf([revision], " ", by=manager)
    assert refusal.value.field == "agreed"


def test_a_stranger_among_the_managers_accepts_nothing_on_behalf(
    desk: Flask, other_partner: Partner, manager: Viewer
) -> None:
    revision = proposed(other_partner, kpi(**SMART), 100, viewer("admin@example.org"))
    for act in (
        lambda: services.accept_targets_on_behalf([revision], "E-mail", by=manager),
        lambda: services.withdraw_target(revision, by=manager),
    ):
        with pytest.raises(KpiRefusal):
            act()
    assert states() == ["proposed"]


def on_behalf(partner: Partner, of: Any, target: float, by: Viewer, n: int = 0) -> int:
    services.propose_targets([draft(partner, of, target, n)], by=by, waiver=WHY, agreed="E-mail")
    return latest().id


@pytest.mark.parametrize(("day", "undone"), [(15, True), (16, False)])
def test_the_partner_undoes_it_within_ten_working_days(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer, day: int, undone: bool
) -> None:
    with clock.frozen(datetime(2026, 6, 1, 12)):
        revision = on_behalf(partner, kpi(**SMART), 100, manager)
    with clock.frozen(datetime(2026, 6, day, 12)):
        if not undone:
            with pytest.raises(KpiRefusal, match="over"):
                services.undo_acceptance(revision, "", by=signer)
            return
        services.undo_acceptance(revision, "We never said so", by=signer)
    assert (states(), acts()[-1]) == (["proposed"], "partner undone")
    assert not Target.select().exists()
    assert not Score.select().exists()


def test_undoing_lets_the_target_before_it_count_again(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    revenue = kpi(**SMART)
    services.accept_targets([proposed(partner, revenue, 100, manager)], by=signer)
    services.undo_acceptance(on_behalf(partner, revenue, 200, manager, n=1), "", by=signer)
    assert (Target.get().target, Target.get().n) == (units(100), 1)
    assert states() == ["accepted", "proposed"]
    services.accept_targets([latest().id], by=signer)
    assert (states(), Target.get().n) == (["superseded", "accepted"], 2)


def test_what_the_partner_accepted_itself_is_not_undone(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    revision = proposed(partner, kpi(**SMART), 100, manager)
    services.accept_targets([revision], by=signer)
    with pytest.raises(StaleVersion):
        services.undo_acceptance(revision, "", by=signer)


def test_a_withdrawn_proposal_leaves_what_counts(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    revision = proposed(partner, kpi(**SMART), 100, manager)
    services.withdraw_target(revision, by=manager)
    assert states() == ["superseded"]
    with pytest.raises(StaleVersion):
        services.accept_targets([revision], by=signer)


def test_a_later_revision_makes_an_answer_to_the_earlier_one_stale(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    revenue = kpi(**SMART)
    first = proposed(partner, revenue, 100, manager)
    proposed(partner, revenue, 110, manager, n=1)
    with pytest.raises(StaleVersion):
        services.accept_targets([first], by=signer)
    assert states() == ["superseded", "proposed"]


def test_many_are_written_together_or_not_at_all(
    desk: Flask, partner: Partner, manager: Viewer
) -> None:
    revenue, june = kpi(**SMART), period("2026-06")
    proposed(partner, revenue, 100, manager)
    drafts = [draft(partner, revenue, 100), draft(partner, revenue, 100, when=june)]
    with pytest.raises(StaleTargets) as stale:
        services.propose_targets(drafts, by=manager, waiver=WHY)
    assert stale.value.keys == ((partner.id, revenue.id, MAY.key),)
    assert states() == ["proposed"]


def test_an_import_counts_as_accepted_and_replaces_what_was_open(
    desk: Flask, partner: Partner, manager: Viewer
) -> None:
    revenue = kpi(**SMART)
    proposed(partner, revenue, 100, manager)
    targets = "partner_code,kpi_code,period,target\nNORD,REV,2026-05,70\n"
    bring_in(*sources(targets=targets))
    assert (Target.get().target, Target.get().n) == (units(70), 2)
    assert states() == ["superseded", "accepted"]
    assert latest().source.startswith("import:")


def test_each_decision_is_audited_without_its_text(
    desk: Flask, partner: Partner, manager: Viewer, signer: Viewer
) -> None:
    services.undo_acceptance(on_behalf(partner, kpi(**SMART), 100, manager), "Secret", by=signer)
    assert audited()[-3:] == ["target.proposed", "target.accepted", "target.undone"]
