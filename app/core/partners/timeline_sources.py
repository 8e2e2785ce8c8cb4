"""What core's records say happened to a partnership, each source newest first.

Figures and targets are told in batches, one for each day, source and person: an import of a
thousand values is one thing that happened. Staff only.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from peewee import JOIN

from app.core.accounts.models import User
from app.core.contract import TimelineEntry
from app.core.kpis import sql
from app.core.partners import interaction_queries, labels
from app.core.partners.models import Contact, Partner, PartnerGoal, PartnerProfile
from app.core.tasks.timeline import documents, tasks

Source = Callable[[int, datetime, int], list[TimelineEntry]]

_STEPS = (
    *("partner.created", "partner.changed", "partner.status", "goal.added", "goal.achieved"),
    *("goal.dropped", "goal.reopened", "contact.added", "contact.removed"),
)


def steps(partner_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    """Status, facts, goals and contacts, from the audit."""
    contacts = dict(
        Contact.select(Contact.id, Contact.name).where(Contact.partner == partner_id).tuples()
    )
    merged = Partner.select(Partner.id).where(Partner.merged_into == partner_id).tuples()
    known = [partner_id, *(row[0] for row in merged)]
    refs = [*(f"partner:{id_}" for id_ in known), *(f"contact:{id_}" for id_ in contacts)]
    rows = sql.rows(
        "SELECT a.at, a.action, a.ref, a.detail, u.name FROM audit_entry a"
        " LEFT JOIN \"user\" u ON a.actor = 'user:' || u.id"
        f" WHERE a.ref IN ({sql.marks(len(refs))}) AND a.action IN ({sql.marks(len(_STEPS))})"
        f" AND a.at < ? ORDER BY a.at DESC LIMIT {int(limit)}",
        *(*refs, *_STEPS, before),
    )
    goals = _goal_names(partner_id) if any(row[1].startswith("goal.") for row in rows) else {}
    return [
        _step(_moment(at), action, ref, json.loads(detail), author or "", (contacts, goals))
        for at, action, ref, detail, author in rows
    ]


def _goal_names(partner_id: int) -> dict[int, str]:
    query = PartnerGoal.select(PartnerGoal.id, PartnerGoal.statement)
    return dict(query.where(PartnerGoal.partner == partner_id).tuples())


def _step(
    at: datetime,
    action: str,
    ref: str,
    detail: dict[str, Any],
    author: str,
    names: tuple[dict[int, str], dict[int, str]],
) -> TimelineEntry:
    """One row of the audit in the reader's words; `names` are those of contacts and of goals."""
    contacts, goals = names
    if action.startswith("goal."):
        goal = goals.get(detail.get("goal", 0), "")
        return TimelineEntry(at, _TITLES[action](), goal, icon="target", author=author)
    if action.startswith("contact."):
        name = contacts.get(int(ref.partition(":")[2]), "")
        return TimelineEntry(at, _TITLES[action](), name, icon="user", author=author)
    if action in _TITLES:
        return TimelineEntry(at, _TITLES[action](), icon="pencil", author=author)
    old, new = (str(labels.STATUSES.get(detail.get(key, ""), "?")) for key in ("from", "to"))
    waived = _("Something that was missing was waived.") if detail.get("waived") else ""
    title = _("Status: %(old)s → %(new)s", old=old, new=new)
    return TimelineEntry(at, title, waived, icon="flag", author=author)


_TITLES: dict[str, Callable[[], str]] = {
    "partner.created": lambda: str(_("The partner was added")),
    "partner.changed": lambda: str(_("Facts were changed")),
    "contact.added": lambda: str(_("Contact added")),
    "contact.removed": lambda: str(_("Contact removed")),
    "goal.added": lambda: str(_("Goal added")),
    "goal.achieved": lambda: str(_("Goal achieved")),
    "goal.dropped": lambda: str(_("Goal dropped")),
    "goal.reopened": lambda: str(_("Goal opened again")),
}


