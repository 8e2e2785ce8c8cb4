"""`entente plugins`, `db` and `audit`: what whoever hosts the desk looks after."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

import click

from app.commands.running import application, configuration


@click.group()
def plugins() -> None:
    """Bundled plugins and your own."""


@plugins.command("list")
def plugins_list() -> None:
    """List every plugin that was found, whether it is on, and what is wrong with it."""
    with application() as app:
        host = app.extensions["entente"].host
        for plugin in host.plugins:
            state = "refused" if plugin.problem else "on" if host.is_on(plugin.name) else "off"
            version = plugin.info.version if plugin.info else ""
            click.echo(f"{plugin.name:<20} {version:<10} {plugin.found.source:<10} {state}")
            if plugin.problem:
                click.echo(f"    {plugin.stage}: {plugin.problem}")
    if host.safe_mode:
        click.echo("Safe mode: no plugin is loaded.")


@plugins.command("check")
def plugins_check() -> None:
    """Check every plugin as a start would; exit status 1 where one is refused."""
    with application(plugins_strict=False, plugins_safe_mode=False) as app:
        from app.core.published import published_by, unpublished

        host = app.extensions["entente"].host
        bad = [plugin for plugin in host.plugins if plugin.problem]
        for plugin in host.plugins:
            for hook in published_by(host, plugin):
                answer = ", ".join(hook.answered_by) or "nobody yet"
                click.echo(f"{plugin.name} publishes {hook.signature}; answered by: {answer}")
            for name in unpublished(host, plugin):
                click.echo(f"{plugin.name} answers {name}, which no plugin here publishes")
    for plugin in bad:
        click.echo(f"{plugin.name}, {plugin.stage}: {plugin.problem}", err=True)
    if bad:
        sys.exit(1)
    click.echo("All plugins are fine.")


@click.group()
def db() -> None:
    """The database's shape."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Apply the migrations that are pending; a SQLite file is backed up first."""
    with application():
        click.echo("The database is up to date.")


@db.command("status")
def db_status() -> None:
    """List every migration and when it was applied; changes nothing."""
    from app import CORE_MIGRATIONS
    from app.core import migrate
    from app.core.db import open_database
    from app.core.discovery import discover

    open_database(configuration().database_url)
    config = configuration()
    found = [
        migrate.Folder(plugin.name, folder / "migrations")
        for plugin in discover(config.plugins_dir)
        if (folder := Path(plugin.place)) and (folder / "migrations").is_dir()
    ]
    rows = migrate.status([*CORE_MIGRATIONS, *found])
    for row in rows:
        applied = row.applied.strftime("%Y-%m-%d %H:%M") if row.applied else "pending"
        click.echo(f"{row.folder:<12} {row.name:<30} {applied}")
    if any(row.applied is None for row in rows):
        sys.exit(1)


@click.group()
def audit() -> None:
    """The record of who did what."""


@audit.command("verify")
@click.argument("file", required=False, type=click.File(encoding="utf-8"))
def audit_verify(file: TextIO | None) -> None:
    """Walk all hash chains; exit status 1 where a row or a text was changed or is missing.

    Texts of before and after are checked against their commitments in the chain. Those that were
    erased, as retention and the erasing of a person do, are counted and are no fault. With FILE,
    an export of the audit log as JSON lines is checked instead; no desk is needed for that.
    """
    from app.core import audit_check
    from app.core.audit import Tally
    from app.core.history.exports import verify_lines

    tally, holds = Tally(), True
    with nullcontext() if file else application():
        for found in verify_lines(file, tally) if file else audit_check.verify(tally):
            click.echo(f"{found.chain} row {found.seq}: {found.problem}", err=True)
            holds = False
    if not holds:
        sys.exit(1)
    click.echo("Every chain holds.")
    click.echo(
        f"{tally.rows} rows; {tally.kept} texts match their commitments, {tally.erased} are erased."
    )
