"""Themes of what people wrote: given by hand after the close, counted, found again elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from app.api import Refusal, Subject, Viewer, atomic, audit, name_history, translations
from plugins.surveys import notes, reading
from plugins.surveys.models import Note, Theme, Wave
from plugins.surveys.reading import Read
from plugins.surveys.rules import themes as rules
from plugins.surveys.rules.definition import Question
from plugins.surveys.rules.themes import ThemeCount

lazy_gettext = translations("surveys").lazy_gettext

MOST_WAVES = 12  # that the list of themes looks through

name_history({"surveys.themes_given": lazy_gettext("Themes given to what people wrote")})


class ThemeError(Refusal):
    """A theme's name that cannot be."""


class Use(NamedTuple):
    """Where a theme stands: a question of a wave, with how many answers have it."""

    wave: Wave
    question: Question
    n: int | None


class Found(NamedTuple):
    """A theme with its places in waves, and the notes that are filed under it."""

    theme: str
    uses: Sequence[Use]
    notes: Sequence[Note]


def given(wave: Wave) -> dict[str, dict[str, list[str]]]:
    """The themes of a wave's texts, by question and hash."""
    rows = Theme.select(Theme.question, Theme.text_hash, Theme.theme).where(Theme.wave == wave.id)
    found: dict[str, dict[str, list[str]]] = {}
    for question, text_hash, theme in rows.order_by(Theme.theme).tuples():
        found.setdefault(question, {}).setdefault(text_hash, []).append(theme)
    return found


def counts(read: Read) -> dict[str, list[ThemeCount]]:
    """How many answers have each theme, by question; of questions whose texts may be seen."""
    by_question = given(read.wave)
    least = read.results.least
    return {
        one.question.key: rules.counted(one.total.texts, by_question[one.question.key], least)
        for one in read.results.questions
        if one.total is not None and one.question.key in by_question
    }


def known(who: Viewer) -> list[str]:
    """Every theme that waves and the notes one may read have, each in one spelling."""
    rows = Theme.select(Theme.theme).distinct().tuples()
    said = [theme for (theme,) in rows]
    said += [theme for note in notes.listed(who) for theme in notes.themes_of(note)]
    by_word = {theme.casefold(): theme for theme in reversed(said)}
    return [by_word[word] for word in sorted(by_word)]


def give(
    wave: Wave, question: Question, texts: Iterable[str], lines: Mapping[str, str], who: Viewer
) -> None:
    """Write down the themes of texts that may be seen; `lines` are typed themes by hash."""
    spelt = known(who)
    hashes = {rules.text_hash(text) for text in texts} & lines.keys()
    rows = []
    for text_hash in sorted(hashes):
        for theme in rules.typed(lines[text_hash], spelt):
            spelt.append(theme)
            rows.append(
                {"wave": wave.id, "question": question.key, "text_hash": text_hash, "theme": theme}
            )
    mine = (Theme.wave == wave.id) & (Theme.question == question.key)
    with atomic():
        Theme.delete().where(mine, Theme.text_hash.in_(sorted(hashes))).execute()
        for at in range(0, len(rows), 500):
            Theme.insert_many(rows[at : at + 500]).execute()
        audit("surveys.themes_given", f"surveys_wave:{wave.id}", {"question": question.key})


def rename(old: str, typed: str, who: Viewer) -> str:
    """Call a theme something else wherever it stands; by the name of another, both are one.

    Answers the name as it is spelt. `who` reads every note: who does not would leave some behind.
    """
    others = [theme for theme in known(who) if theme.casefold() != old.casefold()]
    named = rules.typed(typed, others)
    if len(named) != 1:
        raise ThemeError("A theme has one name, without commas.", field="name")
    [new] = named
    spellings = [
        theme
        for (theme,) in Theme.select(Theme.theme).distinct().tuples()
        if theme.casefold() == old.casefold() and theme != new
    ]
    with atomic():
        mine = Theme.select(Theme.wave, Theme.question, Theme.text_hash)
        places = set(mine.where(Theme.theme.in_(spellings)).tuples())
        Theme.delete().where(Theme.theme.in_(spellings)).execute()
        for wave, question, text_hash in sorted(places):
            Theme.insert(
                wave=wave, question=question, text_hash=text_hash, theme=new
            ).on_conflict_ignore().execute()
        for wave, question in sorted({place[:2] for place in places}):
            audit("surveys.themes_given", f"surveys_wave:{wave}", {"question": question})
        notes.rename_theme(old, new)
    return new


def found(who: Viewer) -> list[Found]:
    """All themes with where they stand, those in most places first."""
    used = Theme.select(Theme.wave).distinct()
    rows = Wave.select().where(Wave.id.in_(used), Wave.state.in_(reading.SHOWN))
    uses: dict[str, list[Use]] = {}
    for wave in rows.order_by(Wave.id.desc()).limit(MOST_WAVES):
        read = reading.read(wave)
        counted = counts(read)
        for result in read.results.questions:
            for one in counted.get(result.question.key, ()):
                use = Use(wave, result.question, one.n)
                uses.setdefault(one.theme.casefold(), []).append(use)
    filed: dict[str, list[Note]] = {}
    for note in notes.listed(who):
        for theme in notes.themes_of(note):
            filed.setdefault(theme.casefold(), []).append(note)
    listed = [
        Found(theme, uses.get(theme.casefold(), []), filed.get(theme.casefold(), []))
        for theme in known(who)
    ]
    shown = [one for one in listed if one.uses or one.notes]
    return sorted(shown, key=lambda one: -len(one.uses) - len(one.notes))


def forget(wave_id: int, texts: Mapping[str, str]) -> None:
    """What somebody wrote goes, by question, and its themes with it. In the caller's `atomic`."""
    for question, text in texts.items():
        Theme.delete().where(
            Theme.wave == wave_id,
            Theme.question == question,
            Theme.text_hash == rules.text_hash(text),
        ).execute()


def erase(subject: Subject) -> None:
    """Themes that name somebody go."""
    pattern = notes.naming(subject)
    if pattern is None:
        return
    for (theme,) in list(Theme.select(Theme.theme).distinct().tuples()):
        if pattern.search(theme):
            Theme.delete().where(Theme.theme == theme).execute()
