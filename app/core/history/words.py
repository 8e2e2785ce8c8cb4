"""What the history calls actions, fields and values, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from app.core.accounts.labels import ROLE_LABELS
from app.core.kpis.labels import WORDS
from app.core.partners import labels

# What happened, by action; each reads without its object, which stands beside it.
ACTIONS: dict[str, Any] = {
    "access.refused": _("Access refused"),
    "announcement.called_back": _("Announcement called back"),
    "announcement.written": _("Announcement written"),
    "mail.sent_again": _("E-mail sent again"),
    "api_token.issued": _("API token made"),
    "api_token.revoked": _("API token revoked"),
    "audit.exported": _("Audit log exported"),
    "benchmark.added": _("Benchmark added"),
    "benchmark.changed": _("Benchmark changed"),
    "benchmark.removed": _("Benchmark removed"),
    "contact.added": _("Contact added"),
    "contact.changed": _("Contact changed"),
    "contact.invited": _("Contact invited"),
    "contact.joined": _("Contact came in"),
    "contact.removed": _("Contact removed"),
    "document.changed": _("Document changed"),
    "document.version": _("New version of a document"),
    "document.withdrawn": _("Document withdrawn"),
    "link_rule.changed": _("Rule of links changed"),
    "task_link.done": _("Done through a link"),
    "task_link.made": _("Link sent"),
    "task_link.opened": _("Link opened"),
    "task_link.revoked": _("Link revoked"),
    "document.restored": _("Document shown again"),
    "digest.ended": _("Digest ended"),
    "field.changed": _("Custom field changed"),
    "field.defined": _("Custom field defined"),
    "field.moved": _("Custom field moved"),
    "field.retired": _("Custom field retired"),
    "field.revived": _("Custom field in use again"),
    "file.stored": _("File stored"),
    "files.swept": _("Files without an owner removed"),
    "goal.achieved": _("Goal achieved"),
    "goal.added": _("Goal added"),
    "goal.changed": _("Goal changed"),
    "goal.dropped": _("Goal dropped"),
    "goal.reopened": _("Goal opened again"),
    "import.applied": _("Import applied"),
    "import.undone": _("Import undone"),
    "invitation.accepted": _("Invitation accepted"),
    "invitation.revoked": _("Invitation revoked"),
    "invitation.sent": _("Invitation sent"),
    "invitation.sent_again": _("Invitation sent again"),
    "interaction.added": _("Interaction written down"),
    "interaction.changed": _("Interaction changed"),
    "interaction.removed": _("Interaction removed"),
    "job.all_retried": _("All jobs tried again that were given up"),
    "job.discarded": _("Job discarded"),
    "job.retried": _("Job tried again"),
    "kpi.changed": _("KPI changed"),
    "kpi.created": _("KPI defined"),
    "kpi.library": _("KPIs taken from the library"),
    "kpi.library_switched": _("KPI library switched"),
    "kpi_comment.added": _("Comment added"),
    "kpi_value.approved": _("Figures approved"),
    "kpi_value.declared_missed": _("Declared missed"),
    "kpi_value.locked": _("Figure locked"),
    "kpi_value.miss_withdrawn": _("Declared miss withdrawn"),
    "kpi_value.recorded": _("Figure entered and approved"),
    "kpi_value.returned": _("Figure returned"),
    "kpi_value.submitted": _("Figure submitted"),
    "kpi_value.unlocked": _("Figure unlocked"),
    "kpi_value.withdrawn": _("Figure withdrawn"),
    "kpi_values.locked": _("Figures locked"),
    "kpi_values.recorded": _("Figures recorded"),
    "kpi_values.submitted": _("Figures submitted"),
    "list.exported": _("List exported"),
    "organisation.founded": _("Desk founded"),
    "partner.brought_in": _("Partnership brought in"),
    "partner.changed": _("Facts changed"),
    "partner.created": _("Partner added"),
    "partner.exported": _("Partnership exported"),
    "partner.merged": _("Another partner merged into it"),
    "partner.merged_away": _("Merged into another partner"),
    "partner.status": _("Status changed"),
    "person.erased": _("Personal data erased"),
    "person.exported": _("Personal data exported"),
    "plugin.settings_saved": _("Plugin settings changed"),
    "plugin.switched_off": _("Plugin switched off"),
    "plugin.switched_on": _("Plugin switched on"),
    "profile.saved": _("Profile saved"),
    "retention.changed": _("Retention changed"),
    "session.code_refused": _("Code refused"),
    "session.proof_refused": _("Proof of identity refused"),
    "session.ended": _("Signed out"),
    "session.refused": _("Sign-in refused"),
    "session.started": _("Signed in"),
    "settings.changed": _("Settings changed"),
    "settings.day_changed": _("Day off changed"),
    "settings.day_restored": _("Day off taken back"),
    "target.accepted": _("Targets accepted"),
    "target.drafted": _("Targets drafted"),
    "target.proposed": _("Targets proposed"),
    "target.rejected": _("Targets rejected"),
    "target.undone": _("Acceptance of targets undone"),
    "target.withdrawn": _("Targets withdrawn"),
    "task.cancel": _("Task cancelled"),
    "task.changed": _("Task changed"),
    "task.created": _("Task added"),
    "task.finish": _("Task done"),
    "task.record": _("Task recorded as done"),
    "task.refuse": _("Task given back"),
    "task.reopen": _("Task opened again"),
    "task.start": _("Task begun"),
    "task.undo": _("Record of the task undone"),
    "task.verify": _("Task verified"),
    "task.waive": _("Task waived"),
    "user.absence_set": _("Absence changed"),
    "user.email_asked": _("Another e-mail address asked for"),
    "user.email_changed": _("E-mail address changed"),
    "user.email_stopped": _("Change of the e-mail address stopped"),
    "user.password_changed": _("Password changed"),
    "user.password_reset": _("Password set by a mailed link"),
    "user.recovery_code_used": _("Recovery code used"),
    "user.recovery_codes_made": _("Recovery codes made"),
    "user.reset_asked": _("New password asked for"),
    "user.second_factor_removed": _("Second factor removed"),
    "user.second_factor_set": _("Second factor set up"),
    "user.added": _("Person added"),
    "user.changed": _("Person changed"),
    "user.closed": _("Access ended"),
    "view.changed": _("Saved view changed"),
    "view.deleted": _("Saved view deleted"),
    "view.saved": _("View saved"),
}

# What a field is called wherever it stands, and the words for its stored keys.
FIELDS: dict[str, Any] = {
    "active": _("Active"),
    "aggregation": _("Aggregation"),
    "can_sign": _("May sign"),
    "category": _("Category"),
    "choices": _("Choices"),
    "closed": _("Day off"),
    "closes_at": _("Closes at"),
    "code": _("Code"),
    "compatibility": _("Compatibility"),
    "compatibility_note": _("Why"),
    "currency": _("Currency"),
    "data_source": _("Data source"),
    "day": _("Day"),
    "decision": _("Reason of the decision"),
    "den": _("Denominator"),
    "description": _("Description"),
    "deputy": _("Deputy"),
    "department": _("Department"),
    "is_executive": _("Executive"),
    "line_manager": _("Line manager"),
    "absent_from": _("Out from"),
    "absent_until": _("Out until"),
    "direction": _("Direction"),
    "due_days": _("Due after (days)"),
    "email": _("E-mail"),
    "end_date": _("Ended on"),
    "evidence_required": _("Evidence required"),
    "fiscal_year_label": _("Name of the fiscal year"),
    "fiscal_year_start_month": _("The fiscal year begins in"),
    "formula": _("Formula"),
    "four_eyes_required": _("Four eyes"),
    "frequency": _("Frequency"),
    "help": _("Help"),
    "holiday_country": _("Public holidays of"),
    "holiday_subdivision": _("Region"),
    "horizon": _("Horizon"),
    "is_primary": _("Primary contact"),
    "key": _("Key"),
    "kind": _("Kind"),
    "label": _("Label"),
    "labels": _("Levels"),
    "legal_name": _("Legal name"),
    "level": _("Level"),
    "locale": _("Language"),
    "logo": _("Logo"),
    "matters": _("Matters"),
    "maturity": _("Maturity"),
    "name": _("Name"),
    "nature": _("Nature"),
    "note": _("Note"),
    "num": _("Numerator"),
    "opens_at": _("Opens at"),
    "outcomes": _("Expected outcomes"),
    "owner": _("Owner"),
    "phone": _("Phone"),
    "primary_colour": _("Colour"),
    "reason": _("Reason"),
    "regions": _("Regions"),
    "required": _("Required"),
    "result": _("What came of it"),
    "role": _("Role"),
    "selection_score": _("Selection score"),
    "side": _("Side"),
    "start_date": _("Partner since"),
    "audit_addresses": _("Addresses in the history"),
    "audit_texts": _("Before and after in the history"),
    "mails": _("E-mails"),
    "notifications": _("Notifications"),
    "sessions": _("Sign-ins"),
    "sign_in_failures": _("Refused sign-ins"),
    "statement": _("Goal"),
    "status": _("Status"),
    "submitter": _("Reported by"),
    "tags": _("Tags"),
    "team": _("Team"),
    "timezone": _("Time zone"),
    "title": _("Title"),
    "type": _("Type"),
    "unit": _("Unit"),
    "user": _("Account"),
    "value": _("Value"),
    "value_type": _("Kind of figure"),
    "visibility": _("Visibility"),
    "website": _("Website"),
    "working_days": _("Working days"),
}

# By object and field; what is not among them is looked up by the field alone.
_CHOICES: dict[tuple[str, str], Mapping[str, Any]] = {
    ("partner", "type"): labels.TYPES,
    ("partner", "status"): labels.STATUSES | labels.GOAL_STATUSES,
    ("partner", "maturity"): labels.MATURITIES,
    ("partner", "side"): labels.GOAL_SIDES,
    ("partner", "horizon"): labels.HORIZONS,
    ("partner", "compatibility"): labels.COMPATIBILITIES,
    ("partner", "visibility"): labels.VISIBILITIES,
    ("field", "visibility"): labels.VISIBILITIES,
    ("contact", "side"): labels.SIDES,
    ("contact", "level"): labels.LEVELS,
    ("user", "role"): ROLE_LABELS,
    **{("kpi", field): words for field, words in WORDS.items()},
}
MANY_WORDS = {("partner", "matters"): labels.MATTERS, ("contact", "matters"): labels.MATTERS}
MILLIONTHS = {("revision", "value"), ("revision", "num"), ("revision", "den")}
CLOCK = {("organisation", "opens_at"), ("organisation", "closes_at")}


def register(
    actions: Mapping[str, Any],
    fields: Mapping[str, Any] | None = None,
    choices: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
) -> None:
    """Name a slice's or a plugin's own actions and fields, at its import.

    A label that stands already is kept: core's words hold.
    """
    for key, label in actions.items():
        ACTIONS.setdefault(key, label)
    for key, label in (fields or {}).items():
        FIELDS.setdefault(key, label)
    for place, known in (choices or {}).items():
        _CHOICES.setdefault(place, known)


def action(key: str) -> str:
    """What happened, in words; an unknown action by its own name."""
    return str(ACTIONS[key]) if key in ACTIONS else key.replace("_", " ").replace(".", ": ")


def field(key: str) -> str:
    """What a field is called; a custom field by its key."""
    if key in FIELDS:
        return str(FIELDS[key])
    return key.removeprefix("field:").replace("_", " ").capitalize()


def choices(kind: str, key: str) -> Mapping[str, Any]:
    """The words for a field's stored keys, where it has any."""
    return _CHOICES.get((kind, key), {})
