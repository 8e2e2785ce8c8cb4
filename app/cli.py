"""The `entente` command."""

import os

import click

from app.commands import figures, keys, mail, people, upkeep
from app.commands.founding import found_desk, prepare
from app.commands.running import application, configuration

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

    server.serve(configuration(), not no_worker, lambda app: prepare(app, sample=sample))


@main.command()
def worker() -> None:
    """Do what is due: events and schedules. "serve" starts one by itself.

    Any number may run beside each other, on one machine or many (then with PostgreSQL).
    """
    from app import serve as server

    server.worker(configuration())


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
    with application() as app:
        if organisation:
            found_desk(organisation, currency.upper(), timezone, fiscal_year_start_month)
        prepare(app, sample=sample)


for command in (
    *(figures.import_, figures.export, figures.scorecard),
    *(people.user, people.person),
    *(keys.keys, mail.mail),
    *(upkeep.plugins, upkeep.db, upkeep.audit),
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="entente")
