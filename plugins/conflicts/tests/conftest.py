"""What the tests of this plugin start from: both sides of a case, and short ways through it."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.core.accounts.models import User
from app.core.partners.models import Contact, Partner
from plugins.conflicts import log
from plugins.conflicts.models import Case
from plugins.conflicts.people import participants
from plugins.conflicts.rules.machine import replay
from plugins.conflicts.rules.state import State

REPORT = {
    "title": "Figures come late",
    "text": "Three months in a row the figures came a week late.",
    "aim": "Figures by the fifth",
    "category": "operational",
    "severity": "normal",
}


def problems(page: str) -> str:
    """What a refused page says."""
    found = re.findall(
        r"(?s)(?:error-summary|case-missing|notice-error).*?</ul>|notice-error.*?</p>", page
    )
    return re.sub(r"<[^>]+>", " ", " ".join(found))


@dataclass
class Story:
    """A case that is led on by both sides' browsers."""

    host: Any
    contact: Any
    partner: Partner
    id: int = 0

    @property
    def state(self) -> State:
        return replay(log.read(self.id))

    @property
    def row(self) -> Case:
        return Case.get_by_id(self.id)

    def raise_by_host(self, **changes: Any) -> "Story":
        people = [str(Contact.get(Contact.partner == self.partner, Contact.side == "partner").id)]
        form = REPORT | {"respondents": people} | changes
        answer = self.host.send(f"/x/conflicts/partners/{self.partner.id}/new", **form)
        assert answer.status_code == 303, problems(answer.text)
        self.id = int(answer.location.rsplit("/", 1)[1])
        return self

    def raise_by_contact(self, **changes: Any) -> "Story":
        answer = self.contact.send("/portal/x/conflicts/new", **(REPORT | changes))
        assert answer.status_code == 303, problems(answer.text)
        self.id = int(answer.location.rsplit("/", 1)[1])
        return self

    def try_host(self, action: str, **form: Any) -> Any:
        return self._send(self.host, f"/x/conflicts/{self.id}", action, form)

    def try_contact(self, action: str, **form: Any) -> Any:
        return self._send(self.contact, f"/portal/x/conflicts/{self.id}", action, form)

    def host_does(self, action: str, **form: Any) -> "Story":
        answer = self.try_host(action, **form)
        assert answer.status_code == 303, problems(answer.text)
        return self

    def contact_does(self, action: str, **form: Any) -> "Story":
        answer = self.try_contact(action, **form)
        assert answer.status_code == 303, problems(answer.text)
        return self

    def _send(self, browser: Any, place: str, action: str, form: dict[str, Any]) -> Any:
        fields = {f"{action}-{name}": value for name, value in form.items()}
        return browser.send(f"{place}/acts/{action}", **fields)

    def exchanged(self) -> "Story":
        self.raise_by_host()
        return self.contact_does(
            "position", text="Your template changed twice.", aim="One template"
        )

    def understood(self) -> "Story":
        self.exchanged()
        self.host_does("restate", text="We changed it.", about=self.state.position("partner"))
        self.contact_does("restate", text="You wait.", about=self.state.position("host"))
        self.contact_does("confirm_restatement", about=self.state.restatement("host").text)
        self.host_does("confirm_restatement", about=self.state.restatement("partner").text)
        self.host_does("propose_statement", text="Nobody owns the template.")
        self.contact_does("accept_statement", about=self.state.statement)
        self.contact_does(
            "name_causes", causes=["unclear_role"], why_1="No owner", why_2="No calendar"
        )
        return self.host_does("confirm_issue").contact_does("confirm_issue")

    def accepted(self) -> "Story":
        self.understood().host_does("propose", text="You own the template.")
        self.contact_does("propose", text="We own the template, you own the calendar.")
        return self.host_does("accept", about=self.state.proposal)

    def plan_form(self, due: str = "2099-01-15") -> dict[str, Any]:
        first = {part.side: part.id for part in reversed(participants(self.id))}
        return {
            "plan-0-what": "Freeze the template",
            "plan-0-who": str(first["partner"]),
            "plan-0-due": due,
            "plan-1-what": "Keep the calendar",
            "plan-1-who": str(first["host"]),
            "plan-1-due": due,
        }

    def planned(self, due: str = "2099-01-15") -> "Story":
        self.accepted()
        answer = self.host.send(f"/x/conflicts/{self.id}/plan", **self.plan_form(due))
        assert answer.status_code == 303, problems(answer.text)
        return self

    def signed(self, due: str = "2099-01-15") -> "Story":
        self.planned(due)
        self.host_does("sign", about=self.state.plan)
        return self.contact_does("sign", about=self.state.plan)


@pytest.fixture
def story(as_manager: Any, as_contact: Any, partner: Partner) -> Story:
    """Both sides at their browsers; no case yet."""
    return Story(as_manager, as_contact, partner)


@pytest.fixture
def manager_user(app: Flask) -> User:
    """The manager, who owns the partner."""
    return User.get(User.email == "manager@example.org")
