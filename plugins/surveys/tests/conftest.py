"""What the tests of this plugin start from."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.db import database
from app.core.messages.models import Mail
from app.core.partners.models import Contact, Partner
from plugins.surveys import mailing, planning, shipped, surveys, waves
from plugins.surveys.models import Survey, Wave
from plugins.surveys.rules.audience import Audience
from plugins.surveys.rules.definition import Definition
from tests.core.desk import staff


class Ground:
    """A desk with contacts to ask."""

    def __init__(self, app: Flask, partner: Partner) -> None:
        self.app, self.partner = app, partner
        self.admin = self.staff("admin@example.org")

    def staff(self, email: str) -> Any:
        """One of staff with the rights of plugins too."""
        who = staff(email)
        return replace(who, permissions=self.app.extensions["entente"].host.permissions[who.role])

    def contacts(self, n: int, partner: Partner | None = None) -> list[Contact]:
        """So many contacts who can be written to."""
        whose = partner or self.partner
        return [
            Contact.create(
                partner=whose,
                side="partner",
                name=f"Person {i}",
                email=f"p{i}@{whose.code}.example",
            )
            for i in range(n)
        ]

    def survey(self, key: str = "nps", definition: Definition | None = None) -> Survey:
        """A survey as it is shipped."""
        found = shipped.by_key(key)
        with self.app.app_context():
            made = surveys.make(
                key, "", found.audience, definition or found.definition, by=self.admin, template=key
            )
        return Survey.get_by_id(made)

    def wave(self, mode: str = "identified", *, survey: Survey | None = None, **more: Any) -> Wave:
        """A planned wave that asks all contacts of the partner."""
        survey = survey or self.survey()
        what = {
            "title": "Pulse",
            "mode": mode,
            "k": 5,
            "breakdown": "none",
            "audience": Audience(f"partner:{self.partner.id}"),
            "closes_on": clock.today("Europe/Berlin") + timedelta(14),
        } | more
        with self.app.app_context():
            return planning.plan(survey, planning.Plan(**what), by=self.admin)

    def opened(self, mode: str = "identified", **more: Any) -> Wave:
        """A wave whose invitations have been written."""
        wave = self.wave(mode, **more)
        with self.app.app_context():
            waves.launch(wave, by=self.admin)
        self.work()
        return Wave.get_by_id(wave.id)

    def work(self) -> None:
        """Run what is due, but send nothing."""
        with self.app.app_context():
            for _round in range(5):
                mailing.send_waiting()

    def ways(self) -> list[str]:
        """What the invitations open, from the mails that have not been sent."""
        rows = Mail.select().where(Mail.kind == "surveys.invitation", Mail.state == "waiting")
        found = [json.loads(row.content)["action"] for row in rows.order_by(Mail.id)]
        return [action[1].partition("://")[2].partition("/")[2] for action in found if action]


on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])

ANSWER = {"q-recommend": "9", "q-why": "You listen."}


def path(wave: Wave) -> str:
    """Where an anonymous wave is answered."""
    return f"/public/x/surveys/anonymous/{wave.public_id}"


def ballot_in(page: str) -> str:
    """The ballot that a sheet bears."""
    return str(page.split('name="ballot" value="')[1].split('"')[0])


def start(client: Any, wave: Wave, code: str) -> str | None:
    """Exchange a code for a ballot; None where that is refused."""
    page = client.post(path(wave), data={"code": code})
    return ballot_in(page.text) if page.status_code == 200 else None


def answer(client: Any, wave: Wave, ballot: str | None, **changes: str) -> Any:
    """Send an answer with a ballot."""
    return client.post(path(wave), data={"ballot": ballot, "send": "1"} | ANSWER | changes)


def close(ground: Ground, wave: Wave) -> Wave:
    """End a wave."""
    with ground.app.app_context():
        waves.close(Wave.get_by_id(wave.id))
    return Wave.get_by_id(wave.id)


def everything() -> dict[str, list[str]]:
    """Every row of every table, as text, by table."""
    found = {}
    for table in database.get_tables():
        rows = database.execute_sql(f'SELECT * FROM "{table}"').fetchall()
        found[table] = [" | ".join(map(str, row)) for row in rows]
    return found


@pytest.fixture
def wave(ground: Ground) -> Wave:
    """An open anonymous wave of seven people."""
    ground.contacts(7)
    return ground.opened("anonymous")


@pytest.fixture
def codes(ground: Ground, wave: Wave) -> list[str]:
    """The codes of those seven."""
    return [way.partition("#")[2] for way in ground.ways()]


@pytest.fixture
def ground(app: Flask, partner: Partner) -> Ground:
    """A desk with one partner."""
    return Ground(app, partner)
