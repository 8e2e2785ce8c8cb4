"""The folder with a file per mail, where no server is set: the files go when their mails do."""

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path

from flask import current_app

from app.config import Config

# As `sending` names them: the time and the beginning of a token. What else lies there is not ours.
_OURS = re.compile(r"(\d{8}-\d{6})-[0-9a-f]{12}\.eml")
_HEADERS = 8_192  # bytes in which the receiver stands


def remove_older(before: datetime, limit: int) -> int:
    """Remove at most so many files of mails that were written before; how many there were."""
    moment = f"{before:%Y%m%d-%H%M%S}"
    old = sorted(path for path, written in _files() if written < moment)[:limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def remove_of(addresses: Collection[str]) -> None:
    """Remove the files of all mails to somebody."""
    wanted = {address.lower() for address in addresses}
    for path, _written in list(_files()):
        with path.open("rb") as file:
            headers = message_from_bytes(file.read(_HEADERS))
        if parseaddr(str(headers["To"] or ""))[1].lower() in wanted:
            path.unlink(missing_ok=True)


def _files() -> Iterator[tuple[Path, str]]:
    config: Config = current_app.extensions["entente"].config
    folder = config.mail_way.folder
    if folder is None or not folder.is_dir():
        return
    for path in folder.iterdir():
        if found := _OURS.fullmatch(path.name):
            yield path, found[1]
