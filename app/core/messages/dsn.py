"""Notices that a mail could not be delivered (RFC 3464), from whatever servers send: pure.

Anybody may send such a mail. So nothing here goes by an address: what counts is the Message-ID of
the mail that came back, which nobody but its receiver and the servers between has seen.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from typing import NamedTuple

MOST = 1024 * 1024  # bytes that are looked at: what matters stands before the returned text
_TOKEN = re.compile(r"<([0-9a-f]{32})@[^<>\s@]{1,255}>")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
POLICY = "5.7."  # refused by policy: no fault of the address (RFC 3463, 3.8)


class Notice(NamedTuple):
    """That a mail of ours came back: which may be meant, and why in the server's words."""

    tokens: tuple[str, ...]  # of Message-IDs, as `models.Mail.token`
    status: str  # such as 5.1.1; "" where none is given
    reason: str

    @property
    def permanent(self) -> bool:
        """Whether the address itself is no good, now and later."""
        return self.status.startswith("5.") and not self.status.startswith(POLICY)


def read(data: bytes) -> Notice | None:
    """The notice in a mail; None where it is none, or tells of a delay or a delivery.

    Exchange, Postfix, Exim and Sendmail write them; those of before RFC 3464 are not read.
    """
    try:
        report = message_from_bytes(data[:MOST])
        if report.get_content_type() != "multipart/report":
            return None
        parts = list(_parts(report))
        failed = next(filter(_failed, _recipients(parts)), None)
        if failed is None:
            return None
        tokens = dict.fromkeys(token for part in parts for token in _tokens(part))
        tokens |= dict.fromkeys(_ids(report, "In-Reply-To", "References"))
    except (RecursionError, ValueError, LookupError):
        return None  # made to be unreadable: nothing that a mail server would write
    if not tokens:
        return None
    status = _STATUS.search(_plain(failed.get("Status")))
    words = _plain(failed.get("Diagnostic-Code")).partition(";")
    reason = (words[2] or words[0]).strip()
    found = status[0] if status else ""
    told = reason if found and found in reason else f"{found} {reason}".strip()
    return Notice(tuple(tokens)[:20], found, told[:480])


def _parts(report: Message) -> Iterator[Message]:
    payload = report.get_payload()
    if isinstance(payload, list):
        yield from (part for part in payload[:10] if isinstance(part, Message))


def _recipients(parts: list[Message]) -> Iterator[Message]:
    """What is said of each receiver: the blocks of a delivery status but its first."""
    for part in parts:
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            blocks = part.get_payload()
            if isinstance(blocks, list):
                yield from (block for block in blocks[:50] if isinstance(block, Message))


def _failed(block: Message) -> bool:
    return _plain(block.get("Action")).lower() == "failed"


def _tokens(part: Message) -> Iterator[str]:
    """Message-IDs of what was returned, as a whole or its headers alone."""
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/global"):
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            yield from _ids(inner[0], "Message-ID")
    elif kind in ("text/rfc822-headers", "message/global-headers"):
        text = part.get_payload(decode=True)
        if isinstance(text, bytes):
            headers = HeaderParser().parsestr(text.decode("ascii", "replace"), headersonly=True)
            yield from _ids(headers, "Message-ID")


def _ids(headers: Message, *names: str) -> Iterator[str]:
    for name in names:
        yield from _TOKEN.findall(_plain(headers.get(name)))


def _plain(value: object) -> str:
    """A header in one line, without what a terminal or a page would trip over."""
    text = " ".join(str(value or "").split())[:2000]
    return "".join(c for c in text if c.isprintable())
