"""E-mails: an outbox that a job empties into a real server, however that behaves."""

import socket
import ssl
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from app import mail as transport
from app.config import Config, ConfigError
from app.core import clock
from app.core.accounts.models import User
from app.core.db import atomic
from app.core.events import enqueue
from app.core.messages import sending
from app.core.messages.models import BouncingAddress, Mail, MailOutage
from app.core.messages.services import notify, queue_mail
from app.core.models import Job
from app.jobs import run_pending
from tests.core.mail_server import configured, mail_server

ON_ONE = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def post(app: Any) -> Any:
    """A mail server that takes everything, and that the application uses."""
    with mail_server() as (found, url):
        configured(app, url)
        yield found


def write(app: Any, to: str = "ada@example.org", **values: Any) -> int:
    given = {"kind": "test", "subject": "Hello", "paragraphs": ["Good morning,", "it works."]}
    with app.app_context(), atomic():
        return queue_mail(to, **(given | values))


def send(app: Any, later: timedelta = timedelta(0)) -> None:
    with app.app_context(), clock.frozen(clock.now() + later):
        sending.send_due()


def test_a_mail_goes_out_by_the_job_in_both_forms(app, post):
    mail_id = write(app, action=("Look", "https://desk.example.org/x"))
    assert post.taken == []  # the write itself touches no network
    run_pending(app)
    [(sender, receivers, message)] = post.taken
    assert (sender, receivers) == ("desk@example.org", ["ada@example.org"])
    assert message["From"] == "Harbour & Hill <desk@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{Mail.get_by_id(mail_id).token}@127.0.0.1>"
    plain, html = (part.get_payload(decode=True).decode() for part in message.get_payload())
    for text in ("Good morning,", "it works.", "https://desk.example.org/x"):
        assert text in plain
        assert text in html
    assert "<script" not in html
    assert "<img" not in html
    assert "<table" not in html
    assert Mail.get_by_id(mail_id).state == "sent"
    run_pending(app)
    assert len(post.taken) == 1


def test_mails_that_wait_go_out_by_one_job_that_stands_for_all(app, post):
    for n in range(3):
        write(app, f"p{n}@example.org")
    with app.app_context(), atomic():
        enqueue(sending.SEND, delay=60)
    send(app)
    assert len(post.taken) == 3
    assert Job.select().where(Job.name == sending.SEND).count() == 1  # which is not due yet


@ON_ONE
def test_what_people_write_is_escaped_in_html(app, post):
    write(app, subject="<b>Hi</b>", paragraphs=["<script>alert(1)</script>"])
    run_pending(app)
    html = post.taken[0][2].get_payload()[1].get_payload(decode=True).decode()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


@ON_ONE
@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\nBcc: x@y.example",
        "a@b.example, c@d.example",
        "Ada <a@b.example>",
        "",
        "a b@c.d",
        "a@b.example\r\nX: y",
        "a@b@c",
    ],
)
def test_an_address_that_is_not_exactly_one_is_refused(app, address):
    with pytest.raises(ValueError, match="one e-mail address"):
        write(app, address)


@ON_ONE
def test_a_subject_cannot_add_a_header(app, post):
    write(app, subject="Hello\r\nBcc: thief@example.org\r\n\r\nbody")
    run_pending(app)
    _sender, receivers, message = post.taken[0]
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: thief@example.org body"
    assert receivers == ["ada@example.org"]


@ON_ONE
def test_an_address_refused_for_good_is_marked_and_others_go_on(app, post):
    post.recipient = "550 5.1.1 No such user"
    gone = write(app, "gone@example.org")
    send(app)
    post.recipient = "250 OK"
    there = write(app, "there@example.org")
    send(app)
    assert Mail.get_by_id(gone).state == "bounced"
    assert Mail.get_by_id(gone).error == "550 5.1.1 No such user"
    assert BouncingAddress.get().address == "gone@example.org"
    assert Mail.get_by_id(there).state == "sent"
    with app.app_context():
        assert sending.resend(Mail.get_by_id(gone))
    send(app)
    assert BouncingAddress.select().count() == 0


