"""The life of a figure on its pages: files, corrections, inbox, locks, misses, comments."""

import io
import re
from typing import Any

import pytest
from flask import Flask

from app.core.accounts.models import Organisation
from app.core.kpis import services
from app.core.kpis.models import Revision, Value
from app.core.kpis.value_models import DeclaredMiss, Evidence, ValueComment
from app.core.partners.models import Partner
from tests.core.desk import CALENDAR, Desk, counted_queries, last_month, staff
from tests.core.test_file_rules import PDF, picture

ACTIONS = ("withdraw", "lock", "unlock", "missed", "missed/undo", "comments")


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


@pytest.fixture
def revenue(desk: Desk, partner: Partner) -> int:
    """A KPI that we report, with a target in the last two months."""
    kpi = desk.kpi()
    for n in (1, 2):
        desk.target(partner, kpi, last_month(n))
    return kpi


@pytest.fixture
def leads(desk: Desk, partner: Partner) -> int:
    """A KPI that the partner reports."""
    kpi = desk.kpi("LEADS", "Leads", submitter="partner")
    desk.target(partner, kpi, last_month())
    return kpi


def code(n: int = 1) -> str:
    return CALENDAR.label(last_month(n))


def url(partner: Partner, kpi: int, action: str = "") -> str:
    return f"/partners/{partner.id}/kpis/{kpi}" + (f"/{action}" if action else "")


def file(name: str = "ledger.pdf", data: bytes = PDF) -> Any:
    return io.BytesIO(data), name


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


# ---- evidence


def test_a_contact_sends_a_photo_with_a_figure(as_contact, leads):
    answer = as_contact.send(
        f"/portal/kpis/{leads}",
        period=code(),
        value="90",
        evidence=file("photo.jpg", picture()),
    )
    assert answer.status_code == 303
    page = as_contact.get(f"/portal/kpis/{leads}").text
    assert "photo.jpg" in page
    with as_contact.get(f"/files/{Evidence.get().file_id}") as download:
        assert download.status_code == 200


def test_a_file_survives_a_refused_form(as_contact, leads):
    path = f"/portal/kpis/{leads}"
    page = as_contact.send(path, period=code(), value="many", evidence=file())
    assert page.status_code == 422
    kept = hidden(page.text, "kept")
    assert as_contact.send(path, period=code(), value="90", kept=kept).status_code == 303
    assert Evidence.get().file_id == int(kept)


def test_a_file_that_is_not_taken_is_said_beside_its_field(as_contact, leads):
    page = as_contact.send(
        f"/portal/kpis/{leads}", period=code(), value="90", evidence=file("x.svg", b"<svg/>")
    )
    assert page.status_code == 422
    assert "not taken" in page.text
    assert not Revision.select().exists()


def test_another_partners_contact_reads_no_evidence(as_contact, as_other_contact, leads):
    as_contact.send(f"/portal/kpis/{leads}", period=code(), value="90", evidence=file())
    assert as_other_contact.get(f"/files/{Evidence.get().file_id}").status_code == 404


def test_missing_evidence_is_asked_for(as_manager, desk, partner):
    kpi = desk.kpi(evidence_required=True)
    page = as_manager.send(
        url(partner, kpi, "values"), **{"value-period": code(), "value-value": "1"}
    )
    assert page.status_code == 422
    assert "asks for evidence" in page.text


@pytest.mark.parametrize("kept", ["x", "9" * 30, "99"])
def test_a_kept_file_that_does_not_exist_is_refused(as_contact, leads, kept):
    path = f"/portal/kpis/{leads}"
    assert as_contact.send(path, period=code(), value="90", kept=kept).status_code == 422


# ---- correcting


def test_a_correction_is_sent_after_its_effects_were_seen(as_manager, desk, partner, revenue):
    desk.value(partner, revenue, last_month(), 80)
    form = {"value-period": code(), "value-value": "120", "value-reason": "Late invoice"}
    page = as_manager.send(url(partner, revenue, "values"), **form)
    assert page.status_code == 200
    assert "80%" in page.text
    assert "120%" in page.text
    assert Revision.select().count() == 1
    form["value-seen"] = hidden(page.text, "value-seen")
    assert as_manager.send(url(partner, revenue, "values"), **form).status_code == 303
    assert Revision.select().count() == 2


