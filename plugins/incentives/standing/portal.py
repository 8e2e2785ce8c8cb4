"""What a partner's contact sees: the own ladder, decisions on it, and how to object to them."""

from typing import Any

from flask import url_for

from app.api import Refusal, render, requires, saved, translations, viewer
from plugins.incentives.blueprints import portal
from plugins.incentives.programmes.pages import blame
from plugins.incentives.standing import appeals, pages, queries
from plugins.incentives.standing.forms import AppealForm

_ = translations("incentives").gettext


@portal.get("")
@requires("incentives.portal")
def index() -> Any:
    """The own ladder; no address names another partner."""
    return render(
        "incentives/standing/portal.html",
        "incentives/standing/_portal.html",
        places=pages.places(viewer(), viewer().partner_id),
        linked=True,
    )


@portal.get("/decisions/<int:evaluation_id>")
@requires("incentives.portal")
def decision(evaluation_id: int) -> Any:
    """One decision on the own tier, and a form to ask for its review."""
    return _decision_page(evaluation_id, AppealForm(formdata=None))


@portal.post("/decisions/<int:evaluation_id>/appeal")
@requires("incentives.portal")
def appeal(evaluation_id: int) -> Any:
    """Ask that a decision is looked at again."""
    row, enrolment = queries.decision_or_404(viewer(), evaluation_id)
    form = AppealForm()
    if form.validate():
        try:
            appeals.ask(row, enrolment, form.text.data or "", viewer())
        except Refusal as refusal:
            blame(form, refusal, "text")
        else:
            back = url_for("incentives_portal.decision", evaluation_id=row.id)
            return saved(_("Sent. You are told as soon as it is answered."), back)
    return _decision_page(evaluation_id, form, 422)


def _decision_page(evaluation_id: int, form: AppealForm, status: int = 200) -> Any:
    return render(
        "incentives/standing/portal_decision.html",
        "incentives/standing/_decision.html",
        status=status,
        told=pages.decision(viewer(), evaluation_id),
        form=form,
        refs={},
        own=True,
    )
