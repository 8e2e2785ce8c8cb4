"""Answering without an account: by a link that names the person, or by a code that does not."""

from typing import Any

from flask import abort, request, url_for

from app.api import public as open_to_anybody
from app.api import render, saved, translations
from plugins.surveys import anonymous as ballots
from plugins.surveys import answering, words
from plugins.surveys.blueprints import public
from plugins.surveys.models import Wave
from plugins.surveys.rules import definition as rules

_ = translations("surveys").gettext


@public.route("/answer/<token>", methods=["GET", "POST"])
@open_to_anybody("opened by the secret address in one person's invitation")
def answer(token: str) -> Any:
    """The sheet of one invited person: answered, or kept for later."""
    sheet = answering.by_token(token)
    if sheet is None:
        return render("surveys/gone.html", status=410, state="")
    return answer_sheet(sheet, url_for("surveys_public.answer", token=token))


def answer_sheet(sheet: answering.Sheet, url: str) -> Any:
    """Show a sheet, or take what it holds; for links and for people who are signed in."""
    if sheet.complete:
        return render(
            "surveys/thanks.html", **(values(sheet.wave, sheet.definition) | {"again": True})
        )
    if sheet.wave.state != "open":
        return render("surveys/gone.html", status=410, state=sheet.wave.state)
    faults: dict[str, str] = {}
    answers = sheet.answers
    if request.method == "POST":
        form = request.form.to_dict(flat=False)
        try:
            if "save" in request.form:
                answering.save(sheet, form)
                if request.headers.get("X-Autosave"):
                    return "", 204
                return saved(_("Saved. The same link brings you back here."), url)
            answers, faults = answering.send(sheet, form)
        except answering.Closed:
            return render("surveys/gone.html", status=410, state="closed")
        if not faults:
            return render("surveys/thanks.html", **values(sheet.wave, sheet.definition))
    return render(
        "surveys/answer.html",
        status=422 if faults else 200,
        **values(sheet.wave, sheet.definition),
        answers=answers,
        faults=faults,
        about=sheet.about,
        url=url,
    )


def values(wave: Wave, definition: rules.Definition) -> dict[str, Any]:
    """What every page of a sheet needs; in the language that was asked for, else the reader's."""
    locale = request.args.get("lang") or words.reader_locale()
    spoken = sorted(code for code in words.LOCALES if definition.title.get(code))
    return {
        "wave": wave,
        "definition": definition,
        "locale_shown": locale if locale in words.LOCALES else "en",
        "spoken": spoken,
        "words": words,
        "again": False,
        "typed": "",
        "problem": "",
    }


@public.route("/anonymous/<public_id>", methods=["GET", "POST"])
@open_to_anybody("whoever has a code may answer, and nobody may know who it was", anonymous=True)
def anonymous(public_id: str) -> Any:
    """The promise and the code; then the sheet with its ballot; then thanks."""
    wave = ballots.wave_of(public_id) or abort(404)
    context = values(wave, ballots.definition_of(wave))
    if wave.state != "open":
        return render("surveys/gone.html", status=410, state=wave.state)
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
        answers, faults = ballots.answer(wave, ballot, request.form.to_dict(flat=False))
    except ballots.Counted:
        return render("surveys/thanks.html", **(context | {"again": True}))
    except ballots.NoBallot:
        return _refused(context, _("What this browser kept of your answer is of no use any more."))
    if faults:
        return _sheet(context, ballot, answers, faults)
    return render("surveys/thanks.html", **context)


def _sheet(context: dict[str, Any], ballot: str, answers: Any, faults: Any) -> Any:
    return render(
        "surveys/ballot.html",
        status=422 if faults else 200,
        **context,
        ballot=ballot,
        answers=answers,
        faults=faults,
    )


def _refused(context: dict[str, Any], problem: str) -> Any:
    return render("surveys/start.html", status=422, **(context | {"problem": problem}))