def test_another_figure_than_the_one_seen_is_shown_anew(as_manager, desk, partner, revenue):
    desk.value(partner, revenue, last_month(), 80)
    form = {"value-period": code(), "value-value": "120", "value-reason": "Late invoice"}
    page = as_manager.send(url(partner, revenue, "values"), **form)
    form |= {"value-seen": hidden(page.text, "value-seen"), "value-value": "130"}
    assert "130%" in as_manager.send(url(partner, revenue, "values"), **form).text
    assert Revision.select().count() == 1


def test_an_approver_sees_what_a_correction_changes(as_manager, as_admin, desk, partner, revenue):
    desk.value(partner, revenue, last_month(), 80)
    with desk.app.app_context():
        revision = services.submit_value(
            partner.id, revenue, last_month(), by=staff(), value=120_000_000, reason="Late"
        )
    assert f"/approvals/{revision}/effects" in as_manager.get("/approvals").text
    page = as_manager.get(f"/approvals/{revision}/effects").text
    assert "80 · 80%" in page
    assert "120 · 120%" in page
    as_manager.send("/approvals", ids=revision)
    assert "what it changed" in as_admin.get(url(partner, revenue)).text
    assert as_manager.get(f"/approvals/{revision}/effects").status_code == 404


def test_a_stranger_sees_no_effects(as_manager, as_viewer, as_contact, desk, other_partner):
    kpi = desk.kpi()
    revision = desk.submit(other_partner, kpi, last_month(), 1)
    assert as_manager.get(f"/approvals/{revision}/effects").status_code == 403
    assert as_viewer.get(f"/approvals/{revision}/effects").status_code == 403
    assert as_contact.get(f"/approvals/{revision}/effects").status_code == 404
    assert as_manager.get("/approvals/999/effects").status_code == 404


def test_a_contact_meets_what_was_given_back_first(as_contact, desk, partner, leads):
    as_contact.send(f"/portal/kpis/{leads}", period=code(), value="90", evidence=file())
    desk.give_back(Revision.get().id, "Without the fair, please.")
    page = as_contact.get(f"/portal/kpis/{leads}").text
    assert page.index("Without the fair, please.") < page.index('id="report"')
    assert 'name="kept"' in page  # the evidence may be sent again


def test_evidence_of_what_was_given_back_is_offered_for_its_own_period_alone(
    as_contact, desk, partner, leads
):
    desk.target(partner, leads, last_month(2))
    path = f"/portal/kpis/{leads}"
    as_contact.send(path, period=code(), value="90", evidence=file())
    desk.give_back(Revision.get().id, "Without the fair, please.")
    assert 'name="kept"' in as_contact.get(f"{path}?period={code()}").text
    assert 'name="kept"' not in as_contact.get(f"{path}?period={code(2)}").text
    # Whoever then chooses another period on that page sends the figure without the file.
    held = Evidence.get().file_id
    assert as_contact.send(path, period=code(2), value="70", kept=held).status_code == 303
    assert Evidence.select().count() == 1


def test_an_own_figure_is_withdrawn(as_contact, as_other_contact, desk, partner, leads):
    as_contact.send(f"/portal/kpis/{leads}", period=code(), value="90")
    path, form = f"/portal/kpis/{leads}/withdraw", {"revision": Revision.get().id}
    assert as_other_contact.send(path, **form).status_code == 404
    assert as_contact.send(path, **form).status_code == 303
    assert Revision.get().state == "withdrawn"
    assert as_contact.send(path, **form).status_code == 422


