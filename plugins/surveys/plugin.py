"""What this plugin is and where it joins in; the work is done in the modules beside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from wtforms import Form

from app.api import (
    Attention,
    Blueprints,
    CalendarEntry,
    Fact,
    FactKind,
    Hit,
    Link,
    LinkPurpose,
    NavItem,
    NotificationEvent,
    Panel,
    PartnerRef,
    Permission,
    PersonalRows,
    PluginInfo,
    ScheduledJob,
    Subject,
    TimelineEntry,
    Viewer,
    hookimpl,
    translations,
)
from plugins.surveys import (
    blueprints,
    building,  # noqa: F401 - routes, as those below
    demo,
    finding,
    followup_views,  # noqa: F401
    forms,
    joining,
    keeping,
    mailing,
    note_views,  # noqa: F401
    partner_views,  # noqa: F401
    people,
    plan_views,  # noqa: F401
    portal,  # noqa: F401
    public,  # noqa: F401
    publishing,
    question_views,  # noqa: F401
    repeating,
    running,  # noqa: F401
    showing,  # noqa: F401
    telling,
    theme_views,  # noqa: F401
)

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

PLUGIN = PluginInfo(
    name="surveys",
    title=lazy_gettext("Surveys"),
    version="0.1.0",
    description=lazy_gettext("Honest answers from both sides, anonymous where they should be."),
)
HOUR = 3600


@hookimpl
def register_blueprints() -> Blueprints:
    return Blueprints(staff=blueprints.staff, portal=blueprints.portal, public=blueprints.public)


@hookimpl
def register_permissions() -> Sequence[Permission]:
    staff = ("admin", "manager", "viewer")
    return [
        Permission("surveys.view", lazy_gettext("See published surveys, answer own ones"), staff),
        Permission("surveys.manage", lazy_gettext("Make and run surveys"), ("admin", "manager")),
        Permission(
            "surveys.confidential", lazy_gettext("Open confidential answers, on record"), ("admin",)
        ),
        Permission("surveys.portal", lazy_gettext("Answer surveys, see results"), ("contact",)),
    ]


@hookimpl
def register_settings() -> type[Form]:
    return forms.SettingsForm


@hookimpl
def register_jobs() -> Sequence[ScheduledJob]:
    return [
        ScheduledJob(
            "surveys.mail",
            mailing.send_waiting,
            every=300,
            label=lazy_gettext("send invitations and reminders"),
        ),
        ScheduledJob(
            "surveys.daily",
            keeping.daily,
            every=HOUR,
            label=lazy_gettext("close, remind of and repeat surveys"),
        ),
    ]


@hookimpl
def register_notifications() -> Sequence[NotificationEvent]:
    return [
        NotificationEvent(keeping.CLOSED, lazy_gettext("A survey that you run has closed")),
        NotificationEvent(repeating.DUE, lazy_gettext("A survey is to be held again")),
        *telling.EVENTS,
    ]


@hookimpl
def register_link_purposes() -> Sequence[LinkPurpose]:
    label, told = lazy_gettext("Answer a survey"), lazy_gettext("you are asked to answer a survey.")
    return [LinkPurpose(people.LINK, label, told)]


@hookimpl
def register_facts() -> Sequence[FactKind]:
    return publishing.KINDS


@hookimpl
def fact_values(partner_ids: Sequence[int], key: str, as_of: date) -> Mapping[int, Fact]:
    return publishing.values(partner_ids, key, as_of)


@hookimpl
def nav_items() -> Sequence[NavItem]:
    return [
        NavItem(_("Surveys"), "surveys.index", "surveys.view", icon="message-report"),
        NavItem(_("Surveys"), "surveys_portal.index", "surveys.portal", icon="message-report"),
    ]


@hookimpl
def dashboard_cards(viewer: Viewer) -> Sequence[Panel]:
    return [Panel(_("Surveys"), "surveys.summary")] if viewer.can("surveys.view") else []


@hookimpl
def attention_items(viewer: Viewer) -> Sequence[Attention]:
    return joining.attention(viewer) if viewer.can("surveys.view") else []


@hookimpl
def portal_items(viewer: Viewer) -> Sequence[Attention]:
    return joining.owed(viewer) if viewer.can("surveys.portal") else []


@hookimpl
def search_results(query: str, viewer: Viewer, limit: int) -> Sequence[Hit]:
    return finding.found(query, viewer, limit)


@hookimpl
def partner_panels(partner: PartnerRef, viewer: Viewer) -> Sequence[Panel]:
    if not viewer.can("surveys.view"):
        return []
    return [Panel(_("Surveys"), "surveys.partner", {"partner_id": partner.id})]


@hookimpl
def portal_panels(viewer: Viewer) -> Sequence[Panel]:
    if not viewer.can("surveys.portal"):
        return []
    return [Panel(_("Surveys"), "surveys_portal.index")]


@hookimpl
def timeline_entries(
    partner: PartnerRef, viewer: Viewer, before: datetime, limit: int
) -> Sequence[TimelineEntry]:
    if not viewer.can("surveys.view"):
        return []
    return joining.timeline(partner, before, limit)


@hookimpl
def calendar_entries(viewer: Viewer, start: date, end: date) -> Sequence[CalendarEntry]:
    return joining.calendar(viewer, start, end)


@hookimpl
def visible_refs(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    return joining.links(refs, viewer)


@hookimpl
def partners_merged(kept: int, gone: int) -> None:
    joining.merge(kept, gone)


@hookimpl
def export_partner(partner_id: int) -> Mapping[str, Any]:
    return joining.exported(partner_id)


@hookimpl
def personal_data(subject: Subject) -> Sequence[PersonalRows]:
    return joining.held(subject)


@hookimpl
def erase_personal_data(subject: Subject) -> None:
    joining.erase(subject)


@hookimpl
def demo_data() -> None:
    demo.load()
