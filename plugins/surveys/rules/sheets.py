"""What stands in the fields of a sheet, by their names: as it was typed, or from answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from plugins.surveys.rules.definition import Definition, Question, Type
from plugins.surveys.rules.questions import MILLION, Form, field


def filled(definition: Definition, answers: Mapping[str, Any]) -> Form:
    """Answers as a form holds them; `questions.read` makes the same answers of it again."""
    found: dict[str, list[str]] = {}
    for question in definition.asked:
        if question.key in answers:
            found |= _fields(question, answers[question.key])
    return found


def _fields(question: Question, given: Any) -> dict[str, list[str]]:
    if question.type is Type.MATRIX:
        return {field(question, row): [str(step)] for row, step in given.items()}
    if question.type is Type.RANKING:
        return {field(question, key): [str(n)] for n, key in enumerate(given, start=1)}
    if question.type is Type.MULTI:
        return {field(question): list(given)}
    if question.type is Type.YES_NO:
        return {field(question): ["yes" if given else "no"]}
    if question.type is Type.NUMBER:
        return {field(question): [f"{(Decimal(given) / MILLION).normalize():f}"]}
    return {field(question): [str(given)]}
