"""The desk in German: pages, numbers, dates, plurals, the plugin; nothing is left in English."""

import re
from typing import Any

import pytest

from app import catalogues
from app.core.accounts.models import Organisation, User
from app.core.kpis.models import Kpi, Revision
from app.core.partners.models import Partner
from app.testing import Browser
from tests.core.access_world import make_world
from tests.core.desk import Desk, last_month
from tests.core.test_language import NOT_OURS, Words, names_in_records, on_sqlite


@pytest.fixture
def german(sample_app: Any) -> Browser:
    """An administrator who reads German."""
    User.update(locale="de").where(User.email == "admin@example.org").execute()
    return sample_app.test_client().sign_in("admin@example.org")


def english() -> set[str]:
    """The strings that say something else in German, without those that hold a place."""
    found = set()
    for folder, _sources in catalogues.everything():
        for language, path in catalogues.catalogues(folder):
            for message in catalogues.read(path, language):
                one = message.id if isinstance(message.id, str) else message.id[0]
                said = message.string if isinstance(message.string, str) else message.string[0]
                if one and one != said and "%(" not in one:
                    found.add(" ".join(one.split()))
    # Words that are also somebody's data, or the same in both languages in another sense.
    return {text for text in found if len(text) > 3} - {"Programme"}  # the plural of Programm


@on_sqlite
@pytest.mark.parametrize("actor", ["admin", "contact"])
def test_no_page_has_a_string_left_in_english(sample_app, actor):
    world = make_world(sample_app)
    User.update(locale="de").execute()
    left, known, data = {}, english(), names_in_records()
    for endpoint, answer in world.pages(actor):
        if endpoint.startswith(NOT_OURS):
            continue
        words = Words()
        words.feed(answer.text)
        found = [text for text in words.found if text in known and text not in data]
        if found:
            left[endpoint] = found
    assert not left, "\n".join(f"{k}: {v}" for k, v in left.items())


def text_of(answer: Any) -> str:
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("\N{NO-BREAK SPACE}", " ")


def test_figures_and_dates_are_written_the_german_way(app, as_manager):
    User.update(locale="de").where(User.email == "manager@example.org").execute()
    desk = Desk(app)
    partner = Partner.create(
        code="X", name="Muster", name_key="muster x", type="other", status="active", currency="EUR"
    )
    kpi_id = desk.kpi("REV", "Umsatz", value_type="money")
    desk.value(partner, kpi_id, last_month(), 98765)
    page = text_of(as_manager.get(f"/partners/{partner.id}/kpis/{kpi_id}"))
    assert "98.765,00 €" in page or "98.765 €" in page
    assert re.search(r"\d{2}\.\d{2}\.\d{4}|\d{1,2}\. \w+\.? \d{4}", page)


def test_a_decimal_comma_is_read_as_one(app, as_admin):
    User.update(locale="de").where(User.email == "admin@example.org").execute()
    partner = Partner.create(
        code="X", name="Muster", name_key="muster x", type="other", status="active", currency="EUR"
    )
    kpi_id = Desk(app).kpi()
    period = f"{last_month().year}-{last_month().n:02}"
    form = {"value-period": period, "value-value": "1234,5"}
    assert as_admin.send(f"/partners/{partner.id}/kpis/{kpi_id}/values", **form).status_code == 303
    assert Revision.get(Revision.kpi == kpi_id).value == 1_234_500_000


def test_plurals_follow_the_number(german):
    path = next(
        p for folder, _s in catalogues.everything() for _l, p in catalogues.catalogues(folder)
    )
    catalogue = catalogues.read(path, "de")
    message = catalogue.get(("One partner with a scorecard", "%(num)s partners with a scorecard"))
    assert message.string[0] != message.string[1]
    assert catalogue.num_plurals == 2


def test_the_sign_in_page_speaks_the_organisations_language(app):
    Organisation.update(locale="de").execute()
    page = app.test_client().get("/login")
    assert 'lang="de' in page.text
    assert "Anmelden" in page.text


def test_the_plugin_speaks_german_too(german):
    folder = next(path for path in catalogues.plugin_folders() if path.name == "incentives")
    path = next(path for _language, path in catalogues.catalogues(folder))
    word = catalogues.read(path, "de").get("Incentives").string
    assert word in german.get("/home").text
    assert Kpi.select().exists()
