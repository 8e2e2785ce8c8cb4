"""What a restated figure would change in the ledger: the lines that would be written."""

from collections.abc import Sequence

from app.api import Effect, KpiFigure, organisation, translations
from plugins.incentives.ledger import words
from plugins.incentives.ledger.due import Standings
from plugins.incentives.ledger.services import delta, owed, programmes
from plugins.incentives.ledger.standings import CURRENT

_ = translations("incentives").gettext


def restatement_effects(proposed: KpiFigure, standings: Standings = CURRENT) -> Sequence[Effect]:
    """Each line that would be written once the figure counts; nothing is written."""
    today = organisation().today()
    found = []
    for programme in programmes():
        ids = [proposed.partner_id]
        for claim, stand in owed(programme, ids, standings, today, [proposed]):
            posting = delta(claim, stand, today)
            if posting is None:
                continue
            words_ = {
                "kind": words.KINDS[posting.kind],
                "amount": words.money(posting.minor, programme.currency, signed=True),
            }
            found.append(
                Effect(
                    _(
                        "Ledger: %(reward)s, %(period)s",
                        reward=claim.reward.name,
                        period=words.period(claim.period),
                    ),
                    words.money(stand.account.booked, programme.currency),
                    _("%(kind)s %(amount)s (draft)", **words_),
                )
            )
    return found
