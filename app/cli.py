"""The `entente` command."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TextIO
from zoneinfo import available_timezones

import click
import peewee
from flask import Flask

from app.config import Config, ConfigError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
def main() -> None:
    """Entente: the partnership desk that your organisation hosts itself.

    Everything it owns lies in one data folder (ENTENTE_DATA, default ./var).
    Start with "entente serve" and open the address that it prints.
    """
    os.umask(0o077)  # password hashes and partners' figures are for this account alone


@main.command()
@click.option("--no-worker", is_flag=True, help="Run no worker beside the server.")
@click.option("--sample", is_flag=True, help="Fill an empty desk with made-up partners first.")
def serve(no_worker: bool, sample: bool) -> None:
    """Serve the desk until Ctrl-C.

    Upgrades the database where needed, then listens on PORT (default 8000) of ENTENTE_HOST
    (default 127.0.0.1). A worker beside it does what is due: events, schedules, clean-up.
    Exit status 2 where the port or the data folder is in use.
    """
    from app import serve as server

    server.serve(_config(), not no_worker, lambda app: prepare(app, sample=sample))


@main.command()
def worker() -> None:
    """Do what is due: events and schedules. "serve" starts one by itself.

    Any number may run beside each other, on one machine or many (then with PostgreSQL).
    """
    from app import serve as server

    server.worker(_config())


@main.command()
@click.option("--sample", is_flag=True, help="Fill an empty desk with made-up partners to look at.")
@click.option("--organisation", metavar="NAME", help="Found the desk of this organisation.")
@click.option("--currency", default="EUR", show_default=True, help="Its currency.")
@click.option("--timezone", default="UTC", show_default=True, help="Its time zone, IANA name.")
@click.option(
    "--fiscal-year-start-month",
    type=click.IntRange(1, 12),
    default=1,
    show_default=True,
    help="The month in which its fiscal year begins.",
)
def init(
    sample: bool,
    organisation: str | None,
    currency: str,
    timezone: str,
    fiscal_year_start_month: int,
) -> None:
    """Create the data folder and the database; with --sample, a desk to look around in.

    With --organisation the desk is founded here, and "entente user add" gives it an administrator;
    otherwise its first-run page does both. Does nothing to a desk that exists. The sample
    accounts' password is taken from ENTENTE_DEMO_PASSWORD, or made up and printed.
    """
    with _app() as app:
        if organisation:
            found_desk(organisation, currency.upper(), timezone, fiscal_year_start_month)
        prepare(app, sample=sample)


def found_desk(name: str, currency: str, timezone: str, start_month: int) -> None:
    """Found an empty desk without a browser; a desk that exists stays as it is."""
    from app.core import money
    from app.core.accounts import queries, services
    from app.core.db import atomic
    from app.core.kpis import library

    if queries.settings() is not None:
        return
    if timezone not in available_timezones():
        _refuse(f"{timezone[:60]!r} is not a time zone: give one such as Europe/Berlin.")
    try:
        money.exponent(currency)
    except money.MoneyError as error:
        _refuse(str(error))
    with atomic():
        services.found_organisation(
            name=name[:200],
            currency=currency,
            timezone=timezone,
            fiscal_year_start_month=start_month,
        )
        library.install()


def prepare(app: Flask, *, sample: bool) -> None:
    """Fill an empty desk where that is wanted, and say how to get in."""
    from app.core.accounts import queries
    from app.sample import found_sample_desk, sample_accounts, setup_code

    config: Config = app.extensions["entente"].config
    if sample:
        found_sample_desk(config, os.environ.get("ENTENTE_DEMO_PASSWORD"))
    if queries.settings() is None:
        click.echo("An empty desk. Set it up, once the server runs, at")
        click.echo(f"  {config.url}/setup?code={setup_code(config)}")
        return
    accounts = sample_accounts(config)
    if accounts is None:
        click.echo(f"The desk in {config.data} is ready.")
        return
    click.echo(f"Sample accounts, all with the password {accounts.password}")
    for address, role in accounts.accounts:
        click.echo(f"  {address:<28} {role}")


@main.group()
def user() -> None:
    """People who can sign in."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option(
    "--role",
    type=click.Choice(["admin", "manager", "viewer"]),
    default="viewer",
    show_default=True,
)
@click.password_option(help="Asked for when not given; better not typed into a command line.")
def user_add(email: str, name: str, role: str, password: str) -> None:
    """Add somebody of your organisation who signs in with EMAIL.

    The first administrator of an empty desk founds it with common settings; "entente init
    --organisation" chooses them.
    """
    from app.core.accounts import services
    from app.core.accounts.forms import WEAKNESSES
    from app.core.accounts.passwords import weakness

    if "@" not in email or len(email) > 254:
        _refuse(f"{email[:80]!r} is not an e-mail address.")
    problem = weakness(password, email, name)
    with _app() as app:
        if problem:
            with app.test_request_context():
                _refuse(str(WEAKNESSES[problem]))
        if role == "admin":
            found_desk("My organisation", "EUR", "UTC", 1)
        try:
            services.add_person(name=name, email=email, role=role, password=password)
        except peewee.IntegrityError:
            _refuse(f"Somebody has an account with {email} already.")
    click.echo(f"{name} can sign in as {email} ({role}).")


