"""The history of an object and the audit log: who reads what, in which words, and as a file."""

import io
import json

import pytest
from openpyxl import load_workbook

from app.core import audit
from app.core.audit import Change, Ref, Tally
from app.core.db import atomic
from app.core.history.exports import verify_lines
from app.core.models import AuditChange
from tests.core.desk import counted_queries, staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def write(ref, action, *changes):
    with atomic():
        audit.record(action, ref, changes=changes)


def test_a_partners_history_tells_each_field_in_words(as_manager, partner):
    owner = staff("manager@example.org").user_id
    write(
        f"partner:{partner.id}",
        "partner.changed",
        Change("status", "active", "suspended"),
        Change("owner", None, Ref(f"user:{owner}")),
        Change("name", "Nord <b>", "Süd"),
    )
    page = as_manager.get(f"/history/partner:{partner.id}").text
    for text in ("Facts changed", "Active", "Suspended", "Owner", "Manager", "Nord &lt;b&gt;"):
        assert text in page


def test_erased_texts_say_so(as_manager, partner):
    write(f"partner:{partner.id}", "partner.changed", Change("name", "Nord", "Süd"))
    AuditChange.update(before=None, after=None, salt=None).execute()
    page = as_manager.get(f"/history/partner:{partner.id}").text
    assert "erased" in page
    assert "Süd" not in page


def test_where_somebody_came_from_is_for_administrators(as_manager, as_admin, partner):
    as_manager.send("/theme", theme="dark")
    as_admin.send("/settings", **_organisation(as_admin))
    path = "/history/organisation:1"
    assert "from 127.0.0.1" in as_admin.get(path).text
    assert as_manager.get(path).status_code == 404


def test_nobody_learns_by_searching_what_is_not_shown(as_manager, as_admin, partner):
    form = {"name": "Ola Ask", "side": "partner", "level": "operational", "email": ""}
    assert as_manager.send(f"/partners/{partner.id}/contacts/new", **form).status_code == 303
    path = f"/history/partner:{partner.id}?q="
    assert "Ola Ask" in as_manager.get(path + "Ola").text
    assert "Ola Ask" in as_admin.get(path + "127.0.0").text
    assert "Ola Ask" not in as_manager.get(path + "127.0.0").text


def test_a_search_does_not_find_the_texts_of_a_plugins_object(as_admin):
    write("incentives_case:7", "incentives.told", Change("text", None, "between us"))
    assert "incentives_case:7" in as_admin.get("/history?q=incentives_case").text
    assert "incentives_case:7" not in as_admin.get("/history?q=between").text


def _organisation(browser):
    return {"name": "Other name", "locale": "en", "timezone": "Europe/Berlin", "version": 1}


def test_refusals_are_for_administrators(as_manager, as_admin, partner):
    write(f"partner:{partner.id}", "access.refused")
    path = f"/history/partner:{partner.id}"
    assert "Access refused" not in as_manager.get(path).text
    assert "Access refused" in as_admin.get(path).text


@pytest.mark.parametrize(
    "ref", ["partner:999", "nothing:1", "user:1", "x", "partner:99999999999999999999", "endpoint:a"]
)
def test_what_is_foreign_or_missing_has_no_history(as_viewer, ref):
    assert as_viewer.get(f"/history/{ref}").status_code == 404


def test_contacts_read_no_audit(as_contact, partner):
    for path in (f"/history/partner:{partner.id}", "/history"):
        assert as_contact.get(path).status_code == 404


def test_the_log_is_for_administrators(as_manager):
    assert as_manager.get("/history").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?action=partner.changed", True),
        ("?action=partner.status", False),
        ("?q=S%C3%BCd", True),
        ("?q=100%25_", False),
        ("?actor=system", True),
        ("?actor=user:1", False),
        ("?since=2000-01-01", True),
        ("?until=2000-01-01", False),
        ("?since=nonsense&page=x", True),
    ],
)
def test_the_log_is_filtered(as_admin, partner, query, found):
    write(f"partner:{partner.id}", "partner.changed", Change("name", "Nord", "Süd"))
    page = as_admin.get(f"/history{query}").text
    assert ("<ins>Süd</ins>" in page) is found


def test_the_log_takes_the_same_few_queries_for_any_number_of_rows(as_admin, partner):
    write(f"partner:{partner.id}", "partner.changed", Change("name", "a", "b"))
    with counted_queries() as few:
        as_admin.get("/history")
    for n in range(60):
        write(f"partner:{partner.id}", "partner.changed", Change("name", n, n + 1))
    with counted_queries() as many:
        as_admin.get("/history")
    assert len(many) <= len(few)


def test_an_export_of_a_period_can_be_verified_elsewhere(as_admin, partner):
    write(f"partner:{partner.id}", "partner.changed", Change("name", "Nord", "Süd"))
    write(f"partner:{partner.id}", "partner.changed", Change("name", "Süd", "Ost"))
    text = as_admin.get("/history?download=jsonl&since=2000-01-01").text
    tally = Tally()
    assert list(verify_lines(text.splitlines(), tally)) == []
    assert tally.kept > 2
    assert "audit.exported" in as_admin.get("/history?download=jsonl").text
    broken = text.replace("Ost", "West").splitlines()
    assert [b.problem for b in verify_lines(broken, Tally())] == [
        "the text of “name” was changed after it was written"
    ]
    kept = [line for line in text.splitlines() if "Nord" not in line]
    assert list(verify_lines(kept, Tally())) == []  # of a chain, an export may begin anywhere
    with pytest.raises(ValueError, match="line 1 is no row"):
        list(verify_lines(["{}"], Tally()))
    assert json.loads(text.splitlines()[0])["hash"]


def test_texts_of_a_plugins_object_stay_with_those_who_may_see_it(as_admin):
    write("incentives_case:7", "incentives.told", Change("text", None, "between us"))
    assert "between us" not in as_admin.get("/history").text
    text = as_admin.get("/history?download=jsonl").text
    assert "between us" not in text
    assert list(verify_lines(text.splitlines(), Tally())) == []


def test_the_log_as_a_list_says_the_same_in_words(as_admin, partner):
    write(f"partner:{partner.id}", "partner.changed", Change("name", "Nord", "=Süd()"))
    text = as_admin.get("/history?download=csv").text
    assert "Facts changed" in text
    assert "Name: Nord → =Süd()" in text
    book = load_workbook(io.BytesIO(as_admin.get("/history?download=xlsx").data))
    assert book.active.max_row > 2
