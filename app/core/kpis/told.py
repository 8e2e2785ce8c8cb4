"""What a message about figures or targets speaks of, and its words for one and for several."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from flask_babel import ngettext

from app.core.kpis.presentation import period_label

LISTED = 10  # that a message names; more are counted


class Told(NamedTuple):
    """A figure or a target, as a message speaks of it."""

    id: int
    partner_id: int
    partner: str
    kpi_id: int
    kpi: str
    period: int
    person: int | None  # who submitted or proposed it
    words: str  # why it corrects an approved figure


def told(rows: object, key: object, ids: Iterable[int]) -> list[Told]:
    """The rows of a query by their ids, each partner's and each person's together."""
    wanted = sorted(set(ids))
    found: list[Told] = []
    for at in range(0, len(wanted), 500):
        chunk = rows.where(key.in_(wanted[at : at + 500]))  # type: ignore[attr-defined]
        found += [Told(*row) for row in chunk.tuples()]
    return sorted(found, key=lambda one: (one.partner_id, one.person or 0, one.id))


def by_partner(rows: Sequence[Told]) -> Iterator[tuple[int, list[Told]]]:
    """Each partner's."""
    for partner_id, own in groupby(rows, key=lambda one: one.partner_id):
        yield partner_id, list(own)


def by_person(rows: Sequence[Told]) -> Iterator[tuple[tuple[int, int], list[Told]]]:
    """Each partner's of one person, where that person is known."""
    for (partner_id, person), own in groupby(rows, key=lambda one: (one.partner_id, one.person)):
        if person is not None:
            yield (partner_id, person), list(own)


def title_of(
    rows: Sequence[Told], one: Callable[[Told], str], many: Callable[[int, str], str]
) -> Callable[[], str]:
    """A message's title: of one thing what it is, of several how many, and of which partner."""
    return lambda: one(rows[0]) if len(rows) == 1 else many(len(rows), rows[0].partner)


def listed(rows: Sequence[Told]) -> Callable[[], str]:
    """What a message is about, a line each; of one alone the title says it."""

    def text() -> str:
        if len(rows) == 1:
            return ""
        lines = [f"{one.kpi} · {period_label(one.period)}" for one in rows[:LISTED]]
        more = len(rows) - LISTED
        if more > 0:
            lines.append(ngettext("and %(num)s more", "and %(num)s more", more))
        return "\n".join(lines)

    return text


def told_name(one: Told, *, own: bool = False) -> str:
    """Partner, KPI and period in words; for the partner's `own` people without its name."""
    if own:
        return f"{one.kpi}, {period_label(one.period)}"
    return f"{one.partner} · {one.kpi}, {period_label(one.period)}"
