"""The words for what tasks hold, in the reader's language."""

from flask_babel import lazy_gettext as _

STATES = {
    "todo": _("To do"),
    "doing": _("Being done"),
    "done": _("Done"),
    "waived": _("Waived"),
    "cancelled": _("Cancelled"),
}
STATE_TONES = {
    "todo": "neutral",
    "doing": "accent",
    "done": "good",
    "waived": "neutral",
    "cancelled": "neutral",
}
ACTIONS = {
    "start": _("Start"),
    "finish": _("Done"),
    "record": _("Record that the partner did it"),
    "verify": _("Verify"),
    "refuse": _("Not accepted"),
    "undo": _("Undo: we did not do this"),
    "waive": _("Waive"),
    "cancel": _("Cancel the task"),
    "reopen": _("Open again"),
}
STEPS = {
    "created": _("Created"),
    "changed": _("Changed"),
    "start": _("Started"),
    "finish": _("Done"),
    "record": _("Done, recorded on the partner’s behalf"),
    "verify": _("Verified"),
    "refuse": _("Not accepted"),
    "undo": _("Undone by the partner"),
    "waive": _("Waived"),
    "cancel": _("Cancelled"),
    "reopen": _("Opened again"),
    "settled": _("Settled by what was reported"),
}
STEP_ICONS = {
    "created": "plus",
    "changed": "pencil",
    "start": "player-play",
    "finish": "check",
    "record": "check",
    "verify": "checks",
    "refuse": "arrow-back-up",
    "undo": "arrow-back-up",
    "waive": "flag",
    "cancel": "x",
    "reopen": "refresh",
    "settled": "circle-check",
}
ASKS = {
    "finish": _("What shows it"),
    "record": _("How the partner did it, and how you know"),
    "verify": _("Note"),
    "refuse": _("What is missing"),
    "undo": _("Why"),
    "waive": _("Why it need not be done"),
    "cancel": _("Why"),
    "reopen": _("Why"),
}
