"""Telling people of targets: who may sign for a partner, and whoever proposed them."""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.core.contract import Viewer
from app.core.kpis.models import Kpi, TargetRevision
from app.core.kpis.presentation import period_code
from app.core.kpis.told import Told, by_partner, by_person, listed, title_of, told, told_name
from app.core.messages.recipients import contacts_of
from app.core.messages.services import notify, register_event, site_path
from app.core.partners.models import Partner

STAFF = ("admin", "manager")
TARGETS = lazy_gettext("Targets")

register_event(
    "targets.proposed", lazy_gettext("Targets are proposed to us"), "at_once", ("contact",), TARGETS
)
register_event(
    "targets.on_behalf",
    lazy_gettext("Targets were accepted on our behalf"),
    "at_once",
    ("contact",),
    TARGETS,
)
register_event(
    "targets.decided",
    lazy_gettext("A partner accepted or rejected targets"),
    "at_once",
    STAFF,
    TARGETS,
)


def targets_proposed(ids: Iterable[int], by: Viewer) -> None:
    """Targets wait for the partner: its contacts who may sign hear of it."""
    for partner_id, rows in by_partner(_targets(ids)):
        notify(
            "targets.proposed",
            contacts_of(partner_id, may_sign=True),
            title=title_of(
                rows,
                lambda one: _(
                    "A target for your decision: %(what)s", what=told_name(one, own=True)
                ),
                lambda n, _partner: ngettext(
                    "%(num)s target for your decision", "%(num)s targets for your decision", n
                ),
            ),
            text=listed(rows),
            ref=f"target:{rows[0].id}" if len(rows) == 1 else f"partner:{partner_id}",
            url=site_path("portal.targets"),
            by=by.user_id,
        )


def targets_accepted(ids: Iterable[int], by: Viewer) -> None:
    """The partner accepted targets: whoever proposed them hears of it."""
    for (partner_id, person), rows in by_person(_targets(ids)):
        notify(
            "targets.decided",
            [person],
            title=title_of(
                rows,
                lambda one: _("%(what)s: the target was accepted", what=told_name(one)),
                lambda n, partner: ngettext(
                    "%(partner)s: %(num)s target was accepted",
                    "%(partner)s: %(num)s targets were accepted",
                    n,
                    partner=partner,
                ),
            ),
            text=listed(rows),
            ref=f"target:{rows[0].id}" if len(rows) == 1 else f"partner:{partner_id}",
            url=_target_page(rows[0]),
            by=by.user_id,
        )


def targets_accepted_on_behalf(ids: Iterable[int], evidence: str, by: Viewer) -> None:
    """Staff accepted targets for the partner: its contacts who may sign hear how, and can undo."""
    for partner_id, rows in by_partner(_targets(ids)):
        notify(
            "targets.on_behalf",
            contacts_of(partner_id, may_sign=True),
            title=title_of(
                rows,
                lambda one: _(
                    "%(what)s: the target was accepted on your behalf",
                    what=told_name(one, own=True),
                ),
                lambda n, _partner: ngettext(
                    "%(num)s target was accepted on your behalf",
                    "%(num)s targets were accepted on your behalf",
                    n,
                ),
            ),
            text=evidence,
            ref=f"target:{rows[0].id}" if len(rows) == 1 else f"partner:{partner_id}",
            url=site_path("portal.targets"),
            by=by.user_id,
        )


def target_refused(revision_id: int, reason: str, by: Viewer, *, undone: bool = False) -> None:
    """The partner rejected a target, or undid its acceptance: the proposer hears why."""
    for one in _targets([revision_id]):
        notify(
            "targets.decided",
            [one.person] if one.person is not None else [],
            title=lambda one=one: (
                _("%(what)s: the acceptance was undone", what=told_name(one))
                if undone
                else _("%(what)s: the target was rejected", what=told_name(one))
            ),
            text=reason.strip(),
            ref=f"target:{one.id}",
            url=_target_page(one),
            by=by.user_id,
        )


def _targets(ids: Iterable[int]) -> list[Told]:
    rows = (
        TargetRevision.select(
            TargetRevision.id,
            Partner.id,
            Partner.name,
            Kpi.id,
            Kpi.name,
            TargetRevision.period,
            TargetRevision.set_by,
            TargetRevision.waiver,
        )
        .join(Kpi)
        .switch(TargetRevision)
        .join(Partner)
    )
    return told(rows, TargetRevision.id, ids)


def _target_page(one: Told) -> str:
    return site_path(
        "kpis.target", partner_id=one.partner_id, kpi_id=one.kpi_id, period=period_code(one.period)
    )
