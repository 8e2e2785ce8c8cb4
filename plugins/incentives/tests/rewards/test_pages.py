"""What staff and contacts see and do, and what is kept from them."""

import io
import json
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from flask import Flask

from app.core.accounts.models import Organisation, User
from app.core.models import AuditEntry
from app.core.partners.models import Partner
from app.core.tasks.models import Task
from plugins.incentives.programmes.definition import Reward, RewardKind
from plugins.incentives.rewards import granting, recognising
from plugins.incentives.rewards.models import Grant, Recognition
from plugins.incentives.rewards.recognising import Occasion
from plugins.incentives.tests.rewards.conftest import Publish, today
from tests.core.desk import counted_queries, staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

WALL = "/x/incentives/recognitions"
PORTAL = "/portal/x/incentives/recognitions"
HOSTILE = '#panic("x") $a$ *b* \\ <e> // @f שלום \N{ROCKET}'
FIELDS = {"kind": "other", "text": "Well done", "audience": "own", "signatory": ""}


def honoured(app: Flask, partner: Partner, title: str, audience: str = "own") -> Recognition:
    """Something that a partner was publicly thanked for."""
    with app.app_context():
        made = recognising.draft(
            Occasion(partner.id, "award", title, f"Text of {title}", today(), f"x:{title}")
        )
        Recognition.update(audience=audience).where(Recognition.id == made).execute()
        recognising.publish(Recognition.get_by_id(made), version=1, by=staff())
    found: Recognition = Recognition.get_by_id(made)
    return found


@pytest.fixture
def draft(app: Flask, partner: Partner) -> Recognition:
    """A draft of the manager's own partner."""
    with app.app_context():
        made = recognising.draft(
            Occasion(partner.id, "milestone", "Ten years", "Of trust", today(), "years:10")
        )
    found: Recognition = Recognition.get_by_id(made)
    return found


def words(answer: Any) -> str:
    """The text of a PDF of one page."""
    assert answer.status_code == 200, answer.text
    document = pypdfium2.PdfDocument(answer.data)
    try:
        assert len(document) == 1
        return " ".join(document[0].get_textpage().get_text_range().split())
    finally:
        document.close()


# ---- The wall


def test_the_wall_shows_what_was_published(app: Flask, as_viewer: Any, partner: Partner) -> None:
    honoured(app, partner, "Best launch")
    page = as_viewer.get(WALL).text
    for part in ("Best launch", partner.name, "This month", "Certificate"):
        assert part in page


def test_drafts_stand_on_top_for_those_who_decide(
    as_manager: Any, as_viewer: Any, draft: Recognition
) -> None:
    assert "Ten years" in as_manager.get(WALL).text
    assert "Ten years" not in as_viewer.get(WALL).text


def test_a_manager_decides_on_own_partners_alone(
    app: Flask, as_manager: Any, other_partner: Partner, draft: Recognition
) -> None:
    Recognition.update(partner=other_partner).execute()
    assert "Ten years" not in as_manager.get(WALL).text
    for step in ("publish", "withdraw"):
        assert as_manager.send(f"{WALL}/{draft.id}/{step}", version=1).status_code == 403


def test_the_wall_is_narrowed_to_a_month_or_a_partner(
    app: Flask, as_viewer: Any, partner: Partner, other_partner: Partner
) -> None:
    honoured(app, partner, "Ours")
    old = honoured(app, other_partner, "Theirs")
    Recognition.update(day=today() - timedelta(days=70)).where(Recognition.id == old.id).execute()
    assert "Theirs" not in as_viewer.get(f"{WALL}?month={today():%Y-%m}").text
    assert "Ours" not in as_viewer.get(f"{WALL}?partner={other_partner.id}").text


@pytest.mark.parametrize("query", ["month=0000-01", "month=9999-12", "month=x", "partner=x"])
def test_an_odd_filter_breaks_nothing(as_viewer: Any, partner: Partner, query: str) -> None:
    assert as_viewer.get(f"{WALL}?{query}").status_code == 200


def test_the_wall_costs_the_same_for_many(app: Flask, as_viewer: Any, partner: Partner) -> None:
    honoured(app, partner, "One")
    as_viewer.get(WALL)
    with counted_queries() as few:
        as_viewer.get(WALL)
    for n in range(12):
        honoured(app, partner, f"More {n}")
    with counted_queries() as many:
        as_viewer.get(WALL)
    assert len(many) == len(few)


# ---- A recognition


