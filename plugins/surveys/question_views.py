"""Pages on which a survey's questions are added, changed, moved and taken out."""

from typing import Any

from flask import abort, flash, redirect, request, url_for

from app.api import Refusal, render, requires, translations
from plugins.surveys import access, surveys, words
from plugins.surveys.blueprints import staff
from plugins.surveys.building import page, written
from plugins.surveys.models import Survey
from plugins.surveys.question_forms import QuestionForm, fill, question_of
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.definition import Definition, Question

_ = translations("surveys").gettext


@staff.route("/surveys/<int:survey_id>/questions/new", methods=["GET", "POST"])
@requires("surveys.manage")
def add_question(survey_id: int) -> Any:
    """A further question at the end."""
    survey = access.survey_or_404(survey_id)
    return _question(survey, None)


@staff.route("/surveys/<int:survey_id>/questions/<key>", methods=["GET", "POST"])
@requires("surveys.manage")
def question(survey_id: int, key: str) -> Any:
    """One question."""
    survey = access.survey_or_404(survey_id)
    definition = rules.loads(surveys.latest(survey.id).definition)
    return _question(survey, definition.question(key) or abort(404))


def _question(survey: Survey, one: Question | None) -> Any:
    version = surveys.latest(survey.id)
    definition = rules.loads(version.definition)
    form = QuestionForm(_deciding(definition, one))
    if request.method == "GET":
        form.version.data = version.version
        if one is not None:
            fill(form, one, definition)
        elif request.args.get("type") in words.TYPES:
            form.type.data = request.args["type"]
    if request.method == "POST" and form.validate():
        try:
            made = question_of(form, definition, one)
        except Refusal as refusal:
            form.form_errors.append(_(refusal.message, **refusal.params))
        else:
            changed = surveys.with_question(definition, made)
            if answer := written(survey, changed, form):
                return answer
    return render(
        "surveys/question.html",
        status=422 if request.method == "POST" else 200,
        survey=survey,
        version=version,
        question=one,
        form=form,
        locales=words.LOCALES,
    )


def _deciding(definition: Definition, one: Question | None) -> list[tuple[str, str]]:
    """The earlier questions whose answer can decide."""
    found = []
    for other in definition.questions:
        if one is not None and other.key == one.key:
            break
        if other.type.can_decide:
            text = rules.words(other.text, words.reader_locale(), definition.locale)
            found.append((other.key, text[:80]))
    return found


@staff.post("/surveys/<int:survey_id>/questions/<key>/move")
@requires("surveys.manage")
def move(survey_id: int, key: str) -> Any:
    """Put a question at another place: `to` is "up", "down" or a place from 0."""
    survey = access.survey_or_404(survey_id)
    definition = rules.loads(surveys.latest(survey.id).definition)
    keys = [one.key for one in definition.questions]
    if key not in keys:
        abort(404)
    to, at = request.form.get("to", ""), keys.index(key)
    typed = int(to) if to.isascii() and to.isdecimal() and len(to) < 4 else -1
    place = {"up": at - 1, "down": at + 1}.get(to, typed)
    if to != "up" and place < 0:
        abort(422)
    return _rewritten(survey, definition, surveys.moved(definition, key, place), key)


@staff.post("/surveys/<int:survey_id>/questions/<key>/remove")
@requires("surveys.manage")
def remove(survey_id: int, key: str) -> Any:
    """Take a question out."""
    survey = access.survey_or_404(survey_id)
    definition = rules.loads(surveys.latest(survey.id).definition)
    if definition.question(key) is None:
        abort(404)
    return _rewritten(survey, definition, surveys.without(definition, key))


def _rewritten(survey: Survey, before: Definition, changed: Definition, key: str = "") -> Any:
    """Save another order, and come back to the question that moved."""
    seen = request.form.get("version", "")
    try:
        surveys.write(survey, changed, int(seen) if seen.isdecimal() and len(seen) < 10 else 0)
    except Refusal as refusal:
        return page(survey, _(refusal.message, **refusal.params))
    for text in _freed(before, changed):
        flash(_("“%(question)s” is now shown to everybody.", question=text), "info")
    anchor = f"row-{key}" if key else "questions"
    return redirect(url_for("surveys.build", survey_id=survey.id, _anchor=anchor), 303)


def _freed(before: Definition, changed: Definition) -> list[str]:
    """The texts of questions that lost the answer which they waited for."""
    kept = {one.key for one in changed.questions if one.show_if is None}
    return [
        rules.words(one.text, words.reader_locale(), before.locale)
        for one in before.questions
        if one.show_if is not None and one.key in kept
    ]
