"""Recognitions and benefits on their way to another desk, and into another partner's records."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.api import Period, atomic, now, organisation, settle_task, translations
from plugins.incentives.rewards import words
from plugins.incentives.rewards.giving import reward_of
from plugins.incentives.rewards.models import Grant, Recognition
from plugins.incentives.rewards.recognising import LONGEST

_ = translations("incentives").gettext

MOST = 2000  # recognitions of one file
_STATES = ("draft", "published", "withdrawn")


def exported(partner_id: int) -> dict[str, Any]:
    """What a partner was recognised for and granted, as the file of a whole partnership has it."""
    calendar = organisation().calendar
    recognitions = Recognition.select().where(Recognition.partner == partner_id)
    grants = Grant.select().where(Grant.partner == partner_id)
    return {
        "recognitions": [
            {
                "kind": row.kind,
                "title": row.title,
                "text": row.text,
                "day": row.day.isoformat(),
                "state": row.state,
                "audience": row.audience,
                "source": row.source,
                "signatory": row.signatory,
            }
            for row in recognitions.order_by(Recognition.id)
        ],
        "benefits": [
            {
                "benefit": reward_of(row).name,
                "programme": row.programme_version.programme.name,
                "period": calendar.label(Period.from_key(row.period)),
                "tier": row.tier,
                "state": row.state,
                "expires_on": row.expires_on.isoformat() if row.expires_on else None,
                "note": row.note,
            }
            for row in grants.order_by(Grant.id)
        ],
    }


def imported(partner_id: int, data: Mapping[str, Any]) -> None:
    """Keep the recognitions of a file; what was benefits there belongs to that desk's programmes.

    Nobody is told, and nothing is shown to other partners before somebody here decides so.
    """
    rows = data.get("recognitions")
    sources: set[str] = set()
    for raw in rows[:MOST] if isinstance(rows, list) else ():
        values = _checked(raw) if isinstance(raw, dict) else None
        if values is None:
            continue
        if values["source"] in sources:
            values["source"] = None
        if values["source"]:
            sources.add(values["source"])
        at = now()
        Recognition.create(
            partner=partner_id,
            created_at=at,
            published_at=at if values["state"] == "published" else None,
            **values,
        )


def _checked(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """One recognition of a file, or None where it is none."""
    title, text = raw.get("title"), raw.get("text", "")
    source, signatory = raw.get("source"), raw.get("signatory", "")
    texts = all(isinstance(one, str) and "\0" not in one for one in (title, text, signatory))
    known = raw.get("kind") in words.KINDS and raw.get("state") in _STATES
    try:
        day = date.fromisoformat(str(raw.get("day")))
    except ValueError:
        return None
    if not texts or not known or not str(title).strip() or not 1900 <= day.year <= 2999:
        return None
    # A benefit's number means nothing here: its recognition stands alone.
    ours = isinstance(source, str) and "\0" not in source and not source.startswith("grant:")
    return {
        "kind": raw["kind"],
        "title": str(title)[: LONGEST["title"]],
        "text": str(text)[: LONGEST["text"]],
        "day": day,
        "state": raw["state"],
        "source": source[:80] if ours and source else None,
        "signatory": str(signatory)[: LONGEST["signatory"]],
    }


def follow_merge(kept: int, gone: int) -> None:
    """One partner's recognitions and benefits become another's; what both have stays once."""
    with atomic():
        have = Recognition.select(Recognition.source).where(
            Recognition.partner == kept, Recognition.source.is_null(False)
        )
        Recognition.update(partner=kept).where(
            Recognition.partner == gone,
            Recognition.source.is_null() | Recognition.source.not_in(have),
        ).execute()
        kept_keys = {
            row[:3]
            for row in Grant.select(Grant.programme, Grant.reward, Grant.period)
            .where(Grant.partner == kept)
            .tuples()
        }
        for row in list(Grant.select().where(Grant.partner == gone)):
            if (row.programme_id, row.reward, row.period) not in kept_keys:
                Grant.update(partner=kept).where(Grant.id == row.id).execute()
            elif row.task is not None and row.state == "granted":
                settle_task(row.task, _("The partner was merged into another."))
