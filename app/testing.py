"""Fixtures for core's tests and for plugin authors: a whole application on real databases.

Use them from a `conftest.py` with `pytest_plugins = ["app.testing"]`. Tests that touch data run
on SQLite and on PostgreSQL; `make_app` builds further applications in a test's own folder.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from app import create_app
from app.config import Config
from app.core.accounts import services
from app.core.accounts.models import User
from app.core.db import SQLITE_PRAGMAS, database, open_database
from app.core.faults import Faults
from app.core.partners import services as partners
from app.core.partners.models import Contact, Partner
from app.sample import found_sample_desk

PASSWORD = "correct horse battery"
SECRET = "only-for-tests"
# What a test writes goes with it: nobody waits until it is on the disk.
SQLITE_PRAGMAS["synchronous"] = "off"


def config_for(folder: Path, url: str | None = None, **changes: Any) -> Config:
    """Settings of an application whose whole state lies in one folder."""
    base = Config.from_environ({"ENTENTE_DATA": str(folder), "ENTENTE_SECRET_KEY": SECRET})
    ready = replace(base, **({"testing": True, "plugins_strict": True} | changes))
    return replace(ready, database_url=url) if url else ready


def make_app(folder: Path, url: str | None = None, **changes: Any) -> Flask:
    """An application on an empty database: `plugins_dir=…`, `plugins_strict=False` and so on."""
    app = create_app(config_for(folder, url, **changes))
    app.jinja_env.bytecode_cache = _COMPILED
    return app


class Compiled(BytecodeCache):
    """Templates that are compiled once for all the applications of a test process."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = Compiled()


def found(app: Flask) -> None:
    """Give an empty application its organisation and one person per staff role."""
    with app.app_context(), database.connection_context():
        services.found_organisation(
            name="Harbour & Hill", currency="EUR", timezone="Europe/Berlin", locale="en"
        )
        for role in ("admin", "manager", "viewer"):
            services.add_person(
                name=role.title(),
                email=f"{role}@example.org",
                role=role,
                password=PASSWORD,
                cheap=True,
            )


def sample(url: str) -> None:
    """Fill a database with the sample desk; a template for `make_sample_app`."""
    app = make_app(_sample_folder(), url)
    with app.app_context(), database.connection_context():
        found_sample_desk(app.extensions["entente"].config, PASSWORD)
    if not database.is_closed():
        database.close()


def make_sample_app(folder: Path, url: str, **changes: Any) -> Flask:
    """An application on a database made from `sample`, with the files that belong to it."""
    files = _sample_folder() / "files"
    shutil.copytree(files, folder / "files", dirs_exist_ok=True)
    return make_app(folder, url, **changes)


def _sample_folder() -> Path:
    from tests.databases import shared_folder

    return shared_folder() / "sample-data"


def unfounded(url: str) -> None:
    """Give a database its tables; a template for tests of the first run."""
    make_app(Path(os.environ["ENTENTE_TEST_FOLDER"]) / "founded-data", url)


def founded(url: str) -> None:
    """Fill a database with an organisation and its staff; a template for many tests."""
    found(make_app(Path(os.environ["ENTENTE_TEST_FOLDER"]) / "founded-data", url))


class Browser(FlaskClient):
    """A test client that signs in and fills in the CSRF token of every form it posts."""

    _tokens: tuple[str, str] = "", ""  # the secret of the session, and the token made of it

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """As Flask's, which leaves the file open in which it writes a large upload."""
        answer = super().open(*args, **kwargs)
        answer.request.environ["wsgi.input"].close()
        return answer

    def sign_in(self, email: str, password: str = PASSWORD) -> "Browser":
        """Sign in through the form."""
        answer = self.send("/login", email=email, password=password)
        assert answer.status_code == 303, answer.text
        return self

    def send(self, path: str, /, **form: Any) -> Any:
        """POST a form as the browser would, with the session's CSRF token."""
        return self.post(path, data={"csrf_token": self.token()} | form)

    def token(self) -> str:
        """The CSRF token that this browser's pages bear; read once for each secret of a session."""
        if not self._tokens[0] or self._tokens[0] != self._secret():
            page = self.get("/account", follow_redirects=True)  # or where it sends this browser
            marker = 'name="csrf_token" value="'
            assert marker in page.text, page.text[:500]
            self._tokens = self._secret(), page.text.split(marker)[1].split('"')[0]
        return self._tokens[1]

    def _secret(self) -> str:
        with self.session_transaction() as session:
            return str(session.get("csrf_token", ""))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each test that asks for a database runs once on each kind."""
    return str(request.param)


@pytest.fixture
def new_database(
    database_kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Callable[[str], None]], str]:
    """A function that makes a database from a template such as `founded` or `sample`."""
    from tests.databases import fresh_url

    os.environ["ENTENTE_TEST_FOLDER"] = str(tmp_path_factory.getbasetemp())
    return lambda template: fresh_url(database_kind, tmp_path, template)


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application that `app`, `empty_app` and `sample_app` hand out, on another database each.

    Building one and compiling its templates takes longer than most tests. A test that needs one
    of its own, to mount something or to boot plugins, builds it with `make_app`.
    """
    from tests.databases import fresh_url

    folder = tmp_path_factory.mktemp("shared")
    os.environ["ENTENTE_TEST_FOLDER"] = str(tmp_path_factory.getbasetemp())
    return make_app(folder / "data", fresh_url("sqlite", folder, founded))


