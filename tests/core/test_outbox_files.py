"""Mails that were written as files go with the mails: after their time, and with their person."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.accounts.models import User
from app.core.db import atomic
from app.core.messages import sending
from app.core.messages.models import Mail
from app.core.messages.services import queue_mail
from app.core.personal import queries, retention, services

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
VIEWER = "viewer@example.org"


def write(app, to, days=0):
    """A mail that was written so many days ago, and its file."""
    with app.app_context():
        with clock.frozen(clock.now() - timedelta(days=days)), atomic():
            queue_mail(to, kind="test", subject="Hello", paragraphs=["Good morning"])
        sending.send_due()


def files(app):
    folder = app.extensions["entente"].config.data / "mail"
    return sorted(path.name for path in folder.iterdir())


def test_a_file_goes_when_its_mail_has_been_kept_long_enough(app):
    write(app, "ada@example.org", days=200)
    write(app, "ada@example.org", days=100)
    assert len(files(app)) == 2
    with app.app_context():
        retention.apply()
    assert len(files(app)) == 1
    assert Mail.select().count() == 1


def test_a_file_whose_mail_is_gone_goes_all_the_same(app):
    write(app, "ada@example.org", days=200)
    Mail.delete().execute()
    with app.app_context():
        retention.apply()
    assert files(app) == []


def test_what_else_lies_in_the_folder_is_left_alone(app):
    folder = app.extensions["entente"].config.data / "mail"
    folder.mkdir(parents=True)
    kept = ["20200101-000000-notes.eml", "20200101-000000-0123456789ab.eml.bak", "old.eml"]
    for name in kept:
        (folder / name).write_text("mine")
    with app.app_context():
        retention.apply()
    assert files(app) == sorted(kept)


def test_mails_that_are_kept_for_ever_keep_their_files(app):
    write(app, "ada@example.org", days=2_000)
    with app.app_context():
        retention.change({"mails": None})
        retention.apply()
    assert len(files(app)) == 1


def test_a_person_who_is_erased_leaves_no_mail_behind_in_the_folder(app):
    write(app, VIEWER)
    write(app, "ada@example.org")
    with app.test_request_context():
        services.erase(queries.by_email(VIEWER))
    assert len(files(app)) == 1
    assert not User.select().where(User.email == VIEWER).exists()
