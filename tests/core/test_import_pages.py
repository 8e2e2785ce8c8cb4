"""Importing from the browser: check, import, faults named by row, and what earlier ones did."""

import io

import pytest

from app.core.kpis.models import Import, Revision, Value
from app.core.partners.models import Partner
from tests.core.desk import Desk

PARTNERS = "code,name,type,status,currency\nEAST,Ostwind,supplier,active,EUR\n"
VALUES = "partner_code;kpi_code;period;value\nNORD;REV;2013-06;90,5\n"


@pytest.fixture
def kpi(app):
    return Desk(app).kpi("REV", "Revenue")


def upload(browser, *files, **form):
    """Post files as the form does."""
    contents = [(io.BytesIO(text.encode()), name) for name, text in files]
    data = {"csrf_token": browser.token(), "files": contents} | form
    return browser.post("/import", data=data, content_type="multipart/form-data")


def test_files_are_imported_and_the_result_says_what_was_not_checked(as_admin):
    answer = upload(as_admin, ("partners.csv", PARTNERS), action="import")
    assert answer.status_code == 303
    assert Partner.get().code == "EAST"
    page = as_admin.get(answer.location)
    assert "Imported, guards not checked" in page.text
    assert "EAST: owner" in page.text


def test_the_kind_of_a_file_is_recognised_by_its_header(as_admin, partner, kpi):
    answer = upload(as_admin, ("june.txt", VALUES), action="import")
    assert answer.status_code == 303
    assert Value.get().value == 90_500_000


def test_checking_writes_nothing_and_counts_what_would_change(as_admin, partner, kpi):
    answer = upload(as_admin, ("values.csv", VALUES), action="check")
    assert answer.status_code == 200
    assert "Nothing is wrong with these files" in answer.text
    assert "1 would change" in answer.text
    assert not Revision.select().exists()
    assert not Import.select().exists()


def test_the_result_of_a_check_is_answered_alone_to_a_part_request(as_admin, partner, kpi):
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    data = {
        "csrf_token": as_admin.token(),
        "files": [(io.BytesIO(VALUES.encode()), "values.csv")],
        "action": "check",
    }
    answer = as_admin.post("/import", data=data, headers=headers)
    assert answer.text.lstrip().startswith('<div id="import-result"')


def test_each_bad_row_is_named_and_nothing_is_imported(as_admin, partner, kpi):
    bad = VALUES + "NORD;REV;2013-13;1\nNOBODY;REV;2013-07;1\n"
    answer = upload(as_admin, ("values.csv", bad), action="import")
    assert answer.status_code == 422
    assert "2 faults: nothing was imported" in answer.text
    for said in ("<code>2013-13</code>", "<code>NOBODY</code>", "the code of a partner"):
        assert said in answer.text
    assert not Value.select().exists()


def test_a_long_list_of_faults_is_cut_and_counted(as_admin, partner, kpi):
    rows = "".join(f"NORD;REV;2013-13;{n}\n" for n in range(250))
    answer = upload(as_admin, ("values.csv", VALUES + rows), action="check")
    assert answer.status_code == 422
    assert "… and 50 more" in answer.text


def test_importing_the_same_file_again_changes_nothing(as_admin, partner, kpi):
    upload(as_admin, ("values.csv", VALUES), action="import")
    answer = upload(as_admin, ("values.csv", VALUES), action="import")
    assert answer.location == "/import"
    assert "nothing was changed" in as_admin.get("/import").text
    assert Import.select().count() == 1


@pytest.mark.parametrize(
    ("files", "form", "said"),
    [
        ([], {}, "Choose at least one file"),
        ([("a.csv", "one,two\n1,2\n")], {}, "is not one of the formats below"),
        ([("a.csv", PARTNERS), ("b.csv", PARTNERS)], {}, "Two files hold the same"),
        ([(f"{n}.csv", PARTNERS) for n in range(5)], {}, "at most four files"),
        ([("a.csv", PARTNERS)], {"kind": "values"}, "What is wrong"),
        ([("a.csv", PARTNERS)], {"kind": "wishes"}, "Not a valid choice"),
        ([("a.csv", "")], {"kind": "values"}, "the file is empty"),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_the_reason(as_admin, files, form, said):
    answer = upload(as_admin, *files, action="import", **form)
    assert answer.status_code == 422
    assert said in answer.text
    assert not Partner.select().exists()


def test_a_file_name_is_shown_as_text(as_admin):
    answer = upload(as_admin, ("<b>x</b>.csv", "one,two\n1,2\n"), action="check")
    assert "&lt;b&gt;x" in answer.text
    assert "<b>x</b>" not in answer.text


@pytest.mark.parametrize("kind", ["partners", "kpis", "targets", "values"])
def test_an_empty_file_of_each_kind_can_be_downloaded(as_admin, kind):
    answer = as_admin.get(f"/import/{kind}.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{kind}.csv"'
    assert "code" in answer.text.splitlines()[0]


def test_an_empty_file_of_an_unknown_kind_is_not_found(as_admin):
    assert as_admin.get("/import/people.csv").status_code == 404


def test_earlier_imports_are_listed_with_who_and_what(as_admin):
    upload(as_admin, ("partners.csv", PARTNERS), action="import")
    page = as_admin.get("/import")
    assert "partners.csv" in page.text
    assert f'href="/import/{Import.get().id}"' in page.text


def test_a_missing_import_is_not_found(as_admin):
    assert as_admin.get("/import/9").status_code == 404


@pytest.mark.parametrize("path", ["/import", "/import/1", "/import/values.csv"])
def test_only_administrators_import(as_manager, as_viewer, as_contact, client, path):
    assert as_manager.get(path).status_code == 403
    assert as_viewer.get(path).status_code == 403
    assert as_contact.get(path).status_code == 404
    assert client.get(path).status_code == 302


def test_a_managers_upload_writes_nothing(as_manager):
    assert upload(as_manager, ("partners.csv", PARTNERS), action="import").status_code == 403
    assert not Partner.select().exists()


def test_an_import_is_looked_at_and_never_posted_to(as_admin):
    assert as_admin.send("/import/1").status_code == 405
