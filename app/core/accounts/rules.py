"""Rules about people that need neither database nor clock."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

CODE = re.compile(r"\d{6}")
RECOVERY_CODE = re.compile(r"[a-z2-7]{16}")

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class Absence(NamedTuple):
    """From the first to the last day on which somebody is out, and who stands in."""

    first: date | None
    last: date | None
    deputy: int | None

    def on(self, day: date) -> bool:
        """Whether the person is out on a day; without a last day the absence goes on."""
        if self.first is None or day < self.first:
            return False
        return self.last is None or day <= self.last


def stand_in(person: int, absences: Mapping[int, Absence], day: date) -> int:
    """Who acts for a person on a day: the first in the chain of deputies who is there.

    `absences` holds those people who may act at all. Where the chain ends with nobody, or runs in
    a circle, it is the person themself: work is never lost because of an absence.
    """
    seen = {person}
    at = person
    while (absence := absences.get(at)) is not None and absence.on(day):
        if absence.deputy is None or absence.deputy in seen:
            return person
        at = absence.deputy
        seen.add(at)
    return at if at in absences else person


def above(person: int, managers: Mapping[int, int | None]) -> list[int]:
    """A person's line managers, the nearest first; stops where the line would run in a circle."""
    line: list[int] = []
    at = managers.get(person)
    while at is not None and at != person and at not in line:
        line.append(at)
        at = managers.get(at)
    return line


def runs_in_circle(person: int, manager: int | None, managers: Mapping[int, int | None]) -> bool:
    """Whether a new line manager reports, at whatever distance, to the person."""
    if manager is None:
        return False
    return manager == person or person in above(manager, managers)


def browser_name(agent: str) -> str:
    """A browser's User-Agent in words such as "Firefox, Windows"; empty where it says nothing."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(word for word in (browser, system) if word)


def plain_code(text: str) -> str:
    """A code as it is compared: without the blanks and dashes that people type, in lower case."""
    return re.sub(r"[\s\-–]+", "", text).lower()[:40]


def executives_of(contacts: Collection[tuple[int, str, bool, bool]]) -> list[int]:
    """The executives among one partner's contacts, given as (id, level, can sign, is primary).

    Those of level executive, else those who can sign, else the primary contact (domain
    specification §4).
    """
    for chosen in (
        [row[0] for row in contacts if row[1] == "executive"],
        [row[0] for row in contacts if row[2]],
        [row[0] for row in contacts if row[3]],
    ):
        if chosen:
            return chosen
    return []
