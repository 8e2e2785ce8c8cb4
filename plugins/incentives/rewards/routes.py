"""The slice's pages: importing this registers them on the plugin's two mounts."""

from plugins.incentives.rewards import benefit_views, portal, views

ROUTES = (views, benefit_views, portal)
