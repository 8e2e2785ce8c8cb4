"""Every setting, once: its default and its `ENTENTE_` environment variable."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app import keys, mail


class ConfigError(ValueError):
    """A setting that cannot be used, said in words for whoever hosts the desk."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process; read once, at its start."""

    data: Path  # ENTENTE_DATA: the folder that holds everything this installation owns
    database_url: str  # ENTENTE_DATABASE_URL: default SQLite in the data folder
    # ENTENTE_SECRET_KEY: default a random one kept in the data folder
    secret_key: str = field(repr=False)
    url: str  # ENTENTE_URL: the address that people use; https switches secure cookies on
    host: str = "127.0.0.1"  # ENTENTE_HOST
    port: int = 8000  # PORT
    workers: int = 2  # ENTENTE_WORKERS: server processes
    # ENTENTE_SECRET_KEY_FALLBACKS: former keys, the newest first, that are believed but do not sign
    former_keys: tuple[str, ...] = field(default=(), repr=False)
    file_mb: int = 20  # ENTENTE_FILE_MB: the largest file that people may upload, in megabytes
    outside_mb: int = 200  # ENTENTE_OUTSIDE_MB: what a person from outside may upload in a day
    outside_files: int = 200  # ENTENTE_OUTSIDE_FILES: and how many files
    # ENTENTE_MAIL_URL: smtp://[name:password@]host[:port], smtps://… or file:///folder; without
    # it, mails are files in the data folder and nothing leaves the house
    mail_url: str = field(default="", repr=False)
    mail_from: str = ""  # ENTENTE_MAIL_FROM: the address that mails come from
    proxies: int = 0  # ENTENTE_PROXIES: trusted proxies in front, whose X-Forwarded-* count
    plugins_dir: Path | None = None  # ENTENTE_PLUGINS_DIR: the organisation's own plugins
    plugins_safe_mode: bool = False  # ENTENTE_PLUGINS_SAFE_MODE: start core alone
    plugins_strict: bool = False  # ENTENTE_PLUGINS_STRICT: a plugin's fault raises (development)
    testing: bool = False  # ENTENTE_TESTING: cheap password hashes; never for real data

    @property
    def https(self) -> bool:
        """Whether people reach the desk over TLS."""
        return self.url.startswith("https://")

    @property
    def mail_way(self) -> mail.Way:
        """Where mails go."""
        return mail.way(self.mail_url or (self.data / "mail").as_uri())

    @property
    def mail_sender(self) -> str:
        """The address that mails come from."""
        return self.mail_from or f"entente@{urlsplit(self.url).hostname}"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Config":
        """Read the settings; creates the data folder and its secret key where they are missing.

        Raises ConfigError naming the variable and what it should hold.
        """
        env = os.environ if environ is None else environ
        data = Path(env.get("ENTENTE_DATA") or "var").absolute()
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"ENTENTE_DATA: cannot create {data}: {error.strerror}") from error
        port = _number(env, "PORT", 8000, 1, 65535)
        host = env.get("ENTENTE_HOST") or "127.0.0.1"
        url = (env.get("ENTENTE_URL") or f"http://{_printable(host)}:{port}").rstrip("/")
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ConfigError(
                "ENTENTE_URL: give the whole address, such as https://desk.example.org"
            )
        plugins_dir = env.get("ENTENTE_PLUGINS_DIR")
        secret_key, *former_keys = _keys(env, data / keys.FILE)
        return cls(
            data=data,
            database_url=env.get("ENTENTE_DATABASE_URL") or f"sqlite:///{data / 'entente.db'}",
            secret_key=secret_key,
            former_keys=tuple(former_keys),
            url=url,
            host=host,
            port=port,
            workers=_number(env, "ENTENTE_WORKERS", 2, 1, 64),
            file_mb=_number(env, "ENTENTE_FILE_MB", 20, 1, 500),
            outside_mb=_number(env, "ENTENTE_OUTSIDE_MB", 200, 1, 99_999),
            outside_files=_number(env, "ENTENTE_OUTSIDE_FILES", 200, 1, 99_999),
            mail_url=_mail_url(env),
            mail_from=_mail_from(env),
            proxies=_number(env, "ENTENTE_PROXIES", 0, 0, 10),
            plugins_dir=Path(plugins_dir).absolute() if plugins_dir else None,
            plugins_safe_mode=_flag(env, "ENTENTE_PLUGINS_SAFE_MODE"),
            plugins_strict=_flag(env, "ENTENTE_PLUGINS_STRICT"),
            testing=_flag(env, "ENTENTE_TESTING"),
        )


def _mail_url(env: Mapping[str, str]) -> str:
    url = env.get("ENTENTE_MAIL_URL") or ""
    if not url:
        return ""
    try:
        found = mail.way(url)
    except ValueError as error:
        raise ConfigError(f"ENTENTE_MAIL_URL: {error}") from error
    if found.folder is None and not env.get("ENTENTE_MAIL_FROM"):
        raise ConfigError("ENTENTE_MAIL_FROM: give the address that mails come from")
    return url


def _mail_from(env: Mapping[str, str]) -> str:
    address = (env.get("ENTENTE_MAIL_FROM") or "").strip()
    if address and not mail.is_address(address):
        raise ConfigError("ENTENTE_MAIL_FROM: one e-mail address, such as desk@example.org")
    return address


def _printable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isdecimal() and len(text) < 6 and low <= int(text) <= high):
        raise ConfigError(f"{name}: a whole number from {low} to {high}, not {text[:20]!r}")
    return int(text)


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = (env.get(name) or "0").lower()
    if text not in ("0", "1", "true", "false", "yes", "no"):
        raise ConfigError(f"{name}: 1 or 0, not {text[:20]!r}")
    return text in ("1", "true", "yes")


def _keys(env: Mapping[str, str], file: Path) -> list[str]:
    """The key that signs, then the former ones; none twice."""
    own = env.get("ENTENTE_SECRET_KEY")
    standing = (own,) if own else keys.kept(file)
    if not standing:
        raise ConfigError(f"{file}: holds no key; take it from a backup, or remove the file")
    former = (env.get("ENTENTE_SECRET_KEY_FALLBACKS") or "").replace(",", " ").split()
    return list(dict.fromkeys((*standing, *former)))
