"""Documents: versions that never change, internal or shared, withdrawn but never deleted."""

import io
from types import SimpleNamespace

import pytest

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.documents import queries, services
from app.core.documents.models import Document, DocumentVersion
from app.core.files.models import StoredFile
from app.core.files.services import sweep
from app.core.messages.models import Notification
from app.core.models import AuditEntry
from app.core.partners.models import Partner
from app.jobs import run_pending
from tests.core.desk import Desk, counted_queries, staff
from tests.core.test_previews import pdf

sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def upload(data=b"a,b\n1,2\n", name="plan.csv"):
    return (io.BytesIO(data), name)


@pytest.fixture
def add(app, partner):
    """A document as staff add it."""

    def create(title="The plan", text=b"x\n", by="manager@example.org", **more):
        with app.test_request_context():
            who = staff(by)
            given = SimpleNamespace(filename="plan.txt", stream=io.BytesIO(text))
            file_id = services.store_document(given, by=who)
            values = {"partner_id": partner.id} | more
            id_ = services.add_document(file_id=file_id, title=title, by=who, **values)
        return Document.get_by_id(id_)

    return create


def file_of(document, n=1):
    return DocumentVersion.get(
        DocumentVersion.document == document.id, DocumentVersion.n == n
    ).file_id


@sqlite
def test_staff_add_a_document_and_find_it(as_manager, partner):
    path = f"/partners/{partner.id}/documents"
    assert "No documents yet" in as_manager.get(path).text
    answer = as_manager.send(f"{path}/new", file=upload(), visibility="internal", kind="report")
    assert answer.status_code == 303
    assert Document.get().title == "plan"  # as its file is called
    for place in (path, answer.location):
        assert "plan.csv" in as_manager.get(place).text or "plan" in as_manager.get(place).text
    got = as_manager.get(f"/files/{file_of(Document.get())}", buffered=True)
    assert got.data == b"a,b\n1,2\n"
    assert got.headers["Content-Disposition"].startswith("attachment")


@sqlite
def test_a_refused_form_keeps_the_file(as_manager, partner):
    path = f"/partners/{partner.id}/documents/new"
    page = as_manager.send(path, file=upload(), title="x" * 201, visibility="internal")
    assert page.status_code == 422
    assert "plan.csv" in page.text
    kept = page.text.split('name="kept"')[1].split('value="')[1].split('"')[0]
    answer = as_manager.send(path, kept=kept, title="The plan", visibility="internal")
    assert answer.status_code == 303


@sqlite
def test_what_is_no_document_is_refused(as_manager, partner):
    path = f"/partners/{partner.id}/documents/new"
    bad = (
        {},
        {"kept": "999999"},
        {"kept": "9" * 30},
        {"file": upload(b"<svg onload='alert(1)'/>", "x.svg")},
        {"file": upload(b"<svg onload='alert(1)'/>", "x.pdf")},
        {"file": upload(b"<svg onload='alert(1)'/>", "x.png")},
        {"file": upload(b"MZ\x90", "x.exe")},
        {"file": upload(b"", "x.txt")},
        {"file": upload(), "kind": "novel"},
        {"file": upload(), "visibility": "world"},
        {"file": upload(), "note": "x" * 1001},
        {"file": "no file"},
    )
    for form in bad:
        answer = as_manager.send(path, **({"visibility": "internal"} | form))
        assert answer.status_code == 422, form
    assert Document.select().count() == 0


@sqlite
def test_a_newer_version_is_current_and_the_older_one_stays(as_manager, add):
    document = add()
    path = f"/documents/{document.id}/versions"
    answer = as_manager.send(path, file=upload(), note="With dates", version=document.version)
    assert answer.status_code == 303
    page = as_manager.get(f"/documents/{document.id}").text
    assert "Download version 2" in page
    assert "With dates" in page
    assert as_manager.get(f"/files/{file_of(document, 1)}", buffered=True).data == b"x\n"
    hashes = {row.file.sha256 for row in DocumentVersion.select()}
    assert len(hashes) == 2


def test_of_two_versions_at_once_one_is_told_to_look(app, add):
    document = add()
    seen = document.version
    with app.test_request_context():
        files = [
            services.store_document(
                SimpleNamespace(filename="a.txt", stream=io.BytesIO(text)), by=staff()
            )
            for text in (b"one\n", b"two\n")
        ]
        first, second = Document.get_by_id(document.id), Document.get_by_id(document.id)
        services.add_version(first, files[0], version=seen, by=staff())
        with pytest.raises(services.StaleDocument):
            services.add_version(second, files[1], version=seen, by=staff())
    assert [row.n for row in DocumentVersion.select().order_by(DocumentVersion.n)] == [1, 2]


