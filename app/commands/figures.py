"""`entente import`, `export` and `scorecard`: figures in and out."""

import json
import sys
from pathlib import Path

import click

from app.commands.running import application, refuse


@click.command("import")
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
    from app.commands import importing
    from app.core.transfer import command

    if what == "partner" and file is not None:
        with application() as app, app.test_request_context():
            sys.exit(command.read(file, dry_run=dry_run, email=email))
    with application():
        if undo:
            sys.exit(importing.undo(what, email=email))
        sys.exit(importing.run(what, file, dry_run=dry_run, good_only=good_rows, email=email))


@click.command()
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

    with application() as app:
        if what == "partner" and code:
            with app.test_request_context():
                sys.exit(command.write(code, file))
        if code:
            refuse('Say "entente export FOLDER" or "entente export partner CODE [FILE]".')
        for path in exporting.write(Path(what)):
            click.echo(path)


@click.command()
@click.argument("code")
@click.option("--period", required=True, help="Such as 2013-Q2, 2013-01, 2013-H1 or 2013.")
@click.option("--json", "as_json", is_flag=True, help="Unrounded figures as JSON.")
def scorecard(code: str, period: str, as_json: bool) -> None:
    """Show how the partner with CODE did in a period, KPI by KPI."""
    from app.core.kpis.exports.scorecard import scorecard_json
    from app.core.periods import PeriodError

    with application():
        try:
            found = scorecard_json(code, period)
        except (LookupError, PeriodError) as error:
            refuse(str(error.args[0] if error.args else error))
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
