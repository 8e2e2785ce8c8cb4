"""What a version of a survey asks: its questions in order, with their texts in each language.

A definition is text that other desks can read: canonical JSON. Texts are mappings of language to
words. Source: domain specification §5, Entities.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec

from app.api import Refusal
from plugins.surveys.rules import rhi

Key: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,40}$")]
Locale: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$")]
Words: TypeAlias = Annotated[str, msgspec.Meta(max_length=2000)]
Texts: TypeAlias = dict[Locale, Words]
Dimension: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{0,20}$")]

MOST_QUESTIONS = 100
MOST_OPTIONS = 30
DIMENSIONS = (*rhi.CORE, *rhi.EXTRA)


class DefinitionError(Refusal):
    """A definition that cannot be read, or that contradicts itself."""


class Type(StrEnum):
    """What a question wants, or what an element that is none tells."""

    NPS = "nps"
    CSAT5 = "csat5"
    LIKERT5 = "likert5"
    RATING = "rating"
    SINGLE = "single"
    MULTI = "multi"
    MATRIX = "matrix"
    RANKING = "ranking"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    INFO = "info"
    SECTION = "section"

    @property
    def asks(self) -> bool:
        """Whether there is something to answer."""
        return self not in (Type.INFO, Type.SECTION)

    @property
    def is_text(self) -> bool:
        """Whether the answer is free text."""
        return self in (Type.SHORT_TEXT, Type.LONG_TEXT)

    @property
    def has_options(self) -> bool:
        """Whether the answer is chosen among options."""
        return self in (Type.SINGLE, Type.MULTI, Type.RANKING)

    @property
    def can_decide(self) -> bool:
        """Whether other questions may be shown by its answer."""
        return self in _DECIDING


_DECIDING = (Type.NPS, Type.CSAT5, Type.LIKERT5, Type.RATING, Type.SINGLE, Type.YES_NO)


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One choice, or one row of a matrix."""

    key: Key
    text: Texts


class ShowIf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """That a question is asked only after certain answers to an earlier one.

    `value` is a number for scales, an option's key, or "yes" and "no".
    """

    question: Key
    operator: Annotated[str, msgspec.Meta(pattern="^(is|at_least|at_most)$")]
    value: Annotated[str, msgspec.Meta(max_length=40)]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question; its key stays over versions, so that trends join on it."""

    key: Key
    type: Type
    text: Texts
    help: Texts = {}
    required: bool = False
    reverse: bool = False
    dimension: Dimension = ""
    options: Annotated[tuple[Option, ...], msgspec.Meta(max_length=MOST_OPTIONS)] = ()
    rows: Annotated[tuple[Option, ...], msgspec.Meta(max_length=MOST_OPTIONS)] = ()
    steps: Annotated[int, msgspec.Meta(ge=3, le=10)] = 5  # of a rating
    show_if: ShowIf | None = None


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One version of a survey, whole; every text stands in `locale` at least."""

    locale: Locale
    title: Texts
    introduction: Texts = {}
    thanks: Texts = {}
    questions: Annotated[tuple[Question, ...], msgspec.Meta(max_length=MOST_QUESTIONS)] = ()

    def question(self, key: str) -> Question | None:
        """The question of this key; None where the version has none such."""
        return next((one for one in self.questions if one.key == key), None)

    @property
    def asked(self) -> tuple[Question, ...]:
        """The elements that want an answer."""
        return tuple(one for one in self.questions if one.type.asks)

    @property
    def items(self) -> tuple[rhi.Item, ...]:
        """The items of agreement that a dimension counts."""
        return tuple(
            rhi.Item(one.key, one.dimension, one.reverse)
            for one in self.questions
            if one.type is Type.LIKERT5 and one.dimension
        )


def words(texts: Mapping[str, str], locale: str, fallback: str) -> str:
    """A text in a language, else in the fallback, else in any."""
    return texts.get(locale) or texts.get(fallback) or next(iter(texts.values()), "")


