"""A partner's profile: writing it, and what its versions said."""

from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app.core.partners import labels, profile_words, profiles, queries, rules, services
from app.core.partners.models import PartnerProfile
from app.core.partners.profile_forms import ProfileForm
from app.core.partners.views import blueprint, page_context
from app.security import requires
from app.web import render, saved


@blueprint.route("/<int:partner_id>/profile", methods=["GET", "POST"])
@requires("partners.edit")
def profile(partner_id: int) -> Any:
    """Write what the partnership rests on; every saved version stays."""
    partner = queries.editable(g.viewer, partner_id)
    current = queries.profile(partner.id)
    today = g.organisation.today()
    form = ProfileForm(data=_filled(current, rules.review_due(today)), today=today)
    context: dict[str, Any] = {"form": form, "partner": partner}
    if not form.is_submitted():
        for part in profiles.LISTS:
            form.add_row(part)
        return _page(**context)
    if "add" in request.form:
        form.add_row(request.form["add"])
        return _page(**context)
    if form.validate():
        try:
            services.save_profile(partner, form.values(), form.n.data, g.viewer)
        except services.StaleEdit as refused:
            context["differences"] = _compare(refused.current, form)
            form.n.data = refused.current.n if refused.current else 0
            form.form_errors.append(
                _("Somebody saved this profile while you were editing. Compare, then save again.")
            )
        else:
            return saved(_("Saved."), url_for("partners.show", partner_id=partner.id))
    return _page(status=422, **context)


@blueprint.get("/<int:partner_id>/profile/history")
@requires("partners.view")
def profile_history(partner_id: int) -> Any:
    """Every version with who saved it and when, and what changed between any two."""
    partner = queries.get(partner_id, g.viewer)
    versions = queries.profile_versions(partner.id)
    if not versions:
        abort(404)
    new = _version("new", versions[0].n)
    old = _version("old", max(new - 1, 0))
    rows = queries.profiles(partner.id, {old, new})
    if new not in rows or (old and old not in rows):
        abort(404)
    before, after = profile_words.columns(rows.get(old)), profile_words.columns(rows[new])
    return render(
        "partners/profile_history.html",
        **page_context(partner, "overview"),
        versions=versions,
        old=old,
        new=new,
        differences=profiles.differences(profile_words.lines(before), profile_words.lines(after)),
    )


def _version(name: str, default: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default


def _filled(current: PartnerProfile | None, review: Any) -> dict[str, Any]:
    """What the form begins with."""
    values = profile_words.columns(current)
    lists = {part: profiles.rows_of(values[part]) for part in profiles.LISTS}
    return values | lists | {"n": current.n if current else 0, "next_review": review}


def _compare(current: PartnerProfile | None, form: ProfileForm) -> list[profiles.Difference]:
    """What stands now against what was typed: only the parts that differ."""
    stands = profile_words.lines(profile_words.columns(current))
    typed = profile_words.lines(form.values())
    return [each for each in profiles.differences(stands, typed) if each.state != "same"]


def _page(status: int = 200, **context: Any) -> Any:
    return render(
        "partners/profile.html",
        "partners/_profile_form.html",
        status=status,
        labels=labels,
        lists=profiles.LISTS,
        most=profiles.MAX_ROWS,
        **({"differences": []} | context),
    )
