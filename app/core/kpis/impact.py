"""What a restatement changes, told before it is submitted and kept once it is approved.

Core tells of the KPI's own period and every longer one that it rolls up to, of the scorecards, and
of the run of misses up to today; plugins tell of theirs. Source: domain specification §2.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.accounts.queries import current_settings
from app.core.contract import Effect, KpiFigure
from app.core.host import current_host
from app.core.kpis import queries, rollups, rules
from app.core.kpis.known import known, lineage
from app.core.kpis.models import Value
from app.core.kpis.presentation import attainment, figure, period_code, period_label, score
from app.core.kpis.presentation import share as shared
from app.core.kpis.queries.standings import marks_until
from app.core.kpis.services.derived import foresee
from app.core.kpis.totals import Change, Figure
from app.core.kpis.value_models import RevisionImpact
from app.core.partners.models import Partner
from app.core.periods import Calendar, Period
from app.core.results import Unavailable

HOOK = "kpi_restatement_effects"
UNTOLD = "?"


def effects(partner_id: int, kpi_id: int, period: Period, proposed: Figure) -> list[Effect]:
    """What changes if this figure takes the place of the approved one; nothing where none stands.

    The caller has checked that the viewer may see this partner. What stays as it is, is left out.
    """
    standing = _standing(partner_id, kpi_id, period)
    if standing is None or standing == proposed:
        return []
    settings = current_settings()
    kpis = queries.definitions(active_only=False)
    currency = Partner.select(Partner.currency).where(Partner.id == partner_id).scalar() or ""
    changes = _changes(partner_id, kpi_id, period, standing, proposed)
    lines = [lineage(settings.calendar, one.period) for one in changes]
    last = max(settings.calendar.end(line[-1]) for line in lines)
    old = queries.partner_figures(partner_id, None, last, settings.calendar)
    both = old, old._replace(values=_replaced(old.values, changes))
    own: list[Effect] = []
    for one, line in zip(changes, lines, strict=True):
        if one.kpi_id in kpis:
            kpi = kpis[one.kpi_id]
            own += _of_periods(partner_id, kpi, currency, line, both, settings.calendar)
    own += _of_scorecards(partner_id, lines, changes)
    own += _of_streak(kpis[kpi_id], both, settings.calendar, settings.today())
    changed = {effect.label: effect for effect in own if effect.before != effect.after}
    return list(changed.values()) + _of_plugins(
        KpiFigure(partner_id, kpi_id, period, *standing),
        KpiFigure(partner_id, kpi_id, period, *proposed),
    )


def proposed_scorecards(proposed: KpiFigure) -> dict[int, queries.ScoreRow]:
    """The scorecards that a partner would have with another figure, by period key.

    Of the figure's own period and the longer ones above; only reads. For
    `kpi_restatement_effects`.
    """
    figure = Figure(proposed.value, proposed.num, proposed.den)
    key = proposed.partner_id, proposed.kpi_id, proposed.period
    return rollups.what_if(proposed.partner_id, _changes(*key, None, figure))


def _changes(
    partner_id: int, kpi_id: int, period: Period, standing: Figure | None, proposed: Figure
) -> list[Change]:
    """The figure itself, and the derived ones that would follow it."""
    change = Change(partner_id, kpi_id, period.key, standing, proposed)
    return [change, *foresee([change], known())]


def keep_effects(revision_id: int, key: tuple[int, int, int], proposed: Figure) -> None:
    """Store what a restatement changes: in its approval's transaction, before it counts."""
    found = effects(key[0], key[1], Period.from_key(key[2]), proposed)
    stored = json.dumps([asdict(effect) for effect in found], ensure_ascii=False)
    RevisionImpact.insert(revision=revision_id, effects=stored).execute()


def kept_effects(revision_ids: Sequence[int]) -> dict[int, list[Effect]]:
    """What approved restatements changed, by revision id; one query."""
    rows = RevisionImpact.select().where(RevisionImpact.revision.in_(list(revision_ids)))
    return {
        row.revision_id: [Effect(**effect) for effect in json.loads(row.effects)] for row in rows
    }


