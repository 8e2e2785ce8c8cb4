"""What foreign columns mean: guessed from headings and cells, applied row by row."""

import pytest

from app.core.kpis.imports import mapping as mappings
from app.core.kpis.imports.kinds import COLUMNS
from app.core.kpis.imports.mapping import Mapping

PARTNERS, KPIS = {"NORD", "SUED"}, {"REV", "COST"}


def guessed(header: str, *rows: str, kind: str = "") -> Mapping:
    samples = [row.split(";") for row in rows]
    return mappings.guess(
        header.split(";"),
        samples,
        partners=PARTNERS,
        kpis=KPIS,
        kind=kind,
        known=COLUMNS.__getitem__,
    )


@pytest.mark.parametrize(
    ("header", "kind", "columns"),
    [
        ("Company;Metric;Month;Actual", "values", "partner_code,kpi_code,period,value"),
        (
            "Partner;KPI;Period;Goal;Baseline",
            "targets",
            "partner_code,kpi_code,period,target,baseline",
        ),
        (
            "Code;Company;Type;Status;Currency;E-mail",
            "partners",
            "code,name,type,status,currency,contact_email",
        ),
        (
            "Code;Name;Category;Direction;Frequency",
            "kpis",
            "code,name,category,direction,frequency",
        ),
        (
            "Partner;KPI;Jan 2013;Feb 2013",
            "values",
            "partner_code,kpi_code,=period:Jan 2013,=period:Feb 2013",
        ),
        ("KPI;Month;NORD;SUED", "values", "kpi_code,period,=partner_code:NORD,=partner_code:SUED"),
        ("Partner;Month;rev;cost", "values", "partner_code,period,=kpi_code:rev,=kpi_code:cost"),
        (
            "Partner;KPI;Month;Actual;Mood;import_problem",
            "values",
            "partner_code,kpi_code,period,value,,",
        ),
    ],
)
def test_headings_tell_what_a_table_holds(header: str, kind: str, columns: str) -> None:
    found = guessed(header)
    assert (found.kind, ",".join(found.columns)) == (kind, columns)


def test_cells_tell_where_a_heading_does_not() -> None:
    found = guessed("A;B;Month;Actual", "NORD;REV;2013-01;5", "SUED;REV;2013-01;6")
    assert found.columns == ("partner_code", "kpi_code", "period", "value")


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        ("1,5", "comma"),
        ("1.5", "point"),
        ("1.234,5", "comma"),
        ("1,234.5", "point"),
        ("1.000", ""),
        ("1.000;2.5", "point"),
        ("1.000;2,5", "comma"),
        ("0.125", "point"),
        ("7", "point"),
    ],
)
def test_the_mark_of_decimals_is_told_from_the_cells_or_asked_for(cells: str, decimal: str) -> None:
    assert guessed("Actual", *cells.split(";")).decimal == decimal


@pytest.mark.parametrize(
    ("cells", "dates"),
    [("31.01.2013", "dmy"), ("01/31/2013", "mdy"), ("2013-01-31", "ymd"), ("x", "ymd")],
)
def test_the_order_of_dates_is_told_from_the_cells(cells: str, dates: str) -> None:
    assert guessed("Start", cells).dates == dates


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2013-01", "2013-01"),
        ("Jan 2013", "2013-01"),
        ("Jan-13", "2013-01"),
        ("Januar 2013", "2013-01"),
        ("01/2013", "2013-01"),
        ("2013/1", "2013-01"),
        ("Q1 2013", "2013-Q1"),
        ("2013 Q4", "2013-Q4"),
        ("Smarch 2013", "Smarch 2013"),
        ("soon", "soon"),
    ],
)
def test_periods_are_read_as_spreadsheets_write_them(text: str, period: str) -> None:
    assert mappings.period_text(text) == period


@pytest.mark.parametrize(
    ("decimal", "text", "number"),
    [
        ("point", "1,234.5", "1234.5"),
        ("point", "1 234", "1234"),
        ("comma", "1.234,5", "1234.5"),
        ("comma", "-12,5%", "-12.5%"),
        ("comma", "1'234,5", "1234.5"),
        ("point", "1,2345", "1,2345"),
        ("comma", "1.23", "1.23"),
    ],
)
def test_numbers_are_read_as_the_table_writes_them(decimal: str, text: str, number: str) -> None:
    mapping = Mapping("values", ("value",), decimal=decimal)
    assert list(mappings.apply(mapping, [text])) == [{"value": number}]


def test_a_wide_row_is_a_figure_for_each_cell_that_has_one() -> None:
    mapping = Mapping(
        "values", ("partner_code", "=period:Jan 2013", "=period:Feb 2013"), {"kpi_code": "REV"}
    )
    assert list(mappings.apply(mapping, ["NORD", "5", ""])) == [
        {"partner_code": "NORD", "kpi_code": "REV", "period": "2013-01", "value": "5"}
    ]


def test_what_is_said_for_all_rows_fills_empty_cells() -> None:
    mapping = Mapping("values", ("period", "value"), {"period": "2013-01", "kpi_code": "REV"})
    assert list(mappings.apply(mapping, ["", "5"])) == [
        {"period": "2013-01", "kpi_code": "REV", "value": "5"}
    ]


def test_a_mapping_is_stored_and_read() -> None:
    mapping = Mapping("values", ("", "=period:x"), {"kpi_code": "REV"}, "comma", "dmy", 3)
    assert mappings.from_json(mapping.as_json()) == mapping


def test_tables_with_the_same_headings_have_one_signature() -> None:
    assert mappings.signature(["Partner ", "KPI"]) == mappings.signature(["partner", "kpi "])
    assert mappings.signature(["Partner", "KPI"]) != mappings.signature(["KPI", "Partner"])
