"""Where the ledger asks for tiers, and whether a reward's own requirement is met."""

from plugins.incentives.ledger.due import Standings
from plugins.incentives.standing.judging import answers
from plugins.incentives.standing.tenures import tiers_on

CURRENT = Standings(tiers_on, answers)
