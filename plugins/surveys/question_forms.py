"""One question as a form: filled from a definition, and read back into one."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from app.api import VersionField, options, translations
from plugins.surveys import surveys, words
from plugins.surveys.forms import texts_of
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.definition import Definition, Option, Question, ShowIf, Type

lazy_gettext = translations("surveys").lazy_gettext


class QuestionForm(FlaskForm):
    """One question in each language."""

    version = VersionField()
    type = SelectField(lazy_gettext("Kind"), choices=options(words.TYPES))
    text_en = StringField(lazy_gettext("Text"), validators=[Length(max=500)])
    text_de = StringField(lazy_gettext("Text"), validators=[Length(max=500)])
    help_en = StringField(lazy_gettext("Help"), validators=[Length(max=500)])
    help_de = StringField(lazy_gettext("Help"), validators=[Length(max=500)])
    options_en = TextAreaField(
        lazy_gettext("Options or rows"),
        description=lazy_gettext("One a line; for choices, orders and rows of agreement."),
        validators=[Length(max=4000)],
    )
    options_de = TextAreaField(
        lazy_gettext("Options or rows"),
        description=lazy_gettext("One a line, in the same order."),
        validators=[Length(max=4000)],
    )
    required = BooleanField(lazy_gettext("Must be answered"))
    reverse = BooleanField(
        lazy_gettext("Asks the reverse"),
        description=lazy_gettext("Agreeing is bad: 5 counts as 1."),
    )
    dimension = SelectField(
        lazy_gettext("Dimension of the relationship"),
        choices=options([("", lazy_gettext("None")), *words.DIMENSIONS.items()]),
        description=lazy_gettext("For agreement only."),
    )
    steps = IntegerField(
        lazy_gettext("Steps of a rating"), default=5, validators=[Optional(), NumberRange(3, 10)]
    )
    show_question = SelectField(lazy_gettext("Only after an answer to"), default="")
    show_operator = SelectField(
        lazy_gettext("which is"),
        choices=options(
            [
                ("is", lazy_gettext("equal to")),
                ("at_least", lazy_gettext("at least")),
                ("at_most", lazy_gettext("at most")),
            ]
        ),
    )
    show_value = StringField(
        lazy_gettext("Answer"),
        description=lazy_gettext("A number, “yes” or “no”, or the option’s words."),
        validators=[Length(max=200)],
    )

    def __init__(self, earlier: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show_question.choices = options([("", lazy_gettext("Always shown")), *earlier])

    @property
    def kind(self) -> Type:
        """The chosen kind."""
        return Type(self.type.data)


def fill(form: QuestionForm, one: Question, definition: Definition) -> None:
    """Show a question of a definition on its form."""
    form.type.data, form.required.data, form.reverse.data = one.type, one.required, one.reverse
    form.dimension.data, form.steps.data = one.dimension, one.steps
    listed = one.rows if one.type is Type.MATRIX else one.options
    for locale in words.LOCALES:
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


def question_of(form: QuestionForm, definition: Definition, one: Question | None) -> Question:
    """The question that a form describes; its key stays once it has one."""
    found = texts_of(form, "text")
    if not found.get(definition.locale):
        raise rules.DefinitionError("The question needs a text in the survey’s own language.")
    kind = form.kind
    taken = [other.key for other in definition.questions]
    listed = _options(form, definition, one)
    return Question(
        key=one.key if one else surveys.fresh_key(found[definition.locale], taken),
        type=kind,
        text=found,
        help=texts_of(form, "help"),
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
        for locale in words.LOCALES
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
