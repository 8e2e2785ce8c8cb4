"""Short ways to records that home and portal pages show."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.core import clock
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import database
from app.core.kpis import services
from app.core.kpis.services import KpiDraft, TargetFigures, ValueRow
from app.core.partners.merge import services as merging
from app.core.partners.models import Partner
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION
from app.security import CORE_PERMISSIONS

CALENDAR = Calendar()


def last_month(n: int = 1) -> Period:
    """The month that ended n months ago, as of today."""
    return CALENDAR.shift(CALENDAR.containing(clock.today("Europe/Berlin"), Kind.MONTH), -n)


def staff(email: str = "admin@example.org") -> Viewer:
    """One of the staff as services take them."""
    user = User.get(User.email == email)
    rights = frozenset(CORE_PERMISSIONS[user.role])
    return Viewer(user.id, user.name, user.email, user.role, rights)


@dataclass(frozen=True)
class Desk:
    """An application that is given records as its services would write them."""

    app: Flask

    def kpi(self, code: str = "REV", name: str = "Revenue", **changes: Any) -> int:
        """A monthly KPI in plain numbers where higher is better."""
        draft = {
            "code": code,
            "name": name,
            "category": "revenue",
            "value_type": "number",
            "direction": "higher",
            "nature": "flow",
            "aggregation": "sum",
            "frequency": "monthly",
        }
        with self.app.app_context():
            return services.save_kpi(KpiDraft(**(draft | changes)), by=staff())

    def target(
        self, partner: Partner, kpi_id: int, period: Period, target: int = 100, **changes: Any
    ) -> None:
        """What was agreed for a period, in units."""
        figures = TargetFigures(target=target * MILLION, **changes)
        with self.app.app_context():
            services.set_target(
                partner.id, kpi_id, period, figures, by=staff(), n=0, agreed="On the phone"
            )

    def value(self, partner: Partner, kpi_id: int, period: Period, value: int) -> None:
        """An approved figure, in units."""
        row = ValueRow(partner.id, kpi_id, period.key, value * MILLION)
        with self.app.app_context():
            services.record_kpi_values([row], source="test", by=None)

    def judge(
        self, partner: Partner, kpi_id: int, period: Period, value: int, **target: Any
    ) -> None:
        """A figure with its target."""
        self.target(partner, kpi_id, period, **target)
        self.value(partner, kpi_id, period, value)

    def submit(self, partner: Partner, kpi_id: int, period: Period, value: int) -> int:
        """A figure that staff have entered and nobody has approved."""
        with self.app.app_context():
            return services.submit_value(
                partner.id, kpi_id, period, by=staff(), value=value * MILLION
            )

    def give_back(self, revision_id: int, reason: str) -> None:
        """A submitted figure is returned."""
        with self.app.app_context():
            services.return_value(revision_id, reason, by=staff())

    def merge(self, kept: Partner, gone: Partner) -> None:
        """One partner's records become another's."""
        with self.app.app_context():
            merging.merge(kept.id, gone.id, merging.Choices(), by=staff())


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements that are executed inside."""
    seen: list[str] = []

    def note(query: Any) -> None:
        seen.append(str(query.sql))

    database.obj.query_hooks.append(note)
    try:
        yield seen
    finally:
        database.obj.query_hooks.remove(note)
