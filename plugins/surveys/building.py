"""Pages on which surveys are made: list, texts, questions in their order, preview, files."""

from typing import Any

import msgspec
from flask import Response, abort, redirect, request, url_for
from flask_babel import get_locale

from app.api import Refusal, render, requires, saved, settings, translations, viewer
from plugins.surveys import access, shipped, surveys, words
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import NewForm, QuestionForm, SurveyForm, TextsForm
from plugins.surveys.models import Survey, Wave
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.definition import Definition, Option, Question, ShowIf, Type

_ = translations("surveys").gettext

LOCALES = ("en", "de")
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
    locale = _own_locale()
    return Definition(locale=locale, title={locale: (form.name.data or "").strip()})


def _own_locale() -> str:
    language = get_locale().language if get_locale() else "en"
    return language if language in LOCALES else "en"


@staff.get("/surveys/<int:survey_id>")
@requires("surveys.manage")
def build(survey_id: int) -> Any:
    """The survey's questions in their order, and its waves."""
    return _page(access.survey_or_404(survey_id))


def _page(survey: Survey, problem: str = "") -> Any:
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
        missing={one: len(rules.missing(definition, one)) for one in LOCALES},
        waves=list(waves),
        words=words,
        say=lambda texts: rules.words(texts, _own_locale(), definition.locale),
        form=SurveyForm(obj=survey),
        k=settings("surveys")["k"],
    )


@staff.post("/surveys/<int:survey_id>/name")
@requires("surveys.manage")
def rename(survey_id: int) -> Any:
    """Change what staff call the survey."""
    survey, form = access.survey_or_404(survey_id), SurveyForm()
    if not form.validate():
        abort(422)
    try:
        surveys.rename(
            survey, form.name.data or "", form.purpose.data or "", form.audience.data, _seen(form)
        )
    except surveys.StaleSurvey as stale:
        return _page(access.survey_or_404(survey_id), _(stale.message))
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
    locale = request.args.get("locale", _own_locale())
    return render(
        "surveys/preview.html",
        survey=survey,
        definition=definition,
        locale_shown=locale if locale in LOCALES else "en",
        phone=request.args.get("as") != "desktop",
        answers={},
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
        form.version.data = str(version.version)
        for part in ("title", "introduction", "thanks"):
            for locale in LOCALES:
                form[f"{part}_{locale}"].data = getattr(definition, part).get(locale, "")
    if request.method == "POST" and form.validate():
        changed = msgspec.structs.replace(
            definition,
            **{part: _texts(form, part) for part in ("title", "introduction", "thanks")},
        )
        if not changed.title.get(definition.locale):
            form[f"title_{definition.locale}"].errors = [_("The survey needs a title.")]
        elif answer := _written(survey, changed, form):
            return answer
    status = 422 if request.method == "POST" else 200
    return render(
        "surveys/texts.html", survey=survey, form=form, locales=words.LOCALES, status=status
    )


def _texts(form: Any, part: str) -> dict[str, str]:
    found = {locale: (form[f"{part}_{locale}"].data or "").strip() for locale in LOCALES}
    return {locale: text for locale, text in found.items() if text}


def _written(survey: Survey, definition: Definition, form: Any) -> Any:
    """Save, or show on the form why that is refused."""
    try:
        surveys.write(survey, definition, _seen(form))
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message, **refusal.params))
        return None
    return saved(_("Saved."), url_for("surveys.build", survey_id=survey.id))


def _seen(form: Any) -> int:
    return int(form.version.data or 0)


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
        form.version.data = str(version.version)
        if one is not None:
            _fill(form, one, definition)
        elif request.args.get("type") in words.TYPES:
            form.type.data = request.args["type"]
    if request.method == "POST" and form.validate():
        try:
            made = _made(form, definition, one)
        except Refusal as refusal:
            form.form_errors.append(_(refusal.message, **refusal.params))
        else:
            changed = surveys.with_question(definition, made)
            if answer := _written(survey, changed, form):
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
            text = rules.words(other.text, _own_locale(), definition.locale)
            found.append((other.key, text[:80]))
    return found