@sqlite
def test_the_slower_of_two_keeps_the_file_on_the_page(as_manager, add):
    document = add()
    path = f"/documents/{document.id}/versions"
    as_manager.send(path, file=upload(), version=document.version)
    page = as_manager.send(path, file=upload(name="mine.csv"), version=document.version)
    assert page.status_code == 422
    assert "mine.csv is attached" in page.text


@sqlite
def test_a_file_is_never_taken_from_another_document_or_person(as_manager, as_admin, add, partner):
    held = file_of(add())
    answer = as_admin.send(
        f"/partners/{partner.id}/documents/new", kept=held, visibility="shared", title="Mine"
    )
    assert answer.status_code == 422
    assert Document.select().count() == 1


@sqlite
def test_a_contact_sees_what_is_shared_and_nothing_of_what_is_not(as_contact, add):
    inside, shared = add("Their prices"), add("The plan", visibility="shared")
    page = as_contact.get("/portal/documents").text
    assert "The plan" in page
    assert "Their prices" not in page
    assert "1–1 of 1" in page  # nor is it counted
    assert "Their prices" not in as_contact.get("/portal/documents?q=prices").text
    assert as_contact.get(f"/portal/documents/{shared.id}").status_code == 200
    assert as_contact.get(f"/files/{file_of(shared)}", buffered=True).status_code == 200
    for path in (
        f"/portal/documents/{inside.id}",
        f"/files/{file_of(inside)}",
        f"/files/{file_of(inside)}/preview",
    ):
        assert as_contact.get(path).status_code == 404, path
    assert AuditEntry.select().where(AuditEntry.ref == f"document:{inside.id}").count() >= 2


@sqlite
def test_another_partners_contact_meets_404_and_leaves_a_trace(as_other_contact, add):
    document = add(visibility="shared")
    gets = (f"/portal/documents/{document.id}", f"/files/{file_of(document)}")
    for path in gets:
        assert as_other_contact.get(path).status_code == 404, path
    answer = as_other_contact.send(f"/portal/documents/{document.id}/versions", file=upload())
    assert answer.status_code == 404
    refused = AuditEntry.select().where(AuditEntry.action == "access.refused")
    assert refused.count() == 3


@sqlite
def test_a_contact_shares_a_document_and_staff_are_told(as_contact, as_manager, partner):
    answer = as_contact.send("/portal/documents", file=upload(), title="Our logo", kind="brand")
    assert answer.status_code == 303
    document = Document.get()
    assert (document.visibility, document.side) == ("shared", "partner")
    told = Notification.get()
    assert (told.user.email, told.title) == ("manager@example.org", "New document: Our logo")
    assert as_manager.get(told.url).status_code == 200
    again = as_contact.send(
        f"/portal/documents/{document.id}/versions", file=upload(), version=document.version
    )
    assert again.status_code == 303


@sqlite
def test_a_contact_changes_nothing_of_the_hosts(as_contact, add):
    document = add(visibility="shared")
    path = f"/portal/documents/{document.id}/versions"
    assert as_contact.send(path, file=upload(), version=document.version).status_code == 403
    for path in ("versions", "withdraw", "restore", "edit"):
        assert as_contact.send(f"/documents/{document.id}/{path}").status_code == 404


@sqlite
def test_contacts_hear_of_a_document_once_it_is_shared(as_contact, as_manager, add):
    document = add()
    assert Notification.select().count() == 0
    form = {"title": "The plan", "kind": "", "visibility": "shared", "version": document.version}
    assert as_manager.send(f"/documents/{document.id}/edit", **form).status_code == 303
    assert [row.title for row in Notification.select()] == ["New document: The plan"]
    assert as_contact.get(Notification.get().url).status_code == 200


@sqlite
def test_a_withdrawn_document_is_gone_for_contacts_and_kept_for_staff(
    as_manager, as_contact, add, partner
):
    document = add(visibility="shared")
    path = f"/documents/{document.id}"
    version = {"withdraw-version": document.version}
    assert as_manager.send(f"{path}/withdraw", **version).status_code == 422
    answer = as_manager.send(f"{path}/withdraw", **version, **{"withdraw-reason": "Wrong prices"})
    assert answer.status_code == 303
    assert as_contact.get(f"/portal{path}").status_code == 404
    assert as_contact.get(f"/files/{file_of(document)}").status_code == 404
    assert "The plan" not in as_contact.get("/portal/documents").text
    assert "Wrong prices" in as_manager.get(path).text
    assert as_manager.get(f"/files/{file_of(document)}", buffered=True).status_code == 200
    listed = f"/partners/{partner.id}/documents"
    assert "The plan" not in as_manager.get(listed).text
    assert "The plan" in as_manager.get(f"{listed}?withdrawn=1").text
    now = Document.get().version
    assert as_manager.send(f"{path}/versions", file=upload(), version=now).status_code == 422
    now = Document.get().version
    assert as_manager.send(f"{path}/restore", **{"restore-version": now}).status_code == 303
    assert as_contact.get(f"/portal{path}").status_code == 200


