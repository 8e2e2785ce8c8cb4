"""Waves that repeat: by the calendar, or at each partner's milestones. Somebody launches them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from app.api import (
    Partner,
    Refusal,
    Viewer,
    atomic,
    audit,
    name_history,
    notify,
    people,
    site_path,
    staff_accounts,
    translations,
)
from plugins.surveys import people as asking
from plugins.surveys import planning, words
from plugins.surveys.models import Occasion, Survey, Wave
from plugins.surveys.rules import audience as audience_rules
from plugins.surveys.rules import milestones, schedule
from plugins.surveys.rules.milestones import Milestone

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

DUE = "surveys.due"
CATCH_UP = timedelta(31)  # a milestone that was missed for longer is over
YEAR = timedelta(366)

name_history({"surveys.repeat_ended": lazy_gettext("Wave no longer repeated")})


def plan_due(today: date) -> None:
    """Plan the next wave of what repeats, for whoever ran the last one to launch."""
    rows = (
        Wave.select(Wave, Survey)
        .join(Survey)
        .where(
            Wave.recurrence != "none",
            Wave.state.in_(("standing", "closed", "published")),
            ~Survey.archived,
        )
        .order_by(Wave.id)
    )
    repeated = {
        id_ for (id_,) in Wave.select(Wave.follows).where(Wave.follows.is_null(False)).tuples()
    }
    for wave in list(rows):
        if wave.recurrence == schedule.MILESTONES:
            _at_milestones(wave, today)
        elif wave.id not in repeated and _is_due(wave, today):
            _plan(wave, planning.repeat(wave, today))


def stop(wave: Wave) -> None:
    """Hold a wave no further time; what is planned already stays.

    One that stood for milestones alone goes, for it was never held.
    """
    with atomic():
        if wave.state == "standing":
            Wave.update(follows=None).where(Wave.follows == wave.id).execute()
            Occasion.delete().where(Occasion.wave == wave.id).execute()
            Wave.delete().where(Wave.id == wave.id).execute()
        else:
            Wave.update(recurrence="none").where(Wave.id == wave.id).execute()
        audit("surveys.repeat_ended", f"surveys_wave:{wave.id}")


def _is_due(wave: Wave, today: date) -> bool:
    due = schedule.next_opening(wave.opened_on, wave.recurrence)
    if due is None or due > today:
        return False
    return wave.survey.template != "nps" or not schedule.in_same_quarter(
        today, _relationship_days(wave)
    )


def _relationship_days(wave: Wave) -> list[date]:
    """The days on which the same partners were asked about the relationship."""
    rows = (
        Wave.select(Wave.audience, Wave.opened_on, Wave.created_at)
        .join(Survey)
        .where(Survey.template == "relationship")
        .order_by(Wave.id.desc())
        .limit(20)
    )
    return [
        other.opened_on or other.created_at.date()
        for other in rows
        if audience_rules.asks_same(other.audience, wave.audience)
    ]


def coming(wave: Wave, today: date) -> list[tuple[str, Milestone]]:
    """The next milestone within a year of each partner that a wave is held at, by its name."""
    found = [
        (name, one)
        for _partner, name, start, end in _partnerships(wave)
        for one in milestones.reached(start, end, today, today + YEAR)[:1]
    ]
    return sorted(found, key=lambda pair: (pair[1].day, pair[0]))


def _partnerships(wave: Wave) -> Iterator[tuple[int, str, date | None, date | None]]:
    """The partners that a wave is about today, each with its name, start and end."""
    names = asking.partners(audience_rules.loads(wave.audience).partners, _planner(wave))
    rows = Partner.select(Partner.id, Partner.start_date, Partner.end_date).where(
        Partner.id.in_(list(names))
    )
    for partner, start, end in rows.order_by(Partner.id).tuples():
        yield partner, names[partner], start, end


def _since(wave: Wave) -> date:
    """The day after which milestones count: the wave's end, or the eve of a standing one."""
    if wave.state == "standing":
        return wave.opened_on - timedelta(1)
    return wave.closed_at.date() if wave.closed_at else wave.closes_on


def _at_milestones(wave: Wave, today: date) -> None:
    """Plan a wave for each partner that has reached a milestone since this one closed or stood."""
    after = max(_since(wave), today - CATCH_UP)
    kept = set(
        Occasion.select(Occasion.partner, Occasion.day)
        .where(Occasion.wave == wave.id, Occasion.day > after)
        .tuples()
    )
    for partner_id, name, start, end in _partnerships(wave):
        # The latest is enough: nobody is asked twice for what came close together.
        for milestone in milestones.reached(start, end, after, today)[-1:]:
            if (partner_id, milestone.day) not in kept:
                what = _at(wave, name, partner_id, milestone, today)
                _plan(wave, what, {"wave": wave.id, "partner": partner_id, "day": milestone.day})


def _at(wave: Wave, name: str, partner_id: int, milestone: Milestone, today: date) -> planning.Plan:
    audience = audience_rules.loads(wave.audience)
    title = f"{wave.survey.name}: {name} – {words.milestone(milestone)}"
    return replace(
        planning.repeat(wave, today),
        title=title[:120],
        audience=audience_rules.of_partner(audience, partner_id),
        recurrence="none",
    )


def _planner(wave: Wave) -> Viewer:
    """Whoever planned a wave, with the reach that they have today."""
    role = next((one.role for one in staff_accounts() if one.id == wave.created_by), "manager")
    reach = frozenset({"partners.admin"}) if role == "admin" else frozenset[str]()
    return Viewer(wave.created_by, "", "", role, reach)


def _plan(wave: Wave, what: planning.Plan, occasion: Mapping[str, Any] | None = None) -> None:
    try:
        with atomic():
            made = planning.plan(wave.survey, what, by=_planner(wave), follows=wave)
            if occasion is not None:
                Occasion.insert(occasion).execute()
            notify(
                DUE,
                people(f"user:{wave.created_by}") if wave.created_by else people("role:admin"),
                title=partial(_due, made.title),
                ref=f"surveys_wave:{made.id}",
                url=site_path("surveys.wave", wave_id=made.id),
                key=f"surveys-due:{made.id}",
            )
    except Refusal:
        return


def _due(title: str) -> str:
    return _("“%(wave)s” is to be held again", wave=title)
