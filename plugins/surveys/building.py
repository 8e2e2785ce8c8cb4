"""Pages on which surveys are made: list, name, texts, preview, files."""

from typing import Any

import msgspec
from flask import Response, abort, request, url_for

from app.api import Refusal, render, requires, saved, settings, translations, viewer
from plugins.surveys import access, shipped, surveys, words
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import NewForm, SurveyForm, TextsForm, texts_of
from plugins.surveys.models import Survey, Wave
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.definition import Definition

_ = translations("surveys").gettext

MOST_BYTES = 500_000  # of a file that is brought in


@staff.get("/surveys")
@requires("surveys.manage")
def catalogue() -> Any:
    """All surveys."""
    away = request.args.get("away") == "1"
    found = surveys.listing(away=away)
    return render("surveys/catalogue.html", surveys=found, away=away, audiences=words.AUDIENCES)


@staff.route("/surveys/new", methods=["GET", "POST"])
@requires("surveys.manage")
def new() -> Any:
    """Make a survey from a template, from a file, or from nothing."""
    template = shipped.by_key(request.values.get("template", ""))
    form = NewForm()
    if request.method == "GET" and template:
        form.name.data, form.purpose.data = str(template.name), str(template.purpose)
        form.audience.data = template.audience
        form.template.data = template.key
    if request.method == "POST" and form.validate():
        try:
            made = surveys.make(
                form.name.data or "",
                form.purpose.data or "",
                form.audience.data,
                _brought_in(form) or (template.definition if template else _empty(form)),
                by=viewer(),
                template=template.key if template else "",
            )
        except Refusal as refusal:
            form.file.errors = [_(refusal.message, **refusal.params)]
        else:
            return saved(_("The survey is there."), url_for("surveys.build", survey_id=made))
    status = 422 if request.method == "POST" else 200
    return render(
        "surveys/new.html", form=form, template=template, shipped=shipped.ALL, status=status
    )


def _brought_in(form: NewForm) -> Definition | None:
    if not form.file.data or not getattr(form.file.data, "filename", ""):
        return None
    return rules.loads(form.file.data.read(MOST_BYTES))


def _empty(form: NewForm) -> Definition:
    locale = words.reader_locale()
    return Definition(locale=locale, title={locale: (form.name.data or "").strip()})


@staff.get("/surveys/<int:survey_id>")
@requires("surveys.manage")
def build(survey_id: int) -> Any:
    """The survey's questions in their order, and its waves."""
    return page(access.survey_or_404(survey_id))


def page(survey: Survey, problem: str = "") -> Any:
    """The survey's page; with a problem 409."""
    version = surveys.latest(survey.id)
    definition = rules.loads(version.definition)
    waves = Wave.select().where(Wave.survey == survey.id).order_by(Wave.id.desc()).limit(20)
    return render(
        "surveys/build.html",
        "surveys/_build.html",
        status=409 if problem else 200,
        problem=problem,
        survey=survey,
        version=version,
        definition=definition,
        missing={one: _gaps(definition, one) for one in words.LOCALES},
        waves=list(waves),
        words=words,
        say=lambda texts: rules.words(texts, words.reader_locale(), definition.locale),
        form=SurveyForm(obj=survey),
        k=settings("surveys")["k"],
    )


def _gaps(definition: Definition, locale: str) -> dict[str, int]:
    """How many texts a language lacks, by question; those around the questions under ""."""
    found: dict[str, int] = {}
    for place in rules.missing(definition, locale):
        key = place.partition(".")[0]
        where = key if definition.question(key) else ""
        found[where] = found.get(where, 0) + 1
    return found


@staff.post("/surveys/<int:survey_id>/name")
@requires("surveys.manage")
def rename(survey_id: int) -> Any:
    """Change what staff call the survey."""
    survey, form = access.survey_or_404(survey_id), SurveyForm()
    if not form.validate():
        abort(422)
    try:
        surveys.rename(
            survey,
            form.name.data or "",
            form.purpose.data or "",
            form.audience.data,
            form.version.data,
        )
    except surveys.StaleSurvey as stale:
        return page(access.survey_or_404(survey_id), _(stale.message))
    return saved(_("Saved."), url_for("surveys.build", survey_id=survey_id))


@staff.post("/surveys/<int:survey_id>/away")
@requires("surveys.manage")
def put_away(survey_id: int) -> Any:
    """Put the survey away, or bring it back."""
    survey = access.survey_or_404(survey_id)
    surveys.archive(survey, not survey.archived)
    return saved(_("Saved."), url_for("surveys.catalogue"))


@staff.get("/surveys/<int:survey_id>/preview")
@requires("surveys.manage")
def preview(survey_id: int) -> Any:
    """The sheet as people see it, as wide as a phone or a desktop."""
    survey = access.survey_or_404(survey_id)
    definition = rules.loads(surveys.latest(survey.id).definition)
    locale = request.args.get("locale", words.reader_locale())
    return render(
        "surveys/preview.html",
        survey=survey,
        definition=definition,
        locale_shown=locale if locale in words.LOCALES else "en",
        phone=request.args.get("as") != "desktop",
        filled={},
        faults={},
        words=words,
    )


@staff.get("/surveys/<int:survey_id>/export")
@requires("surveys.manage")
def export(survey_id: int) -> Any:
    """The survey as a file that any desk can bring in."""
    survey = access.survey_or_404(survey_id)
    text = msgspec.json.format(surveys.latest(survey.id).definition, indent=2)
    answer = Response(text, mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=f"survey-{survey.id}.json")
    return answer


@staff.route("/surveys/<int:survey_id>/texts", methods=["GET", "POST"])
@requires("surveys.manage")
def texts(survey_id: int) -> Any:
    """Title, introduction and thanks in each language."""
    survey = access.survey_or_404(survey_id)
    version = surveys.latest(survey.id)
    definition = rules.loads(version.definition)
    form = TextsForm()
    if request.method == "GET":
        form.version.data = version.version
        for part in ("title", "introduction", "thanks"):
            for locale in words.LOCALES:
                form[f"{part}_{locale}"].data = getattr(definition, part).get(locale, "")
    if request.method == "POST" and form.validate():
        changed = msgspec.structs.replace(
            definition,
            **{part: texts_of(form, part) for part in ("title", "introduction", "thanks")},
        )
        if not changed.title.get(definition.locale):
            form[f"title_{definition.locale}"].errors = [_("The survey needs a title.")]
        elif answer := written(survey, changed, form):
            return answer
    status = 422 if request.method == "POST" else 200
    return render(
        "surveys/texts.html", survey=survey, form=form, locales=words.LOCALES, status=status
    )


def written(survey: Survey, definition: Definition, form: Any) -> Any:
    """Save, or show on the form why that is refused."""
    try:
        surveys.write(survey, definition, form.version.data)
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message, **refusal.params))
        return None
    return saved(_("Saved."), url_for("surveys.build", survey_id=survey.id))