@pytest.fixture
def app(shared_app: Flask, new_database: Any, tmp_path: Path) -> Iterator[Flask]:
    """An application with an organisation and one person per staff role, without partners."""
    yield from _running(shared_app, tmp_path / "data", new_database(founded))


@pytest.fixture
def empty_app(shared_app: Flask, new_database: Any, tmp_path: Path) -> Iterator[Flask]:
    """An application without an organisation, which waits for its first run."""
    yield from _running(shared_app, tmp_path / "data", new_database(unfounded))


@pytest.fixture
def sample_app(shared_app: Flask, new_database: Any, tmp_path: Path) -> Iterator[Flask]:
    """An application with the whole sample desk."""
    url = new_database(sample)
    shutil.copytree(_sample_folder() / "files", tmp_path / "data" / "files")
    yield from _running(shared_app, tmp_path / "data", url)


def _running(app: Flask, folder: Path, url: str) -> Iterator[Flask]:
    """The application on a test's own data; whatever the test sets on it is taken back."""
    made = app.extensions["entente"]
    config, host = dict(app.config), dict(vars(made.host))
    made.host.faults = Faults(made.host.faults.slow_after)
    app.extensions["entente"] = replace(made, config=config_for(folder, url))
    app.test_client_class = Browser
    open_database(url)
    try:
        with database.connection_context():
            yield app
    finally:
        app.config.clear()
        app.config.update(config)
        vars(made.host).update(host)
        app.extensions["entente"] = made


@pytest.fixture
def client(app: Flask) -> Any:
    """A browser in which nobody has signed in."""
    return app.test_client()


@pytest.fixture
def as_admin(app: Flask) -> Any:
    """A browser of the administrator."""
    return app.test_client().sign_in("admin@example.org")  # type: ignore[attr-defined]


@pytest.fixture
def as_manager(app: Flask) -> Any:
    """A browser of the partner manager."""
    return app.test_client().sign_in("manager@example.org")  # type: ignore[attr-defined]


@pytest.fixture
def as_viewer(app: Flask) -> Any:
    """A browser of somebody who may only read."""
    return app.test_client().sign_in("viewer@example.org")  # type: ignore[attr-defined]


@pytest.fixture
def partner(app: Flask) -> Partner:
    """An active partner that the manager owns."""
    return add_partner("NORD", "Nordlicht Logistik", owner=_user("manager@example.org"))


@pytest.fixture
def other_partner(app: Flask) -> Partner:
    """An active partner of the administrator, a stranger to the first one."""
    return add_partner("SUED", "Südwind Verlag", owner=_user("admin@example.org"))


@pytest.fixture
def as_contact(app: Flask, partner: Partner) -> Any:
    """A browser of a contact of `partner`."""
    return _contact_browser(app, partner, "contact@nordlicht.example")


@pytest.fixture
def as_other_contact(app: Flask, other_partner: Partner) -> Any:
    """A browser of a contact of `other_partner`."""
    return _contact_browser(app, other_partner, "contact@suedwind.example")


def add_partner(code: str, name: str, owner: User | None = None, **changes: Any) -> Partner:
    """An active partner without figures."""
    values = {"type": "supplier", "status": "active", "currency": "EUR"} | changes
    return Partner.create(
        code=code, name=name, name_key=partners.name_key(name, code), owner=owner, **values
    )


def _user(email: str) -> User:
    return User.get(User.email == email)


def _contact_browser(app: Flask, partner: Partner, email: str) -> Any:
    add_contact(partner, email)
    return app.test_client().sign_in(email)  # type: ignore[attr-defined]


def add_contact(partner: Partner, email: str) -> Contact:
    """The partner's primary contact, with an account and the right to sign."""
    user = services.add_person(
        name=f"Contact of {partner.name}",
        email=email,
        role="contact",
        password=PASSWORD,
        cheap=True,
    )
    return Contact.create(
        partner=partner,
        side="partner",
        name=user.name,
        email=email,
        user=user,
        is_primary=True,
        can_sign=True,
    )


__all__ = [
    "PASSWORD",
    "Browser",
    "add_contact",
    "add_partner",
    "config_for",
    "found",
    "make_app",
    "open_database",
]
