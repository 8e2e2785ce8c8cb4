"""Every hook of core, version 1. The docstrings are the reference for plugin authors.

The name tells the time: `register_*` once at boot, a noun per request, past tense after commit.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pluggy
from wtforms import Form

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
    Panel,
    PartnerRef,
    Permission,
    PersonalRows,
    ScheduledJob,
    Subject,
    SuggestionKind,
    TimelineEntry,
    Viewer,
)
from app.core.periods import Period

PROJECT = "entente"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_blueprints() -> Blueprints:  # type: ignore[empty-body]
    """The plugin's routes.

    When: once at boot, first on a scratch application, then for good.
    Returns: a `Blueprints`; every view carries `@requires(permission)` or `@public(reason)`.
    On an exception: the plugin is quarantined, the application boots without it.
    """


@hookspec
def register_permissions() -> Sequence[Permission]:  # type: ignore[empty-body]
    """The rights that the plugin's views ask for.

    When: once at boot.
    Returns: `Permission`s whose keys begin with the plugin's name and a dot; a key that stands
    already is a boot error.
    On an exception: the plugin is quarantined.
    """


@hookspec
def register_settings() -> type[Form]:  # type: ignore[empty-body]
    """The plugin's settings form, shown to administrators on the Plugins page.

    When: once at boot.
    Returns: a WTForms form class whose field defaults are the settings' defaults; the values are
    stored as JSON and read with `app.api.settings(plugin)`.
    On an exception: the plugin is quarantined.
    """


@hookspec
def register_jobs() -> Sequence[ScheduledJob]:  # type: ignore[empty-body]
    """Work to be done on a schedule.

    When: once at boot; the worker then runs each at its interval while the plugin is on.
    Returns: `ScheduledJob`s whose keys begin with the plugin's name and a dot. They are delivered
    at least once, so they must be idempotent. Each is one transaction; one that looks at many
    things is `slow` and makes a short transaction for each.
    On an exception: the plugin is quarantined; a job that raises is retried, then listed as dead.
    """


@hookspec
def register_notifications() -> Sequence[NotificationEvent]:  # type: ignore[empty-body]
    """What the plugin tells people of with `app.api.notify`.

    When: once at boot.
    Returns: `NotificationEvent`s whose keys begin with the plugin's name and a dot. Each stands
    among the e-mails that people choose, under the plugin's title, for the roles that it names;
    nobody else is told.
    On an exception: the plugin is quarantined.
    """


@hookspec
def register_link_purposes() -> Sequence[LinkPurpose]:  # type: ignore[empty-body]
    """What the plugin lets contacts do through a link in an e-mail, without an account.

    When: once at boot.
    Returns: `LinkPurpose`s whose keys begin with the plugin's name and a dot. Links are made with
    `app.api.task_link`; an administrator decides for each purpose whether they are allowed.
    On an exception: the plugin is quarantined.
    """


@hookspec
def register_facts() -> Sequence[FactKind]:  # type: ignore[empty-body]
    """What the plugin knows of partners that others may ask for, in conditions above all.

    When: once at boot.
    Returns: `FactKind`s. Their keys are words of the field in small letters, with dots, like
    "tier.since", and need no prefix: who asks does not care who knows. A key that core or another
    plugin has already is a boot error. Offer nothing that people must be able to say without fear
    of a sanction: no fact tells of conflicts.
    On an exception: the plugin is quarantined.
    """


@hookspec
def register_suggestion_kinds() -> Sequence[SuggestionKind]:  # type: ignore[empty-body]
    """What the plugin takes as a suggestion, from core or from plugins that it does not know.

    When: once at boot.
    Returns: `SuggestionKind`s whose keys begin with the plugin's name and a dot. Whoever suggests
    names the key in `app.api.suggest`; nothing comes of it before one of staff accepts.
    On an exception: the plugin is quarantined.
    """


@hookspec
def nav_items(viewer: Viewer) -> Sequence[NavItem]:  # type: ignore[empty-body]
    """Entries for the main navigation.

    When: on every page for staff.
    Arguments: `viewer`, the person who looks.
    Returns: `NavItem`s; those whose permission the viewer lacks are left out by the host.
    On an exception: the entries are left out and the fault is shown on the Plugins page.
    """


@hookspec
def dashboard_cards(viewer: Viewer, period: Period) -> Sequence[Panel]:  # type: ignore[empty-body]
    """Boxes on the home page.

    When: on each view of the home page.
    Arguments: `viewer`; `period`, the one that the home page shows.
    Returns: `Panel`s, fetched by the browser one by one.
    On an exception: the box is shown as unavailable.
    """


@hookspec
def attention_items(viewer: Viewer, now: datetime) -> Sequence[Attention]:  # type: ignore[empty-body]
    """What waits for one of staff: lines of the home page and of "My work".

    When: on each view of the home page and of "My work".
    Arguments: `viewer`, whom it has to concern: what everybody may see belongs on a card; `now`,
    naive UTC.
    Returns: `Attention`s with endpoints of the plugin's staff blueprint. A line goes away by
    itself once it has been seen to, or once it is of no use any more.
    On an exception: the lines are left out and the fault is shown on the Plugins page.
    """


@hookspec
def approval_items(viewer: Viewer) -> Sequence[Approval]:  # type: ignore[empty-body]
    """What waits for one of staff to approve it: lines of the inbox of approvals.

    When: on each view of the inbox.
    Arguments: `viewer`, who has to be allowed to decide each of them.
    Returns: `Approval`s with endpoints of the plugin's staff blueprint, where it is decided.
    On an exception: the lines are left out and the fault is shown on the Plugins page.
    """


@hookspec
def partner_panels(partner: PartnerRef, viewer: Viewer) -> Sequence[Panel]:  # type: ignore[empty-body]
    """Boxes on a partner's page.

    When: on each view of the partner's page, after the viewer's right to see it was checked.
    Arguments: `partner`; `viewer`.
    Returns: `Panel`s, fetched by the browser one by one.
    On an exception: the box is shown as unavailable.
    """


@hookspec
def partner_badges(  # type: ignore[empty-body]
    partners: Sequence[PartnerRef], viewer: Viewer
) -> dict[int, Sequence[Badge]]:
    """Marks beside partners' names.

    When: once for a whole page of partners, and for a single partner's page.
    Arguments: `partners`, all that the page shows; `viewer`.
    Returns: badges by partner id; partners without badges may be missing.
    On an exception: the badges are left out.
    """


@hookspec
def timeline_entries(  # type: ignore[empty-body]
    partner: PartnerRef, viewer: Viewer, before: datetime, limit: int
) -> Sequence[TimelineEntry]:
    """What happened in a partnership, for its timeline.

    When: on each view of a partner's timeline by staff, after the right to see it was checked.
    Arguments: `partner`; `viewer`; `before`, naive UTC: only what happened earlier; `limit`, how
    many entries are needed at most, the latest ones.
    Returns: `TimelineEntry`s, in any order, with endpoints of the plugin's staff blueprint; those
    beyond `limit` are not shown.
    On an exception: the plugin's entries are left out and the fault is on the Plugins page.
    """


@hookspec
def calendar_entries(  # type: ignore[empty-body]
    viewer: Viewer, start: date, end: date
) -> Sequence[CalendarEntry]:
    """What is due in the plugin, for one person's private calendar.

    When: whenever that person's calendar software reads the feed; there is no session.
    Arguments: `viewer`, staff or a partner's contact: keep to what that person may see; `start`
    and `end`, the first and the last day that the calendar holds.
    Returns: `CalendarEntry`s of these days, in any order, whose keys begin with the plugin's name
    and "-". A key stays with what it names, so that calendars move an entry; what is done or gone
    is left out.
    On an exception: the plugin's entries are left out and the fault is on the Plugins page.
    """


@hookspec
def portal_items(viewer: Viewer, now: datetime) -> Sequence[Attention]:  # type: ignore[empty-body]
    """What the two sides of a partnership owe each other in this plugin, for the portal's home.

    When: on each view of the portal's home page by a partner's contact.
    Arguments: `viewer`, whose `partner_id` is the only partner to speak of; `now`, naive UTC.
    Returns: `Attention`s with endpoints of the plugin's portal blueprint; `side` says who owes it:
    "partner" stands under "What you owe", "host" under "What we owe you".
    On an exception: the lines are left out and the fault is shown on the Plugins page.
    """


@hookspec
def search_results(  # type: ignore[empty-body]
    query: str, viewer: Viewer, limit: int
) -> Sequence[Hit]:
    """What of the plugin's own objects a search finds.

    When: on each search of the whole desk by staff, or of the portal by a contact.
    Arguments: `query`, the words that were typed; `viewer`, who searches: keep to what that person
    may see, hidden texts neither shown nor searched; `limit`, how many hits are of use.
    Returns: `Hit`s, the best first, with endpoints of the staff blueprint for staff and of the
    portal blueprint for contacts.
    On an exception: the plugin's hits are left out and the fault is shown on the Plugins page.
    """


@hookspec
def portal_panels(viewer: Viewer) -> Sequence[Panel]:  # type: ignore[empty-body]
    """Boxes on the portal's home page.

    When: on each view of the portal's home page by a partner's contact.
    Arguments: `viewer`, whose `partner_id` is the only partner to speak of.
    Returns: `Panel`s with endpoints of the plugin's portal blueprint.
    On an exception: the box is shown as unavailable.
    """


@hookspec
def visible_refs(  # type: ignore[empty-body]
    refs: Collection[str], viewer: Viewer
) -> Mapping[str, Link]:
    """Titles and addresses of the plugin's own objects, for those who may see them.

    When: before a task, document, notification or row of a history that points at objects of this
    plugin is shown; asked of the refs' owner only, in one batch for a whole page.
    Arguments: `refs`, texts "kind:id" whose kind begins with the plugin's name and "_"; `viewer`,
    staff or a partner's contact: keep to what that person may see.
    Returns: a `Link` by ref. A ref that is missing is not shown, so leave out what is gone or
    forbidden; a link's url is a path of this site, or empty where this person has no page of it.
    On an exception: nothing of the plugin's objects is shown.
    """


@hookspec
def fact_values(  # type: ignore[empty-body]
    partner_ids: Sequence[int], key: str, as_of: date
) -> Mapping[int, Fact]:
    """What is known of partners on a day.

    When: whenever somebody asks with `app.api.facts`; asked of the key's owner only, in one batch.
    Arguments: `partner_ids`, of the partners asked about, whom the asker may see; `key`, one of
    `register_facts`; `as_of`, the day for which the answer holds.
    Returns: a `Fact` by partner id. A partner that is missing is unknown; unknown is never zero
    and never "no".
    On an exception: every answer is unknown.
    """


@hookspec
def kpi_restatement_effects(  # type: ignore[empty-body]
    value: KpiFigure, proposed: KpiFigure
) -> Sequence[Effect]:
    """What a corrected figure would change in the plugin's own records.

    When: before a restatement is submitted or approved, for the list of what it changes; at its
    approval once more, inside the transaction, and then it is kept with the revision. It only
    reads: past decisions stay, corrections are new decisions.
    Arguments: `value`, the approved figure; `proposed`, the one that would take its place. Both
    name partner, KPI and period.
    Returns: `Effect`s, only of what changes.
    On an exception: the list says that this plugin's part could not be told.
    """


@hookspec
def kpis_approved(value_ids: Sequence[int]) -> None:
    """Figures became current.

    When: after the commit that approved or imported them, in a transaction of its own; delivered
    at least once, so the implementation must be idempotent.
    Arguments: `value_ids`, ids of the approved revisions, read with `app.api.revisions`; an
    import of many values is one event.
    On an exception: rolled back, logged, retried by the worker.
    """


@hookspec
def kpis_restated(value_ids: Sequence[int]) -> None:
    """Figures that had been current were replaced by corrected ones.

    When: after the commit that approved the restatement, beside `kpis_approved` for first
    figures; a revision is told by one of the two, never by both.
    Arguments: `value_ids`, ids of the revisions that are current now.
    On an exception: rolled back, logged, retried by the worker.
    """


@hookspec
def targets_changed(partner_ids: Sequence[int]) -> None:
    """What partners are held against changed: accepted targets came, went or were revised.

    When: after the commit, in a transaction of its own; delivered at least once, so the
    implementation must be idempotent. Proposals do not tell: they count once they are accepted.
    Arguments: `partner_ids`, of the partners concerned; an import of many targets is one event.
    On an exception: rolled back, logged, retried by the worker.
    """


@hookspec
def partner_status_changed(partner: int, old: str, new: str) -> None:
    """A partnership took a step: a prospect became a partner, or it was suspended, resumed, ended.

    When: after the commit, in a transaction of its own; delivered at least once, so the
    implementation must be idempotent. Another step may have been taken meanwhile.
    Arguments: `partner`, its id; `old` and `new`, the statuses before and after, such as "active"
    and "suspended".
    On an exception: rolled back, logged, retried by the worker.
    """


@hookspec
def task_changed(task: int, old: str) -> None:
    """A task took a step: started, done, verified, not accepted, waived, cancelled or changed.

    When: after the commit, in a transaction of its own; delivered at least once, so the
    implementation must be idempotent. Every listener hears of every task: keep to your own, by
    the ref that you gave them.
    Arguments: `task`, its id, read with `app.api.tasks`; `old`, the state before, which may be
    the one it has.
    On an exception: rolled back, logged, retried by the worker.
    """


@hookspec
def task_overdue(task: int, times: int) -> None:
    """A task has let a due date pass.

    When: after the commit of the daily look at due dates, in a transaction of its own; delivered
    at least once, so the implementation must be idempotent. Each due date that passes tells once:
    a task that was given a new day and missed that, too, is overdue twice.
    Arguments: `task`, its id, read with `app.api.tasks`; `times`, how many of its dates have
    passed by now.
    On an exception: rolled back, logged, retried by the worker.
    """


@hookspec
def partners_merged(kept: int, gone: int) -> None:
    """One partner's records became another's.

    When: after the commit that merged them, in a transaction of its own; delivered at least once,
    so the implementation must be idempotent. Core's own tables, scorecards and totals have
    followed already.
    Arguments: `kept`, the id of the partner that has everything now; `gone`, the id of the one
    that ended: its row stays and is read by nobody. Move your rows from `gone` to `kept`, or
    compute them anew for both.
    On an exception: rolled back, logged, retried by the worker.
    """


@hookspec
def export_partner(partner_id: int) -> Mapping[str, Any]:  # type: ignore[empty-body]
    """What the plugin knows of a partnership, for the file that holds all of it.

    When: while `entente export partner CODE`, or the button on the partner's page, writes the file;
    inside one transaction, reading only.
    Arguments: `partner_id`, of the partner that is written.
    Returns: a mapping that JSON can hold; it reaches `import_partner` on another desk as it is.
    Write periods as labels and people by e-mail: ids mean nothing there.
    On an exception: the export fails and nothing is written.
    """


@hookspec
def import_partner(partner_id: int, data: Mapping[str, Any]) -> None:
    """A partnership came from another desk, with what this plugin had written there.

    When: in the transaction that writes it, after core's own records, scorecards and totals.
    Arguments: `partner_id`, of the new partner; `data`, what `export_partner` returned. Trust no
    part of it: anybody may have written the file.
    On an exception: the import fails and nothing is written.
    """


@hookspec
def personal_data(subject: Subject) -> Sequence[PersonalRows]:  # type: ignore[empty-body]
    """What the plugin holds on a person.

    When: while everything held on somebody is written out, for them or for an administrator, and
    for the preview of an erasure; inside one transaction, reading only.
    Arguments: `subject`, the person: an account, contacts, or both, with their ids, names and
    addresses.
    Returns: `PersonalRows`, each with a title and rows that JSON can hold; files by their path.
    On an exception: the export fails as a whole, since a part left out would be a wrong answer.
    """


@hookspec
def erase_personal_data(subject: Subject) -> None:
    """A person is erased: take away whose your rows are, and keep the rows and their ids.

    When: in the transaction that erases the person everywhere. While the plugin is off or
    quarantined its part is shown as pending, and runs when it returns; names and addresses are
    gone by then, so go by the ids. It may run twice, so it must be idempotent.
    Arguments: `subject`, as for `personal_data`; `subject.alias` is what stands in the person's
    place. Free text in which others named the person is yours to search.
    On an exception: the erasure fails as a whole and nothing is written.
    """


@hookspec
def demo_data(scenario: str) -> None:
    """Sample records for a new installation.

    When: by `entente init --sample`, in one transaction, after core's own sample records.
    Arguments: `scenario`, the name of the sample (today only "desk"). Every text about a partner
    must bear that partner's name.
    On an exception: the command fails and nothing is written.
    """
