"""The settings pages: administrators change what the whole desk follows, with a preview."""

import io
import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from PIL import Image

from app.core.accounts.models import HolidayChange, Organisation
from app.core.accounts.queries import settings
from app.core.business_time import add_business_days
from app.core.db import database
from app.core.models import AuditEntry
from app.core.settings.business_calendar import business_calendar
from app.core.settings.previews import calendar as calendar_preview
from app.testing import Browser, founded, make_app
from tests.core.desk import counted_queries

PAGES = {
    "/settings": {"name": "Nordkontor", "locale": "en", "timezone": "Asia/Tokyo"},
    "/settings/appearance": {"primary_colour": "#E4002B"},
    "/settings/calendar": {
        "currency": "chf",
        "fiscal_year_start_month": "4",
        "fiscal_year_label": "starting",
    },
    "/settings/business-time": {
        "weekdays": ["1", "2", "3", "4"],
        "opens": "08:30",
        "closes": "16:00",
        "holiday_country": "DE",
        "holiday_subdivision": "BE",
    },
    "/settings/approvals": {"four_eyes_required": "y"},
}
STORED = {
    "/settings": {"name": "Nordkontor", "timezone": "Asia/Tokyo"},
    "/settings/appearance": {"primary_colour": "#e4002b"},
    "/settings/calendar": {
        "currency": "CHF",
        "fiscal_year_start_month": 4,
        "fiscal_year_label": "starting",
    },
    "/settings/business-time": {
        "working_days": "1234",
        "opens_at": 510,
        "closes_at": 960,
        "holiday_country": "DE",
        "holiday_subdivision": "BE",
    },
    "/settings/approvals": {"four_eyes_required": True},
}


