"""Pictures of PDF files: drawn apart, within bounds, and never of what cannot be drawn."""

import io
import subprocess
import sys
import time
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from app.core.files import first_page, previews, services, storage
from app.core.files.models import StoredFile
from app.jobs import run_pending
from tests.core.desk import staff


def pdf(pages=1, size=(200, 100), content=b"0 0 0 rg 0 0 50 50 re f", extra=b"", box=None):
    """A document of so many equal pages, written by hand."""
    box = box or f"0 0 {size[0]} {size[1]}".encode()
    packed = zlib.compress(content)
    kids = b" ".join(b"%d 0 R" % (4 + n) for n in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + extra + b">>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[" + box + b"]/Contents 3 0 R>>"
    objects += [page] * pages
    out, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        start,
    )


def test_the_first_page_becomes_a_small_picture():
    drawn = Image.open(io.BytesIO(previews.draw(pdf())))
    assert (drawn.format, drawn.size) == ("JPEG", (640, 320))


def test_ten_thousand_pages_cost_as_much_as_one():
    began = time.monotonic()
    assert previews.draw(pdf(pages=10_000))
    assert time.monotonic() - began < first_page.SECONDS


def test_a_script_is_not_run():
    script = b"/OpenAction<</S/JavaScript/JS(while\\(1\\){} app.launchURL\\('http://x'\\))>>"
    assert previews.draw(pdf(extra=script))


def test_what_cannot_be_drawn_has_no_picture():
    whole = pdf()
    broken = {
        "nothing": b"",
        "only a head": b"%PDF-1.7\n",
        "cut off": whole[:60],
        "no pages": whole.replace(b"/Count 1", b"/Count 0").replace(b"/Kids[4 0 R]", b"/Kids[]"),
        "a drawing": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "noise": b"%PDF-1.7\n" + bytes(range(256)) * 40,
        "encrypted": whole.replace(
            b"trailer<<",
            b"trailer<</Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O("
            + b"x" * 32
            + b")/U("
            + b"y" * 32
            + b")>>/ID[(a)(b)]",
        ),
    }
    for what, data in broken.items():
        assert previews.draw(data) is None, what


def test_a_page_without_bounds_is_drawn_within_ours_or_not_at_all():
    for box in (b"0 0 14400 14400", b"0 0 1e30 1e30", b"0 0 0 0", b"0 0 1 99999", b"5 5 -9 -9"):
        drawn = previews.draw(pdf(box=box))
        assert drawn is None or max(Image.open(io.BytesIO(drawn)).size) <= first_page.LONGEST


def test_a_bomb_ends_its_own_process_only():
    began = time.monotonic()
    bomb = pdf(content=b"0 0 m 1 1 l S\n" * 20_000_000)  # 280 MB of drawing from 300 kB
    drawn = previews.draw(bomb)
    assert drawn is None or drawn.startswith(b"\xff\xd8")
    assert time.monotonic() - began < first_page.SECONDS + 8


def test_the_program_refuses_more_than_it_reads():
    done = subprocess.run(
        [sys.executable, "-I", str(Path(first_page.__file__))],
        input=b"x" * (first_page.MOST_BYTES + 1),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2


@pytest.fixture
def stored(app):
    """A PDF as an upload leaves it."""

    def store(data):
        with app.test_request_context():
            upload = SimpleNamespace(filename="plan.pdf", stream=io.BytesIO(data))
            return StoredFile.get_by_id(services.store_file(upload, owner="document", by=staff()))

    return store


def test_the_worker_makes_the_preview_of_an_upload(app, stored):
    file = stored(pdf())
    assert not file.has_preview
    run_pending(app)
    with app.app_context():
        assert StoredFile.get_by_id(file.id).has_preview
        preview = storage.path_of(file.key).with_name(file.key + storage.PREVIEW)
    assert preview.read_bytes().startswith(b"\xff\xd8")


def test_a_broken_upload_is_tried_once_and_left_without(app, stored):
    file = stored(b"%PDF-1.7\nnothing")
    run_pending(app)
    assert not StoredFile.get_by_id(file.id).has_preview
