"""Mails that come back as mails: read from what servers write, believed by Message-ID alone."""

import mailbox
from functools import partial
from typing import Any

import pytest

from app.core.messages import bounces, dsn
from app.core.messages.models import BouncingAddress, Mail
from app.core.models import AuditEntry
from app.core.partners.models import Contact
from tests.core.command_line import Command, entente, founded

__all__ = ["entente", "founded"]

TOKEN = "0123456789abcdef" * 2
TO = "ines@nordlicht.example"
ONE = pytest.mark.parametrize("database_kind", ["sqlite"])

POSTFIX = b"""\
Return-Path: <>
Date: Sun, 22 Nov 2026 10:00:00 +0000 (UTC)
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: desk@example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9B095B5ADSN=_01C3D1A6.1"
Message-Id: <20261122100000.9B095B5ADSN@mail.example.org>

This is a MIME-encapsulated message.

--9B095B5ADSN=_01C3D1A6.1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.org.

--9B095B5ADSN=_01C3D1A6.1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
X-Postfix-Queue-ID: 9B095B5ADSN
Arrival-Date: Sun, 22 Nov 2026 09:59:59 +0000 (UTC)

Final-Recipient: rfc822; ines@nordlicht.example
Original-Recipient: rfc822;ines@nordlicht.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.nordlicht.example
Diagnostic-Code: smtp; 550 5.1.1 <ines@nordlicht.example>: Recipient address
    rejected: User unknown in virtual mailbox table

--9B095B5ADSN=_01C3D1A6.1
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <desk@example.org>
Subject: Hello
From: Harbour & Hill <desk@example.org>
To: ines@nordlicht.example
Message-ID: <0123456789abcdef0123456789abcdef@desk.example.org>

--9B095B5ADSN=_01C3D1A6.1--
"""

EXCHANGE = b"""\
From: "Microsoft Outlook" <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@nordlicht.example>
To: <desk@example.org>
Date: Sun, 22 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;\r
\tboundary="e3b0c442-98fc"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: de-DE
Message-ID: <7d9f@nordlicht.example>
In-Reply-To: <0123456789abcdef0123456789abcdef@desk.example.org>
References: <0123456789abcdef0123456789abcdef@desk.example.org>
Subject: =?utf-8?B?VW56dXN0ZWxsYmFy?=: Hello
Auto-Submitted: auto-replied

--e3b0c442-98fc
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="7d9f-alt"

--7d9f-alt
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Fehler bei der Nachrichtenzustellung an folgende Empf=C3=A4nger

--7d9f-alt
Content-Type: text/html; charset="utf-8"

<html><body>Fehler</body></html>

--7d9f-alt--

--e3b0c442-98fc
Content-Type: message/delivery-status

Reporting-MTA: dns;EX01.nordlicht.example
Received-From-MTA: dns;mail.example.org
Arrival-Date: Sun, 22 Nov 2026 09:59:59 +0000

Original-Recipient: rfc822;ines@nordlicht.example
Final-Recipient: rfc822;ines.falk@nordlicht.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup
X-Display-Name: Ines Falk

--e3b0c442-98fc
Content-Type: message/rfc822

Received: from mail.example.org (192.0.2.1) by EX01.nordlicht.example
From: Harbour & Hill <desk@example.org>
To: <ines@nordlicht.example>
Subject: Hello
Message-ID: <0123456789abcdef0123456789abcdef@desk.example.org>
MIME-Version: 1.0
Content-Type: text/plain

Good morning

--e3b0c442-98fc--
"""

CHANGED: dict[str, tuple[bytes, bytes]] = {
    "a delay": (b"Action: failed", b"Action: delayed"),
    "a delivery": (b"Action: failed", b"Action: delivered"),
    "no Message-ID": (b"Message-ID: <0123", b"X-Former-ID: <0123"),
    "another Message-ID": (b"<0123456789abcdef0", b"<fedcba98765432100"),
    "no report": (b"multipart/report", b"multipart/mixed"),
    "no status": (b"message/delivery-status", b"text/plain"),
    "a reply that quotes it": (b"Content-Type: text/rfc822-headers", b"Content-Type: text/plain"),
}


