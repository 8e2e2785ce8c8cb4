"""`entente mail`: what the mail server of the house hands to the desk."""

import sys
from collections import Counter
from pathlib import Path

import click

from app.commands.running import application, refuse

TEMPORARY = 75  # EX_TEMPFAIL: the mail server keeps the mail and tries again
SAID = {"returned": "came back", "known": "known already", "unread": "no notice of a mail of ours"}


@click.group()
def mail() -> None:
    """E-mails that the desk has sent."""


@mail.command("bounces")
@click.argument("sources", nargs=-1, required=True, metavar="FILE...|-")
def mail_bounces(sources: tuple[str, ...]) -> None:
    """Read notices of mails that came back, and mark those mails and their addresses.

    Each FILE is one mail, an mbox, a folder of mails, or a Maildir, of which the unread ones are
    read and marked as read; "-" reads one mail from standard input, as a mail server pipes it to an
    alias. Notices after RFC 3464 are understood, and only those that return the Message-ID of a
    mail that this desk has sent. With "-" the exit status is 0 for every mail that could be read,
    and 75 where the desk is out of reach, so that the mail server tries again.
    """
    from app.core.messages import bounces, dsn

    if "-" in sources:
        data = sys.stdin.buffer.read(dsn.MOST)
        while sys.stdin.buffer.read(dsn.MOST):
            pass  # a pipe that is closed early would look like a fault
        try:
            with application():
                outcome = bounces.take(data)
        except SystemExit:
            sys.exit(TEMPORARY)
        click.echo(SAID[outcome])
        return
    counts: Counter[str] = Counter()
    with application():
        for source in sources:
            try:
                counts.update(bounces.take(data) for data in bounces.mails_in(Path(source)))
            except OSError as error:
                refuse(f"{source}: {error.strerror or error}")
    for kind, words in SAID.items():
        click.echo(f"{counts[kind]:>5} {words}")