@ON_ONE
def test_a_refusal_by_policy_or_content_does_not_blame_the_address(app, post):
    post.recipient = "554 5.7.1 Relay access denied"
    one = write(app)
    send(app)
    post.recipient, post.data = "250 OK", "554 5.6.0 Content refused"
    two = write(app)
    send(app)
    assert [Mail.get_by_id(id_).state for id_ in (one, two)] == ["failed", "failed"]
    assert BouncingAddress.select().count() == 0


@ON_ONE
def test_a_mail_that_is_put_off_comes_again_later_and_is_given_up_after_five_days(app, post):
    post.recipient = "450 4.2.0 Greylisted"
    mail_id = write(app)
    send(app)
    found = Mail.get_by_id(mail_id)
    assert (found.state, found.error) == ("waiting", "450 4.2.0 Greylisted")
    send(app)
    assert Mail.get_by_id(mail_id).attempts == 1  # not before its time
    send(app, timedelta(days=6))
    assert Mail.get_by_id(mail_id).state == "failed"
    assert BouncingAddress.select().count() == 0


def test_a_server_that_is_down_delays_and_loses_nothing(app):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    configured(app, f"smtp://127.0.0.1:{port}")
    ids = [write(app, f"p{n}@example.org") for n in range(3)]
    run_pending(app)
    assert MailOutage.get().failures == 1
    run_pending(app)
    assert MailOutage.get().failures == 1  # left alone until its time
    assert not Job.select().where(Job.name == "mail.send", Job.state == "dead").exists()
    with mail_server() as (post, url):
        configured(app, url)
        send(app, timedelta(minutes=10))
        assert len(post.taken) == 3
    assert {Mail.get_by_id(id_).state for id_ in ids} == {"sent"}
    assert MailOutage.select().count() == 0


@ON_ONE
def test_the_home_page_tells_administrators_that_the_mail_server_is_away(
    app, partner, as_admin, as_manager
):
    now = clock.now()
    MailOutage.create(id=1, since=now, retry_at=now, error="Connection refused")
    assert "Connection refused" in as_admin.get("/home").text
    assert "Connection refused" not in as_manager.get("/home").text


@ON_ONE
def test_a_server_that_hangs_is_left_after_a_while(app, post, monkeypatch):
    monkeypatch.setattr(transport, "TIMEOUT", 0.3)
    post.hangs = True
    mail_id = write(app)
    send(app)
    assert Mail.get_by_id(mail_id).state == "waiting"
    assert "timed out" in MailOutage.get().error


@ON_ONE
def test_a_name_and_password_are_not_sent_without_encryption(app, monkeypatch):
    way = transport.way("smtp://desk:secret@mail.example.org")
    assert "secret" not in repr(way)
    with mail_server() as (_post, url):
        port = int(url.rpartition(":")[2])
        elsewhere = replace(way, host="127.0.0.1", port=port)
        monkeypatch.setattr(transport, "_is_here", lambda _host: False)
        with (
            pytest.raises(transport.Unavailable, match="no encryption"),
            transport.opened(elsewhere),
        ):
            pass


@ON_ONE
def test_a_certificate_that_nobody_vouches_for_is_refused(app, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    with mail_server(tls_context=context) as (post, url):
        configured(app, url)
        write(app)
        send(app)
        assert post.taken == []
    assert "certificate" in MailOutage.get().error.lower()


def self_signed(folder: Any) -> tuple[str, str]:
    import subprocess

    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
    )
    return str(certificate), str(key)


@ON_ONE
def test_without_a_server_mails_are_files(app):
    write(app)
    run_pending(app)
    folder = app.extensions["entente"].config.data / "mail"
    [file] = folder.iterdir()
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o077 == 0
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == "ada@example.org"
    assert message["Date"].datetime.utcoffset() == timedelta(0)


@ON_ONE
def test_a_secret_mail_is_shown_to_nobody_and_erased_once_it_is_sent(app, post, as_admin):
    mail_id = write(app, paragraphs=["token-4711"], secret=True)
    assert "token-4711" not in as_admin.get(f"/settings/mails/{mail_id}").text
    run_pending(app)
    assert "token-4711" in post.taken[0][2].get_payload()[0].get_payload(decode=True).decode()
    assert Mail.get_by_id(mail_id).content == ""
    assert as_admin.send(f"/settings/mails/{mail_id}/resend").status_code == 409


