"""Where surveys join in: lines, boxes, days, links, and what is held on people and partners."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from flask import url_for
from peewee import JOIN

from app.api import (
    Attention,
    CalendarEntry,
    Link,
    Partner,
    PartnerRef,
    PersonalRows,
    Subject,
    TimelineEntry,
    Viewer,
    kept,
    organisation,
    own_partners,
    row_id,
    site_path,
    translations,
)
from plugins.surveys import answering, notes, portal, themes
from plugins.surveys.models import (
    FollowUp,
    Invitation,
    Note,
    Occasion,
    PublishedFigure,
    Response,
    Survey,
    Wave,
)
from plugins.surveys.rules import audience
from plugins.surveys.rules import definition as rules

_ = translations("surveys").gettext


def attention(viewer: Viewer) -> list[Attention]:
    """What somebody is asked to answer, runs, or has to follow up."""
    found = [
        Attention(
            _("Answer “%(wave)s”", wave=wave.title),
            "surveys.own_answer",
            {"invitation_id": invitation.id},
            text=_("Begun, not sent yet") if begun else "",
            label=_("Answer"),
            due=wave.closes_on,
        )
        for invitation, wave, begun in answering.open_for(viewer)
    ]
    if not viewer.can("surveys.manage"):
        return found
    for wave in _waiting(viewer.user_id):
        planned = wave.state == "draft"
        found.append(
            Attention(
                _("Launch “%(wave)s”", wave=wave.title)
                if planned
                else _("Publish “%(wave)s”", wave=wave.title),
                "surveys.wave" if planned else "surveys.results",
                {"wave_id": wave.id},
                text=_("It is planned") if planned else _("It has closed"),
                label=_("Look"),
            )
        )
    found += [
        Attention(
            _("Follow up a low answer in “%(wave)s”", wave=row.wave.title),
            "surveys.follow_up",
            {"followup_id": row.id},
            label=_("Follow up"),
            tone="warning",
        )
        for row in _low(viewer, organisation().today())
    ]
    return found


@kept
def _waiting(user_id: Any) -> Any:
    """The waves that somebody planned and has to launch, or to publish."""
    mine = Wave.select().where(Wave.created_by == user_id, Wave.state.in_(("draft", "closed")))
    return mine.order_by(Wave.id.desc()).limit(5)


@kept
def _low(viewer: Viewer, today: Any) -> Any:
    """The low answers about own partners that nobody has settled."""
    # From the follow-ups on: SQLite else begins with every partner that somebody owns.
    rows = FollowUp.select(FollowUp, Wave).join(Wave).join_from(FollowUp, Partner, JOIN.CROSS)
    mine = (FollowUp.partner == Partner.id) & own_partners(viewer, today)
    return rows.where(FollowUp.state != "closed", mine).order_by(FollowUp.id).limit(5)


def owed(viewer: Viewer) -> list[Attention]:
    """What a contact is asked to answer."""
    return [
        Attention(
            _("Answer “%(wave)s”", wave=wave.title),
            "surveys_portal.answer",
            {"invitation_id": invitation.id},
            text=_("Begun, not sent yet") if begun else "",
            label=_("Answer"),
            due=wave.closes_on,
            side="partner",
        )
        for invitation, wave, begun in answering.open_for(viewer)
    ]


def calendar(viewer: Viewer, start: date, end: date) -> list[CalendarEntry]:
    """The days on which waves close: of what one is asked, and for staff of all."""
    if viewer.can("surveys.manage"):
        rows = Wave.select().where(
            Wave.state == "open", Wave.closes_on >= start, Wave.closes_on <= end
        )
        return [
            CalendarEntry(
                f"surveys-wave-{wave.id}",
                wave.closes_on,
                _("Survey closes: %(wave)s", wave=wave.title),
                url=site_path("surveys.wave", wave_id=wave.id),
                category=_("Surveys"),
            )
            for wave in rows
        ]
    return [
        CalendarEntry(
            f"surveys-invitation-{invitation.id}",
            wave.closes_on,
            _("Answer “%(wave)s”", wave=wave.title),
            category=_("Surveys"),
        )
        for invitation, wave, _begun in answering.open_for(viewer)
        if start <= wave.closes_on <= end
    ]


def timeline(partner: PartnerRef, before: datetime, limit: int) -> list[TimelineEntry]:
    """Published waves in which a partner was asked, and what was noticed about it."""
    rows = (
        Wave.select()
        .where(
            Wave.state == "published",
            Wave.published_at < before,
            Wave.id.in_(Invitation.select(Invitation.wave).where(Invitation.partner == partner.id)),
        )
        .order_by(Wave.published_at.desc())
        .limit(limit)
    )
    return [
        TimelineEntry(
            wave.published_at,
            _("Survey published: %(wave)s", wave=wave.title),
            icon="message-report",
            endpoint="surveys.results",
            values={"wave_id": wave.id},
        )
        for wave in rows
    ]


def links(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    """Waves, invitations, follow-ups and notes that somebody may see."""
    wanted: dict[str, dict[int, str]] = {}
    for ref in refs:
        kind, _colon, sent = ref.partition(":")
        if (id_ := row_id(sent)) is not None:
            wanted.setdefault(kind.removeprefix("surveys_"), {})[id_] = ref
    found: dict[str, Link] = {}
    if not viewer.is_staff:
        mine = {wave.id: wave for wave in portal.published_for(viewer)}
        for wave_id, ref in wanted.get("wave", {}).items():
            if wave_id in mine:
                url = url_for("surveys_portal.results", wave_id=wave_id)
                found[ref] = Link(mine[wave_id].title, url)
        return found
    manages = viewer.can("surveys.manage")
    for wave in Wave.select().where(Wave.id.in_(list(wanted.get("wave", {})))):
        if manages or (wave.state == "published" and viewer.can("surveys.view")):
            title = _("Survey: %(wave)s", wave=wave.title)
            found[wanted["wave"][wave.id]] = Link(title, url_for("surveys.wave", wave_id=wave.id))
    if not manages:
        return found
    rows = FollowUp.select(FollowUp, Wave).join(Wave)
    for row in rows.where(FollowUp.id.in_(list(wanted.get("followup", {})))):
        title = _("Low answer in “%(wave)s”", wave=row.wave.title)
        url = url_for("surveys.follow_up", followup_id=row.id)
        found[wanted["followup"][row.id]] = Link(title, url)
    found |= _records(wanted)
    allowed = {note.id for note in notes.listed(viewer)}
    for note_id, ref in wanted.get("note", {}).items():
        if note_id in allowed:
            url = url_for("surveys.note", note_id=note_id)
            found[ref] = Link(_("Interview or observation"), url)
    return found


def _records(wanted: Mapping[str, Mapping[int, str]]) -> dict[str, Link]:
    found = {}
    for survey in Survey.select().where(Survey.id.in_(list(wanted.get("survey", {})))):
        url = url_for("surveys.build", survey_id=survey.id)
        found[wanted["survey"][survey.id]] = Link(survey.name, url)
    rows = Invitation.select(Invitation, Wave).join(Wave)
    for row in rows.where(Invitation.id.in_(list(wanted.get("invitation", {})))):
        title = _("Invitation to “%(wave)s”", wave=row.wave.title)
        url = url_for("surveys.wave", wave_id=row.wave_id)
        found[wanted["invitation"][row.id]] = Link(title, url)
    return found


def held(subject: Subject) -> Sequence[PersonalRows]:
    """What a person was asked and answered by name; anonymous answers are nobody's."""
    rows = (
        Invitation.select(Wave.title, Wave.mode, Response.answers, Response.complete)
        .join(Wave)
        .join_from(Invitation, Response, JOIN.LEFT_OUTER, on=(Response.invitation == Invitation.id))
        .where(_theirs(subject))
        .order_by(Invitation.id)
        .tuples()
    )
    told = [
        {
            "survey": title,
            "mode": mode,
            "answers": json.loads(answers or "{}"),
            "complete": bool(complete),
        }
        for title, mode, answers, complete in rows
    ]
    return [PersonalRows(_("Surveys"), told), *notes.held(subject)]


