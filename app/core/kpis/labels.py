"""The words that stand for what is stored: categories, frequencies, states."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from wtforms import SelectChoice

from app.core.kpis.models import (
    AGGREGATIONS,
    CATEGORIES,
    DIRECTIONS,
    FREQUENCIES,
    NATURES,
    VALUE_TYPES,
)

WORDS: dict[str, dict[str, object]] = {
    "category": {
        "revenue": lazy_gettext("Revenue"),
        "cost": lazy_gettext("Cost"),
        "acquisition": lazy_gettext("Acquisition"),
        "retention": lazy_gettext("Retention"),
        "market": lazy_gettext("Market"),
        "engagement": lazy_gettext("Engagement"),
        "financial": lazy_gettext("Financial"),
        "operational": lazy_gettext("Operational"),
        "satisfaction": lazy_gettext("Satisfaction"),
        "relationship": lazy_gettext("Relationship"),
        "brand": lazy_gettext("Brand"),
        "milestone": lazy_gettext("Milestones"),
    },
    "value_type": {
        "number": lazy_gettext("Number"),
        "money": lazy_gettext("Money"),
        "percent": lazy_gettext("Percentage"),
        "ratio": lazy_gettext("Ratio of two figures"),
        "duration": lazy_gettext("Duration"),
        "ordinal": lazy_gettext("Level (ordered words)"),
    },
    "direction": {
        "higher": lazy_gettext("Higher is better"),
        "lower": lazy_gettext("Lower is better"),
        "band": lazy_gettext("Best within two bounds"),
    },
    "nature": {
        "flow": lazy_gettext("Adds up over time"),
        "stock": lazy_gettext("A level at a moment"),
    },
    "aggregation": {
        "sum": lazy_gettext("Sum"),
        "mean": lazy_gettext("Mean"),
        "last": lazy_gettext("Last one counts"),
        "ratio": lazy_gettext("Ratio of the sums"),
        "min": lazy_gettext("Lowest"),
        "max": lazy_gettext("Highest"),
    },
    "frequency": {
        "weekly": lazy_gettext("Weekly"),
        "monthly": lazy_gettext("Monthly"),
        "quarterly": lazy_gettext("Quarterly"),
        "half_yearly": lazy_gettext("Half-yearly"),
        "yearly": lazy_gettext("Yearly"),
    },
    "kind": {
        "weekly": lazy_gettext("Week"),
        "monthly": lazy_gettext("Month"),
        "quarterly": lazy_gettext("Quarter"),
        "half_yearly": lazy_gettext("Half"),
        "yearly": lazy_gettext("Year"),
    },
    "submitter": {
        "host": lazy_gettext("We report it"),
        "partner": lazy_gettext("The partner reports it"),
    },
    "state": {
        "submitted": lazy_gettext("Awaits approval"),
        "returned": lazy_gettext("Returned"),
        "approved": lazy_gettext("Approved"),
        "superseded": lazy_gettext("Replaced"),
        "withdrawn": lazy_gettext("Withdrawn"),
        "unknown": lazy_gettext("No longer known"),
        "undone": lazy_gettext("Undone"),
    },
}
TONES = {
    "submitted": "accent",
    "returned": "warning",
    "approved": "good",
    "superseded": "neutral",
    "withdrawn": "neutral",
    "undone": "neutral",
}
_ORDER: Mapping[str, tuple[str, ...]] = {
    "category": CATEGORIES,
    "value_type": VALUE_TYPES,
    "direction": DIRECTIONS,
    "nature": NATURES,
    "aggregation": AGGREGATIONS,
    "frequency": FREQUENCIES,
    "submitter": ("host", "partner"),
}


def kpi_word(kind: str, key: str) -> str:
    """The word for a stored key, in the reader's language; an unknown key stands for itself."""
    return str(WORDS[kind].get(key, key))


def choices(kind: str) -> list[SelectChoice]:
    """What a form's select offers, in the order of the model."""
    return [SelectChoice(key, WORDS[kind][key]) for key in _ORDER[kind]]


def tone(state: str) -> str:
    """The tone of a revision's state, as `ui.state_badge` takes it."""
    return TONES.get(state, "neutral")
