"""A partner's statement, for staff and for the partner itself: a page, a file, a sheet of paper."""

from typing import Any

from flask import request

from app.api import (
    Kind,
    Partner,
    PartnerRef,
    Period,
    download_table,
    organisation,
    partner_or_404,
    pdf,
    period_argument,
    period_label,
    period_switch,
    render,
    requires,
    translations,
    viewer,
    wanted_format,
)
from plugins.incentives.blueprints import portal, staff
from plugins.incentives.ledger import queries, statement, words

_ = translations("incentives").gettext


@staff.get("/statements/<int:partner_id>")
@requires("incentives.money")
def partner_statement(partner_id: int) -> Any:
    """A partner's statement of a period."""
    return _answer(partner_or_404(partner_id), "incentives/ledger/statement.html", staff=True)


@portal.get("/statement")
@requires("incentives.portal")
def own_statement() -> Any:
    """The own statement; no address names another partner."""
    row = Partner.get_by_id(viewer().partner_id)
    found = PartnerRef(row.id, row.code, row.name, row.status)
    return _answer(found, "incentives/ledger/own_statement.html", staff=False)


def _answer(partner: PartnerRef, template: str, *, staff: bool) -> Any:
    """The statement; where a panel asks for a part of it, what stands over all periods."""
    period = period_argument(_latest)
    if kind := _paper_or_file():
        return _file(partner, period, kind)
    return render(
        template,
        "incentives/ledger/_money.html",
        partner=partner,
        period=period,
        switch=period_switch(period),
        found=statement.statement(partner.id, partner.name, period, viewer()),
        balances=queries.balances(partner.id),
        staff=staff,
        words=words,
    )


def _paper_or_file() -> str:
    return "pdf" if request.args.get("download") == "pdf" else wanted_format()


def _file(partner: PartnerRef, period: Period, kind: str) -> Any:
    found = statement.statement(partner.id, partner.name, period, viewer())
    name = f"statement-{partner.code}-{organisation().calendar.label(period)}"
    if kind == "pdf":
        today = words.day(organisation().today())
        data = statement.paper(found, today, str(period_label(period)))
        return pdf("incentives/ledger/statement.typ", data, name)
    return download_table(found.lines, statement.columns(found), name, kind)


def _latest() -> Period:
    """The quarter before this one: the latest that can have been earned whole."""
    calendar = organisation().calendar
    return calendar.shift(calendar.containing(organisation().today(), Kind.QUARTER), -1)
