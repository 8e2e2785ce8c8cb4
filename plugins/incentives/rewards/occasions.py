"""What is worth celebrating: each occasion becomes a draft, once. People decide what is published.

Source: domain specification §3, Defaults (KPI target met creates a recognition draft).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import format_date

from app.api import (
    Kind,
    KpiBook,
    KpiRow,
    Partner,
    Period,
    is_closed,
    kpi_book,
    kpis,
    organisation,
    period_label,
    revisions,
    translations,
)
from plugins.incentives.rewards import climbing, rules
from plugins.incentives.rewards.models import Recognition
from plugins.incentives.rewards.recognising import Occasion, draft, drop

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext

AT_ONCE = 100  # partners of one reading
LOOKED_BACK = 12  # quarters before, in which a target may have been met already


def anniversaries() -> None:
    """Draft the anniversaries of active partnerships that are near."""
    today = organisation().today()
    rows = _active().where(Partner.start_date.is_null(False))
    for partner_id, name, start in rows.tuples():
        for years, day in rules.anniversaries(start, today):
            title = ngettext("One year together", "%(num)s years together", years)
            text = _(
                "The partnership with %(partner)s began on %(day)s.",
                partner=name,
                day=format_date(start, "long"),
            )
            draft(Occasion(partner_id, "milestone", title, text, day, f"years:{years}"))


def tier_reached(partner_id: int, programme_id: int, key: str, name: str, since: date) -> None:
    """Draft that a partner climbed to a tier; once for each day from which it holds it."""
    partner = Partner.get_by_id(partner_id).name
    text = _(
        "%(partner)s holds the tier %(tier)s since %(day)s.",
        partner=partner,
        tier=name,
        day=format_date(since, "long"),
    )
    source = f"tier:{programme_id}:{key}:{since.isoformat()}"
    title = _("%(tier)s reached", tier=name)
    draft(Occasion(partner_id, "tier_reached", title, text, since, source))


def tiers_reached() -> None:
    """Draft that partners climbed to a tier lately."""
    for climb in climbing.climbs(rules.BEHIND):
        tier_reached(*climb)


def targets_after(value_ids: Collection[int]) -> None:
    """Look for firsts and records among the partners of these approved figures."""
    targets_met({row.partner_id for row in revisions(value_ids)})


def targets_met(partner_ids: Collection[int] | None = None) -> None:
    """Draft the last quarter's firsts and records: one recognition for a partner and quarter.

    A KPI counts once the quarter is closed for it and every figure of it is approved. What was
    decided on is left alone.
    """
    calendar, today = organisation().calendar, organisation().today()
    quarter = calendar.shift(calendar.containing(today, Kind.QUARTER), -1)
    ended = calendar.end(quarter)
    closed = {id_: kpi for id_, kpi in kpis().items() if is_closed(ended, kpi.due_days, today)}
    active = _active()
    if partner_ids is not None:
        active = active.where(Partner.id.in_(list(partner_ids)))
    names = {id_: name for id_, name, _start in active.tuples()}
    drafted, decided = _drafted(quarter)
    ids = sorted(names.keys() - decided) if closed else []
    earlier = [calendar.shift(quarter, -n) for n in range(LOOKED_BACK, 0, -1)]
    first_day = calendar.start(earlier[0]) - timedelta(days=7)  # a week may begin before
    for at in range(0, len(ids), AT_ONCE):
        chunk = ids[at : at + AT_ONCE]
        book = kpi_book(chunk, first_day, ended, kpi_ids=sorted(closed))
        for partner_id in chunk:
            found = _successes(book, closed, partner_id, quarter, earlier)
            if found:
                draft(_occasion(partner_id, names[partner_id], quarter, ended, found))
            elif partner_id in drafted:
                drop(partner_id, _source(quarter))


def _active() -> Any:
    return Partner.select(Partner.id, Partner.name, Partner.start_date).where(
        Partner.status == "active", Partner.merged_into.is_null()
    )


def _drafted(quarter: Period) -> tuple[set[int], set[int]]:
    """The partners that have a draft of this quarter, and those about whom it was decided."""
    rows = Recognition.select(Recognition.partner, Recognition.state).where(
        Recognition.source == _source(quarter)
    )
    found = list(rows.tuples())
    drafted = {partner_id for partner_id, state in found if state == "draft"}
    return drafted, {partner_id for partner_id, _state in found} - drafted


def _source(quarter: Period) -> str:
    return f"quarter:{quarter.key}"


def _successes(
    book: KpiBook,
    closed: Mapping[int, KpiRow],
    partner_id: int,
    quarter: Period,
    earlier: Sequence[Period],
) -> dict[str, rules.Success]:
    """The KPIs by name that were a first or a record, critical ones before the others."""
    found: list[tuple[bool, str, rules.Success]] = []
    for kpi_id in book.targeted(partner_id, [quarter]):
        kpi = closed.get(kpi_id)
        result = book.result(partner_id, kpi_id, [quarter]) if kpi else None
        if kpi is None or result is None or not result.met or not result.complete:
            continue
        now = rules.Quarter(True, result.actual)
        past = [_quarter(book, partner_id, kpi_id, period) for period in earlier]
        if (success := rules.success(now, past, kpi.direction)) is not None:
            found.append((not result.critical, kpi.name, success))
    return {name: success for _critical, name, success in sorted(found)}


def _quarter(book: KpiBook, partner_id: int, kpi_id: int, period: Period) -> rules.Quarter:
    judged = book.result(partner_id, kpi_id, [period])
    told = book.reported(partner_id, kpi_id, [period])
    met = judged.met if judged.complete else None
    return rules.Quarter(met, told.actual if told.complete else None)


def _occasion(
    partner_id: int, partner: str, quarter: Period, ended: date, found: Mapping[str, rules.Success]
) -> Occasion:
    firsts = [name for name, success in found.items() if success.first]
    words = period_label(quarter)
    if len(found) == 1:
        name = next(iter(found))
        told = _("Target met for the first time: %(kpi)s") if firsts else _("Best so far: %(kpi)s")
        title = told % {"kpi": name}
    elif firsts:
        title = ngettext(
            "A target met for the first time", "%(num)s targets met for the first time", len(firsts)
        )
    else:
        title = ngettext("A best quarter", "%(num)s best quarters", len(found))
    head = _("%(partner)s in %(period)s:", partner=partner, period=words)
    lines = [_line(name, success) for name, success in found.items()]
    return Occasion(
        partner_id, "target_met", title, "\n".join([head, *lines]), ended, _source(quarter)
    )


def _line(name: str, success: rules.Success) -> str:
    if success.first and success.best:
        return _("%(kpi)s: target met for the first time, and the best quarter so far", kpi=name)
    if success.first:
        return _("%(kpi)s: target met for the first time", kpi=name)
    return _("%(kpi)s: target met, and the best quarter so far", kpi=name)
