"""A link to the own tier: for contacts without an account, to read and nothing else."""

from typing import Any

from app.api import LinkPurpose, OpenLink, render, translations
from plugins.incentives.standing import pages

PURPOSE = "incentives.tier"

lazy_gettext = translations("incentives").lazy_gettext


def purpose() -> LinkPurpose:
    """What the link is for, as administrators and contacts read it."""
    return LinkPurpose(
        key=PURPOSE,
        label=lazy_gettext("See your tier"),
        invitation=lazy_gettext("here is the tier that you have reached, and the way to the next."),
        view=page,
        permissions=("incentives.portal",),
        days=30,
    )


def page(link: OpenLink) -> Any:
    """The tier of the contact's own partner."""
    return render(
        "incentives/standing/link.html",
        places=pages.places(link.viewer, link.viewer.partner_id),
        linked=False,
    )
