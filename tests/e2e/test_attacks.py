"""A running server with two processes, attacked by many browsers at the same moment."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from app.core.accounts import invitations, mailed_links, second_factor, throttle
from app.core.accounts.models import Invitation, SecondFactor, SignInFailure, User, UserSession
from app.core.accounts.tokens import hashed
from app.core.db import atomic, database, open_database
from app.core.kpis.models import Revision
from app.core.messages.models import Mail
from app.core.partners.models import Contact, Partner
from app.testing import PASSWORD, SECRET, add_partner, founded, make_app
from tests.core.account_support import link_in
from tests.core.desk import Desk as Records
from tests.core.desk import last_month
from tests.core.served import free_port
from tests.databases import fresh_url
from tests.e2e.attacker import Answer, Attacker, at_once
from tests.e2e.conftest import ROOT, environment, wait_for

MANY = 8
ADMIN, MANAGER, VIEWER = (f"{role}@example.org" for role in ("admin", "manager", "viewer"))
MONTH = last_month(2)
FORMER = "the-key-of-last-year"


@dataclass(frozen=True)
class Attacked:
    """A running desk, and its records as the test sees them."""

    url: str
    app: Flask

    def browsers(self, count: int = MANY) -> list[Attacker]:
        """Browsers of strangers."""
        return [Attacker(self.url) for _ in range(count)]

    def signed_in(self, email: str) -> Attacker:
        """A browser of somebody of the staff."""
        browser = Attacker(self.url)
        answer = browser.fill("/login", email=email, password=PASSWORD)
        assert answer.status == 303, answer.text
        return browser


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attacked]:
    """One server for all attacks on a kind of database."""
    data, port = tmp_path_factory.mktemp("attacked"), free_port()
    os.environ["ENTENTE_TEST_FOLDER"] = str(tmp_path_factory.getbasetemp())
    url = fresh_url(request.param, data, founded)
    app = make_app(data, url)
    with (data / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--no-worker"],
            env=environment(
                data,
                port,
                ENTENTE_DATABASE_URL=url,
                ENTENTE_SECRET_KEY=SECRET,
                ENTENTE_SECRET_KEY_FALLBACKS=FORMER,
                ENTENTE_WORKERS="2",
            ),
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", server)
            yield Attacked(f"http://127.0.0.1:{port}", app)
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture
def desk(running: Attacked) -> Iterator[Attacked]:
    """The running desk, with nobody slowed down by what another test has tried."""
    open_database(running.app.extensions["entente"].config.database_url)
    with running.app.app_context(), database.connection_context():
        SignInFailure.delete().execute()
        yield running


def statuses(answers: list[Answer]) -> dict[int, int]:
    """How often each status was answered."""
    return dict(Counter(answer.status for answer in answers))


def test_one_invitation_that_eight_accept_at_once_lets_one_in(desk: Attacked) -> None:
    with desk.app.test_request_context():
        row = invitations.invite("Nina", "nina@example.org", "viewer", by=None)
        Invitation.update(token_hash=hashed("nina's")).where(Invitation.id == row.id).execute()
    path = "/invitation/nina's"
    browsers = desk.browsers()
    tokens = [browser.token(path) for browser in browsers]
    answers = at_once(
        [
            lambda b=b, t=t, n=n: b.post(
                path, csrf_token=t, name=f"Nina {n}", password=f"quiet river stone {n}"
            )
            for n, (b, t) in enumerate(zip(browsers, tokens, strict=True))
        ]
    )
    assert statuses(answers) == {303: 1, 404: MANY - 1}
    assert User.select().where(User.email == "nina@example.org").count() == 1
    inside = [browser for browser in browsers if browser.get("/home").status == 200]
    assert len(inside) == 1


def test_one_link_for_a_task_that_eight_use_at_once_does_it_once(desk: Attacked) -> None:
    partner, kpi, path = owed(desk)
    browsers = desk.browsers()
    tokens = [browser.token(path) for browser in browsers]
    name = f"f{kpi}-{MONTH.key}-value"
    answers = at_once(
        [
            lambda b=b, t=t, n=n: b.post(path, **{"csrf_token": t, name: str(90 + n)})
            for n, (b, t) in enumerate(zip(browsers, tokens, strict=True))
        ]
    )
    assert statuses(answers) == {303: 1, 410: MANY - 1}
    assert Revision.select().where(Revision.partner == partner).count() == 1


def owed(desk: Attacked) -> tuple[Partner, int, str]:
    """A partner who owes a figure, its KPI, and the path of a link to report it."""
    number = Partner.select().count()
    partner = add_partner(f"P{number}", f"Partner {number}", User.get(User.email == MANAGER))
    contact = Contact.create(
        partner=partner, side="partner", name="Ines", email=f"ines@p{number}.example"
    )
    records = Records(desk.app)
    kpi = records.kpi(f"REV{number}", f"Revenue {number}", submitter="partner")
    records.target(partner, kpi, MONTH)
    sent = desk.signed_in(MANAGER).fill(f"/partners/{partner.id}/links", contact=str(contact.id))
    assert sent.status == 303, sent.text
    return partner, kpi, link_in(Mail.select().where(Mail.to_address == contact.email).get())


def test_one_recovery_code_that_eight_give_at_once_lets_one_in(desk: Attacked) -> None:
    person = User.get(User.email == VIEWER)
    SecondFactor.create(user=person, salt="ab", since=person.created_at)
    with atomic():
        code = second_factor.new_recovery_codes(person.id)[0]
    browsers = desk.browsers()
    for browser in browsers:
        answer = browser.fill("/login", email=VIEWER, password=PASSWORD)
        assert answer.location.startswith("/login/code")
    tokens = [browser.token("/login/code") for browser in browsers]
    answers = at_once(
        [
            lambda b=b, t=t: b.post("/login/code", csrf_token=t, code=code)
            for b, t in zip(browsers, tokens, strict=True)
        ]
    )
    SecondFactor.delete().execute()
    found = statuses(answers)
    assert found.pop(303) == 1
    assert set(found) <= {422, 429}
    whole = UserSession.select().where(UserSession.user == person, ~UserSession.waiting)
    assert whole.count() == 1


def test_one_link_for_a_password_that_eight_use_at_once_sets_one(desk: Attacked) -> None:
    person = User.get(User.email == VIEWER)
    with atomic():
        path = f"/reset/{mailed_links.reset_token(person)}"
    browsers = desk.browsers()
    tokens = [browser.token(path) for browser in browsers]
    passwords = [f"quiet river stone {n}" for n in range(MANY)]
    answers = at_once(
        [
            lambda b=b, t=t, p=p: b.post(path, csrf_token=t, password=p)
            for b, t, p in zip(browsers, tokens, passwords, strict=True)
        ]
    )
    assert statuses(answers) == {303: 1, 404: MANY - 1}
    opened = [
        each
        for each in passwords
        if desk.browsers(1)[0].fill("/login", email=VIEWER, password=each).status == 303
    ]
    assert len(opened) == 1


def test_guesses_of_links_are_counted_over_all_processes(desk: Attacked) -> None:
    for _ in range(throttle.LINKS_PER_NETWORK - 10):
        SignInFailure.create(key="link|127.0.0.1")
    browsers = desk.browsers(30)
    answers = at_once(
        [lambda b=b, n=n: b.get(f"/reset/made-up-{n}") for n, b in enumerate(browsers)]
    )
    assert statuses(answers) == {404: 10, 429: 20}
    assert SignInFailure.select().count() == throttle.LINKS_PER_NETWORK


def test_wrong_passwords_are_counted_over_all_processes(desk: Attacked) -> None:
    browsers = desk.browsers(16)
    tokens = [browser.token("/login") for browser in browsers]
    answers = at_once(
        [
            lambda b=b, t=t, n=n: b.post("/login", csrf_token=t, email=ADMIN, password=f"wrong {n}")
            for n, (b, t) in enumerate(zip(browsers, tokens, strict=True))
        ]
    )
    assert statuses(answers) == {422: throttle.PER_ACCOUNT, 429: 6}


def test_a_session_that_ended_is_refused_by_every_process_at_once(desk: Attacked) -> None:
    browser = desk.signed_in(MANAGER)
    copies = [browser.with_cookie(browser.cookie) for _ in range(20)]
    assert {copy.get("/home").status for copy in copies} == {200}
    token = browser.token("/account")
    assert browser.post("/logout", csrf_token=token).status == 303
    assert {copy.get("/home").location for copy in copies} == {"/login?next=/home"}


@pytest.mark.parametrize("how", ["another key", "an altered cookie", "a session made up"])
def test_a_forged_cookie_opens_nothing(desk: Attacked, how: str) -> None:
    browser = desk.signed_in(MANAGER)
    sid = signer(SECRET).loads(browser.cookie)["sid"]
    forged = {
        "another key": signer("guessed").dumps({"sid": sid}),
        "an altered cookie": browser.cookie[:-3] + ("AAA" if browser.cookie[-3:] != "AAA" else "B"),
        "a session made up": signer(SECRET).dumps({"sid": "x" * 43}),
    }[how]
    assert browser.with_cookie(forged).get("/home").location == "/login?next=/home"


def test_a_cookie_of_a_former_key_is_believed_while_that_is_kept(desk: Attacked) -> None:
    browser = desk.signed_in(MANAGER)
    sid = signer(SECRET).loads(browser.cookie)["sid"]
    dropped = "the-key-before-that"
    assert browser.with_cookie(signer(FORMER).dumps({"sid": sid})).get("/home").status == 200
    assert browser.with_cookie(signer(dropped).dumps({"sid": sid})).get("/home").status == 302


def signer(key: str) -> URLSafeTimedSerializer:
    """Signs as the desk signs its cookies, with any key."""
    made = Flask("signer")
    made.secret_key = key
    found = made.session_interface.get_signing_serializer(made)  # type: ignore[attr-defined]
    assert isinstance(found, URLSafeTimedSerializer)
    return found
