"""What may become a conflict is suggested early, and never opened by itself.

A promise that was missed twice, a critical KPI that is red, any that was missed in two periods in
a row: the partner's owner reads why, and writes a case or says no. One at a time about a partner.
Source: domain specification §4; S001 "Early Identification".
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from app.api import (
    Kind,
    Partner,
    SuggestionDraft,
    atomic,
    is_suggested,
    kpi_book,
    kpis,
    lock,
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
RED = "red"  # a status
AT_ONCE = 100  # partners whose figures are read together
MOST = 50  # suggestions of one run: more would be read by nobody


def task_missed(task: int, times: int) -> None:
    """Suggest a case about a task that has let two of its dates pass; those of plans are known."""
    row = tasks([task]).get(task)
    if row is None or times != MISSED or row.ref.startswith(f"{REF}:") or not row.is_open:
        return
    _suggest_once(
        SuggestionDraft(
            row.partner_id,
            _("A promise was missed twice: %(task)s", task=row.title)[:200],
            _("Two dates of this task have passed. Talk about it before it hardens."),
            evidence=(f"task:{task}",),
            key=f"conflicts-task:{task}",
            source="conflicts",
        ),
    )


def _suggest_once(draft: SuggestionDraft) -> bool:
    """Suggest a case, unless one is suggested about the partner already and waits for an answer."""
    with atomic():
        lock(f"conflicts-early:{draft.partner_id}")
        return not is_suggested(KIND, draft.partner_id) and suggest(KIND, draft)


def look_at_figures() -> None:
    """Suggest a case about a critical KPI of an active partner that is red in its last period, else
    about the KPI that was missed for longest, two periods at least in a row.

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
        part = ids[at : at + AT_ONCE]
        red = [(*found, _is_red) for found in _critical(part, today)]
        runs = [(id_, kpi, _is_missed) for id_, (_n, kpi) in sorted(_longest(part, today))]
        for partner_id, kpi_id, title in (*red, *runs):
            if left:
                words = title(measured[kpi_id].name)
                left -= _suggest(partner_id, names[partner_id], kpi_id, words, today)


def _is_red(kpi: str) -> str:
    return _("%(kpi)s is critical, and red", kpi=kpi)


def _is_missed(kpi: str) -> str:
    return _("%(kpi)s was missed in two periods in a row", kpi=kpi)


def _critical(partner_ids: Sequence[int], today: date) -> Iterator[tuple[int, int]]:
    """The critical KPIs of these partners that are red in the latest ended period of their kind."""
    by_kind: dict[Kind, list[int]] = defaultdict(list)
    for kpi_id, kpi in kpis().items():
        by_kind[kpi.kind].append(kpi_id)
    calendar = organisation().calendar
    for kind, kpi_ids in by_kind.items():
        period = calendar.shift(calendar.containing(today, kind), -1)
        book = kpi_book(partner_ids, calendar.start(period), today, kpi_ids=kpi_ids)
        for partner_id in partner_ids:
            for kpi_id in kpi_ids:
                result = book.result(partner_id, kpi_id, [period])
                if result.critical and result.status == RED:
                    yield partner_id, kpi_id


def _longest(partner_ids: Sequence[int], today: date) -> Collection[tuple[int, tuple[int, int]]]:
    """For each of these partners with such a run: its length, and the KPI."""
    found: dict[int, tuple[int, int]] = {}
    for kpi_id in kpis():
        for partner_id, streak in streaks(partner_ids, kpi_id, today).items():
            run = (streak.certain, kpi_id)
            if streak.certain >= MISSED and run > found.get(partner_id, (0, 0)):
                found[partner_id] = run
    return found.items()


def _suggest(partner_id: int, partner: str, kpi_id: int, title: str, today: date) -> bool:
    calendar = organisation().calendar
    quarter = calendar.label(calendar.containing(today, Kind.QUARTER))
    return _suggest_once(
        SuggestionDraft(
            partner_id,
            title[:200],
            _(
                "Ask %(partner)s what stands behind it before it becomes a disagreement.",
                partner=partner,
            ),
            evidence=(f"kpi:{kpi_id}",),
            key=f"conflicts-kpi:{partner_id}:{quarter}",
            source="conflicts",
        ),
    )
