"""The anonymous wave of the sample desk: departments, of which the small ones stay hidden."""

import json
import random
from datetime import date, datetime, time, timedelta

from plugins.surveys import publishing, surveys
from plugins.surveys.demo_answers import answers
from plugins.surveys.models import Ballot, Invitation, Survey, Wave
from plugins.surveys.rules import audience as rules
from plugins.surveys.rules import definition as definitions
from plugins.surveys.rules.audience import Audience, Group
from plugins.surveys.rules.schedule import MOST_REMINDERS

K = 5
# Finance and legal were too few to be told apart at all; of operations too few answered.
GROUPS = (
    Group("", 6),
    Group("department:marketing", 8),
    Group("department:operations", 6),
    Group("department:sales", 9),
)
ANSWERED = (5, 7, 4, 8)
LEANINGS = (3.4, 3.9, 3.0, 2.8)


def load(survey: Survey, opened: date, owner: int) -> None:
    """A wave that was answered, closed and published; nobody knows who answered what."""
    wave = _wave(survey, opened, owner)
    Invitation.insert_many(
        [
            {"wave": wave.id, "side": "host", "cell": cell, "mailed": True}
            for cell, group in enumerate(GROUPS)
            for _person in range(group.invited)
        ]
    ).execute()
    definition = definitions.loads(wave.survey_version.definition)
    draw = random.Random(6)  # noqa: S311 - made-up answers
    ballots = [
        {
            "wave": wave.id,
            "ballot_hash": f"{draw.getrandbits(256):064x}",
            "cell": cell,
            "answers": json.dumps(answers(definition, LEANINGS[cell], draw)),
        }
        for cell, n in enumerate(ANSWERED)
        for _person in range(n)
    ]
    Ballot.insert_many(sorted(ballots, key=lambda row: row["ballot_hash"])).execute()
    surveys.lock_version(wave.survey_version_id)
    publishing.keep_figures(wave)


def _wave(survey: Survey, opened: date, owner: int) -> Wave:
    closes = opened + timedelta(14)
    over = datetime.combine(closes, time(12))
    wave: Wave = Wave.create(
        survey_version=surveys.latest(survey.id),
        survey=survey,
        public_id=f"{survey.id:016x}{opened.toordinal():016x}",
        title=f"{survey.name} {opened:%Y-%m}",
        mode="anonymous",
        k=K,
        breakdown="department",
        audience=rules.dumps(Audience(staff=tuple(group.key for group in GROUPS if group.key))),
        cells=rules.dumps(GROUPS),
        state="published",
        opened_on=opened,
        last_mail_on=opened,
        reminders=MOST_REMINDERS,
        closes_on=closes,
        closed_at=over,
        published_at=over + timedelta(2),
        swept=True,
        invited=sum(group.invited for group in GROUPS),
        complete=sum(ANSWERED),
        outcome="What is agreed with a partner stands on its page the same day.",
        outcome_at=over + timedelta(5),
        created_at=datetime.combine(opened, time(9)),
        created_by=owner,
    )
    return wave
