"""The KPI library that ships with the desk (domain specification §2, Defaults).

Definitions are ordinary rows once installed: an organisation renames, changes or retires them.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _

from app.core import audit
from app.core.db import atomic
from app.core.kpis.models import Kpi
from app.core.kpis.services.versions import keep_version


class Entry(NamedTuple):
    """One KPI of the library."""

    code: str
    name: Any
    category: str
    value_type: str
    unit: str
    direction: str
    nature: str
    aggregation: str
    frequency: str
    submitter: str = "host"
    labels: tuple[Any, ...] = ()


_MONTHLY, _QUARTERLY, _HALF_YEARLY = "monthly", "quarterly", "half_yearly"
_SHARE = ("ratio", "%", "higher", "flow", "ratio")  # of parts, which keep their numbers
_COUNT = ("higher", "flow", "sum")
_STATE = ("higher", "stock", "last")

LIBRARY = (
    Entry("REVENUE", _("Revenue"), "revenue", "money", "", *_COUNT, _MONTHLY),
    Entry("REVENUE_NEW", _("Revenue from new business"), "revenue", "money", "", *_COUNT, _MONTHLY),
    Entry("REVENUE_RECURRING", _("Recurring revenue"), "revenue", "money", "", *_COUNT, _MONTHLY),
    Entry("REVENUE_GROWTH", _("Revenue growth"), "revenue", *_SHARE, _MONTHLY),
    Entry("SALES_GROWTH", _("Sales growth"), "revenue", *_SHARE, _MONTHLY),
    Entry(
        "NEW_CUSTOMERS",
        _("New customers"),
        "acquisition",
        "number",
        "",
        *_COUNT,
        _MONTHLY,
        "partner",
    ),
    Entry("LEADS", _("Leads"), "acquisition", "number", "", *_COUNT, _MONTHLY, "partner"),
    Entry(
        "CAC",
        _("Customer acquisition cost"),
        *("acquisition", "money", "", "lower", "flow", "ratio", _MONTHLY),
    ),
    Entry(
        "CPA",
        _("Cost per acquisition"),
        *("cost", "money", "", "lower", "flow", "ratio", _MONTHLY),
    ),
    Entry("COST_SAVING", _("Cost saving"), "cost", *_SHARE, _MONTHLY),
    Entry("RETENTION", _("Customer retention"), "retention", *_SHARE, _QUARTERLY),
    Entry(
        "CHURN",
        _("Customer churn"),
        *("retention", "ratio", "%", "lower", "flow", "ratio", _QUARTERLY),
    ),
    Entry("CLV", _("Customer lifetime value"), "retention", "money", "", *_STATE, _QUARTERLY),
    Entry("NPS", _("Net promoter score"), "satisfaction", "number", "", *_STATE, _QUARTERLY),
    Entry("CSAT", _("Customer satisfaction"), "satisfaction", *_SHARE, _QUARTERLY),
    Entry("MARKET_SHARE", _("Market share"), "market", "percent", "%", *_STATE, _QUARTERLY),
    Entry(
        "RELATIONSHIP", _("Relationship index"), "relationship", "number", "", *_STATE, _HALF_YEARLY
    ),
    Entry(
        "BRAND_ALIGNMENT",
        _("Brand alignment"),
        *("brand", "ordinal", "", *_STATE, _HALF_YEARLY, "host"),
        labels=(_("Low"), _("Medium"), _("High")),
    ),
    Entry("GROSS_MARGIN", _("Gross margin"), "financial", *_SHARE, _QUARTERLY),
    Entry("ROI", _("Return on investment"), "financial", *_SHARE, _QUARTERLY),
    Entry("CTR", _("Click-through rate"), "engagement", *_SHARE, _MONTHLY),
    Entry("TRAFFIC", _("Website visits"), "engagement", "number", "", *_COUNT, _MONTHLY),
    Entry(
        "CONTENT_VIEWS",
        _("Content views"),
        "engagement",
        "number",
        "",
        *_COUNT,
        _MONTHLY,
        "partner",
    ),
    Entry(
        "SOCIAL", _("Social engagement"), "engagement", "number", "", *_COUNT, _MONTHLY, "partner"
    ),
    Entry(
        "EVENT_VISITORS",
        _("Event participation"),
        *("engagement", "number", "", *_COUNT, _MONTHLY, "partner"),
    ),
    Entry("BRAND_VISIBILITY", _("Brand visibility"), "brand", "number", "", *_COUNT, _MONTHLY),
    Entry("ON_TIME", _("On-time delivery"), "operational", *_SHARE, _MONTHLY, "partner"),
    Entry("QUALITY", _("Quality acceptance"), "operational", *_SHARE, _MONTHLY),
    Entry("FILL_RATE", _("Quantity fill rate"), "operational", *_SHARE, _MONTHLY),
    Entry(
        "LEAD_TIME",
        _("Supply lead time"),
        *("operational", "duration", "d", "lower", "flow", "ratio", _MONTHLY, "partner"),
    ),
)


def install(categories: Collection[str] | None = None) -> int:
    """Add the library's KPIs, of all or of some categories; returns how many were new.

    A code that is taken already is left alone. Names are stored in the reader's language.
    """
    with atomic():
        taken = {row[0] for row in Kpi.select(Kpi.code).tuples()}
        new = [
            entry
            for entry in LIBRARY
            if entry.code not in taken and (categories is None or entry.category in categories)
        ]
        for entry in new:
            fields = entry._asdict() | {
                "name": str(entry.name),
                "labels": "\n".join(str(label) for label in entry.labels),
            }
            keep_version(Kpi.create(**fields).id, by=None, note="library")
        if new:
            audit.record("kpi.library", "organisation:1", {"codes": [entry.code for entry in new]})
    return len(new)