def versions(partner_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    """Saved versions of the profile."""
    rows = (
        PartnerProfile.select(PartnerProfile.saved_at, PartnerProfile.n, User.name)
        .join(User, JOIN.LEFT_OUTER, on=(PartnerProfile.saved_by == User.id))
        .where(PartnerProfile.partner == partner_id, PartnerProfile.saved_at < before)
        .order_by(PartnerProfile.saved_at.desc())
        .limit(limit)
        .tuples()
    )
    return [
        TimelineEntry(
            at,
            _("Profile saved, version %(n)s", n=n),
            icon="clipboard-list",
            endpoint="partners.profile_history",
            values={"partner_id": partner_id, "new": n},
            author=author or "",
        )
        for at, n, author in rows
    ]


def talks(partner_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    """When both sides spoke."""
    return [
        TimelineEntry(
            talk.at,
            f"{labels.CHANNELS[talk.channel]} · {labels.DIRECTIONS[talk.direction]}",
            talk.summary[:200],
            labels.CHANNEL_ICONS[talk.channel],
            "partners.interactions",
            {"partner_id": partner_id, "_anchor": f"interaction-{talk.id}"},
            talk.author or "",
        )
        for talk in interaction_queries.before(partner_id, before, limit)
    ]


def figures(partner_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    """Values that were approved, returned or restated."""
    rows = sql.rows(
        "SELECT MAX(r.decided_at), COUNT(*), r.source, u.name,"
        " CASE WHEN r.state = 'returned' THEN 'returned' WHEN r.n > 1 THEN 'restated'"
        " ELSE 'approved' END AS what"
        ' FROM revision r LEFT JOIN "user" u ON u.id = r.decided_by_id'
        " WHERE r.partner_id = ? AND r.decided_at IS NOT NULL"
        " GROUP BY DATE(r.decided_at), r.source, u.name, what"
        f" HAVING MAX(r.decided_at) < ? ORDER BY 1 DESC LIMIT {int(limit)}",
        *(partner_id, before),
    )
    return [
        TimelineEntry(
            _moment(at),
            _figures_title(what, count, source),
            icon={"returned": "arrow-back-up", "restated": "refresh"}.get(what, "checks"),
            endpoint="kpis.partner_scorecard",
            values={"partner_id": partner_id},
            author=author or "",
        )
        for at, count, source, author, what in rows
    ]


def _figures_title(what: str, count: int, source: str) -> str:
    if what == "returned":
        return str(ngettext("%(num)s value returned", "%(num)s values returned", count))
    if what == "restated":
        return str(ngettext("%(num)s value restated", "%(num)s values restated", count))
    if source.startswith("import"):
        return str(ngettext("%(num)s value imported", "%(num)s values imported", count))
    return str(ngettext("%(num)s value approved", "%(num)s values approved", count))


def targets(partner_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    """Targets that were set or revised."""
    rows = sql.rows(
        "SELECT MAX(t.set_at), COUNT(*), t.source, u.name FROM target_revision t"
        ' LEFT JOIN "user" u ON u.id = t.set_by_id WHERE t.partner_id = ?'
        " GROUP BY DATE(t.set_at), t.source, u.name"
        f" HAVING MAX(t.set_at) < ? ORDER BY 1 DESC LIMIT {int(limit)}",
        *(partner_id, before),
    )
    return [
        TimelineEntry(
            _moment(at),
            str(
                ngettext("%(num)s target imported", "%(num)s targets imported", count)
                if source.startswith("import")
                else ngettext("%(num)s target set", "%(num)s targets set", count)
            ),
            icon="target-arrow",
            endpoint="kpis.partner_scorecard",
            values={"partner_id": partner_id},
            author=author or "",
        )
        for at, count, source, author in rows
    ]


def _moment(stored: Any) -> datetime:
    """SQLite gives a computed time as text."""
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)


SOURCES: tuple[Source, ...] = (steps, versions, talks, figures, targets, tasks, documents)
