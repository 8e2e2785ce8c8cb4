"""A programme on revenue, and short ways to what happens to a partner in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from flask import Flask

from app.core import clock
from app.core.contract import Viewer
from app.core.partners.models import Partner
from app.core.periods import Calendar
from plugins.incentives.programmes.definition import (
    Definition,
    Measures,
    Operator,
    Promotion,
    Requirement,
    Span,
    Tier,
    Window,
    dumps,
)
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.standing import evaluating, services
from plugins.incentives.standing.evidence import digest
from plugins.incentives.standing.models import Enrolment
from tests.core.desk import Desk, staff

CALENDAR = Calendar()
QUARTER = Window(Span.MONTHS, 3)
WHY = "They told us why, and it is on record."


def revenue(threshold: int, window: Window = QUARTER, key: str = "r1") -> Requirement:
    """Revenue of the last closed months."""
    return Requirement(
        key,
        Measures.KPI_VALUE,
        Operator.AT_LEAST,
        threshold * 1_000_000,
        subject="REV",
        window=window,
    )


def ladder(**changes: Any) -> Definition:
    """Bronze for all, Silver from 300, Gold from 600 in three closed months."""
    tiers = (
        Tier("bronze", "Bronze", "bronze"),
        Tier("silver", "Silver", "silver", "A named contact.", revenue(300)),
        Tier("gold", "Gold", "gold", "Joint marketing.", revenue(600)),
    )
    return Definition(**({"tiers": tiers} | changes))


BY_REVIEW = ladder(promotion=Promotion.REVIEW)


def publish(app: Flask, definition: Definition | None = None, name: str = "Partner tiers") -> int:
    """A running programme that has been in force for long; returns its id."""
    text = dumps(definition or ladder())
    with app.app_context():
        programme = Programme.create(name=name, currency="EUR", status="running")
        ProgrammeVersion.create(
            programme=programme,
            number=1,
            state="published",
            definition=text,
            sha256=digest(text),
            effective=date(2020, 1, 1),
            published_at=clock.now(),
        )
    return int(programme.id)


@contextmanager
def on(day: str, app: Flask) -> Iterator[None]:
    """At noon of a day, written as 2026-04-01."""
    with clock.frozen(datetime.fromisoformat(f"{day}T11:00:00")), app.app_context():
        yield


def enrol(app: Flask, programme: int, partner: Partner, day: str) -> Enrolment:
    """The partner's place since a day."""
    with on(day, app):
        services.enrol_partner(programme, partner.id, None)
    return place(partner)


def evaluate(app: Flask, day: str) -> None:
    """The evaluation of a night."""
    with on(day, app):
        evaluating.evaluate_due()


def place(partner: Partner) -> Enrolment:
    """A partner's place as it stands."""
    found: Enrolment = Enrolment.get(Enrolment.partner == partner)
    return found


def earn(desk: Desk, partner: Partner, kpi: int, day: str, **months: int) -> None:
    """Revenue that is approved on a day, by month: m2026_01=100."""
    with on(day, desk.app):
        for name, value in months.items():
            period = CALENDAR.parse(name.removeprefix("m").replace("_", "-"))
            desk.value(partner, kpi, period, value)


def act(app: Flask, day: str, what: Any, partner: Partner, *arguments: Any) -> None:
    """What an administrator decides about the partner's place on a day."""
    with on(day, app):
        what(place(partner), *arguments, admin())


def admin() -> Viewer:
    """The administrator."""
    return staff()
