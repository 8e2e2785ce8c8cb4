"""Whoever stood on the old ladder is enrolled in the programme that was made of it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app import CORE_MIGRATIONS
from app.core.accounts.models import Organisation
from app.core.db import database, open_database
from app.core.migrate import Folder, migrate
from app.core.partners.models import Partner
from app.core.periods import Calendar
from plugins.incentives.standing.models import Enrolment, Question, Tenure
from tests.databases import KINDS, fresh_url

MIGRATIONS = Path(__file__).parents[2] / "migrations"
Q1, Q2 = (Calendar().parse(text).key for text in ("2026-Q1", "2026-Q2"))


@pytest.fixture(params=KINDS)
def upgrade(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """A desk of the first release, and a function that brings it to the present."""
    open_database(fresh_url(request.param, tmp_path))
    folder = Folder("incentives", tmp_path / "migrations")
    folder.path.mkdir()
    for n in range(1, 5):
        shutil.copy(next(MIGRATIONS.glob(f"000{n}_*.py")), folder.path)
    migrate([*CORE_MIGRATIONS, folder])

    def bring() -> None:
        for n in (5, 6):
            shutil.copy(next(MIGRATIONS.glob(f"000{n}_*.py")), folder.path)
        migrate([folder])

    with database.connection_context():
        Organisation.create(name="Desk", currency="CHF", timezone="Europe/Zurich", locale="en")
    yield bring
    if not database.is_closed():
        database.close()


def run(statement: str, *values: Any) -> Any:
    return database.execute_sql(statement.replace("%s", database.param), values)


def stand(code: str, *scores: tuple[int, int, bool], status: str = "active") -> Partner:
    partner = Partner.create(
        code=code, name=code, name_key=code, type="supplier", status=status, currency="CHF"
    )
    for period, score, decides in scores:
        run(
            "INSERT INTO incentives_standing (period, partner_id, score, coverage, grey, decides,"
            " computed_at) VALUES (%s, %s, %s, 1, 0, %s, '2026-05-03 23:00:00')",
            *(period, partner.id, score, decides),
        )
    return partner


def test_each_is_at_the_tier_of_the_latest_quarter_that_decides(upgrade: Any) -> None:
    with database.connection_context():
        stand("GOLD", (Q1, 900_000, True), (Q2, 1_050_000, True))
        stand("SILVER", (Q1, 950_000, True), (Q2, 1_200_000, False))
        stand("NEW", (Q2, 10, False))
        stand("REST", (Q2, 950_000, True), status="suspended")
        stand("NEVER")
    upgrade()
    with database.connection_context():
        rows = {row.partner.code: row for row in Enrolment.select().join(Partner)}
        held = {code: (row.state, row.tier, row.held) for code, row in rows.items()}
        assert held == {
            "GOLD": ("active", "gold", "gold"),
            "SILVER": ("active", "silver", "silver"),
            "NEW": ("active", "member", "member"),
            "REST": ("frozen", "silver", ""),
        }
        assert rows["GOLD"].since == date(2026, 5, 3)
        assert rows["GOLD"].next_review.day == 1
        assert Tenure.select().count() == 4


def test_a_task_that_asks_for_figures_is_still_known(upgrade: Any) -> None:
    with database.connection_context():
        partner = stand("NEW", (Q2, 10, False))
        run(
            "INSERT INTO incentives_question (period, partner_id, task, outcome, asked_at)"
            " VALUES (%s, %s, 7, '', '2026-07-16 01:00:00')",
            *(Q2, partner.id),
        )
    upgrade()
    with database.connection_context():
        row = Question.get()
        assert (row.task, row.review, row.enrolment.partner_id) == (
            7,
            date(2026, 7, 16),
            partner.id,
        )


def test_a_desk_without_standings_has_nobody_enrolled(upgrade: Any) -> None:
    upgrade()
    with database.connection_context():
        assert not Enrolment.select().exists()
