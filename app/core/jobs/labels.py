"""What jobs are called on the pages that people read."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core.events import EVENT
from app.core.host import Host

_NAMES = {
    "accounts.change_email": lazy_gettext("Ask both addresses whether an e-mail address changes"),
    "accounts.reset": lazy_gettext("Send a link for a new password"),
    "accounts.sweep": lazy_gettext("Forget what signing in no longer needs"),
    "announcements.send": lazy_gettext("Send announcements"),
    "api.forget": lazy_gettext("Forget answers kept for the API"),
    "digests.send": lazy_gettext("Send digests and reminders"),
    "files.preview": lazy_gettext("Draw the picture of a PDF file"),
    "files.sweep": lazy_gettext("Remove files without an owner"),
    "grants.close": lazy_gettext("Close accounts of guests who see nothing any more"),
    "imports.apply": lazy_gettext("Apply an import"),
    "imports.check": lazy_gettext("Check an import"),
    "imports.sweep": lazy_gettext("Remove files of imports that were not applied"),
    "jobs.sweep": lazy_gettext("Forget jobs that are done"),
    "kpi_drafts.sweep": lazy_gettext("Forget drafts of figures"),
    "kpi_values.lock": lazy_gettext("Lock figures whose time has come"),
    "kpis.derive": lazy_gettext("Calculate derived KPIs again"),
    "kpis.tell_submitted": lazy_gettext("Tell who decides of submitted figures"),
    "links.sweep": lazy_gettext("Forget links that have ended"),
    "mail.send": lazy_gettext("Send e-mails"),
    "personal.pending": lazy_gettext("Finish erasures that waited for a plugin"),
    "retention.apply": lazy_gettext("Remove what is not kept any longer"),
    "scores.rebuild": lazy_gettext("Calculate scores again"),
    "suggestions.expire": lazy_gettext("End suggestions that nobody answered"),
    "suggestions.misses": lazy_gettext("Suggest what critical KPIs that turned red ask for"),
    "tasks.missed": lazy_gettext("Note tasks that were let pass"),
}


def label(name: str, plugin: str | None, host: Host) -> str:
    """A job in words; one that has none keeps its name."""
    if plugin is None:
        return str(_NAMES.get(name, name))
    title = plugin_title(plugin, host)
    if name.startswith(EVENT):
        return _("%(plugin)s is told: %(event)s", plugin=title, event=name.removeprefix(EVENT))
    _owner, planned = host.jobs.get(name, (plugin, None))
    words = planned.label if planned else ""
    return f"{title}: {words or name.removeprefix(f'{plugin}.')}"


def plugin_title(plugin: str, host: Host) -> str:
    """What people call a plugin, also one that is not here any more."""
    return host.title(plugin) if plugin in host.registered else plugin
