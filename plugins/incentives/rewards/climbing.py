"""Who has reached a higher tier than before."""

from datetime import date, timedelta
from typing import NamedTuple

from app.api import Partner, organisation
from plugins.incentives.programmes.queries import running
from plugins.incentives.rewards import rules
from plugins.incentives.standing.models import Enrolment, Tenure


class Climb(NamedTuple):
    """A partner that reached a tier, and from which day on it holds it."""

    partner_id: int
    programme_id: int
    key: str
    name: str
    since: date


def climbs(within: timedelta) -> list[Climb]:
    """Who reached a higher tier than before, of active partners, in the last days until today."""
    today = organisation().today()
    found = []
    for one in running(today):
        names = {tier.key: tier.name for tier in one.definition.tiers}
        lately = (
            Tenure.select(Tenure.enrolment, Enrolment.partner)
            .join(Enrolment, on=(Enrolment.id == Tenure.enrolment))
            .join(Partner, on=(Partner.id == Enrolment.partner))
            .where(
                Enrolment.programme == one.programme,
                Partner.status == "active",
                Partner.merged_into.is_null(),
                Tenure.start.between(today - within, today),
            )
            .distinct()
        )
        partners = dict(lately.tuples())
        courses: dict[int, list[tuple[date, str]]] = {id_: [] for id_ in partners}
        rows = Tenure.select(Tenure.enrolment, Tenure.start, Tenure.tier).where(
            Tenure.enrolment.in_(list(partners)), Tenure.start <= today
        )
        for enrolment, start, key in rows.order_by(Tenure.start, Tenure.id).tuples():
            courses[enrolment].append((start, key))
        for enrolment, course in courses.items():
            ranked = [(start, one.definition.rank(key)) for start, key in course]
            for at in rules.climbs(ranked):
                since, key = course[at]
                if since >= today - within:
                    about = (partners[enrolment], one.programme.id)
                    found.append(Climb(*about, key, names[key], since))
    return found
