"""What this plugin is and where it joins in; the work is done in the modules beside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from wtforms import Form

from app.api import (
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
    hookimpl,
    translations,
)
from plugins.incentives import (
    blueprints,
    demo,
    forms,
    hookspecs,
    references,
    search,
    suggestions,
)
from plugins.incentives.ledger import attention as money_attention
from plugins.incentives.ledger import demo as money_demo
from plugins.incentives.ledger import effects as money_effects
from plugins.incentives.ledger import (
    entry_views,  # noqa: F401 - its routes
    payout_views,  # noqa: F401 - its routes
    statement_views,  # noqa: F401 - its routes
)
from plugins.incentives.ledger import panels as money_panels
from plugins.incentives.ledger import personal as money_personal
from plugins.incentives.ledger import references as money_references
from plugins.incentives.ledger import services as ledger
from plugins.incentives.ledger import telling as money_telling
from plugins.incentives.ledger import transfer as money_transfer
from plugins.incentives.programmes import references as programme_references
from plugins.incentives.programmes import telling as programme_telling
from plugins.incentives.programmes import views as programme_views
from plugins.incentives.programmes.queries import running
from plugins.incentives.programmes.routes import ROUTES  # noqa: F401 - they register themselves
from plugins.incentives.rewards import demo as honours_demo
from plugins.incentives.rewards import (
    granting,
    occasions,
    recognising,
    signals,
    sweep,
    transfer,
)
from plugins.incentives.rewards import people as honours_people
from plugins.incentives.rewards import refs as honour_refs
from plugins.incentives.rewards.routes import ROUTES as HONOURS  # noqa: F401 - likewise
from plugins.incentives.simulation import views as simulation_views  # noqa: F401 - its routes
from plugins.incentives.standing import (
    agenda,
    deciding,  # noqa: F401 - its routes
    effects,
    evaluating,
    facts,
    following,
    links,
    portal,  # noqa: F401 - its routes
    questions,
    telling,
    timeline,
    views,  # noqa: F401 - its routes
)
from plugins.incentives.standing import demo as standing_demo
from plugins.incentives.standing import transfer as places

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

PLUGIN = PluginInfo(
    name="incentives",
    title=lazy_gettext("Incentives"),
    version="0.1.0",
    description=lazy_gettext("Programmes with tiers that explain themselves."),
    publishes=hookspecs,
)
HOUR = 3600


@hookimpl
def register_blueprints() -> Blueprints:
    return Blueprints(staff=blueprints.staff, portal=blueprints.portal)


@hookimpl
def register_permissions() -> Sequence[Permission]:
    return [
        Permission(
            "incentives.view", lazy_gettext("See partners’ tiers"), ("admin", "manager", "viewer")
        ),
        Permission(
            "incentives.note", lazy_gettext("Write notes beside a tier"), ("admin", "manager")
        ),
        Permission(
            "incentives.programmes", lazy_gettext("Draft and publish programmes"), ("admin",)
        ),
        Permission(
            "incentives.simulate",
            lazy_gettext("Simulate other rules and figures, with what they would cost"),
            ("admin", "manager"),
        ),
        Permission(
            "incentives.recognise",
            lazy_gettext("Publish recognitions and give benefits"),
            ("admin", "manager"),
        ),
        Permission(
            "incentives.money",
            lazy_gettext("See the ledger, decide on lines of one’s own partners"),
            ("admin", "manager"),
        ),
        Permission("incentives.payouts", lazy_gettext("Approve and confirm payouts"), ("admin",)),
        Permission("incentives.portal", lazy_gettext("See one’s own tier"), ("contact",)),
        Permission(
            "incentives.enrol",
            lazy_gettext("Enrol own partners and decide on their tiers"),
            ("admin", "manager"),
        ),
        Permission(
            "incentives.override", lazy_gettext("Approve tiers that are set by hand"), ("admin",)
        ),
    ]


@hookimpl
def register_settings() -> type[Form]:
    return forms.SettingsForm


@hookimpl
def register_jobs() -> Sequence[ScheduledJob]:
    return [
        ScheduledJob(
            evaluating.JOB,
            evaluating.evaluate_due,
            every=HOUR,
            label=lazy_gettext("evaluate the tiers that are due"),
        ),
        ScheduledJob(
            "incentives.rewards",
            sweep.daily,
            every=6 * HOUR,
            label=lazy_gettext("bring benefits up to date"),
        ),
        ScheduledJob(
            "incentives.accrue",
            ledger.accrue_all,
            every=24 * HOUR,
            label=lazy_gettext("write what was earned into the ledger"),
        ),
        ScheduledJob(
            "incentives.release",
            ledger.release,
            every=HOUR,
            label=lazy_gettext("release ledger lines whose hold is over"),
        ),
    ]


@hookimpl
def register_notifications() -> Sequence[NotificationEvent]:
    return [
        *telling.EVENTS,
        NotificationEvent(
            programme_telling.EVENT,
            lazy_gettext("A programme’s rules change"),
            roles=("admin", "manager", "contact"),
        ),
        NotificationEvent(
            recognising.EVENT, lazy_gettext("You are recognised for something"), roles=("contact",)
        ),
        NotificationEvent(
            granting.EVENT,
            lazy_gettext("A benefit is granted, given or taken back"),
            default="daily",
            roles=("contact",),
        ),
        *money_telling.events(),
    ]


@hookimpl
def register_link_purposes() -> Sequence[LinkPurpose]:
    return [links.purpose()]


@hookimpl
def register_facts() -> Sequence[FactKind]:
    return facts.KINDS


@hookimpl
def fact_values(partner_ids: Sequence[int], key: str, as_of: date) -> Mapping[int, Fact]:
    return facts.values(partner_ids, key, as_of)


@hookimpl
def register_suggestion_kinds() -> Sequence[SuggestionKind]:
    return suggestions.kinds()


@hookimpl
def nav_items() -> Sequence[NavItem]:
    return [NavItem(_("Incentives"), "incentives.index", "incentives.view", icon="award")]


@hookimpl
def dashboard_cards(viewer: Viewer) -> Sequence[Panel]:
    if not viewer.can("incentives.view"):
        return []
    return [Panel(_("Tiers"), "incentives.summary")]


@hookimpl
def partner_panels(partner: PartnerRef, viewer: Viewer) -> Sequence[Panel]:
    if not viewer.can("incentives.view"):
        return []
    about = {"partner_id": partner.id}
    return [
        Panel(_("Tier"), "incentives.partner", about),
        Panel(_("Recognitions and benefits"), "incentives.partner_recognitions", about, order=110),
        *money_panels.of_partner(partner, viewer),
    ]


@hookimpl
def partner_badges(partners: Sequence[PartnerRef], viewer: Viewer) -> dict[int, Sequence[Badge]]:
    if not viewer.can("incentives.view"):
        return {}
    tiers, badges = agenda.badges(partners), signals.badges(partners)
    return {id_: [*tiers.get(id_, ()), *badges.get(id_, ())] for id_ in {*tiers, *badges}}


@hookimpl
def timeline_entries(
    partner: PartnerRef, viewer: Viewer, before: datetime, limit: int
) -> Sequence[TimelineEntry]:
    if not viewer.can("incentives.view"):
        return []
    return [
        *timeline.entries(partner, before, limit),
        *signals.timeline(partner, before, limit),
        *money_panels.timeline(partner, viewer, before, limit),
    ]


@hookimpl
def calendar_entries(viewer: Viewer, start: date, end: date) -> Sequence[CalendarEntry]:
    if viewer.can("incentives.portal"):
        return signals.calendar(viewer, start, end)
    if not viewer.can("incentives.view"):
        return []
    return [*agenda.calendar(viewer, start, end), *signals.calendar(viewer, start, end)]


@hookimpl
def portal_panels(viewer: Viewer) -> Sequence[Panel]:
    if not viewer.can("incentives.portal"):
        return []
    return [
        Panel(_("Your tier"), "incentives_portal.index"),
        Panel(_("Recognitions and benefits"), "incentives_portal.recognitions", order=110),
        Panel(_("Your statement"), "incentives_portal.own_statement", order=105),
    ]


@hookimpl
def search_results(query: str, viewer: Viewer, limit: int) -> Sequence[Hit]:
    return search.results(query, viewer, limit)


@hookimpl
def visible_refs(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    slices = (references, programme_references, honour_refs, money_references)
    return {ref: link for one in slices for ref, link in one.links(refs, viewer).items()}


@hookimpl
def kpi_restatement_effects(proposed: KpiFigure) -> Sequence[Effect]:
    return [*effects.restatement_effects(proposed), *money_effects.restatement_effects(proposed)]


@hookimpl
def kpis_approved(value_ids: Sequence[int]) -> None:
    following.figures(value_ids)
    occasions.targets_after(value_ids)
    ledger.accrue_after(value_ids)


@hookimpl
def kpis_restated(value_ids: Sequence[int]) -> None:
    following.figures(value_ids)
    ledger.accrue_after(value_ids)


@hookimpl
def targets_changed(partner_ids: Sequence[int]) -> None:
    evaluating.evaluate_partners(partner_ids)
    ledger.accrue_later(partner_ids)


@hookimpl
def partner_status_changed(partner: int) -> None:
    evaluating.evaluate_partners([partner])


@hookimpl
def attention_items(viewer: Viewer, now: datetime) -> Sequence[Attention]:
    if not viewer.can("incentives.view"):
        return []
    programmes = running()  # read once: this is asked for with every home page
    found = programme_views.attention(viewer, programmes)
    found += agenda.attention(viewer, now, programmes)
    if viewer.can("incentives.recognise"):
        found += signals.attention(viewer)
    return [*found, *money_attention.attention(viewer)] if viewer.can("incentives.money") else found


@hookimpl
def approval_items(viewer: Viewer) -> Sequence[Approval]:
    tiers = agenda.approvals(viewer) if viewer.can("incentives.enrol") else []
    money = money_attention.approvals(viewer) if viewer.can("incentives.money") else []
    return [*tiers, *money]


@hookimpl
def portal_items(viewer: Viewer) -> Sequence[Attention]:
    return signals.owed(viewer) if viewer.can("incentives.portal") else []


@hookimpl
def task_changed(task: int) -> None:
    questions.note(task)
    granting.note_task(task)


@hookimpl
def partners_merged(kept: int, gone: int) -> None:
    following.merge(kept, gone)
    transfer.follow_merge(kept, gone)
    ledger.follow_merge(kept, gone)


@hookimpl
def export_partner(partner_id: int) -> Mapping[str, Any]:
    return {
        **places.exported(partner_id),
        "ledger": money_transfer.exported(partner_id),
        **transfer.exported(partner_id),
    }


@hookimpl
def import_partner(partner_id: int, data: Mapping[str, Any]) -> None:
    transfer.imported(partner_id, data)
    places.imported(partner_id, data)


@hookimpl
def personal_data(subject: Subject) -> Sequence[PersonalRows]:
    return [
        *places.held(subject),
        *honours_people.held(subject),
        *money_personal.held(subject),
    ]


@hookimpl
def erase_personal_data(subject: Subject) -> None:
    places.erase(subject)
    honours_people.erase(subject)
    money_personal.erase(subject)


@hookimpl
def demo_data() -> None:
    demo.programme()
    standing_demo.load()
    honours_demo.rewards()
    money_demo.ledger()
