"""Who hears of figures and targets: those who decide, and those whose was decided."""

import json
from typing import Any

import pytest
from flask import Flask

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.kpis import services, telling
from app.core.kpis.services import Submission
from app.core.messages.models import Mail, Notification
from app.core.models import Job
from app.core.partners.models import Contact, Partner
from app.core.quantities import MILLION
from app.security import CORE_PERMISSIONS
from tests.core.desk import Desk, last_month, staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


@pytest.fixture
def kpi(desk: Desk) -> int:
    return desk.kpi(submitter="partner")


def contact() -> Viewer:
    """The contact of the first partner, as services take them."""
    row = Contact.get(Contact.email == "contact@nordlicht.example")
    rights = frozenset(CORE_PERMISSIONS["contact"])
    return Viewer(
        row.user_id, row.name, row.email, "contact", rights, row.partner_id, row.id, row.can_sign
    )


def tell() -> None:
    """Let the jobs that tell of submissions run, as a worker would."""
    for job in Job.select().where(Job.name == telling.SUBMITTED).order_by(Job.id):
        telling.tell_submitted(**json.loads(job.payload))
        job.delete_instance()


def heard() -> list[tuple[str, str, str]]:
    """Who was told what by which event."""
    tell()
    rows = Notification.select(Notification, User).join(User).order_by(Notification.id)
    return [(row.user.email.partition("@")[0], row.event, row.title) for row in rows]


def test_a_figure_of_a_contact_is_told_to_owner_and_team_and_its_return_to_the_contact(
    app: Flask,
    desk: Desk,
    partner: Partner,
    other_partner: Partner,
    as_contact: Any,
    as_other_contact: Any,
    kpi: int,
) -> None:
    month = last_month()
    with app.app_context():
        revision = services.submit_value(partner.id, kpi, month, by=contact(), value=5 * MILLION)
        tell()
        services.return_value(revision, "Without the returns, please.", by=staff())
    (submitted, returned) = heard()
    assert submitted[:2] == ("manager", "kpis.submitted")
    assert "Nordlicht Logistik · Revenue, " in submitted[2]
    assert "waits for approval" in submitted[2]
    assert returned[:2] == ("contact", "kpis.returned")
    told = Notification.get(Notification.event == "kpis.returned")
    assert (told.text, told.url) == ("Without the returns, please.", f"/portal/kpis/{kpi}")
    page = as_contact.get("/notifications").text
    assert "Without the returns, please." in page
    assert "Nordlicht" not in as_other_contact.get("/notifications").text


def test_figures_sent_together_are_one_message(
    app: Flask, desk: Desk, partner: Partner, as_contact: Any, kpi: int
) -> None:
    rows = [Submission(partner.id, kpi, last_month(n), 5 * MILLION) for n in (1, 2, 3)]
    with app.app_context():
        found = services.submit_values(rows, by=contact())
        tell()
        services.approve([one.revision_id for one in found if one.revision_id], by=staff())
    assert heard() == [
        ("manager", "kpis.submitted", "Nordlicht Logistik: 3 figures wait for approval"),
        ("contact", "kpis.approved", "Nordlicht Logistik: 3 figures were approved"),
    ]
    assert Notification.get().text.count("Revenue · ") == 3
    # Approvals come once a day unless somebody chooses otherwise.
    assert [mail.to_address for mail in Mail.select()] == ["manager@example.org"]


def test_what_is_refused_as_a_whole_tells_nobody(
    app: Flask, desk: Desk, partner: Partner, as_contact: Any, kpi: int
) -> None:
    good = Submission(partner.id, kpi, last_month(), 5 * MILLION)
    bad = Submission(partner.id, kpi + 1, last_month(), 5 * MILLION)
    with app.app_context():
        assert any(one.refusal for one in services.submit_values([good, bad], by=contact()))
    assert heard() == []


def test_targets_are_told_to_who_may_sign_and_the_decision_to_who_proposed(
    app: Flask, desk: Desk, partner: Partner, as_contact: Any, as_manager: Any, kpi: int
) -> None:
    from app.core.kpis.models import TargetRevision

    month = last_month()
    figures = services.TargetFigures(target=7 * MILLION)
    manager = staff("manager@example.org")
    with app.app_context():
        draft = services.TargetDraft(partner.id, kpi, month.key, figures, services.TargetTerms(), 0)
        services.propose_targets([draft], by=manager, waiver="As last year")
        proposed = TargetRevision.get()
        services.reject_target(proposed.id, "Too much", by=contact())
    assert [row[:2] for row in heard()] == [
        ("contact", "targets.proposed"),
        ("manager", "targets.decided"),
    ]
    assert heard()[0][2].startswith("A target for your decision: Revenue, ")
    link = Notification.get(Notification.event == "targets.decided")
    answer = as_manager.send(f"/notifications/{link.id}/open")
    assert as_manager.get(answer.location).status_code == 200


def test_the_sample_desk_tells_in_the_app_and_writes_to_nobody(sample_app: Flask) -> None:
    assert Notification.select().count() > 3
    assert Mail.select().count() == 0
    assert Notification.select().where(Notification.digest != "").count() == 0


def test_nobody_is_told_to_decide_what_was_decided_already(
    app: Flask, desk: Desk, partner: Partner, as_contact: Any, kpi: int
) -> None:
    with app.app_context():
        revision = services.submit_value(
            partner.id, kpi, last_month(), by=contact(), value=5 * MILLION
        )
        services.approve([revision], by=staff())
        assert [event for _who, event, _title in heard()] == ["kpis.approved"]


def test_figures_reported_one_after_the_other_are_one_message(
    app: Flask, desk: Desk, partner: Partner, as_contact: Any, kpi: int
) -> None:
    with app.app_context():
        for n in (1, 2, 3):
            services.submit_value(partner.id, kpi, last_month(n), by=contact(), value=MILLION)
        jobs = Job.select().where(Job.name == telling.SUBMITTED).count()
        told = [title for _who, _event, title in heard()]
    assert len(told) == jobs <= 2  # two where a minute ended between them
    assert jobs == 2 or told == ["Nordlicht Logistik: 3 figures wait for approval"]
