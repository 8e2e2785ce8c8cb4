"""What others may know of a partner's tier, whoever asks and without knowing this plugin."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.api import Fact, FactKind, translations
from plugins.incentives.standing import tenures

lazy_gettext = translations("incentives").lazy_gettext

KINDS = (
    FactKind("tier", lazy_gettext("Tier"), "text"),
    FactKind("tier.since", lazy_gettext("Tier held since"), "date"),
)


def values(partner_ids: Sequence[int], key: str, as_of: date) -> Mapping[int, Fact]:
    """The tier that each partner held on a day, or the day from which it did."""
    return {
        partner_id: Fact(tier if key == "tier" else start.isoformat(), (f"partner:{partner_id}",))
        for partner_id, (tier, start) in tenures.tenures_on(partner_ids, as_of).items()
        if tier
    }
