"""`entente import`: files in, a report out, an exit status that a script can read."""

from pathlib import Path

import click

from app.core.accounts import queries
from app.core.accounts.models import User
from app.core.ids import row_id
from app.core.kpis import imports
from app.core.kpis.imports.problems import MOST_PROBLEMS
from app.core.kpis.imports.undo import undo as take_back
from app.core.kpis.models import Import
from app.core.kpis.refusals import KpiRefusal

KINDS = ("partners", "kpis", "targets", "values")
APPLIED, NOTHING_APPLIED, UNUSABLE = 0, 1, 2
SHOWN = 200
MOST_LEFT_OUT = 20_000


def run(what: str, file: Path | None, *, dry_run: bool, good_only: bool, email: str | None) -> int:
    """Import a folder, or one file of a kind; returns the exit status."""
    sources = _sources(what, file)
    if isinstance(sources, str):
        click.echo(sources, err=True)
        return UNUSABLE
    settings = queries.settings()
    if settings is None:
        click.echo("The desk is empty: found it with entente init --organisation NAME.", err=True)
        return UNUSABLE
    person = _person(email)
    if person is None:
        click.echo(f"Nobody who may import has the address {email!r}.", err=True)
        return UNUSABLE
    most = MOST_LEFT_OUT if good_only else MOST_PROBLEMS
    plan = imports.read(sources, settings.today(), most=most)
    for problem in plan.errors[:SHOWN]:
        where = f"{problem.file}, row {problem.row}" if problem.row else problem.file
        column = f", {problem.column}" if problem.column else ""
        click.echo(f"{where}{column}: {problem.value!r} – {problem.expected}", err=True)
    if len(plan.errors) > SHOWN:
        click.echo(f"and {len(plan.errors) - SHOWN} more", err=True)
    for warning in plan.warnings:
        click.echo(f"note: {warning}")
    if plan.errors and not (good_only and plan.whole):
        click.echo("Nothing was imported.", err=True)
        return NOTHING_APPLIED
    if dry_run:
        wrong = f"{plan.left_out} rows are wrong" if plan.errors else "Nothing is wrong"
        click.echo(f"{wrong}. Without --dry-run this would be imported:")
        for kind, count in plan.counts.items():
            click.echo(f"  {kind:<10} {count}")
        return APPLIED
    report = imports.apply(plan, person, good_only=good_only)
    for kind in KINDS:
        click.echo(f"  {kind:<10} {getattr(report, kind)}")
    click.echo(f"  restated   {report.restated}")
    click.echo(f"  unchanged  {report.unchanged}")
    if report.left_out:
        click.echo(f"  left out   {report.left_out}")
    if report.import_id:
        click.echo(f"This is import {report.import_id}: entente import --undo {report.import_id}")
    for line in report.unchecked:
        click.echo(f"note: imported, guards not checked: {line}")
    return APPLIED


def undo(what: str, *, email: str | None) -> int:
    """Take an import back; returns the exit status."""
    person = _person(email)
    number = row_id(what) or 0
    if person is None or not Import.select().where(Import.id == number).exists():
        click.echo(f"There is no import {what!r}, or nobody who may undo it.", err=True)
        return UNUSABLE
    try:
        take_back(number, person)
    except KpiRefusal as refusal:
        click.echo(str(refusal), err=True)
        for reason in getattr(refusal, "reasons", ()):
            click.echo(f"  {reason}", err=True)
        return NOTHING_APPLIED
    click.echo(f"Import {number} is undone.")
    return APPLIED


def _sources(what: str, file: Path | None) -> list[imports.Source] | str:
    if file is not None:
        if what not in KINDS:
            return f"{what!r} is not one of {', '.join(KINDS)}."
        if not file.is_file():
            return f"There is no file {file}."
        return [imports.Source(what, file.name, file.read_bytes())]
    folder = Path(what)
    if what in KINDS and not folder.exists():
        return f"Name the file to import: entente import {what} FILE"
    if not folder.is_dir():
        return f"There is no folder {folder}."
    found = [(kind, folder / f"{kind}{end}") for kind in KINDS for end in (".csv", ".xlsx")]
    present = [imports.Source(k, p.name, p.read_bytes()) for k, p in found if p.is_file()]
    return present or f"{folder} holds none of {', '.join(p.name for _, p in found)}."


def _person(email: str | None) -> User | None:
    if email is not None:
        user = queries.by_email(email)
        return user if user and user.active and user.role == "admin" else None
    return User.select().where(User.role == "admin", User.active).order_by(User.id).first()
