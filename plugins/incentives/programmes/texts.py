"""What the texts of a definition from elsewhere may hold: pure."""

import unicodedata

from app.api import Refusal
from plugins.incentives.programmes.definition import Definition, requirements
from plugins.incentives.programmes.editing import EditRefused

_UNREADABLE = ("Cc", "Cs", "Zl", "Zp")  # categories of characters that are nothing to be read
_BREAKS = {ord(mark): " " for mark in "\t\r\n"}


def text_problem(definition: Definition) -> Refusal | None:
    """What no field of a form would take: an empty name or one of several lines, or a character
    that controls something. Names become titles of mails and tasks, which hold no such thing."""
    names = [tier.name for tier in definition.tiers]
    names += [reward.name for reward in definition.rewards]
    texts = [definition.aims, *(tier.benefits for tier in definition.tiers)]
    texts += [reward.benefit for reward in definition.rewards]
    codes = [*definition.eligible, *(reward.base for reward in definition.rewards)]
    codes += [one.subject for one in requirements(definition)]
    good = (
        all(name.strip() and _readable(name) for name in names)
        and all(_readable(text.translate(_BREAKS)) for text in texts)
        and all(_readable(code) for code in codes)
    )
    return None if good else EditRefused("A name is empty, or a text cannot be shown.")


def _readable(text: str) -> bool:
    return not any(unicodedata.category(mark) in _UNREADABLE for mark in text)
