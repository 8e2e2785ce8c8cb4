"""Invitations and reminders, in batches by a job; what holds a way in is erased once it is sent."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence

from app.api import (
    Addressee,
    Partner,
    atomic,
    enqueue,
    external_url,
    link_allowed,
    organisation,
    queue_mail,
    translations,
    upsert,
    written_for,
)
from plugins.surveys import people, words
from plugins.surveys.models import Code, Invitation, Response, SurveyVersion, Token, Wave
from plugins.surveys.rules import ballot
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.definition import Definition

_ = translations("surveys").gettext

BATCH = 500
KIND = "surveys.invitation"


def send_waiting() -> None:
    """Send to a batch of the people who wait to be asked or reminded, and go on in another job.

    An anonymous wave is never cut into small batches: whose code was written beside which would
    be told by few enough of them.
    """
    with atomic():
        wave = (
            Wave.select()
            .join(Invitation, on=(Invitation.wave == Wave.id))
            .where(Wave.state == "open", ~Invitation.mailed)
            .order_by(Wave.id)
            .first()
        )
        if wave is None:
            return
        waiting = Invitation.select().where(Invitation.wave == wave.id, ~Invitation.mailed)
        size = BATCH if waiting.count() >= 2 * BATCH else 2 * BATCH
        batch = list(waiting.order_by(Invitation.id).limit(size))
        _send(wave, batch)
        ids = [one.id for one in batch]
        Invitation.update(mailed=True).where(Invitation.id.in_(ids)).execute()
        enqueue("surveys.mail", plugin="surveys")


def _send(wave: Wave, batch: Sequence[Invitation]) -> None:
    definition = rules.loads(SurveyVersion.get_by_id(wave.survey_version_id).definition)
    reached = people.reached(
        [one.contact for one in batch if one.contact], [one.user for one in batch if one.user]
    )
    names = dict(
        Partner.select(Partner.id, Partner.name)
        .where(Partner.id.in_([one.partner_id for one in batch if one.partner_id]))
        .tuples()
    )
    if wave.mode == "anonymous":
        ways = _codes(wave, batch) if wave.reminders == 0 else {}
    else:
        done = Response.select(Response.invitation).where(
            Response.wave == wave.id, Response.complete
        )
        answered = {id_ for (id_,) in done.tuples()}
        batch = [one for one in batch if one.id not in answered]
        ways = _tokens(batch) if link_allowed(people.LINK) else {}
    for one in batch:
        person = reached.get(one.person)
        if person is not None and people.can_be_asked(person, wave.mode):
            about = names.get(one.partner_id, "") if one.side == "host" else ""
            _mail(wave, definition, one, person, ways.get(one.id, ""), about)


def _tokens(batch: Sequence[Invitation]) -> Mapping[int, str]:
    """A further way in for each; the former ones keep working."""
    made = {one.id: secrets.token_urlsafe(24) for one in batch}
    Token.insert_many(
        [{"token_hash": token_hash(token), "invitation": id_} for id_, token in made.items()]
    ).execute() if made else None
    return made


def _codes(wave: Wave, batch: Sequence[Invitation]) -> Mapping[int, str]:
    """A code for each; they are written in the order of their hashes, not of the people."""
    made = {one.id: ballot.code(secrets.token_bytes(ballot.CODE_BYTES)) for one in batch}
    rows = [
        {"wave": wave.id, "code_hash": ballot.code_hash(made[one.id]), "cell": one.cell}
        for one in batch
    ]
    upsert(Code, sorted(rows, key=lambda row: row["code_hash"]))
    return made


def _mail(
    wave: Wave,
    definition: Definition,
    invitation: Invitation,
    person: Addressee,
    way: str,
    about: str,
) -> None:
    ours = organisation()
    locale = person.locale or ours.locale
    with written_for(person.locale):
        title = rules.words(definition.title, locale, definition.locale)
        subject = f"{ours.name}: {title}"
        lines = [_("Hello %(name)s,", name=person.name)]
        if wave.reminders:
            lines.append(_("a few days ago we asked you to answer “%(title)s”.", title=title))
        else:
            intro = rules.words(definition.introduction, locale, definition.locale)
            lines.append(intro or _("please answer “%(title)s”.", title=title))
        if about:
            lines.append(_("It is about working with %(partner)s.", partner=about))
        lines += _way_in(wave, way, subject)
        lines.append(words.promise(wave.mode, wave.k))
        lines.append(_("You can answer until %(day)s.", day=words.long_day(wave.closes_on)))
        queue_mail(
            person.email,
            kind=KIND,
            subject=(_("Reminder: %(subject)s", subject=subject) if wave.reminders else subject),
            paragraphs=lines,
            action=_action(wave, way, invitation),
            user_id=person.user_id,
            locale=person.locale,
            ref=f"surveys_invitation:{invitation.id}",
            secret=bool(way),
        )


def _way_in(wave: Wave, way: str, subject: str) -> list[str]:
    if wave.mode != "anonymous":
        return []
    if not way:
        return [
            _(
                "Nobody is told who has answered, so this goes to everybody who was asked: if you"
                " have answered, thank you, and there is nothing to do. Otherwise use the link or"
                " the code of our e-mail “%(subject)s” of %(day)s. We cannot send it again.",
                subject=subject,
                day=words.long_day(wave.opened_on),
            )
        ]
    return [_("Your code, should the page ask for it: %(code)s", code=way)]


def _action(wave: Wave, way: str, invitation: Invitation) -> tuple[str, str] | None:
    if wave.mode != "anonymous":
        page = "surveys_portal.answer" if invitation.side == "partner" else "surveys.own_answer"
        url = (
            external_url("surveys_public.answer", token=way)
            if way
            else external_url(page, invitation_id=invitation.id)
        )
    elif way:
        # Behind the # nothing is sent to a server, so no log can hold it.
        url = external_url("surveys_public.anonymous", public_id=wave.public_id) + "#" + way
    else:
        return None
    return (_("Answer now"), url)


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
