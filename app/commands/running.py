"""What every command needs: settings, the application, and an end with a sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

import click
import peewee
from flask import Flask

from app.config import Config, ConfigError


@contextmanager
def application(**changes: Any) -> Iterator[Flask]:
    """The application with a connected database, for one command."""
    from app import create_app
    from app.core.db import database

    try:
        app = create_app(replace(configuration(), **changes))
        with app.app_context(), database.connection_context():
            yield app
    except (peewee.OperationalError, peewee.InterfaceError) as error:
        refuse(f"The database cannot be used: {error}")


def configuration() -> Config:
    """The settings of this process; ends the command where they cannot be used."""
    try:
        return Config.from_environ()
    except ConfigError as error:
        refuse(str(error))


def refuse(sentence: str) -> NoReturn:
    """End the command with a sentence and exit status 2."""
    click.echo(sentence, err=True)
    sys.exit(2)
