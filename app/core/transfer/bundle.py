"""The file that holds a partnership: opened with care, since anybody may have written it."""

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import IO, Any
from zipfile import BadZipFile, LargeZipFile, ZipFile

from app.core.refusals import Refusal

FORMAT, VERSION = "entente-partnership", 1
DOCUMENT = "partnership.json"
MOST_DOCUMENT = 64 * 1024 * 1024  # bytes, unpacked
MOST_RATIO = 200  # of what is unpacked to what was sent
SMALL = 1024 * 1024  # bytes that any document may have
MOST_FILE = 100 * 1024 * 1024
MOST_ENTRIES = 20_000


_UNREADABLE = (
    KeyError,
    BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    zlib.error,
)


class TransferRefusal(Refusal):
    """A file that is not, or not wholly, a partnership that this desk can take."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened file: its document, and the bytes of its files by their hash."""

    document: dict[str, Any]
    archive: ZipFile

    def content(self, sha256: str) -> bytes:
        """A file's bytes; refused where they are missing or not those of the document."""
        data = _read(self.archive, f"files/{sha256}", MOST_FILE)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise TransferRefusal("A file in it is damaged: %(name)s.", name=sha256[:12])
        return data


def opened(source: IO[bytes]) -> Bundle:
    """Open a file that `entente export partner` wrote; raises TransferRefusal for any other."""
    try:
        archive = ZipFile(source)
    except (BadZipFile, LargeZipFile, OSError, ValueError) as error:
        raise TransferRefusal("This is no ZIP file that holds a partnership.") from error
    if len(archive.infolist()) > MOST_ENTRIES:
        raise TransferRefusal("There are more than %(most)s files in it.", most=MOST_ENTRIES)
    text = _read(archive, DOCUMENT, MOST_DOCUMENT)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TransferRefusal("Its document is no JSON.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TransferRefusal("Its document is not that of a partnership.")
    if document.get("version") != VERSION:
        raise TransferRefusal("It was written by a newer Entente: update this desk first.")
    return Bundle(document, archive)


def _read(archive: ZipFile, name: str, most: int) -> bytes:
    """An entry's bytes, never more than so many: what its header says is not believed."""
    try:
        with archive.open(name) as entry:
            data = entry.read(most + 1)
        packed = archive.getinfo(name).compress_size
    except _UNREADABLE as error:
        raise TransferRefusal("There is no %(name)s in it that can be read.", name=name) from error
    if len(data) > most or len(data) > max(SMALL, packed * MOST_RATIO):
        raise TransferRefusal("%(name)s in it is too large.", name=name)
    return data
