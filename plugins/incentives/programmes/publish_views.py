"""Publishing a draft, and taking a version back before it takes effect."""

from typing import Any

from flask import abort, url_for

from app.api import (
    confirm_identity,
    organisation,
    partner_types,
    render,
    requires,
    saved,
    translations,
    viewer,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes import diff, enrolled, publishing, queries, services
from plugins.incentives.programmes.checks import check
from plugins.incentives.programmes.draft_views import editing_or_404
from plugins.incentives.programmes.forms import PublishForm, ReasonForm
from plugins.incentives.programmes.names import glossary
from plugins.incentives.programmes.pages import blame, refusal_words, rules_of, stale

_ = translations("incentives").gettext


@staff.route("/programmes/<int:programme_id>/publish", methods=["GET", "POST"])
@requires("incentives.programmes")
@confirm_identity()
def publish(programme_id: int) -> Any:
    """What the draft changes, what stands against it, and from which day on it holds."""
    now = editing_or_404(programme_id)
    first = publishing.earliest(now.programme)
    form = PublishForm(data={"version": now.draft.version, "effective": first})
    if form.is_submitted() and form.validate():
        try:
            publishing.publish(
                now.programme,
                now.draft,
                form.version.data,
                effective=form.effective.data,
                note=form.note.data or "",
                by=viewer(),
            )
        except services.StaleDraft:
            stale(form, now.draft.version)
        except services.ProgrammeRefused as refusal:
            blame(form, refusal)
        else:
            return saved(
                _("Version %(number)s is published.", number=now.draft.number),
                url_for("incentives.programme", programme_id=programme_id),
            )
    known = glossary(now.programme)
    base = queries.latest_published(programme_id)
    before = queries.definition_of(base) if base else None
    problems = [(one, refusal_words(one)) for one in check(now.definition, known)]
    return render(
        "incentives/programmes/publish.html",
        status=422 if form.is_submitted() else 200,
        programme=now.programme,
        draft=now.draft,
        form=form,
        base=base,
        changes=diff.differences(before, now.definition, known, known, partner_types())
        if before
        else [],
        rules=rules_of(now.definition, known),
        problems=problems,
        blocked=any(one.error for one, _text in problems),
        earliest=first,
        today=organisation().today(),
        taking_part=len(enrolled.partner_ids(programme_id)) if base else 0,
    )


@staff.route(
    "/programmes/<int:programme_id>/versions/<int:number>/withdraw", methods=["GET", "POST"]
)
@requires("incentives.programmes")
@confirm_identity()
def withdraw_version(programme_id: int, number: int) -> Any:
    """Take a version back that has not taken effect."""
    found = queries.programme_or_404(programme_id)
    row = queries.version_of(programme_id, number)
    if row is None or row.state == "draft":
        abort(404)
    form = ReasonForm(data={"version": row.version})
    if form.is_submitted() and form.validate():
        try:
            publishing.withdraw(found, row, form.reason.data or "", viewer())
        except services.StaleDraft:
            stale(form, row.version)
        except services.ProgrammeRefused as refusal:
            blame(form, refusal)
        else:
            return saved(
                _("Version %(number)s is withdrawn.", number=number),
                url_for("incentives.programme", programme_id=programme_id),
            )
    return render(
        "incentives/programmes/withdraw.html",
        status=422 if form.is_submitted() else 200,
        programme=found,
        version=row,
        form=form,
    )
