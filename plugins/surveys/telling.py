"""Those who were asked are told what came of it: in the app, or else by e-mail."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from peewee import chunked

from app.api import (
    Addressee,
    NotificationEvent,
    notify,
    queue_mail,
    site_path,
    translations,
    written_for,
)
from plugins.surveys import people
from plugins.surveys.models import Invitation, Wave

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

PUBLISHED, TOLD_BACK = "surveys.published", "surveys.told_back"
_ALL = ("admin", "manager", "viewer", "contact")
EVENTS = (
    NotificationEvent(
        PUBLISHED, lazy_gettext("Results of a survey in which you were asked"), roles=_ALL
    ),
    NotificationEvent(
        TOLD_BACK, lazy_gettext("What was done after a survey in which you were asked"), roles=_ALL
    ),
)


def tell_published(wave: Wave, by: int | None, results: Callable[[], Sequence[str]]) -> None:
    """The results can be read, in the caller's transaction; what was done stands with them.

    `results` says in the language of the moment what those may know who were asked.
    """
    for asked in _asked(wave):
        _notify(PUBLISHED, wave, asked, by)
        _write(PUBLISHED, wave, asked, lambda: [*results(), *(_outcome(wave) or [_looked_at()])])


def tell_outcome(wave: Wave, by: int | None) -> None:
    """Something was done about it, in the caller's transaction."""
    for asked in _asked(wave):
        _notify(TOLD_BACK, wave, asked, by)
        _write(TOLD_BACK, wave, asked, lambda: _outcome(wave))


def _asked(wave: Wave) -> Iterator[Sequence[Addressee]]:
    """Everybody who was asked, in batches; who answered is no matter here, and known to nobody."""
    rows = Invitation.select(Invitation.contact, Invitation.user).where(Invitation.wave == wave.id)
    for some in chunked(rows.distinct().tuples(), 500):
        contacts, users = zip(*some, strict=True)
        yield list(people.reached(list(filter(None, contacts)), list(filter(None, users))).values())


def _notify(event: str, wave: Wave, asked: Sequence[Addressee], by: int | None) -> None:
    """Ours are led to the desk, the others to the portal."""
    for side, endpoint in (("host", "surveys.results"), ("partner", "surveys_portal.results")):
        notify(
            event,
            [one.user_id for one in asked if one.side == side and one.user_id is not None],
            title=partial(_title, event, wave.title),
            text=wave.outcome,
            ref=f"surveys_wave:{wave.id}",
            url=site_path(endpoint, wave_id=wave.id),
            key=f"{event}:{wave.id}",
            by=by,
        )


def _title(event: str, wave: str) -> str:
    if event == PUBLISHED:
        return _("The results of “%(wave)s”", wave=wave)
    return _("What we did after “%(wave)s”", wave=wave)


def _outcome(wave: Wave) -> list[str]:
    return wave.outcome.split("\n\n") if wave.outcome else []


def _looked_at() -> str:
    return _("We look at them now, and tell you what we do about them.")


def _write(
    event: str, wave: Wave, asked: Sequence[Addressee], lines: Callable[[], Sequence[str]]
) -> None:
    """A mail to those who have no account to read it with."""
    for one in asked:
        if one.user_id is not None or not one.reachable:
            continue
        with written_for(one.locale):
            subject = _title(event, wave.title)
            said = [_("Hello %(name)s,", name=one.name), *lines()]
        queue_mail(
            one.email,
            kind=event,
            subject=subject,
            paragraphs=said,
            locale=one.locale,
            ref=f"surveys_wave:{wave.id}",
        )
