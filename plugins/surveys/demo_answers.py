"""What made-up people answer, the same on every machine."""

import random
from typing import Any

from plugins.surveys.rules.definition import Definition, Type

LEANINGS = {"host": 4.1, "partner": 3.5}  # how we answer, and how they do
SAID = {  # what people wrote, with its themes
    "why": (
        ("Answers take a week, and nobody says why.", ("Speed", "Whom to ask")),
        ("Good people who keep their word.", ("Trust",)),
        ("We never know whom to ask about invoices.", ("Whom to ask",)),
        ("The joint campaign went well.", ("Campaigns",)),
    ),
    "better": (
        ("One person to ask, with a deputy.", ("Whom to ask",)),
        ("Tell us earlier when dates move.", ("Speed",)),
        ("Meet in person once a quarter.", ("Meetings",)),
    ),
}


def answers(definition: Definition, leaning: float, draw: random.Random) -> dict[str, Any]:
    """What somebody answers who leans towards a step from 1 to 5."""
    found: dict[str, Any] = {}
    for question in definition.asked:
        step = max(1, min(5, round(draw.gauss(leaning, 0.9))))
        if question.type is Type.LIKERT5:
            found[question.key] = 6 - step if question.reverse else step
        elif question.type is Type.CSAT5:
            found[question.key] = step
        elif question.type is Type.NPS:
            found[question.key] = min(10, 2 * step + draw.choice((-1, 0, 1)))
        elif question.type is Type.MULTI:
            keys = [option.key for option in question.options]
            found[question.key] = draw.sample(keys, draw.randint(1, 2))
        elif question.key in SAID and draw.random() < 0.7:
            found[question.key] = draw.choice(SAID[question.key])[0]
    return found
