"""The list of partners: one page of it, how long it is, and whom it holds."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from peewee import JOIN, OP, SQL, Expression, Node, NodeList, Select, Value, fn

from app.core.accounts.models import User
from app.core.contract import PartnerRef, Viewer
from app.core.db import database
from app.core.kept import kept
from app.core.kpis import sql
from app.core.kpis.models import Score
from app.core.partners.list_models import CustomValue, DefaultView, SavedView
from app.core.partners.lists.filters import NOBODY, CustomFilter, Filters
from app.core.partners.models import Partner, PartnerRegion, PartnerTag
from app.core.partners.queries import own, readable
from app.core.partners.rules import fold

PER_PAGE = 50
COUNT_UP_TO = 1000  # a list says "1,000+", and so many can be changed or exported at once
MOST_EXPORTED = 20_000


class PartnerRow(NamedTuple):
    """A partner in a list."""

    id: int
    code: str
    name: str
    type: str
    maturity: str
    status: str
    start_date: Any
    currency: str
    selection_score: int | None
    owner_id: int | None
    owner_name: str | None
    score: int | None  # millionths, of the list's period
    coverage: int | None

    @property
    def ref(self) -> PartnerRef:
        """The partner as hooks see it."""
        return PartnerRef(self.id, self.code, self.name, self.status)


def listing(
    viewer: Viewer, filters: Filters, period: int | None, page: int
) -> tuple[list[PartnerRow], int, bool]:
    """One page of partners, how many there are, and whether the count stopped at 1,000."""
    if replace(filters, q="", sort="name", columns=()) == Filters(columns=()):
        searched = pattern(filters.q) if filters.q else ""
        place = (PER_PAGE, (page - 1) * PER_PAGE)
        shape = {"sort": filters.sort, "searches": bool(filters.q)}
        rows = _plain_page(viewer, searched, period or 0, *place, **shape)
        total = _plain_count(viewer, searched, searches=bool(filters.q))[0][0]
    else:
        query = filtered(viewer, filters, period)
        rows = list(_rows(query, filters.sort, period).paginate(page, PER_PAGE).tuples())
        total = _counted(query).tuples()[0][0]
    return [PartnerRow(*row) for row in rows], min(total, COUNT_UP_TO), total > COUNT_UP_TO


@kept
def _plain_page(
    viewer: Viewer,
    searched: Any,
    period: Any,
    limit: Any,
    offset: Any,
    *,
    sort: str,
    searches: bool,
) -> Any:
    query = _rows(_plain(viewer, searched, searches), sort, period)
    return query.limit(limit).offset(offset).tuples()


@kept
def _plain_count(viewer: Viewer, searched: Any, *, searches: bool) -> Any:
    return _counted(_plain(viewer, searched, searches)).tuples()


def _plain(viewer: Viewer, searched: Any, searches: bool) -> Any:
    """The list as most people open it: whole, or with words to search for."""
    query = Partner.select().where(readable(viewer))
    return query.where(_found(searched)) if searches else query


def _counted(query: Any) -> Any:
    some = query.select(Partner.id).limit(COUNT_UP_TO + 1).alias("some")
    return Select([some], [fn.COUNT(SQL("*"))]).bind(database)


def everything(viewer: Viewer, filters: Filters, period: int | None) -> list[PartnerRow]:
    """The whole list for a file, up to 20,000 partners."""
    query = _rows(filtered(viewer, filters, period), filters.sort, period)
    return [PartnerRow(*row) for row in query.limit(MOST_EXPORTED).tuples()]


def ids(viewer: Viewer, filters: Filters, period: int | None) -> tuple[list[int], bool]:
    """The partners of the whole list, and whether there are more than 1,000, which are left out."""
    query = filtered(viewer, filters, period).select(Partner.id).order_by(Partner.id)
    found = [row[0] for row in query.limit(COUNT_UP_TO + 1).tuples()]
    return found[:COUNT_UP_TO], len(found) > COUNT_UP_TO


def filtered(viewer: Viewer, filters: Filters, period: int | None) -> Any:
    """The readable partners that a list holds."""
    query = Partner.select().where(readable(viewer))
    if filters.q:
        query = query.where(_found(pattern(filters.q)))
    if filters.statuses:
        query = query.where(Partner.status.in_(filters.statuses))
    if filters.types:
        query = query.where(Partner.type.in_(filters.types))
    if filters.owner:
        wanted = None if filters.owner == NOBODY else int(filters.owner)
        query = query.where(Partner.owner.is_null() if wanted is None else Partner.owner == wanted)
    if filters.tag:
        tagged = PartnerTag.select(PartnerTag.partner).where(PartnerTag.tag == filters.tag)
        query = query.where(Partner.id.in_(tagged))
    if filters.region:
        there = PartnerRegion.select(PartnerRegion.partner)
        query = query.where(Partner.id.in_(there.where(PartnerRegion.region == filters.region)))
    if filters.maturity:
        query = query.where(Partner.maturity == filters.maturity)
    if filters.mine:
        query = query.where(own(viewer))
    if filters.card:
        query = query.where(_card(filters.card, period))
    for condition in filters.custom:
        query = query.where(Partner.id.in_(_having(condition)))
    return query


def pattern(words: str) -> str:
    """What LIKE finds these words by, anywhere in a text and as they stand."""
    plain = fold(words)
    for special in ("\\", "%", "_"):
        plain = plain.replace(special, f"\\{special}")
    return f"%{plain}%"


def _found(searched: Any) -> Any:
    """Name, code, the code of a partner that was merged into it, or the text of a custom field."""
    gone = Partner.alias("gone")
    merged = gone.select(gone.merged_into).where(
        gone.merged_into.is_null(False), _like(gone.name_key, searched)
    )
    written = CustomValue.select(CustomValue.partner).where(_like(CustomValue.text_key, searched))
    return _like(Partner.name_key, searched) | Partner.id.in_(merged) | Partner.id.in_(written)


def _like(column: Any, searched: Any) -> Any:
    """Keys are folded, so that letters need no further comparison."""
    value = searched if isinstance(searched, Node) else Value(searched, converter=False)
    return Expression(column, OP.ILIKE, NodeList((value, SQL("ESCAPE '\\'"))))


def _card(card: str, period: int | None) -> Any:
    """What the scorecard of a period says: the worst of its colours, or that there is none."""
    scores = Score.select(Score.partner).where(Score.period == (period or 0))
    if card == "none":
        return Partner.id.not_in(scores)
    condition = {
        "missed": Score.red > 0,
        "just_missed": (Score.red == 0) & (Score.amber > 0),
        "met": (Score.red == 0) & (Score.amber == 0) & (Score.green > 0),
        "unreported": Score.grey > 0,
    }[card]
    return Partner.id.in_(scores.where(condition))


def _having(condition: CustomFilter) -> Any:
    rows = CustomValue.select(CustomValue.partner).where(CustomValue.field == condition.field.id)
    if condition.choices:
        return rows.where(CustomValue.choice.in_(condition.choices))
    if condition.words:
        return rows.where(CustomValue.text_key.contains(fold(condition.words)))
    column = CustomValue.number if condition.field.kind == "number" else CustomValue.day
    if condition.low is not None:
        rows = rows.where(column >= condition.low)
    if condition.high is not None:
        rows = rows.where(column <= condition.high)
    return rows.where(column.is_null(False))


def _rows(query: Any, sort: str, period: Any) -> Any:
    score_on = (Score.partner == Partner.id) & (Score.period == (0 if period is None else period))
    return (
        query.select(
            Partner.id,
            Partner.code,
            Partner.name,
            Partner.type,
            Partner.maturity,
            Partner.status,
            Partner.start_date,
            Partner.currency,
            Partner.selection_score,
            Partner.owner,
            User.name,
            Score.score,
            Score.coverage,
        )
        .join(User, JOIN.LEFT_OUTER, on=(Partner.owner == User.id))
        .switch(Partner)
        .join(Score, JOIN.LEFT_OUTER, on=score_on)
        .order_by(*_order(sort))
    )


def _order(sort: str) -> tuple[Any, ...]:
    column = {"name": Partner.name_key, "score": Score.score, "start": Partner.start_date}[
        sort.lstrip("-")
    ]
    direction = column.desc(nulls="LAST") if sort.startswith("-") else column.asc(nulls="LAST")
    return direction, Partner.id


def regions(viewer: Viewer, limit: int = 200) -> list[str]:
    """The regions that readable partners work in."""
    return [row[0] for row in _regions(viewer, limit)]


@kept
def _regions(viewer: Viewer, limit: Any) -> Any:
    return (
        PartnerRegion.select(PartnerRegion.region)
        .join(Partner, on=(PartnerRegion.partner == Partner.id))
        .where(readable(viewer))
        .distinct()
        .order_by(PartnerRegion.region)
        .limit(limit)
        .tuples()
    )


def regions_of(partner_ids: Iterable[int]) -> dict[int, list[str]]:
    """Each partner's regions."""
    found: dict[int, list[str]] = {}
    for chunk in sql.chunks(partner_ids):
        for id_, region in sql.rows(
            "SELECT partner_id, region FROM partner_region"
            f" WHERE partner_id IN ({sql.marks(len(chunk))}) ORDER BY region",
            *chunk,
        ):
            found.setdefault(id_, []).append(region)
    return found