def dumps(definition: Definition) -> str:
    """The definition as canonical JSON: sorted keys, nothing that has its default left out."""
    return msgspec.json.encode(definition, order="sorted").decode()


def loads(text: str | bytes) -> Definition:
    """The definition that a JSON text holds; anything else is refused with the place of the fault.

    Raises: `DefinitionError`.
    """
    try:
        found = msgspec.json.decode(text, type=Definition)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DefinitionError("This is not a survey: %(fault)s", fault=str(error)[:300]) from None
    check(found)
    return found


def check(definition: Definition) -> None:
    """Refuse what contradicts itself. Raises: `DefinitionError`."""
    seen: dict[str, Question] = {}
    for one in definition.questions:
        if one.key in seen:
            raise DefinitionError("Two questions are called %(key)s.", key=one.key)
        _check_question(one)
        if one.show_if is not None:
            _check_condition(one, one.show_if, seen)
        seen[one.key] = one


def _check_question(one: Question) -> None:
    if one.dimension and one.dimension not in DIMENSIONS:
        raise DefinitionError("%(name)s is no dimension.", name=one.dimension)
    if one.dimension and one.type is not Type.LIKERT5:
        raise DefinitionError("%(key)s: only agreement has a dimension.", key=one.key)
    if one.type.has_options and len(one.options) < 2:
        raise DefinitionError("%(key)s needs two options at least.", key=one.key)
    if one.type is Type.MATRIX and not one.rows:
        raise DefinitionError("%(key)s needs a row at least.", key=one.key)
    for some in (one.options, one.rows):
        if len({option.key for option in some}) < len(some):
            raise DefinitionError("%(key)s has an option twice.", key=one.key)


def _check_condition(one: Question, rule: ShowIf, seen: Mapping[str, Question]) -> None:
    other = seen.get(rule.question)
    if other is None:
        raise DefinitionError("%(key)s depends on a question that comes later.", key=one.key)
    if not other.type.can_decide:
        raise DefinitionError("%(key)s depends on a question that cannot decide.", key=one.key)
    fits = {
        Type.SINGLE: lambda: rule.value in {option.key for option in other.options},
        Type.YES_NO: lambda: rule.value in ("yes", "no"),
    }.get(other.type, lambda: rule.value.isdecimal() and len(rule.value) < 3)()
    if not fits or (other.type in (Type.SINGLE, Type.YES_NO) and rule.operator != "is"):
        raise DefinitionError("%(key)s waits for an answer that cannot be given.", key=one.key)


def texts_of(definition: Definition) -> Iterator[tuple[str, Texts]]:
    """Every text of a definition with where it stands: "title", "question q1", "option q1 a"."""
    yield "title", definition.title
    yield "introduction", definition.introduction
    yield "thanks", definition.thanks
    for one in definition.questions:
        yield f"{one.key}", one.text
        yield f"{one.key}.help", one.help
        for option in (*one.options, *one.rows):
            yield f"{one.key}.{option.key}", option.text


def missing(definition: Definition, locale: str) -> list[str]:
    """Where a language lacks words that the survey's own language has, or must have."""
    own = definition.locale
    return [
        place
        for place, texts in texts_of(definition)
        if not texts.get(locale)
        and (texts.get(own) or place == "title" or ("." not in place and place not in _OPTIONAL))
    ]


_OPTIONAL = ("introduction", "thanks")


def same_meaning(before: Definition, after: Definition) -> bool:
    """Whether only words changed: all that a version allows once somebody has answered it."""
    return _bones(before) == _bones(after)


def _bones(definition: Definition) -> Sequence[object]:
    return [
        (
            *(one.key, one.type, one.required, one.reverse, one.dimension, one.steps, one.show_if),
            tuple(option.key for option in one.options),
            tuple(row.key for row in one.rows),
        )
        for one in definition.questions
    ]