def _standing(partner_id: int, kpi_id: int, period: Period) -> Figure | None:
    row = (
        Value.select(Value.value, Value.num, Value.den)
        .where(Value.partner == partner_id, Value.kpi == kpi_id, Value.period == period.key)
        .tuples()
        .first()
    )
    return Figure(*row) if row else None


def _replaced(
    values: dict[int, list[queries.Point]], changes: Sequence[Change]
) -> dict[int, list[queries.Point]]:
    """The figures with the changed ones in their places."""
    found = dict(values)
    for one in changes:
        points = [point for point in found.get(one.kpi_id, ()) if point.period != one.period]
        if one.new is not None:
            points.append(queries.Point(one.kpi_id, one.period, *one.new, 0, False))
        found[one.kpi_id] = points
    return found


def _of_periods(
    partner_id: int,
    kpi: queries.KpiRow,
    currency: str,
    line: Sequence[Period],
    figures: tuple[queries.Figures, queries.Figures],
    calendar: Calendar,
) -> Iterator[Effect]:
    for period in line:
        before, after = (_words(_result(kpi, period, f, calendar), kpi, currency) for f in figures)
        yield Effect(
            _("%(kpi)s, %(period)s", kpi=kpi.name, period=period_label(period)),
            before,
            after,
            _link("kpis.explain", partner_id=partner_id, kpi_id=kpi.id, period=period_code(period)),
        )


def _result(
    kpi: queries.KpiRow, period: Period, figures: queries.Figures, calendar: Calendar
) -> rules.Result:
    parts = {sub.key for sub in calendar.subperiods(period, kpi.kind)}
    targets = figures.targets.get(kpi.id, ())
    longer = next((t for t in targets if t.period == period.key), None) if len(parts) > 1 else None
    return rules.roll_up(
        kpi.definition,
        [p.row.reading for p in figures.values.get(kpi.id, ()) if p.period in parts],
        [t.row.goal for t in targets if t.period in parts],
        subperiod_count=len(parts),
        explicit_goal=longer.row.goal if longer else None,
    )


def _words(result: rules.Result, kpi: queries.KpiRow, currency: str) -> str:
    """A result in one line: the figure, its attainment, its status."""
    shown = figure(result.actual, kpi, currency, result.target)
    if result.status is None or result.attainment is None:
        return shown
    states = {"green": _("met"), "amber": _("just missed"), "red": _("missed")}
    return f"{shown} · {attainment(result)} · {states.get(str(result.status), '')}"


def _of_scorecards(
    partner_id: int, lines: Sequence[Sequence[Period]], changes: Sequence[Change]
) -> Iterator[Effect]:
    periods = list(dict.fromkeys(period for line in lines for period in line))
    old = queries.scorecards([partner_id], periods)
    new = rollups.what_if(partner_id, changes)
    for period in periods:
        was, becomes = old.get((partner_id, period.key)), new.get(period.key)
        if was is None or becomes is None:
            continue
        before, after = (score(shared(row.score), shared(row.coverage)) for row in (was, becomes))
        yield Effect(
            _("Scorecard, %(period)s", period=period_label(period)),
            before,
            after,
            _link("kpis.partner_scorecard", partner_id=partner_id, period=period_code(period)),
        )


def _of_streak(
    kpi: queries.KpiRow,
    figures: tuple[queries.Figures, queries.Figures],
    calendar: Calendar,
    today: date,
) -> Iterator[Effect]:
    before, after = (
        ngettext("%(num)s miss", "%(num)s misses", rules.streak(marks).certain)
        for marks in (marks_until(kpi, today, calendar, each) for each in figures)
    )
    yield Effect(_("Misses in a row up to now"), before, after)


def _of_plugins(value: KpiFigure, proposed: KpiFigure) -> list[Effect]:
    host = current_host()
    found: list[Effect] = []
    for plugin, answer in host.answers(HOOK, {"value": value, "proposed": proposed}):
        if isinstance(answer, Unavailable):
            found.append(Effect(host.title(plugin), UNTOLD, _("could not be told")))
            continue
        found += [replace(effect, label=str(effect.label)) for effect in answer]
    return found


def _link(endpoint: str, **values: Any) -> str:
    """A page's path; none outside a request, where nobody follows it."""
    try:
        return url_for(endpoint, **values)
    except RuntimeError:
        return ""
