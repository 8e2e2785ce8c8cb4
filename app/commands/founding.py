"""An empty desk: founding it, filling it with a sample, and saying how to get in."""

import os
from zoneinfo import available_timezones

import click
from flask import Flask

from app.commands.running import refuse
from app.config import Config


def found_desk(name: str, currency: str, timezone: str, start_month: int) -> None:
    """Found an empty desk without a browser; a desk that exists stays as it is."""
    from app.core import money
    from app.core.accounts import queries, services
    from app.core.db import atomic
    from app.core.kpis import library

    if queries.settings() is not None:
        return
    if timezone not in available_timezones():
        refuse(f"{timezone[:60]!r} is not a time zone: give one such as Europe/Berlin.")
    try:
        money.exponent(currency)
    except money.MoneyError as error:
        refuse(str(error))
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