def test_a_recognition_is_written_edited_and_published(as_manager: Any, partner: Partner) -> None:
    new = f"{WALL}/partners/{partner.id}/new"
    assert as_manager.get(new).status_code == 200
    made = as_manager.send(new, title="Thanks", day=today().isoformat(), **FIELDS)
    assert made.status_code == 303
    edit = f"{made.location}/edit"
    assert "Thanks" in as_manager.get(edit).text
    form = FIELDS | {"title": "Many thanks", "day": today().isoformat()}
    assert as_manager.send(edit, version=1, **form).status_code == 303
    assert as_manager.send(f"{made.location}/publish", version=2).status_code == 303
    row = Recognition.get()
    assert (row.state, row.title, row.signatory) == ("published", "Many thanks", "Manager")
    assert "Many thanks" in as_manager.get(made.location).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 121},
        {"text": "x" * 2001},
        {"day": "0001-01-01"},
        {"day": ""},
        {"kind": "none"},
        {"audience": "world"},
    ],
)
def test_a_wrong_form_comes_back(as_manager: Any, partner: Partner, wrong: dict[str, str]) -> None:
    form = FIELDS | {"title": "Thanks", "day": today().isoformat()} | wrong
    answer = as_manager.send(f"{WALL}/partners/{partner.id}/new", **form)
    assert answer.status_code == 422
    assert not Recognition.select().exists()


def test_a_stale_edit_shows_both_versions(as_manager: Any, draft: Recognition) -> None:
    form = FIELDS | {"title": "First", "day": today().isoformat()}
    as_manager.send(f"{WALL}/{draft.id}/edit", version=1, **form)
    answer = as_manager.send(f"{WALL}/{draft.id}/edit", **(form | {"version": 1, "title": "Two"}))
    assert answer.status_code == 422
    assert "What they saved" in answer.text
    assert Recognition.get().title == "First"


def test_a_draft_is_dismissed_without_a_reason(as_manager: Any, draft: Recognition) -> None:
    assert as_manager.send(f"{WALL}/{draft.id}/withdraw", version=1).status_code == 303
    assert Recognition.get().state == "withdrawn"


def test_what_was_published_goes_only_with_a_reason(
    app: Flask, as_manager: Any, partner: Partner
) -> None:
    row = honoured(app, partner, "Ours")
    answer = as_manager.send(f"{WALL}/{row.id}/withdraw", version=2)
    assert answer.status_code == 422
    assert "Give a reason" in answer.text
    assert as_manager.get(f"{WALL}/{row.id}").status_code == 200


@pytest.mark.parametrize("tail", ["/publish", "/withdraw", "/edit"])
def test_viewers_decide_on_nothing(as_viewer: Any, draft: Recognition, tail: str) -> None:
    assert as_viewer.send(f"{WALL}/{draft.id}{tail}", version=1).status_code == 403


# ---- The certificate


def test_a_certificate_names_everything(app: Flask, as_viewer: Any, partner: Partner) -> None:
    row = honoured(app, partner, "Best launch")
    answer = as_viewer.get(f"{WALL}/{row.id}/certificate.pdf")
    text = words(answer)
    parts = ("Harbour & Hill", partner.name, "Best launch", staff().name, str(today().year))
    for part in (*parts, "Certificate of recognition"):
        assert part in text
    assert "Draft" not in text
    for tag in (b"/StructTreeRoot", b"pdfuaid"):
        assert tag in answer.data
    assert f"certificate-{partner.code}" in answer.headers["Content-Disposition"]


def test_a_draft_is_looked_at_as_a_draft(as_manager: Any, draft: Recognition) -> None:
    data = as_manager.get(f"{WALL}/{draft.id}/certificate.pdf")
    assert "Draft" in words(data)


def test_the_certificate_of_what_was_taken_back_is_gone(
    app: Flask, as_viewer: Any, as_contact: Any, partner: Partner
) -> None:
    row = honoured(app, partner, "Ours")
    Recognition.update(state="withdrawn").execute()
    assert as_viewer.get(f"{WALL}/{row.id}/certificate.pdf").status_code == 404
    assert as_contact.get(f"{PORTAL}/{row.id}/certificate.pdf").status_code == 404


@pytest.mark.parametrize(
    "text",
    [HOSTILE, "W" * 120, "שלום עולם " * 12, "مرحبا", "\N{ROCKET}" * 120, "北京"],
    ids=["markup", "endless", "hebrew", "arabic", "emoji", "chinese"],
)
def test_whatever_was_typed_fits_on_one_sheet(
    app: Flask, as_manager: Any, partner: Partner, text: str
) -> None:
    row = honoured(app, partner, "Ours")
    Partner.update(name=(text * 2)[:200]).execute()
    Recognition.update(title=text[:120], text=(text + "\n") * 16, signatory=text[:120]).execute()
    assert "Certificate of recognition" in words(as_manager.get(f"{WALL}/{row.id}/certificate.pdf"))
    assert as_manager.get(WALL).status_code == 200


