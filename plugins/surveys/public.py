"""Answering without an account: by a link that names the person, or by a code that does not."""

from typing import Any

from flask import abort, request, url_for

from app.api import Link, render, saved, translations, written_for
from app.api import public as open_to_anybody
from plugins.surveys import anonymous as ballots
from plugins.surveys import answering, words
from plugins.surveys.blueprints import public
from plugins.surveys.models import Wave
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import sheets

_ = translations("surveys").gettext

BY_LINK = "surveys/_frame.html"


@public.route("/answer/<token>", methods=["GET", "POST"])
@open_to_anybody("opened by the secret address in one person's invitation")
def answer(token: str) -> Any:
    """The sheet of one invited person: answered, or kept for later."""
    sheet = answering.by_token(token)
    if sheet is None:
        return render("surveys/gone.html", status=410, state="", shell=BY_LINK, home=None)
    url = url_for("surveys_public.answer", token=token, lang=_chosen())
    locale = _chosen() or answering.locale_of(sheet) or _of_browser()
    with written_for(locale):
        return _answer_sheet(sheet, url, BY_LINK)


def answer_own_sheet(sheet: answering.Sheet, endpoint: str, shell: str, home: Link) -> Any:
    """The sheet of somebody who is signed in, among their own pages, with the way back to them."""
    url = url_for(endpoint, invitation_id=sheet.invitation.id, lang=_chosen())
    with written_for(_chosen() or words.reader_locale()):
        return _answer_sheet(sheet, url, shell, home)


def _answer_sheet(sheet: answering.Sheet, url: str, shell: str, home: Link | None = None) -> Any:
    """Show a sheet, or take what it holds; `home` is where somebody who is signed in came from."""
    context = values(sheet.wave, sheet.definition) | {"shell": shell, "home": home, "url": url}
    if sheet.complete:
        return render("surveys/thanks.html", **(context | {"again": True}))
    if sheet.wave.state != "open":
        return render("surveys/gone.html", status=410, **(context | {"state": sheet.wave.state}))
    faults: dict[str, str] = {}
    filled = sheets.filled(sheet.definition, sheet.answers)
    if request.method == "POST":
        filled, keeps = request.form.to_dict(flat=False), "save" in request.form
        try:
            faults = (answering.save if keeps else answering.send)(sheet, filled)
        except answering.Closed:
            return render("surveys/gone.html", status=410, **(context | {"state": "closed"}))
        if keeps and request.headers.get("X-Autosave"):
            return "", 204
        if not faults and keeps:
            return saved(_saved(sheet.wave, home), url)
        if not faults:
            return render("surveys/thanks.html", **context)
    return render(
        "surveys/answer.html",
        status=422 if faults else 200,
        **context,
        filled=filled,
        faults=faults,
        about=sheet.about,
    )


def _saved(wave: Wave, home: Link | None) -> str:
    if home is None:
        return _("Saved. The same link brings you back here.")
    return _("Saved. You can go on here until %(day)s.", day=words.day(wave.closes_on))


def _chosen() -> str | None:
    """The language that somebody chose on the sheet."""
    asked = request.args.get("lang")
    return asked if asked in words.LOCALES else None


def _of_browser() -> str:
    """The language that the browser asks for, else the organisation's."""
    return request.accept_languages.best_match(words.LOCALES) or words.reader_locale()


def values(wave: Wave, definition: rules.Definition) -> dict[str, Any]:
    """What every page of a sheet needs, in the language of the moment."""
    return {
        "wave": wave,
        "definition": definition,
        "locale_shown": words.reader_locale(),
        "spoken": sorted(code for code in words.LOCALES if definition.title.get(code)),
        "words": words,
        "shell": BY_LINK,
        "home": None,
        "again": False,
        "typed": "",
        "problem": "",
    }


@public.route("/anonymous/<public_id>", methods=["GET", "POST"])
@open_to_anybody("whoever has a code may answer, and nobody may know who it was", anonymous=True)
def anonymous(public_id: str) -> Any:
    """The promise and the code; then the sheet with its ballot; then thanks."""
    wave = ballots.wave_of(public_id) or abort(404)
    # Never the language of the person: who it is, is not known.
    with written_for(_chosen() or _of_browser()):
        return _anonymous(wave)


def _anonymous(wave: Wave) -> Any:
    context = values(wave, ballots.definition_of(wave))
    if wave.state != "open":
        return render("surveys/gone.html", status=410, **(context | {"state": wave.state}))
    ballot = request.form.get("ballot", "")
    if request.method == "GET":
        return render("surveys/start.html", **context)
    if "send" in request.form:
        return _answer(wave, ballot, context)
    if ballot:
        if ballots.is_good(wave, ballot):
            return _sheet(context, ballot, {}, {})
        return _refused(context, _("What this browser kept of your answer is of no use any more."))
    try:
        fresh = ballots.start(wave, request.form.get("code", ""))
    except ballots.NoBallot:
        return _refused(
            context,
            _(
                "This code cannot be used: it was mistyped, or used before. If you have begun to"
                " answer, go on in the same browser."
            ),
        )
    return _sheet(context, fresh, {}, {})


def _answer(wave: Wave, ballot: str, context: dict[str, Any]) -> Any:
    try:
        filled = request.form.to_dict(flat=False)
        faults = ballots.answer(wave, ballot, filled)
    except ballots.Counted:
        return render("surveys/thanks.html", **(context | {"again": True}))
    except ballots.NoBallot:
        return _refused(context, _("What this browser kept of your answer is of no use any more."))
    if faults:
        return _sheet(context, ballot, filled, faults)
    return render("surveys/thanks.html", **context)


def _sheet(context: dict[str, Any], ballot: str, filled: Any, faults: Any) -> Any:
    return render(
        "surveys/ballot.html",
        status=422 if faults else 200,
        **context,
        ballot=ballot,
        filled=filled,
        faults=faults,
    )


def _refused(context: dict[str, Any], problem: str) -> Any:
    return render("surveys/start.html", status=422, **(context | {"problem": problem}))
