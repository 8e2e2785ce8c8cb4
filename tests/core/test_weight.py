"""What a process holds in memory and asks the database: little, whatever the desk has grown to."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.db import SQLITE_PRAGMAS
from app.core.partners.models import Partner
from tests.core.desk import CALENDAR, Desk, counted_queries

ROOT = Path(__file__).resolve().parents[2]
SELDOM = (
    "PIL",
    "app.core.documents.demo",
    "app.sample",
    "filetype",
    "holidays",
    "icalendar",
    "openpyxl",
    "pypdfium2",
    "python_calamine",
    "segno",
    "typst",
)
PROGRAM = """
import sys
from app import create_app
from app.config import Config
app = create_app(Config.from_environ())
app.test_client().get("/login")
print(*sorted(sys.modules))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a process that has started and shown a page."""
    folder = tmp_path_factory.mktemp("weight")
    env = os.environ | {"ENTENTE_DATA": str(folder), "PYTHONPATH": str(ROOT)}
    env.pop("ENTENTE_DATABASE_URL", None)
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", SELDOM)
def test_a_library_that_few_need_is_not_read_at_the_start(loaded: set[str], name: str) -> None:
    assert name not in loaded


def test_the_start_reads_the_desk_itself(loaded: set[str]) -> None:
    assert "app.core.partners.views" in loaded


def test_no_process_keeps_more_than_eight_megabytes_of_the_database_to_itself() -> None:
    assert -8_000 <= SQLITE_PRAGMAS["cache_size"] < 0


MOST_QUERIES = {"/partners?q=nord": 15, "/partners/{id}": 23}  # with a plugin that adds badges


@pytest.mark.parametrize("path", MOST_QUERIES)
def test_the_busiest_pages_ask_the_database_little(
    app: Flask, as_admin: Any, partner: Partner, path: str
) -> None:
    desk = Desk(app)
    desk.judge(partner, desk.kpi(), CALENDAR.parse("2013-06"), 90)
    address = path.format(id=partner.id)
    as_admin.get(address)  # warms what is compiled and kept
    with counted_queries() as seen:
        assert as_admin.get(address).status_code == 200
    assert len(seen) <= MOST_QUERIES[path], seen


def test_reporting_a_figure_asks_the_database_little(
    app: Flask, as_admin: Any, partner: Partner
) -> None:
    kpi_id, token = Desk(app).kpi(), as_admin.token()
    form = {"csrf_token": token, "value-period": "2013-05", "value-value": "7"}
    with counted_queries() as seen:
        answer = as_admin.post(f"/partners/{partner.id}/kpis/{kpi_id}/values", data=form)
        assert answer.status_code == 303
    assert len(seen) <= 16, seen
