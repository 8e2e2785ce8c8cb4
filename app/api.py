"""The one module that a plugin imports, version 1.

What stands here is kept compatible: it is deprecated for two releases before it goes.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import abort, current_app, g
from flask_babel import Domain

import plugins
from app.assets import root_folder
from app.core.accounts.queries import Settings, current_settings, people
from app.core.accounts.who_is_who import (
    AccountRow,
    ContactRow,
    departments,
    executives,
    line_managers,
    partner_contacts,
    partner_staff,
    staff_accounts,
)
from app.core.audit import Change
from app.core.audit import Ref as AuditRef
from app.core.audit import record as audit
from app.core.business_time import (
    BusinessCalendar,
    add_business_days,
    add_business_time,
    business_time_between,
)
from app.core.calendar.ics import icalendar
from app.core.chains import ChainedModel
from app.core.chains import append as add_to_chain
from app.core.clock import now
from app.core.contract import (
    Approval,
    Attention,
    Badge,
    Blueprints,
    CalendarEntry,
    Effect,
    Fact,
    FactKind,
    Hit,
    KpiFigure,
    Link,
    LinkPurpose,
    NavItem,
    NotificationEvent,
    Objection,
    Panel,
    PartnerRef,
    Permission,
    PersonalFile,
    PersonalRows,
    PluginInfo,
    ScheduledJob,
    Subject,
    Suggestion,
    SuggestionDraft,
    SuggestionKind,
    TimelineEntry,
    Viewer,
)
from app.core.db import (
    AppendOnlyModel,
    Model,
    atomic,
    create_append_only,
    database,
    forget_deleted,
    lock,
    upsert,
)
from app.core.documents.services import add_document, add_version, store_document
from app.core.events import enqueue
from app.core.facts import fact_kinds, facts
from app.core.files.owners import register_owner
from app.core.files.services import store_file
from app.core.form_fields import (
    CheckboxListField,
    RowsField,
    VersionField,
    WholeNumberField,
    blame,
    options,
    strip,
)
from app.core.grants.queries import grants_of, is_granted
from app.core.grants.services import break_glass, grant, invite_guest, revoke_grants
from app.core.history import words as _history_words
from app.core.hookspecs import hookimpl, hookspec
from app.core.ids import row_id
from app.core.kept import kept
from app.core.kpis.book import KpiBook, streaks
from app.core.kpis.book import read as kpi_book
from app.core.kpis.fields import QuantityField
from app.core.kpis.impact import proposed_scorecards
from app.core.kpis.models import Kpi
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.presentation import figure, percent, period_label
from app.core.kpis.queries import (
    KpiRow,
    Point,
    RevisionRow,
    ScoreRow,
    definitions,
    kpi_series,
    latest_period_with_values,
    periods_with_values,
    revisions,
    scorecards,
)
from app.core.kpis.rules import Result, Streak, is_closed
from app.core.kpis.services import ValueRow, record_kpi_values
from app.core.kpis.tally import Card
from app.core.links.purposes import OpenLink
from app.core.links.queries import is_allowed as link_allowed
from app.core.links.services import finish as finish_link
from app.core.links.services import send_link, task_link
from app.core.logic import Answer, all_of, any_of, points
from app.core.messages.languages import written_for
from app.core.messages.services import external_url, notify, queue_mail, site_path
from app.core.money import Money, MoneyError, round_half_away, split
from app.core.money import exponent as currency_exponent
from app.core.once import OnceField, once_key
from app.core.partners import queries as _partners
from app.core.partners.addressees import (
    Addressee,
    addressees,
    contacts_of,
    partner_tags,
    returned_mails,
    tagged,
)
from app.core.partners.goal_queries import NamedGoal, find_goals
from app.core.partners.labels import TYPES as _PARTNER_TYPES
from app.core.partners.models import Partner
from app.core.partners.queries import own as own_partners
from app.core.partners.queries import readable
from app.core.periods import Calendar, Kind, Period
from app.core.personal.texts import erase_names
from app.core.published import ask, objections
from app.core.quantities import MILLION, QuantityError, to_fraction
from app.core.refs import id_of as ref_id
from app.core.refs import visible as visible_refs
from app.core.refusals import Refusal
from app.core.settings.business_calendar import business_calendar, holidays
from app.core.suggestions.queries import is_suggested, suggestion_or_404
from app.core.suggestions.services import settle_suggestion, suggest
from app.core.suppression import hidden_cells
from app.core.tasks.queries import TaskRow
from app.core.tasks.queries import by_id as tasks
from app.core.tasks.services import cancel_task, create_task, settle_task
from app.pdf import pdf
from app.security import confirm_identity, public, requires
from app.tables import Column
from app.tables import download as download_table
from app.tables import wanted as wanted_format
from app.web import Page, is_partial, page_number, render, saved

CORE_TRANSLATIONS = root_folder("translations")

__all__ = [
    "MILLION",
    "AccountRow",
    "Addressee",
    "Answer",
    "AppendOnlyModel",
    "Approval",
    "Attention",
    "AuditRef",
    "Badge",
    "Blueprints",
    "BusinessCalendar",
    "Calendar",
    "CalendarEntry",
    "Card",
    "ChainedModel",
    "Change",
    "CheckboxListField",
    "Column",
    "ContactRow",
    "Effect",
    "Fact",
    "FactKind",
    "Hit",
    "Kind",
    "Kpi",
    "KpiBook",
    "KpiFigure",
    "KpiRow",
    "Link",
    "LinkPurpose",
    "Model",
    "Money",
    "MoneyError",
    "NamedGoal",
    "NavItem",
    "NotificationEvent",
    "Objection",
    "OnceField",
    "OpenLink",
    "Page",
    "Panel",
    "Partner",
    "PartnerRef",
    "Period",
    "Permission",
    "PersonalFile",
    "PersonalRows",
    "PluginInfo",
    "Point",
    "QuantityError",
    "QuantityField",
    "Refusal",
    "Result",
    "RevisionRow",
    "RowsField",
    "ScheduledJob",
    "ScoreRow",
    "Streak",
    "Subject",
    "Suggestion",
    "SuggestionDraft",
    "SuggestionKind",
    "TaskRow",
    "TimelineEntry",
    "ValueRow",
    "VersionField",
    "Viewer",
    "WholeNumberField",
    "add_document",
    "add_to_chain",
    "add_version",
    "addressees",
    "all_of",
    "any_of",
    "ask",
    "asker",
    "atomic",
    "audit",
    "blame",
    "break_glass",
    "business_calendar",
    "business_day",
    "business_hours_between",
    "business_time",
    "cancel_task",
    "confirm_identity",
    "contacts_of",
    "create_append_only",
    "create_task",
    "currency_exponent",
    "database",
    "departments",
    "download_table",
    "editable_partner",
    "enqueue",
    "erase_names",
    "executives",
    "external_url",
    "fact_kinds",
    "facts",
    "figure",
    "find_goals",
    "finish_link",
    "forget_deleted",
    "grant",
    "grants_of",
    "hidden_cells",
    "holidays",
    "home_period",
    "hookimpl",
    "hookspec",
    "icalendar",
    "invite_guest",
    "is_closed",
    "is_granted",
    "is_partial",
    "is_suggested",
    "kept",
    "kpi_book",
    "kpi_series",
    "kpis",
    "line_managers",
    "link_allowed",
    "lock",
    "name_history",
    "notify",
    "now",
    "objections",
    "once_key",
    "options",
    "organisation",
    "own_partners",
    "page_number",
    "partner_contacts",
    "partner_or_404",
    "partner_staff",
    "partner_tags",
    "partner_types",
    "pdf",
    "people",
    "percent",
    "period_argument",
    "period_label",
    "period_switch",
    "periods_with_values",
    "points",
    "proposed_scorecards",
    "public",
    "queue_mail",
    "reachable_contacts",
    "readable",
    "record_kpi_values",
    "ref_id",
    "register_owner",
    "render",
    "requires",
    "returned_mails",
    "revisions",
    "revoke_grants",
    "round_half_away",
    "row_id",
    "saved",
    "scorecards",
    "send_link",
    "settings",
    "settle_suggestion",
    "settle_task",
    "site_path",
    "split",
    "staff_accounts",
    "store_document",
    "store_file",
    "streaks",
    "strip",
    "suggest",
    "suggestion_or_404",
    "tagged",
    "task_link",
    "tasks",
    "to_fraction",
    "translations",
    "upsert",
    "viewer",
    "visible_refs",
    "wanted_format",
    "written_for",
]


def viewer() -> Viewer:
    """Who asks; only inside a request, behind a view that declares a permission."""
    if g.viewer is None:
        abort(401)
    return g.viewer


def asker() -> Viewer | None:
    """Who asks, or None where nobody does: a job, or a command of whoever runs the desk."""
    found: Viewer | None = g.get("viewer")
    return found


def partner_or_404(partner_id: int) -> PartnerRef:
    """The partner as the present viewer may see it; a foreign or missing id answers 404."""
    partner = _partners.get(partner_id, viewer())
    return PartnerRef(partner.id, partner.code, partner.name, partner.status)


def editable_partner(partner_id: int) -> PartnerRef:
    """The partner for a change by the present viewer: 404 unseen, 403 where reading is all."""
    partner = _partners.editable(viewer(), partner_id)
    return PartnerRef(partner.id, partner.code, partner.name, partner.status)


def name_history(actions: Mapping[str, Any], fields: Mapping[str, Any] | None = None) -> None:
    """Words of a plugin's own actions ("incentives.note_added") and fields in the history.

    Called at the plugin's import; labels are lazily translated, and core's words hold.
    """
    _history_words.register(actions, fields)


def reachable_contacts(partner_id: int) -> list[tuple[int, str]]:
    """The partner's own contacts with an e-mail address: ids and names, the primary one first.

    Check the viewer's right to the partner first.
    """
    return [(person.id, person.name) for person in _partners.contacts_with_address(partner_id)]


def home_period() -> Period | None:
    """The latest period with approved figures that the viewer may see: what pages open on.

    Only inside a request; None while nothing is approved.
    """
    if "home_period" not in g:
        g.home_period = latest_period_with_values(viewer=viewer())
    found: Period | None = g.home_period
    return found


def partner_types() -> dict[str, str]:
    """The types that a partner may be of, by key, in the reader's language."""
    return {key: str(label) for key, label in _PARTNER_TYPES.items()}


