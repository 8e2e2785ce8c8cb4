"""What others may know of a partner's tier, whoever asks and without knowing this plugin."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.api import Fact, FactKind, Period, organisation, translations
from plugins.incentives import queries, rules
from plugins.incentives.references import ref_of

lazy_gettext = translations("incentives").lazy_gettext

KINDS = (
    FactKind("tier", lazy_gettext("Tier"), "text"),
    FactKind("tier.since", lazy_gettext("Tier held since"), "date"),
)


def values(partner_ids: Sequence[int], key: str, as_of: date) -> Mapping[int, Fact]:
    """The tier that each partner holds on a day, or the day from which it does."""
    ladder, calendar = queries.ladder(), organisation().calendar
    found: dict[int, Fact] = {}
    for partner_id, course in queries.courses(partner_ids).items():
        rows = [row for row in course if calendar.end(Period.from_key(row.period)) <= as_of]
        changes = rules.changes(ladder, rows)
        if not changes or changes[-1].now is None:
            continue
        period = Period.from_key(rows[changes[-1].at].period)
        since = calendar.start(period).isoformat()
        value = changes[-1].now.key if key == "tier" else since
        found[partner_id] = Fact(value, (ref_of(partner_id, period.key),))
    return found
