"""Writing figures through the pages: values, targets, approvals, and who may."""

import re

import pytest

from app.core.kpis.models import Revision, Target, Value
from app.core.periods import Calendar
from tests.core.desk import Desk

JUNE, MAY = Calendar().parse("2013-06"), Calendar().parse("2013-05")
VALUE = {"value-period": "2013-06", "value-value": "90"}
TARGET = {
    "target-period": "2013-06",
    "target-n": "0",
    "target-target": "100",
    "target-weight": "1",
    "target-agreed": "On the phone",
}


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def kpi(desk):
    return desk.kpi("REV", "Revenue")


def url(partner, kpi, action):
    return f"/partners/{partner.id}/kpis/{kpi}/{action}"


def test_a_submitted_value_awaits_approval(as_manager, partner, kpi):
    assert as_manager.send(url(partner, kpi, "values"), **VALUE).status_code == 303
    assert [r.state for r in Revision.select()] == ["submitted"]
    assert not Value.select().exists()


def test_a_value_with_a_reason_for_approving_it_counts_at_once(as_manager, partner, kpi):
    form = VALUE | {"value-approval": "There is nobody else"}
    assert as_manager.send(url(partner, kpi, "values"), **form).status_code == 303
    assert Value.get().value == 90_000_000
    assert not Revision.get().four_eyes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value-value": ""}, "This is missing"),
        ({"value-value": "1,23"}, "contains a comma"),
        ({"value-value": "1e9"}, "has an exponent"),
        ({"value-value": "=1+1"}, "is not a number"),
        ({"value-value": "9" * 60}, "too long for a number"),
        ({"value-period": "2013-Q2"}, "takes a period like"),
        ({"value-period": "2013-13"}, "does not exist"),
        ({"value-period": ""}, "This is missing"),
        ({"value-note": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_a_refused_value_comes_back_as_typed_with_the_reason(
    as_manager, partner, kpi, change, said
):
    answer = as_manager.send(url(partner, kpi, "values"), **(VALUE | change))
    assert answer.status_code == 422
    assert said in answer.text
    assert all(f'value="{typed}"' in answer.text for typed in change.values() if typed)
    assert not Revision.select().exists()


def test_replacing_an_approved_value_needs_a_reason(as_manager, desk, partner, kpi):
    desk.value(partner, kpi, JUNE, 80)
    answer = as_manager.send(url(partner, kpi, "values"), **VALUE)
    assert answer.status_code == 422
    assert "say why it changes" in answer.text


def test_a_ratio_is_reported_as_its_parts(as_manager, desk, partner):
    kpi = desk.kpi("ONTIME", "On time", value_type="ratio", unit="%", aggregation="ratio")
    form = {"value-period": "2013-06", "value-num": "3", "value-den": "4"}
    assert as_manager.send(url(partner, kpi, "values"), **form).status_code == 303
    assert (Revision.get().num, Revision.get().den) == (3_000_000, 4_000_000)


def test_a_level_is_chosen_from_its_words(as_manager, desk, partner):
    kpi = desk.kpi("BRAND", "Brand", value_type="ordinal", aggregation="last", labels="Low\nHigh")
    form = VALUE | {"value-value": "1000000"}
    assert ">High</option>" in as_manager.get(url(partner, kpi, "")[:-1]).text
    assert as_manager.send(url(partner, kpi, "values"), **form).status_code == 303
    assert Revision.get().value == 1_000_000


@pytest.mark.parametrize("level", ["2000000", "-1", "high", ""])
def test_a_level_that_the_kpi_does_not_have_is_refused(as_manager, desk, partner, level):
    kpi = desk.kpi("BRAND", "Brand", value_type="ordinal", aggregation="last", labels="Low\nHigh")
    form = VALUE | {"value-value": level}
    assert as_manager.send(url(partner, kpi, "values"), **form).status_code == 422
    assert not Revision.select().exists()


def test_a_percentage_without_its_sign_is_asked_about(as_manager, desk, partner):
    kpi = desk.kpi("CHURN", "Churn", value_type="percent", unit="%", aggregation="last")
    form = VALUE | {"value-value": "12"}
    answer = as_manager.send(url(partner, kpi, "values"), **form)
    assert answer.status_code == 422
    assert "Write 12% if you mean per cent" in answer.text


def test_a_target_is_set(as_manager, partner, kpi):
    form = TARGET | {"target-threshold": "80", "target-critical": "y"}
    assert as_manager.send(url(partner, kpi, "targets"), **form).status_code == 303
    target = Target.get()
    assert (target.target, target.threshold, target.critical) == (100_000_000, 80_000_000, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target-target": ""}, "This is missing"),
        ({"target-threshold": "120"}, "the threshold lies below the target"),
        ({"target-weight": "-1"}, "A weight is 0 or more"),
        ({"target-period": "2013-W05"}, "cannot be for a shorter period"),
    ],
)
def test_a_target_that_cannot_be_judged_by_is_refused(as_manager, partner, kpi, change, said):
    answer = as_manager.send(url(partner, kpi, "targets"), **(TARGET | change))
    assert answer.status_code == 422
    assert said in answer.text
    assert not Target.select().exists()


def test_a_band_needs_its_bounds_in_order(as_manager, desk, partner):
    kpi = desk.kpi("STOCK", "Stock", direction="band")
    form = {"target-period": "2013-06", "target-n": "0", "target-weight": "1"}
    bounds = {"target-band_lo": "40", "target-band_hi": "30"}
    answer = as_manager.send(url(partner, kpi, "targets"), **form, **bounds)
    assert answer.status_code == 422
    assert "The upper bound is not below the lower one" in answer.text


def test_a_target_that_somebody_else_set_meanwhile_is_shown_before_it_is_replaced(
    as_manager, desk, partner, kpi
):
    desk.target(partner, kpi, JUNE, 70)
    answer = as_manager.send(url(partner, kpi, "targets"), **TARGET)
    assert answer.status_code == 422
    assert "What stands now" in answer.text
    again = TARGET | {"target-n": re.search(r'name="target-n"[^>]*value="(\d+)"', answer.text)[1]}
    assert as_manager.send(url(partner, kpi, "targets"), **again).status_code == 303
    assert Target.get().target == 100_000_000


def test_the_form_of_a_target_shows_the_one_that_the_address_names(as_manager, desk, partner, kpi):
    desk.target(partner, kpi, JUNE, 70)
    page = as_manager.get(f"/partners/{partner.id}/kpis/{kpi}?target=2013-06")
    assert 'name="target-target" required type="text" value="70"' in page.text


def test_several_submissions_are_approved_at_once(as_manager, desk, partner, kpi):
    ids = [desk.submit(partner, kpi, period, 90) for period in (MAY, JUNE)]
    assert as_manager.send("/approvals", ids=ids).status_code == 303
    assert Value.select().count() == 2


def test_the_inbox_shows_the_change_against_what_was_approved(as_manager, desk, partner, kpi):
    desk.value(partner, kpi, MAY, 100)
    desk.submit(partner, kpi, JUNE, 90)
    page = as_manager.get("/approvals")
    assert "-10 (-10%)" in page.text
    assert "against the period before" in page.text


def test_an_own_submission_is_approved_with_a_reason_only(as_admin, desk, partner, kpi):
    revision = desk.submit(partner, kpi, JUNE, 90)
    refused = as_admin.send("/approvals", ids=revision)
    assert refused.status_code == 422
    assert "say why you approve it" in refused.text
    assert re.search(rf'value="{revision}"[^>]* checked', refused.text)
    assert as_admin.send("/approvals", ids=revision, reason="Alone here").status_code == 303
    assert not Revision.get().four_eyes


def test_an_empty_inbox_says_so(as_manager):
    assert "Nothing waits for you" in as_manager.get("/approvals").text


def test_a_submission_is_returned_with_a_reason(as_manager, desk, partner, kpi):
    revision = desk.submit(partner, kpi, JUNE, 90)
    path, field = f"/approvals/{revision}/return", f"return-{revision}-reason"
    assert as_manager.send(path).status_code == 422
    assert as_manager.send(path, **{field: "Wrong month"}).status_code == 303
    assert (Revision.get().state, Revision.get().decision) == ("returned", "Wrong month")


def test_a_submission_is_decided_on_the_kpis_own_page(as_manager, desk, partner, kpi):
    ids = [desk.submit(partner, kpi, period, 90) for period in (MAY, JUNE)]
    approve, back = url(partner, kpi, "approve"), url(partner, kpi, "return")
    assert as_manager.send(approve).status_code == 422
    assert as_manager.send(approve, **{"approve-ids": ids[0]}).status_code == 303
    assert as_manager.send(back, revision=ids[1]).status_code == 422
    form = {"revision": ids[1], "return-reason": "Wrong month"}
    assert as_manager.send(back, **form).status_code == 303
    assert [r.state for r in Revision.select().order_by(Revision.id)] == ["approved", "returned"]


def test_a_submission_of_another_kpi_is_not_decided_here(as_manager, desk, partner, kpi):
    revision = desk.submit(partner, desk.kpi("NPS"), JUNE, 90)
    form = {"approve-ids": revision}
    assert as_manager.send(url(partner, kpi, "approve"), **form).status_code == 404
    form = {"revision": revision, "return-reason": "No"}
    assert as_manager.send(url(partner, kpi, "return"), **form).status_code == 404


@pytest.mark.parametrize("action", ["values", "targets", "approve", "return"])
def test_a_manager_writes_for_own_partners_only(as_manager, other_partner, kpi, action):
    assert as_manager.send(url(other_partner, kpi, action), **VALUE).status_code == 403
    assert not Revision.select().exists()


@pytest.mark.parametrize("action", ["values", "targets", "approve", "return"])
def test_viewers_strangers_and_contacts_write_nothing(
    as_viewer, client, as_contact, partner, kpi, action
):
    path = url(partner, kpi, action)
    assert as_viewer.send(path, **VALUE, **TARGET).status_code == 403
    assert as_contact.send(path, **VALUE, **TARGET).status_code == 404
    assert client.send(path, **VALUE, **TARGET).status_code == 302
    assert not Revision.select().exists()
    assert not Target.select().exists()


@pytest.mark.parametrize("action", ["values", "targets", "approve", "return"])
def test_writing_takes_a_post(as_manager, partner, kpi, action):
    assert as_manager.get(url(partner, kpi, action)).status_code == 405


def test_another_managers_submission_is_not_approved(as_manager, desk, other_partner, kpi):
    revision = desk.submit(other_partner, kpi, JUNE, 90)
    assert as_manager.send("/approvals", ids=revision).status_code == 403
    form = {f"return-{revision}-reason": "No"}
    assert as_manager.send(f"/approvals/{revision}/return", **form).status_code == 403
    assert Revision.get().state == "submitted"


def test_the_inbox_is_closed_to_those_who_decide_nothing(as_viewer, as_contact, client):
    assert as_viewer.get("/approvals").status_code == 403
    assert as_contact.get("/approvals").status_code == 404
    assert client.get("/approvals").status_code == 302


@pytest.mark.parametrize("ids", [[], ["x"], ["9" * 30]])
def test_approving_nothing_is_refused(as_manager, ids):
    assert as_manager.send("/approvals", ids=ids).status_code == 422


def test_approving_what_does_not_exist_is_not_found(as_manager):
    assert as_manager.send("/approvals", ids="99").status_code == 404
    assert as_manager.send("/approvals/99/return").status_code == 404
