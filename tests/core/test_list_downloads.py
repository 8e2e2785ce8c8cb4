"""Every list leaves as a file, as filtered, safe for a spreadsheet; what is foreign stays."""

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from app.core import clock
from app.core.kpis.models import Kpi
from app.core.models import AuditEntry
from app.core.partners.models import Interaction, Partner

LISTS = (
    "/partners",
    "/partners/{id}/interactions",
    "/partners/{id}/targets",
    "/partners/{id}/kpis",
    "/partners/{id}/kpis/plan",
    "/partners/{id}/kpis/{kpi}",
    "/kpis",
    "/kpis/overdue",
    "/kpis/{kpi}/benchmarks",
    "/compare?partner=1&partner=3",
    "/approvals",
    "/import",
    "/people",
    "/x/incentives",
)


def address(path: str, kind: str) -> str:
    found = path.format(
        id=Partner.get(Partner.code == "AURORA").id, kpi=Kpi.get(Kpi.code == "NPS").id
    )
    return found + ("&" if "?" in found else "?") + f"download={kind}"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_each_list_is_a_csv_and_an_excel_file_with_the_same_rows(sample_app):
    browser = sample_app.test_client().sign_in("admin@example.org")
    for path in LISTS:
        text = browser.get(address(path, "csv"))
        assert text.mimetype == "text/csv", path
        assert "attachment" in text.headers["Content-Disposition"], path
        rows = list(csv.reader(io.StringIO(text.get_data(as_text=True).removeprefix("\ufeff"))))
        book = browser.get(address(path, "xlsx"))
        sheet = load_workbook(io.BytesIO(book.get_data())).active
        book.close()
        assert (sheet.max_row, sheet.max_column) == (len(rows), len(rows[0])), path
        assert len(rows) > 1 or path == "/import", path
    assert AuditEntry.select().where(AuditEntry.action == "list.exported").count() == 2 * len(LISTS)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_list_leaves_as_it_is_filtered(sample_app):
    browser = sample_app.test_client().sign_in("admin@example.org")
    path = address("/partners/{id}/interactions", "csv")
    every = browser.get(path).get_data(as_text=True).count("\n")
    some = browser.get(path + "&matter=legal").get_data(as_text=True).count("\n")
    assert some < every


def test_what_looks_like_a_formula_leaves_as_text(app, as_admin, partner):
    Interaction.create(
        partner=partner,
        at=clock.now(),
        channel="call",
        direction="in",
        matter="legal",
        summary="=1+cmd|' /C'!A0",
    )
    answer = as_admin.get(f"/partners/{partner.id}/interactions?download=csv")
    assert "'=1+cmd" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/people", "/partners", "/x/incentives"])
def test_a_contact_gets_no_list_of_staff(as_contact: Any, path: str):
    assert as_contact.get(f"{path}?download=csv").status_code == 404


def test_a_stale_contact_shows_both_versions_and_keeps_what_was_typed(as_manager, partner):
    form = {"side": "partner", "name": "Kim", "level": "operational", "email": "kim@example.org"}
    as_manager.send(f"/partners/{partner.id}/contacts/new", **form)
    from app.core.partners.models import Contact

    person = Contact.get(Contact.name == "Kim")
    path = f"/partners/{partner.id}/contacts/{person.id}"
    assert as_manager.send(path, **form | {"name": "Kim Berg", "version": 1}).status_code == 303
    answer = as_manager.send(path, **form | {"name": "Kim Tal", "version": 1})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Kim Berg" in page
    assert 'value="Kim Tal"' in page
    assert Contact.get_by_id(person.id).name == "Kim Berg"
