"""Public holidays of countries and their parts, by the `holidays` library, and own changes to them.

The library's data reach from 1950 to 2100 for most countries; beyond them no day is a holiday.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from types import ModuleType

from babel import Locale

FIRST_YEAR, LAST_YEAR = 1950, 2100


@dataclass(frozen=True, slots=True)
class DaysOff:
    """The public holidays of a place, with the organisation's own days; a container of dates."""

    country: str  # ISO 3166-1; none: ""
    subdivision: str
    changes: Mapping[date, bool]  # True: closed whatever the law says; False: a holiday worked

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        closed = self.changes.get(day)
        if closed is not None:
            return closed
        return day in public_holidays(self.country, self.subdivision, day.year)


def _library() -> ModuleType:
    """The library, read by the first who asks: its tables are larger than most of the desk."""
    import holidays

    return holidays


@lru_cache(maxsize=512)
def public_holidays(
    country: str, subdivision: str, year: int, language: str = ""
) -> Mapping[date, str]:
    """The public holidays of one year by date, named in a language, else in English.

    Empty where the library knows neither place nor year: it may forget one from release to release.
    """
    if not country or not FIRST_YEAR <= year <= LAST_YEAR:
        return {}
    try:
        found = _library().country_holidays(
            country,
            subdiv=subdivision or None,
            years=year,
            expand=False,
            language=_language(country, language),
        )
    except NotImplementedError:
        return {}
    return dict(sorted(found.items()))


def country_names(locale: Locale) -> list[tuple[str, str]]:
    """Every country that has holidays, with its name in a language, by name."""
    names = {code: str(locale.territories.get(code, code)) for code in _countries()}
    return sorted(names.items(), key=lambda pair: pair[1].casefold())


def subdivision_names(country: str) -> list[tuple[str, str]]:
    """The parts of a country whose holidays differ, with a name where the library has one."""
    codes = _countries().get(country, ())
    if not codes:
        return []
    aliases = _library().country_holidays(country).subdivisions_aliases
    names = {code: name for name, code in reversed(aliases.items())}
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])


@cache
def _countries() -> Mapping[str, tuple[str, ...]]:
    found = _library().list_supported_countries(include_aliases=False)
    return {code: tuple(parts) for code, parts in found.items() if len(code) == 2}


@cache
def _languages(country: str) -> tuple[str, ...]:
    # Not by the library's list of all languages: that loads every country's tables.
    return tuple(sorted(_library().country_holidays(country).supported_languages))


def _language(country: str, wanted: str) -> str | None:
    """The language among the country's in which to name its holidays; None is the only one."""
    offered = _languages(country)
    for language in (wanted, wanted.partition("_")[0], "en_US", "en_GB", "en"):
        match = next((o for o in offered if language and o.startswith(language)), None)
        if match:
            return match
    return offered[0] if offered else None
