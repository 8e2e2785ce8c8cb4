"""The list of partners: search as you type, filters, columns, saved views."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from flask import g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core.accounts.models import User
from app.core.accounts.queries import Away, staff
from app.core.accounts.rules import Absence
from app.core.host import current_host
from app.core.kpis import queries as kpi_queries
from app.core.kpis.period_switch import period_argument
from app.core.partners import labels
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields.labels import value_text
from app.core.partners.fields.rules import Field, Parsed, text_of
from app.core.partners.lists import queries
from app.core.partners.lists.filters import (
    CARDS,
    COLUMNS,
    NOBODY,
    Filters,
    field_of,
    from_args,
    from_query,
)
from app.core.partners.lists.queries import ViewRow
from app.core.partners.models import STATUSES, TYPES
from app.core.partners.queries import status_counts, tags, tags_of
from app.core.partners.views import blueprint
from app.security import requires
from app.tables import Column, amount, download, wanted
from app.web import Page, page_number, render, same_page

COLUMN_WORDS = {
    "type": lazy_gettext("Type"),
    "maturity": lazy_gettext("Maturity"),
    "tags": lazy_gettext("Tags"),
    "regions": lazy_gettext("Regions"),
    "owner": lazy_gettext("Owner"),
    "since": lazy_gettext("Since"),
    "currency": lazy_gettext("Currency"),
    "selection": lazy_gettext("Selection score"),
    "score": lazy_gettext("Scorecard"),
}
# A file's columns are named as an import reads them.
_HEADINGS = {"since": "start_date", "selection": "selection_score", "score": "scorecard"}
CARD_WORDS = {
    "missed": lazy_gettext("A KPI is missed"),
    "just_missed": lazy_gettext("A KPI is just missed"),
    "met": lazy_gettext("All reported KPIs are met"),
    "unreported": lazy_gettext("A KPI has no value"),
    "none": lazy_gettext("No scorecard"),
}


class Condition(NamedTuple):
    """A filter in force: what it says, and the list without it."""

    label: str
    url: str


@blueprint.get("")
@requires("partners.view")
def index() -> Any:
    """The list, one page at a time; with nothing asked for, as the person's default view."""
    views = queries.views(g.viewer)
    if not request.args and request.headers.get("HX-Request") != "true":
        default = next((view for view in views if view.is_default), None)
        if default is not None:
            return redirect(f"{url_for('partners.index')}?{default.address}")
    fields = field_queries.definitions()
    filters = from_args(request.args, fields)
    period = period_argument(lambda: kpi_queries.latest_period_with_values(viewer=g.viewer))
    if wanted():
        return _file(filters, fields, period.key)
    number = page_number()
    rows, total, capped = queries.listing(g.viewer, filters, period.key, number)
    shown = [field for column in filters.columns if (field := field_of(column, fields))]
    people = staff()
    ids = [row.id for row in rows]
    return render(
        "partners/index.html",
        "partners/_list.html",
        rows=rows,
        filters=filters,
        conditions=conditions(filters, {str(user.id): user.name for user in people}),
        period=period,
        labels=labels,
        # Looked up once for the page: each use of a lazy string would look it up again.
        words={key: str(word) for key, word in (labels.STATUSES | labels.TYPES).items()},
        statuses=STATUSES,
        types=TYPES,
        cards={card: str(CARD_WORDS[card]) for card in CARDS},
        counts=status_counts(g.viewer),
        all_tags=tags(g.viewer, limit=200),
        tags=tags_of(ids),
        all_regions=queries.regions(g.viewer),
        regions=queries.regions_of(ids) if "regions" in filters.columns else {},
        maturities={key: str(word) for key, word in labels.MATURITIES.items()},
        former=queries.former_codes(ids),
        people=people,
        out=_out(people),
        nobody=NOBODY,
        fields=fields,
        columns=[(column, _heading(column, shown)) for column in filters.columns],
        all_columns=[
            *((column, str(COLUMN_WORDS[column])) for column in COLUMNS),
            *((field.column, field.label) for field in fields),
        ],
        custom=field_queries.values(ids, shown),
        shown_fields={field.column: field for field in shown},
        field_text=value_text,
        exact_text=text_of,
        views=_tabs(views, filters, fields),
        view=_view(views),
        badges=current_host().badges([row.ref for row in rows], g.viewer) if rows else {},
        page=Page(number, queries.PER_PAGE, total, capped),
        most=queries.COUNT_UP_TO,
        link=_link,
    )


def _out(people: Iterable[User]) -> dict[int, Away]:
    """Those of the staff who are out today; their deputies stand on the partners' pages."""
    today = g.organisation.today()
    return {
        user.id: Away(user.absent_until, "")
        for user in people
        if Absence(user.absent_from, user.absent_until, user.deputy_id).on(today)
    }


