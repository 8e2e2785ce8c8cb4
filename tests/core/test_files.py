"""Stored files: written through, sent as attachments, read by those whom the owner lets."""

import io
import os
import time
from datetime import timedelta

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from app.core import clock
from app.core.files import services, storage
from app.core.files.models import StoredFile
from app.core.files.owners import OWNERS, Owner
from app.core.files.rules import FileRefusal
from tests.core.desk import staff
from tests.core.test_file_rules import PDF, picture

HELD: set[int] = set()


@pytest.fixture(autouse=True)
def owner(monkeypatch):
    """Records called "thing", which staff may read."""
    HELD.clear()
    thing = Owner(
        lambda file_id, viewer: file_id in HELD and viewer.is_staff,
        lambda ids: HELD & set(ids),
    )
    monkeypatch.setitem(OWNERS, "thing", thing)


@pytest.fixture
def store(app):
    """A function that stores a file for the administrator."""

    def store(name="ledger.pdf", data=PDF, held=True, kind="thing"):
        with app.app_context():
            upload = FileStorage(io.BytesIO(data), name)
            file_id = services.store_file(upload, owner=kind, by=staff())
        if held:
            HELD.add(file_id)
        return file_id

    return store


def status(browser, path):
    with browser.get(path) as answer:
        return answer.status_code


def files_of(app):
    return list((app.extensions["entente"].config.data / "files").glob("*/*"))


def test_a_file_has_a_random_name_on_disk(app, store):
    file_id = store()
    (path,) = files_of(app)
    assert path.name == StoredFile.get_by_id(file_id).key
    assert "ledger" not in str(path)
    assert path.read_bytes() == PDF
    assert path.stat().st_mode & 0o077 == 0


def test_a_download_is_an_inert_attachment(as_viewer, store):
    file_id = store('Übersicht "x".pdf')
    with as_viewer.get(f"/files/{file_id}") as answer:
        assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%C3%9Cbersicht" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_name_cannot_add_headers(as_viewer, store):
    file_id = store("a\r\nX-Evil: 1\r\n.pdf")
    with as_viewer.get(f"/files/{file_id}") as answer:
        assert "X-Evil" not in answer.headers


def test_a_picture_has_a_preview(as_viewer, store):
    file_id = store("photo.jpg", picture(size=(900, 600)))
    with as_viewer.get(f"/files/{file_id}/preview") as answer:
        assert Image.open(io.BytesIO(answer.data)).size == (240, 160)
    assert status(as_viewer, f"/files/{store()}/preview") == 404


def test_who_may_not_read_the_owner_finds_nothing(as_contact, store):
    file_id = store()
    assert status(as_contact, f"/files/{file_id}") == 404
    assert status(as_contact, f"/files/{file_id}/preview") == 404


def test_a_file_of_an_unknown_owner_is_read_by_nobody(as_admin, store):
    assert status(as_admin, f"/files/{store(kind='gone')}") == 404


def test_a_file_that_nothing_holds_is_its_uploaders_alone(as_admin, as_viewer, store):
    file_id = store(held=False)
    assert status(as_admin, f"/files/{file_id}") == 200
    assert status(as_viewer, f"/files/{file_id}") == 404


def test_a_file_that_is_missing_on_disk_is_not_found(app, as_admin, store):
    file_id = store()
    files_of(app)[0].unlink()
    assert status(as_admin, f"/files/{file_id}") == 404


def test_a_file_over_the_cap_is_refused(app, store):
    with pytest.raises(FileRefusal, match="larger"):
        store("big.txt", b"x" * (20 * 1024 * 1024 + 1))
    assert not files_of(app)


def test_the_sweep_forgets_what_nothing_holds_after_a_day(app, store):
    held, waiting, stale = store(), store(held=False), store(held=False)
    before = clock.now() - timedelta(days=2)
    StoredFile.update(uploaded_at=before).where(StoredFile.id.in_([held, stale])).execute()
    with app.app_context():
        services.sweep()
    assert {row.id for row in StoredFile.select()} == {held, waiting}
    assert len(files_of(app)) == 2


def test_the_sweep_forgets_bytes_without_a_row_after_a_day(app, store):
    store()
    with app.app_context():
        young, old = storage.write(b"young"), storage.write(b"old", b"small")
        path = storage.path_of(old)
        os.utime(path, (time.time() - 2 * 24 * 3600,) * 2)
        services.sweep()
        assert storage.path_of(young).exists()
    assert not path.exists()
    assert not path.with_name(old + ".preview").exists()
    assert StoredFile.select().count() == 1
