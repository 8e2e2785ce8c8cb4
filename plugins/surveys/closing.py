"""What happens to answers when a wave ends, above all to anonymous ones."""

from collections.abc import Callable, Collection

from app.api import upsert
from plugins.surveys.models import (
    Ballot,
    BallotKey,
    Code,
    Invitation,
    Response,
    SpentCode,
    Wave,
)

TABLES = ("surveys_code", "surveys_spent_uncopied", "surveys_key_uncopied", "surveys_ballot")


def count(wave: Wave, returned: Callable[[Collection[str]], set[str]]) -> None:
    """Write down how many answered and could not be reached, in the caller's transaction."""
    refs = {
        f"surveys_invitation:{id_}": id_
        for (id_,) in Invitation.select(Invitation.id).where(Invitation.wave == wave.id).tuples()
    }
    bounced = {refs[ref] for ref in returned(list(refs))}
    answered: dict[int, bool] = {}
    if wave.mode == "anonymous":
        complete = Ballot.select().where(Ballot.wave == wave.id).count()
    else:
        rows = Response.select(Response.invitation, Response.complete).where(
            Response.wave == wave.id
        )
        answered = dict(rows.tuples())
        complete = sum(answered.values())
    Wave.update(
        bounced=len(bounced - set(answered)),
        complete=complete,
        partial=len(answered) - sum(answered.values()),
    ).where(Wave.id == wave.id).execute()


def forget(wave: Wave) -> None:
    """Delete the key and the codes of an anonymous wave, and write its answers in key order.

    In one transaction, so that not even the order in which the database wrote the rows tells who
    answered when; the caller has what was there overwritten afterwards.
    """
    BallotKey.delete().where(BallotKey.wave == wave.id).execute()
    SpentCode.delete().where(SpentCode.wave == wave.id).execute()
    Code.delete().where(Code.wave == wave.id).execute()
    rows = list(Ballot.select().where(Ballot.wave == wave.id).order_by(Ballot.ballot_hash).dicts())
    Ballot.delete().where(Ballot.wave == wave.id).execute()
    upsert(Ballot, rows)
