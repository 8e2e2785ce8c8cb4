"""A link for one statement: a contact without an account states their side or says how they
understood the other, whichever the case waits for, and nothing else."""

from typing import Any

from flask import redirect, url_for

from app.api import LinkPurpose, OpenLink, finish_link, render, translations
from plugins.conflicts import access, facts, forms, log, sayings, services, words
from plugins.conflicts.models import Case
from plugins.conflicts.raising import STATEMENT
from plugins.conflicts.references import case_id_of
from plugins.conflicts.rules.state import HOST, PARTNER, State
from plugins.conflicts.services import Refused

_ = translations("conflicts").gettext
lazy_gettext = translations("conflicts").lazy_gettext


def purpose() -> LinkPurpose:
    """What the link is for: the mail names neither the case's title nor a word of it."""
    return LinkPurpose(
        key=STATEMENT,
        label=lazy_gettext("State your side"),
        invitation=lazy_gettext("you are asked to state your side of a matter between us."),
        view=page,
        permissions=("conflicts.portal",),
        days=14,
    )


def page(link: OpenLink) -> Any:
    """What the other side says, and the form for one's own side of it, or for listening back."""
    seat = _seat(link)
    if seat is None:
        return render("links/dead.html", status=410)
    found = facts.standing(seat.case, log.read(seat.case.id))
    action = _asked(found.state)
    form: forms.ActForm = forms.FORMS[action](prefix=f"{action}-")
    status = 200
    if form.is_submitted():
        if form.validate():
            try:
                services.act(seat.case.id, action, link.viewer, form.said())
            except Refused as refused:
                forms.blame(form, refused)
            else:
                finish_link(link)
                return redirect(url_for("links.done"), 303)
        status = 422
    else:
        form.fill(action, found.state, PARTNER)
    texts = sayings.readable_texts(seat)
    return render(
        "conflicts/link.html",
        None,
        status,
        case=seat.case,
        theirs=texts.get(found.state.position(HOST)),
        form=form,
        action=action,
        words=words,
        open=found.state.is_open and found.state.step == "identify",
    )


def _asked(state: State) -> str:
    """What the link asks for: the side's own position, then what it understood of the other's."""
    mine = state.restatement(PARTNER)
    heard = mine is not None and mine.of == state.position(HOST)
    return (
        "restate" if state.position(PARTNER) and state.position(HOST) and not heard else "position"
    )


def _seat(link: OpenLink) -> access.Seat | None:
    case_id = case_id_of(link.ref)
    case = Case.get_or_none(Case.id == case_id) if case_id else None
    seat = access.seat(case, link.viewer) if case else None
    return seat if seat is not None and seat.takes_part else None
