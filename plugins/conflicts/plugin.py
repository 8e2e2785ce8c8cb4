"""What this plugin is and where it joins in; the work is done in the modules beside.

It offers no fact on purpose: nobody must pay for having raised a problem.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from wtforms import Form

from app.api import (
    Attention,
    Blueprints,
    CalendarEntry,
    Link,
    LinkPurpose,
    NavItem,
    NotificationEvent,
    Objection,
    Panel,
    PartnerRef,
    Permission,
    PersonalRows,
    PluginInfo,
    ScheduledJob,
    Subject,
    SuggestionKind,
    TimelineEntry,
    Viewer,
    asker,
    hookimpl,
    translations,
)
from plugins.conflicts import (
    access,
    blueprints,
    case_views,  # noqa: F401 - its routes
    clockwork,
    contributions,
    demo,
    early,
    links,
    payouts,
    personal,
    portal,  # noqa: F401 - its routes
    references,
    settings_form,
    suggestions,
    telling,
    views,  # noqa: F401 - its routes
)

_ = translations("conflicts").gettext
lazy_gettext = translations("conflicts").lazy_gettext

PLUGIN = PluginInfo(
    name="conflicts",
    title=lazy_gettext("Conflicts"),
    version="0.1.0",
    description=lazy_gettext("From first disagreement to a signed settlement."),
)
EVERY = 300  # seconds between two looks at the clocks
DAY = 24 * 3600


@hookimpl
def register_blueprints() -> Blueprints:
    return Blueprints(staff=blueprints.staff, portal=blueprints.portal)


@hookimpl
def register_permissions() -> Sequence[Permission]:
    staff = ("admin", "manager")
    return [
        Permission("conflicts.view", lazy_gettext("See patterns of conflicts"), (*staff, "viewer")),
        Permission("conflicts.act", lazy_gettext("Take part in cases"), staff),
        Permission(
            "conflicts.appoint",
            lazy_gettext("Propose mediators, look into cases on record"),
            ("admin",),
        ),
        Permission(
            "conflicts.portal", lazy_gettext("Take part in one’s own cases"), ("contact", "guest")
        ),
        Permission("conflicts.raise", lazy_gettext("Raise a case"), ("contact",)),
    ]


@hookimpl
def register_settings() -> type[Form]:
    return settings_form.SettingsForm


@hookimpl
def register_jobs() -> Sequence[ScheduledJob]:
    return [
        ScheduledJob(
            "conflicts.clocks",
            clockwork.tick,
            every=EVERY,
            slow=True,
            label=lazy_gettext("look after the clocks of cases"),
        ),
        ScheduledJob(
            "conflicts.logs",
            clockwork.look_at_what_is_over,
            every=DAY,
            slow=True,
            label=lazy_gettext("check the logs of cases that are over"),
        ),
        ScheduledJob(
            "conflicts.early",
            early.look_at_figures,
            every=DAY,
            label=lazy_gettext("suggest cases where figures stay red"),
        ),
    ]


@hookimpl
def register_notifications() -> Sequence[NotificationEvent]:
    everybody = ("admin", "manager", "contact", "guest")
    return [
        NotificationEvent(
            telling.MOVED, lazy_gettext("Something happened in a case of mine"), roles=everybody
        ),
        NotificationEvent(
            telling.RECORDED,
            lazy_gettext("Something was recorded on our behalf in a case"),
            roles=("contact",),
        ),
        NotificationEvent(
            telling.GLASS,
            lazy_gettext("An administrator looked into a case of mine"),
            roles=everybody,
        ),
        NotificationEvent(
            telling.UNREADABLE,
            lazy_gettext("The log of a case cannot be read"),
            roles=("admin",),
        ),
        NotificationEvent(
            telling.CLOCK, lazy_gettext("A time of a case is nearly over, or over"), roles=everybody
        ),
    ]


@hookimpl
def register_link_purposes() -> Sequence[LinkPurpose]:
    return links.purposes()


@hookimpl
def register_suggestion_kinds() -> Sequence[SuggestionKind]:
    return suggestions.kinds()


@hookimpl
def nav_items() -> Sequence[NavItem]:
    return [NavItem(_("Conflicts"), "conflicts.index", "conflicts.view", icon="heart-handshake")]


@hookimpl
def attention_items(viewer: Viewer) -> Sequence[Attention]:
    return contributions.attention(viewer) if viewer.can("conflicts.act") else []


@hookimpl
def partner_panels(partner: PartnerRef, viewer: Viewer) -> Sequence[Panel]:
    if not viewer.can("conflicts.act"):
        return []
    return [Panel(_("Conflicts"), "conflicts.partner", {"partner_id": partner.id})]


@hookimpl
def portal_panels(viewer: Viewer) -> Sequence[Panel]:
    if not viewer.can("conflicts.raise"):
        return []
    return [Panel(_("Disagreements"), "conflicts_portal.index")]


@hookimpl
def timeline_entries(
    partner: PartnerRef, viewer: Viewer, before: datetime, limit: int
) -> Sequence[TimelineEntry]:
    if not viewer.can("conflicts.act"):
        return []
    return contributions.timeline(partner, viewer, before, limit)


@hookimpl
def calendar_entries(viewer: Viewer, start: date, end: date) -> Sequence[CalendarEntry]:
    if not (viewer.can("conflicts.act") or viewer.can("conflicts.portal")):
        return []
    return contributions.calendar(viewer, start, end)


@hookimpl
def visible_refs(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    return references.links(refs, viewer)


@hookimpl
def task_changed(task: int) -> None:
    contributions.note_task(task)


@hookimpl
def task_overdue(task: int, times: int) -> None:
    contributions.note_task(task)
    early.task_missed(task, times)


@hookimpl
def partners_merged(kept: int, gone: int) -> None:
    access.merged(kept, gone)


@hookimpl
def export_partner(partner_id: int) -> Mapping[str, Any]:
    return contributions.outline_of(partner_id, asker())


@hookimpl
def personal_data(subject: Subject) -> Sequence[PersonalRows]:
    return personal.held(subject)


@hookimpl
def erase_personal_data(subject: Subject) -> None:
    personal.erase(subject)


@hookimpl(optionalhook=True)
def incentives_payout_objections(partner_id: int, period: str) -> Sequence[Objection]:
    return payouts.objections(partner_id, period)


@hookimpl
def demo_data() -> None:
    demo.load()
