"""A partner's profile: its parts, its versions, and what changed between them."""

from datetime import date, timedelta

import pytest

from app.core import clock
from app.core.partners import profiles
from app.core.partners.models import PartnerProfile
from app.core.partners.rules import review_due, review_overdue

TODAY = clock.today("Europe/Berlin")
FORM = {
    "n": 0,
    "goals-0-side": "partner",
    "goals-0-text": "Nordlicht grows in Jütland",
    "strengths-0-kind": "network",
    "strengths-0-text": "Two hundred dealers",
    "audiences-0-segment": "Small retailers",
    "audiences-0-size": "4,000",
    "challenges": "Fuel",
    "next_review": (TODAY + timedelta(days=200)).isoformat(),
}


@pytest.fixture
def path(partner):
    return f"/partners/{partner.id}/profile"


def test_a_saved_profile_stands_on_the_partners_page(as_manager, partner, path):
    assert as_manager.send(path, **FORM).status_code == 303
    page = as_manager.get(f"/partners/{partner.id}").text
    for text in ("grows in Jütland", "Two hundred dealers", "Network", "Small retailers", "4,000"):
        assert text in page


def test_every_version_stays_and_a_stale_edit_shows_both(as_manager, partner, path):
    as_manager.send(path, **FORM)
    as_manager.send(path, **(FORM | {"n": 1, "challenges": "Fuel and drivers"}))
    stale = as_manager.send(path, **(FORM | {"n": 1, "challenges": "Fuel and tolls"}))
    assert stale.status_code == 422
    assert "<del>drivers</del>" in stale.text
    assert "<ins>tolls</ins>" in stale.text
    assert [row.n for row in PartnerProfile.select().order_by(PartnerProfile.n)] == [1, 2]


def test_a_stale_edit_is_saved_once_it_was_compared(as_manager, partner, path):
    as_manager.send(path, **FORM)
    stale = as_manager.send(path, **(FORM | {"challenges": "Tolls"}))
    assert 'name="n" type="hidden" value="1"' in stale.text
    assert as_manager.send(path, **(FORM | {"n": 1, "challenges": "Tolls"})).status_code == 303


def test_an_empty_row_is_left_out(as_manager, partner, path):
    as_manager.send(path, **(FORM | {"goals-1-side": "host", "goals-1-text": "  "}))
    assert PartnerProfile.get().rows("goals") == [
        {"side": "partner", "text": "Nordlicht grows in Jütland"}
    ]


def test_adding_a_row_keeps_what_was_typed_and_saves_nothing(as_manager, partner, path):
    answer = as_manager.send(path, **(FORM | {"add": "strengths"}))
    assert answer.status_code == 200
    assert 'name="strengths-1-text"' in answer.text
    assert "Two hundred dealers" in answer.text
    assert not PartnerProfile.select().exists()


def test_the_form_begins_with_twelve_months_on(as_manager, partner, path):
    assert f'value="{review_due(TODAY)}"' in as_manager.get(path).text


@pytest.mark.parametrize(
    "change",
    [
        {"goals-0-side": "everybody"},
        {"goals-0-text": "x" * 1001},
        {"strengths-0-kind": "luck"},
        {"audiences-0-segment": "", "audiences-0-interests": "Boats"},
        {"challenges": "x" * 5001},
        {"next_review": (TODAY - timedelta(days=2)).isoformat()},
        {"next_review": "2099-01-01"},
        {"next_review": "soon"},
    ],
)
def test_an_invalid_profile_is_refused_with_what_was_typed(as_manager, partner, path, change):
    answer = as_manager.send(path, **(FORM | change))
    assert answer.status_code == 422
    assert "Two hundred dealers" in answer.text
    assert not PartnerProfile.select().exists()


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", "x", "99999"])
def test_a_row_number_that_no_form_writes_harms_nothing(as_manager, partner, path, number):
    answer = as_manager.send(path, **(FORM | {f"goals-{number}-text": "Odd"}))
    assert answer.status_code in (303, 422)


def test_the_history_shows_what_changed_between_two_versions(as_manager, as_viewer, partner, path):
    as_manager.send(path, **FORM)
    changed = {
        "n": 1,
        "challenges": "Fuel prices",
        "audiences-0-segment": "",
        "audiences-0-size": "",
    }
    as_manager.send(path, **(FORM | changed))
    page = as_viewer.get(f"{path}/history").text
    assert "<ins> prices</ins>" in page
    assert "<del>Small retailers; Size: 4,000</del>" in page
    assert "Version 2" in page
    assert "Manager" in page
    first = as_viewer.get(f"{path}/history?new=1").text
    assert "<ins>Fuel</ins>" in first


@pytest.mark.parametrize("query", ["new=99", "new=999999999", "old=7"])
def test_a_version_that_is_not_there_is_not_found(as_manager, partner, path, query):
    as_manager.send(path, **FORM)
    assert as_manager.get(f"{path}/history?{query}").status_code == 404


@pytest.mark.parametrize("query", ["", "?new=x&old=-1", "?new=99999999999999999999"])
def test_nonsense_in_the_address_compares_the_latest(as_manager, partner, path, query):
    as_manager.send(path, **FORM)
    assert as_manager.get(f"{path}/history{query}").status_code == 200


def test_another_managers_partner_can_be_read_and_not_written(as_manager, other_partner):
    path = f"/partners/{other_partner.id}/profile"
    assert as_manager.get(path).status_code == 403
    assert as_manager.send(path, **FORM).status_code == 403


def test_a_profile_is_escaped(as_manager, partner, path):
    as_manager.send(path, **(FORM | {"goals-0-text": "<b>bold</b>"}))
    for page in (f"/partners/{partner.id}", path, f"{path}/history"):
        assert "<b>bold" not in as_manager.get(page).text


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (date(2028, 2, 29), date(2029, 2, 28)),  # [P2]
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_a_review_is_due_twelve_months_on(last, due):
    assert review_due(last) == due


@pytest.mark.parametrize(
    ("due", "overdue"),
    [(None, False), (date(2027, 1, 15), False), (date(2027, 1, 14), True)],
)
def test_a_review_is_overdue_the_day_after_it_was_due(due, overdue):
    assert review_overdue(due, date(2027, 1, 15)) is overdue


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("a b c", "a b d", [("same", "a b "), ("removed", "c"), ("added", "d")]),
        ("a b", "a b c", [("same", "a b"), ("added", " c")]),
        ("one two", "quite another", [("removed", "one two"), ("added", "quite another")]),
    ],
)
def test_two_texts_are_compared_word_by_word(old, new, pieces):
    assert [(p.state, p.text) for p in profiles.words(old, new).pieces] == pieces


@pytest.mark.parametrize(
    ("old", "new", "state", "lines"),
    [
        ([], ["a"], "added", ["added"]),
        (["a"], [], "removed", ["removed"]),
        (["a"], ["a"], "same", ["same"]),
        (["a", "b"], ["a", "c", "d"], "changed", ["same", "changed", "added"]),
        (["a", "b"], ["b"], "changed", ["removed", "same"]),
    ],
)
def test_items_come_go_and_change(old, new, state, lines):
    found = next(d for d in profiles.differences({"goals": old}, {"goals": new}))
    assert (found.state, [line.state for line in found.lines]) == (state, lines)
