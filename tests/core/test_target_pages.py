"""Targets on the pages: the year, one target with its gate, many at once."""

import pytest

from app.core.accounts.models import User
from app.core.kpis.models import Target, TargetRevision
from app.core.partners.models import Contact, PartnerGoal
from app.core.periods import Calendar
from app.testing import add_partner
from tests.core.desk import Desk, counted_queries

JUNE = Calendar().parse("2026-06")
FORM = {
    "target-period": "2026-06",
    "target-n": "0",
    "target-target": "100",
    "target-baseline": "90",
    "target-weight": "1",
    "terms-data_source": "Ledger",
    "terms-access_host": "y",
}


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def kpi(desk):
    return desk.kpi("REV", "Revenue", description="Invoiced sales", unit="EUR")


@pytest.fixture
def goal(partner):
    return PartnerGoal.create(
        partner=partner, statement="Grow in the north", side="mutual", horizon="long"
    ).id


def url(partner, kpi):
    return f"/partners/{partner.id}/kpis/{kpi}/target?period=2026-06"


def states():
    return [row.state for row in TargetRevision.select().order_by(TargetRevision.id)]


def test_a_smart_target_is_proposed(as_manager, partner, kpi, goal):
    form = FORM | {"terms-goal": goal}
    assert as_manager.send(url(partner, kpi), **form).status_code == 303
    assert states() == ["proposed"]
    assert TargetRevision.get().goal_id == goal
    page = as_manager.get(url(partner, kpi)).text
    assert "Proposed" in page
    assert "Grow in the north" in page


def test_what_is_missing_holds_a_proposal_up_and_keeps_what_was_typed(as_manager, partner, kpi):
    answer = as_manager.send(url(partner, kpi), **FORM)
    assert answer.status_code == 422
    assert "Not SMART yet, missing: R" in answer.text
    assert 'value="Ledger"' in answer.text
    assert states() == []


def test_a_reason_waives_what_is_missing(as_manager, partner, kpi):
    form = FORM | {"terms-waiver": "Goals come in July"}
    assert as_manager.send(url(partner, kpi), **form).status_code == 303
    assert (TargetRevision.get().waived, states()) == ("R", ["proposed"])


def test_a_goal_of_another_partner_is_refused(as_manager, partner, other_partner, kpi):
    strange = PartnerGoal.create(
        partner=other_partner, statement="Theirs", side="host", horizon="long"
    ).id
    form = FORM | {"terms-goal": strange}
    assert as_manager.send(url(partner, kpi), **form).status_code == 422
    assert states() == []


def test_the_gate_is_checked_while_somebody_types(as_manager, partner, kpi):
    form = FORM | {"action": "check", "csrf_token": as_manager.token()}
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = as_manager.post(url(partner, kpi), data=form, headers=headers)
    assert answer.status_code == 200
    assert "One thing is missing" in answer.text
    assert "<html" not in answer.text
    assert states() == []


def test_the_gate_is_checked_without_javascript(as_manager, partner, kpi):
    answer = as_manager.send(url(partner, kpi), **FORM, action="check")
    assert (answer.status_code, states()) == (200, [])
    assert "Choose the goal that it serves" in answer.text


def test_a_draft_is_kept(as_manager, partner, kpi):
    assert as_manager.send(url(partner, kpi), **FORM, action="draft").status_code == 303
    assert states() == ["draft"]


def test_a_stale_form_shows_what_stands_and_saves_the_second_time(as_manager, desk, partner, kpi):
    desk.target(partner, kpi, JUNE, 70)
    form = FORM | {"terms-waiver": "Later"}
    answer = as_manager.send(url(partner, kpi), **form)
    assert answer.status_code == 422
    assert "compare with what stands below" in answer.text
    assert as_manager.send(url(partner, kpi), **(form | {"target-n": "1"})).status_code == 303
    assert (states(), Target.get().target) == (["accepted", "proposed"], 70_000_000)


