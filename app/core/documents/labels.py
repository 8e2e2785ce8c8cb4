"""The words for what documents are, in the reader's language."""

from flask_babel import lazy_gettext as _

KINDS = {
    "": _("Other"),
    "agreement": _("Agreement"),
    "report": _("Report"),
    "presentation": _("Presentation"),
    "minutes": _("Minutes"),
    "brand": _("Brand material"),
    "policy": _("Policy"),
    "finance": _("Finance"),
}
