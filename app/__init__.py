"""Entente: the partnership desk that a small organisation hosts itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app import assets, jobs
from app.config import Config
from app.core import facts, migrate
from app.core.db import database, open_database
from app.core.events import register
from app.core.host import Host
from app.core.kpis import figure_links, presentation
from app.core.migrate import Folder
from app.flask_app import Application
from app.security import CORE_PERMISSIONS, init_gate, init_security
from app.web import init_web, use_translations

CORE_FOLDER = Path(__file__).parent / "core"
CORE_MIGRATIONS = tuple(
    Folder(name, CORE_FOLDER / path)
    for name, path in (
        ("core", "migrations"),
        ("accounts", "accounts/migrations"),
        ("files", "files/migrations"),
        ("partners", "partners/migrations"),
        ("kpis", "kpis/migrations"),
        ("analysis", "analysis/migrations"),
        ("http_api", "http_api/migrations"),
        ("messages", "messages/migrations"),
        ("tasks", "tasks/migrations"),
        ("documents", "documents/migrations"),
        ("links", "links/migrations"),
        ("calendar", "calendar/migrations"),
        ("grants", "grants/migrations"),
        ("suggestions", "suggestions/migrations"),
    )
)

MINUTE = 60
HOUR = 3600
DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Entente:
    """What this application is made of, as `app.extensions["entente"]`."""

    config: Config
    host: Host


def create_app(config: Config | None = None) -> Flask:
    """The application; starts no thread. The database is migrated on the way where it must be."""
    config = config or Config.from_environ()
    templates = str(assets.root_folder("templates"))
    app = Application(__name__, template_folder=templates, static_folder=None)
    app.testing = config.testing
    open_database(config.database_url)
    host = Host(CORE_PERMISSIONS, strict=config.plugins_strict, safe_mode=config.plugins_safe_mode)
    app.extensions["entente"] = Entente(config, host)
    backup = migrate.backup_once(config.data / "backups")
    migrate_core(backup)
    init_web(app)
    presentation.init_presentation(app)
    figure_links.init_figure_links(app)
    init_security(app, config)
    register_views(app)
    register_refs()
    register_facts()
    register_reminders()
    register_personal()
    jobs.init_jobs(app)
    register_jobs()
    host.load(
        app,
        config.plugins_dir,
        site_templates=config.data / "templates",
        backup=backup,
        core_facts=facts.core_keys(),
    )
    use_translations(app, [*host.translation_folders(), assets.root_folder("translations")])
    init_gate(app)
    statics = host.static_folders()
    assets.init_assets(app, config.data / "static", statics, compress=not config.testing)
    database.close()
    return app


def migrate_core(backup: Callable[[], object]) -> None:
    """Bring core's tables to the present shape, after a backup where there are records."""
    with database.connection_context():
        migrate.migrate(CORE_MIGRATIONS, backup)


def register_refs() -> None:
    """Name who answers for each kind of object that refs point at."""
    from app.core import refs
    from app.core.accounts import refs as accounts
    from app.core.documents import refs as documents
    from app.core.kpis import refs as kpis
    from app.core.messages import refs as messages
    from app.core.partners import refs as partners
    from app.core.suggestions import refs as suggestions
    from app.core.tasks import refs as tasks

    refs.register("user", accounts.users)
    refs.register("partner", partners.partners)
    refs.register("contact", partners.contacts)
    refs.register("interaction", partners.interactions)
    refs.register("goal", partners.goals)
    refs.register("proposal", partners.proposals)
    refs.register("kpi", kpis.kpis)
    refs.register("revision", kpis.revisions)
    refs.register("import", kpis.imports)
    refs.register("target", kpis.targets)
    refs.register("task", tasks.tasks)
    refs.register("suggestion", suggestions.suggestions)
    refs.register("announcement", messages.announcements)
    refs.register("document", documents.documents)


def register_facts() -> None:
    """Name what core itself knows of partners."""
    from app.core.kpis import late_reports

    facts.register(late_reports.KIND, late_reports.late_reports)


def register_reminders() -> None:
    """Name who says what people have to see to, for their digests."""
    from app.core.home.reminding import of_staff
    from app.core.messages import reminders
    from app.core.portal.reminding import of_contact

    reminders.register_reminders("staff", of_staff)
    reminders.register_reminders("contacts", of_contact)


def register_personal() -> None:
    """Name who holds what on a person, free texts that may name one, and what is kept how long."""
    from app.core.accounts import personal as accounts
    from app.core.calendar import personal as calendar
    from app.core.files import personal as files
    from app.core.grants import personal as grants
    from app.core.history import personal as history
    from app.core.http_api import personal as http_api
    from app.core.kpis import personal as kpis
    from app.core.links import personal as links
    from app.core.messages import personal as messages
    from app.core.partners import personal as partners
    from app.core.personal import registry, texts
    from app.core.personal.columns import register_core_texts
    from app.core.personal.sweeps import init_retention

    # The audit last: it erases what was said of the person, then the others' rows are gone.
    slices = accounts, partners, kpis, files, http_api, links, grants, calendar, messages
    for part in (*slices, history, texts):
        registry.register(part.__name__, part.export, part.erase)
    register_core_texts()
    init_retention()