@pytest.fixture
def sent(app: Any) -> Mail:
    """A mail that was handed over to the mail server."""
    return Mail.create(
        token=TOKEN,
        to_address=TO,
        kind="test",
        subject="Hello",
        content="{}",
        state="sent",
        attempts=1,
    )


def state(mail: Mail) -> tuple[str, str]:
    found = Mail.get_by_id(mail.id)
    return found.state, found.error


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (
            POSTFIX,
            "550 5.1.1 <ines@nordlicht.example>: Recipient address rejected: "
            "User unknown in virtual mailbox table",
        ),
        (EXCHANGE, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup"),
    ],
    ids=["Postfix", "Exchange"],
)
def test_a_notice_marks_the_mail_and_its_address(sent, sample, reason):
    assert bounces.take(sample) == "returned"
    assert state(sent) == ("bounced", reason)
    row = BouncingAddress.get()
    assert (row.address, row.reason) == (TO, reason)
    assert AuditEntry.get(AuditEntry.action == "mail.came_back").ref == f"mail:{sent.id}"


@ONE
def test_line_ends_of_the_wire_make_no_difference(sent):
    assert bounces.take(POSTFIX.replace(b"\n", b"\r\n")) == "returned"


@ONE
def test_the_same_notice_changes_nothing_the_second_time(sent):
    bounces.take(POSTFIX)
    assert bounces.take(POSTFIX) == "known"
    assert AuditEntry.select().where(AuditEntry.action == "mail.came_back").count() == 1


@ONE
@pytest.mark.parametrize(
    ("status", "expected", "marked"),
    [(b"5.2.1", "bounced", 1), (b"4.4.7", "failed", 0), (b"5.7.1", "failed", 0)],
    ids=["closed for ever", "given up after days", "refused by policy"],
)
def test_only_a_permanent_fault_of_the_address_marks_it(sent, status, expected, marked):
    assert bounces.take(POSTFIX.replace(b"5.1.1", status)) == "returned"
    assert state(sent)[0] == expected
    assert BouncingAddress.select().count() == marked


@ONE
@pytest.mark.parametrize("what", CHANGED)
def test_what_is_no_failure_of_a_mail_of_ours_changes_nothing(sent, what):
    assert bounces.take(POSTFIX.replace(*CHANGED[what])) == "unread"
    assert state(sent) == ("sent", "")
    assert not BouncingAddress.select().exists()


@ONE
def test_a_notice_that_is_forged_with_the_right_address_is_not_believed(sent):
    forged = POSTFIX.replace(TOKEN.encode(), b"f" * 32)
    assert b"Final-Recipient: rfc822; ines@nordlicht.example" in forged
    assert bounces.take(forged) == "unread"
    assert state(sent)[0] == "sent"


@ONE
def test_a_notice_of_another_address_marks_whom_we_wrote_to_and_nobody_else(sent):
    bounces.take(POSTFIX.replace(b"rfc822; ines@", b"rfc822; ceo@"))
    assert [row.address for row in BouncingAddress.select()] == [TO]


@ONE
def test_a_notice_of_what_was_sent_again_since_is_old(sent):
    Mail.update(token="a" * 32).execute()
    assert bounces.take(POSTFIX) == "unread"


@ONE
def test_a_notice_that_is_faster_than_the_worker_is_not_lost(sent):
    Mail.update(state="waiting").execute()
    assert bounces.take(POSTFIX) == "returned"
    Mail.update(state="waiting", attempts=0).execute()
    assert bounces.take(POSTFIX) == "known"  # never handed over: nothing can have come back


def nested(depth: int) -> bytes:
    """A mail in a mail in a mail, so many times."""
    head = b"".join(
        b'Content-Type: multipart/report; boundary="%d"\n\n--%d\n' % (n, n) for n in range(depth)
    )
    return head + b"Content-Type: message/delivery-status\n\nAction: failed\n"


@ONE
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 1000,
        bytes(range(256)) * 40,
        b"Content-Type: multipart/report\n\nno boundary",
        b'Content-Type: multipart/report; boundary="=?x"\nSubject: \xff\xfe\n\n--=?x\n\xff',
        nested(3_000),
        b"Content-Type: message/rfc822\n\n" * 3_000,
        b"A: b\n" * 200_000,
    ],
    ids=["empty", "zeros", "noise", "boundless", "odd", "nested", "wrapped", "headers"],
)
def test_junk_is_read_without_harm(sent, data):
    assert bounces.take(data) == "unread"
    assert state(sent)[0] == "sent"


