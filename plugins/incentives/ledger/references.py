"""What histories and messages may point at in the ledger: lines, payouts, payments."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import url_for

from app.api import Link, Viewer, ref_id, translations
from plugins.incentives.ledger.models import LedgerEntry, Payout, PayoutLine

_ = translations("incentives").gettext

ENTRY, PAYOUT, LINE = "incentives_entry", "incentives_payout", "incentives_payout_line"


def links(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    """Those that somebody may see: staff who may see money all, a contact its own payments."""
    ids = {
        kind: [id_ for ref in refs if (id_ := ref_id(ref, kind)) is not None]
        for kind in (ENTRY, PAYOUT, LINE)
    }
    found: dict[str, Link] = {}
    if viewer.can("incentives.money"):
        for id_ in _there(LedgerEntry, ids[ENTRY]):
            title = _("Ledger line %(number)s", number=id_)
            found[f"{ENTRY}:{id_}"] = Link(title, url_for("incentives.entry", entry_id=id_))
        for id_ in _there(Payout, ids[PAYOUT]):
            title = _("Payout %(number)s", number=id_)
            found[f"{PAYOUT}:{id_}"] = Link(title, url_for("incentives.payout", payout_id=id_))
    if viewer.can("incentives.portal") and ids[LINE]:
        own = PayoutLine.select(PayoutLine.id).where(
            PayoutLine.id.in_(ids[LINE]), PayoutLine.partner == viewer.partner_id
        )
        for (id_,) in own.tuples():
            found[f"{LINE}:{id_}"] = Link(_("Payment"), url_for("incentives_portal.own_statement"))
    return found


def _there(model: Any, ids: list[int]) -> list[int]:
    """Those of these rows that there are."""
    if not ids:
        return []
    return [row[0] for row in model.select(model.id).where(model.id.in_(ids)).tuples()]
