"""Computing standings: the only writer of this plugin's table."""

from collections.abc import Iterable, Sequence

from app.api import (
    Kind,
    Partner,
    Period,
    atomic,
    lock,
    now,
    organisation,
    periods_with_values,
    revisions,
    scorecards,
    upsert,
)
from plugins.incentives import queries, questions, telling
from plugins.incentives.models import Standing
from plugins.incentives.queries import Figures

PARTNERS_AT_ONCE = 100


def recompute_after(value_ids: Iterable[int]) -> None:
    """Bring up to date what these approved figures touch: their periods and the longer ones."""
    touched = revisions(value_ids)
    calendar = organisation().calendar
    own = {Period.from_key(key) for key in {row.period for row in touched}}
    longer = {coarser for period in own for coarser in calendar.coarser(period)}
    recompute({row.partner_id for row in touched}, own | longer)


def recompute_all() -> None:
    """Bring every standing up to date, those after changed targets included."""
    recompute_partners([row[0] for row in Partner.select(Partner.id).tuples()])


def recompute_partners(partner_ids: Iterable[int]) -> None:
    """Bring these partners' standings up to date, in every period that has figures."""
    recompute(partner_ids, {period for kind in Kind for period in periods_with_values(kind)})


def recompute(partner_ids: Iterable[int], periods: Iterable[Period]) -> None:
    """Make the standings of these partners in these periods what their scorecards say.

    Idempotent: what is right already is not written.
    """
    asked = sorted(periods, key=lambda period: period.key)
    with atomic():
        # Two events at once must not overwrite the newer scorecard with the older one.
        lock("incentives.standings")
        ordered = sorted(partner_ids)
        for at in range(0, len(ordered), PARTNERS_AT_ONCE):
            _bring_up_to_date(ordered[at : at + PARTNERS_AT_ONCE], asked)


def _bring_up_to_date(partner_ids: Sequence[int], periods: Sequence[Period]) -> None:
    stored = queries.figures(partner_ids, periods)
    due = {
        key: Figures(card.score, card.coverage, card.grey, card.decides)
        for key, card in scorecards(partner_ids, periods).items()
        if card.score is not None
    }
    at = now()
    changed = [
        {"partner": partner_id, "period": period, "computed_at": at, **figures._asdict()}
        for (partner_id, period), figures in due.items()
        if stored.get((partner_id, period)) != figures
    ]
    upsert(Standing, changed)
    if changed:
        telling.tell({(row["partner"], row["period"]) for row in changed})
    for partner_id, period in stored.keys() - due.keys():  # rare: a target was taken back
        Standing.delete().where(Standing.partner == partner_id, Standing.period == period).execute()
    questions.settle(partner_ids, periods)
