"""Lists as files: CSV and XLSX of what the page shows, safe to open."""

import csv
import io
from decimal import Decimal
from fractions import Fraction

import openpyxl
import pytest

from app import tables
from app.core.models import AuditEntry
from app.core.periods import Calendar
from app.tables import Column
from tests.core.desk import Desk, last_month

JUNE = Calendar().parse("2013-06")


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def revenue(desk, partner):
    """A KPI with a figure short of its target in June."""
    kpi_id = desk.kpi("REV", "=Revenue", unit="visits")
    desk.judge(partner, kpi_id, JUNE, 90)
    return kpi_id


def lines(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def sheet(answer) -> list[tuple]:
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
    return list(book.active.iter_rows(values_only=True))


@pytest.mark.parametrize("path", ["/kpis", "/partners/{p}/kpis", "/partners/{p}/kpis/{k}"])
def test_each_list_has_both_files_in_its_menu(as_viewer, partner, revenue, path):
    page = as_viewer.get(path.format(p=partner.id, k=revenue) + "?period=2013-06")
    assert "?period=2013-06&amp;download=csv" in page.text
    assert "?period=2013-06&amp;download=xlsx" in page.text


def test_the_catalogue_leaves_with_its_totals(as_viewer, revenue):
    (row,) = lines(as_viewer.get("/kpis?period=2013-06&download=csv"))
    assert row["Code"] == "REV"
    assert row["All partners, 2013-06"] == "90"


def test_a_download_keeps_the_filters_of_its_page(as_viewer, desk, revenue):
    desk.kpi("SAT", "Satisfaction", category="satisfaction")
    found = lines(as_viewer.get("/kpis?category=satisfaction&download=csv"))
    assert [row["Code"] for row in found] == ["SAT"]


def test_a_scorecard_leaves_exact(as_viewer, partner, revenue):
    path = f"/partners/{partner.id}/kpis?period=2013-06&download=xlsx"
    heading, row = sheet(as_viewer.get(path))
    found = dict(zip(heading, row, strict=True))
    assert found["Value"] == 90
    assert found["Attainment"] == 0.9
    assert found["Name"] == "'=Revenue"


def test_a_history_leaves_with_who_reported(as_viewer, partner, revenue):
    (row,) = lines(as_viewer.get(f"/partners/{partner.id}/kpis/{revenue}?download=csv"))
    assert (row["Period"], row["Revision"], row["Value"]) == ("2013-06", "1", "90")


def test_what_waits_leaves_for_those_who_decide(as_manager, as_viewer, desk, partner, revenue):
    desk.submit(partner, revenue, last_month(), 7)
    (row,) = lines(as_manager.get("/approvals?download=csv"))
    assert (row["Partner"], row["KPI"], row["Value"]) == ("NORD", "REV", "7")
    assert as_viewer.get("/approvals?download=csv").status_code == 403


def test_overdue_figures_are_listed_and_leave(as_viewer, desk, partner):
    kpi_id = desk.kpi("REV", "Revenue")
    desk.target(partner, kpi_id, last_month(3))
    assert "Nordlicht" in as_viewer.get("/kpis/overdue").text
    (row,) = lines(as_viewer.get("/kpis/overdue?download=csv"))
    assert row["Partner"] == "NORD"


def test_nothing_overdue_is_said(as_viewer):
    assert "Nothing is overdue" in as_viewer.get("/kpis/overdue").text


def test_a_file_is_an_attachment_with_a_name_and_a_date(as_viewer, partner, revenue):
    answer = as_viewer.get(f"/partners/{partner.id}/kpis?period=2013-06&download=csv")
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment; filename=scorecard-NORD-2013-06-20")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_an_export_is_audited(as_viewer, revenue):
    as_viewer.get("/kpis?download=xlsx")
    assert AuditEntry.get(AuditEntry.action == "list.exported").ref == "list:kpis"


def test_an_unknown_format_is_the_page(as_viewer, revenue):
    assert "<html" in as_viewer.get("/kpis?download=exe").text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'", "＝", "＋", "－", "＠"])
def test_what_looks_like_a_formula_leaves_as_text(start):
    text = "".join(tables.csv_text([f"{start}1+1"], [Column("=h", lambda row: row)]))
    heading, cell = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert heading == ["'=h"]
    assert cell == [f"'{start}1+1"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (-5, "-5"),
        (True, "yes"),
        (Decimal("-0.50"), "-0.50"),  # money with all decimals of its currency
        (Decimal("100"), "100"),
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(0), "0"),
        ('a"b,c', '"a""b,c"'),
        ("a\0b", "ab"),
    ],
)
def test_a_cell_is_written_so_that_programs_read_it(cell, text):
    written = "".join(tables.csv_text([cell], [Column("h", lambda row: row)]))
    assert written == f"\ufeffh\r\n{text}\r\n" if text else '\ufeffh\r\n""\r\n'


def test_a_long_list_is_written_in_pieces():
    pieces = list(tables.csv_text(range(1_200), [Column("n", lambda row: row)]))
    assert len(pieces) == 3
