"""Anonymous answers: a code is exchanged for a ballot, and later a ballot for its answer.

Nothing ties the two requests together: the ballot is signed and not stored, the answer lies under
its hash. Neither writes who, when or after whom. Source: domain specification §5, Anonymous.
"""

import json
import secrets
from collections.abc import Mapping

from app.api import atomic, lock
from plugins.surveys import surveys
from plugins.surveys.models import Ballot, BallotKey, Code, SpentCode, SurveyVersion, Wave
from plugins.surveys.rules import ballot as rules
from plugins.surveys.rules import definition as definitions
from plugins.surveys.rules import questions
from plugins.surveys.rules.definition import Definition


class NoBallot(Exception):
    """The code was used, was never given, or its wave is not open: nobody is told which."""


class Counted(Exception):
    """An answer lies under this ballot already."""


def wave_of(public_id: str) -> Wave | None:
    """The anonymous wave of an address, once it was launched."""
    found: Wave | None = Wave.get_or_none(
        Wave.public_id == public_id, Wave.mode == "anonymous", Wave.state != "draft"
    )
    return found


def definition_of(wave: Wave) -> Definition:
    """What a wave asks."""
    return definitions.loads(SurveyVersion.get_by_id(wave.survey_version_id).definition)


def start(wave: Wave, typed: str) -> str:
    """Spend a code for a fresh ballot, of which nothing is kept. Raises: `NoBallot`."""
    code_hash = rules.code_hash(typed)
    key = _key(wave)
    code = Code.get_or_none(Code.wave == wave.id, Code.code_hash == code_hash)
    if key is None or code is None:
        raise NoBallot
    with atomic():
        lock(f"surveys.wave:{wave.id}")
        # Asked for before it is written: a database logs what breaks a constraint, with the moment.
        spent = SpentCode.select().where(
            SpentCode.wave == wave.id, SpentCode.code_hash == code_hash
        )
        # Whoever spends while the wave closes comes too late: closing has deleted the key.
        if spent.exists() or _key(wave) is None:
            raise NoBallot
        SpentCode.insert(wave=wave.id, code_hash=code_hash).execute()
    return rules.issue(secrets.token_bytes(rules.RANDOM_BYTES), code.cell, key)


def is_good(wave: Wave, ballot: str) -> bool:
    """Whether a ballot is this wave's and has no answer yet."""
    key = _key(wave)
    if key is None or rules.cell_of(ballot, key) is None:
        return False
    return not _counted(wave, ballot)


def answer(wave: Wave, ballot: str, form: questions.Form) -> Mapping[str, str]:
    """Count an answer once, if nothing is wrong with it; returns what is.

    Raises: `NoBallot` for a ballot that nobody was given, `Counted` for one that was used.
    """
    key = _key(wave)
    cell = rules.cell_of(ballot, key) if key else None
    if cell is None:
        raise NoBallot
    if _counted(wave, ballot):
        raise Counted
    answers, faults = questions.read(definition_of(wave), form)
    if faults:
        return faults
    with atomic():
        lock(f"surveys.wave:{wave.id}")
        if _key(wave) is None:
            raise NoBallot
        if _counted(wave, ballot):
            raise Counted
        Ballot.insert(
            wave=wave.id,
            ballot_hash=rules.ballot_hash(ballot),
            cell=cell,
            answers=json.dumps(answers, sort_keys=True),
        ).execute()
        surveys.lock_version(wave.survey_version_id)
    return {}


def _key(wave: Wave) -> bytes | None:
    """What signs an open wave's ballots; None once it is closed."""
    row = BallotKey.get_or_none(BallotKey.wave == wave.id)
    return bytes(row.key) if row else None


def _counted(wave: Wave, ballot: str) -> bool:
    return (
        Ballot.select()
        .where(Ballot.wave == wave.id, Ballot.ballot_hash == rules.ballot_hash(ballot))
        .exists()
    )
