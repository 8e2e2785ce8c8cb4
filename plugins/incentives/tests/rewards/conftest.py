"""A programme with benefits, and a partner that holds its highest tier."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from app.core import clock
from app.core.partners.models import Partner
from plugins.incentives.programmes.definition import Definition, Reward, RewardKind, Tier, dumps
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.rewards import granting
from plugins.incentives.rewards.models import Grant
from plugins.incentives.standing.models import Enrolment, Tenure

SEAT = Reward("seat", RewardKind.TRAINING, "Training seat", tiers=("gold",), benefit="Two days")
TIERS = (Tier("member", "Member"), Tier("silver", "Silver"), Tier("gold", "Gold", "gold"))

LONG_AGO = date(2020, 1, 1)
Publish = Callable[..., ProgrammeVersion]


def today() -> date:
    """Today, where the desk of the tests stands."""
    return clock.today("Europe/Berlin")


@pytest.fixture
def holders() -> list[Partner]:
    """Those who hold Gold in whatever is published."""
    return []


@pytest.fixture
def publish(app: Flask, holders: list[Partner]) -> Publish:
    """A running programme with these rewards, in force for long."""

    def make(
        *rewards: Reward, name: str = "Partner tiers", effective: date = LONG_AGO
    ) -> ProgrammeVersion:
        text = dumps(Definition(tiers=TIERS, rewards=rewards))
        programme = Programme.create(name=name, currency="EUR", status="running")
        for partner in holders:
            hold(programme, partner)
        return ProgrammeVersion.create(
            programme=programme,
            number=1,
            state="published",
            definition=text,
            sha256="0" * 64,
            effective=effective,
        )

    return make


def hold(
    programme: Programme, partner: Partner, tier: str = "gold", since: date = LONG_AGO
) -> Enrolment:
    """Let a partner hold a tier since a day."""
    row = Enrolment.get_or_none(programme=programme, partner=partner) or Enrolment.create(
        programme=programme,
        partner=partner,
        state="active",
        tier=tier,
        held=tier,
        since=since,
        next_review=date(2999, 1, 1),
        enrolled_at=clock.now(),
    )
    Tenure.insert(
        enrolment=row.id, start=since, tier=tier, reason="enrolled", at=clock.now()
    ).execute()
    return row


@pytest.fixture
def gold(holders: list[Partner], partner: Partner) -> Partner:
    """The partner holds Gold, in a programme that is published after."""
    holders.append(partner)
    return partner


@pytest.fixture
def seat(app: Flask, publish: Publish, gold: Partner) -> Grant:
    """A training seat that the partner is owed."""
    publish(SEAT)
    with app.app_context():
        granting.grant_due()
    found: Grant = Grant.get()
    return found
