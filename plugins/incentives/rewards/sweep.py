"""The daily run: what has lapsed, what is owed now, what is worth celebrating."""

from plugins.incentives.rewards import granting, occasions


def daily() -> None:
    """Bring benefits and drafts up to date. Idempotent."""
    granting.expire_due()
    granting.grant_due()
    occasions.tiers_reached()
    occasions.anniversaries()
    occasions.targets_met()
