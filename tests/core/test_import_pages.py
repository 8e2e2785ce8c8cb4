"""Importing from the browser: bring, match, preview, apply, undo, and what earlier ones did."""

import csv
import io
import re
import sqlite3
from contextlib import nullcontext

import openpyxl
import pytest

from app.core.accounts.models import User
from app.core.db import database
from app.core.kpis.imports import drafts
from app.core.kpis.imports.models import ImportDraft, ImportDraftRow
from app.core.kpis.models import Import, Revision, Target, Value
from app.core.models import Job
from app.core.partners.models import Partner
from app.jobs import run_pending
from tests.core.desk import Desk, staff

PARTNERS = "code,name,type,status,currency\nEAST,Ostwind,supplier,active,EUR\n"
VALUES = "partner_code;kpi_code;period;value\nNORD;REV;2013-06;90,5\n"
FOREIGN = "Company,Metric,Month,Actual,Mood\nNORD,REV,Jun 2013,90.5,fine\n"


@pytest.fixture
def kpi(app):
    return Desk(app).kpi("REV", "Revenue")


def upload(browser, *files, **form):
    """Post files as the form does."""
    contents = [
        (io.BytesIO(text if isinstance(text, bytes) else text.encode()), name)
        for name, text in files
    ]
    data = {"csrf_token": browser.token(), "files": contents} | form
    return browser.post("/import", data=data, content_type="multipart/form-data")


def applied(browser, *files, **form):
    """Bring files that need no matching, and apply their preview."""
    answer = upload(browser, *files, **form)
    assert answer.status_code == 303, answer.text
    return browser.send(f"{answer.location}/apply")


