"""What people decide about lines, and what the database refuses whoever asks."""

import json

import pytest
from flask import Flask

from app.api import Objection, now
from app.core.accounts.models import Organisation, User
from app.core.db import AppendOnlyError, atomic, database
from app.core.models import AuditEntry
from app.core.partners.models import Partner
from plugins.incentives.ledger import accounts, decisions, paying, payouts
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine
from plugins.incentives.ledger.refusals import LedgerRefusal, StalePayout
from plugins.incentives.programmes.models import Programme
from plugins.incentives.tests.ledger.ledger_support import (
    JANUARY,
    Tiers,
    approve_all,
    lines,
    pay_out,
    payout_state,
    programme,
    total,
    write,
)
from tests.core.desk import staff


@pytest.fixture
def made(tiers: Tiers) -> Programme:
    return programme()


def test_a_line_by_hand_waits_for_approval_and_is_written_once(
    made: Programme, partner: Partner
) -> None:
    one = write(made, partner, 50_00, "form")
    assert write(made, partner, 50_00, "form") == one
    assert lines() == [("manual", 50_00, "approvable")]


def test_another_currency_is_refused_in_words(made: Programme, partner: Partner) -> None:
    Partner.update(currency="USD").execute()
    with pytest.raises(LedgerRefusal, match="never converted"):
        write(made, Partner.get_by_id(partner.id), 50_00)


def test_ones_own_line_needs_a_reason_and_is_marked(made: Programme, partner: Partner) -> None:
    id_ = write(made, partner, 50_00)
    with pytest.raises(LedgerRefusal, match="say why"):
        decisions.approve([id_], by=staff())
    decisions.approve([id_], by=staff(), reason="Alone here")
    row = LedgerState.get_by_id(id_)
    assert (row.state, row.four_eyes, row.decision) == ("payable", False, "Alone here")


def test_where_four_eyes_are_required_somebody_else_approves(
    made: Programme, partner: Partner
) -> None:
    Organisation.update(four_eyes_required=True).execute()
    id_ = write(made, partner, 50_00, who="manager")
    with pytest.raises(LedgerRefusal, match="somebody else"):
        decisions.approve([id_], by=staff("manager@example.org"), reason="Me")
    assert decisions.approve([id_], by=staff()) == 1
    assert LedgerState.get_by_id(id_).four_eyes


def test_a_manager_approves_up_to_the_limit(made: Programme, partner: Partner) -> None:
    manager = staff("manager@example.org")
    low, high = write(made, partner, 1_000_00), write(made, partner, 1_000_01)
    with pytest.raises(LedgerRefusal, match="above"):
        decisions.approve([low, high], by=manager)
    assert {state for _kind, _amount, state in lines()} == {"approvable"}
    assert decisions.approve([low], by=manager) == 1


def test_a_manager_decides_on_own_partners_alone(
    made: Programme, partner: Partner, other_partner: Partner
) -> None:
    id_ = write(made, other_partner, 50_00)
    with pytest.raises(LedgerRefusal):
        decisions.approve([id_], by=staff("manager@example.org"))


def test_rejecting_needs_a_reason_and_is_final(made: Programme, partner: Partner) -> None:
    id_ = write(made, partner, 50_00)
    with pytest.raises(LedgerRefusal, match="Say why"):
        decisions.reject([id_], " ", by=staff())
    decisions.reject([id_], "Twice", by=staff())
    with pytest.raises(LedgerRefusal, match="meanwhile"):
        decisions.approve([id_], by=staff(), reason="After all")


def test_a_reversal_restores_what_stood_before(made: Programme, partner: Partner) -> None:
    id_ = write(made, partner, 53)
    approve_all()
    mirrored = decisions.reverse(id_, "Wrong partner", by=staff())
    assert LedgerEntry.get_by_id(mirrored).amount == -53
    assert total() == 0
    with pytest.raises(LedgerRefusal, match="already"):
        decisions.reverse(id_, "Again", by=staff())


def test_a_decision_leaves_a_trace(made: Programme, partner: Partner) -> None:
    id_ = write(made, partner, 50_00)
    approve_all()
    rows = AuditEntry.select(AuditEntry.action).where(AuditEntry.ref == f"incentives_entry:{id_}")
    assert [row[0] for row in rows.tuples()] == [
        "incentives_entry.written",
        "incentives_entry.approved",
    ]