def picture(kind="PNG", size=(300, 120), **options):
    """A file of a picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "#1f4e9a").save(out, kind, **options)
    return out.getvalue()


def upload(browser, content, name="logo.png", **form):
    """Send the appearance form with a file."""
    fields = {"primary_colour": "", "version": str(Organisation.get().version)} | form
    return browser.send("/settings/appearance", logo_file=(io.BytesIO(content), name), **fields)


@pytest.mark.parametrize("path", PAGES)
def test_a_section_is_saved_with_the_names_of_its_changed_fields_on_record(as_admin, path):
    answer = as_admin.send(path, version="1", **PAGES[path])
    assert (answer.status_code, answer.location) == (303, path)
    stored = Organisation.get()
    assert {name: getattr(stored, name) for name in STORED[path]} == STORED[path]
    assert stored.version == 2
    entry = AuditEntry.get(AuditEntry.action == "settings.changed")
    assert json.loads(entry.detail)["fields"] == sorted(STORED[path])


@pytest.mark.parametrize("path", PAGES)
def test_a_section_is_the_administrators(as_manager, as_viewer, as_contact, client, path):
    assert as_manager.get(path).status_code == 403
    assert as_viewer.send(path, version="1", **PAGES[path]).status_code == 403
    assert as_contact.get(path).status_code == 404
    assert client.get(path).status_code == 302
    assert Organisation.get().version == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_preview_saves_nothing(as_admin, path):
    answer = as_admin.send(path, version="1", preview="1", **PAGES[path])
    assert answer.status_code == 200
    assert Organisation.get().version == 1


def test_a_preview_comes_as_a_fragment_where_htmx_asks(as_admin):
    answer = as_admin.post(
        "/settings/calendar?preview=1",
        data={"csrf_token": as_admin.token(), "version": "1"} | PAGES["/settings/calendar"],
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )
    assert answer.text.startswith('<div id="preview"')
    assert "New partners begin with CHF" in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_a_stale_section_shows_what_stands_now_and_keeps_what_was_typed(as_admin, path):
    Organisation.update(version=7, name="Meanwhile Ltd").execute()
    answer = as_admin.send(path, version="1", **PAGES[path])
    assert answer.status_code == 422
    assert "What stands now:" in answer.text
    assert 'name="version" type="hidden" value="7"' in answer.text
    assert as_admin.send(path, version="7", **PAGES[path]).status_code == 303


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/settings", {"name": ""}),
        ("/settings", {"name": "x" * 201}),
        ("/settings", {"locale": "tlh"}),
        ("/settings", {"timezone": "Mars/Base"}),
        ("/settings/appearance", {"primary_colour": "red"}),
        ("/settings/appearance", {"primary_colour": "#12345g"}),
        ("/settings/calendar", {"currency": "XXX"}),
        ("/settings/calendar", {"fiscal_year_start_month": "13"}),
        ("/settings/calendar", {"fiscal_year_label": "middle"}),
        ("/settings/business-time", {"weekdays": []}),
        ("/settings/business-time", {"weekdays": ["8"]}),
        ("/settings/business-time", {"closes": "08:30"}),
        ("/settings/business-time", {"closes": "25:00"}),
        ("/settings/business-time", {"holiday_country": "ZZ"}),
    ],
)
def test_a_refused_section_comes_back_with_a_message(as_admin, path, change):
    answer = as_admin.send(path, version="1", **(PAGES[path] | change))
    assert answer.status_code == 422
    assert "Please check what you entered" in answer.text
    assert Organisation.get().version == 1


def test_a_region_of_another_country_gives_way(as_admin):
    form = PAGES["/settings/business-time"] | {"holiday_country": "FR"}
    assert as_admin.send("/settings/business-time", version="1", **form).status_code == 303
    assert (Organisation.get().holiday_country, Organisation.get().holiday_subdivision) == (
        "FR",
        "",
    )


def test_another_process_follows_the_new_settings_with_its_next_request(new_database, tmp_path):
    url = new_database(founded)
    apps = [make_app(tmp_path / name, url) for name in ("one", "other")]
    with database.connection_context():
        for app in apps:
            app.test_client_class = Browser
        one, other = (app.test_client().sign_in("admin@example.org") for app in apps)
        assert "Harbour &amp; Hill" in other.get("/settings").text
        one.send("/settings", version="1", **PAGES["/settings"])
        assert "Nordkontor" in other.get("/settings").text
        one.send("/settings/calendar", version="2", **PAGES["/settings/calendar"])
        assert "FY2" in other.get("/settings/calendar").text


def test_the_calendar_preview_names_days_as_the_specification_does(app):
    before = settings()
    april = replace(before, fiscal_year_start_month=4)
    october = replace(before, fiscal_year_start_month=10)

    def then(after, day):
        return [
            line.then
            for line in calendar_preview(before, after, day)
            if line.label.endswith("today")
        ]

    assert then(april, date(2026, 2, 15)) == ["FY2026-Q4-P11-H2"]  # [X3]
    assert then(replace(april, fiscal_year_label="starting"), date(2026, 2, 15)) == [
        "FY2025-Q4-P11-H2"
    ]
    assert then(april, date(2026, 4, 1)) == ["FY2027-Q1-P01-H1"]
    assert then(october, date(2026, 9, 30)) == ["FY2026-Q4-P12-H2"]
    assert then(october, date(2026, 10, 1)) == ["FY2027-Q1-P01-H1"]


# ---- Logo and colour ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_and_shown_to_whoever_signs_in(client, as_admin, kind):
    assert upload(as_admin, picture(kind)).status_code == 303
    address = f"/brand/{Organisation.get().logo}.png"
    assert address in client.get("/login").text
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert Image.open(io.BytesIO(answer.data)).format == "PNG"


def test_what_else_a_picture_holds_does_not_survive(client, as_admin):
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    content = picture("JPEG", exif=exif) + b"<script>alert(1)</script>"
    assert b"secret place" in content
    upload(as_admin, content)
    kept = client.get(f"/brand/{Organisation.get().logo}.png").data
    assert b"secret place" not in kept
    assert b"script" not in kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:80],
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 200,
        picture("GIF"),
        picture("BMP"),
        picture(size=(8, 8)),
        picture(size=(9000, 9000)),
        b"\0" * (2 * 1024 * 1024 + 1),
    ],
    ids=["empty", "gif", "svg", "cut", "broken", "real-gif", "bmp", "tiny", "bomb", "large"],
)
def test_what_is_no_logo_is_refused(app, as_admin, content):
    answer = upload(as_admin, content)
    assert answer.status_code == 422
    assert Organisation.get().logo == ""
    folder = app.extensions["entente"].config.data / "logos"
    assert not folder.exists() or not list(folder.iterdir())


def test_a_large_logo_is_made_smaller(client, as_admin):
    upload(as_admin, picture(size=(2000, 1500)))
    kept = Image.open(io.BytesIO(client.get(f"/brand/{Organisation.get().logo}.png").data))
    assert kept.size == (320, 240)


def test_a_new_logo_takes_the_place_of_the_old_one(app, client, as_admin):
    upload(as_admin, picture())
    first = Organisation.get().logo
    upload(as_admin, picture(size=(100, 100)))
    folder = app.extensions["entente"].config.data / "logos"
    assert [path.stem for path in folder.iterdir()] == [Organisation.get().logo]
    assert client.get(f"/brand/{first}.png").status_code == 404


def test_a_logo_is_removed(client, as_admin):
    upload(as_admin, picture())
    version = str(Organisation.get().version)
    form = {"primary_colour": "", "remove_logo": "y", "version": version}
    assert as_admin.send("/settings/appearance", **form).status_code == 303
    assert Organisation.get().logo == ""
    assert "/brand/" not in client.get("/login").text


@pytest.mark.parametrize("name", ["x", "0" * 32, "..%2f..%2fentente", "%00"])
def test_nothing_else_is_served_as_a_logo(client, name):
    assert client.get(f"/brand/{name}.png").status_code in (400, 404)


def test_a_logo_whose_file_is_gone_is_not_found(client, as_admin):
    Organisation.update(logo="f" * 32).execute()
    assert client.get(f"/brand/{'f' * 32}.png").status_code == 404


def test_pages_link_the_stylesheet_of_the_colour(client, as_admin):
    assert "/brand/" not in client.get("/login").text
    as_admin.send("/settings/appearance", version="1", primary_colour="#e4002b")
    assert "/brand/e4002b.css?v=1" in client.get("/login").text
    answer = client.get("/brand/e4002b.css?v=1")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "--brand-solid: light-dark(#e4002b," in answer.text


@pytest.mark.parametrize("colour", ["red", "E4002B", "e4002", "e4002b;x", "{}", "%00"])
def test_no_other_stylesheet_exists(client, colour):
    assert client.get(f"/brand/{colour}.css").status_code in (400, 404)


def test_a_colour_that_cannot_be_read_is_said_to_be_adjusted(as_admin):
    answer = as_admin.send(
        "/settings/appearance", version="1", preview="1", primary_colour="#ffd500"
    )
    assert "#ffd500 reaches 1.4 to 1 with white: too little for text" in answer.text


# ---- Days off --------------------------------------------------------------------------------


def test_public_holidays_of_the_place_are_days_off(as_admin):
    as_admin.send("/settings/business-time", version="1", **PAGES["/settings/business-time"])
    page = as_admin.get("/settings/business-time?year=2026").text
    assert "Women&#39;s Day" in page  # Berlin's own
    works = business_calendar()
    assert date(2026, 3, 8) in works.days_off
    assert date(2026, 3, 9) not in works.days_off


def test_an_own_day_off_counts_and_is_taken_back(as_admin):
    day = {"day": "2026-03-09", "name": "Summer party"}
    answer = as_admin.send("/settings/business-time/days", **day)
    assert (answer.status_code, answer.location) == (303, "/settings/business-time?year=2026")
    assert add_business_days(date(2026, 3, 6), 1, business_calendar()) == date(2026, 3, 10)
    assert "Summer party" in as_admin.get("/settings/business-time?year=2026").text
    as_admin.send("/settings/business-time/days/2026-03-09", change="restore")
    assert add_business_days(date(2026, 3, 6), 1, business_calendar()) == date(2026, 3, 9)


def test_a_public_holiday_can_be_worked(as_admin):
    Organisation.update(holiday_country="DE").execute()
    assert add_business_days(date(2026, 4, 2), 1, business_calendar()) == date(2026, 4, 7)
    assert (
        as_admin.send("/settings/business-time/days/2026-04-03", change="work").status_code == 303
    )
    assert add_business_days(date(2026, 4, 2), 1, business_calendar()) == date(2026, 4, 3)
    assert "Take it off again" in as_admin.get("/settings/business-time?year=2026").text


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("days", {"day": "", "name": "x"}, 422),
        ("days", {"day": "2026-02-30", "name": "x"}, 422),
        ("days", {"day": "9999-01-01", "name": "x"}, 422),
        ("days", {"day": "2026-01-01", "name": "x" * 101}, 422),
        ("days/2026-03-09", {"change": "work"}, 404),  # no holiday
        ("days/2026-03-09", {"change": "restore"}, 404),  # nothing to take back
        ("days/2026-03-09", {"change": "nonsense"}, 422),
        ("days/2026-99-09", {"change": "work"}, 404),
        ("days/9999-01-01", {"change": "work"}, 404),
    ],
)
def test_a_day_that_cannot_be_is_refused(as_admin, path, form, status):
    assert as_admin.send(f"/settings/business-time/{path}", **form).status_code == status
    assert not HolidayChange.select().exists()


@pytest.mark.parametrize("year", ["", "1", "99999", "abcd", "9999", "١٢٣٤"])
def test_an_impossible_year_shows_this_one(as_admin, year):
    assert as_admin.get(f"/settings/business-time?year={year}").status_code == 200


def test_the_page_asks_no_more_questions_for_more_days(as_admin):
    with counted_queries() as few:
        as_admin.get("/settings/business-time?year=2026")
    for n in range(30):
        HolidayChange.create(day=date(2026, 6, 1) + timedelta(days=n), closed=True, name="x")
    with counted_queries() as many:
        as_admin.get("/settings/business-time?year=2026")
    assert len(many) == len(few)


def test_business_time_follows_the_saved_hours_and_zone(as_admin):
    as_admin.send("/settings/business-time", version="1", **PAGES["/settings/business-time"])
    opens, closes = business_calendar().hours_of(date(2026, 1, 5))
    assert (opens, closes) == (datetime(2026, 1, 5, 7, 30), datetime(2026, 1, 5, 15))


# ---- Approvals -------------------------------------------------------------------------------


def test_the_page_tells_where_one_person_alone_could_approve(as_admin, partner, other_partner):
    preview = as_admin.send("/settings/approvals", version="1", preview="1", four_eyes_required="y")
    assert "1 partner has one person alone who could approve" in preview.text


# ---- Language --------------------------------------------------------------------------------


def test_a_person_chooses_a_language_or_follows_the_organisation(as_viewer):
    page = as_viewer.get("/account").text
    assert "As the organisation (English)" in page
    assert as_viewer.send("/account/language", locale="en").status_code == 303
    assert '<option selected value="en">' in as_viewer.get("/account").text
    assert as_viewer.send("/account/language", locale="").status_code == 303
    assert as_viewer.send("/account/language", locale="tlh").status_code == 422