def test_markup_is_never_code(app: Flask, as_manager: Any, partner: Partner) -> None:
    row = honoured(app, partner, "Ours")
    Recognition.update(title='#panic("x") $a$').execute()
    assert '#panic("x") $a$' in words(as_manager.get(f"{WALL}/{row.id}/certificate.pdf"))


def test_a_certificate_speaks_its_readers_language(
    app: Flask, as_manager: Any, partner: Partner
) -> None:
    row = honoured(app, partner, "Ours")
    User.update(locale="de").execute()
    Organisation.update(locale="de").execute()
    assert "Urkunde" in words(as_manager.get(f"{WALL}/{row.id}/certificate.pdf"))


# ---- The portal


def test_a_contact_sees_own_recognitions_and_their_certificates(
    app: Flask, as_contact: Any, partner: Partner
) -> None:
    row = honoured(app, partner, "Best launch")
    page = as_contact.get(PORTAL).text
    assert "Best launch" in page
    assert "Best launch" in words(as_contact.get(f"{PORTAL}/{row.id}/certificate.pdf"))


def test_a_contact_sees_no_drafts(as_contact: Any, draft: Recognition) -> None:
    assert "Ten years" not in as_contact.get(PORTAL).text
    assert as_contact.get(f"{PORTAL}/{draft.id}/certificate.pdf").status_code == 404


def test_what_is_for_all_shows_name_title_and_text_and_nothing_else(
    app: Flask, publish: Publish, as_other_contact: Any, as_viewer: Any, gold: Partner
) -> None:
    publish()
    row = honoured(app, gold, "Best launch", "all")
    Recognition.update(signatory="Somebody Secret").execute()
    assert 'data-tier="gold"' in as_viewer.get(WALL).text
    page = as_other_contact.get(PORTAL).text
    for part in (gold.name, "Best launch", "Text of Best launch"):
        assert part in page
    for part in ("Gold", "Somebody Secret", f"/{row.id}/", gold.code):
        assert part not in page
    assert page.count("data-tier") == 0


def test_what_is_for_one_partner_is_read_by_no_other(
    app: Flask, as_other_contact: Any, partner: Partner
) -> None:
    row = honoured(app, partner, "Best launch")
    assert "Best launch" not in as_other_contact.get(PORTAL).text
    assert as_other_contact.get(f"{PORTAL}/{row.id}/certificate.pdf").status_code == 404
    seen = AuditEntry.select().where(AuditEntry.action == "access.refused")
    assert [entry.ref for entry in seen] == [f"incentives_recognition:{row.id}"]


def test_for_all_opens_no_certificate_to_others(
    app: Flask, as_other_contact: Any, partner: Partner
) -> None:
    row = honoured(app, partner, "Best launch", "all")
    assert as_other_contact.get(f"{PORTAL}/{row.id}/certificate.pdf").status_code == 404


def test_a_contact_sees_own_benefits_and_no_others(
    as_contact: Any, as_other_contact: Any, seat: Grant
) -> None:
    assert "Training seat" in as_contact.get(PORTAL).text
    assert "Training seat" not in as_other_contact.get(PORTAL).text


def test_contacts_reach_no_page_of_staff(as_contact: Any, seat: Grant, draft: Recognition) -> None:
    for path in (WALL, f"{WALL}/{draft.id}", f"/x/incentives/benefits/{seat.id}"):
        assert as_contact.get(path).status_code == 404


# ---- Benefits


