"""Links for contacts without an account: for one statement, their side of it or how they
understood the other, whichever the case waits for; to undo what was recorded on their behalf; to
read who looked into it. Each is for that and nothing else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, url_for

from app.api import LinkPurpose, OpenLink, finish_link, grants_of, render, translations
from plugins.conflicts import (
    access,
    doings,
    facts,
    forms,
    handling,
    log,
    people,
    sayings,
    services,
    words,
)
from plugins.conflicts.facts import Standing
from plugins.conflicts.models import Case
from plugins.conflicts.references import case_id_of
from plugins.conflicts.rules.state import HOST, PARTNER, State
from plugins.conflicts.services import Refused
from plugins.conflicts.telling import LOOKED, STATEMENT, UNDO

_ = translations("conflicts").gettext
lazy_gettext = translations("conflicts").lazy_gettext


def purposes() -> list[LinkPurpose]:
    """What links are for: their mails name neither the case's title nor a word of it."""
    return [
        LinkPurpose(
            key=STATEMENT,
            label=lazy_gettext("State your side"),
            invitation=lazy_gettext("you are asked to state your side of a matter between us."),
            view=statement,
            permissions=("conflicts.portal",),
            days=14,
        ),
        LinkPurpose(
            key=UNDO,
            label=lazy_gettext("Look at what was recorded"),
            invitation=lazy_gettext(
                "something was recorded on your behalf in a matter between us. You can undo it for"
                " ten business days."
            ),
            view=undo,
            permissions=("conflicts.portal",),
            days=21,  # ten business days, with holidays between
        ),
        LinkPurpose(
            key=LOOKED,
            label=lazy_gettext("See who looked"),
            invitation=lazy_gettext(
                "an administrator of ours who takes no part in a matter between us has looked into"
                " it. You can read who, when and why."
            ),
            view=looked,
            permissions=("conflicts.portal",),
            days=21,
        ),
    ]


def _readable(view: Callable[[OpenLink], Any]) -> Callable[[OpenLink], Any]:
    """A view of links that says so where the log of its case cannot be read."""

    @wraps(view)
    def answer(link: OpenLink) -> Any:
        try:
            return view(link)
        except log.UnreadableLog as error:
            return handling.unreadable(error)

    return answer


@_readable
def statement(link: OpenLink) -> Any:
    """What the other side says, and the form for one's own side of it, or for listening back."""
    seat = _seat(link)
    if seat is None:
        return render("links/dead.html", status=410)
    found = facts.standing(seat.case, log.read(seat.case.id))
    action = _asked(found.state)
    form: forms.ActForm = forms.FORMS[action](prefix=f"{action}-")
    if done := _sent(link, action, form, found):
        return done
    texts = sayings.readable_texts(seat)
    return render(
        "conflicts/link.html",
        None,
        422 if form.is_submitted() else 200,
        case=seat.case,
        theirs=texts.get(found.state.position(HOST)),
        form=form,
        action=action,
        words=words,
        open=found.state.is_open and found.state.step == "identify",
    )


@_readable
def undo(link: OpenLink) -> Any:
    """What was recorded on a contact's behalf, and the form that undoes it."""
    seat = _seat(link)
    if seat is None:
        return render("links/dead.html", status=410)
    found = facts.standing(seat.case, log.read(seat.case.id))
    form = forms.FORMS["undo"](prefix="undo-")
    if done := _sent(link, "undo", form, found):
        return done
    texts, taking = sayings.readable_texts(seat), people.everybody(seat.case.id)
    latest = found.state.recorded[-1] if found.state.recorded else None
    return render(
        "conflicts/undo.html",
        None,
        422 if form.is_submitted() else 200,
        case=seat.case,
        form=form,
        records=doings.records(found, sayings.course(found, texts, taking, {})),
        about=texts.get(found.state.proposal) if latest else None,
        steps=found.steps if latest and latest.action == "sign_for" else (),
    )


def looked(link: OpenLink) -> Any:
    """Which administrators broke the glass, when and why; there is nothing to do."""
    seat = _seat(link)
    if seat is None:
        return render("links/dead.html", status=410)
    looks = grants_of(log.ref_of(seat.case.id), "glass")
    return render("conflicts/looked.html", case=seat.case, looks=looks)


def _sent(link: OpenLink, action: str, form: forms.ActForm, found: Standing) -> Any:
    """The answer to what was sent, or None where the page is to be shown."""
    if not form.is_submitted():
        form.fill(action, found.state, PARTNER)
        return None
    if not form.validate():
        return None
    try:
        services.act(found.case.id, action, link.viewer, form.said())
    except Refused as refused:
        forms.blame(form, refused)
        return None
    finish_link(link)
    return redirect(url_for("links.done"), 303)


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
