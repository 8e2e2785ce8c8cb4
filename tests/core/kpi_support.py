"""Short ways to what the tests of figures and imports need."""

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import database, open_database
from app.core.kpis import imports
from app.core.kpis.models import Kpi, Revision
from app.core.kpis.services import recording
from app.core.models import AuditEntry
from app.core.partners.models import Partner
from app.core.periods import Calendar, Period
from app.core.quantities import MILLION
from app.security import CORE_PERMISSIONS
from app.testing import add_partner, founded, make_app
from tests.databases import fresh_url

AIRLINES = Path(__file__).parents[3] / "shared" / "data" / "airlines-2013"
TODAY = date(2026, 3, 1)
CALENDAR = Calendar()


def period(text: str) -> Period:
    """A period as people write it."""
    return CALENDAR.parse(text)


def viewer(email: str, partner_id: int | None = None) -> Viewer:
    """Somebody with an account, as services take them."""
    user = User.get(User.email == email)
    rights = frozenset(CORE_PERMISSIONS[user.role])
    return Viewer(user.id, user.name, user.email, user.role, rights, partner_id)


def contact_of(partner: Partner) -> Viewer:
    """A new contact of a partner."""
    email = f"contact@{partner.code.lower()}.example.org"
    accounts.add_person(
        name=f"Contact of {partner.name}", email=email, role="contact", password=None, cheap=True
    )
    return viewer(email, partner.id)


def kpi(code: str = "REV", **changes: Any) -> Kpi:
    """A monthly KPI in plain numbers where higher is better."""
    fields = {
        "name": code.title(),
        "category": "revenue",
        "value_type": "number",
        "direction": "higher",
        "nature": "flow",
        "aggregation": "sum",
        "frequency": "monthly",
    } | changes
    return Kpi.create(code=code, **fields)


def ratio(code: str = "RATE", **changes: Any) -> Kpi:
    """A monthly KPI of parts."""
    fields = {"value_type": "ratio", "unit": "%", "aggregation": "ratio"} | changes
    return kpi(code, **fields)


def units(number: float) -> int:
    """A quantity in millionths."""
    return round(number * MILLION)


def source(kind: str, text: str | bytes, name: str = "") -> imports.Source:
    """A file as somebody uploads it."""
    content = text.encode() if isinstance(text, str) else text
    return imports.Source(kind, name or f"{kind}.csv", content)


def sources(**texts: str) -> list[imports.Source]:
    """Several files, by kind."""
    return [source(kind, text) for kind, text in texts.items()]


def bring_in(*files: imports.Source) -> imports.Report:
    """Import files that nothing is wrong with."""
    plan = imports.read(files, TODAY)
    assert plan.errors == []
    return imports.apply(plan, User.get(User.role == "admin"))


def airlines() -> list[imports.Source]:
    """The real figures of sixteen carriers."""
    return [source(k, (AIRLINES / f"{k}.csv").read_bytes()) for k in imports.KINDS]


def states(partner: Partner, of: Kpi) -> list[tuple[int, str]]:
    """Number and state of every revision, in order."""
    rows = Revision.select(Revision.n, Revision.state).where(
        Revision.partner == partner, Revision.kpi == of
    )
    return sorted(rows.tuples())


def audited() -> list[str]:
    """What has been written to the audit, in order."""
    return [row[0] for row in AuditEntry.select(AuditEntry.action).order_by(AuditEntry.id).tuples()]


def last_detail() -> dict[str, Any]:
    """The detail of the latest audit row."""
    found = AuditEntry.select(AuditEntry.detail).order_by(AuditEntry.id.desc()).tuples().first()
    return dict(json.loads(found[0]))


_BUILT: dict[str, tuple[Flask, str]] = {}


@pytest.fixture
def desk(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application in whose context services can be called; the test's writes are undone.

    Building one takes far longer than most of these tests, so that all of them share two.
    """
    if database_kind not in _BUILT:
        folder = tmp_path_factory.mktemp("desk")
        os.environ["ENTENTE_TEST_FOLDER"] = str(tmp_path_factory.getbasetemp())
        url = fresh_url(database_kind, folder, founded)
        _BUILT[database_kind] = make_app(folder, url), url
    application, url = _BUILT[database_kind]
    open_database(url)
    with application.app_context(), database.connection_context(), database.atomic() as everything:
        yield application
        everything.rollback()


@pytest.fixture
def partner(desk: Flask) -> Partner:
    """An active partner that the manager owns."""
    return add_partner("NORD", "Nordlicht Logistik", owner=User.get(User.role == "manager"))


@pytest.fixture
def other_partner(desk: Flask) -> Partner:
    """An active partner of the administrator, a stranger to the first one."""
    return add_partner("SUED", "Südwind Verlag", owner=User.get(User.role == "admin"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int]]]:
    """The events that are emitted, beside their delivery."""
    heard: list[tuple[str, list[int]]] = []
    emit = recording.events.emit

    def listen(event: str, **payload: Any) -> None:
        if "value_ids" in payload:
            heard.append((event, payload["value_ids"]))
        emit(event, **payload)

    monkeypatch.setattr(recording.events, "emit", listen)
    return heard
