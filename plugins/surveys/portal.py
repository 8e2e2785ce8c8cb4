"""What a partner's contact sees: what is asked, what they answered, what came of it."""

from collections.abc import Mapping
from typing import Any

from flask import abort, url_for

from app.api import Link, Viewer, render, requires, translations, viewer
from plugins.surveys import answering, reading, showing, words
from plugins.surveys.blueprints import portal, staff
from plugins.surveys.models import Invitation, Wave
from plugins.surveys.public import answer_own_sheet
from plugins.surveys.rules import definition as rules

_ = translations("surveys").gettext


def published_for(who: Viewer) -> list[Wave]:
    """The published waves in which somebody was asked, the latest first."""
    mine = answering.mine(who)
    rows = (
        Wave.select()
        .join(Invitation, on=(Invitation.wave == Wave.id))
        .where(mine, Wave.state == "published")
        .order_by(Wave.id.desc())
        .limit(20)
    )
    return list({wave.id: wave for wave in rows}.values())


@portal.get("")
@requires("surveys.portal")
def index() -> Any:
    """Open invitations, own answers, published results."""
    return render(
        "surveys/portal.html",
        "surveys/_portal.html",
        open=answering.open_for(viewer()),
        anonymous=answering.anonymous_for(viewer()),
        given=answering.given_by(viewer()),
        published=published_for(viewer()),
        words=words,
        endpoint="surveys_portal",
    )


@portal.route("/answer/<int:invitation_id>", methods=["GET", "POST"])
@requires("surveys.portal")
def answer(invitation_id: int) -> Any:
    """Answer one's own invitation."""
    sheet = answering.by_invitation(invitation_id, viewer()) or abort(404)
    home = Link(_("Surveys"), url_for("surveys_portal.index"))
    return answer_own_sheet(sheet, "surveys_portal.answer", "portal_base.html", home)


@portal.get("/given/<int:invitation_id>")
@requires("surveys.portal")
def given(invitation_id: int) -> Any:
    """What one answered."""
    sheet = answering.by_invitation(invitation_id, viewer()) or abort(404)
    if not sheet.complete:
        abort(404)
    return render(
        "surveys/given.html",
        sheet=sheet,
        said=told(sheet.definition, sheet.answers),
        words=words,
    )


@portal.get("/results/<int:wave_id>")
@requires("surveys.portal")
def results(wave_id: int) -> Any:
    """Published results of a wave in which one was asked: of everybody, and of both sides."""
    found = next((wave for wave in published_for(viewer()) if wave.id == wave_id), None)
    if found is None:
        abort(404)
    # Never by partner: partners are strangers to each other, and perhaps competitors.
    read = reading.shared(found)
    locale = words.reader_locale()
    return render("surveys/portal_results.html", **showing.page_values(read, {}, locale))


@staff.route("/answer/<int:invitation_id>", methods=["GET", "POST"])
@requires("surveys.view")
def own_answer(invitation_id: int) -> Any:
    """Answer as one of staff."""
    sheet = answering.by_invitation(invitation_id, viewer()) or abort(404)
    home = Link(_("Home"), url_for("home.index"))
    return answer_own_sheet(sheet, "surveys.own_answer", "base.html", home)


def told(definition: rules.Definition, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Questions with the answers that somebody gave, as words."""
    locale = words.reader_locale()
    found = []
    for question in definition.asked:
        if question.key in answers:
            text = rules.words(question.text, locale, definition.locale)
            found.append((text, words.answer(question, answers[question.key], locale)))
    return found
