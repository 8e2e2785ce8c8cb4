"""What cases hold on a person, and taking it away: rows stay, and the log is never touched."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.api import PersonalRows, Subject, asker, translations
from plugins.conflicts.models import Case, Draft, Participant, PlanStep, Text

_ = translations("conflicts").gettext

SHORTEST = 3


def held(subject: Subject) -> Sequence[PersonalRows]:
    """The cases that a person takes part in, and what they said there: for themselves, and for
    whoever runs the desk. Administrators who fetch it for them learn no more than that there is
    something: what was said for some is not theirs to read by this way either."""
    mine = list(Participant.select().where(_theirs(subject)).order_by(Participant.id))
    who = asker()
    if who is not None and who.user_id != subject.user_id:
        return [PersonalRows(_("Cases of conflict"), [{"note": _theirs_alone()}])] if mine else []
    drafts = Draft.select().where(Draft.user == subject.user_id).order_by(Draft.id)
    texts = (
        Text.select().where(Text.author.in_([part.id for part in mine])).order_by(Text.at, Text.id)
    )
    return [
        PersonalRows(
            _("Cases of conflict"),
            [
                {
                    "case": f"C-{part.case_id}",
                    "side": part.side,
                    "role": part.role,
                    "name": part.name,
                }
                for part in mine
            ],
        ),
        PersonalRows(
            _("What was said in cases of conflict"),
            [
                {
                    "case": f"C-{text.case_id}",
                    "at": text.at.isoformat(),
                    "text": text.body,
                    "aim": text.aim,
                }
                for text in texts.order_by(Text.at, Text.id)
            ],
        ),
        PersonalRows(
            _("Drafts of cases"),
            [
                {"at": row.at.isoformat(), "title": row.title, "text": row.text, "aim": row.aim}
                for row in drafts
            ],
        ),
    ]


def _theirs_alone() -> str:
    return _(
        "This person takes part in cases. What they said there they download themselves (Your"
        " account, Download my data); whoever has no account gets it from whoever runs the desk, by"
        " “entente person export”."
    )


def erase(subject: Subject) -> None:
    """The alias stands where the person was, also in what was said; what was changed proves nothing
    any more, so its salt goes as well."""
    if subject.user_id is not None:
        Draft.delete().where(Draft.user == subject.user_id).execute()
    Participant.update(name=subject.alias, email="").where(_theirs(subject)).execute()
    words = sorted(
        {w for w in (*subject.names, *subject.emails, *subject.phones) if len(w) >= SHORTEST},
        key=len,
        reverse=True,
    )
    if not words:
        return
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE
    )
    for row in Text.select(Text.id, Text.body, Text.aim):
        body, aim = (pattern.sub(subject.alias, text) for text in (row.body, row.aim))
        if (body, aim) != (row.body, row.aim):
            Text.update(body=body, aim=aim, salt="").where(Text.id == row.id).execute()
    for row in Draft.select():
        found = {name: pattern.sub(subject.alias, getattr(row, name)) for name in ("text", "aim")}
        if found != {"text": row.text, "aim": row.aim}:
            Draft.update(**found).where(Draft.id == row.id).execute()
    fields = ((Case, Case.title), (Draft, Draft.title), (PlanStep, PlanStep.what))
    for model, field in fields:
        for id_, text in _named(model, field):
            masked = pattern.sub(subject.alias, text)[: field.max_length]
            if masked != text:
                model.update({field: masked}).where(model.id == id_).execute()


def _named(model: Any, field: Any) -> Iterator[tuple[int, str]]:
    yield from list(model.select(model.id, field).tuples())


def _theirs(subject: Subject) -> Any:
    found = Participant.contact.in_(list(subject.contact_ids))
    if subject.user_id is not None:
        found |= Participant.user == subject.user_id
    emails = [email.lower() for email in subject.emails]
    return found | ((Participant.side == "mediator") & Participant.email.in_(emails))
