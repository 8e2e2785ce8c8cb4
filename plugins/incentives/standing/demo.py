"""The tiers of a sample desk: a year of reviews, so that every page has something to tell."""

from collections.abc import Sequence
from datetime import timedelta

from app.api import (
    Kind,
    Partner,
    Viewer,
    atomic,
    lock,
    organisation,
    people,
    translations,
)
from plugins.incentives.programmes.queries import Running, running
from plugins.incentives.standing import appeals, services
from plugins.incentives.standing.evaluating import advance, sitting_of
from plugins.incentives.standing.models import Enrolment, Evaluation

_ = translations("incentives").gettext

QUARTERS = 3


def load() -> None:
    """Enrol the sample's partners where they are not, and let the last quarters' reviews happen."""
    with atomic():
        lock("incentives.standing")
        for programme in running():
            inside = Enrolment.select(Enrolment.partner).where(
                Enrolment.programme == programme.programme
            )
            partners = list(
                Partner.select().where(
                    Partner.status == "active",
                    Partner.merged_into.is_null(),
                    Partner.id.not_in(inside),
                )
            )
            types = programme.definition.eligible
            _enrol([one for one in partners if not types or one.type in types], programme)


def _enrol(partners: Sequence[Partner], programme: Running) -> None:
    calendar, today = organisation().calendar, organisation().today()
    quarter = calendar.containing(today, Kind.QUARTER)
    reviews = [calendar.start(calendar.shift(quarter, -n)) for n in range(QUARTERS, -1, -1)]
    began = reviews[0] - timedelta(days=30)
    sitting = sitting_of(programme, began)
    rows = [services.begin(partner, sitting) for partner in partners]
    for day in (*reviews, today):
        advance(rows, programme, day)
    _talk(rows, programme)


def _talk(rows: Sequence[Enrolment], programme: Running) -> None:
    """A partner that asks to look again, and a tier by hand that waits for approval."""
    staff, tiers = sorted(people("role:manager")), programme.definition.tiers
    if not staff or len(rows) < 2:
        return
    first, last = rows[0], rows[-1]
    contacts = sorted(people(f"contacts:{first.partner_id}"))
    if contacts:
        asker = Viewer(contacts[0], first.partner.name, "", "contact", frozenset())
        text = _(
            "%(partner)s opened two more shops in the last quarter; please look at the target.",
            partner=first.partner.name,
        )
        appeals.ask(Evaluation.get_by_id(first.evaluation), first, text, asker)
    wanted = next((tier for tier in reversed(tiers) if tier.key != last.tier), None)
    if wanted is not None:
        by = Viewer(staff[0], organisation().name, "", "manager", frozenset())
        reason = _(
            "%(partner)s takes over the stand of a partner that left: for the season.",
            partner=last.partner.name,
        )
        until = organisation().today() + timedelta(days=90)
        services.ask_override(last, wanted.key, until, reason, by)
