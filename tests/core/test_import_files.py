"""Broken files: each is named by file, row and column, and leaves nothing behind."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.kpis import imports
from app.core.kpis.models import Import, Kpi, Revision, Target
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner
from app.testing import add_partner
from tests.core.broken_files import FILES, HEADERS, Broken
from tests.core.desk import Desk
from tests.core.kpi_support import TODAY, desk, kpi, partner, ratio, source

__all__ = ["desk", "partner"]

SAID = json.loads(Path(__file__).with_name("broken_files.json").read_text())


@pytest.mark.parametrize("broken", FILES, ids=[broken.why for broken in FILES])
def test_a_broken_file_is_named_and_leaves_nothing(
    desk: Flask, partner: Partner, broken: Broken
) -> None:
    kpi()
    written = AuditEntry.select().count()
    plan = imports.read([source(broken.kind, broken.content, broken.name)], TODAY)
    assert plan.errors, "no fault was found"
    first = plan.errors[0]
    assert (first.file, first.row, first.column) == (broken.name, broken.row, broken.column)
    assert first.expected == SAID[broken.why]
    assert all(len(problem.value) <= 500 for problem in plan.errors)
    assert (Partner.select().count(), Kpi.select().count()) == (1, 1)
    left = [table.select().count() for table in (Revision, Target, Import, Contact)]
    assert left == [0, 0, 0, 0]
    assert AuditEntry.select().count() == written


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_browser_refuses_each_broken_file_and_writes_nothing(app: Flask) -> None:
    client: Any = app.test_client()
    browser = client.sign_in("admin@example.org")
    add_partner("NORD", "Nordlicht Logistik")
    Desk(app).kpi("REV", "Revenue")
    token = browser.token()
    wrong = []
    for broken in FILES:
        data = {
            "csrf_token": token,
            "files": [(io.BytesIO(broken.content), broken.name)],
            "kind": broken.kind,
        }
        answer = browser.post("/import", data=data)
        said = answer.text
        if answer.status_code == 303:  # a table: its rows, or its headings, are wrong
            at = answer.location
            form = {"csrf_token": token}
            answer = browser.post(f"{at}/columns", data=form | {"action": "preview"})
            if answer.status_code == 303:
                answer = browser.post(f"{at}/apply", data=form)
            said = answer.text
        if answer.status_code != 422 or ("expected: " not in said and "do not fit" not in said):
            wrong.append((broken.why, answer.status_code))
    assert wrong == []
    assert (Partner.select().count(), Kpi.select().count()) == (1, 1)
    left = [table.select().count() for table in (Revision, Target, Import, Contact)]
    assert left == [0, 0, 0, 0]


def test_there_are_two_hundred_broken_files() -> None:
    assert len({broken.why for broken in FILES}) == len(FILES) >= 200


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("NORD,RATE,2025-01,0.5,,,", "value"),
        ("NORD,RATE,2025-01,,1,,", "denominator"),
        ("NORD,RATE,2025-01,,,2,", "numerator"),
        ("NORD,RATE,2025-01,,1,-2,", "denominator"),
        ("NORD,RATE,2025-01,0.5,1,2,", "value"),
        ("NORD,SHARE,2025-01,12,,,", "value"),
        ("NORD,SHARE,2025-01,-1.6,,,", "value"),
        ("NORD,GRADE,2025-01,Best,,,", "value"),
        ("NORD,GRADE,2025-01,1,,,", "value"),
    ],
)
def test_a_figure_that_its_kpi_cannot_hold_is_named(
    desk: Flask, partner: Partner, row: str, column: str
) -> None:
    ratio()
    kpi("SHARE", value_type="percent", aggregation="last")
    kpi("GRADE", value_type="ordinal", aggregation="last", labels="Low\nHigh")
    plan = imports.read([source("values", f"{HEADERS['values']}\n{row}\n")], TODAY)
    assert [(problem.row, problem.column) for problem in plan.errors] == [(2, column)]


def test_a_bare_percentage_says_how_to_write_it(desk: Flask, partner: Partner) -> None:
    kpi(value_type="percent", aggregation="last")
    text = f"{HEADERS['values']}\nNORD,REV,2025-01,12,,,\n"
    plan = imports.read([source("values", text)], TODAY)
    assert "12%" in plan.errors[0].expected
    assert "0.12" in plan.errors[0].expected


def test_every_bad_row_is_named(desk: Flask, partner: Partner) -> None:
    kpi()
    bad = "".join(f"NORD,REV,2025-{month},x,,,\n" for month in range(10, 13))
    plan = imports.read([source("values", f"{HEADERS['values']}\n{bad}")], TODAY)
    assert [problem.row for problem in plan.errors] == [2, 3, 4]


def test_a_file_of_faults_is_not_read_to_its_end(desk: Flask, partner: Partner) -> None:
    kpi()
    bad = "NORD,REV,2025-01,x,,,\n" * 5000
    plan = imports.read([source("values", f"{HEADERS['values']}\n{bad}")], TODAY)
    assert (len(plan.errors), len(plan.warnings)) == (1000, 1)


def test_too_many_rows_are_refused(desk: Flask, partner: Partner) -> None:
    kpi()
    blank = ",,,,,,\n" * 200_001
    plan = imports.read([source("values", f"{HEADERS['values']}\n{blank}")], TODAY)
    assert [problem.row for problem in plan.errors] == [200_002]


def test_what_a_report_shows_stays_on_one_line(desk: Flask, partner: Partner) -> None:
    kpi()
    text = f'{HEADERS["values"]}\nNORD,REV,2025-01,"5\x1b[31m\nred",,,\n'
    plan = imports.read([source("values", text)], TODAY)
    assert all(problem.value.isprintable() for problem in plan.errors)