def test_staff_withdraw_their_own_only(as_admin, as_manager, desk, partner, revenue):
    revision = desk.submit(partner, revenue, last_month(), 90)
    path = url(partner, revenue, "withdraw")
    assert as_manager.send(path, revision=revision).status_code == 422
    assert as_admin.send(path, revision=revision).status_code == 303
    assert as_admin.send(path, revision="x").status_code == 404


# ---- the inbox


@pytest.fixture
def inbox(desk, partner, other_partner, revenue, leads, as_contact) -> dict[str, int]:
    """One figure of ours, one of the partner's contact, one of another partner."""
    as_contact.send(f"/portal/kpis/{leads}", period=code(), value="90", evidence=file())
    return {
        "theirs": Revision.get().id,
        "ours": desk.submit(partner, revenue, last_month(), 70),
        "other": desk.submit(other_partner, revenue, last_month(), 60),
    }


def waiting(browser: Any, query: str = "") -> set[int]:
    return {
        int(id_)
        for id_ in re.findall(r'name="ids" value="(\d+)"', browser.get(f"/approvals{query}").text)
    }


def test_the_inbox_is_narrowed(as_admin, inbox, partner, other_partner, revenue):
    theirs, ours, other = inbox["theirs"], inbox["ours"], inbox["other"]
    assert waiting(as_admin) == {theirs, ours, other}
    assert waiting(as_admin, f"?partner={other_partner.id}") == {other}
    assert waiting(as_admin, f"?kpi={revenue}") == {ours, other}
    assert waiting(as_admin, "?side=partner") == {theirs}
    assert waiting(as_admin, f"?side=host&partner={partner.id}") == {ours}
    assert waiting(as_admin, "?partner=x&kpi=-1&side=zz") == {theirs, ours, other}
    assert "Nothing of this waits" in as_admin.get("/approvals?partner=999").text


def test_the_inbox_shows_what_a_decision_needs(as_admin, inbox):
    page = as_admin.get("/approvals").text
    assert "ledger.pdf" in page
    assert "attainment 90%" in page
    assert "3 wait" in page


def test_a_decision_by_htmx_answers_with_the_list_without_it(as_admin, inbox):
    headers = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "X-CSRFToken": as_admin.token(),
    }
    answer = as_admin.post("/approvals", data={"ids": inbox["theirs"]}, headers=headers)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "2 wait" in answer.text
    name = f"return-{inbox['other']}-reason"
    path = f"/approvals/{inbox['other']}/return"
    assert as_admin.post(path, data={name: ""}, headers=headers).status_code == 422
    assert "1 waits" in as_admin.post(path, data={name: "No"}, headers=headers).text


def test_the_inbox_costs_the_same_for_any_number_of_rows(as_admin, desk, partner, revenue):
    desk.submit(partner, revenue, last_month(1), 1)
    as_admin.get("/approvals")
    with counted_queries() as few:
        as_admin.get("/approvals")
    for n in range(2, 8):
        desk.submit(partner, revenue, last_month(n), n)
    with counted_queries() as many:
        as_admin.get("/approvals")
    assert len(many) == len(few)


# ---- four eyes


def test_where_four_eyes_are_required_an_own_figure_is_left_to_others(
    as_admin, as_manager, desk, partner, revenue
):
    Organisation.update(four_eyes_required=True).execute()
    revision = desk.submit(partner, revenue, last_month(), 90)
    page = as_admin.get("/approvals").text
    assert "somebody else has to approve it" in page
    assert as_admin.send("/approvals", ids=revision, reason="Hurry").status_code == 422
    assert 'name="value-approval"' not in as_manager.get(url(partner, revenue)).text
    assert as_manager.send("/approvals", ids=revision).status_code == 303


def test_own_approvals_are_listed_for_administrators(as_admin, as_manager, desk, partner, revenue):
    form = {"value-period": code(), "value-value": "90", "value-approval": "Only I am here"}
    as_manager.send(url(partner, revenue, "values"), **form)
    assert "Only I am here" in as_admin.get("/approvals/own").text
    assert as_manager.get("/approvals/own").status_code == 403


