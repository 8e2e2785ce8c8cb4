"""What people do with money on the pages, and what they never see."""

import re
from typing import Any

import pytest
from flask import Flask

from app.api import Objection, hookimpl
from app.core.accounts.models import User
from app.core.models import AuditEntry
from app.core.partners.models import Partner
from plugins.incentives.ledger import effects, payouts
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine
from plugins.incentives.tests.ledger.ledger_support import (
    JANUARY,
    Tiers,
    accrue,
    approve_all,
    lines,
    marginal,
    programme,
    quarter,
    report,
)
from tests.core.desk import Desk, counted_queries, staff

LEDGER, PAYOUTS = "/x/incentives/ledger", "/x/incentives/payouts"


@pytest.fixture
def tiers(partner: Partner) -> Tiers:
    """The partner holds gold; each request has a context of its own."""
    return Tiers({partner.id: "gold"})


def draft(partner: Partner) -> int:
    """A payout that nobody has approved."""
    return payouts.create("EUR", {partner.id: ""}, by=staff())


def states() -> list[str]:
    return [state for _kind, _amount, state in lines()]


def test_the_ledger_lists_lines_and_sums_each_currency(accrued: int, as_admin: Any) -> None:
    page = as_admin.get(LEDGER).text
    assert "1,060.00\N{NO-BREAK SPACE}EUR" in page
    assert "Revenue share" in page
    assert "To be approved" in page


@pytest.mark.parametrize("query", ["?partner=999", "?state=paid", "?period=2025", "?state=x"])
def test_filters_narrow_and_nonsense_does_not(accrued: int, as_admin: Any, query: str) -> None:
    page = as_admin.get(LEDGER + query).text
    assert ("No such line" in page) == (query != "?state=x")


def test_a_year_holds_its_quarters(accrued: int, as_admin: Any) -> None:
    assert "Revenue share" in as_admin.get(f"{LEDGER}?period=2026").text


def test_a_line_explains_its_whole_sum(accrued: int, as_admin: Any) -> None:
    page = as_admin.get(f"{LEDGER}/{accrued}").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "18,000.00 EUR" in page
    assert "5 % of the 10,000.00 EUR between 0.00 EUR and 10,000.00 EUR" in page
    assert "7 % of the 8,000.00 EUR between 10,000.00 EUR and 25,000.00 EUR" in page
    assert "/explain?period=2026-Q1" in page
    assert "The approved figure of Revenue<" in page
    assert ">Gold<" in page


def test_chosen_lines_are_approved_together(accrued: int, as_admin: Any) -> None:
    assert as_admin.send(LEDGER, ids=accrued, do="approve").status_code == 303
    assert states() == ["payable"]


def test_rejecting_without_a_reason_comes_back_with_the_choice(accrued: int, as_admin: Any) -> None:
    answer = as_admin.send(LEDGER, ids=accrued, do="reject")
    assert answer.status_code == 422
    assert "checked" in answer.text
    assert as_admin.send(LEDGER, ids=accrued, do="reject", reason="Twice").status_code == 303
    assert states() == ["rejected"]


@pytest.mark.parametrize("ids", ["", "x", "9" * 30, "999"])
def test_nonsense_is_no_choice(accrued: int, as_admin: Any, ids: str) -> None:
    assert as_admin.send(LEDGER, ids=ids, do="approve").status_code == 422
    assert states() == ["approvable"]


def test_a_manager_sees_which_lines_are_above_the_limit(accrued: int, as_manager: Any) -> None:
    assert "Above what you approve" in as_manager.get(LEDGER).text
    assert as_manager.send(LEDGER, ids=accrued, do="approve").status_code == 422


def test_a_line_is_written_by_hand_on_the_page(
    accrued: int, as_admin: Any, partner: Partner
) -> None:
    page = as_admin.get(f"{LEDGER}/new").text
    token = re.search(r'name="token"[^>]*value="([^"]*)"', page)[1]  # type: ignore[index]
    form = {
        "partner": partner.id,
        "programme": LedgerEntry.get().programme_id,
        "amount": "-12,50",
        "period": "2026-Q1",
        "reason": "Counted twice",
        "token": token,
    }
    assert as_admin.send(f"{LEDGER}/new", **form | {"amount": "1e999"}).status_code == 422
    assert as_admin.send(f"{LEDGER}/new", **form | {"period": "soon"}).status_code == 422
    assert as_admin.send(f"{LEDGER}/new", **form | {"partner": 9**20}).status_code == 422
    assert as_admin.send(f"{LEDGER}/new", **form).status_code == 303
    assert lines()[-1] == ("manual", -12_50, "approvable")


