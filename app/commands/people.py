"""`entente user` and `entente person`: accounts, and what is held on somebody."""

from pathlib import Path
from typing import Any

import click
import peewee

from app.commands.founding import found_desk
from app.commands.running import application, refuse


@click.group()
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
        refuse(f"{email[:80]!r} is not an e-mail address.")
    problem = weakness(password, email, name)
    with application() as app:
        if problem:
            with app.test_request_context():
                refuse(str(WEAKNESSES[problem]))
        if role == "admin":
            found_desk("My organisation", "EUR", "UTC", 1)
        try:
            services.add_person(name=name, email=email, role=role, password=password)
        except peewee.IntegrityError:
            refuse(f"Somebody has an account with {email} already.")
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

    with application():
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

    with application():
        person = _person(email)
        if not second_factor.remove(person):
            refuse(f"{email[:80]} has no second factor.")
    click.echo(f"{email} signs in with the password alone now.")


def _person(email: str) -> Any:
    """Somebody active who has an account; refuses the command otherwise."""
    from app.core.accounts import queries

    person = queries.by_email(email)
    if person is None or not person.active:
        refuse(f"Nobody who may sign in has the address {email[:80]!r}.")
    return person


@click.group()
def person() -> None:
    """What is held on a person."""


@person.command("export")
@click.argument("email")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def person_export(email: str, file: Path) -> None:
    """Write everything held on the person with EMAIL as a ZIP: one JSON document and the files."""
    from app.core.personal import queries, services

    with application() as app, app.test_request_context():
        subject = queries.by_email(email)
        if subject is None:
            refuse("Nobody here has this address.")
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

    with application() as app, app.test_request_context():
        subject = queries.by_email(email)
        if subject is None:
            refuse("Nobody here has this address.")
        for title, count in services.parts(queries.held(subject)):
            click.echo(f"{title}: {count}")
        if not yes:
            refuse(f"Nothing was erased. Say --yes to make this person {subject.alias}.")
        try:
            waiting = services.erase(subject)
        except services.ErasureRefused as refused:
            refuse(refused.message)
    click.echo(f"Erased: {subject.alias} from now on.")
    if waiting:
        click.echo(f"Pending until they return: {', '.join(waiting)}.")
