"""What somebody answered: read from a form, checked, and asked only where it is to be.

Answers are plain values by question key: whole numbers for scales, an option's key, lists of keys
(several choices, or a ranking from the first), numbers by row for a matrix, True or False, integer
millionths for numbers, ISO dates, texts. A question that was not answered has no key.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from plugins.surveys.rules import rhi
from plugins.surveys.rules.definition import Definition, Question, ShowIf, Type

Answers: TypeAlias = dict[str, Any]
Form: TypeAlias = Mapping[str, Sequence[str]]

SHORT, LONG = 200, 4000
MILLION = 1_000_000


class Unfit(ValueError):
    """An answer that the question does not take; the text is a key of `FAULTS`."""


# What is wrong with an answer; views say it in the reader's language.
FAULTS = ("required", "choose", "number", "date", "long", "ranking")


def field(question: Question, part: str = "") -> str:
    """The name of a question's field, or of one of its rows or options."""
    return f"q-{question.key}" + (f"-{part}" if part else "")


def read(
    definition: Definition, form: Form, *, partial: bool = False
) -> tuple[Answers, dict[str, str]]:
    """The answers that a form holds, and by question key what is wrong with them.

    Questions that are not shown after the answers before them are left out. `partial` forgives
    what is missing: saved on the way. What does not fit is no answer, then neither.
    """
    answers: Answers = {}
    faults: dict[str, str] = {}
    for question in definition.asked:
        if not is_shown(question.show_if, answers):
            continue
        try:
            value = _READERS[question.type](question, form)
        except Unfit as fault:
            faults[question.key] = str(fault)
            continue
        if value is not None:
            answers[question.key] = value
        if question.required and not partial and not _is_whole(question, value):
            faults[question.key] = "required"
    return answers, faults


def _is_whole(question: Question, value: Any) -> bool:
    """Whether something was answered, and each row of it."""
    return value is not None and (
        question.type is not Type.MATRIX or len(value) == len(question.rows)
    )


def is_shown(rule: ShowIf | None, answers: Mapping[str, Any]) -> bool:
    """Whether a question is asked after these answers; what was not answered shows nothing."""
    if rule is None:
        return True
    given = answers.get(rule.question)
    if given is None:
        return False
    if isinstance(given, bool):
        return rule.value == ("yes" if given else "no")
    if isinstance(given, str):
        return given == rule.value
    wanted = int(rule.value)
    return bool(
        {"is": given == wanted, "at_least": given >= wanted, "at_most": given <= wanted}[
            rule.operator
        ]
    )


def bounds(question: Question) -> tuple[int, int]:
    """The lowest and the highest answer of a scale."""
    if question.type is Type.NPS:
        return 0, 10
    return 1, question.steps if question.type is Type.RATING else 5


def _one(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "").strip()


def _scale(question: Question, form: Form, part: str = "") -> int | None:
    typed = _one(form, field(question, part))
    if not typed:
        return None
    low, high = bounds(question)
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 3 and low <= int(typed) <= high):
        raise Unfit("choose")
    return int(typed)


def _single(question: Question, form: Form) -> str | None:
    typed = _one(form, field(question))
    if typed and typed not in {option.key for option in question.options}:
        raise Unfit("choose")
    return typed or None


def _multi(question: Question, form: Form) -> list[str] | None:
    typed = set(form.get(field(question), ()))
    chosen = [option.key for option in question.options if option.key in typed]
    if len(chosen) < len(typed):
        raise Unfit("choose")
    return chosen or None


def _matrix(question: Question, form: Form) -> dict[str, int] | None:
    found = {row.key: _scale(question, form, row.key) for row in question.rows}
    given = {key: value for key, value in found.items() if value is not None}
    return given or None


def _ranking(question: Question, form: Form) -> list[str] | None:
    typed = {option.key: _one(form, field(question, option.key)) for option in question.options}
    if not any(typed.values()):
        return None
    places = [str(n) for n in range(1, len(typed) + 1)]
    if sorted(typed.values(), key=lambda t: (len(t), t)) != sorted(
        places, key=lambda t: (len(t), t)
    ):
        raise Unfit("ranking")
    return sorted(typed, key=lambda key: int(typed[key]))


def _yes_no(question: Question, form: Form) -> bool | None:
    typed = _one(form, field(question))
    if typed not in ("", "yes", "no"):
        raise Unfit("choose")
    return {"": None, "yes": True, "no": False}[typed]


def _number(question: Question, form: Form) -> int | None:
    typed = _one(form, field(question))
    if not typed:
        return None
    try:
        value = Decimal(typed[:40].replace(",", "."))
    except InvalidOperation:
        raise Unfit("number") from None
    if not value.is_finite() or abs(value.adjusted()) > 12 or value.as_tuple().exponent < -6:  # type: ignore[operator]
        raise Unfit("number")
    return int(value * MILLION)


def _date(question: Question, form: Form) -> str | None:
    typed = _one(form, field(question))
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        raise Unfit("date") from None
    if not 1900 <= found.year <= 2200 or len(typed) != 10:
        raise Unfit("date")
    return typed


def _text(question: Question, form: Form) -> str | None:
    typed = _one(form, field(question)).replace("\r\n", "\n")
    if len(typed) > (SHORT if question.type is Type.SHORT_TEXT else LONG):
        raise Unfit("long")
    return typed or None


_READERS: dict[Type, Callable[[Question, Form], Any]] = {
    Type.NPS: _scale,
    Type.CSAT5: _scale,
    Type.LIKERT5: _scale,
    Type.RATING: _scale,
    Type.SINGLE: _single,
    Type.MULTI: _multi,
    Type.MATRIX: _matrix,
    Type.RANKING: _ranking,
    Type.YES_NO: _yes_no,
    Type.NUMBER: _number,
    Type.DATE: _date,
    Type.SHORT_TEXT: _text,
    Type.LONG_TEXT: _text,
}


def low(definition: Definition, answers: Mapping[str, Any]) -> list[str]:
    """The question keys and dimensions for which somebody should be asked what is wrong.

    NPS up to 6, satisfaction up to 2, a dimension of the relationship under 50 (domain
    specification §5, Closed loop).
    """
    found = []
    for question in definition.asked:
        given = answers.get(question.key)
        if given is None:
            continue
        if (question.type is Type.NPS and given <= 6) or (
            question.type is Type.CSAT5 and given <= 2
        ):
            found.append(question.key)
    scores = rhi.of_respondent(definition.items, answers)
    return found + [name for name, reached in scores.items() if reached < rhi.WATCH]
