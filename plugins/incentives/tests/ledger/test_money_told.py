"""Who hears about money, and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.api import now, organisation
from app.core.accounts.models import User
from app.core.contract import PartnerRef
from app.core.messages.models import Notification
from app.core.partners.models import Contact, Partner
from plugins.incentives.ledger import panels, payouts, services
from plugins.incentives.ledger.models import LedgerState
from plugins.incentives.tests.ledger.ledger_support import (
    Tiers,
    accrue,
    approve_all,
    marginal,
    pay_out,
    programme,
    quarter,
)
from tests.core.desk import Desk, staff


@pytest.fixture
def accrued(desk: Desk, kpi: int, partner: Partner, tiers: Tiers) -> None:
    """A line on hold that is released today."""
    programme(marginal(hold_days=30))
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    LedgerState.update(due=organisation().today()).execute()
    services.release()


def told(event: str) -> list[tuple[str, str]]:
    rows = (
        Notification.select(User.email, Notification.title)
        .join(User, on=(Notification.user == User.id))
        .where(Notification.event == event)
        .order_by(User.email)
    )
    return list(rows.tuples())


def test_approvers_hear_once_that_lines_wait(accrued: None) -> None:
    services.release()
    assert told("incentives.approval_needed") == [
        ("manager@example.org", "Rewards of Nordlicht Logistik wait for approval")
    ]


def test_administrators_hear_of_a_payout_that_somebody_made(
    accrued: None, partner: Partner
) -> None:
    approve_all()
    payouts.create("EUR", {partner.id: ""}, by=staff("manager@example.org"))
    assert [email for email, _title in told("incentives.payout_waiting")] == ["admin@example.org"]


def test_the_partners_contacts_hear_of_a_payment(
    accrued: None, partner: Partner, as_contact: object
) -> None:
    approve_all()
    pay_out(partner)
    contact = Contact.get(Contact.partner == partner)
    assert told("incentives.payout_paid") == [
        (contact.email, "A payment of 1,060.00 EUR was made to you")
    ]


def test_a_payment_stands_in_the_timeline(accrued: None, partner: Partner) -> None:
    approve_all()
    pay_out(partner)
    about = PartnerRef(partner.id, partner.code, partner.name, partner.status)
    who = replace(staff(), permissions=frozenset({"incentives.money"}))
    [entry] = panels.timeline(about, who, now() + timedelta(days=2), 10)
    assert entry.title == "Paid: 1,060.00\N{NO-BREAK SPACE}EUR"
    assert panels.timeline(about, who, now() - timedelta(days=2), 10) == []
