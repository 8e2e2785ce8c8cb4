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
PROFILE_PARTS = {
    "goals": _("Goals"),
    "motivations": _("Motivations"),
    "strengths": _("Strengths"),
    "resources": _("Resources"),
    "weaknesses": _("Weaknesses"),
    "core_values": _("Core values"),
    "positioning": _("Positioning"),
    "challenges": _("Challenges"),
    "expectations": _("Expectations"),
    "audiences": _("Audiences"),
    "next_review": _("To be looked at again"),
}
GOAL_OWNERS = {"host": _("Ours"), "partner": _("The partner’s"), "both": _("Both sides’")}
KINDS = {
    "expertise": _("Expertise"),
    "network": _("Network"),
    "asset": _("Asset"),
    "technology": _("Technology"),
    "distribution": _("Distribution"),
}
AUDIENCE = {
    "segment": _("Segment"),
    "demographics": _("Demographics"),
    "interests": _("Interests"),
    "preferences": _("Preferences"),
    "size": _("Size"),
    "source": _("Source"),
}
DIFFERENCES = {
    "same": _("Unchanged"),
    "added": _("Added"),
    "removed": _("Removed"),
    "changed": _("Changed"),
}
MATURITIES = {
    "transactional": _("Transactional"),
    "developing": _("Developing"),
    "strategic": _("Strategic"),
}
CHANNELS = {
    "email": _("E-mail"),
    "call": _("Call"),
    "meeting": _("Meeting"),
    "chat": _("Chat"),
    "visit": _("Visit"),
    "other": _("Other"),
}
CHANNEL_ICONS = {
    "email": "mail",
    "call": "phone",
    "meeting": "users",
    "chat": "messages",
    "visit": "building",
    "other": "message",
}
DIRECTIONS = {"out": _("We reached out"), "in": _("They reached out")}
GOAL_SIDES = {"mutual": _("Both sides’"), "host": _("Ours"), "partner": _("The partner’s")}
HORIZONS = {"short": _("Short-term"), "long": _("Long-term")}
COMPATIBILITIES = {
    "compatible": _("Compatible"),
    "tension": _("In tension"),
    "conflict": _("In conflict"),
}
COMPATIBILITY_TONES = {"compatible": "neutral", "tension": "warning", "conflict": "bad"}
GOAL_STATUSES = {"open": _("Open"), "achieved": _("Achieved"), "dropped": _("Dropped")}
GOAL_TONES = {"open": "accent", "achieved": "good", "dropped": "neutral"}
VISIBILITIES = {
    "internal": _("Internal: staff only"),
    "shared": _("Shared: the partner’s contacts see it"),
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