@ONE
def test_a_notice_that_returns_ten_megabytes_is_read_from_its_beginning(sent):
    big = EXCHANGE.replace(b"Good morning\n", b"Good morning, everybody here\n" * 360_000)
    assert len(big) > 10_000_000
    assert bounces.take(big) == "returned"


@ONE
def test_words_of_a_server_are_bounded_and_in_one_line(sent):
    long = POSTFIX.replace(b"User unknown", b"\x1b[31m<script>" + b"x" * 5_000)
    assert bounces.take(long) == "returned"
    reason = state(sent)[1]
    assert len(reason) <= 480
    assert reason.isprintable()


@ONE
def test_staff_see_it_at_the_mail_and_at_the_contact(sent, as_admin, partner):
    Contact.create(partner=partner, side="partner", name="Ines Falk", email=TO)
    Mail.update(sent_at=Mail.created_at).execute()
    bounces.take(POSTFIX)
    assert "E-mail refused" in as_admin.get(f"/partners/{partner.id}").text
    assert TO in as_admin.get("/settings/mails?state=trouble").text
    page = as_admin.get(f"/settings/mails/{sent.id}").text
    assert "and came back" in page
    assert "User unknown in virtual mailbox table" in page


# ---- The command


@pytest.fixture
def read(founded: Command) -> Command:
    """A function that runs the command on a desk that has sent a mail."""
    from app.commands.running import application

    with application():
        Mail.create(token=TOKEN, to_address=TO, kind="x", subject="Hello", content="", state="sent")
    return partial(founded, "mail", "bounces")


def test_one_mail_is_piped_in(read):
    answer = read("-", input=POSTFIX)
    assert (answer.exit_code, answer.output) == (0, "came back\n")
    assert read("-", input=POSTFIX).output == "known already\n"


def test_junk_that_is_piped_in_does_not_come_back_to_its_sender(read):
    answer = read("-", input=b"Hello, are you there?")
    assert (answer.exit_code, answer.output) == (0, "no notice of a mail of ours\n")


def test_a_desk_out_of_reach_makes_the_mail_server_try_again(read, monkeypatch):
    monkeypatch.setenv("ENTENTE_DATABASE_URL", "postgresql://desk@127.0.0.1:1/desk")
    assert read("-", input=POSTFIX).exit_code == 75


def test_a_maildir_is_read_once(read, tmp_path):
    box = mailbox.Maildir(tmp_path / "box")
    box.add(POSTFIX)
    box.add(b"Subject: Hello\n\nAre you there?")
    assert read(tmp_path / "box").output.split() == [
        *("1", "came", "back", "0", "known", "already", "1"),
        *["no", "notice", "of", "a", "mail", "of", "ours"],
    ]
    assert sorted(message.get_flags() for message in mailbox.Maildir(tmp_path / "box")) == ["S"] * 2
    assert read(tmp_path / "box").output.split()[0] == "0"


def test_an_mbox_a_folder_and_a_file_are_read(read, tmp_path):
    box = mailbox.mbox(tmp_path / "mbox")
    box.add(b"Subject: Hello\n\nAre you there?")
    box.add(POSTFIX)
    box.close()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "one.eml").write_bytes(POSTFIX)
    (tmp_path / "single.eml").write_bytes(POSTFIX)
    answer = read(tmp_path / "mbox", tmp_path / "folder", tmp_path / "single.eml")
    assert [line.split()[0] for line in answer.output.splitlines()] == ["1", "2", "1"]


def test_a_file_that_is_not_there_is_said(read):
    answer = read("nowhere")
    assert answer.exit_code == 2
    assert "nowhere: No such file" in answer.output


def test_samples_are_what_the_parser_is_told_of():
    for sample in (POSTFIX, EXCHANGE):
        notice = dsn.read(sample)
        assert notice is not None
        assert notice.tokens == (TOKEN,)
        assert notice.permanent