def erase(subject: Subject) -> None:
    """The person's answers in their own words go, and who it was; the figures stay."""
    ids = [id_ for (id_,) in Invitation.select(Invitation.id).where(_theirs(subject)).tuples()]
    for row in Response.select(Response, Wave).join(Wave).where(Response.invitation.in_(ids)):
        definition = rules.loads(row.wave.survey_version.definition)
        texts = {one.key for one in definition.asked if one.type.is_text}
        said = json.loads(row.answers)
        kept = {k: v for k, v in said.items() if k not in texts}
        themes.forget(row.wave_id, {k: v for k, v in said.items() if k in texts})
        Response.update(answers=json.dumps(kept)).where(Response.id == row.id).execute()
    Invitation.update(contact=None, user=None).where(Invitation.id.in_(ids)).execute()
    notes.erase(subject)
    themes.erase(subject)


def _theirs(subject: Subject) -> Any:
    found = Invitation.contact.in_(list(subject.contact_ids))
    if subject.user_id is not None:
        found |= (Invitation.user == subject.user_id) & Invitation.contact.is_null()
    return found


def merge(kept: int, gone: int) -> None:
    """What was about a partner that ended is about the one that has everything now."""
    for model in (Invitation, FollowUp, PublishedFigure, Note):
        model.update(partner=kept).where(model.partner == gone).execute()
    Occasion.delete().where(Occasion.partner == gone).execute()  # of a partnership that is no more
    before, after = f"partner:{gone}", f"partner:{kept}"
    for wave in Wave.select().where(Wave.state != "published"):
        asked = audience.loads(wave.audience)
        if asked.partners == before:
            wave.audience = audience.dumps(msgspec.structs.replace(asked, partners=after))
        groups = audience.loads_groups(wave.cells)
        if after not in {one.key for one in groups}:  # two groups stay two: nobody answered as one
            wave.cells = audience.dumps(
                [one._replace(key=after) if one.key == before else one for one in groups]
            )
        wave.save()


def exported(partner_id: int) -> dict[str, Any]:
    """The published figures of a partner; what was noted about it stays with the desk."""
    rows = (
        PublishedFigure.select(PublishedFigure, Wave)
        .join(Wave)
        .where(PublishedFigure.partner == partner_id)
        .order_by(PublishedFigure.id)
    )
    return {
        "figures": [
            {
                "wave": row.wave.title,
                "kind": row.kind,
                "num": row.num,
                "den": row.den,
                "at": row.at.isoformat(),
            }
            for row in rows
        ]
    }