@user.command("reset")
@click.argument("email")
def user_reset(email: str) -> None:
    """Print a link with which EMAIL chooses a new password; for whoever is locked out.

    It works once and for one hour, ends every session, and needs no mail server. Give it to the
    person themself. A second factor is still asked for; "user second-factor-off" removes it.
    """
    from app.core import audit
    from app.core.accounts import mailed_links
    from app.core.db import atomic
    from app.core.messages.services import external_url

    with _app():
        person = _person(email)
        with atomic():
            token = mailed_links.reset_token(person)
            audit.record("user.reset_printed", f"user:{person.id}")
        click.echo(external_url("accounts.reset", token=token))


@user.command("second-factor-off")
@click.argument("email")
def user_second_factor_off(email: str) -> None:
    """Remove the lost second factor of EMAIL, who is told by mail."""
    from app.core.accounts import second_factor

    with _app():
        person = _person(email)
        if not second_factor.remove(person):
            _refuse(f"{email[:80]} has no second factor.")
    click.echo(f"{email} signs in with the password alone now.")


def _person(email: str) -> Any:
    """Somebody active who has an account; refuses the command otherwise."""
    from app.core.accounts import queries

    person = queries.by_email(email)
    if person is None or not person.active:
        _refuse(f"Nobody who may sign in has the address {email[:80]!r}.")
    return person


@main.command("import")
@click.argument("what")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only report; write nothing.")
@click.option("--good-rows", is_flag=True, help="Leave wrong rows out, import the others.")
@click.option("--undo", is_flag=True, help="Take the import with this number back.")
@click.option("--as", "email", metavar="EMAIL", help="In whose name (default: the first admin).")
def import_(
    what: str, file: Path | None, dry_run: bool, good_rows: bool, undo: bool, email: str | None
) -> None:
    """Import partners, KPIs, targets and values from CSV or XLSX files.

    \b
    entente import FOLDER          reads partners.csv, kpis.csv, targets.csv and values.csv of a
                                   folder, in this order; those that are missing are skipped
    entente import values FILE     reads one file: partners, kpis, targets or values
    entente import --undo NUMBER   takes a whole import back, while nothing depends on it
    entente import partner FILE    brings in a whole partnership from another desk

    All or nothing: every row that is wrong is named with its file, row and column, and then
    nothing is written; with --good-rows the other rows are. Importing the same files again
    changes nothing. Exit status: 0 all applied, 1 nothing applied, 2 the call cannot be used.
    """
    from app import import_command
    from app.core.transfer import command

    if what == "partner" and file is not None:
        with _app() as app, app.test_request_context():
            sys.exit(command.read(file, dry_run=dry_run, email=email))
    with _app():
        if undo:
            sys.exit(import_command.undo(what, email=email))
        sys.exit(import_command.run(what, file, dry_run=dry_run, good_only=good_rows, email=email))


@main.command()
@click.argument("what")
@click.argument("code", required=False)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def export(what: str, code: str | None, file: Path | None) -> None:
    """Write figures for an import, or everything known of one partnership.

    \b
    entente export FOLDER               partners.csv, kpis.csv, targets.csv and values.csv, which
                                        the import reads: an empty desk gets the same figures
    entente export partner CODE [FILE]  one ZIP with a document (JSON) and the files of the partner
                                        with CODE; "entente import partner FILE" reads it elsewhere
    """
    from app.core.kpis.exports import folder as exporting
    from app.core.transfer import command

    with _app() as app:
        if what == "partner" and code:
            with app.test_request_context():
                sys.exit(command.write(code, file))
        if code:
            _refuse('Say "entente export FOLDER" or "entente export partner CODE [FILE]".')
        for path in exporting.write(Path(what)):
            click.echo(path)


