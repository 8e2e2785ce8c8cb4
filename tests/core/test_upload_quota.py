"""What one person from outside may upload within a day, and what is left of the form beyond it."""

import io
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.datastructures import FileStorage

from app.core import clock
from app.core.contract import Viewer
from app.core.db import connect, database
from app.core.files import services
from app.core.files.models import StoredFile
from app.core.files.rules import FileRefusal
from app.core.kpis.models import Revision
from app.core.partners.models import Contact
from tests.core.account_support import user
from tests.core.desk import Desk, staff
from tests.core.test_links import MONTH, field, report, send

TEXT = b"region,sales\nnorth,90\n"


def limit(app, **changes):
    made = app.extensions["entente"]
    app.extensions["entente"] = replace(made, config=replace(made.config, **changes))


def outsider(app, role="contact"):
    return Viewer(user("viewer@example.org").id, "Ines", "ines@x.example", role, frozenset())


def store(app, by, data=TEXT):
    with app.app_context():
        upload = FileStorage(io.BytesIO(data), "sales.csv")
        return services.store_file(upload, owner="kpi_evidence", by=by)


@pytest.mark.parametrize("role", ["contact", "guest"])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_so_many_files_and_no_more(app, role):
    limit(app, outside_files=2)
    by = outsider(app, role)
    for _ in range(2):
        store(app, by)
    with pytest.raises(FileRefusal, match="files within a day"):
        store(app, by)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_so_many_megabytes_and_no_more(app):
    limit(app, outside_mb=1)
    by = outsider(app)
    store(app, by, TEXT * 30_000)
    with pytest.raises(FileRefusal) as refused:
        store(app, by, TEXT * 30_000)
    assert refused.value.params == {"most": 1, "left": 0}
    assert StoredFile.select().count() == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_yesterdays_files_do_not_count(app):
    limit(app, outside_files=1)
    by = outsider(app)
    store(app, by)
    with clock.frozen(clock.now() + timedelta(hours=25)):
        store(app, by)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_each_person_counts_alone_and_staff_not_at_all(app):
    limit(app, outside_files=1)
    store(app, outsider(app))
    store(app, replace(outsider(app), user_id=user("manager@example.org").id))
    for _ in range(3):
        store(app, staff())


def test_of_many_uploads_at_once_no_more_get_in(app):
    limit(app, outside_files=3)
    by, start, outcomes = outsider(app), threading.Barrier(8), []

    def run():
        with app.app_context():
            connect()
            start.wait(20)
            try:
                outcomes.append(bool(store(app, by)))
            except FileRefusal:
                outcomes.append(False)
            finally:
                database.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outcomes.count(True) == 3
    assert StoredFile.select().count() == 3


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_link_refuses_in_words_and_keeps_what_was_typed(app, client, as_manager, partner):
    contact = Contact.create(partner=partner, side="partner", name="Ines", email="i@n.example")
    owed = Desk(app).kpi("REV", "Revenue", submitter="partner")
    Desk(app).target(partner, owed, MONTH)
    limit(app, outside_files=1)
    path = send(as_manager, partner, contact)
    files = [(io.BytesIO(TEXT), "sales.csv"), (io.BytesIO(TEXT), "more.csv")]
    answer = report(client, path, owed, **{field(owed, "evidence"): files})
    assert answer.status_code == 422
    assert "You have uploaded 1 files within a day" in answer.text
    assert 'value="90"' in answer.text
    assert "sales.csv" in answer.text  # the one that was taken is not lost
    assert not Revision.select().exists()
    assert report(client, path, owed).status_code == 303