def test_the_history_names_differences_and_people(as_manager, desk, partner, kpi):
    desk.target(partner, kpi, JUNE, 70)
    as_manager.send(url(partner, kpi), **(FORM | {"terms-waiver": "Later", "target-n": "1"}))
    page = as_manager.get(url(partner, kpi)).text
    assert "first revision" in page
    assert "Target, Baseline, Where the figures come from, Access" in page
    assert "on the partner’s behalf" in page


def revision(as_manager, partner, kpi):
    as_manager.send(url(partner, kpi), **FORM, **{"terms-waiver": "Later"})
    return TargetRevision.get().id


def test_a_manager_records_how_the_partner_agreed(as_manager, partner, kpi):
    path = f"/partners/{partner.id}/targets/{revision(as_manager, partner, kpi)}/agree"
    assert as_manager.send(path, **{"agree-agreed": ""}).status_code == 422
    assert as_manager.send(path, **{"agree-agreed": "E-mail"}).status_code == 303
    assert (states(), Target.get().target) == (["accepted"], 100_000_000)
    assert as_manager.send(path, **{"agree-agreed": "E-mail"}).status_code == 422


def test_a_proposal_is_withdrawn(as_manager, partner, kpi):
    path = f"/partners/{partner.id}/targets/{revision(as_manager, partner, kpi)}/withdraw"
    assert as_manager.send(path).status_code == 303
    assert states() == ["superseded"]
    assert as_manager.send(path).status_code == 422


@pytest.mark.parametrize("act", ["agree", "withdraw"])
def test_a_revision_is_decided_under_its_own_partner(
    as_manager, as_admin, as_viewer, as_contact, partner, other_partner, kpi, act
):
    number = revision(as_manager, partner, kpi)
    path = f"/partners/{partner.id}/targets/{number}/{act}"
    assert as_admin.send(f"/partners/{other_partner.id}/targets/{number}/{act}").status_code == 404
    assert as_viewer.send(path).status_code == 403
    assert as_contact.send(path).status_code == 404
    assert as_manager.get(path).status_code == 405
    assert as_manager.send(f"/partners/{partner.id}/targets/{2**63 - 1}/{act}").status_code == 404
    assert states() == ["proposed"]


@pytest.mark.parametrize("path", ["target?period=2026-06", "target"])
def test_strangers_write_no_target(as_viewer, as_contact, as_manager, other_partner, kpi, path):
    address = f"/partners/{other_partner.id}/kpis/{kpi}/{path}"
    assert as_viewer.send(address, **FORM).status_code == 403
    assert as_contact.send(address, **FORM).status_code == 404
    assert as_manager.send(address, **FORM).status_code == 403


@pytest.mark.parametrize("period", ["", "x", "9999-99", "2013-13", "%F0%9F%92%A9", "1" * 50])
def test_a_period_that_does_not_exist_is_not_found(as_manager, partner, kpi, period):
    address = f"/partners/{partner.id}/kpis/{kpi}/target?period={period}"
    assert as_manager.get(address).status_code == 404


def test_the_year_shows_each_target_with_its_state(as_manager, desk, partner, kpi):
    desk.target(partner, kpi, JUNE, 70)
    as_manager.send(url(partner, kpi), **(FORM | {"terms-waiver": "Later", "target-n": "1"}))
    page = as_manager.get(f"/partners/{partner.id}/targets?year=2026").text
    assert "On behalf" in page
    assert "Proposed" in page


@pytest.mark.parametrize("year", ["2026-06", "x", "9999", "1", "%00"])
def test_a_year_that_is_none_is_answered_calmly(as_manager, partner, year):
    answer = as_manager.get(f"/partners/{partner.id}/targets?year={year}")
    assert answer.status_code in (400, 404)


def test_the_year_takes_few_queries_however_many_targets(as_manager, desk, partner, kpi):
    calendar = Calendar()
    as_manager.get(f"/partners/{partner.id}/targets?year=2026")
    counts = []
    for month in ("2026-01", "2026-02", "2026-03"):
        desk.target(partner, kpi, calendar.parse(month))
        with counted_queries() as seen:
            as_manager.get(f"/partners/{partner.id}/targets?year=2026")
        counts.append(len(seen))
    assert counts[0] == counts[2]


BULK = {"first": "2026-01", "last": "2026-03", "method": "flat", "every": "period", "places": "0"}


