"""What a partner's contact sees: their own cases, on a phone first."""

from typing import Any

from app.api import render, requires, translations, viewer
from plugins.conflicts import case_forms, drafts, queries, reporting, words
from plugins.conflicts.blueprints import portal

_ = translations("conflicts").gettext


@portal.get("")
@requires("conflicts.raise")
def index() -> Any:
    """The cases that a contact takes part in."""
    return render(
        "conflicts/portal.html",
        "conflicts/_portal.html",
        place=portal.name,
        rows=queries.listing(viewer()),
        drafts=drafts.own(viewer()),
        words=words,
    )


@portal.route("/new", methods=["GET", "POST"])
@requires("conflicts.raise")
def new() -> Any:
    """Raise a case; whoever it is about may be left out."""
    form = case_forms.ReportForm()
    del form.respondents
    done = _("Thank you. The case is raised, and somebody will answer.")
    return reporting.answer(form, viewer().partner_id or 0, done) or render(
        "conflicts/portal_new.html", None, 422 if form.is_submitted() else 200, form=form
    )
