"""`entente export partner` and `entente import partner`: a partnership to and from one file."""

from pathlib import Path

import click

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.partners.models import Partner
from app.core.transfer import bundle, exporting, importing
from app.core.transfer.bundle import TransferRefusal

DONE, REFUSED, UNUSABLE = 0, 1, 2


def write(code: str, file: Path | None) -> int:
    """Write the partner with a code; returns the exit status."""
    partner = Partner.get_or_none(Partner.code == code.strip().upper())
    if partner is None:
        click.echo(f"No partner has the code {code[:40]!r}.", err=True)
        return UNUSABLE
    target = file or Path(f"{partner.code}.zip")
    try:
        with target.open("xb") as stream:
            exporting.write(partner, stream)
    except FileExistsError:
        click.echo(f"{target} exists already; it is left as it is.", err=True)
        return REFUSED
    except OSError as error:
        click.echo(f"{target} cannot be written: {error.strerror}.", err=True)
        return REFUSED
    click.echo(target)
    return DONE


def read(file: Path, *, dry_run: bool, email: str | None) -> int:
    """Bring a partnership in; returns the exit status."""
    person = _administrator(email)
    if person is None:
        click.echo("Nobody here may bring in a partnership: an administrator is needed.", err=True)
        return UNUSABLE
    try:
        with file.open("rb") as stream:
            opened = bundle.opened(stream)
            if dry_run:
                summary = importing.check(opened)
            else:
                _id, summary = importing.bring_in(opened, person)
    except OSError as error:
        click.echo(f"{file} cannot be read: {error.strerror}.", err=True)
        return UNUSABLE
    except TransferRefusal as refusal:
        click.echo(f"{refusal} Nothing was written.", err=True)
        return REFUSED
    click.echo(f"{summary.name} ({summary.code}), from {summary.organisation}")
    for name, count in summary.counts.items():
        click.echo(f"  {name:<20} {count}")
    for word, names in (
        ("KPIs defined", summary.new_kpis),
        ("fields defined", summary.new_fields),
        ("people without access", summary.new_people),
        ("plugins missing", summary.plugins_without),
    ):
        if names:
            click.echo(f"note: {word}: {', '.join(names)}")
    click.echo("Nothing was written: a dry run." if dry_run else "Brought in.")
    return DONE


def _administrator(email: str | None) -> Viewer | None:
    query = User.select().where(User.role == "admin", User.active)
    if email:
        query = query.where(User.email == email.strip().lower())
    user = query.order_by(User.id).first()
    if user is None:
        return None
    return Viewer(user.id, user.name, user.email, user.role, frozenset({"partners.admin"}))
