"""The KPI library that ships with the desk (domain specification §2, Defaults).

Definitions are ordinary rows once installed: an organisation renames, changes or retires them.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _

from app.core import audit
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import sql
from app.core.kpis.models import Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rules.formula import parse
from app.core.kpis.services.formulas import hold_formulas, work_out
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
    formula: str = ""


_MONTHLY, _QUARTERLY, _HALF_YEARLY = "monthly", "quarterly", "half_yearly"
_SHARE = ("ratio", "%", "higher", "flow", "ratio")  # of parts, which keep their numbers
_COUNT = ("higher", "flow", "sum")
_STATE = ("higher", "stock", "last")

LIBRARY = (
    Entry("REVENUE", _("Revenue"), "revenue", "money", "", *_COUNT, _MONTHLY),
    Entry("REVENUE_NEW", _("Revenue from new business"), "revenue", "money", "", *_COUNT, _MONTHLY),
    Entry("REVENUE_RECURRING", _("Recurring revenue"), "revenue", "money", "", *_COUNT, _MONTHLY),
    Entry(
        "REVENUE_GROWTH",
        _("Revenue growth"),
        *("revenue", *_SHARE, _MONTHLY),
        formula="(REVENUE - prior(REVENUE)) / abs(prior(REVENUE))",
    ),
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
        formula="ACQUISITION_COST / NEW_CUSTOMERS",
    ),
    Entry(
        "ACQUISITION_COST",
        _("Cost of acquiring customers"),
        *("acquisition", "money", "", "lower", "flow", "sum", _MONTHLY),
    ),
    Entry(
        "CPA",
        _("Cost per acquisition"),
        *("cost", "money", "", "lower", "flow", "ratio", _MONTHLY),
    ),
    Entry(
        "COST_SAVING",
        _("Cost saving"),
        *("cost", *_SHARE, _MONTHLY),
        formula="(BASELINE_COST - ACTUAL_COST) / BASELINE_COST",
    ),
    Entry(
        "BASELINE_COST",
        _("Cost as it was before"),
        *("cost", "money", "", "lower", "flow", "sum", _MONTHLY),
    ),
    Entry("ACTUAL_COST", _("Actual cost"), "cost", "money", "", "lower", "flow", "sum", _MONTHLY),
    Entry(
        "RETENTION",
        _("Customer retention"),
        *("retention", *_SHARE, _QUARTERLY),
        formula="(CUSTOMERS_CLOSING - NEW_CUSTOMERS) / CUSTOMERS_OPENING",
    ),
    Entry(
        "CHURN",
        _("Customer churn"),
        *("retention", "ratio", "%", "lower", "flow", "ratio", _QUARTERLY),
        formula="(CUSTOMERS_OPENING + NEW_CUSTOMERS - CUSTOMERS_CLOSING) / CUSTOMERS_OPENING",
    ),
    Entry(
        "CUSTOMERS_OPENING",
        _("Customers at the beginning"),
        *("retention", "number", "", "higher", "stock", "last", _QUARTERLY),
    ),
    Entry(
        "CUSTOMERS_CLOSING",
        _("Customers at the end"),
        *("retention", "number", "", "higher", "stock", "last", _QUARTERLY),
    ),
    Entry(
        "ARPA",
        _("Revenue per customer"),
        *("retention", "money", "", *_STATE, _QUARTERLY),
    ),
    Entry(
        "CLV",
        _("Customer lifetime value"),
        *("retention", "money", "", *_STATE, _QUARTERLY),
        formula="ARPA * GROSS_MARGIN * lifetime(CHURN, 60)",
    ),
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
    Entry(
        "GROSS_MARGIN",
        _("Gross margin"),
        *("financial", *_SHARE, _QUARTERLY),
        formula="(REVENUE - DIRECT_COST) / REVENUE",
    ),
    Entry(
        "ROI",
        _("Return on investment"),
        *("financial", *_SHARE, _QUARTERLY),
        formula="(REVENUE - DIRECT_COST - INVESTMENT) / INVESTMENT",
    ),
    Entry(
        "DIRECT_COST",
        _("Direct cost"),
        *("financial", "money", "", "lower", "flow", "sum", _MONTHLY),
    ),
    Entry(
        "INVESTMENT",
        _("Cost of the partnership"),
        *("financial", "money", "", "lower", "flow", "sum", _MONTHLY),
    ),
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


CATEGORIES = tuple(dict.fromkeys(entry.category for entry in LIBRARY))
_BY_CODE = {entry.code: entry for entry in LIBRARY}


class Shelf(NamedTuple):
    """One category of the library as it stands on this desk."""

    category: str
    entries: tuple[Entry, ...]
    on: frozenset[str]  # codes of entries in use
    used: frozenset[str]  # codes of entries with figures or targets

    @property
    def is_on(self) -> bool:
        """Whether anything of it is in use."""
        return bool(self.on)


def shelves() -> list[Shelf]:
    """The library by category, with what is in use here."""
    codes = list(_BY_CODE)
    rows = sql.rows(
        "SELECT code, active, EXISTS (SELECT 1 FROM target t WHERE t.kpi_id = kpi.id)"
        " OR EXISTS (SELECT 1 FROM revision r WHERE r.kpi_id = kpi.id) FROM kpi"
        f" WHERE code IN ({sql.marks(len(codes))})",
        *codes,
    )
    on = {code for code, active, _used in rows if active}
    used = {code for code, _active, used in rows if used}
    found = []
    for category in CATEGORIES:
        entries = tuple(entry for entry in LIBRARY if entry.category == category)
        own = {entry.code for entry in entries}
        found.append(Shelf(category, entries, frozenset(own & on), frozenset(own & used)))
    return found


def install(categories: Collection[str] | None = None, by: int | None = None) -> int:
    """Add the library's KPIs, of all or of some categories; returns how many were new.

    What the formulas of these read comes along. A code that is taken already is left alone. Names
    are stored in the reader's language.
    """
    with atomic():
        taken = {row[0] for row in Kpi.select(Kpi.code).tuples()}
        new = [entry for entry in _with_inputs(categories) if entry.code not in taken]
        for entry in new:
            fields = entry._asdict() | {
                "name": str(entry.name),
                "labels": "\n".join(str(label) for label in entry.labels),
            }
            keep_version(Kpi.create(**fields).id, by=by, note="library")
        if new:
            audit.record("kpi.library", "organisation:1", {"codes": [entry.code for entry in new]})
    return len(new)


def switch(wanted: Collection[str], *, by: Viewer) -> tuple[int, int]:
    """Have just these categories of the library in use; returns how many KPIs came and went.

    KPIs with figures or targets stay in use, and so does what a formula in use reads. Others are
    retired, not deleted: switched on again they are back as they were.
    """
    if not by.can("kpis.define"):
        raise KpiRefusal("Definitions are not yours to change.")
    with atomic():
        hold_formulas()
        standing = shelves()
        in_use = frozenset().union(*(shelf.on for shelf in standing))
        turned_on = {s.category for s in standing if s.category in wanted and not s.is_on}
        turned_off = {s.category for s in standing if s.category not in wanted and s.is_on}
        came = install(turned_on, by=by.user_id) if turned_on else 0
        back = {entry.code for entry in _with_inputs(turned_on)} if turned_on else set()
        came += _set_active(back - in_use, True, by)
        used = frozenset().union(*(shelf.used for shelf in standing))
        gone = {e.code for e in LIBRARY if e.category in turned_off and e.code not in used | back}
        went = _set_active(gone - _read_by_others(gone), False, by)
        if came or went:
            detail = {"on": sorted(turned_on), "off": sorted(turned_off)}
            audit.record("kpi.library_switched", "organisation:1", detail)
    return came, went


def _with_inputs(categories: Collection[str] | None) -> list[Entry]:
    """The entries of these categories and all that their formulas read, in the library's order."""
    wanted = {e.code for e in LIBRARY if categories is None or e.category in categories}
    waiting = list(wanted)
    while waiting:
        formula = _BY_CODE[waiting.pop()].formula
        for needed in parse(formula).inputs if formula else ():
            if needed.code not in wanted:
                wanted.add(needed.code)
                waiting.append(needed.code)
    return [entry for entry in LIBRARY if entry.code in wanted]


def _read_by_others(gone: Collection[str]) -> set[str]:
    """Which of these codes a formula reads that stays in use, and what those read in turn."""
    formulas = dict(sql.rows("SELECT code, formula FROM kpi WHERE formula <> '' AND active"))
    kept: set[str] = set()
    waiting = [formula for code, formula in formulas.items() if code not in gone]
    while waiting:
        for needed in parse(waiting.pop()).inputs:
            if needed.code in gone and needed.code not in kept:
                kept.add(needed.code)
                if needed.code in formulas:
                    waiting.append(formulas[needed.code])
    return kept


def _set_active(codes: Collection[str], active: bool, by: Viewer) -> int:
    """Take KPIs into use or out of it, each in a new version; returns how many changed."""
    changed = 0
    for kpi in Kpi.select().where(Kpi.code.in_(list(codes)), Kpi.active != active):
        Kpi.update(active=active, version=Kpi.version + 1).where(Kpi.id == kpi.id).execute()
        keep_version(kpi.id, by=by.user_id, note="library")
        changed += 1
        if active and kpi.formula:
            work_out(kpi.id)
    return changed
