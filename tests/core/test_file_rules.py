"""Which uploads are taken: the content decides, not the name alone."""

import io
import zipfile

import pytest
from PIL import Image

from app.core.files import rules
from app.core.files.rules import FileRefusal, checked, display_name

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **how: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **how)
    return out.getvalue()


def archive(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return out.getvalue()


WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
SHEET = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [
        ("ledger.pdf", PDF, "application/pdf"),
        ("LEDGER.PDF", PDF, "application/pdf"),
        ("list.csv", "a;ü\n".encode(), "text/csv"),
        ("note.txt", b"hello", "text/plain"),
        ("photo.jpg", picture(), "image/jpeg"),
        ("shot.png", picture("PNG"), "image/png"),
        ("shot.webp", picture("WEBP"), "image/webp"),
        ("letter.docx", archive(**WORD), rules._OFFICE["docx"][0]),
        ("sheet.ods", archive(**SHEET), "application/vnd.oasis.opendocument.spreadsheet"),
    ],
)
def test_a_file_that_is_what_it_says_is_taken(name, data, content_type):
    assert checked(name, data).content_type == content_type


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("drawing.svg", b"<svg onload='alert(1)'/>"),
        ("run.exe", b"MZ"),
        ("no ending", PDF),
        ("trap.pdf.html", PDF),
        ("empty.pdf", b""),
        ("page.pdf", b"<html></html>"),
        ("photo.jpg", PDF),
        ("photo.jpg", picture("PNG")),
        ("photo.jpg", picture()[:200]),
        ("text.txt", picture()),
        ("text.txt", b"a\0b"),
        ("letter.docx", PDF),
        ("letter.docx", archive(**{"anything.xml": b""})),
        ("letter.docx", archive(**WORD)[:-30]),
        ("letter.docx", archive(**WORD, **{"word/vbaProject.bin": b"macro"})),
        ("sheet.ods", archive(mimetype=b"application/zip")),
        ("bomb.docx", archive(**WORD, **{"word/zeros": b"\0" * 30_000_000})),
    ],
)
def test_a_file_that_is_something_else_is_refused(name, data):
    with pytest.raises(FileRefusal):
        checked(name, data)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(rules, "MOST_PIXELS", 100)
    with pytest.raises(FileRefusal, match="pixels"):
        checked("photo.png", picture("PNG"))


def test_a_picture_loses_what_its_camera_wrote():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    data = picture(exif=exif)
    assert b"taken at home" in data
    content = checked("photo.jpg", data)
    assert b"taken at home" not in content.data
    assert not Image.open(io.BytesIO(content.data)).getexif()


def test_a_picture_is_turned_as_its_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6
    content = checked("photo.jpg", picture(size=(40, 20), exif=exif))
    assert Image.open(io.BytesIO(content.data)).size == (20, 40)


def test_a_picture_has_a_small_one():
    content = checked("photo.jpg", picture(size=(900, 600)))
    assert content.preview is not None
    assert Image.open(io.BytesIO(content.preview)).size == (240, 160)


def test_only_what_is_asked_for_is_taken():
    with pytest.raises(FileRefusal, match="jpg"):
        checked("a.pdf", PDF, rules.IMAGES)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\me\\ledger.pdf", "ledger.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("gnp\u202efdp.exe", "gnpfdp.exe"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("", "file"),
    ],
)
def test_a_name_is_shown_without_what_misleads(name, shown):
    assert display_name(name) == shown


def _locked_odt() -> bytes:
    """A text document whose first entry says that it is encrypted."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    data = bytearray(target.getvalue())
    data[6] |= 1  # the local header's flag
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and the directory's
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("locked.odt", _locked_odt()),
        ("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"),
        ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"),
    ],
)
def test_a_damaged_or_locked_file_is_refused_and_breaks_nothing(name, data):
    with pytest.raises(FileRefusal):
        checked(name, data)
