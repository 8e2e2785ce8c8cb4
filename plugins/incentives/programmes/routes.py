"""Every view of this slice: importing it registers them on the plugin's mounts."""

from plugins.incentives.programmes import (
    aim_views,
    condition_views,
    draft_views,
    portal,
    publish_views,
    reward_views,
    tier_views,
    views,
)

ROUTES = (
    views,
    aim_views,
    draft_views,
    tier_views,
    condition_views,
    reward_views,
    publish_views,
    portal,
)