def workbook(*sheets):
    """An XLSX file of some sheets: their titles and rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_files_are_imported_and_the_result_says_what_was_not_checked(as_admin):
    answer = applied(as_admin, ("partners.csv", PARTNERS))
    assert answer.status_code == 303
    assert Partner.get().code == "EAST"
    page = as_admin.get(answer.location)
    assert "Imported, guards not checked" in page.text
    assert "EAST: owner" in page.text


def test_the_kind_of_a_file_is_recognised_by_its_header(as_admin, partner, kpi):
    applied(as_admin, ("june.txt", VALUES))
    assert Value.get().value == 90_500_000


def test_a_preview_names_every_outcome_and_writes_nothing(as_admin, partner, kpi):
    applied(as_admin, ("values.csv", VALUES))
    more = VALUES.replace("90,5", "91") + "NORD;REV;2013-07;1\nNORD;REV;2013-13;1\n"
    answer = upload(as_admin, ("values.csv", more))
    page = as_admin.get(answer.location)
    assert "90.5 → 91" in page.text
    assert "Replaces an approved figure" in page.text
    assert "<code>2013-13</code>" in page.text
    assert "NORD · REV · 2013-07" in page.text
    assert Revision.select().count() == 1


def test_a_preview_is_filtered_by_outcome_and_leaves_as_a_file(as_admin, partner, kpi):
    bad = VALUES + "NORD;REV;2013-13;1\n"
    at = upload(as_admin, ("values.csv", bad)).location
    page = as_admin.get(f"{at}?outcome=error").text
    assert "2013-13" in page
    assert "NORD · REV · 2013-06" not in page
    lines = as_admin.get(f"{at}?outcome=error&download=csv").text.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("values.csv,3,Wrong,")


def test_a_file_with_wrong_rows_is_not_imported_as_a_whole(as_admin, partner, kpi):
    at = upload(as_admin, ("values.csv", VALUES + "NORD;REV;2013-13;1\n")).location
    answer = as_admin.send(f"{at}/apply")
    assert answer.status_code == 422
    assert "Some rows are wrong" in answer.text
    assert not Value.select().exists()


def test_good_rows_are_imported_and_the_others_leave_to_be_corrected(as_admin, partner, kpi):
    at = upload(as_admin, ("values.csv", VALUES + "NORD;REV;2013-13;=1\n")).location
    answer = as_admin.send(f"{at}/apply", rows="good")
    assert Value.select().count() == 1
    assert Import.get().left_out == 1
    assert "1 row left out" in as_admin.get(answer.location).text
    left = as_admin.get(f"{at}/left-out.csv").data.decode("utf-8-sig")
    heading, row = csv.reader(io.StringIO(left))
    assert heading == ["partner_code", "kpi_code", "period", "value", "import_problem"]
    assert row[:4] == ["NORD", "REV", "2013-13", "'=1"]
    assert row[4].startswith("period: ")


def test_rows_that_need_a_wrong_row_are_left_out_with_it(as_admin, kpi):
    partners = PARTNERS + "WEST,Westwind,supplier,happy,EUR\n"
    values = "partner_code,kpi_code,period,value\nWEST,REV,2013-06,1\nEAST,REV,2013-06,1\n"
    at = upload(as_admin, ("partners.csv", partners), ("values.csv", values)).location
    assert "a row whose partner and KPI are right themselves" in as_admin.get(at).text
    as_admin.send(f"{at}/apply", rows="good")
    assert [p.code for p in Partner.select()] == ["EAST"]
    assert Value.select().count() == 1


def test_a_preview_that_no_longer_holds_is_shown_anew(as_admin, partner, kpi):
    at = upload(as_admin, ("values.csv", VALUES)).location
    applied(as_admin, ("values.csv", VALUES.replace("90,5", "80")))
    answer = as_admin.send(f"{at}/apply")
    assert answer.status_code == 422
    assert "Somebody has changed something since" in answer.text
    assert "80 → 90.5" in answer.text
    assert Value.get().value == 80_000_000
    assert as_admin.send(f"{at}/apply").status_code == 303
    assert Value.get().value == 90_500_000


def test_importing_the_same_file_again_changes_nothing(as_admin, partner, kpi):
    applied(as_admin, ("values.csv", VALUES))
    answer = applied(as_admin, ("values.csv", VALUES))
    assert answer.location == "/import"
    assert "nothing was changed" in as_admin.get("/import").text
    assert Import.select().count() == 1


def test_two_clicks_import_once(as_admin, partner, kpi):
    at = upload(as_admin, ("values.csv", VALUES)).location
    first, second = as_admin.send(f"{at}/apply"), as_admin.send(f"{at}/apply")
    assert first.location == second.location
    assert Import.select().count() == 1


def test_pasted_cells_are_read_as_a_table(as_admin, partner, kpi):
    text = "partner_code\tkpi_code\tperiod\tvalue\r\nNORD\tREV\t2013-06\t7\r\n"
    answer = as_admin.send("/import", pasted=text)
    as_admin.send(f"{answer.location}/apply")
    assert Value.get().value == 7_000_000


def test_a_foreign_table_is_matched_by_its_headings(as_admin, partner, kpi):
    at = upload(as_admin, ("june.csv", FOREIGN)).location
    page = as_admin.get(at).text
    assert "Match the columns" in page
    assert re.search(r'<option value="partner_code" selected>', page)
    answer = as_admin.send(f"{at}/columns", action="preview")
    assert answer.location == at
    as_admin.send(f"{at}/apply")
    assert Value.get().value == 90_500_000


def test_a_column_is_matched_by_hand_and_remembered_for_its_source(as_admin, partner, kpi):
    text = "X,Y,Z\nNORD,2013-06,5\n"
    at = upload(as_admin, ("a.csv", text), source="Finance").location
    wrong = as_admin.send(f"{at}/columns", action="preview")
    assert wrong.status_code == 422
    assert "no column is Period" in wrong.text
    choices = {"t0-c0": "partner_code", "t0-c1": "period", "t0-c2": "value", "t0-kpi_code": "REV"}
    as_admin.send(f"{at}/columns", action="preview", **choices)
    as_admin.send(f"{at}/apply")
    assert Value.get().value == 5_000_000
    assert Import.get().source == "Finance"
    again = as_admin.get(upload(as_admin, ("b.csv", text), source="Finance").location).text
    assert "Matched as the last time" in again
    assert 'value="REV"' in again
    other = as_admin.get(upload(as_admin, ("b.csv", text), source="Sales").location).text
    assert "Matched as the last time" not in other


def test_a_wide_table_has_a_column_for_each_period(as_admin, partner, kpi):
    text = "Partner;KPI;Jan 2013;Feb 2013\nNORD;REV;1.000,5;\nNORD;REV;;7\n"
    at = upload(as_admin, ("wide.csv", text)).location
    as_admin.send(f"{at}/columns", action="preview")
    as_admin.send(f"{at}/apply")
    assert sorted(v.value for v in Value.select()) == [7_000_000, 1_000_500_000]


def test_a_workbook_brings_a_table_on_each_sheet(as_admin, kpi):
    content = workbook(
        (
            "Partners",
            [
                ["code", "name", "type", "status", "currency"],
                ["EAST", "Ostwind", "supplier", "active", "EUR"],
            ],
        ),
        (
            "Figures",
            [
                ["Report of June"],
                ["Partner", "KPI", "Month", "Actual"],
                ["EAST", "REV", "2013-06", 90.5],
            ],
        ),
    )
    at = upload(as_admin, ("june.xlsx", content)).location
    page = as_admin.get(at).text
    assert "june.xlsx · Figures" in page
    as_admin.send(f"{at}/columns", action="preview")
    as_admin.send(f"{at}/apply")
    assert Value.get().value == 90_500_000


def test_a_table_can_be_left_out(as_admin, partner, kpi):
    at = upload(as_admin, ("a.csv", FOREIGN), ("partners.csv", PARTNERS)).location
    as_admin.send(f"{at}/columns", action="preview", **{"t1-skip": "1"})
    as_admin.send(f"{at}/apply")
    assert Value.select().count() == 1
    assert [p.code for p in Partner.select()] == ["NORD"]


def test_another_kind_guesses_the_columns_anew(as_admin, partner, kpi):
    at = upload(as_admin, ("a.csv", FOREIGN)).location
    page = as_admin.send(f"{at}/columns", action="refresh", **{"t0-kind": "targets"}).text
    assert '<option value="target"' in page
    assert not Target.select().exists()


def test_a_long_table_is_read_by_the_worker(app, as_admin, partner, kpi, monkeypatch):
    monkeypatch.setattr(drafts, "SMALL", 10)
    at = upload(as_admin, ("values.csv", VALUES)).location
    assert "Being read" in as_admin.get(at).text
    run_pending(app)
    assert "NORD · REV · 2013-06" in as_admin.get(at).text
    as_admin.send(f"{at}/apply")
    assert not Value.select().exists()
    run_pending(app)
    assert Value.select().count() == 1
    assert Job.select().where(Job.name == "imports.apply", Job.state == "done").exists()
    assert "What it changed" in as_admin.get(at).text


def test_progress_is_answered_alone_to_a_part_request(app, as_admin, partner, kpi, monkeypatch):
    monkeypatch.setattr(drafts, "SMALL", 10)
    at = upload(as_admin, ("values.csv", VALUES)).location
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    assert as_admin.get(at, headers=headers).text.lstrip().startswith('<div id="import-progress"')


def test_reading_is_cancelled_by_discarding(app, as_admin, partner, kpi, monkeypatch):
    monkeypatch.setattr(drafts, "SMALL", 10)
    at = upload(as_admin, ("values.csv", VALUES)).location
    as_admin.send(f"{at}/discard")
    run_pending(app)
    assert not ImportDraft.select().exists()
    assert not ImportDraftRow.select().exists()
    assert not Value.select().exists()


def test_a_draft_is_its_owners_alone(app, as_admin, partner, kpi):
    at = upload(as_admin, ("values.csv", VALUES)).location
    ImportDraft.update(by=User.get(User.email == "manager@example.org")).execute()
    assert as_admin.get(at).status_code == 404
    for verb in ("apply", "discard", "columns"):
        assert as_admin.send(f"{at}/{verb}").status_code == 404
    assert as_admin.get(f"{at}/left-out.csv").status_code == 404
    assert staff().user_id


def test_drafts_are_listed_until_they_are_imported(as_admin, partner, kpi):
    at = upload(as_admin, ("june.csv", VALUES)).location
    assert f'href="{at}"' in as_admin.get("/import").text
    as_admin.send(f"{at}/apply")
    assert f'href="{at}"' not in as_admin.get("/import").text


def test_an_import_is_undone_from_its_page(as_admin, partner, kpi):
    page = applied(as_admin, ("values.csv", VALUES)).location
    answer = as_admin.send(f"{page}/undo")
    assert answer.location == page
    assert not Value.select().exists()
    text = as_admin.get(page).text
    assert "Undone on" in text
    assert "Undo this import" not in text
    assert as_admin.send(f"{page}/undo").status_code == 422


def test_what_depends_on_an_import_is_named_when_it_is_not_undone(as_admin, partner, kpi):
    page = applied(as_admin, ("values.csv", VALUES)).location
    applied(as_admin, ("values.csv", VALUES.replace("90,5", "80")))
    answer = as_admin.send(f"{page}/undo")
    assert answer.status_code == 422
    assert "NORD · REV · 2013-06: a later figure stands" in answer.text


@pytest.mark.parametrize(
    ("files", "form", "said"),
    [
        ([], {}, "Choose at least one file"),
        ([(f"{n}.csv", PARTNERS) for n in range(11)], {}, "at most 10 files"),
        ([("a.csv", PARTNERS)], {"kind": "wishes"}, "Choose one of those offered"),
        ([("a.csv", "")], {"kind": "values"}, "the file is empty"),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_the_reason(as_admin, files, form, said):
    answer = upload(as_admin, *files, **form)
    assert answer.status_code == 422
    assert said in answer.text
    assert not ImportDraft.select().exists()


def test_a_file_name_is_shown_as_text(as_admin):
    answer = upload(as_admin, ("<b>x</b>.csv", b"\xff\xfe"))
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
    applied(as_admin, ("partners.csv", PARTNERS))
    page = as_admin.get("/import")
    assert "partners.csv" in page.text
    assert f'href="/import/{Import.get().id}"' in page.text
    assert "partners.csv" in as_admin.get("/import?download=csv").text


def test_a_missing_import_or_draft_is_not_found(as_admin):
    assert as_admin.get("/import/9").status_code == 404
    assert as_admin.send("/import/9/undo").status_code == 404
    assert as_admin.get("/import/drafts/9").status_code == 404


@pytest.mark.parametrize("path", ["/import", "/import/1", "/import/values.csv", "/import/drafts/1"])
def test_only_administrators_import(as_manager, as_viewer, as_contact, client, path):
    assert as_manager.get(path).status_code == 403
    assert as_viewer.get(path).status_code == 403
    assert as_contact.get(path).status_code == 404
    assert client.get(path).status_code == 302


def test_a_managers_upload_writes_nothing(as_manager):
    assert upload(as_manager, ("partners.csv", PARTNERS)).status_code == 403
    assert not ImportDraft.select().exists()


def test_an_import_is_looked_at_and_never_posted_to(as_admin):
    assert as_admin.send("/import/1").status_code == 405


@pytest.mark.parametrize("small", [10, drafts.SMALL])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_import_that_breaks_off_can_be_tried_again_or_discarded(
    app, as_admin, partner, kpi, monkeypatch, small
):
    at = upload(as_admin, ("values.csv", VALUES)).location
    monkeypatch.setattr(drafts, "SMALL", small)
    database.execute_sql(
        "CREATE TRIGGER broken BEFORE INSERT ON revision BEGIN SELECT RAISE(ABORT, 'disk'); END"
    )
    app.testing = False  # a fault is a page, as in a served desk
    as_admin.send(f"{at}/apply")
    with pytest.raises(sqlite3.IntegrityError) if small == 10 else nullcontext():
        run_pending(app)
    waiting = ImportDraft.get()
    assert waiting.state == ("queued" if small == 10 else "ready")
    if small != 10:
        assert "Something went wrong and nothing was imported." in as_admin.get(at).text
    database.execute_sql("DROP TRIGGER broken")
    assert as_admin.send(f"{at}/discard").status_code == 303
    Job.update(run_at=0).execute()
    run_pending(app)
    assert not Value.select().exists()
    assert not ImportDraft.select().exists()


def test_a_computed_number_of_a_workbook_is_kept_to_the_millionth(app, as_admin, partner, kpi):
    rows = [["partner_code", "kpi_code", "period", "value"]]
    rows += [["NORD", "REV", "2013-06", 1 / 3], ["NORD", "REV", "2013-07", 0.1 + 0.2]]
    applied(as_admin, ("june.xlsx", workbook(("Figures", rows))), kind="values")
    assert [value.value for value in Value.select().order_by(Value.period)] == [333_333, 300_000]
