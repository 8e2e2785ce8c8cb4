"""Which files are taken, and whether their content is what their name says: pure.

Nothing that a browser would run is taken: no HTML, no SVG, no Office file with macros. Archives,
which Office files are, are looked into without being unpacked to disk.
"""

import io
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from app.core.refusals import Refusal

if TYPE_CHECKING:  # read by the first upload: most processes never see one
    from PIL import Image

MOST_PIXELS = 50_000_000
MOST_ENTRIES = 5_000  # in an Office file
MOST_UNPACKED = 400 * 1024 * 1024  # bytes of an Office file, unpacked
MOST_RATIO = 200  # unpacked to packed bytes, over the whole file
NAME_LENGTH = 200
PREVIEW = (240, 240)

_TEXT = {"txt": "text/plain", "csv": "text/csv", "md": "text/plain"}
_IMAGES = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}
_OFFICE = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word/"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xl/"),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "ppt/"),
}
_ODF = {
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
DOCUMENTS = ("pdf", *_OFFICE, *_ODF, *_TEXT)
IMAGES = tuple(_IMAGES)
ALL = (*DOCUMENTS, *IMAGES)


# What Pillow raises for a broken picture, and zipfile for a broken or encrypted archive.
BROKEN_PICTURE = (
    *(OSError, ValueError, SyntaxError, IndexError, OverflowError, EOFError),
    *(struct.error, zlib.error),
)
BROKEN_ARCHIVE = (*(zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, zlib.error),)


class FileRefusal(Refusal):
    """A file that is not taken, in words for whoever chose it."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be stored: checked bytes, their type, and a small picture where there is one."""

    name: str
    content_type: str
    data: bytes
    preview: bytes | None = None


def display_name(name: str) -> str:
    """A client's file name made safe to show: no folders, no control or direction characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    stem, dot, ending = clean.rpartition(".")
    if len(clean) > NAME_LENGTH and dot:
        clean = f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"
    return clean[:NAME_LENGTH] or "file"


def checked(name: str, data: bytes, allowed: tuple[str, ...] = ALL) -> Content:
    """The content to store for an upload; images are encoded anew, without their metadata.

    `allowed` are endings. Raises FileRefusal where the ending is none of them or the content is
    not what the ending says.
    """
    shown = display_name(name)
    ending = shown.rpartition(".")[2].lower() if "." in shown else ""
    if ending not in allowed:
        raise FileRefusal(
            "%(name)s: this kind of file is not taken. Use one of %(kinds)s.",
            name=shown,
            kinds=", ".join(allowed),
        )
    if not data:
        raise FileRefusal("%(name)s is empty.", name=shown)
    if ending in _IMAGES:
        return _image(shown, _IMAGES[ending], data)
    if ending in _TEXT:
        return _text(shown, _TEXT[ending], data)
    if ending in _OFFICE:
        return Content(shown, _office(shown, ending, data), data)
    if ending in _ODF:
        return Content(shown, _odf(shown, ending, data), data)
    if not _is_pdf(data):
        raise _not_what_it_says(shown, ending)
    return Content(shown, "application/pdf", data)


def _is_pdf(data: bytes) -> bool:
    import filetype

    return bool(filetype.guess_mime(data) == "application/pdf")


def _not_what_it_says(name: str, ending: str) -> FileRefusal:
    return FileRefusal(
        "%(name)s: the content is not that of a %(ending)s file.",
        name=name,
        ending=ending.upper(),
    )


def _text(name: str, content_type: str, data: bytes) -> Content:
    import filetype

    if filetype.guess(data) is not None or b"\0" in data:
        raise _not_what_it_says(name, name.rpartition(".")[2].lower())
    return Content(name, content_type, data)


def _image(name: str, kind: str, data: bytes) -> Content:
    from PIL import Image, ImageOps

    ending = name.rpartition(".")[2].lower()
    try:
        with Image.open(io.BytesIO(data), formats=tuple(set(_IMAGES.values()))) as found:
            if found.format != kind:
                raise _not_what_it_says(name, ending)
            if found.width * found.height > MOST_PIXELS:
                raise FileRefusal(
                    "%(name)s has more than %(most)s million pixels.",
                    name=name,
                    most=MOST_PIXELS // 1_000_000,
                )
            found.load()
            picture = ImageOps.exif_transpose(found)
            kept, preview = _encoded(picture, kind), _preview(picture)
    except FileRefusal:
        raise
    except (*BROKEN_PICTURE, Image.DecompressionBombError) as error:
        raise _not_what_it_says(name, ending) from error
    return Content(name, f"image/{kind.lower()}", kept, preview)


def _encoded(picture: "Image.Image", kind: str) -> bytes:
    """The picture alone: a new file carries neither place nor camera of the old one."""
    if kind == "JPEG" and picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGB")
    if kind != "JPEG" and picture.mode not in ("RGB", "RGBA", "L", "LA", "P", "1"):
        picture = picture.convert("RGBA")
    bare = picture.copy()
    bare.info.clear()
    out = io.BytesIO()
    bare.save(out, kind, **({"quality": 88} if kind != "PNG" else {}))
    return out.getvalue()


def _preview(picture: "Image.Image") -> bytes:
    small = picture.convert("RGB")
    small.thumbnail(PREVIEW)
    small.info.clear()
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return out.getvalue()


def _office(name: str, ending: str, data: bytes) -> str:
    content_type, folder = _OFFICE[ending]
    names = _entries(name, ending, data)
    if "[Content_Types].xml" not in names or not any(n.startswith(folder) for n in names):
        raise _not_what_it_says(name, ending)
    if any(n.lower().endswith("vbaproject.bin") for n in names):
        raise FileRefusal("%(name)s contains macros.", name=name)
    return content_type


def _odf(name: str, ending: str, data: bytes) -> str:
    names = _entries(name, ending, data)
    if "mimetype" not in names:
        raise _not_what_it_says(name, ending)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("mimetype") as entry:
            said = entry.read(200).decode("ascii", "replace").strip()
    except (*BROKEN_ARCHIVE, OSError, EOFError) as error:
        raise _not_what_it_says(name, ending) from error
    if said != _ODF[ending]:
        raise _not_what_it_says(name, ending)
    return _ODF[ending]


def _entries(name: str, ending: str, data: bytes) -> set[str]:
    """The names inside an Office file, of bounded number and size."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except BROKEN_ARCHIVE as error:
        raise _not_what_it_says(name, ending) from error
    unpacked = sum(entry.file_size for entry in entries)
    too_large = unpacked > MOST_UNPACKED or unpacked > max(len(data), 1) * MOST_RATIO
    if len(entries) > MOST_ENTRIES or too_large:
        raise FileRefusal("%(name)s unpacks to too much.", name=name)
    return {entry.filename for entry in entries}
