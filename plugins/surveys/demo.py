"""Surveys of the sample desk: two published waves with both sides, what was said beside them, an
anonymous one of departments, and a pulse that waits for answers."""

import json
import random
from datetime import date, datetime, time, timedelta

from app.api import Partner, Viewer, contacts_of, organisation, people
from plugins.surveys import demo_departments, publishing, shipped, surveys
from plugins.surveys.demo_answers import LEANINGS, SAID, answers
from plugins.surveys.models import (
    FollowUp,
    Invitation,
    Note,
    Response,
    Survey,
    Theme,
    Wave,
)
from plugins.surveys.rules import audience as rules
from plugins.surveys.rules import questions
from plugins.surveys.rules.audience import Audience, Group
from plugins.surveys.rules.schedule import MOST_REMINDERS
from plugins.surveys.rules.themes import text_hash

BEFORE = 0.4  # so much worse half a year ago
NOTES = (
    (
        "interview",
        "communication",
        "Whom to ask, Speed",
        "Three weeks for a change of prices, and nobody felt responsible.",
    ),
    ("observation", "trust", "Trust", "They told us about the delay before we noticed it."),
    ("interview", "resolve", "Meetings", "What was agreed is written down too late."),
)


def load() -> None:
    """The relationship survey of this half-year and the last, departments, a pulse that is open."""
    today = organisation().today()
    partners = list(
        Partner.select().where(Partner.status == "active").order_by(Partner.code).limit(6)
    )
    owners = [people(f"owner:{one.id}") for one in partners]
    if not partners or not any(owners):
        return
    owner = min(next(iter(some)) for some in owners if some)
    relationship, pulse = _survey("relationship", owner), _survey("nps", owner)
    before = _wave(relationship, today - timedelta(223), "published", owner)
    last = _wave(relationship, today - timedelta(40), "published", owner, before)
    for wave, worse in ((before, BEFORE), (last, 0.0)):
        _invite(wave, partners)
        _answer(wave, worse)
    _give_themes(last)
    _invite(_wave(pulse, today - timedelta(3), "open", owner), partners)
    demo_departments.load(_survey("departments", owner), today - timedelta(100), owner)
    _write_notes(partners, today, owner)


def _survey(key: str, owner: int) -> Survey:
    found = shipped.by_key(key)
    if found is None:
        raise LookupError(key)
    by = Viewer(owner, "", "", "manager", frozenset())
    made = surveys.make(
        str(found.name), str(found.purpose), found.audience, found.definition, by=by, template=key
    )
    survey: Survey = Survey.get_by_id(made)
    return survey


def _wave(
    survey: Survey, opened: date, state: str, owner: int, follows: Wave | None = None
) -> Wave:
    closes = opened + timedelta(14)
    over = datetime.combine(closes, time(12))
    wave: Wave = Wave.create(
        survey_version=surveys.latest(survey.id),
        survey=survey,
        public_id=f"{survey.id:016x}{opened.toordinal():016x}",
        title=f"{survey.name} {opened:%Y-%m}",
        mode="identified",
        follows=follows,
        breakdown="side",
        audience=rules.dumps(Audience("all", team=True)),
        state=state,
        opened_on=opened,
        last_mail_on=opened,
        reminders=MOST_REMINDERS,  # made-up records write to nobody
        closes_on=closes,
        recurrence="half_yearly" if survey.template == "relationship" else "quarterly",
        closed_at=over if state == "published" else None,
        published_at=over + timedelta(2) if state == "published" else None,
        outcome="Answers took too long: each partner now has one person to ask, and a deputy."
        if state == "published"
        else "",
        outcome_at=over + timedelta(5) if state == "published" else None,
        created_at=datetime.combine(opened, time(9)),
        created_by=owner,
    )
    return wave


def _invite(wave: Wave, partners: list[Partner]) -> None:
    rows = [
        {
            "wave": wave.id,
            "partner": one.partner_id,
            "side": "partner",
            "contact": one.contact_id,
            "user": None,
            "cell": 2,
            "mailed": True,
        }
        for one in contacts_of([partner.id for partner in partners])
        if one.reachable
    ]
    rows += [
        {
            "wave": wave.id,
            "partner": partner.id,
            "side": "host",
            "contact": None,
            "user": user,
            "cell": 1,
            "mailed": True,
        }
        for partner in partners
        for user in sorted(people(f"team:{partner.id}"))
        if wave.state == "published"
    ]
    Invitation.insert_many(rows).execute()
    ours = sum(row["side"] == "host" for row in rows)
    cells = [Group("", 0), Group("side:host", ours), Group("side:partner", len(rows) - ours)]
    Wave.update(invited=len(rows), cells=rules.dumps(cells)).where(Wave.id == wave.id).execute()


def _answer(wave: Wave, worse: float) -> None:
    """Made-up answers, the same on every machine; the last invited person has not answered."""
    draw = random.Random(7 + wave.id)  # noqa: S311 - made-up answers
    definition = shipped.by_key("relationship").definition  # type: ignore[union-attr]
    invited = list(Invitation.select().where(Invitation.wave == wave.id).order_by(Invitation.id))
    for one in invited[:-1]:
        said = answers(definition, LEANINGS[one.side] - worse, draw)
        response = Response.create(
            invitation=one,
            wave=wave,
            answers=json.dumps(said),
            complete=True,
            saved_at=wave.closed_at,
        )
        low = questions.low(definition, said)
        if low and one.side == "partner":
            FollowUp.create(
                response=response,
                wave=wave,
                partner=one.partner_id,
                reasons=" ".join(low),
                state="closed",
                cause="Nobody knew whom to ask.",
                action="One person to ask was named.",
                closed_at=wave.published_at,
            )
    surveys.lock_version(wave.survey_version_id)
    Wave.update(complete=len(invited) - 1).where(Wave.id == wave.id).execute()
    publishing.keep_figures(wave)


def _give_themes(wave: Wave) -> None:
    Theme.insert_many(
        [
            {"wave": wave.id, "question": key, "text_hash": text_hash(text), "theme": theme}
            for key, said in SAID.items()
            for text, themes in said
            for theme in themes
        ]
    ).execute()


def _write_notes(partners: list[Partner], today: date, owner: int) -> None:
    for n, (kind, dimension, themes, text) in enumerate(NOTES):
        day = today - timedelta(12 + 9 * n)
        Note.create(
            kind=kind,
            partner=partners[n % len(partners)],
            day=day,
            text=text,
            themes=themes,
            dimension=dimension,
            consent="notes",
            created_at=datetime.combine(day, time(16)),
            created_by=owner,
        )
