"""Waves that are planned: written down, and looked at before anybody is asked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.api import (
    Refusal,
    Viewer,
    atomic,
    audit,
    hidden_cells,
    name_history,
    now,
    organisation,
    translations,
)
from plugins.surveys import people, surveys, words
from plugins.surveys.models import BREAKDOWNS, MODES, PLANS, Survey, Wave
from plugins.surveys.rules import audience as audience_rules
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import schedule, suppression
from plugins.surveys.rules.audience import Audience

_ = translations("surveys").gettext
ngettext = translations("surveys").ngettext
lazy_gettext = translations("surveys").lazy_gettext

LONGEST = 180  # days that a wave is open
MOST = 20_000  # invitations of a wave

name_history(
    {
        "surveys.planned": lazy_gettext("Wave planned"),
        "surveys.replanned": lazy_gettext("Planned wave changed"),
        "surveys.unplanned": lazy_gettext("Planned wave dropped"),
    }
)


class WaveRefusal(Refusal):
    """Something that a wave's state or audience does not allow."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a wave is to be."""

    title: str
    mode: str
    k: int
    breakdown: str
    audience: Audience
    closes_on: date
    recurrence: str = "none"
    standing: bool = False  # asks nobody now: others are planned from it


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a wave would ask, and what stands against it or should be known before."""

    asked: Sequence[people.Asked]
    groups: Sequence[audience_rules.Group]
    problems: Sequence[str]
    warnings: Sequence[str]
    unreachable: Sequence[str]


def plan(survey: Survey, what: Plan, *, by: Viewer, follows: Wave | None = None) -> Wave:
    """Write a wave down; nobody is asked before it is launched."""
    _check(what)
    with atomic():
        wave: Wave = Wave.create(
            survey_version=surveys.latest(survey.id),
            survey=survey,
            public_id=secrets.token_hex(16),
            **_values(what),
            follows=follows,
            created_at=now(),
            created_by=by.user_id,
        )
        audit("surveys.planned", f"surveys_wave:{wave.id}")
    return wave


def change(wave: Wave, what: Plan, seen: int) -> None:
    """Plan a wave anew that asks nobody yet; `seen` is its version. Raises: `WaveRefusal`."""
    _check(what)
    with atomic():
        done = (
            Wave.update(**_values(what), version=Wave.version + 1)
            .where(Wave.id == wave.id, Wave.state.in_(PLANS), Wave.version == seen)
            .execute()
        )
        if not done:
            raise WaveRefusal("Somebody else has changed or launched it in the meantime.")
        audit("surveys.replanned", f"surveys_wave:{wave.id}")


def _values(what: Plan) -> dict[str, Any]:
    return {
        "title": what.title.strip()[:120],
        "mode": what.mode,
        "k": what.k,
        "breakdown": what.breakdown,
        "audience": audience_rules.dumps(what.audience),
        "closes_on": what.closes_on,
        "recurrence": what.recurrence,
        "state": "standing" if what.standing else "draft",
        "opened_on": organisation().today() if what.standing else None,
    }


def drop(wave: Wave) -> None:
    """Forget a wave that was only planned; one that repeats another ends the repetition."""
    with atomic():
        Wave.update(recurrence="none").where(
            Wave.id == wave.follows_id, Wave.recurrence == wave.recurrence
        ).execute()
        if not Wave.delete().where(Wave.id == wave.id, Wave.state == "draft").execute():
            raise WaveRefusal("This wave is no longer a plan.")
        audit("surveys.unplanned", f"surveys_wave:{wave.id}")


def preview(wave: Wave, by: Viewer) -> Preview:
    """Whom a planned wave would ask now, and what is missing."""
    version = surveys.latest(wave.survey_id)
    definition = rules.loads(version.definition)
    audience = audience_rules.loads(wave.audience)
    asks = people.asked(audience, by, once=wave.mode == "anonymous")
    reachable = [one for one in asks if people.can_be_asked(one.addressee, wave.mode)]
    groups, _cells = people.groups(
        reachable, wave.breakdown, wave.k, pooled=wave.mode == "anonymous"
    )
    problems, warnings = [], []
    if not definition.asked:
        problems.append(_("The survey has no question yet."))
    if rules.missing(definition, definition.locale):
        problems.append(_("Some texts are missing in the survey’s own language."))
    if not reachable:
        problems.append(_("There is nobody to ask."))
    elif wave.mode == "anonymous" and len(reachable) < wave.k:
        problems.append(
            _(
                "Only %(n)s people can be asked, and anonymous answers need %(k)s at least. Ask by"
                " name or in confidence, or ask several partners together.",
                n=len(reachable),
                k=wave.k,
            )
        )
    if len(reachable) > MOST:
        problems.append(_("More than %(n)s people cannot be asked at once.", n=MOST))
    if wave.closes_on <= organisation().today():
        problems.append(_("The day on which it closes is over."))
    warnings += _language_warnings(definition, reachable)
    if wave.mode != "identified" and wave.breakdown != "none":
        hidden = hidden_cells({g.key: g.invited for g in groups if g.invited}, wave.k)
        if len(hidden) > 1 or (len(groups) == 1):
            warnings.append(
                _("Some groups are too small to be shown by themselves, whoever answers.")
            )
    barred = sum(one.addressee.reachable for one in asks) - len(reachable)
    if barred:
        warnings.append(
            ngettext(
                "%(num)s person has no account and is not asked: links that answer a survey"
                " without one are not allowed.",
                "%(num)s people have no account and are not asked: links that answer a survey"
                " without one are not allowed.",
                barred,
            )
        )
    gone = [one.addressee.name for one in asks if not one.addressee.reachable]
    return Preview(reachable, groups, problems, warnings, sorted(gone))


def _language_warnings(
    definition: rules.Definition, reachable: Sequence[people.Asked]
) -> list[str]:
    own = organisation().locale
    spoken: dict[str, int] = {}
    for one in reachable:
        locale = one.addressee.locale or own
        spoken[locale] = spoken.get(locale, 0) + 1
    return [
        _language_warning(locale, n, len(rules.missing(definition, locale)))
        for locale, n in sorted(spoken.items())
        if locale != definition.locale and rules.missing(definition, locale)
    ]


def _language_warning(locale: str, readers: int, texts: int) -> str:
    who = ngettext(
        "%(num)s person reads %(language)s.",
        "%(num)s people read %(language)s.",
        readers,
        language=words.language(locale),
    )
    what = ngettext(
        "%(num)s text is missing in it, and is asked in the survey’s own language.",
        "%(num)s texts are missing in it, and are asked in the survey’s own language.",
        texts,
    )
    return f"{who} {what}"


def repeat(wave: Wave, today: date) -> Plan:
    """The plan of the wave that repeats a recurring one or a standing one, of the same length."""
    length = (wave.closes_on - wave.opened_on).days if wave.opened_on else 14
    return Plan(
        wave.title,
        wave.mode,
        wave.k,
        wave.breakdown,
        audience_rules.loads(wave.audience),
        today + timedelta(length),
        wave.recurrence,
    )


def _check(what: Plan) -> None:
    today = organisation().today()
    if what.mode not in MODES or what.breakdown not in BREAKDOWNS:
        raise WaveRefusal("There is no such kind of wave.")
    if not suppression.LEAST_K <= what.k <= 50:
        raise WaveRefusal("Groups are shown from 3 people at least.")
    if what.recurrence not in (*schedule.MONTHS, schedule.MILESTONES):
        raise WaveRefusal("There is no such rhythm.")
    if what.standing and what.recurrence != schedule.MILESTONES:
        raise WaveRefusal("There is no such rhythm.")
    if what.recurrence == schedule.MILESTONES and what.audience.partners == "none":
        raise WaveRefusal("Milestones are those of partners: choose which are asked.")
    if what.recurrence == schedule.MILESTONES and what.mode == "anonymous":
        raise WaveRefusal("At a milestone one partner is asked: by name or in confidence.")
    if not today < what.closes_on <= today + timedelta(LONGEST):
        raise WaveRefusal("A wave closes within %(days)s days, not today.", days=LONGEST)
