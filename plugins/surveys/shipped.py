"""The surveys that come with the plugin, in our own words, to be changed as anybody likes."""

from typing import Any, NamedTuple

from app.api import translations
from plugins.surveys.rules.definition import Definition, Option, Question, ShowIf, Type

lazy_gettext = translations("surveys").lazy_gettext


class Shipped(NamedTuple):
    """A survey to begin with: whom it is for, how often, and what it asks."""

    key: str
    name: Any
    purpose: Any
    audience: str
    definition: Definition


def _q(key: str, kind: Type, en: str, de: str, **more: Any) -> Question:
    return Question(key=key, type=kind, text={"en": en, "de": de}, **more)


def _item(key: str, dimension: str, en: str, de: str, *, reverse: bool = False) -> Question:
    return _q(key, Type.LIKERT5, en, de, dimension=dimension, reverse=reverse)


def _option(key: str, en: str, de: str) -> Option:
    return Option(key=key, text={"en": en, "de": de})


RELATIONSHIP = (
    _q("s_trust", Type.SECTION, "Trust", "Vertrauen"),
    _item("trust_promise", "trust", "They keep what they promise.", "Sie halten, was sie zusagen."),
    _item(
        *("trust_news", "trust", "They tell us bad news early."),
        "Sie sagen uns schlechte Nachrichten früh.",
    ),
    _item(
        *("trust_open", "trust", "They would not exploit our openness."),
        "Sie würden unsere Offenheit nicht ausnutzen.",
    ),
    _item(
        *("trust_check", "trust", "We double-check what they tell us."),
        "Wir prüfen nach, was sie uns sagen.",
        reverse=True,
    ),
    _q("s_communication", Type.SECTION, "Communication", "Verständigung"),
    _item("comm_whom", "communication", "I know whom to ask.", "Ich weiß, wen ich fragen kann."),
    _item(
        *("comm_time", "communication", "Answers arrive in time to act."),
        "Antworten kommen rechtzeitig, um zu handeln.",
    ),
    _item(
        *("comm_steps", "communication", "Meetings end with clear next steps."),
        "Treffen enden mit klaren nächsten Schritten.",
    ),
    _item(
        *("comm_accident", "communication", "Important news reaches us by accident."),
        "Wichtiges erfahren wir durch Zufall.",
        reverse=True,
    ),
    _q("s_resolve", Type.SECTION, "Resolving problems", "Probleme lösen"),
    _item(
        *("res_fear", "resolve", "Problems are raised without fear."),
        "Probleme werden ohne Furcht angesprochen.",
    ),
    _item(
        *("res_causes", "resolve", "They look for causes, not culprits."),
        "Sie suchen Ursachen, nicht Schuldige.",
    ),
    _item(
        *("res_fixes", "resolve", "Agreed fixes are carried out."),
        "Vereinbarte Lösungen werden umgesetzt.",
    ),
    _item(
        *("res_again", "resolve", "The same problem keeps coming back."),
        "Dasselbe Problem kommt immer wieder.",
        reverse=True,
    ),
)
NPS = _q(
    *("recommend", Type.NPS, "How likely are you to recommend working with us?"),
    "Wie wahrscheinlich ist es, dass Sie die Zusammenarbeit mit uns weiterempfehlen?",
    required=True,
)
WHY = _q(
    *("why", Type.LONG_TEXT, "What is the main reason for your answer?"),
    "Was ist der wichtigste Grund für Ihre Antwort?",
)
CONTRACT = _q(
    *("contract", Type.CSAT5, "How satisfied are you with how our agreement is carried out?"),
    "Wie zufrieden sind Sie damit, wie unsere Vereinbarung umgesetzt wird?",
)
TALK = _q(
    *("talk", Type.CSAT5, "How satisfied are you with how we communicate?"),
    "Wie zufrieden sind Sie damit, wie wir miteinander sprechen?",
)
OVERALL = _q(
    *("overall", Type.CSAT5, "All in all, how satisfied are you with the relationship?"),
    "Alles in allem: Wie zufrieden sind Sie mit der Partnerschaft?",
)
BETTER = _q(
    *("better", Type.LONG_TEXT, "What should we do differently from tomorrow?"),
    "Was sollten wir ab morgen anders machen?",
)