def _fill(form: QuestionForm, one: Question, definition: Definition) -> None:
    form.type.data, form.required.data, form.reverse.data = one.type, one.required, one.reverse
    form.dimension.data, form.steps.data = one.dimension, one.steps
    listed = one.rows if one.type is Type.MATRIX else one.options
    for locale in LOCALES:
        form[f"text_{locale}"].data = one.text.get(locale, "")
        form[f"help_{locale}"].data = one.help.get(locale, "")
        form[f"options_{locale}"].data = "\n".join(o.text.get(locale, "") for o in listed)
    if one.show_if is not None:
        form.show_question.data = one.show_if.question
        form.show_operator.data = one.show_if.operator
        form.show_value.data = _shown_value(one.show_if, definition)


def _shown_value(rule: ShowIf, definition: Definition) -> str:
    other = definition.question(rule.question)
    for option in other.options if other else ():
        if option.key == rule.value:
            return rules.words(option.text, definition.locale, definition.locale)
    return rule.value


def _made(form: QuestionForm, definition: Definition, one: Question | None) -> Question:
    """The question that a form describes; its key stays once it has one."""
    found = _texts(form, "text")
    if not found.get(definition.locale):
        raise rules.DefinitionError("The question needs a text in the survey’s own language.")
    kind = form.kind
    taken = [other.key for other in definition.questions]
    listed = _options(form, definition, one)
    return Question(
        key=one.key if one else surveys.fresh_key(found[definition.locale], taken),
        type=kind,
        text=found,
        help=_texts(form, "help"),
        required=bool(form.required.data) and kind.asks,
        reverse=bool(form.reverse.data) and kind is Type.LIKERT5,
        dimension=form.dimension.data if kind is Type.LIKERT5 else "",
        options=listed if kind.has_options else (),
        rows=listed if kind is Type.MATRIX else (),
        steps=(form.steps.data or 5) if kind is Type.RATING else 5,
        show_if=_show_if(form, definition),
    )


def _options(
    form: QuestionForm, definition: Definition, one: Question | None
) -> tuple[Option, ...]:
    lines = {
        locale: [t.strip()[:500] for t in (form[f"options_{locale}"].data or "").splitlines()]
        for locale in LOCALES
    }
    own = [text for text in lines[definition.locale] if text]
    if len(own) > rules.MOST_OPTIONS:
        raise rules.DefinitionError("At most %(n)s options.", n=rules.MOST_OPTIONS)
    former = (*one.options, *one.rows) if one else ()
    keys: list[str] = []
    made = []
    for n, text in enumerate(own):
        key = former[n].key if n < len(former) else surveys.fresh_key(text, keys)
        keys.append(key if key not in keys else surveys.fresh_key(text, keys))
        said = {locale: some[n] for locale, some in lines.items() if n < len(some) and some[n]}
        made.append(Option(keys[-1], said | {definition.locale: text}))
    return tuple(made)


def _show_if(form: QuestionForm, definition: Definition) -> ShowIf | None:
    other = definition.question(form.show_question.data or "")
    if other is None:
        return None
    typed = (form.show_value.data or "").strip()
    value = typed.lower()
    for option in other.options:
        if typed in (option.key, *option.text.values()):
            value = option.key
    value = {"ja": "yes", "nein": "no"}.get(value, value)
    if not value or len(value) > 40:
        raise rules.DefinitionError("Say after which answer the question is shown.")
    return ShowIf(other.key, form.show_operator.data, value)


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
    return _rewritten(survey, surveys.moved(definition, key, max(0, place)))


@staff.post("/surveys/<int:survey_id>/questions/<key>/remove")
@requires("surveys.manage")
def remove(survey_id: int, key: str) -> Any:
    """Take a question out."""
    survey = access.survey_or_404(survey_id)
    definition = rules.loads(surveys.latest(survey.id).definition)
    if definition.question(key) is None:
        abort(404)
    return _rewritten(survey, surveys.without(definition, key))


def _rewritten(survey: Survey, changed: Definition) -> Any:
    seen = request.form.get("version", "")
    try:
        surveys.write(survey, changed, int(seen) if seen.isdecimal() and len(seen) < 10 else 0)
    except Refusal as refusal:
        return _page(survey, _(refusal.message, **refusal.params))
    if request.headers.get("HX-Request") == "true":
        return _page(survey)
    return redirect(url_for("surveys.build", survey_id=survey.id, _anchor="questions"), 303)