def test_a_payout_goes_its_way_to_the_payment(made: Programme, partner: Partner) -> None:
    write(made, partner, 50_00)
    approve_all()
    id_ = pay_out(partner)
    assert payout_state(id_) == "paid"
    assert lines() == [("manual", 50_00, "paid"), ("payout", -50_00, "paid")]
    assert PayoutLine.get().reference == "SEPA 1"
    assert total() == 0


def test_less_than_the_smallest_payout_waits(made: Programme, partner: Partner) -> None:
    write(made, partner, 24_99)
    approve_all()
    with pytest.raises(LedgerRefusal, match="cannot be paid"):
        payouts.create("EUR", {partner.id: ""}, by=staff())


def test_whoever_made_a_payout_does_not_approve_it_where_four_eyes_are_required(
    made: Programme, partner: Partner
) -> None:
    write(made, partner, 50_00)
    approve_all()
    Organisation.update(four_eyes_required=True).execute()
    User.update(role="admin").where(User.email == "viewer@example.org").execute()
    id_ = payouts.create("EUR", {partner.id: ""}, by=staff())
    with pytest.raises(LedgerRefusal, match="somebody else"):
        paying.approve(id_, 1, by=staff(), reason="Me")
    paying.approve(id_, 1, by=staff("viewer@example.org"))
    assert Payout.get_by_id(id_).four_eyes


def test_a_stale_page_changes_no_payout(made: Programme, partner: Partner) -> None:
    write(made, partner, 50_00)
    approve_all()
    id_ = payouts.create("EUR", {partner.id: ""}, by=staff())
    with pytest.raises(StalePayout):
        paying.approve(id_, 7, by=staff(), reason="Me")
    with pytest.raises(StalePayout):
        paying.hand_over(id_, 1)


def test_a_payment_that_failed_waits_in_a_new_draft(
    made: Programme, partner: Partner, other_partner: Partner
) -> None:
    write(made, partner, 50_00), write(made, other_partner, 70_00)
    approve_all()
    admin = staff()
    id_ = payouts.create("EUR", {partner.id: "", other_partner.id: ""}, by=admin)
    paying.approve(id_, 1, by=admin, reason="Me")
    paying.hand_over(id_, 2)
    first, second = PayoutLine.select().order_by(PayoutLine.id)
    again = paying.fail(first.id, "Account closed", by=admin)
    paying.confirm(id_, [second.id], "X", second.payout.created_at.date(), by=admin)
    assert (payout_state(id_), payout_state(again)) == ("paid", "draft")
    [line] = PayoutLine.select().where(PayoutLine.payout == again)
    assert (line.partner_id, line.amount) == (partner.id, 50_00)


def test_a_draft_that_another_failed_payment_came_into_is_not_approved_by_an_old_page(
    made: Programme, partner: Partner, other_partner: Partner
) -> None:
    write(made, partner, 50_00), write(made, other_partner, 70_00)
    approve_all()
    admin = staff()
    id_ = payouts.create("EUR", {partner.id: "", other_partner.id: ""}, by=admin)
    paying.approve(id_, 1, by=admin, reason="Me")
    paying.hand_over(id_, 2)
    first, second = PayoutLine.select().order_by(PayoutLine.id)
    again = paying.fail(first.id, "Account closed", by=admin)
    seen = Payout.get_by_id(again).version
    assert paying.fail(second.id, "Account closed", by=admin) == again
    with pytest.raises(StalePayout):
        paying.approve(again, seen, by=admin, reason="Me")