def test_two_workers_never_take_the_same_mail(app, post):
    write(app)
    with app.app_context():
        first, second = sending._claim(), sending._claim()
    assert first is not None
    assert second is None
    # Its worker is killed: it is due again, under the same Message-ID.
    send(app, timedelta(minutes=6))
    assert post.taken[0][2]["Message-ID"].startswith(f"<{first.token}@")
    with app.app_context():
        assert not sending._mark(first, state="failed")  # the first worker comes too late


@ON_ONE
def test_the_list_has_problems_first_and_can_be_searched(app, post, as_admin, as_manager):
    post.recipient = "550 5.1.1 No such user"
    write(app, "gone@example.org", subject="Invitation")
    send(app)
    post.recipient = "250 OK"
    write(app, "there@example.org", subject="Summary")
    send(app)
    page = as_admin.get("/settings/mails").text
    assert page.index("gone@example.org") < page.index("there@example.org")
    assert "gone@example.org" not in as_admin.get("/settings/mails?state=sent").text
    assert "there@example.org" in as_admin.get("/settings/mails?q=summ").text
    assert "there@example.org" not in as_admin.get("/settings/mails?q=%25").text
    assert as_manager.get("/settings/mails").status_code == 403
    mail = Mail.get(Mail.to_address == "gone@example.org")
    assert as_admin.send(f"/settings/mails/{mail.id}/resend").status_code == 303
    run_pending(app)
    assert Mail.get_by_id(mail.id).state == "sent"


@ON_ONE
def test_the_page_says_that_nothing_leaves_the_house(app, as_admin):
    assert "Nothing leaves the house" in as_admin.get("/settings/mails").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ENTENTE_MAIL_URL": "http://x"}, "ENTENTE_MAIL_URL: it begins with"),
        ({"ENTENTE_MAIL_URL": "smtp://"}, "ENTENTE_MAIL_URL: name the server"),
        ({"ENTENTE_MAIL_URL": "smtp://h:99999"}, "ENTENTE_MAIL_URL: the port"),
        ({"ENTENTE_MAIL_URL": "file://folder"}, "ENTENTE_MAIL_URL: a folder is written"),
        ({"ENTENTE_MAIL_URL": "smtp://h"}, "ENTENTE_MAIL_FROM: give the address"),
        ({"ENTENTE_MAIL_FROM": "A <a@b.example>"}, "ENTENTE_MAIL_FROM: one e-mail address"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path, values, words):
    with pytest.raises(ConfigError, match=words):
        Config.from_environ({"ENTENTE_DATA": str(tmp_path)} | values)


def test_a_password_stands_in_no_text_of_the_settings(tmp_path):
    config = Config.from_environ(
        {
            "ENTENTE_DATA": str(tmp_path),
            "ENTENTE_MAIL_URL": "smtps://desk:hu%2Fsh@mail.example.org",
            "ENTENTE_MAIL_FROM": "desk@example.org",
        }
    )
    assert config.mail_way.password == "hu/sh"
    assert (config.mail_way.port, config.mail_way.label) == (465, "mail.example.org:465")
    assert "hu%2Fsh" not in repr(config)
    assert "hu/sh" not in repr(config.mail_way)


@ON_ONE
def test_an_address_that_is_refused_is_marked_at_the_contact_and_the_person(
    app, post, as_admin, as_contact, partner
):
    post.recipient = "550 5.1.1 No such user"
    write(app, "contact@nordlicht.example")
    send(app)
    assert "E-mail refused" in as_admin.get(f"/partners/{partner.id}").text
    assert "E-mail refused" in as_admin.get("/people").text
    # It is not written to again by itself, and its owner finds everything under the bell.
    with app.app_context(), atomic():
        person = Mail.select().get().to_address
        user = User.get(User.email == person)
        notify("kpis.returned", [user.id], title="Given back", ref="")
    assert Mail.select().count() == 1
    assert "Given back" in as_contact.get("/notifications").text