@main.command()
@click.argument("code")
@click.option("--period", required=True, help="Such as 2013-Q2, 2013-01, 2013-H1 or 2013.")
@click.option("--json", "as_json", is_flag=True, help="Unrounded figures as JSON.")
def scorecard(code: str, period: str, as_json: bool) -> None:
    """Show how the partner with CODE did in a period, KPI by KPI."""
    from app.core.kpis.exports.scorecard import scorecard_json
    from app.core.periods import PeriodError

    with _app():
        try:
            found = scorecard_json(code, period)
        except (LookupError, PeriodError) as error:
            _refuse(str(error.args[0] if error.args else error))
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"{found['partner']} in {found['period']}")
    for name, row in found["kpis"].items():
        click.echo(
            f"  {name:<16} {_number(row['actual']):>14} of {_number(row['target']):>14}"
            f"  {_percent(row['attainment']):>9}  {row['status'] or 'no target'}"
        )
    click.echo(
        f"  Scorecard {_percent(found['scorecard'])}, coverage {_percent(found['coverage'])}"
    )


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{value * 100:.1f} %"


@main.group()
def plugins() -> None:
    """Bundled plugins and your own."""


@plugins.command("list")
def plugins_list() -> None:
    """List every plugin that was found, whether it is on, and what is wrong with it."""
    with _app() as app:
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
    with _app(plugins_strict=False, plugins_safe_mode=False) as app:
        bad = [plugin for plugin in app.extensions["entente"].host.plugins if plugin.problem]
    for plugin in bad:
        click.echo(f"{plugin.name}, {plugin.stage}: {plugin.problem}", err=True)
    if bad:
        sys.exit(1)
    click.echo("All plugins are fine.")


@main.group()
def db() -> None:
    """The database's shape."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Apply the migrations that are pending; a SQLite file is backed up first."""
    with _app():
        click.echo("The database is up to date.")


@db.command("status")
def db_status() -> None:
    """List every migration and when it was applied; changes nothing."""
    from app import CORE_MIGRATIONS
    from app.core import migrate
    from app.core.db import open_database
    from app.core.discovery import discover

    open_database(_config().database_url)
    config = _config()
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


@main.group()
def person() -> None:
    """What is held on a person."""


@person.command("export")
@click.argument("email")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def person_export(email: str, file: Path) -> None:
    """Write everything held on the person with EMAIL as a ZIP: one JSON document and the files."""
    from app.core.personal import queries, services

    with _app() as app, app.test_request_context():
        subject = queries.by_email(email)
        if subject is None:
            _refuse("Nobody here has this address.")
        with file.open("wb") as target:
            held = services.write(subject, target)
    for title, count in services.parts(held):
        click.echo(f"{title}: {count}")
    click.echo(file)


@person.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do it: without this, only what would go is listed.")
def person_erase(email: str, yes: bool) -> None:
    """Take away who the person with EMAIL is, everywhere; what they did stays, with its number.

    It cannot be undone. Backups that were made before still hold everything.
    """
    from app.core.personal import queries, services

    with _app() as app, app.test_request_context():
        subject = queries.by_email(email)
        if subject is None:
            _refuse("Nobody here has this address.")
        for title, count in services.parts(queries.held(subject)):
            click.echo(f"{title}: {count}")
        if not yes:
            _refuse(f"Nothing was erased. Say --yes to make this person {subject.alias}.")
        try:
            waiting = services.erase(subject)
        except services.ErasureRefused as refused:
            _refuse(refused.message)
    click.echo(f"Erased: {subject.alias} from now on.")
    if waiting:
        click.echo(f"Pending until they return: {', '.join(waiting)}.")


@main.group()
def audit() -> None:
    """The record of who did what."""


@audit.command("verify")
@click.argument("file", required=False, type=click.File(encoding="utf-8"))
def audit_verify(file: TextIO | None) -> None:
    """Walk the hash chains; exit status 1 where a row or a text was changed or is missing.

    Texts of before and after are checked against their commitments in the chain. Those that were
    erased, as retention and the erasing of a person do, are counted and are no fault. With FILE,
    an export of the audit log as JSON lines is checked instead; no desk is needed for that.
    """
    from app.core import audit_check
    from app.core.audit import Tally
    from app.core.history.exports import verify_lines

    tally, holds = Tally(), True
    with nullcontext() if file else _app():
        for found in verify_lines(file, tally) if file else audit_check.verify(tally):
            click.echo(f"{found.chain} row {found.seq}: {found.problem}", err=True)
            holds = False
    if not holds:
        sys.exit(1)
    click.echo("Every chain holds.")
    click.echo(
        f"{tally.rows} rows; {tally.kept} texts match their commitments, {tally.erased} are erased."
    )


@contextmanager
def _app(**changes: Any) -> Iterator[Flask]:
    """The application with a connected database, for one command."""
    from app import create_app
    from app.core.db import database

    try:
        app = create_app(replace(_config(), **changes))
        with app.app_context(), database.connection_context():
            yield app
    except (peewee.OperationalError, peewee.InterfaceError) as error:
        _refuse(f"The database cannot be used: {error}")


def _config() -> Config:
    try:
        return Config.from_environ()
    except ConfigError as error:
        _refuse(str(error))


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(2)


if __name__ == "__main__":
    main(prog_name="entente")