def several(partner):
    return f"/partners/{partner.id}/targets/several"


def fields(page):
    """The preview's fields and what stands in them."""
    import re

    return dict(re.findall(r'name="((?:cell|n)-[\d-]+)" value="([^"]*)"', page))


def preview(browser, partner, kpi, amount="100", **changes):
    form = BULK | changes | {"kpi": kpi, f"amount-{kpi}": amount}
    return browser.send(several(partner), **form)


def figures(answer):
    return [value for name, value in fields(answer.text).items() if name.startswith("cell")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["100", "100", "100"]),
        ({"method": "growth", "rate": "10"}, ["110", "121", "133"]),
        ({"method": "growth", "rate": "10", "every": "year"}, ["110", "110", "110"]),
        ({"method": "even"}, ["34", "33", "33"]),
        ({"method": "even", "places": "2"}, ["33.34", "33.33", "33.33"]),
    ],
)
def test_a_rule_fills_the_preview_and_writes_nothing(as_manager, partner, kpi, changes, expected):
    answer = preview(as_manager, partner, kpi, **changes)
    assert (answer.status_code, figures(answer)) == (200, expected)
    assert states() == []


def test_last_year_is_followed_and_its_gaps_are_listed(as_manager, desk, partner, kpi):
    for month, value in (("2025-01", 50), ("2025-03", 70)):
        desk.value(partner, kpi, Calendar().parse(month), value)
    answer = preview(as_manager, partner, kpi, "", method="seasonal", rate="10")
    assert figures(answer) == ["55", "", "77"]
    assert "One period has no figure to follow" in answer.text
    answer = preview(as_manager, partner, kpi, "12", method="shape")
    assert figures(answer) == ["5", "", "7"]


def test_the_preview_is_changed_and_proposed_in_one_go(as_manager, partner, kpi):
    form = fields(preview(as_manager, partner, kpi).text)
    first, last = (name for name in list(form) if name.startswith("cell") and name[-1] in "13")
    form |= {first: "120", last: "", "action": "propose", "terms-waiver": "Later"}
    assert as_manager.send(several(partner), **form).status_code == 303
    rows = TargetRevision.select().order_by(TargetRevision.period)
    assert [row.target // 1_000_000 for row in rows] == [120, 100]
    assert set(states()) == {"proposed"}


def test_many_count_at_once_where_both_sides_agreed(as_manager, partner, kpi):
    form = fields(preview(as_manager, partner, kpi).text) | {"action": "propose"}
    assert as_manager.send(several(partner), **form).status_code == 422
    assert as_manager.send(several(partner), **form, agreed="Meeting of May").status_code == 303
    assert Target.select().count() == 3


def test_a_target_that_changed_meanwhile_stops_the_whole_write(as_manager, desk, partner, kpi):
    form = fields(preview(as_manager, partner, kpi).text)
    desk.target(partner, kpi, Calendar().parse("2026-02"), 70)
    form |= {"action": "propose", "agreed": "Meeting"}
    answer = as_manager.send(several(partner), **form)
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.text
    assert Target.select().count() == 1
    assert as_manager.send(several(partner), **(form | fields(answer.text))).status_code == 303
    assert Target.select().count() == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"first": "2026-03", "last": "2026-01"},
        {"first": "2026-Q1"},
        {"first": ""},
        {"method": "magic"},
        {"method": "growth"},
        {"method": "growth", "rate": "1e999"},
        {"method": "growth", "rate": "99999"},
        {"amount": "NaN"},
        {"kpi": ""},
        {"first": "1900-01", "last": "2999-12"},
    ],
    ids=str,
)
def test_a_nonsensical_choice_comes_back(as_manager, partner, kpi, changes):
    form = BULK | {"kpi": kpi, f"amount-{kpi}": changes.get("amount", "5")} | changes
    assert as_manager.send(several(partner), **form).status_code == 422


@pytest.mark.parametrize("name", ["cell-1", "cell-x-y", "cell-1-999999999", "cell-1--5", "cell-"])
def test_a_forged_cell_is_left_out(as_manager, partner, kpi, name):
    form = {name: "5", "action": "propose", "agreed": "Meeting"}
    assert as_manager.send(several(partner), **form).status_code == 422
    assert states() == []


