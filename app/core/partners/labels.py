"""The field's words for what partners' records hold, in the reader's language."""

from flask_babel import lazy_gettext as _

TYPES = {
    "reseller": _("Reseller"),
    "referral": _("Referral"),
    "technology": _("Technology"),
    "content": _("Content"),
    "supplier": _("Supplier"),
    "distributor": _("Distributor"),
    "strategic": _("Strategic"),
    "other": _("Other"),
}
STATUSES = {
    "prospect": _("Prospect"),
    "onboarding": _("Onboarding"),
    "active": _("Active"),
    "suspended": _("Suspended"),
    "exiting": _("Exiting"),
    "ended": _("Ended"),
    "declined": _("Declined"),
}
STATUS_TONES = {
    "prospect": "neutral",
    "onboarding": "accent",
    "active": "good",
    "suspended": "warning",
    "exiting": "warning",
    "ended": "neutral",
    "declined": "neutral",
}
EVENTS = {
    "qualify": _("Qualify"),
    "decline": _("Decline"),
    "activate": _("Activate"),
    "suspend": _("Suspend"),
    "resume": _("Resume"),
    "start_exit": _("Start exit"),
    "end": _("End the partnership"),
}
SIDES = {"host": _("Our side"), "partner": _("Partner's side")}
LEVELS = {"operational": _("Operational"), "executive": _("Executive")}
MATTERS = {
    "commercial": _("Commercial"),
    "finance": _("Finance"),
    "legal": _("Legal"),
    "technical": _("Technical"),
    "marketing": _("Marketing"),
    "escalation": _("Escalation"),
}
# What is missing before a step, and the way to supply it.
GUARDS = {
    "selection_score": _("A selection score is missing: edit the partner and record it."),
    "owner": _("Nobody owns this partnership: edit the partner and choose an owner."),
    "host_primary": _("No primary contact on our side: add one under Contacts."),
    "partner_primary": _("No primary contact on the partner's side: add one under Contacts."),
    "goals": _("The profile names no goals: edit the profile."),
    "strengths": _("The profile names no strengths: edit the profile."),
    "audience": _("The profile names no audience: edit the profile."),
    "exit_case": _(
        "No exit case is open. Exit cases come with the agreements plugin; without it, an "
        "administrator may go on with a reason."
    ),
    "exit_checklist": _(
        "The exit checklist is not complete. It comes with the agreements plugin; without it, "
        "an administrator may go on with a reason."
    ),
}
