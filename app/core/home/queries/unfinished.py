"""Partnerships in which something is missing: a step, a contact, a review."""

from datetime import date
from typing import Any

from peewee import JOIN, fn

from app.core.accounts.queries import current_settings
from app.core.contract import PartnerRef, Viewer
from app.core.kept import kept
from app.core.partners.access import editable_on
from app.core.partners.models import Contact, Partner, PartnerProfile
from app.core.partners.rules import Facts

RECENT = 2_000  # partners looked through for a missing contact, the latest first


def onboarding(viewer: Viewer, limit: int) -> list[tuple[PartnerRef, Facts]]:
    """Partners on their way to active that this person may change, with what the guards ask."""
    return [
        (
            PartnerRef(*row[:4]),
            Facts(
                has_owner=bool(row[4]),
                host_primary=bool(row[5]),
                partner_primary=bool(row[6]),
                has_goals=bool(row[7]),
                has_strengths=bool(row[8]),
                has_audience=bool(row[9]),
                selection_score=row[10],
            ),
        )
        for row in _onboarding(viewer, current_settings().today(), limit)
    ]


@kept
def _onboarding(viewer: Viewer, today: Any, limit: Any) -> Any:
    latest = PartnerProfile.select(fn.MAX(PartnerProfile.n)).where(
        PartnerProfile.partner == Partner.id
    )
    own_version = (PartnerProfile.partner == Partner.id) & (PartnerProfile.n == latest)
    return (
        Partner.select(
            Partner.id,
            Partner.code,
            Partner.name,
            Partner.status,
            Partner.owner.is_null(False),
            _has_primary("host"),
            _has_primary("partner"),
            *(fn.TRIM(fn.COALESCE(text, "")) != "" for text in _PROFILE),
            Partner.selection_score,
        )
        .join(PartnerProfile, JOIN.LEFT_OUTER, on=own_version)
        .where(Partner.status == "onboarding", editable_on(viewer, today))
        .order_by(Partner.id)
        .limit(limit)
        .tuples()
    )


_PROFILE = (PartnerProfile.goals, PartnerProfile.strengths, PartnerProfile.audiences)


def without_contact(viewer: Viewer, limit: int) -> list[PartnerRef]:
    """Active partners, among the latest, whom nobody could reach: no primary contact there."""
    today = current_settings().today()
    return [PartnerRef(*row) for row in _without_contact(viewer, today, limit)]


@kept
def _without_contact(viewer: Viewer, today: Any, limit: Any) -> Any:
    mine = (Partner.status == "active") & editable_on(viewer, today)
    before = Partner.select(Partner.id).where(mine).order_by(Partner.id.desc())
    last = before.limit(1).offset(RECENT)  # of those that are not looked through
    return (
        Partner.select(Partner.id, Partner.code, Partner.name, Partner.status)
        .where(mine, Partner.id > fn.COALESCE(last, 0), ~_has_primary("partner"))
        .order_by(Partner.id)
        .limit(limit)
        .tuples()
    )


def reviews_due(viewer: Viewer, today: date, limit: int) -> list[tuple[PartnerRef, date]]:
    """Running partnerships whose profile was to be looked at again, the longest due first."""
    return [(PartnerRef(*row[:4]), row[4]) for row in _reviews_due(viewer, today, limit)]


@kept
def _reviews_due(viewer: Viewer, today: Any, limit: Any) -> Any:
    later = PartnerProfile.alias("later")
    newer = later.select(later.id).where(
        later.partner == PartnerProfile.partner, later.n > PartnerProfile.n
    )
    return (
        PartnerProfile.select(
            Partner.id, Partner.code, Partner.name, Partner.status, PartnerProfile.next_review
        )
        .join(Partner, JOIN.CROSS)  # from the reviews that are due, however many partners there are
        .where(
            PartnerProfile.partner == Partner.id,
            PartnerProfile.next_review < today,
            Partner.status.in_(("onboarding", "active", "suspended")),
            ~fn.EXISTS(newer),
            editable_on(viewer, today),
        )
        .order_by(PartnerProfile.next_review, Partner.id)
        .limit(limit)
        .tuples()
    )


def _has_primary(side: str) -> Any:
    return fn.EXISTS(
        Contact.select(Contact.id).where(
            Contact.partner == Partner.id, Contact.side == side, Contact.is_primary
        )
    )
