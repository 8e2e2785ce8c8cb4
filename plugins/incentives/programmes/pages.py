"""What the pages of a programme share: its rules in words, refusals, uploaded definitions."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from flask_babel import format_date
from flask_wtf import FlaskForm
from wtforms import FileField

from app.api import Refusal, partner_types, translations
from plugins.incentives.programmes import reward_words, services, words
from plugins.incentives.programmes.definition import Definition, DefinitionError, Reward, Tier
from plugins.incentives.programmes.glossary import Glossary

_ = translations("incentives").gettext

LARGEST = 1_000_000  # bytes of a definition


class TierWords(NamedTuple):
    """A tier as pages tell of it."""

    tier: Tier
    asks: words.Said | None


class RewardWords(NamedTuple):
    """A reward as pages tell of it."""

    reward: Reward
    kind: str
    text: str
    notes: list[str]
    asks: words.Said | None


class Rules(NamedTuple):
    """A whole definition in words, the highest tier first."""

    definition: Definition
    tiers: list[TierWords]
    rewards: list[RewardWords]
    rules: list[tuple[str, str]]


def rules_of(definition: Definition, glossary: Glossary) -> Rules:
    """A definition read back in plain words."""
    return Rules(
        definition,
        [
            TierWords(tier, words.said(tier.requirement, glossary))
            for tier in reversed(definition.tiers)
        ],
        [
            RewardWords(
                reward,
                str(words.KINDS[reward.kind]),
                reward_words.gives(reward, glossary),
                reward_words.terms(reward, definition, glossary),
                words.said(reward.requirement, glossary),
            )
            for reward in definition.rewards
        ],
        words.rules_words(definition, partner_types()),
    )


def refusal_words(refusal: Refusal) -> str:
    """A refusal in the reader's language, its days as the reader writes them."""
    params: Mapping[str, Any] = {
        key: format_date(value, "medium", rebase=False) if isinstance(value, date) else value
        for key, value in refusal.params.items()
    }
    return _(refusal.message, **params)


def blame(form: FlaskForm, refusal: Refusal, field: str = "") -> None:
    """Say a refusal in the form: beside a field, or on top."""
    if field:
        form[field].errors = [*form[field].errors, refusal_words(refusal)]
        return
    form.form_errors.append(refusal_words(refusal))


def stale(form: FlaskForm, version: int) -> None:
    """Say that somebody was faster; the next submission is of what stands now."""
    form.version.raw_data, form.version.data = None, version
    form.form_errors.append(
        _("Somebody changed this while you were editing. Compare, then save again.")
    )


def uploaded(field: FileField) -> Definition:
    """The definition in an uploaded file. Raises `DefinitionError` and `EditRefused`."""
    if not field.data or not field.data.filename:
        raise DefinitionError("Choose a file.")
    content = field.data.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DefinitionError("The file is larger than 1 MB.")
    return services.imported(content)
