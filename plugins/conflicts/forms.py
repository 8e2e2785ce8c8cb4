"""The forms of acts: one for each that needs words, a day or a choice."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    DateField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    Optional,
    ValidationError,
)

from app.api import CheckboxListField, Refusal, options, strip, translations
from plugins.conflicts import words
from plugins.conflicts.facts import end_of
from plugins.conflicts.log import LONGEST
from plugins.conflicts.rules.state import State, other
from plugins.conflicts.services import Said, reasons_of

_ = translations("conflicts").gettext
lazy_gettext = translations("conflicts").lazy_gettext


ENDS = ("referred", "unresolved", "terminated")  # of a case that goes on elsewhere


def long_text(label: Any, help_: Any = "", *, needed: bool = True) -> TextAreaField:
    """A text of several lines, at most as long as a text may be."""
    rule = DataRequired() if needed else Optional()
    return TextAreaField(
        label, description=help_, filters=[strip], validators=[rule, Length(max=LONGEST)]
    )


def _why(label: Any, help_: Any = "") -> StringField:
    """One of the five whys: a line."""
    return StringField(
        label, description=help_, filters=[strip], validators=[Optional(), Length(max=500)]
    )


def _number(text: str | None) -> int:
    plain = (text or "").isascii() and (text or "").isdecimal() and len(text or "") < 16
    return int(text or "0") if plain else 0


def check_year(field: DateField) -> None:
    """Refuse a day that no calendar here holds."""
    if field.data and not 1900 <= field.data.year <= 2999:
        raise ValidationError(_("Give a year from 1900 to 2999."))


def blame(form: FlaskForm, refusal: Refusal) -> None:
    """Say at the top of a form why what it asks for cannot be."""
    form.form_errors += [_(one.message, **one.params) for one in reasons_of(refusal)]


class ActForm(FlaskForm):
    """An act without words; `about` names the very thing that was read."""

    about = HiddenField()
    folded: Sequence[str] = ()  # fields that stand folded away until somebody wants them

    @property
    def is_unfolded(self) -> bool:
        """Whether something stands in what is folded away, or is wrong with it."""
        return any(self[name].data or self[name].errors for name in self.folded)

    def fill(self, action: str, state: State, side: str) -> None:
        """Name what the act is about, as the page shows it."""
        found = _ABOUT.get(action)
        self.about.data = str(found(state, side)) if found else ""

    def said(self) -> Said:
        """What the act says."""
        about = self.about.data or ""
        detail = {"about": _number(about)} if about else {}
        return Said(**self._words(), detail=detail)

    def _words(self) -> dict[str, Any]:
        return {}


class WordsForm(ActForm):
    """An act that is nothing without its words."""

    text = long_text(lazy_gettext("In your words"))

    def _words(self) -> dict[str, Any]:
        return {"text": self.text.data or "", "kind": "reason"}


class ReasonForm(ActForm):
    """An act with a reason, which may be left out."""

    text = long_text(lazy_gettext("Why"), needed=False)

    def _words(self) -> dict[str, Any]:
        return {"text": self.text.data or "", "kind": "reason"}


class PositionForm(ActForm):
    """Where a side stands."""

    text = long_text(
        lazy_gettext("What happened, as you see it"),
        lazy_gettext("Say what you saw and what it means for you. The other side reads it."),
    )
    aim = long_text(lazy_gettext("What you would like to come of it"), needed=False)

    def said(self) -> Said:
        return Said(text=self.text.data or "", aim=self.aim.data or "")


class RestateForm(ActForm):
    """The other side's position in one's own words."""

    text = long_text(
        lazy_gettext("What I understood"),
        lazy_gettext(
            "Say the other side’s position in your own words. They confirm or correct it."
        ),
    )

    def said(self) -> Said:
        return Said(
            text=self.text.data or "", kind="restatement", detail={"of": _number(self.about.data)}
        )


class StatementForm(ActForm):
    """The problem as both see it."""

    text = long_text(
        lazy_gettext("The problem that both sides share"),
        lazy_gettext("One or two sentences that neither side would object to."),
    )

    def said(self) -> Said:
        return Said(text=self.text.data or "", kind="statement")


class CausesForm(ActForm):
    """Root causes, with up to five whys."""

    causes = CheckboxListField(
        lazy_gettext("Root causes"),
        choices=options(words.CAUSES),
        validators=[DataRequired()],
    )
    why_1 = _why(
        lazy_gettext("Why did it happen?"),
        lazy_gettext("If it helps: ask “why” up to five times. Stop where you could change it."),
    )
    why_2 = _why(lazy_gettext("And why that?"))
    why_3 = _why(lazy_gettext("And why that? (third)"))
    why_4 = _why(lazy_gettext("And why that? (fourth)"))
    why_5 = _why(lazy_gettext("And why that? (fifth)"))
    folded = ("why_1", "why_2", "why_3", "why_4", "why_5")

    def said(self) -> Said:
        fields = [self[name] for name in self.folded]
        lines = [" ".join(field.data.split()) for field in fields if field.data]
        return Said(
            text="\n".join(lines), kind="why", detail={"causes": sorted(self.causes.data or ())}
        )


class ProposeForm(ActForm):
    """Terms that would settle it."""

    text = long_text(
        lazy_gettext("What you propose"),
        lazy_gettext("It takes the place of the proposal before it; what changed is shown."),
    )

    def said(self) -> Said:
        return Said(text=self.text.data or "", kind="proposal")


class SignForm(ActForm):
    """A signature under the very plan that was read."""

    def said(self) -> Said:
        return Said(detail={"hash": (self.about.data or "")[:64]})


class RecordForm(ActForm):
    """What the partner said elsewhere, recorded on its behalf."""

    text = long_text(
        lazy_gettext("How they said so"),
        lazy_gettext(
            "For example “Ines, by phone on 3 May”. The partner reads it, and may undo this for"
            " ten business days."
        ),
    )
    document = FileField(lazy_gettext("Proof, where there is one"))

    def _words(self) -> dict[str, Any]:
        return {"text": self.text.data or "", "kind": "evidence"}


class RecordSignatureForm(RecordForm):
    """A signature that the partner gave elsewhere, under the very plan that was read."""

    def said(self) -> Said:
        return Said(**self._words(), detail={"hash": (self.about.data or "")[:64]})


class PauseForm(ActForm):
    """Until when nothing has to happen."""

    until = DateField(
        lazy_gettext("Until"),
        description=lazy_gettext("At most 20 business days. The clocks stand still meanwhile."),
        validators=[InputRequired()],
    )

    def validate_until(self, field: DateField) -> None:
        check_year(field)

    def said(self) -> Said:
        assert isinstance(self.until.data, date)  # noqa: S101 - InputRequired
        return Said(detail={"until": end_of(self.until.data).isoformat()})


class RouteForm(ActForm):
    """What may help now."""

    route = SelectField(lazy_gettext("Route"), choices=options(words.ROUTES))

    def said(self) -> Said:
        return Said(detail={"route": self.route.data})


class AgreeRouteForm(ActForm):
    """Agreement to the very route that was read."""

    def said(self) -> Said:
        return Said(detail={"about": self.about.data or ""})


class ReferForm(ActForm):
    """How a case goes on elsewhere."""

    outcome = SelectField(
        lazy_gettext("How it ends here"),
        choices=options({key: words.OUTCOMES[key] for key in ENDS}),
    )
    document = FileField(
        lazy_gettext("The document it goes on with"),
        description=lazy_gettext(
            "The draft of an amendment, or the papers that end the agreement."
        ),
    )
    text = long_text(lazy_gettext("Note"), needed=False)

    def said(self) -> Said:
        return Said(
            text=self.text.data or "", kind="referral", detail={"outcome": self.outcome.data}
        )


class EmptyForm(ActForm):
    """A button."""


_ABOUT: dict[str, Callable[[State, str], Any]] = {
    "restate": lambda s, side: s.position(other(side)) or "",
    "confirm_restatement": lambda s, side: _restated(s, side),
    "correct_restatement": lambda s, side: _restated(s, side),
    "accept_statement": lambda s, _side: s.statement or "",
    "accept": lambda s, _side: s.proposal or "",
    "sign": lambda s, _side: s.plan,
    "accept_for": lambda s, _side: s.proposal or "",
    "sign_for": lambda s, _side: s.plan,
    "undo": lambda s, _side: s.recorded[-1].text if s.recorded else "",
    "consent": lambda s, _side: s.candidate.id if s.candidate else "",
    "veto": lambda s, _side: s.candidate.id if s.candidate else "",
    "agree_route": lambda s, _side: s.route,
}


def _restated(state: State, side: str) -> Any:
    found = state.restatement(other(side))
    return found.text if found else ""


FORMS: dict[str, type[ActForm]] = {
    "position": PositionForm,
    "restate": RestateForm,
    "correct_restatement": WordsForm,
    "propose_statement": StatementForm,
    "name_causes": CausesForm,
    "propose": ProposeForm,
    "sign": SignForm,
    "acknowledge_for": RecordForm,
    "accept_for": RecordForm,
    "sign_for": RecordSignatureForm,
    "undo": ReasonForm,
    "ask_pause": PauseForm,
    "propose_route": RouteForm,
    "agree_route": AgreeRouteForm,
    "refer": ReferForm,
    "veto": ReasonForm,
    "step_down": ReasonForm,
    "impasse": ReasonForm,
    "decline_mediation": ReasonForm,
    "not_complete": WordsForm,
    "close_unresolved": WordsForm,
    "withdraw": ReasonForm,
    "keep": ReasonForm,
    "reopen": WordsForm,
}
