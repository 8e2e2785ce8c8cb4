"""A desk that had a ladder keeps it as a programme, and published versions stay as they are."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import CORE_MIGRATIONS
from app.core.accounts.models import Organisation
from app.core.db import database, open_database
from app.core.migrate import Folder, migrate
from app.core.models import PluginSetting
from app.core.partners.models import Partner
from plugins.incentives.programmes.definition import Definition, Requirement, dumps, loads
from tests.databases import KINDS, fresh_url

MIGRATIONS = Path(__file__).parents[2] / "migrations"
SAVED = '{"gold": ["110"], "member": ["50"], "silver": ["95"]}'


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Definition]]:
    """A function that brings a desk with old standings and settings to the present."""
    open_database(fresh_url(request.param, tmp_path))
    folder = Folder("incentives", tmp_path / "migrations")
    folder.path.mkdir()
    for n in ("0001", "0002", "0003", "0004"):
        shutil.copy(next(MIGRATIONS.glob(f"{n}_*.py")), folder.path)
    migrate([*CORE_MIGRATIONS, folder])

    def upgrade(settings: str = "", locale: str = "en", stood: bool = True) -> Definition | None:
        with database.connection_context():
            _found(locale)
            if stood:
                _stand()
            if settings:
                PluginSetting.create(plugin="incentives", data=settings)
        shutil.copy(next(MIGRATIONS.glob("0005_*.py")), folder.path)
        migrate([folder])
        with database.connection_context():
            rows = run("SELECT definition FROM incentives_programme_version").fetchall()
        return loads(rows[0][0]) if rows else None

    yield upgrade
    if not database.is_closed():
        database.close()


def run(statement: str, *values: Any) -> Any:
    return database.execute_sql(statement.replace("%s", database.param), values)


def _found(locale: str) -> None:
    Organisation.create(name="Desk", currency="CHF", timezone="Europe/Zurich", locale=locale)


def _stand() -> None:
    values = {"type": "supplier", "status": "active", "currency": "CHF"}
    Partner.create(code="NORD", name="Nord", name_key="nord", **values)
    run(
        "INSERT INTO incentives_standing (period, partner_id, score, coverage, grey, decides,"
        " computed_at) SELECT 1, id, 1, 1, 0, %s, '2026-05-03 23:00:00' FROM partner",
        True,
    )


def marks(definition: Definition) -> dict[str, int | None]:
    """Each tier's scorecard in per cent."""
    found = {}
    for tier in definition.tiers:
        asked = tier.requirement
        found[tier.name] = asked.threshold // 10_000 if isinstance(asked, Requirement) else None
    return found


def test_thresholds_that_were_saved_become_tiers(desk: Any) -> None:
    assert marks(desk(SAVED)) == {"Partner": None, "Member": 50, "Silver": 95, "Gold": 110}


def test_without_settings_the_defaults_do(desk: Any) -> None:
    assert marks(desk()) == {"Member": None, "Silver": 90, "Gold": 105}


@pytest.mark.parametrize(
    "broken", ["{", "[]", '{"gold": ["1"]}', '{"gold": ["x"]}', '{"silver": 3}']
)
def test_settings_that_the_form_would_refuse_give_way_to_the_defaults(
    desk: Any, broken: str
) -> None:
    assert marks(desk(broken)) == {"Member": None, "Silver": 90, "Gold": 105}


def test_the_names_are_in_the_desks_language(desk: Any) -> None:
    assert list(marks(desk(locale="de"))) == ["Mitglied", "Silber", "Gold"]


def test_a_fresh_desk_gets_no_programme(desk: Any) -> None:
    assert desk(SAVED, stood=False) is None


def test_the_programme_runs_since_the_first_standing(desk: Any) -> None:
    desk()
    with database.connection_context():
        assert run("SELECT name, currency, status FROM incentives_programme").fetchall() == [
            ("Partner tiers", "CHF", "running")
        ]
        row = run(
            "SELECT number, state, effective, sha256, definition FROM incentives_programme_version"
        ).fetchone()
    assert (row[0], row[1], str(row[2])) == (1, "published", "2026-05-03")
    assert row[3] == hashlib.sha256(row[4].encode()).hexdigest()
    assert row[4] == dumps(loads(row[4]))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incentives_programme_version SET definition = '{}'",
        "UPDATE incentives_programme_version SET sha256 = 'x'",
        "UPDATE incentives_programme_version SET number = 9",
        "UPDATE incentives_programme_version SET effective = '2030-01-01'",
        "UPDATE incentives_programme_version SET effective = NULL",
        "UPDATE incentives_programme_version SET state = 'draft'",
        "UPDATE incentives_programme_version SET state = 'withdrawn', note = 'else'",
        "DELETE FROM incentives_programme_version",
    ],
)
def test_the_database_refuses_to_change_a_published_version(desk: Any, statement: str) -> None:
    desk()
    with database.connection_context(), database.atomic() as transaction:
        with pytest.raises(Exception, match="published version is not changed"):
            database.execute_sql(statement)
        transaction.rollback()


def test_a_published_version_can_be_withdrawn_and_then_not_come_back(desk: Any) -> None:
    desk()
    with database.connection_context():
        run("UPDATE incentives_programme_version SET state = 'withdrawn', withdrawn_reason = 'x'")
        with database.atomic() as transaction:
            with pytest.raises(Exception, match="published version is not changed"):
                run("UPDATE incentives_programme_version SET state = 'published'")
            transaction.rollback()


def test_a_programme_has_one_draft_at_most(desk: Any) -> None:
    desk()
    draft = (
        "INSERT INTO incentives_programme_version (programme_id, number, state, definition,"
        " previous, sha256, note, withdrawn_reason, version)"
        " SELECT id, %s, 'draft', '{}', '', '', '', '', 1 FROM incentives_programme"
    )
    with database.connection_context():
        run(draft, 2)
        with database.atomic() as transaction:
            with pytest.raises(Exception, match=r"(?i)unique"):
                run(draft, 3)
            transaction.rollback()
