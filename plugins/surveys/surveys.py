"""Surveys and what their versions ask: made, edited question by question, brought in as JSON."""

import hashlib
import re
from collections.abc import Sequence

import msgspec
from peewee import fn

from app.api import Refusal, Viewer, atomic, audit, name_history, now, translations
from plugins.surveys.models import AUDIENCES, Survey, SurveyVersion
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.definition import Definition, Question, Type

lazy_gettext = translations("surveys").lazy_gettext

name_history(
    {
        "surveys.made": lazy_gettext("Survey made"),
        "surveys.named": lazy_gettext("Survey renamed"),
        "surveys.archived": lazy_gettext("Survey put away"),
        "surveys.restored": lazy_gettext("Survey brought back"),
        "surveys.edited": lazy_gettext("Survey edited"),
        "surveys.version_begun": lazy_gettext("Another version of the survey begun"),
    }
)


class StaleSurvey(Refusal):
    """Somebody else has changed the survey in the meantime."""


class SurveyRefusal(Refusal):
    """A change that a survey does not take."""


def make(
    name: str,
    purpose: str,
    audience: str,
    definition: Definition,
    *,
    by: Viewer,
    template: str = "",
) -> int:
    """A new survey with its first version; returns its id."""
    if audience not in AUDIENCES:
        raise SurveyRefusal("There is no such audience.")
    with atomic():
        survey = Survey.create(
            name=name.strip()[:120],
            purpose=purpose.strip()[:500],
            audience=audience,
            template=template,
            created_at=now(),
            created_by=by.user_id,
        )
        text = rules.dumps(definition)
        SurveyVersion.create(survey=survey, number=1, definition=text, sha256=_hash(text))
        audit("surveys.made", f"surveys_survey:{survey.id}", {"template": template})
    return int(survey.id)


def rename(survey: Survey, name: str, purpose: str, audience: str, version: int) -> None:
    """Change what staff call a survey, and whom it is for."""
    with atomic():
        _touch(survey, version)
        Survey.update(name=name.strip(), purpose=purpose.strip(), audience=audience).where(
            Survey.id == survey.id
        ).execute()
        audit("surveys.named", f"surveys_survey:{survey.id}")


def archive(survey: Survey, away: bool) -> None:
    """Put a survey away, or bring it back; its waves stay."""
    with atomic():
        Survey.update(archived=away).where(Survey.id == survey.id).execute()
        audit(f"surveys.{'archived' if away else 'restored'}", f"surveys_survey:{survey.id}")


def latest(survey_id: int) -> SurveyVersion:
    """The version that is edited and launched."""
    found: SurveyVersion = (
        SurveyVersion.select()
        .where(SurveyVersion.survey == survey_id)
        .order_by(SurveyVersion.number.desc())
        .get()
    )
    return found


def write(survey: Survey, definition: Definition, seen: int) -> SurveyVersion:
    """Write what a survey asks, in the version that was seen while editing it.

    Once somebody has answered, only words change in a version; anything else begins the next.
    Raises: `StaleSurvey`, `DefinitionError`.
    """
    rules.check(definition)
    with atomic():
        version = latest(survey.id)
        touched = (
            SurveyVersion.update(version=SurveyVersion.version + 1)
            .where(SurveyVersion.id == version.id, SurveyVersion.version == seen)
            .execute()
        )
        if not touched:
            raise StaleSurvey("Somebody else has changed this survey. Look at it again.")
        text = rules.dumps(definition)
        if version.locked and not rules.same_meaning(rules.loads(version.definition), definition):
            version = SurveyVersion.create(
                survey=survey, number=version.number + 1, definition=text, sha256=_hash(text)
            )
            audit("surveys.version_begun", f"surveys_survey:{survey.id}", {"n": version.number})
            return version
        SurveyVersion.update(definition=text, sha256=_hash(text)).where(
            SurveyVersion.id == version.id
        ).execute()
        audit("surveys.edited", f"surveys_survey:{survey.id}", {"n": version.number})
    return latest(survey.id)


def lock_version(version_id: int) -> None:
    """Somebody answers: from now on the version keeps its questions. In the caller's `atomic`."""
    SurveyVersion.update(locked=True).where(
        SurveyVersion.id == version_id, ~SurveyVersion.locked
    ).execute()


def with_question(definition: Definition, question: Question) -> Definition:
    """The definition with a question changed in its place, or added at the end."""
    some = list(definition.questions)
    place = next((n for n, one in enumerate(some) if one.key == question.key), None)
    if place is not None:
        some[place] = question
    else:
        some.append(question)
    return _replaced(definition, some)


def without(definition: Definition, key: str) -> Definition:
    """The definition without a question, and without conditions on it."""
    some = [
        msgspec.structs.replace(one, show_if=None)
        if one.show_if and one.show_if.question == key
        else one
        for one in definition.questions
        if one.key != key
    ]
    return _replaced(definition, some)


def moved(definition: Definition, key: str, to: int) -> Definition:
    """The definition with a question, or a section with all of its questions, at another place.

    Conditions that came too early go.
    """
    some = list(definition.questions)
    at = next(n for n, one in enumerate(some) if one.key == key)
    to = max(0, min(to, len(some) - 1))
    if some[at].type is Type.SECTION:
        some = _with_section_moved(some, at, to)
    else:
        some.insert(to, some.pop(at))
    seen: set[str] = set()
    kept = []
    for question in some:
        rule = question.show_if
        if rule is not None and rule.question not in seen:
            question = msgspec.structs.replace(question, show_if=None)
        seen.add(question.key)
        kept.append(question)
    return _replaced(definition, kept)


def _with_section_moved(some: list[Question], at: int, to: int) -> list[Question]:
    """The section that begins at one place before that around another, or behind the next ones."""
    starts = [n for n, one in enumerate(some) if n == 0 or one.type is Type.SECTION]
    ends = [*starts[1:], len(some)]
    end = ends[starts.index(at)]
    if to < at:
        before = max(start for start in starts if start <= to)
        return some[:before] + some[at:end] + some[before:at] + some[end:]
    behind = next((one for one in ends if one > max(to, end - 1) and one > end), end)
    return some[:at] + some[end:behind] + some[at:end] + some[behind:]


def _replaced(definition: Definition, questions: Sequence[Question]) -> Definition:
    return msgspec.structs.replace(definition, questions=tuple(questions))


def fresh_key(text: str, taken: Sequence[str]) -> str:
    """A key of a text's first words that no other has."""
    base = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:30] or "question"
    if base not in taken:
        return base
    return next(f"{base}_{n}" for n in range(2, 10_000) if f"{base}_{n}" not in taken)


def listing(*, away: bool) -> list[Survey]:
    """The surveys by name."""
    rows = Survey.select().where(Survey.archived == away)
    return list(rows.order_by(fn.LOWER(Survey.name), Survey.id).limit(500))


def _touch(survey: Survey, seen: int) -> None:
    touched = (
        Survey.update(version=Survey.version + 1)
        .where(Survey.id == survey.id, Survey.version == seen)
        .execute()
    )
    if not touched:
        raise StaleSurvey("Somebody else has changed this survey. Look at it again.")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