def test_a_benefit_is_given_with_a_file_that_its_partner_may_open(
    as_manager: Any, as_contact: Any, as_other_contact: Any, seat: Grant
) -> None:
    page = f"/x/incentives/benefits/{seat.id}"
    assert "Gold on the first day of" in as_manager.get(page).text
    file = (io.BytesIO(b"He was there.\n"), "attendance.txt")
    form = {"csrf_token": as_manager.token(), "version": "1", "note": "", "evidence": file}
    answer = as_manager.post(f"{page}/give", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    kept = Grant.get().evidence
    with as_contact.get(f"/files/{kept}") as sent:
        assert sent.data == b"He was there.\n"
    assert f"/files/{kept}" in as_contact.get(PORTAL).text
    assert as_other_contact.get(f"/files/{kept}").status_code == 404


def test_giving_says_how(as_manager: Any, seat: Grant) -> None:
    answer = as_manager.send(f"/x/incentives/benefits/{seat.id}/give", version=1, note="")
    assert answer.status_code == 422
    assert "Say how it was given" in answer.text


def test_a_file_of_the_wrong_kind_comes_back(as_manager: Any, seat: Grant) -> None:
    file = (io.BytesIO(b"MZ\0"), "virus.exe")
    form = {"csrf_token": as_manager.token(), "version": "1", "note": "x", "evidence": file}
    answer = as_manager.post(
        f"/x/incentives/benefits/{seat.id}/give", data=form, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert Grant.get().state == "granted"


def test_a_benefit_is_prolonged_and_taken_back(as_manager: Any, seat: Grant) -> None:
    page = f"/x/incentives/benefits/{seat.id}"
    later = (today() + timedelta(days=100)).isoformat()
    assert as_manager.send(f"{page}/prolong", version=1, day="1999-01-01").status_code == 422
    assert as_manager.send(f"{page}/prolong", version=1, day=later).status_code == 303
    assert as_manager.send(f"{page}/revoke", version=2, reason="").status_code == 422
    assert as_manager.send(f"{page}/revoke", version=2, reason="A mistake").status_code == 303
    assert Grant.get().state == "revoked"


@pytest.mark.parametrize("step", ["give", "prolong", "revoke"])
def test_others_change_no_benefit(
    as_viewer: Any, as_manager: Any, other_partner: Partner, seat: Grant, step: str
) -> None:
    path = f"/x/incentives/benefits/{seat.id}/{step}"
    assert as_viewer.send(path, version=1).status_code == 403
    Grant.update(partner=other_partner).execute()
    assert as_manager.send(path, version=1).status_code == 403


def test_benefits_are_listed_by_state_and_as_a_file(as_viewer: Any, seat: Grant) -> None:
    assert "Training seat" in as_viewer.get("/x/incentives/benefits").text
    assert "Training seat" not in as_viewer.get("/x/incentives/benefits?state=expired").text
    assert "Training seat" in as_viewer.get("/x/incentives/benefits?download=csv").text


# ---- Elsewhere


def test_attention_items_name_drafts_and_benefits(
    as_manager: Any, seat: Grant, draft: Recognition
) -> None:
    Recognition.delete().where(Recognition.id != draft.id).execute()
    Grant.update(expires_on=today() + timedelta(days=100)).execute()
    page = as_manager.get("/home").text
    assert "1 recognition waits to be published" in page
    assert "1 benefit to be given" in page
    Grant.update(expires_on=today() + timedelta(days=3)).execute()
    assert "Training seat lapses before it was given" in as_manager.get("/home").text


def test_partner_panels_and_timeline_tell_of_them(
    app: Flask, as_manager: Any, partner: Partner
) -> None:
    honoured(app, partner, "Best launch")
    assert f"{WALL}/partners/{partner.id}" in as_manager.get(f"/partners/{partner.id}").text
    panel = as_manager.get(f"{WALL}/partners/{partner.id}", headers={"HX-Request": "true"}).text
    assert "Best launch" in panel
    assert "Best launch" in as_manager.get(f"/partners/{partner.id}/timeline").text


def test_partner_badges_bear_what_programmes_give(
    app: Flask, as_viewer: Any, publish: Publish, gold: Partner
) -> None:
    publish(Reward("b", RewardKind.BADGE, "Green partner", tiers=("gold",)))
    with app.app_context():
        granting.grant_due()
    assert "Green partner" in as_viewer.get("/partners").text


def test_visible_refs_lead_from_a_task_to_its_benefit(as_manager: Any, seat: Grant) -> None:
    page = as_manager.get(f"/tasks/{Task.get().id}").text
    assert f"/x/incentives/benefits/{seat.id}" in page


def test_personal_data_has_what_a_person_signed(
    app: Flask, as_manager: Any, partner: Partner
) -> None:
    from app.core.personal import queries, services

    row = honoured(app, partner, "Best launch")
    Recognition.update(signatory="Manager", text="By Manager").execute()
    with app.test_request_context():
        services.erase(queries.by_email("manager@example.org"))
    row = Recognition.get()
    assert "Manager" not in row.text + row.signatory
    assert row.state == "published"


def test_import_partner_keeps_recognitions_for_its_own_eyes(
    app: Flask, as_other_contact: Any, partner: Partner, other_partner: Partner
) -> None:
    from plugins.incentives.rewards import transfer

    honoured(app, partner, "Best launch", "all")
    with app.app_context():
        file = json.loads(json.dumps(transfer.exported(partner.id)))
        Recognition.delete().execute()
        broken = [{}, {"title": 3}, "x", {**file["recognitions"][0], "day": "x"}]
        transfer.imported(other_partner.id, {"recognitions": file["recognitions"] + broken})
        transfer.imported(partner.id, {"recognitions": None})
    row = Recognition.get()
    assert (row.title, row.state, row.audience) == ("Best launch", "published", "own")
