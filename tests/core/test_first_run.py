"""An empty desk opens the page that founds it, once, for whoever started the server."""

import pytest

from app.core.accounts.models import Organisation, User
from app.core.kpis.models import Kpi
from app.core.partners.models import Partner
from app.sample import setup_code
from app.testing import PASSWORD


def form(app, **changes):
    return {
        "code": setup_code(app.extensions["entente"].config),
        "organisation": "Nordkontor",
        "currency": "eur",
        "timezone": "Europe/Berlin",
        "fiscal_year_start_month": "4",
        "locale": "en",
        "name": "Ada",
        "email": "ada@example.org",
        "password": PASSWORD,
    } | changes


def post(browser, **values):
    page = browser.get("/setup").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    return browser.post("/setup", data={"csrf_token": token} | values)


@pytest.mark.parametrize("path", ["/", "/home", "/partners", "/login"])
def test_every_page_leads_to_the_first_run(empty_app, path):
    answer = empty_app.test_client().get(path)
    assert (answer.status_code, answer.location) == (302, "/setup")


def test_the_desk_is_founded_and_its_administrator_signed_in(empty_app):
    browser = empty_app.test_client()
    assert post(browser, **form(empty_app)).status_code == 303
    assert browser.get("/home").status_code == 200
    desk = Organisation.get()
    assert (desk.name, desk.currency, desk.fiscal_year_start_month) == ("Nordkontor", "EUR", 4)
    assert [user.role for user in User.select()] == ["admin"]
    assert Kpi.select().count() > 20
    assert not Partner.select().exists()


def test_the_page_is_closed_for_ever_afterwards(empty_app):
    browser = empty_app.test_client()
    post(browser, **form(empty_app))
    assert empty_app.test_client().get("/setup").status_code == 404


def test_sample_partners_come_where_they_are_wanted(empty_app):
    post(empty_app.test_client(), **form(empty_app, sample="y"))
    assert Partner.select().count() >= 5


@pytest.mark.parametrize(
    "change",
    [
        {"code": "guessed"},
        {"organisation": ""},
        {"currency": "XXX"},
        {"timezone": "Mars/Base"},
        {"fiscal_year_start_month": "13"},
        {"email": "nonsense"},
        {"password": "password"},
    ],
)
def test_a_refused_form_founds_nothing_and_keeps_what_was_typed(empty_app, change):
    answer = post(empty_app.test_client(), **form(empty_app, **change))
    assert answer.status_code == 422
    assert "Please check what you entered" in answer.text
    assert not Organisation.select().exists()
    assert PASSWORD not in answer.text
