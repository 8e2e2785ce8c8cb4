"""What the tests of this plugin start from."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.messages.models import Mail
from app.core.partners.models import Contact, Partner
from plugins.surveys import mailing, shipped, surveys, waves
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
            return waves.plan(survey, waves.Plan(**what), by=self.admin)

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


@pytest.fixture
def ground(app: Flask, partner: Partner) -> Ground:
    """A desk with one partner."""
    return Ground(app, partner)
