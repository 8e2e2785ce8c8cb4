"""What of a partner's money is in the file of its partnership; another desk books none of it."""

import json
from datetime import date
from typing import Any

from app.core.contract import Viewer
from app.core.partners.models import Partner
from plugins.incentives import plugin
from plugins.incentives.ledger import decisions
from plugins.incentives.ledger.models import LedgerEntry
from plugins.incentives.programmes.models import Programme
from plugins.incentives.rewards.models import Recognition
from plugins.incentives.tests.ledger.ledger_support import (
    JANUARY,
    Tiers,
    accrue,
    approve_all,
    marginal,
    pay_out,
    programme,
    quarter,
)
from tests.core.desk import Desk, staff

DAY = date(2026, 5, 1)
THANKS = {"kind": "award", "title": "Launch of the year", "text": "Three regions.", "day": DAY}


def written_out(partner: Partner) -> Any:
    """The part of this plugin, as the file holds it."""
    return json.loads(json.dumps(plugin.export_partner(partner.id)))


def earn(desk: Desk, kpi: int, partner: Partner, tiers: Tiers, by: Viewer) -> Programme:
    """A commission that was paid, and a line by hand."""
    made = programme(marginal())
    quarter(desk, partner, kpi, 18_000)
    accrue(partner, tiers)
    approve_all()
    pay_out(partner, on=DAY)
    decisions.write(made, partner, 20_00, JANUARY, "Fair at Hamburg", once="1", by=by)
    return made


def test_export_partner_keeps_every_line_with_its_payment_and_its_hash(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers
) -> None:
    earn(desk, kpi, partner, tiers, staff())
    accrual, payment, manual = written_out(partner)["ledger"]
    assert (accrual["programme"], accrual["period"], accrual["amount"], accrual["currency"]) == (
        "Partner programme",
        "2026-Q1",
        "1060.00",
        "EUR",
    )
    assert (accrual["state"], accrual["reference"], accrual["paid_on"]) == (
        "paid",
        "SEPA 1",
        "2026-05-01",
    )
    assert (payment["kind"], payment["amount"], payment["period"]) == ("payout", "-1060.00", None)
    assert (manual["state"], manual["reason"], manual["paid_on"]) == (
        "approvable",
        "Fair at Hamburg",
        None,
    )
    hashes = LedgerEntry.select(LedgerEntry.hash).order_by(LedgerEntry.id).tuples()
    assert [line["hash"] for line in (accrual, payment, manual)] == [row[0] for row in hashes]


def test_import_partner_takes_recognitions_and_books_no_line(
    desk: Desk, kpi: int, partner: Partner, other_partner: Partner, tiers: Tiers
) -> None:
    earn(desk, kpi, partner, tiers, staff())
    Recognition.create(partner=partner, state="published", audience="all", created_at=DAY, **THANKS)
    plugin.import_partner(other_partner.id, written_out(partner))
    [kept] = Recognition.select().where(Recognition.partner == other_partner)
    assert {name: getattr(kept, name) for name in THANKS} == THANKS
    assert not LedgerEntry.select().where(LedgerEntry.partner == other_partner).exists()
