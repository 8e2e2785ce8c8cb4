"""A new installation's first records: the organisation, its administrator, the sample desk."""

import os
import secrets
from dataclasses import dataclass
from typing import Any

from flask import current_app
from peewee import IntegrityError

from app.config import Config
from app.core import clock
from app.core.accounts import queries, services
from app.core.accounts.models import User
from app.core.analysis import demo as benchmarks
from app.core.db import atomic
from app.core.documents import demo as documents_demo
from app.core.kpis import demo, library
from app.core.messages import demo as messages_demo
from app.core.messages.services import without_mail
from app.core.partners.fields import demo as fields_demo
from app.core.partners.proposals import demo as proposals_demo
from app.core.suggestions import demo as suggestions_demo
from app.core.tasks import demo as tasks_demo

SAMPLE_ACCOUNTS = (
    ("admin@example.org", "Ada Lindqvist", "admin"),
    ("manager@example.org", "Marek Novák", "manager"),
    ("viewer@example.org", "Vera Okafor", "viewer"),
)


@dataclass(frozen=True, slots=True)
class SampleDesk:
    """What was set up: the accounts' addresses and the password they share."""

    accounts: tuple[tuple[str, str], ...]  # address, what it is
    password: str


def setup_code(config: Config) -> str:
    """The code that the first-run page asks for; made once, printed by the server."""
    path = config.data / "setup-code"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        code = secrets.token_urlsafe(9)
        file.write(code)
    return code


def first_run(form: Any, *, cheap: bool) -> User | None:
    """Found the organisation with its administrator; None where another request was faster."""
    try:
        with atomic():
            services.found_organisation(
                name=form.organisation.data,
                currency=form.currency.data,
                timezone=form.timezone.data,
                locale=form.locale.data,
                fiscal_year_start_month=form.fiscal_year_start_month.data,
            )
            user = services.add_person(
                name=form.name.data,
                email=form.email.data,
                role="admin",
                password=form.password.data,
                cheap=cheap,
            )
            library.install()
    except IntegrityError:
        return None
    return user


def found_sample_desk(config: Config, password: str | None = None) -> SampleDesk | None:
    """Set up the whole sample desk in an empty database; None where one exists already."""
    if queries.settings() is not None:
        return None
    password = password or secrets.token_urlsafe(9)
    with atomic():
        services.found_organisation(
            name="Harbour & Hill",
            currency="EUR",
            timezone="Europe/Berlin",
            locale="en",
            holiday_country="DE",
        )
        for email, name, role in SAMPLE_ACCOUNTS:
            services.add_person(
                name=name, email=email, role=role, password=password, cheap=config.testing
            )
        _say_who_is_who()
        library.install()
        contacts = add_sample(config, password)
    (config.data / "sample-password").write_text(password)
    (config.data / "sample-password").chmod(0o600)
    return SampleDesk(
        tuple((email, role) for email, _name, role in SAMPLE_ACCOUNTS) + contacts, password
    )


def _say_who_is_who() -> None:
    """Departments and a line of managers for the sample staff."""
    admin, manager, viewer = (
        User.get(User.email == email) for email, _name, _role in SAMPLE_ACCOUNTS
    )
    for person, department in ((admin, "operations"), (manager, "sales"), (viewer, "finance")):
        boss = None if person == admin else admin
        User.update(department=department, is_executive=person == admin, line_manager=boss).where(
            User.id == person.id
        ).execute()


def add_sample(config: Config, password: str | None = None) -> tuple[tuple[str, str], ...]:
    """Add the sample partners to a desk; with a password, two of their contacts may sign in."""
    with atomic(), without_mail():
        manager = (
            User.select()
            .where(User.role.in_(("manager", "admin")), User.active)
            .order_by(User.role.desc(), User.id)
            .first()
        )
        contacts = {
            code: services.add_person(
                name=name, email=email, role="contact", password=password, cheap=config.testing
            )
            for code, name, email in demo.PORTAL_CONTACTS
        }
        settings = queries.settings()
        assert settings is not None  # noqa: S101 - the caller founded it in this transaction
        today = clock.today(settings.timezone)
        demo.load(today, manager, contacts)
        benchmarks.load(today)
        fields_demo.load(manager)
        tasks_demo.load(today, manager, contacts)
        messages_demo.load(manager)
        documents_demo.load(manager, contacts)
        proposals_demo.load(contacts)
        suggestions_demo.load(today)
        current_app.extensions["entente"].host.run("demo_data", scenario="desk")
    return tuple((email, f"contact of {name}") for _code, name, email in demo.PORTAL_CONTACTS)


def sample_accounts(config: Config) -> SampleDesk | None:
    """The sample desk's accounts and password, for whoever starts it again; None for others."""
    path = config.data / "sample-password"
    if not path.exists():
        return None
    contacts = tuple((email, f"contact of {name}") for _code, name, email in demo.PORTAL_CONTACTS)
    staff = tuple((email, role) for email, _name, role in SAMPLE_ACCOUNTS)
    return SampleDesk(staff + contacts, path.read_text().strip())