def test_an_import_is_no_own_approval(as_admin, desk, partner, revenue):
    desk.value(partner, revenue, last_month(), 90)
    assert "Nobody has approved an own figure" in as_admin.get("/approvals/own").text


# ---- lock, miss, comment


def test_an_administrator_locks_and_unlocks(as_admin, as_manager, desk, partner, revenue):
    desk.value(partner, revenue, last_month(), 90)
    lock, unlock = (url(partner, revenue, action) for action in ("lock", "unlock"))
    assert as_admin.send(lock, period=code()).status_code == 303
    assert as_admin.send(lock, period=code()).status_code == 422
    assert as_admin.send(unlock, period=code()).status_code == 422
    assert Value.get().locked
    reason = {"unlock-reason": "The invoice was wrong"}
    assert as_admin.send(unlock, period=code(), **reason).status_code == 303
    assert not Value.get().locked
    assert "The invoice was wrong" in as_manager.get(url(partner, revenue)).text


def test_a_manager_does_not_lock(as_manager, desk, partner, revenue):
    desk.value(partner, revenue, last_month(), 90)
    for action in ("lock", "unlock"):
        assert as_manager.send(url(partner, revenue, action), period=code()).status_code == 403


def test_a_miss_is_declared_and_taken_back(as_manager, partner, revenue):
    form = {"miss-period": code(3), "miss-reason": "Asked three times"}
    assert as_manager.send(url(partner, revenue, "missed"), **form).status_code == 422
    form["miss-period"] = code(2)
    assert as_manager.send(url(partner, revenue, "missed"), **form).status_code == 303
    assert "Asked three times" in as_manager.get(url(partner, revenue)).text
    assert as_manager.send(url(partner, revenue, "missed/undo"), period=code(2)).status_code == 303
    assert DeclaredMiss.get().withdrawn_at is not None
    assert as_manager.send(url(partner, revenue, "missed/undo"), period=code(2)).status_code == 422


def test_people_talk_about_a_figure(as_manager, as_contact, as_other_contact, partner, leads):
    for visibility in ("internal", "shared"):
        form = {
            "comment-period": code(),
            "comment-text": f"<b>{visibility}</b> words",
            "comment-visibility": visibility,
        }
        assert as_manager.send(url(partner, leads, "comments"), **form).status_code == 303
    page = as_contact.get(f"/portal/kpis/{leads}").text
    assert "&lt;b&gt;shared&lt;/b&gt; words" in page
    assert "internal" not in page
    form = {"comment-period": code(), "comment-text": "We agree"}
    assert as_contact.send(f"/portal/kpis/{leads}/comments", **form).status_code == 303
    assert as_other_contact.send(f"/portal/kpis/{leads}/comments", **form).status_code == 404
    assert as_contact.send(f"/portal/kpis/{leads}/comments").status_code == 422
    assert "We agree" in as_manager.get(url(partner, leads)).text
    assert ValueComment.select().count() == 3


@pytest.mark.parametrize("action", ACTIONS)
def test_viewers_strangers_contacts_and_other_managers_do_none_of_it(
    as_viewer, client, as_contact, as_manager, partner, other_partner, revenue, action
):
    form = {
        "period": code(),
        "miss-period": code(2),
        "miss-reason": "No",
        "comment-period": code(),
        "comment-text": "Hm",
    }
    path = url(partner, revenue, action)
    assert as_viewer.send(path, **form).status_code == 403
    assert as_contact.send(path, **form).status_code == 404
    assert client.send(path, **form).status_code == 302
    assert as_manager.send(url(other_partner, revenue, action), **form).status_code == 403
    assert as_manager.get(path).status_code == 405
    assert not DeclaredMiss.select().exists()
    assert not ValueComment.select().exists()


@pytest.mark.parametrize("period", ["", "x", "2025-99", "9" * 400, "1e999"])
@pytest.mark.parametrize("action", ["lock", "unlock", "missed/undo"])
def test_a_nonsense_period_is_not_found(as_admin, partner, revenue, action, period):
    assert as_admin.send(url(partner, revenue, action), period=period).status_code == 404
