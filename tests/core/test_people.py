"""The people page: administrators give, change and end access."""

import pytest

from app.core.accounts.models import User
from app.testing import PASSWORD

PERSON = {"name": "Ines Moreau", "email": "ines@example.org", "role": "manager"}


def test_an_administrator_adds_a_person_who_can_sign_in(app, as_admin):
    assert as_admin.send("/people/new", password=PASSWORD, **PERSON).status_code == 303
    assert app.test_client().sign_in("ines@example.org").get("/account").status_code == 200


@pytest.mark.parametrize("path", ["/people", "/people/new", "/people/1"])
def test_other_staff_may_not_manage_people(as_manager, as_viewer, path):
    assert as_manager.get(path).status_code == 403
    assert as_viewer.get(path).status_code == 403


def test_a_contact_does_not_learn_that_the_page_exists(as_contact):
    assert as_contact.get("/people").status_code == 404


def test_strangers_are_sent_to_sign_in(client):
    assert client.get("/people").status_code == 302


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"email": "nonsense"}, {"email": "admin@example.org"}, {"role": "king"}],
)
def test_a_refused_form_comes_back_with_what_was_typed(as_admin, change):
    answer = as_admin.send("/people/new", password=PASSWORD, **(PERSON | change))
    assert answer.status_code == 422
    assert "Please check what you entered" in answer.text
    assert (PERSON | change)["email"] in answer.text


def test_the_role_contact_cannot_be_given_by_hand(as_admin):
    form = PERSON | {"role": "contact", "password": PASSWORD}
    assert as_admin.send("/people/new", **form).status_code == 422


def test_changing_a_role_ends_the_sessions(app, as_admin, as_viewer):
    viewer = User.get(User.email == "viewer@example.org")
    form = {"name": "Vera", "email": viewer.email, "role": "manager", "active": "y", "version": "1"}
    assert as_admin.send(f"/people/{viewer.id}", **form).status_code == 303
    assert as_viewer.get("/account").status_code == 302


def test_the_last_administrator_must_remain(as_admin):
    admin = User.get(User.role == "admin")
    form = {
        "name": admin.name,
        "email": admin.email,
        "role": "viewer",
        "active": "y",
        "version": "1",
    }
    answer = as_admin.send(f"/people/{admin.id}", **form)
    assert answer.status_code == 422
    assert "At least one administrator must remain." in answer.text


def test_an_unknown_or_impossible_person_is_not_found(as_admin):
    assert as_admin.get("/people/99999").status_code == 404
    assert as_admin.get("/people/9223372036854775808").status_code == 404
