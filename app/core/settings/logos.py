"""The organisation's logo: read with suspicion, drawn anew, kept in the data folder."""

import hashlib
import io
import os
import re
import tempfile
from pathlib import Path
from typing import IO

from app.core.files.rules import BROKEN_PICTURE
from app.core.refusals import Refusal

FOLDER = "logos"
FORMATS = ("PNG", "JPEG", "WEBP")
MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000  # some 64 MB while it is drawn
FEWEST = 16  # pixels of a side
SIZE = (640, 240)  # what is kept: sharp on paper and on fine screens
DIGEST = re.compile(r"[0-9a-f]{32}")


class LogoError(Refusal):
    """A file that is no picture we take."""


def read(file: IO[bytes]) -> bytes:
    """A picture that somebody sent, drawn anew as a PNG without anything else that it held.

    The content decides what it is, not its name. Raises LogoError.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError  # logos are sent once in years

    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise LogoError("The logo is larger than 2 MB. Send a smaller file.")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise LogoError(
                    "The logo has %(width)s × %(height)s pixels; 16 million are the most.",
                    width=width,
                    height=height,
                )
            if min(width, height) < FEWEST:
                raise LogoError("The logo is too small: each side needs at least 16 pixels.")
            drawn = ImageOps.exif_transpose(image).convert("RGBA")
            drawn.thumbnail(SIZE, Image.Resampling.LANCZOS)
            out = io.BytesIO()
            Image.frombytes("RGBA", drawn.size, drawn.tobytes()).save(out, "PNG", optimize=True)
    except LogoError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, *BROKEN_PICTURE) as error:
        raise LogoError("This is not a PNG, JPEG or WebP picture that can be read.") from error
    return out.getvalue()


def keep(data: Path, picture: bytes) -> str:
    """Write a picture to the data folder under its content's hash, and return that."""
    digest = hashlib.sha256(picture).hexdigest()[:32]
    path = place(data, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as half:
        half.write(picture)
    os.replace(half.name, path)
    return digest


def place(data: Path, digest: str) -> Path:
    """Where the picture with this hash lies; refuses what is no hash."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("not a logo's hash")
    return data / FOLDER / f"{digest}.png"


def forget(data: Path, digest: str) -> None:
    """Remove a picture that is no longer the logo."""
    if digest:
        place(data, digest).unlink(missing_ok=True)
