"""What a partner's contact sees: what the own partner was honoured for, and what it gets."""

from typing import Any

from app.api import Page, organisation, page_number, render, requires, viewer
from plugins.incentives.blueprints import portal
from plugins.incentives.rewards import certificate as paper
from plugins.incentives.rewards import queries, words


@portal.get("/recognitions")
@requires("incentives.portal")
def recognitions() -> Any:
    """Own recognitions and benefits, and what other partners share; no address names a partner."""
    number = page_number()
    rows, total = queries.wall(viewer(), number)
    benefits, _total = queries.benefits(viewer(), size=queries.MOST_BENEFITS)
    today = organisation().today()
    return render(
        "incentives/rewards/portal.html",
        "incentives/rewards/_portal_panel.html",
        rows=rows,
        page=Page(number, queries.PER_PAGE, total),
        owed=[one for one in benefits if one.grant.state == "granted"],
        current=[
            one
            for one in benefits
            if one.grant.state == "fulfilled"
            and (one.grant.expires_on is None or one.grant.expires_on >= today)
        ],
        past=[
            one
            for one in benefits
            if one.grant.state in ("expired", "revoked")
            or (one.grant.state == "fulfilled" and (one.grant.expires_on or today) < today)
        ],
        others=queries.shown_to_all(viewer()),
        words=words,
        today=today,
    )


@portal.get("/recognitions/<int:recognition_id>/certificate.pdf")
@requires("incentives.portal")
def certificate(recognition_id: int) -> Any:
    """The certificate of an own recognition that was published."""
    return paper.answer(queries.recognition_or_404(recognition_id, viewer()))