def _file(filters: Filters, fields: Sequence[Field], period: int) -> Any:
    """The whole list as filtered, with the columns that it shows."""
    rows = queries.everything(g.viewer, filters, period)
    ids = [row.id for row in rows]
    shown = [field for column in filters.columns if (field := field_of(column, fields))]
    custom = field_queries.values(ids, shown)
    labelled = tags_of(ids) if "tags" in filters.columns else {}
    places = queries.regions_of(ids) if "regions" in filters.columns else {}
    cells: dict[str, Any] = {
        "type": lambda row: row.type,
        "maturity": lambda row: row.maturity,
        "regions": lambda row: ";".join(places.get(row.id, ())),
        "tags": lambda row: ";".join(labelled.get(row.id, ())),
        "owner": lambda row: row.owner_name,
        "since": lambda row: row.start_date,
        "currency": lambda row: row.currency,
        "selection": lambda row: row.selection_score,
        "score": lambda row: amount(row.score),
    }
    for field in shown:
        cells[field.column] = partial(_cell, custom, field.id)
    columns = [
        Column("code", lambda row: row.code),
        Column("name", lambda row: row.name),
        Column("status", lambda row: row.status),
        *(Column(_HEADINGS.get(column, column), cells[column]) for column in filters.columns),
    ]
    return download(rows, columns, "partners", wanted())


def _cell(custom: Mapping[int, Mapping[int, Parsed]], field_id: int, row: Any) -> Any:
    """A custom value as a file holds it: numbers and dates as such, all else as imports read it."""
    value = custom.get(row.id, {}).get(field_id)
    if isinstance(value, int) and not isinstance(value, bool):
        return amount(value)
    return value if isinstance(value, date) else text_of(value)


def conditions(filters: Filters, people: dict[str, str]) -> list[Condition]:
    """The filters in force beside those that have chips, each with the list without it."""
    found: list[tuple[Any, dict[str, Any]]] = [
        (labels.TYPES[type_], {"types": tuple(t for t in filters.types if t != type_)})
        for type_ in filters.types
    ]
    if filters.owner:
        name = _("Nobody yet") if filters.owner == NOBODY else people.get(filters.owner, "?")
        found.append((_("Owner: %(name)s", name=name), {"owner": ""}))
    if filters.tag:
        found.append((_("Tag: %(tag)s", tag=filters.tag), {"tag": ""}))
    if filters.region:
        found.append((_("Region: %(region)s", region=filters.region), {"region": ""}))
    if filters.maturity:
        found.append((labels.MATURITIES[filters.maturity], {"maturity": ""}))
    if filters.card:
        found.append((CARD_WORDS[filters.card], {"card": ""}))
    for one in filters.custom:
        rest = {"custom": tuple(c for c in filters.custom if c is not one)}
        found.append((f"{one.field.label}: {_range(one)}", rest))
    return [Condition(str(label), address(replace(filters, **changes))) for label, changes in found]


def address(filters: Filters) -> str:
    """The list that these filters lead to; the period and the view stay."""
    kept = {name: request.args[name] for name in ("period", "view") if request.args.get(name)}
    gone = {name: None for name in request.args if name not in kept}
    pairs: dict[str, list[str]] = {}
    for name, value in filters.pairs():
        pairs.setdefault(name, []).append(value)
    return same_page(**gone | kept | pairs)


def _range(one: Any) -> str:
    if one.choices:
        return ", ".join(_yes_no(choice, one.field) for choice in one.choices)
    if one.words:
        return f"“{one.words}”"
    low, high = value_text(one.low), value_text(one.high)
    if one.low is None:
        return str(_("up to %(most)s", most=high))
    if one.high is None:
        return str(_("from %(least)s", least=low))
    return f"{low} – {high}"


def _yes_no(choice: str, field: Field) -> str:
    if field.kind != "yes_no":
        return choice
    return str(_("Yes") if choice == "yes" else _("No"))


def _heading(column: str, shown: Sequence[Field]) -> str:
    field = field_of(column, shown)
    return field.label if field else str(COLUMN_WORDS[column])


def _view(views: Sequence[ViewRow]) -> ViewRow | None:
    """The view that the address names, if this person may use it."""
    asked = request.args.get("view", "")
    return next((view for view in views if str(view.id) == asked), None)


def _tabs(views: Sequence[ViewRow], filters: Filters, fields: Sequence[Field]) -> list[Any]:
    """Saved views as tabs; the present one is marked where its filters still stand."""
    base = url_for("partners.index")
    present = _view(views)
    items = [
        {
            "label": _("All partners"),
            "url": f"{base}?view=all",
            "active": present is None and not filters.narrowed,
        }
    ]
    items += [
        {
            "label": view.name,
            "url": f"{base}?{view.address}",
            "active": view is present and from_query(view.query, fields) == filters,
        }
        for view in views
    ]
    return items


def _link(**changes: Any) -> str:
    """The list's address with some filters changed; None takes one away, the page starts anew."""
    return same_page(page=None, **changes)
