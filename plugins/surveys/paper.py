"""Results on paper, as the page draws them, of what `reading` lets through."""

from random import SystemRandom
from typing import Any

from app.api import pdf, translations
from plugins.surveys import pictures, themes, words
from plugins.surveys.pictures import Label, Say
from plugins.surveys.reading import Read
from plugins.surveys.result_files import reach_words
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.definition import Type
from plugins.surveys.rules.results import QuestionResult
from plugins.surveys.rules.themes import ThemeCount

_ = translations("surveys").gettext


def paper(read: Read, names: dict[int, str], locale: str) -> Any:
    """The results to print."""
    title, own = read.wave.title, read.definition.locale
    counted = themes.counts(read)

    def say(texts: Any) -> str:
        return rules.words(texts, locale, own)

    def label(key: str) -> str:
        return words.group(key, names)

    data = {
        "title": title,
        "running": title,
        "foot": _("Groups of fewer than %(k)s people are not shown.", k=read.wave.k)
        if read.wave.mode != "identified"
        else str(words.MODES["identified"]),
        "subtitle": say(read.definition.title),
        "reach": reach_words(read),
        "outcome_head": _("What we did about it"),
        "outcome": read.wave.outcome,
        "gaps_head": _("How both sides see it"),
        "sides": [_("Our side"), _("Partners’ side")],
        "gaps": [
            {
                "label": one.label,
                "host": float(one.host) / 100,
                "partner": float(one.partner) / 100,
                "text": f"{words.number(one.host)} / {words.number(one.partner)}",
            }
            for one in pictures.gaps(read)
        ],
        "questions": [
            _question(one, say, label, counted.get(one.question.key, ()))
            for one in read.results.questions
        ],
        "marks": words.NPS_NOTICE if any(q.type is Type.NPS for q in read.definition.asked) else "",
    }
    return pdf("surveys/results.typ", data, f"survey-{read.wave.id}")


def _question(one: QuestionResult, say: Say, label: Label, counted: Any) -> dict[str, Any]:
    drawn = pictures.stacks(one, say, label)
    texts = one.total.texts if one.total is not None else ()
    return {
        "text": say(one.question.text),
        "measure": pictures.measure(one.total)
        if one.total is not None
        else _("Too few answers to be shown."),
        "stacks": [
            {
                "head": stack.head,
                "label": stack.label,
                "parts": [
                    {"tone": int(part.tone) - 1, "n": str(part.n), "width": part.width}
                    for part in stack.segments
                    if part.width
                ],
            }
            for stack in drawn
        ],
        "key": [
            {"tone": int(part.tone) - 1, "label": part.label}
            for part in (drawn[0].segments if drawn else ())
        ],
        "bars": [
            {"label": bar.label, "share": bar.value / bar.most if bar.most else 0, "text": bar.text}
            for bar in pictures.bars(one, say)
        ],
        "themes": ", ".join(map(_theme, counted)),
        "said": SystemRandom().sample(texts, len(texts)),
    }


def _theme(one: ThemeCount) -> str:
    return one.theme if one.n is None else f"{one.theme} ({one.n})"
