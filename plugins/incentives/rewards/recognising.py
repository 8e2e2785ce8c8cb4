"""Recognitions: drafted for an occasion or by hand, edited, published, dismissed, taken back.

The only writer of recognitions. A draft never publishes itself: that is a person's doing.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from app.api import (
    Change,
    Partner,
    SuggestionDraft,
    Viewer,
    atomic,
    audit,
    lock,
    notify,
    now,
    organisation,
    people,
    site_path,
    suggest,
    translations,
)
from plugins.incentives.rewards import giving, refs
from plugins.incentives.rewards.models import Recognition
from plugins.incentives.rewards.refusals import RewardRefusal, StaleRecognition

_ = translations("incentives").gettext

EVENT = "incentives.recognition"
LONGEST = {"title": 120, "text": 2000, "signatory": 120}
_FIELDS = ("kind", "title", "text", "day", "audience", "signatory")


class Occasion(NamedTuple):
    """Why a partner may be honoured; `source` names the occasion, so that it is drafted once."""

    partner_id: int
    kind: str
    title: str
    text: str
    day: date
    source: str
    ref: str = ""


def draft(occasion: Occasion) -> int | None:
    """Draft a recognition for an occasion; its id, or None where the occasion had one already.

    A draft that nobody has touched follows what is known of its occasion.
    """
    values = {
        "title": occasion.title[: LONGEST["title"]],
        "text": occasion.text[: LONGEST["text"]],
        "kind": occasion.kind,
        "day": occasion.day,
        "ref": occasion.ref,
    }
    with atomic():
        lock("incentives.recognitions")
        there = Recognition.get_or_none(
            Recognition.partner == occasion.partner_id, Recognition.source == occasion.source
        )
        if there is None:
            row = Recognition.create(
                partner=occasion.partner_id, source=occasion.source, created_at=now(), **values
            )
            _record("drafted", row, [Change("title", None, row.title)])
            _suggest_to_celebrate(row)
            return int(row.id)
        if there.state == "draft" and there.version == 1:
            Recognition.update(**values).where(Recognition.id == there.id).execute()
    return None


def _suggest_to_celebrate(row: Recognition) -> None:
    ref = refs.recognition_ref(row.id)
    name = Partner.get_by_id(row.partner_id).name
    words = _("%(title)s. Thank the people, invite them, or send something.", title=row.title)
    title = _("Celebrate with %(partner)s", partner=name[:120])
    key = f"celebrate:{row.id}"
    suggest("task", SuggestionDraft(row.partner_id, title, words, (ref,), key, "incentives"))


def drop(partner_id: int, source: str) -> None:
    """Take away a draft whose occasion has turned out to be none, where nobody has touched it."""
    with atomic():
        row = Recognition.get_or_none(
            Recognition.partner == partner_id,
            Recognition.source == source,
            Recognition.state == "draft",
            Recognition.version == 1,
        )
        if row is not None:
            _record("dismissed", row, [Change("title", row.title, None)])
            Recognition.delete().where(Recognition.id == row.id).execute()


def write(partner_id: int, values: Mapping[str, Any], *, by: Viewer) -> int:
    """Draft a recognition by hand; returns its id. Check the right to the partner first."""
    with atomic():
        row = Recognition.create(
            partner=partner_id, created_at=now(), created_by=by.user_id, **_own(values)
        )
        _record("drafted", row, [*_changes({}, _own(values)), giving.actor(by)])
    return int(row.id)


def save(row: Recognition, values: Mapping[str, Any], *, version: int, by: Viewer) -> None:
    """Keep an edited draft. Raises RewardRefusal, and StaleRecognition where another was faster."""
    if row.state != "draft":
        raise RewardRefusal("What was published stays as it is: take it back instead.")
    before = {name: getattr(row, name) for name in _FIELDS}
    with atomic():
        _move(row, version, "draft", **_own(values))
        _record("changed", row, [*_changes(before, _own(values)), giving.actor(by)])


def publish(row: Recognition, *, version: int, by: Viewer) -> None:
    """Show a recognition to those whom it is for, and tell the partner's contacts.

    Raises RewardRefusal, before its day above all.
    """
    if row.day > organisation().today():
        raise RewardRefusal("Its day has not come yet.")
    with atomic():
        _move(
            row,
            version,
            "draft",
            state="published",
            published_at=now(),
            published_by=by.user_id,
            signatory=row.signatory or by.name[: LONGEST["signatory"]],
        )
        changes = [Change("title", None, row.title), Change("audience", None, row.audience)]
        _record("published", row, [*changes, giving.actor(by)])
        if (grant_id := refs.grant_of(row.source)) is not None:
            giving.note_published(grant_id, by)
        notify(
            EVENT,
            people(f"contacts:{row.partner_id}"),
            title=partial(_told, row.title),
            text=row.text,
            ref=refs.recognition_ref(row.id),
            url=site_path("incentives_portal.recognitions"),
            key=f"recognition:{row.id}",
            by=by.user_id,
        )


def withdraw(row: Recognition, reason: str, *, version: int, by: Viewer) -> None:
    """Dismiss a draft, or take back what was published, which needs a reason.

    Its occasion is not drafted again. Raises RewardRefusal.
    """
    reason = reason.strip()[:500]
    if row.state == "published" and not reason:
        raise RewardRefusal("Give a reason: it stays on record.", field="reason")
    verb = "dismissed" if row.state == "draft" else "withdrawn"
    with atomic():
        _move(row, version, "draft", "published", state="withdrawn", reason=reason)
        _record(verb, row, [Change("reason", None, reason or None), giving.actor(by)])


def _told(title: str) -> str:
    return _("Congratulations: %(title)s", title=title)


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in _FIELDS if name in values}


def _move(row: Recognition, version: int, *states: str, **changes: object) -> None:
    moved = (
        Recognition.update(version=Recognition.version + 1, **changes)
        .where(
            Recognition.id == row.id, Recognition.version == version, Recognition.state.in_(states)
        )
        .execute()
    )
    if not moved:
        raise StaleRecognition(Recognition.get_by_id(row.id))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    return [
        Change(name, before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    ]


def _record(verb: str, row: Recognition, changes: list[Change]) -> None:
    audit(
        f"incentives.recognition_{verb}",
        f"partner:{row.partner_id}",
        {"recognition": row.id},
        changes=changes,
    )