def test_a_line_that_counts_is_taken_back_by_another(accrued: int, as_admin: Any, run: Any) -> None:
    run(approve_all)
    answer = as_admin.send(f"{LEDGER}/{accrued}/reverse", reason="Wrong programme")
    assert answer.status_code == 303
    assert lines()[-1] == ("reversal", -1_060_00, "approvable")


def test_a_payout_is_made_approved_handed_over_and_confirmed(
    accrued: int, as_admin: Any, partner: Partner, run: Any
) -> None:
    run(approve_all)
    made = as_admin.send(f"{PAYOUTS}/new", currency="EUR", partners=partner.id)
    page = made.location
    assert "say why" in as_admin.send(f"{page}/approve", version=1).text
    as_admin.send(f"{page}/approve", version=1, reason="Alone here")
    as_admin.send(f"{page}/hand-over", version=2)
    line = PayoutLine.get()
    assert as_admin.send(f"{page}/confirm", ids=line.id, paid_on="2026-07-01").status_code == 422
    form = {"ids": line.id, "reference": "SEPA 7", "paid_on": "2026-07-01"}
    assert as_admin.send(f"{page}/confirm", **form).status_code == 303
    assert Payout.get().state == "paid"
    assert "SEPA 7" in as_admin.get(page).text


def test_a_payment_that_failed_for_no_reason_comes_back_at_its_own_line(
    accrued: int, partner: Partner, as_admin: Any, run: Any
) -> None:
    run(approve_all)
    run(draft, partner)
    line = PayoutLine.get()
    answer = as_admin.send(f"{PAYOUTS}/lines/{line.id}/leave-out", reason="")
    assert answer.status_code == 422
    assert f'href="#reason-{line.id}"' in answer.text
    assert f'id="reason-{line.id}-error"' in answer.text


def test_the_file_for_whoever_pays_runs_no_formula(
    accrued: int, as_admin: Any, partner: Partner, run: Any
) -> None:
    Partner.update(name="=HYPERLINK(1)").where(Partner.id == partner.id).execute()
    run(approve_all)
    id_ = run(draft, partner)
    text = as_admin.get(f"{PAYOUTS}/{id_}?download=csv").text
    assert "'=HYPERLINK(1)" in text
    assert ",1060.00," in text


def test_the_page_says_that_no_money_is_moved(accrued: int, as_admin: Any) -> None:
    assert "never moves money" in as_admin.get(PAYOUTS).text


class Objecting:
    """A plugin that disputes every payout."""

    @hookimpl(optionalhook=True)
    def incentives_payout_objections(self, partner_id: int, period: str) -> list[Objection]:
        return [Objection(f"The figures of {period} are in dispute")] if partner_id else []


@pytest.fixture
def disputed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody objects; answered as another plugin's hook would be."""
    host = app.extensions["entente"].host
    answers = host.answers
    plugin = Objecting()

    def with_objection(hook: str, arguments: dict[str, Any]) -> list[Any]:
        own = list(answers(hook, arguments))
        if hook == payouts.HOOK:
            own.append(("incentives", plugin.incentives_payout_objections(**arguments)))
        return own

    monkeypatch.setattr(host, "answers", with_objection)


def test_incentives_payout_objections_stop_a_payout_until_an_administrator_says_why(
    accrued: int, partner: Partner, as_admin: Any, as_manager: Any, disputed: None, run: Any
) -> None:
    run(approve_all)
    form = {"currency": "EUR", "partners": partner.id}
    assert "The figures of 2026-Q1 are in dispute" in as_admin.get(f"{PAYOUTS}/new").text
    assert as_manager.send(f"{PAYOUTS}/new", **form).status_code == 422
    assert as_admin.send(f"{PAYOUTS}/new", **form).status_code == 422
    override = {f"override-{partner.id}": "Settled on the phone with Ms Berg"}
    made = as_admin.send(f"{PAYOUTS}/new", **form | override)
    assert made.status_code == 303
    assert "Settled on the phone" in as_admin.get(made.location).text
    assert AuditEntry.select().where(AuditEntry.action == "incentives_payout.overridden").exists()


def test_an_objection_that_comes_later_stops_the_approval(
    accrued: int, partner: Partner, as_admin: Any, request: pytest.FixtureRequest, run: Any
) -> None:
    run(approve_all)
    id_ = run(draft, partner)
    page = f"{PAYOUTS}/{id_}"
    assert "in spite of an objection" not in as_admin.get(page).text
    request.getfixturevalue("disputed")
    read = as_admin.get(page).text
    assert "The figures of 2026-Q1 are in dispute" in read
    assert "Pay in spite of an objection" in read
    answer = as_admin.send(f"{page}/approve", version=1, reason="Alone here")
    assert "There is a new objection" in answer.text
    line = PayoutLine.get()
    as_admin.send(f"{PAYOUTS}/lines/{line.id}/override", reason="Settled on the phone")
    assert "Pay in spite of an objection" not in as_admin.get(page).text
    answer = as_admin.send(f"{page}/approve", version=2, reason="Alone here")
    assert answer.status_code == 303