def organisation() -> Settings:
    """The host organisation's settings: name, currency, time zone, calendar, today."""
    return current_settings()


def business_time(
    start: datetime, hours: float, calendar: BusinessCalendar | None = None
) -> datetime:
    """When so many of the organisation's business hours have passed since a moment (naive UTC).

    Its weekdays, opening hours, public holidays and own days off are those of the settings; who
    asks often reads them once, with `business_calendar`.
    """
    return add_business_time(start, timedelta(hours=hours), calendar or business_calendar())


def business_hours_between(
    start: datetime, end: datetime, calendar: BusinessCalendar | None = None
) -> float:
    """How many business hours pass between two moments (naive UTC); 0 where `end` is not later."""
    calendar = calendar or business_calendar()
    return business_time_between(start, end, calendar) / timedelta(hours=1)


def business_day(day: date, n: int) -> date:
    """The n-th business day after a day, or before it for a negative n; 0 is the day itself."""
    return add_business_days(day, n, business_calendar())


def kpis(active_only: bool = True) -> dict[int, KpiRow]:
    """The KPIs by id, in the order of their categories and codes."""
    return definitions(active_only)


@cache
def translations(plugin: str) -> Domain:
    """A plugin's own catalogue: `_ = translations("incentives").gettext`.

    Core's strings hold where both have one; `lazy_gettext` serves labels made at import.
    """
    folders = [Path(folder) / plugin / "translations" for folder in plugins.__path__]
    own = [str(folder) for folder in folders if folder.is_dir()]
    return Domain([*own, str(CORE_TRANSLATIONS)])


def settings(plugin: str) -> dict[str, Any]:
    """A plugin's settings: its form's defaults, overlaid with what an administrator saved."""
    values: dict[str, Any] = current_app.extensions["entente"].host.settings(plugin)
    return values
