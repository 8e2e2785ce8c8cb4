"""The words that some columns hold: what a file from elsewhere may say there."""

from app.core.kpis.models import TARGET_STATES
from app.core.partners import models as partners

SIDES = partners.SIDES
ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("partner", "type"): partners.TYPES,
    ("partner", "status"): partners.STATUSES,
    ("contact", "side"): SIDES,
    ("contact", "level"): ("operational", "executive"),
    ("revision", "state"): (
        "submitted",
        "returned",
        "approved",
        "superseded",
        "withdrawn",
        "unknown",
    ),
    ("target_revision", "state"): tuple(TARGET_STATES),
    ("value_comment", "visibility"): ("internal", "shared"),
    ("partner_goal", "visibility"): ("internal", "shared"),
}
