"""What may become a conflict is suggested early, and never opened by itself.

A promise that was missed twice, a KPI that was missed in two periods in a row: its owner reads why,
and writes a case or says no. Source: domain specification §4; S001 "Early Identification".
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from app.api import (
    Kind,
    Partner,
    SuggestionDraft,
    kpis,
    organisation,
    settings,
    streaks,
    suggest,
    tasks,
    translations,
)
from plugins.conflicts.log import REF
from plugins.conflicts.suggestions import KIND

_ = translations("conflicts").gettext

MISSED = 2
AT_ONCE = 100  # partners whose figures are read together
MOST = 50  # suggestions of one run: more would be read by nobody


def task_missed(task: int, times: int) -> None:
    """Suggest a case about a task that has let two of its dates pass; those of plans are known."""
    row = tasks([task]).get(task)
    if row is None or times != MISSED or row.ref.startswith(f"{REF}:") or not row.is_open:
        return
    suggest(
        KIND,
        SuggestionDraft(
            row.partner_id,
            _("A promise was missed twice: %(task)s", task=row.title)[:200],
            _("Two dates of this task have passed. Talk about it before it hardens."),
            evidence=(f"task:{task}",),
            key=f"conflicts-task:{task}",
            source="conflicts",
        ),
    )


def look_at_figures() -> None:
    """Suggest a case about the KPI that an active partner has missed for longest, two periods at
    least in a row.

    One for each partner and quarter, so that a no holds for a while and nobody is flooded.
    """
    if not settings("conflicts")["suggests"]:
        return
    today = organisation().today()
    active = Partner.select(Partner.id, Partner.name).where(
        Partner.status == "active", Partner.merged_into.is_null()
    )
    names: Mapping[int, str] = dict(active.tuples())
    measured, ids, left = kpis(), sorted(names), MOST
    for at in range(0, len(ids), AT_ONCE):
        for partner_id, (_length, kpi_id) in sorted(_longest(ids[at : at + AT_ONCE], today)):
            if left:
                left -= _suggest(
                    partner_id, names[partner_id], kpi_id, measured[kpi_id].name, today
                )


def _longest(partner_ids: Sequence[int], today: date) -> Collection[tuple[int, tuple[int, int]]]:
    """For each of these partners with such a run: its length, and the KPI."""
    found: dict[int, tuple[int, int]] = {}
    for kpi_id in kpis():
        for partner_id, streak in streaks(partner_ids, kpi_id, today).items():
            run = (streak.certain, kpi_id)
            if streak.certain >= MISSED and run > found.get(partner_id, (0, 0)):
                found[partner_id] = run
    return found.items()


def _suggest(partner_id: int, partner: str, kpi_id: int, kpi: str, today: date) -> bool:
    calendar = organisation().calendar
    quarter = calendar.label(calendar.containing(today, Kind.QUARTER))
    return suggest(
        KIND,
        SuggestionDraft(
            partner_id,
            _("%(kpi)s was missed in two periods in a row", kpi=kpi)[:200],
            _(
                "Ask %(partner)s what stands behind it before it becomes a disagreement.",
                partner=partner,
            ),
            evidence=(f"kpi:{kpi_id}",),
            key=f"conflicts-kpi:{partner_id}:{quarter}",
            source="conflicts",
        ),
    )
