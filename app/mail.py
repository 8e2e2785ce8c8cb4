"""The way out for e-mails: an SMTP server, or a folder that gets one file per mail.

Called by the job that empties the outbox, never by a page. What goes wrong is one of three things:
the server cannot be used now, this mail has to come again later, or it is refused for good.
"""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT = 15  # seconds that a server may take for any one answer
PORTS = {"smtp": 25, "smtps": 465}


class Unavailable(Exception):
    """The server cannot be used now, for whichever mail: away, slow, or set up wrongly."""


class Later(Exception):
    """The server has put this one mail off."""


class Refused(Exception):
    """The server will never take this mail; `bounced` where that is because of the address."""

    def __init__(self, reason: str, *, bounced: bool) -> None:
        super().__init__(reason)
        self.bounced = bounced


@dataclass(frozen=True, slots=True)
class Way:
    """Where mails go: a folder, or a server with perhaps a name and password."""

    scheme: str
    folder: Path | None = None
    host: str = ""
    port: int = 0
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def label(self) -> str:
        """What administrators read; never with a password."""
        return str(self.folder) if self.folder else f"{self.host}:{self.port}"


class Transport(Protocol):
    """An open way out."""

    def send(self, message: EmailMessage, sender: str, name: str) -> None:
        """Hand a message over; raises Unavailable, Later or Refused."""


def way(url: str) -> Way:
    """Read an address such as smtp://name:password@host:587, smtps://host or file:///folder.

    Raises ValueError in words for whoever hosts the desk, without repeating a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("the port is no number, or the address cannot be read") from error
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/") or parts.path == "/":
            raise ValueError("a folder is written file:///path/to/folder")
        return Way("file", folder=Path(unquote(parts.path)))
    if parts.scheme not in PORTS:
        raise ValueError("it begins with smtp://, smtps:// or file:///")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            "name the server as in smtp://name:password@mail.example.org:587; "
            "characters such as / and @ in a password are written %2F and %40"
        )
    return Way(
        parts.scheme,
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def is_address(text: str) -> bool:
    """Whether this is one bare e-mail address that can stand in a header."""
    bare = text.isprintable() and parseaddr(text)[1] == text
    return bare and text.count("@") == 1 and not set(text) & set(' <>,;:"\\') and len(text) < 255


def is_made_up(address: str) -> bool:
    """Whether an address can belong to nobody: of a domain kept for examples (RFC 2606)."""
    domain = address.rpartition("@")[2].lower()
    examples = ("example.org", "example.com", "example.net")
    return domain.rpartition(".")[2] in ("example", "test", "invalid", "localhost") or any(
        f".{domain}".endswith(f".{example}") for example in examples
    )


@contextmanager
def opened(out: Way) -> Iterator[Transport]:
    """A way out, open as long as the block lasts; raises Unavailable."""
    if out.folder:
        yield Folder(out.folder)
        return
    server = _connect(out)
    try:
        yield Server(server)
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:  # after a fault without a word: a server that hangs would hold us up once more
        server.close()


@dataclass(frozen=True, slots=True)
class Folder:
    """Mails as files, for trying out and for tests."""

    path: Path

    def send(self, message: EmailMessage, _sender: str, name: str) -> None:
        """Write one file; a repeat writes the same one."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished = self.path / f".{name}.part"
            with os.fdopen(
                os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb"
            ) as file:
                file.write(message.as_bytes())
            unfinished.replace(self.path / f"{name}.eml")
        except OSError as error:
            raise Unavailable(f"{self.path}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server that has greeted us."""

    smtp: smtplib.SMTP

    def send(self, message: EmailMessage, sender: str, _name: str) -> None:
        """Hand one message to the server."""
        try:
            self.smtp.send_message(message, sender, [str(message["To"])])
        except smtplib.SMTPRecipientsRefused as error:
            raise _of_recipient(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPSenderRefused as error:
            # Our own address: a fault of the settings, or of the moment, for every mail alike.
            raise Unavailable(_words(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPDataError as error:
            raise _of_message(error.smtp_code, _words(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(str(error), bounced=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(_fault(error)) from error


def _connect(out: Way) -> smtplib.SMTP:
    trusted = ssl.create_default_context()
    try:
        if out.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                out.host, out.port, timeout=TIMEOUT, context=trusted
            )
        else:
            server = smtplib.SMTP(out.host, out.port, timeout=TIMEOUT)
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(_fault(error)) from error
    try:
        server.ehlo_or_helo_if_needed()
        if out.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=trusted)
        elif out.scheme == "smtp" and out.user and not _is_here(out.host):
            raise Unavailable(
                "the server offers no encryption (STARTTLS): the password was not sent"
            )
        if out.user:
            server.login(out.user, out.password)
    except smtplib.SMTPAuthenticationError as error:
        server.close()
        raise Unavailable(
            f"the server refused the name and password ({error.smtp_code})"
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        server.close()
        raise Unavailable(_fault(error)) from error
    except Unavailable:
        server.close()
        raise
    return server


def _of_recipient(code: int, answer: bytes | str) -> Exception:
    """What a refused address means; a matter of policy (5.7.x) is not the address's fault."""
    words = _words(code, answer)
    if code == 421:
        return Unavailable(words)
    if code < 500:
        return Later(words)
    return Refused(words, bounced=" 5.7." not in f" {words.partition(' ')[2]}")


def _of_message(code: int, words: str) -> Exception:
    if code == 421:
        return Unavailable(words)
    return Later(words) if code < 500 else Refused(words, bounced=False)


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {' '.join(text.split())}"[:480]


def _fault(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _words(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT} seconds"
    return str(getattr(error, "strerror", "") or error or type(error).__name__)[:480]


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