def _definition(en: str, de: str, *questions: Question) -> Definition:
    return Definition(
        locale="en",
        title={"en": en, "de": de},
        introduction={
            "en": "Your honest answer helps us to work together better.",
            "de": "Ihre ehrliche Antwort hilft uns, besser zusammenzuarbeiten.",
        },
        thanks={
            "en": "Once the survey has closed you will be told what comes of it.",
            "de": "Nach dem Ende der Umfrage erfahren Sie, was daraus wird.",
        },
        questions=questions,
    )


ALL = (
    Shipped(
        "relationship",
        lazy_gettext("Half-yearly relationship survey"),
        lazy_gettext("Trust, communication and the will to resolve problems, from both sides."),
        "partner",
        _definition(
            *("How do we work together?", "Wie arbeiten wir zusammen?"),
            *RELATIONSHIP,
            _q("s_overall", Type.SECTION, "All in all", "Alles in allem"),
            *(OVERALL, CONTRACT, TALK, NPS, WHY, BETTER),
        ),
    ),
    Shipped(
        "nps",
        lazy_gettext("NPS pulse"),
        lazy_gettext("One question in one minute, every quarter."),
        "partner",
        _definition("One question in one minute", "Eine Frage in einer Minute", NPS, WHY),
    ),
    Shipped(
        "departments",
        lazy_gettext("Internal departments"),
        lazy_gettext("What our departments need to work with partners, and from each other."),
        "internal",
        _definition(
            *("Working with our partners", "Die Arbeit mit unseren Partnern"),
            _q(
                *("clear", Type.LIKERT5, "I know what our partners expect of my department."),
                "Ich weiß, was unsere Partner von meiner Abteilung erwarten.",
            ),
            _q(
                *("told", Type.LIKERT5, "I learn in time what is agreed with partners."),
                "Ich erfahre rechtzeitig, was mit Partnern vereinbart wird.",
            ),
            _q(
                *(
                    "help",
                    Type.LIKERT5,
                    "Other departments help me when a partner needs them.",
                ),
                "Andere Abteilungen helfen mir, wenn ein Partner etwas braucht.",
            ),
            _q(
                *("hinder", Type.MULTI, "What hinders you most?", "Was behindert Sie am meisten?"),
                options=(
                    _option("time", "Too little time", "Zu wenig Zeit"),
                    _option("duties", "Unclear duties", "Unklare Zuständigkeiten"),
                    _option("tools", "Tools and data", "Werkzeuge und Daten"),
                    _option("decisions", "Slow decisions", "Langsame Entscheidungen"),
                ),
            ),
            BETTER,
        ),
    ),
    Shipped(
        "activity",
        lazy_gettext("After an activity"),
        lazy_gettext("How a joint activity went, while it is fresh."),
        "participants",
        _definition(
            *("How was it?", "Wie war es?"),
            _q(
                *("content", Type.CSAT5, "How satisfied are you with the result?"),
                "Wie zufrieden sind Sie mit dem Ergebnis?",
                required=True,
            ),
            _q(
                *("work", Type.CSAT5, "How satisfied are you with how we worked together?"),
                "Wie zufrieden sind Sie mit der Zusammenarbeit dabei?",
            ),
            _q("again", Type.YES_NO, "Would you do it again?", "Würden Sie es wieder tun?"),
            _q(
                *("why_not", Type.SHORT_TEXT, "What would have to change?"),
                "Was müsste sich ändern?",
                show_if=ShowIf("again", "is", "no"),
            ),
            BETTER,
        ),
    ),
    Shipped(
        "exit",
        lazy_gettext("At the end of a partnership"),
        lazy_gettext("Why it ends, what was good, what others should be spared."),
        "partner",
        _definition(
            *("Looking back", "Rückblick"),
            OVERALL,
            _q(
                *("reason", Type.SINGLE, "What is the main reason for the end?"),
                "Was ist der Hauptgrund für das Ende?",
                options=(
                    _option("goals", "Our goals changed", "Unsere Ziele haben sich geändert"),
                    _option("results", "The results were too few", "Es kam zu wenig heraus"),
                    _option("terms", "The terms", "Die Bedingungen"),
                    _option("together", "How we worked together", "Die Zusammenarbeit"),
                    _option("other", "Something else", "Etwas anderes"),
                ),
            ),
            _q(
                *("return", Type.YES_NO, "Could you imagine to work with us again?"),
                "Können Sie sich vorstellen, wieder mit uns zu arbeiten?",
            ),
            *(NPS, BETTER),
        ),
    ),
)


def by_key(key: str) -> Shipped | None:
    """A shipped survey."""
    return next((one for one in ALL if one.key == key), None)
