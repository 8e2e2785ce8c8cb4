"""What runs by itself: waves close on their day, reminders go out, recurring waves are planned."""

from app.api import (
    atomic,
    forget_deleted,
    notify,
    organisation,
    people,
    site_path,
    translations,
)
from plugins.surveys import closing, repeating, waves
from plugins.surveys.models import BallotKey, Wave
from plugins.surveys.rules import schedule

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

CLOSED = "surveys.closed"


def daily() -> None:
    """Sweep up behind anonymous waves, close what is over, remind, and plan what repeats."""
    _sweep()  # first: behind a wave that is closed now, an hour later
    today = organisation().today()
    for wave in list(Wave.select().where(Wave.state == "open").order_by(Wave.id)):
        if wave.closes_on <= today or _was_restored(wave):
            waves.close(wave)
            _tell(wave)
        elif schedule.reminder_due(
            today, wave.opened_on, wave.closes_on, wave.reminders, wave.last_mail_on
        ):
            waves.remind(wave)
    repeating.plan_due(today)


def _was_restored(wave: Wave) -> bool:
    """Whether the desk was restored from a copy: copies carry no key and no spent codes."""
    if wave.mode != "anonymous":
        return False
    return not BallotKey.select().where(BallotKey.wave == wave.id).exists()


def _sweep() -> None:
    """Overwrite once more what anonymous waves left, where the first time came too early."""
    rows = Wave.select(Wave.id).where(
        Wave.mode == "anonymous", Wave.state.in_(("closed", "published")), ~Wave.swept
    )
    ids = [id_ for (id_,) in rows.tuples()]
    if ids:
        swept = Wave.update(swept=True).where(Wave.id.in_(ids))
        forget_deleted(*closing.TABLES, then=swept.execute)


def _tell(wave: Wave) -> None:
    with atomic():
        notify(
            CLOSED,
            people(f"user:{wave.created_by}") if wave.created_by else people("role:admin"),
            title=lambda: _("“%(wave)s” has closed: look at the results", wave=wave.title),
            ref=f"surveys_wave:{wave.id}",
            url=site_path("surveys.results", wave_id=wave.id),
            key=f"surveys-closed:{wave.id}",
        )
