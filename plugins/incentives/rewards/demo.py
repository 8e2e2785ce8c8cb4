"""The sample desk's recognitions and benefits: some to decide on, some that are on the wall."""

from datetime import timedelta

from app.api import AccountRow, Partner, Viewer, organisation, staff_accounts, translations
from plugins.incentives.rewards import granting, recognising, sweep
from plugins.incentives.rewards.models import Grant, Recognition

_ = translations("incentives").gettext


def rewards() -> None:
    """Draft what is worth celebrating, thank some partners, give the first benefit."""
    sweep.daily()
    accounts = {row.id: row for row in staff_accounts()}
    owned = Partner.status == "active", Partner.owner.in_(list(accounts))
    partners = list(Partner.select().where(*owned).order_by(Partner.id))
    for partner, (kind, title, text, audience, days) in zip(
        partners, _thanks([one.name for one in partners]), strict=False
    ):
        values = {
            "kind": kind,
            "title": title,
            "text": text,
            "day": organisation().today() - timedelta(days=days),
            "audience": audience,
        }
        by = _as_viewer(accounts[partner.owner_id])  # whose name the certificate bears
        made = recognising.write(partner.id, values, by=by)
        if days:  # the others are left to decide on
            recognising.publish(Recognition.get_by_id(made), version=1, by=by)
    grant = Grant.select().where(Grant.state == "granted").order_by(Grant.id).first()
    if grant is not None and grant.partner.owner_id in accounts:
        by = _as_viewer(accounts[grant.partner.owner_id])
        note = _("Agreed with %(partner)s by telephone.", partner=grant.partner.name)
        granting.fulfil(grant, by=by, version=grant.version, note=note, evidence=None)


def _as_viewer(row: AccountRow) -> Viewer:
    return Viewer(row.id, row.name, row.email, row.role, frozenset())


def _thanks(names: list[str]) -> list[tuple[str, str, str, str, int]]:
    """What the first partners are thanked for: kind, title, text, audience, days ago."""
    texts = [
        (
            "award",
            _("Launch of the year"),
            _("%(partner)s opened three regions in one quarter, on time and on budget."),
            "all",
            3,
        ),
        (
            "milestone",
            _("1,000 customers together"),
            _("%(partner)s and we passed the mark together. Thank you for four years of trust."),
            "own",
            12,
        ),
        (
            "other",
            _("Thanks for the summer campaign"),
            _("%(partner)s gave two people to it for six weeks, and it shows in the figures."),
            "all",
            41,
        ),
        (
            "award",
            _("Most helpful answers"),
            _("Customers of %(partner)s rate its answers higher than anybody else’s."),
            "own",
            0,
        ),
        (
            "milestone",
            _("Ten shops equipped"),
            _("%(partner)s finished the tenth shop, two weeks before the day we had agreed on."),
            "own",
            0,
        ),
    ]
    return [
        (kind, title, text % {"partner": name}, audience, days)
        for (kind, title, text, audience, days), name in zip(texts, names, strict=False)
    ]