def register_jobs() -> None:
    """Name core's own scheduled work; starts nothing."""
    from app.core.accounts import address_change, invitations, mailed_links, other_access
    from app.core.accounts import services as accounts
    from app.core.calendar import services as calendar
    from app.core.files import previews
    from app.core.files import services as files
    from app.core.grants import services as grants
    from app.core.http_api import services as http_api
    from app.core.kpis import services as kpis
    from app.core.kpis import telling
    from app.core.kpis.grid.drafts import sweep_drafts
    from app.core.kpis.imports import drafts
    from app.core.links import services as links
    from app.core.links.purposes import register_purpose
    from app.core.messages import announcing, digests, sending
    from app.core.partners import contact_access
    from app.core.personal import retention
    from app.core.personal import services as personal
    from app.core.portal import value_links
    from app.core.settings import fiscal
    from app.core.suggestions import misses
    from app.core.suggestions import services as suggestions
    from app.core.tasks import services as tasks

    drafts.init_imports()
    invitations.on_acceptance(contact_access.joined)
    other_access.register_access(calendar.held, calendar.end)
    other_access.register_access(http_api.held, http_api.end)
    register(mailed_links.RESET_JOB, mailed_links.send_reset)
    register(address_change.JOB, address_change.send_links)
    address_change.on_change(contact_access.moved)
    register_purpose(value_links.purpose())
    invitations.on_acceptance(grants.joined)
    register("links.sweep", links.sweep, every=DAY)
    register("grants.close", grants.close_accounts, every=DAY)
    register("accounts.sweep", accounts.sweep, every=DAY)
    register(telling.SUBMITTED, telling.tell_submitted)
    register("kpi_drafts.sweep", sweep_drafts, every=DAY)
    register("kpi_values.lock", kpis.lock_due, every=DAY, slow=True)
    register(fiscal.JOB, fiscal.rebuild_some)
    register(previews.JOB, previews.make, slow=True)
    register("files.sweep", files.sweep, every=DAY, slow=True)
    register(sending.SEND, sending.send_due, every=MINUTE, slow=True)
    register(digests.JOB, digests.send_digests, every=digests.EVERY, slow=True)
    register(announcing.JOB, announcing.send_due, every=MINUTE, slow=True)
    register("retention.apply", retention.apply, every=DAY, slow=True)
    register("personal.pending", personal.run_pending, every=HOUR)
    register("tasks.missed", tasks.note_missed, every=DAY)
    register(misses.JOB, misses.look)
    register("suggestions.expire", suggestions.expire, every=DAY)
    register("api.forget", http_api.forget_answers, every=DAY)


def register_views(app: Flask) -> None:
    """Mount core's pages; imported here because views import this package's own modules."""
    from app.core.accounts.pages import blueprint as accounts
    from app.core.analysis.views import blueprint as analysis
    from app.core.calendar.views import blueprint as calendar
    from app.core.documents.views import blueprint as documents
    from app.core.files.views import blueprint as files
    from app.core.grants.views import blueprint as grants
    from app.core.health import blueprint as health
    from app.core.history.views import blueprint as history
    from app.core.home.views import blueprint as home
    from app.core.http_api.token_views import blueprint as tokens
    from app.core.http_api.views import blueprint as api
    from app.core.jobs.views import blueprint as job_pages
    from app.core.kpis.imports.draft_views import blueprint as imports
    from app.core.kpis.views import blueprint as kpis
    from app.core.links.views import blueprint as links
    from app.core.messages.pages import blueprint as messages
    from app.core.partners.pages import blueprint as partners
    from app.core.personal.views import blueprint as personal
    from app.core.plugins.views import blueprint as plugins
    from app.core.portal.pages import blueprint as portal
    from app.core.search.views import blueprint as search
    from app.core.settings.brand_views import blueprint as brand
    from app.core.settings.views import blueprint as settings
    from app.core.suggestions.views import blueprint as suggestions
    from app.core.tasks.views import blueprint as tasks
    from app.core.transfer.views import blueprint as transfer

    for blueprint in (
        accounts,
        files,
        health,
        home,
        search,
        partners,
        kpis,
        analysis,
        imports,
        links,
        grants,
        api,
        tokens,
        transfer,
        tasks,
        suggestions,
        calendar,
        documents,
        portal,
        messages,
        history,
        personal,
        job_pages,
        plugins,
        brand,
        settings,
    ):
        app.register_blueprint(blueprint)