class ViewRow(NamedTuple):
    """A saved view that somebody may use."""

    id: int
    name: str
    owner_id: int
    owner_name: str
    shared: bool
    query: str
    version: int
    is_default: bool

    @property
    def address(self) -> str:
        """The list's address after the question mark, with the view's own mark."""
        return f"view={self.id}" + (f"&{self.query}" if self.query else "")


def views(viewer: Viewer) -> list[ViewRow]:
    """Own views and those that are shared, by name."""
    rows = _views(viewer)
    return [ViewRow._make((*row[:4], bool(row[4]), *row[5:7], row[7] is not None)) for row in rows]


@kept
def _views(viewer: Viewer) -> Any:
    chosen = (DefaultView.view == SavedView.id) & (DefaultView.user == viewer.user_id)
    return (
        SavedView.select(
            SavedView.id,
            SavedView.name,
            SavedView.owner,
            User.name,
            SavedView.shared,
            SavedView.query,
            SavedView.version,
            DefaultView.view,
        )
        .join(User, on=(SavedView.owner == User.id))
        .switch(SavedView)
        .join(DefaultView, JOIN.LEFT_OUTER, on=chosen)
        .where((SavedView.owner == viewer.user_id) | SavedView.shared)
        .order_by(fn.LOWER(SavedView.name), SavedView.id)
        .limit(100)
        .tuples()
    )


def former_codes(partner_ids: Iterable[int]) -> dict[int, list[str]]:
    """The codes of partners that were merged into these."""
    found: dict[int, list[str]] = {}
    for chunk in sql.chunks(partner_ids):
        for partner_id, code in sql.rows(
            "SELECT merged_into_id, code FROM partner"
            f" WHERE merged_into_id IN ({sql.marks(len(chunk))}) ORDER BY code",
            *chunk,
        ):
            found.setdefault(partner_id, []).append(code)
    return found
