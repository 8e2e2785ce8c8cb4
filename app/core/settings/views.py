"""The settings pages: one address and one form for each section, each with its preview."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, g, request, url_for
from flask_babel import format_date, format_decimal, get_locale
from flask_babel import gettext as _

from app.core import clock
from app.core.accounts import factor_keys
from app.core.accounts.forms import month_names
from app.core.accounts.labels import ROLE_LABELS
from app.core.accounts.queries import Settings
from app.core.settings import business_calendar, fiscal, forms, logos, previews, services
from app.core.settings.holiday_calendar import FIRST_YEAR, LAST_YEAR
from app.core.settings.refusals import SettingsError, StaleSettings
from app.security import confirm_identity, requires, secret_keys
from app.web import is_partial, render, saved

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.app_template_filter()
def ratio(value: float) -> str:
    """A contrast with one decimal; what falls short of a limit never shows as reaching it."""
    return str(format_decimal(math.floor(value * 10) / 10, format="0.0"))


@blueprint.app_template_filter()
def full_day(day: date) -> str:
    """A date with its weekday."""
    return str(format_date(day, "full", rebase=False))


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the settings: its form, and what its preview needs of the wanted settings."""

    endpoint: str
    template: str
    label: Callable[[], str]
    form: type[forms.SectionForm]
    preview: Callable[[Settings, Settings], Mapping[str, Any]]


@blueprint.route("", methods=["GET", "POST"])
@requires("settings.manage")
def index() -> Any:
    """Name, language and time zone."""
    return _edit(ORGANISATION)


@blueprint.route("/appearance", methods=["GET", "POST"])
@requires("settings.manage")
def appearance() -> Any:
    """The colour and the logo."""
    return _edit(APPEARANCE)


@blueprint.route("/calendar", methods=["GET", "POST"])
@requires("settings.manage")
def calendar() -> Any:
    """Currency and fiscal year."""
    return _edit(CALENDAR)


@blueprint.route("/business-time", methods=["GET", "POST"])
@requires("settings.manage")
def business_time() -> Any:
    """Working days, hours, public holidays and own days off."""
    return _edit(BUSINESS)


@blueprint.route("/approvals", methods=["GET", "POST"])
@requires("settings.manage")
def approvals() -> Any:
    """Who may approve figures."""
    return _edit(APPROVALS)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@requires("settings.manage")
@confirm_identity()
def sign_in() -> Any:
    """Who must have a second factor."""
    return _edit(SIGN_IN)


@blueprint.post("/business-time/days")
@requires("settings.manage")
def add_day() -> Any:
    """Add an own day off."""
    form = forms.DayForm()
    if form.validate():
        day = form.day.data
        try:
            services.change_day(day, closed=True, name=form.name.data or "")
        except SettingsError as error:
            form.form_errors.append(_(error.message, **error.params))
        else:
            return saved(_("Added."), url_for("settings.business_time", year=day.year))
    return _page(BUSINESS, BUSINESS.form.filled(g.organisation), 422, day_form=form)


@blueprint.post("/business-time/days/<day>")
@requires("settings.manage")
def change_day(day: str) -> Any:
    """Work on a public holiday, or follow the public holidays on this day again."""
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        abort(404)
    if not FIRST_YEAR <= chosen.year <= LAST_YEAR:
        abort(404)
    back = url_for("settings.business_time", year=chosen.year)
    if request.form.get("change") == "work":
        known = {row.day for row in _days_off(chosen.year) if row.kind == "public"}
        if chosen not in known:
            abort(404)
        try:
            services.change_day(chosen, closed=False)
        except SettingsError as error:
            abort(422, _(error.message, **error.params))
        return saved(_("This holiday is a working day now."), back)
    if request.form.get("change") != "restore":
        abort(422)
    if not services.restore_day(chosen):
        abort(404)
    return saved(_("Done."), back)


def _edit(section: Section) -> Any:
    """Show a section, preview what was typed, or save it."""
    form = section.form.filled(g.organisation)
    if not form.is_submitted():
        return _page(section, form)
    if not form.validate():
        return _page(section, form, 422)
    wanted = form.values()
    if request.args.get("preview") or request.form.get("preview"):
        return _page(section, form, wanted=wanted, previewed=True)
    stale: Settings | None = None
    new_logo = ""
    try:
        new_logo = _sent_logo(form)
        if isinstance(form, forms.AppearanceForm) and (new_logo or form.remove_logo.data):
            wanted = wanted | {"logo": new_logo}
        changed = services.change(wanted, form.version.data)
    except StaleSettings as refused:
        stale = refused.current
        form.version.data = stale.version
        form.form_errors.append(
            _("Somebody saved the settings while you were editing. Compare, then save again.")
        )
    except SettingsError as error:
        form.form_errors.append(_(error.message, **error.params))
    except logos.LogoError as error:
        form["logo_file"].errors = [_(error.message, **error.params)]
    else:
        if "logo" in changed:
            logos.forget(_data(), g.organisation.logo)
        return saved(_("Saved."), url_for(section.endpoint))
    if new_logo and new_logo not in (g.organisation.logo, stale.logo if stale else ""):
        logos.forget(_data(), new_logo)
    return _page(section, form, 422, wanted=wanted, stale=stale)


