"""A programme with benefits, and a partner that holds its highest tier."""

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from flask import Flask

from app.core import clock
from app.core.kpis.models import Value
from app.core.partners.models import Partner
from app.core.periods import Kind
from plugins.incentives.programmes.definition import Definition, Reward, RewardKind, Tier, dumps
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.rewards import granting
from plugins.incentives.rewards.models import Grant
from plugins.incentives.standing import services as standing
from tests.core.desk import CALENDAR, Desk

SEAT = Reward("seat", RewardKind.TRAINING, "Training seat", tiers=("gold",), benefit="Two days")
TIERS = (Tier("member", "Member"), Tier("silver", "Silver"), Tier("gold", "Gold", "gold"))

Publish = Callable[..., ProgrammeVersion]


def today() -> date:
    """Today, where the desk of the tests stands."""
    return clock.today("Europe/Berlin")


@pytest.fixture
def publish(app: Flask) -> Publish:
    """A running programme with these rewards, in force for long."""

    def make(*rewards: Reward, name: str = "Partner tiers") -> ProgrammeVersion:
        text = dumps(Definition(tiers=TIERS, rewards=rewards))
        programme = Programme.create(name=name, currency="EUR", status="running")
        version: ProgrammeVersion = ProgrammeVersion.create(
            programme=programme,
            number=1,
            state="published",
            definition=text,
            sha256="0" * 64,
            effective=date(2020, 1, 1),
        )
        start = CALENDAR.start(CALENDAR.containing(today(), Kind.QUARTER))
        with app.app_context(), clock.frozen(datetime.combine(start, time(12))):
            for (id_,) in Value.select(Value.partner).distinct().tuples():
                standing.enrol_partner(programme.id, id_, None)
        return version

    return make


@pytest.fixture
def gold(desk: Desk, kpi: int, partner: Partner) -> Partner:
    """The partner holds Gold since the first day of this quarter."""
    hold(desk, kpi, partner)
    return partner


def hold(desk: Desk, kpi: int, partner: Partner) -> None:
    """Let a partner hold Gold since the first day of this quarter: any figure is enough for it."""
    quarter = CALENDAR.shift(CALENDAR.containing(today(), Kind.QUARTER), -1)
    desk.judge(partner, kpi, CALENDAR.subperiods(quarter, Kind.MONTH)[0], 120)


@pytest.fixture
def seat(app: Flask, publish: Publish, gold: Partner) -> Grant:
    """A training seat that the partner is owed."""
    publish(SEAT)
    with app.app_context():
        granting.grant_due()
    found: Grant = Grant.get()
    return found
