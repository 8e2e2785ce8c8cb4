"""The sample desk's programme: three tiers on real KPIs, with rewards of several kinds."""

from datetime import timedelta

from app.api import (
    MILLION,
    Kind,
    Viewer,
    find_goals,
    kpis,
    organisation,
    staff_accounts,
    translations,
)
from plugins.incentives.programmes import aims, publishing, queries, services
from plugins.incentives.programmes.definition import (
    Band,
    Definition,
    Group,
    Measures,
    Mode,
    Operator,
    Requirement,
    Reward,
    RewardKind,
    Span,
    Tier,
    Window,
)
from plugins.incentives.programmes.starts import scorecard

_ = translations("incentives").gettext

_PER_CENT = MILLION // 100
_SERVED = 3  # goals of partnerships
_SINCE = timedelta(days=500)  # long enough for every figure of the sample desk


def programme() -> None:
    """Publish the sample programme; once, and only where nobody has made one."""
    if queries.programmes():
        return
    id_ = services.create(
        name=_("Partner programme"),
        description=_(
            "For partners who sell with us: the more we reach together, the more we share."
        ),
        currency=organisation().currency,
        definition=_definition(),
    )
    found = queries.programme_or_404(id_)
    draft = queries.draft(id_)
    if draft is not None:
        publishing.publish_since(found, draft, organisation().today() - _SINCE)
    for row in staff_accounts():
        if row.role == "admin":
            by = Viewer(row.id, row.name, row.email, row.role, frozenset())
            shared = [goal for goal in find_goals(by) if goal.visibility == "shared"]
            for goal in shared[:_SERVED]:
                aims.add(id_, goal.id)
            return


def _definition() -> Definition:
    by_code = {kpi.code for kpi in kpis().values()}
    quarters = Window(Span.QUARTERS, 2, each=True)
    silver: list[Requirement | Group] = [scorecard("r1", 90, Window(Span.QUARTERS, 1))]
    gold: list[Requirement | Group] = [scorecard("r2", 100, quarters)]
    if "NEW_CUSTOMERS" in by_code:
        silver.append(
            Requirement("r3", Measures.STREAK, Operator.AT_MOST, 2 * MILLION, "NEW_CUSTOMERS")
        )
    if "REVENUE" in by_code:
        year = Window(Span.MONTHS, 12)
        target = Requirement(
            "r4", Measures.ATTAINMENT, Operator.AT_LEAST, 95 * _PER_CENT, "REVENUE", year
        )
        sum_ = Requirement(
            "r5", Measures.KPI_VALUE, Operator.AT_LEAST, 1_000_000 * MILLION, "REVENUE", year
        )
        gold.append(Group("g3", Mode.ANY, (target, sum_)))
    return Definition(
        aims=_("Grow revenue with those who report on time and treat customers well."),
        tiers=(
            Tier("member", _("Member"), "blue", _("Listed on our site. Answers within two days.")),
            Tier(
                "silver",
                _("Silver"),
                "silver",
                _("A joint campaign each year. Training places. Faster answers."),
                Group("g1", parts=tuple(silver)),
            ),
            Tier(
                "gold",
                _("Gold"),
                "gold",
                _("Named first. Early access. A yearly review with our management."),
                Group("g2", parts=tuple(gold)),
            ),
        ),
        rewards=tuple(_rewards("REVENUE" in by_code)),
    )


def _rewards(revenue: bool) -> list[Reward]:
    found = [
        Reward(
            "quarter-bonus",
            RewardKind.BONUS,
            _("Bonus for a good quarter"),
            tiers=("silver", "gold"),
            requirement=Group("g4", parts=(scorecard("r6", 100, Window(Span.QUARTERS, 1)),)),
            amount=50_000,
        ),
        Reward(
            "training",
            RewardKind.TRAINING,
            _("Training place"),
            period=Kind.YEAR,
            tiers=("silver", "gold"),
            benefit=_("One place a year at our product training, travel included."),
        ),
        Reward(
            "early-access",
            RewardKind.ACCESS,
            _("Early access"),
            period=Kind.YEAR,
            tiers=("gold",),
            benefit=_("New products four weeks before everybody else."),
        ),
    ]
    if revenue:
        bands = (Band(0, 10_000), Band(5_000_000, 15_000), Band(20_000_000, 20_000))
        found.insert(
            0,
            Reward(
                "commission",
                RewardKind.MARGINAL,
                _("Commission"),
                tiers=("silver", "gold"),
                base="REVENUE",
                bands=bands,
                cap=1_500_000,
            ),
        )
    return found