def test_a_partner_is_left_out_of_a_draft(
    accrued: int, partner: Partner, as_admin: Any, run: Any
) -> None:
    run(approve_all)
    run(draft, partner)
    line = PayoutLine.get()
    as_admin.send(f"{PAYOUTS}/lines/{line.id}/leave-out", reason="Next month")
    assert states() == ["payable"]


def test_viewers_see_no_money(accrued: int, partner: Partner, as_viewer: Any) -> None:
    for path in (LEDGER, f"{LEDGER}/{accrued}", PAYOUTS, f"/x/incentives/statements/{partner.id}"):
        assert as_viewer.get(path).status_code == 403


def test_managers_do_not_approve_payouts(
    accrued: int, partner: Partner, as_manager: Any, run: Any
) -> None:
    run(approve_all)
    id_ = run(draft, partner)
    assert as_manager.send(f"{PAYOUTS}/{id_}/approve", version=1).status_code == 403


def test_what_waits_stands_on_the_home_page(accrued: int, as_manager: Any) -> None:
    assert "1 ledger line in EUR to approve" in as_manager.get("/home").text


def test_approval_items_name_lines_to_those_who_decide_and_payouts_to_administrators(
    accrued: int, partner: Partner, as_manager: Any, as_admin: Any, as_viewer: Any, run: Any
) -> None:
    assert "1 ledger line in EUR to approve" in as_manager.get("/approvals").text
    run(approve_all)
    run(draft, partner)
    assert "A payout waits for approval" in as_admin.get("/approvals").text
    for other in (as_manager, as_viewer):
        assert "A payout waits for approval" not in other.get("/approvals").text


def test_a_restatement_tells_what_it_would_change_in_the_ledger(
    accrued: int, kpi: int, partner: Partner, tiers: Tiers, run: Any
) -> None:
    from app.core.contract import KpiFigure

    figure = KpiFigure(partner.id, kpi, JANUARY, value=17_500 * 10**6)
    [effect] = run(effects.restatement_effects, figure, tiers.standings())
    assert effect.label == "Ledger: Revenue share, Q1 2026"
    assert effect.after == "Adjustment \N{MINUS SIGN}35.00\N{NO-BREAK SPACE}EUR (draft)"
    assert len(lines()) == 1


def test_the_pages_speak_german(accrued: int, as_admin: Any, partner: Partner) -> None:
    User.update(locale="de").where(User.email == "admin@example.org").execute()
    page = as_admin.get(LEDGER).text
    assert "1.060,00\N{NO-BREAK SPACE}EUR" in page
    for word in ("Ledger lines", "To be approved", "Make a payout"):
        assert word not in page


def test_a_long_ledger_takes_no_more_queries(
    desk: Desk, kpi: int, partner: Partner, tiers: Tiers, as_admin: Any, run: Any
) -> None:
    programme(marginal(), marginal(key="more"), marginal(key="again"))
    quarter(desk, partner, kpi, 18_000)
    run(accrue, partner, tiers)
    as_admin.get(LEDGER)
    with counted_queries() as few:
        as_admin.get(LEDGER)
    quarter(desk, partner, kpi, 19_000, "2026-Q2")
    run(report, partner, kpi, JANUARY, 20_000)
    run(accrue, partner, tiers)
    with counted_queries() as many:
        as_admin.get(LEDGER)
    assert len(lines()) > 6
    assert len(many) <= len(few) + 1


def test_a_persons_reasons_are_written_out_and_lose_their_name(
    accrued: int, app: Flask, run: Any
) -> None:
    from app.core.contract import Subject
    from plugins.incentives.ledger import personal

    LedgerState.update(text="Asked for by Ada Berg", decided_by=1).execute()
    subject = Subject("Person 1", user_id=1, names=("Ada Berg",))
    with app.test_request_context():
        assert personal.held(subject)[1].rows
    run(personal.erase, subject)
    assert LedgerState.get().text == "Asked for by Person 1"


def test_what_is_not_booked_names_the_kpi_that_it_waits_for(
    kpi: int, partner: Partner, as_manager: Any, run: Any
) -> None:
    programme(marginal())
    run(accrue, partner, Tiers({partner.id: "gold"}))
    page = as_manager.get(f"{LEDGER}?partner={partner.id}").text
    assert "Approved figures of Revenue are missing" in page