def test_many_targets_are_set_for_own_partners_only(as_manager, as_viewer, other_partner, kpi):
    for browser in (as_manager, as_viewer):
        assert browser.get(several(other_partner)).status_code == 403
        assert browser.send(several(other_partner)).status_code == 403


@pytest.fixture
def signer(app, as_contact, partner):
    contact = Contact.get(Contact.user == User.get(User.role == "contact"))
    Contact.update(can_sign=True).where(Contact.id == contact.id).execute()
    return as_contact


def test_a_signatory_accepts_several_in_the_portal(signer, as_manager, partner, kpi):
    form = fields(preview(as_manager, partner, kpi).text)
    as_manager.send(several(partner), **form, **{"action": "propose", "terms-waiver": "Later"})
    page = signer.get("/portal/targets").text
    assert "Revenue should be at least" in page
    ids = [row.id for row in TargetRevision.select().order_by(TargetRevision.id)]
    assert signer.send("/portal/targets", ids=ids[:2]).status_code == 303
    assert states() == ["accepted", "accepted", "proposed"]
    assert signer.send("/portal/targets", ids=ids[:1]).status_code == 422
    assert signer.send("/portal/targets").status_code == 422


def test_a_signatory_rejects_one_with_a_reason(signer, as_manager, partner, kpi):
    number = revision(as_manager, partner, kpi)
    assert signer.send(f"/portal/targets/{number}/reject").status_code == 422
    form = {f"reject-{number}-reason": "Too steep"}
    assert signer.send(f"/portal/targets/{number}/reject", **form).status_code == 303
    assert states() == ["rejected"]
    assert "one target waits for us" in as_manager.get("/home").text


def test_a_signatory_undoes_what_was_accepted_on_its_behalf(signer, desk, partner, kpi):
    desk.target(partner, kpi, JUNE, 70)
    assert "accepted on your behalf" in signer.get("/portal").text
    number = TargetRevision.get().id
    assert signer.send(f"/portal/targets/{number}/undo").status_code == 303
    assert (states(), Target.select().count()) == (["proposed"], 0)
    assert signer.send(f"/portal/targets/{number}/undo").status_code == 422


def test_a_contact_who_may_not_sign_only_reads(as_contact, as_manager, partner, kpi):
    Contact.update(can_sign=False).execute()
    number = revision(as_manager, partner, kpi)
    page = as_contact.get("/portal/targets").text
    assert "Revenue should be at least" in page
    assert "Accept the chosen" not in page
    for path in ("", f"/{number}/reject", f"/{number}/undo"):
        assert as_contact.send(f"/portal/targets{path}", ids=number).status_code == 403
    assert states() == ["proposed"]


def test_another_partners_proposal_does_not_exist_in_the_portal(signer, as_admin, kpi):
    stranger = add_partner("FREMD", "Fremd Handel")
    number = revision(as_admin, stranger, kpi)
    assert "Revenue should be" not in signer.get("/portal/targets").text
    assert signer.send("/portal/targets", ids=number).status_code == 404
    assert signer.send(f"/portal/targets/{number}/reject").status_code == 404
    assert signer.send(f"/portal/targets/{number}/undo").status_code == 404
    assert states() == ["proposed"]


def test_a_draft_never_reaches_the_portal(signer, as_manager, partner, kpi):
    as_manager.send(url(partner, kpi), **FORM, action="draft")
    assert "Nothing is proposed to you" in signer.get("/portal/targets").text


def test_a_proposal_waits_on_the_home_page(as_manager, partner, kpi):
    revision(as_manager, partner, kpi)
    assert "one proposed target waits for an answer" in as_manager.get("/home").text


def test_a_figure_says_where_its_target_comes_from(as_manager, desk, partner, kpi):
    desk.target(partner, kpi, JUNE, 70)
    page = as_manager.get(f"/partners/{partner.id}/kpis/{kpi}/explain?period=2026-06").text
    assert "Where the target comes from" in page
    assert "accepted on the partner’s behalf" in page