def test_a_payment_that_fails_after_the_draft_was_approved_waits_in_one_of_its_own(
    made: Programme, partner: Partner, other_partner: Partner
) -> None:
    write(made, partner, 50_00), write(made, other_partner, 70_00)
    approve_all()
    admin = staff()
    id_ = payouts.create("EUR", {partner.id: "", other_partner.id: ""}, by=admin)
    paying.approve(id_, 1, by=admin, reason="Me")
    paying.hand_over(id_, 2)
    first, second = PayoutLine.select().order_by(PayoutLine.id)
    again = paying.fail(first.id, "Account closed", by=admin)
    paying.approve(again, 1, by=admin, reason="Me")
    assert paying.fail(second.id, "Account closed", by=admin) != again


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], False),
        ([Objection("Strittig", "conflicts_case:1", "Konflikte")], False),
        ([Objection("In dispute", "conflicts_case:2", "Conflicts")], True),
        ([Objection("Nobody could ask", "", "Conflicts")], True),
    ],
)
def test_an_objection_is_known_by_what_stands_behind_it_in_any_language(
    found: list[Objection], expected: bool
) -> None:
    kept = [Objection("In dispute", "conflicts_case:1"), Objection("Late", "conflicts_case:3")]
    assert bool(payouts.unanswered(found, json.loads(payouts.written(kept)))) is expected


def test_a_draft_that_is_discarded_gives_its_lines_back(made: Programme, partner: Partner) -> None:
    write(made, partner, 50_00)
    approve_all()
    id_ = payouts.create("EUR", {partner.id: ""}, by=staff())
    paying.discard(id_, 1, by=staff())
    assert lines() == [("manual", 50_00, "payable")]
    assert payouts.create("EUR", {partner.id: ""}, by=staff()) != id_


def test_a_line_is_in_one_payout_at_most(made: Programme, partner: Partner) -> None:
    write(made, partner, 50_00)
    approve_all()
    payouts.create("EUR", {partner.id: ""}, by=staff())
    with pytest.raises(LedgerRefusal):
        payouts.create("EUR", {partner.id: ""}, by=staff())


REFUSED = {
    "UPDATE incentives_ledger_entry SET amount = 1": "append-only",
    "DELETE FROM incentives_ledger_entry": "append-only",
    "UPDATE incentives_ledger_state SET state = 'pending', line_id = NULL": "forward only",
    "DELETE FROM incentives_ledger_state": "forward only",
    "UPDATE incentives_payout_line SET amount = 1": "forward only",
    "UPDATE incentives_payout_line SET reference = 'else'": "forward only",
    "DELETE FROM incentives_payout_line": "forward only",
    "DELETE FROM incentives_payout": "forward only",
}
OF_ONE_DATABASE = {
    "?": ("REPLACE INTO incentives_ledger_entry SELECT * FROM incentives_ledger_entry",),
    "%s": (
        "TRUNCATE incentives_ledger_entry CASCADE",
        "TRUNCATE incentives_payout_line CASCADE",
    ),
}


def test_the_database_refuses_to_change_what_is_booked(made: Programme, partner: Partner) -> None:
    write(made, partner, 50_00)
    approve_all()
    pay_out(partner)
    own = dict.fromkeys(OF_ONE_DATABASE[database.param], "append-only|forward only")
    for statement, words in (REFUSED | own).items():
        with atomic() as transaction:
            with pytest.raises(Exception, match=words):
                database.execute_sql(statement)
            transaction.rollback()
    with pytest.raises(AppendOnlyError):
        LedgerEntry.update(amount=1)


@pytest.mark.parametrize(
    "changes",
    [{"amount": 0}, {"kind": "gift"}, {"currency": "eur"}, {"period": None}, {"reward": "x"}],
)
def test_the_database_refuses_a_line_that_says_nothing(
    made: Programme, partner: Partner, changes: dict[str, object]
) -> None:
    values = {
        "chain": "x",
        "seq": 1,
        "prev_hash": "0",
        "hash": "0",
        "programme": made,
        "partner": partner,
        "kind": "manual",
        "amount": 5,
        "currency": "EUR",
        "period": JANUARY.key,
        "idempotency_key": "k",
        "at": now(),
    }
    with atomic() as transaction:
        with pytest.raises(Exception, match=r"CHECK|check"):
            LedgerEntry.insert(**(values | changes)).execute()
        transaction.rollback()


def test_who_was_merged_stands_for_whom(
    app: Flask, partner: Partner, other_partner: Partner
) -> None:
    Partner.update(merged_into=partner).where(Partner.id == other_partner.id).execute()
    assert accounts.roots([partner.id, other_partner.id]) == {
        partner.id: partner.id,
        other_partner.id: partner.id,
    }
    assert accounts.family([partner.id])[other_partner.id] == partner.id