def _sent_logo(form: forms.SectionForm) -> str:
    """The hash of the logo that came with the form, once it is kept; none: ""."""
    file = form.logo_file.data if isinstance(form, forms.AppearanceForm) else None
    if not file:
        return ""
    with file.stream:
        return logos.keep(_data(), logos.read(file.stream))


def _data() -> Any:
    return current_app.extensions["entente"].config.data


def _page(
    section: Section,
    form: forms.SectionForm,
    status: int = 200,
    *,
    wanted: Mapping[str, Any] | None = None,
    stale: Settings | None = None,
    previewed: bool = False,
    day_form: forms.DayForm | None = None,
) -> Any:
    before: Settings = stale or g.organisation
    after = replace(before, **(wanted or {}))
    return render(
        f"settings/{section.template}.html",
        f"settings/_{section.template}_preview.html",
        status=status,
        section=section,
        sections=_tabs(section),
        form=form,
        before=before,
        after=after,
        stale=stale,
        previewed=previewed,
        day_form=day_form or forms.DayForm(formdata=None),
        refused=is_partial() and bool(form.errors),
        **section.preview(before, after),
    )


def _tabs(present: Section) -> list[dict[str, Any]]:
    return [
        {"label": s.label(), "url": url_for(s.endpoint), "active": s is present} for s in SECTIONS
    ]


def _organisation_preview(before: Settings, after: Settings) -> Mapping[str, Any]:
    return {"lines": previews.organisation(before, after, clock.now())}


def _appearance_preview(_before: Settings, after: Settings) -> Mapping[str, Any]:
    return {"palette": previews.palette(after)}


def _calendar_preview(before: Settings, after: Settings) -> Mapping[str, Any]:
    return {
        "lines": previews.calendar(before, after, after.today()),
        "effects": previews.fiscal_effects(before, after),
        "progress": fiscal.progress(),
        "months": month_names(),
    }


def _business_preview(before: Settings, after: Settings) -> Mapping[str, Any]:
    changes = business_calendar.changes()
    year = _year()
    return {
        "lines": previews.business(before, after, changes, clock.now()),
        "days": business_calendar.days_off(after, year, str(get_locale())),
        "year": year,
        "first_year": FIRST_YEAR,
        "last_year": LAST_YEAR,
    }


def _days_off(year: int) -> list[business_calendar.DayOff]:
    return business_calendar.days_off(g.organisation, year, str(get_locale()))


def _year() -> int:
    text = request.args.get("year", "")
    year = int(text) if text.isdecimal() and len(text) == 4 else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else g.organisation.today().year


ORGANISATION = Section(
    "settings.index",
    "organisation",
    lambda: _("Organisation"),
    forms.OrganisationForm,
    _organisation_preview,
)
APPEARANCE = Section(
    "settings.appearance",
    "appearance",
    lambda: _("Appearance"),
    forms.AppearanceForm,
    _appearance_preview,
)
CALENDAR = Section(
    "settings.calendar",
    "calendar",
    lambda: _("Money and fiscal year"),
    forms.CalendarForm,
    _calendar_preview,
)
BUSINESS = Section(
    "settings.business_time",
    "business",
    lambda: _("Business hours and holidays"),
    forms.BusinessForm,
    _business_preview,
)
APPROVALS = Section(
    "settings.approvals",
    "approvals",
    lambda: _("Approvals"),
    forms.ApprovalsForm,
    lambda _before, _after: {"alone": previews.partners_with_one_approver()},
)
SIGN_IN = Section(
    "settings.sign_in",
    "sign_in",
    lambda: _("Sign-in"),
    forms.SignInForm,
    lambda _before, after: {
        "lacking": previews.without_second_factor(after),
        "role_labels": ROLE_LABELS,
        "dependents": factor_keys.dependents(secret_keys()),
    },
)
SECTIONS = (ORGANISATION, APPEARANCE, CALENDAR, BUSINESS, APPROVALS, SIGN_IN)
