"""Statements that are built once: nothing of one request serves the next."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.kept import kept
from app.core.partners.access import editable_on, own, readable
from app.core.partners.models import Partner
from app.testing import add_partner

TODAY = date(2024, 6, 1)
built: list[str] = []


@kept
def named(name: Any, *, sorted_by: str = "id") -> Any:
    built.append(sorted_by)
    return Partner.select().where(Partner.name == name).order_by(getattr(Partner, sorted_by))


@kept
def mine(viewer: Viewer, today: Any) -> Any:
    return Partner.select(Partner.code).where(own(viewer, today)).tuples()


@kept
def seen(viewer: Viewer) -> Any:
    return Partner.select(Partner.code).where(readable(viewer)).order_by(Partner.code).tuples()


@kept
def changeable(viewer: Viewer, today: Any) -> Any:
    return (
        Partner.select(Partner.code).where(editable_on(viewer, today)).order_by(Partner.id).tuples()
    )


@kept
def coded(codes: Any, status: Any) -> Any:
    built.append("coded")
    chosen = Partner.code.in_(codes) & (Partner.status == status)
    return Partner.select(Partner.code).where(chosen).order_by(Partner.code).tuples()


@kept
def of_nobody(viewer: Viewer) -> Any:
    known = Partner.id.is_null(viewer.contact_id is not None)
    return Partner.select(Partner.code).where(known).order_by(Partner.code).tuples()


@kept
def written_by(viewer: Viewer) -> Any:
    return User.select(User.name).where(User.email == viewer.email).tuples()


def viewer(user_id: int, role: str = "manager", partner_id: int | None = None) -> Viewer:
    rights = frozenset({"partners.admin"} if role == "admin" else ())
    return Viewer(user_id, "N", "n@example.org", role, rights, partner_id)


def test_it_is_built_once_for_each_shape(app: Flask, partner: Partner) -> None:
    built.clear()
    assert [row.code for row in named(partner.name)] == ["NORD"]
    assert named("Nobody") == []
    named(partner.name, sorted_by="code")
    named("Nobody", sorted_by="code")
    assert len(built) <= 2  # another test on the same database may have built them


def test_it_finds_models_with_what_they_were_joined_with(app: Flask, partner: Partner) -> None:
    (found,) = named(partner.name)
    assert isinstance(found, Partner)
    assert found.created_at == Partner.get_by_id(partner.id).created_at


def test_each_person_of_a_role_gets_their_own(
    app: Flask, partner: Partner, other_partner: Partner
) -> None:
    assert mine(viewer(partner.owner_id), TODAY) == [("NORD",)]
    assert mine(viewer(other_partner.owner_id), TODAY) == [("SUED",)]
    assert mine(viewer(partner.owner_id), TODAY) == [("NORD",)]


def test_contacts_get_their_own_partner_whoever_came_before(
    app: Flask, partner: Partner, other_partner: Partner
) -> None:
    assert seen(viewer(1)) == [("NORD",), ("SUED",)]
    assert seen(viewer(8, "contact", partner.id)) == [("NORD",)]
    assert seen(viewer(9, "contact", other_partner.id)) == [("SUED",)]
    assert seen(viewer(9, "contact", None)) == []


def test_a_list_finds_what_any_of_its_values_finds(
    app: Flask, partner: Partner, other_partner: Partner
) -> None:
    assert coded([], "active") == []
    assert coded(["NORD"], "active") == [("NORD",)]
    assert coded(("NORD", "SUED"), "active") == [("NORD",), ("SUED",)]
    assert coded({"NORD", "SUED", "WEST"}, "active") == [("NORD",), ("SUED",)]
    assert coded(["NORD", "SUED"], "ended") == []


def test_lists_of_many_lengths_share_few_statements(app: Flask, partner: Partner) -> None:
    built.clear()
    for length in range(1, 60):
        assert coded([*map(str, range(length)), "NORD"], "active") == [("NORD",)]
    assert len(built) <= 6


def test_what_somebody_is_not_decides_what_is_built(app: Flask, partner: Partner) -> None:
    assert of_nobody(viewer(1)) == [("NORD",)]
    assert of_nobody(replace(viewer(1), contact_id=7)) == []
    assert of_nobody(viewer(2)) == [("NORD",)]


def test_an_address_is_that_of_whoever_asks(app: Flask) -> None:
    assert written_by(replace(viewer(1), email="admin@example.org")) == [("Admin",)]
    assert written_by(replace(viewer(1), email="viewer@example.org")) == [("Viewer",)]
    assert written_by(replace(viewer(1), email="")) == []


def test_permissions_decide_what_is_built(
    app: Flask, partner: Partner, other_partner: Partner
) -> None:
    assert changeable(viewer(99, "admin"), TODAY) == [("NORD",), ("SUED",)]
    assert changeable(viewer(99), TODAY) == []


def test_a_deputy_acts_on_the_day_that_is_given(app: Flask, partner: Partner) -> None:
    deputy = User.get(User.email == "viewer@example.org")
    User.update(absent_from=TODAY, absent_until=TODAY, deputy=deputy).where(
        User.id == partner.owner_id
    ).execute()
    assert mine(viewer(deputy.id), TODAY) == [("NORD",)]
    assert mine(viewer(deputy.id), date(2024, 6, 2)) == []


def test_a_date_that_would_stay_is_refused(app: Flask) -> None:
    @kept
    def stale() -> Any:
        return Partner.select().where(Partner.start_date < TODAY)

    with pytest.raises(TypeError, match="takes dates as values"):
        stale()


def test_a_day_of_today_that_nobody_gave_is_refused(app: Flask) -> None:
    @kept
    def forgotten(viewer: Viewer) -> Any:
        return Partner.select().where(own(viewer))

    with pytest.raises(TypeError, match="takes dates as values"):
        forgotten(viewer(1))


def test_what_was_merged_away_is_left_out(app: Flask) -> None:
    other = add_partner("OLD", "Old one")
    kept_one = add_partner("NEW", "New one")
    Partner.update(merged_into=kept_one).where(Partner.id == other.id).execute()
    assert seen(viewer(1)) == [("NEW",)]
