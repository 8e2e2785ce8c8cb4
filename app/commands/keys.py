"""`entente keys`: the keys that sign, named by their fingerprints; no command shows a key."""

import os
from pathlib import Path

import click

from app.commands.running import application, configuration, refuse

RESTART = "Restart the server now: until then its processes do not agree on what is signed."


@click.group()
def keys() -> None:
    """The keys that sign cookies and links, and of which second factors are made."""


@keys.command("list")
def keys_list() -> None:
    """List the keys by their fingerprints, with how many second factors depend on each.

    The first one signs; what a former one signed is believed for as long as it is listed here.
    """
    from app.core.accounts import factor_keys
    from app.keys import fingerprint

    with application() as app:
        config = app.extensions["entente"].config
        counted = factor_keys.counts()
    held = [fingerprint(key) for key in (config.secret_key, *config.former_keys)]
    for index, name in enumerate(held):
        state = "former" if index else "signs"
        click.echo(f"{name:<10} {state:<8} {_factors(counted.pop(name, 0))}")
    unknown = counted.pop(factor_keys.UNKNOWN, 0)
    for name, count in counted.items():
        click.echo(f"{name:<10} {'gone':<8} {_factors(count)}, whose codes are refused")
    if unknown:
        click.echo(f"{'?':<10} {'unknown':<8} {_factors(unknown)}, not used since an upgrade")


@keys.command("rotate")
def keys_rotate() -> None:
    """Make a new key and keep the present one to believe what it has signed.

    For the key that the data folder keeps. Where ENTENTE_SECRET_KEY holds it, put a new one there
    and the present one into ENTENTE_SECRET_KEY_FALLBACKS. Restart the server afterwards.
    """
    from app import keys as files
    from app.core import audit
    from app.core.accounts import factor_keys
    from app.core.db import atomic

    path = _file()
    with application() as app:
        config = app.extensions["entente"].config
        standing, new = files.kept(path), files.fresh()
        name = files.fingerprint(new)
        with atomic():
            if not config.former_keys:
                factor_keys.claim(config.secret_key)
            audit.record("keys.rotated", "organisation:1", {"key": name})
            files.keep(path, [new, *standing])
    click.echo(f"{name} signs from now on; {files.fingerprint(standing[0])} is believed.")
    click.echo(RESTART)


@keys.command("drop")
@click.argument("fingerprint")
@click.option("--yes", is_flag=True, help="Also where second factors depend on it.")
def keys_drop(fingerprint: str, yes: bool) -> None:
    """Believe the former key with this FINGERPRINT no longer.

    Whoever is signed in by it signs in again, and links of mails that it signed are dead. Second
    factors that depend on it must be set up again; recovery codes go on working.
    """
    from app import keys as files
    from app.core import audit
    from app.core.accounts import factor_keys
    from app.core.db import atomic

    path = _file()
    with application():
        standing = files.kept(path)
        names = [files.fingerprint(key) for key in standing]
        if fingerprint not in names:
            refuse(f"{path.name} holds no key {fingerprint[:20]!r}.")
        if fingerprint == names[0]:
            refuse("This is the key that signs: make a new one first, with entente keys rotate.")
        counted = factor_keys.counts()
        unknown = counted.get(factor_keys.UNKNOWN, 0)
        if (counted.get(fingerprint) or unknown) and not yes:
            maybe = f", and {unknown} more may" if unknown else ""
            refuse(
                f"{_factors(counted.get(fingerprint, 0))} still depend on it{maybe}. Settings, "
                "Sign-in, names the people. Say --yes to drop it all the same."
            )
        with atomic():
            audit.record("keys.dropped", "organisation:1", {"key": fingerprint})
            files.keep(path, [key for key in standing if files.fingerprint(key) != fingerprint])
    click.echo(f"{fingerprint} is believed no longer.")
    click.echo(RESTART)


def _file() -> Path:
    """The file of the generated keys; refuses the command where the environment holds the key."""
    from app.keys import FILE

    if os.environ.get("ENTENTE_SECRET_KEY"):
        refuse(
            "The key comes from ENTENTE_SECRET_KEY: change it there, and list former keys in "
            "ENTENTE_SECRET_KEY_FALLBACKS."
        )
    return configuration().data / FILE


def _factors(count: int) -> str:
    return f"{count} second factor" + ("" if count == 1 else "s")
