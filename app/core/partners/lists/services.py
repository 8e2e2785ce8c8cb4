"""Writes about saved views; whoever may not see a view cannot tell that it is there."""

from peewee import IntegrityError

from app.core import audit
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.partners.list_models import DefaultView, SavedView
from app.core.partners.lists.filters import LONGEST
from app.core.refusals import Refusal

MOST_VIEWS = 50  # of one person


class ViewRefusal(Refusal):
    """A view that cannot be kept as asked."""


def save_view(
    viewer: Viewer, name: str, query: str, *, shared: bool = False, default: bool = False
) -> SavedView:
    """Keep the list as it stands under a name; one's own view of that name is replaced.

    Raises ViewRefusal. Only those who may edit partners share with others.
    """
    _check(viewer, name, query, shared)
    with atomic():
        mine = SavedView.select().where(SavedView.owner == viewer.user_id)
        view = mine.where(SavedView.name == name).first()
        if view is None and mine.count() >= MOST_VIEWS:
            raise ViewRefusal("At most %(most)s views: delete one first.", most=MOST_VIEWS)
        if view is None:
            view = SavedView(name=name, owner=viewer.user_id, version=0)
        view.query, view.shared, view.version = query, shared, view.version + 1
        view.save()
        if default:
            choose_default(viewer, view.id)
        audit.record("view.saved", f"view:{view.id}", {"shared": shared})
    return view


def change_view(viewer: Viewer, view: SavedView, name: str, *, shared: bool) -> None:
    """Rename a view, share it or keep it to oneself; raises ViewRefusal."""
    _check(viewer, name, view.query, shared and not view.shared)
    try:
        with atomic():
            view.name, view.shared, view.version = name, shared, view.version + 1
            view.save()
            if not shared:
                DefaultView.delete().where(
                    DefaultView.view == view.id, DefaultView.user != view.owner_id
                ).execute()
            audit.record("view.changed", f"view:{view.id}", {"shared": shared})
    except IntegrityError as error:
        raise ViewRefusal("Another view has this name.") from error


def delete_view(view: SavedView) -> None:
    """Take a view away; whoever opened the list with it sees all partners again."""
    with atomic():
        DefaultView.delete().where(DefaultView.view == view.id).execute()
        SavedView.delete().where(SavedView.id == view.id).execute()
        audit.record("view.deleted", f"view:{view.id}", {"shared": view.shared})


def choose_default(viewer: Viewer, view_id: int | None) -> None:
    """Open somebody's list with a view from now on, or with all partners."""
    with atomic():
        DefaultView.delete().where(DefaultView.user == viewer.user_id).execute()
        if view_id is not None:
            DefaultView.insert(user=viewer.user_id, view=view_id).execute()


def _check(viewer: Viewer, name: str, query: str, shares: bool) -> None:
    if not name or len(name) > 60:
        raise ViewRefusal("Give a name of at most %(most)s characters.", most=60)
    if len(query) > LONGEST:
        raise ViewRefusal("These filters are too long to be kept: take some away.")
    if shares and not viewer.can("partners.edit"):
        raise ViewRefusal("Only partner managers and administrators share views.")