@sqlite
def test_who_may_not_change_the_partner_changes_no_document(
    as_viewer, as_manager, add, other_partner
):
    theirs = add(partner_id=other_partner.id, by="admin@example.org")
    for browser in (as_viewer, as_manager):
        for path in ("versions", "withdraw", "restore", "edit"):
            assert browser.send(f"/documents/{theirs.id}/{path}").status_code == 403
    assert as_viewer.get(f"/documents/{theirs.id}").status_code == 200


@sqlite
def test_an_edit_that_another_was_faster_with_shows_both(as_manager, as_admin, add):
    document = add()
    path = f"/documents/{document.id}/edit"
    form = {"kind": "", "visibility": "internal", "version": document.version}
    as_admin.send(path, title="The new plan", **form)
    page = as_manager.send(path, title="The old plan", **form)
    assert page.status_code == 422
    assert "The new plan" in page.text
    assert "The old plan" in page.text


def test_a_search_finds_words_of_the_title_whatever_their_accents(app, add, partner):
    add("Müller’s Größe 100%")
    add("The plan")
    found = {
        text: [row.title for row in queries.listing(staff(), partner.id, text)[0]]
        for text in ("muller", "GROSSE müller", "100%", "%", "_", "nothing")
    }
    mine = ["Müller’s Größe 100%"]
    assert found == {
        "muller": mine,
        "GROSSE müller": mine,
        "100%": mine,
        "%": mine,
        "_": [],
        "nothing": [],
    }


@sqlite
def test_the_list_asks_as_often_for_many_documents_as_for_one(as_manager, partner, add):
    path = f"/partners/{partner.id}/documents"
    add()
    as_manager.get(path)
    with counted_queries() as few:
        as_manager.get(path)
    for number in range(12):
        add(f"Plan {number}")
    with counted_queries() as many:
        as_manager.get(path)
    assert len(many) == len(few)
    assert "Plan 7" in as_manager.get(f"{path}?download=csv").text


@sqlite
def test_typing_a_search_answers_with_the_list_alone(as_manager, partner, add):
    add()
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = as_manager.get(f"/partners/{partner.id}/documents?q=plan", headers=headers)
    assert answer.text.lstrip().startswith('<div id="documents"')


def test_a_merge_takes_the_documents_along(app, partner, other_partner, add):
    document = add(partner_id=other_partner.id, by="admin@example.org")
    Desk(app).merge(partner, other_partner)
    assert Document.get_by_id(document.id).partner_id == partner.id


@sqlite
def test_the_sweep_keeps_what_documents_hold(app, add):
    file_id = file_of(add())
    StoredFile.update(uploaded_at="2020-01-01 00:00:00").execute()
    with app.app_context():
        sweep()
    assert StoredFile.get_or_none(StoredFile.id == file_id)


@sqlite
def test_a_pdf_of_an_internal_document_shows_no_picture_to_contacts(app, as_contact, as_manager):
    partner = Partner.get()
    as_manager.send(
        f"/partners/{partner.id}/documents/new",
        file=upload(pdf(), "plan.pdf"),
        visibility="internal",
    )
    run_pending(app)
    path = f"/files/{file_of(Document.get())}/preview"
    assert as_manager.get(path, buffered=True).status_code == 200
    assert as_contact.get(path).status_code == 404


def test_a_contact_adds_to_the_own_partner_only(app, partner, other_partner, as_contact):
    user = User.get(User.email == "contact@nordlicht.example")
    contact = Viewer(
        *(user.id, user.name, user.email, "contact", frozenset({"portal.submit"})),
        partner_id=partner.id,
    )
    with app.test_request_context():
        given = SimpleNamespace(filename="plan.txt", stream=io.BytesIO(b"x\n"))
        file_id = services.store_document(given, by=contact)
        with pytest.raises(services.DocumentRefusal):
            services.add_document(other_partner.id, file_id, by=contact)
