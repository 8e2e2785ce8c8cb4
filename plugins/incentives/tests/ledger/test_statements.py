"""What a partner earned for a period, and where that money stands: for both sides."""

from typing import Any

from app.core.partners.models import Partner
from plugins.incentives.ledger import decisions
from plugins.incentives.programmes.models import Programme
from plugins.incentives.tests.ledger.ledger_support import approve_all, pay_out
from tests.core.desk import CALENDAR, staff

LEDGER, PAYOUTS = "/x/incentives/ledger", "/x/incentives/payouts"
JUNE = CALENDAR.parse("2026-06")


def test_a_statement_says_what_was_earned_and_where_it_stands(
    accrued: int, partner: Partner, as_admin: Any, run: Any
) -> None:
    run(approve_all)
    run(pay_out, partner)
    page = as_admin.get(f"/x/incentives/statements/{partner.id}?period=2026-Q1").text
    assert "SEPA 1" in page
    assert "Paid" in page
    pdf = as_admin.get(f"/x/incentives/statements/{partner.id}?period=2026&download=pdf")
    assert pdf.data.startswith(b"%PDF-")
    csv = as_admin.get(f"/x/incentives/statements/{partner.id}?period=2026&download=csv").text
    assert "1060.00,EUR,Paid" in csv


def test_a_statement_tells_its_lines_in_the_order_of_time(
    accrued: int, partner: Partner, as_admin: Any, run: Any
) -> None:
    made = Programme.get()
    run(decisions.write, made, partner, 20_00, JUNE, "Fair", once="1", by=staff())
    page = as_admin.get(f"/x/incentives/statements/{partner.id}?period=2026").text
    assert page.index("Revenue share") < page.index("Manual line")
    assert page.count("Manual line") == 1


def test_contacts_read_their_own_statement_and_nobody_elses(
    accrued: int, partner: Partner, as_contact: Any, as_other_contact: Any
) -> None:
    path = "/portal/x/incentives/statement?period=2026-Q1"
    assert "1,060.00" in as_contact.get(path).text
    assert "1,060.00" not in as_other_contact.get(path).text
    for address in (f"/x/incentives/statements/{partner.id}", LEDGER, PAYOUTS):
        assert as_other_contact.get(address).status_code == 404


def test_contacts_read_how_a_line_of_their_own_was_worked_out(
    accrued: int, partner: Partner, as_contact: Any, as_other_contact: Any
) -> None:
    path = f"/portal/x/incentives/statement/{accrued}"
    assert path in as_contact.get("/portal/x/incentives/statement?period=2026-Q1").text
    page = as_contact.get(path).text
    assert "How it was worked out" in page
    assert "1,060.00" in page
    assert as_other_contact.get(path).status_code == 404


def test_reasons_of_staff_do_not_reach_the_partner(
    accrued: int, partner: Partner, as_admin: Any, as_contact: Any
) -> None:
    as_admin.send(LEDGER, ids=accrued, do="reject", reason="They tricked us")
    statement = "/portal/x/incentives/statement"
    for path in (f"{statement}?period=2026-Q1", f"{statement}/{accrued}"):
        assert "tricked" not in as_contact.get(path).text
