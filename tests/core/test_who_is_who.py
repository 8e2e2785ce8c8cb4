"""Who is who: departments, line managers, executives, absences, and the rules that name people."""

from datetime import date

import pytest

from app import api
from app.core import clock
from app.core.accounts import queries, rules, who_is_who
from app.core.accounts.models import User
from app.core.accounts.rules import Absence
from app.core.partners.models import Contact, PartnerTeam
from tests.core.account_support import user

ADMIN, MANAGER, VIEWER = (f"{role}@example.org" for role in ("admin", "manager", "viewer"))
DAY = date(2026, 3, 10)
only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def change(email, **values):
    """Write to somebody's row."""
    User.update(**values).where(User.email == email).execute()


def ids(*emails):
    """The ids of these people."""
    return {user(email).id for email in emails}


def edit(browser, email, **form):
    """Send the form of a person's page."""
    person = user(email)
    values = {
        "name": person.name,
        "email": email,
        "role": person.role,
        "active": "y",
        "version": person.version,
    }
    return browser.send(f"/people/{person.id}", **(values | form))


@pytest.mark.parametrize(
    ("absences", "acts"),
    [
        ({1: Absence(None, None, 2), 2: Absence(None, None, None)}, 1),
        ({1: Absence(DAY, DAY, 2), 2: Absence(None, None, None)}, 2),
        ({1: Absence(DAY, None, 2), 2: Absence(DAY, DAY, 3), 3: Absence(None, None, None)}, 3),
        ({1: Absence(DAY, DAY, 2), 2: Absence(DAY, DAY, 1)}, 1),  # each stands in for the other
        ({1: Absence(DAY, DAY, None)}, 1),
        ({1: Absence(DAY, DAY, 2)}, 1),  # the deputy may not act any more
        ({1: Absence(date(2026, 3, 1), date(2026, 3, 9), 2), 2: Absence(None, None, None)}, 1),
        ({1: Absence(date(2026, 3, 11), None, 2), 2: Absence(None, None, None)}, 1),
    ],
)
def test_who_acts_on_a_day(absences, acts):
    assert rules.stand_in(1, absences, DAY) == acts


@pytest.mark.parametrize(
    ("managers", "manager", "circle"),
    [
        ({1: None, 2: 1}, 2, True),
        ({1: None, 2: 3, 3: 1}, 2, True),
        ({1: None, 2: None}, 2, False),
        ({1: None}, 1, True),
        ({1: None}, None, False),
        ({1: None, 2: 3, 3: 2}, 2, False),  # an old circle of others ends, and is not ours
    ],
)
def test_a_line_of_managers_never_runs_in_a_circle(managers, manager, circle):
    assert rules.runs_in_circle(1, manager, managers) is circle


@pytest.mark.parametrize(
    ("contacts", "found"),
    [
        ([(1, "operational", True, True), (2, "executive", False, False)], [2]),
        ([(1, "operational", True, False), (2, "operational", False, True)], [1]),
        ([(1, "operational", False, True), (2, "operational", False, False)], [1]),
        ([(1, "operational", False, False)], []),
    ],
)
def test_a_partners_executives_are_the_level_else_who_signs_else_the_primary(contacts, found):
    assert rules.executives_of(contacts) == found


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537", "Chrome, Android"),
        ("curl/8", ""),
    ],
)
def test_a_browser_is_named_in_words(agent, words):
    assert rules.browser_name(agent) == words


def test_rules_name_people(app, partner, as_contact):
    change(MANAGER, department="finance", line_manager=user(ADMIN).id)
    change(VIEWER, is_executive=True)
    contact = user("contact@nordlicht.example").id
    PartnerTeam.insert(partner=partner.id, user=user(VIEWER).id).execute()
    with app.test_request_context():
        expected = {
            "role:admin": ids(ADMIN),
            "role:contact": {contact},
            "department:finance": ids(MANAGER),
            "department:legal": set(),
            "executives": ids(VIEWER),
            f"executives:{partner.id}": {contact},
            f"line_manager:{user(MANAGER).id}": ids(ADMIN),
            f"owner:{partner.id}": ids(MANAGER),
            f"team:{partner.id}": ids(MANAGER, VIEWER),
            f"contacts:{partner.id}": {contact},
            f"user:{contact}": {contact},
            "team:999": set(),
        }
        assert {rule: queries.people(rule) for rule in expected} == expected


@only_sqlite
@pytest.mark.parametrize("rule", ["", "everybody", "role:king", "team:x", "team:", "user:9" * 9])
def test_a_rule_that_says_nothing_is_refused(app, rule):
    with app.app_context(), pytest.raises(who_is_who.UnknownRule):
        queries.people(rule)


def test_a_deputy_stands_in_for_an_absent_owner_but_not_for_a_role(app, partner):
    with app.app_context():
        today = queries.current_settings().today()
        change(MANAGER, absent_from=today, absent_until=today, deputy=user(VIEWER).id)
        assert queries.people(f"team:{partner.id}") == ids(VIEWER)
        assert queries.people("role:manager") == ids(MANAGER)


def test_disabled_people_are_named_by_no_rule_and_act_for_nobody(app, partner):
    with app.app_context():
        today = queries.current_settings().today()
        change(MANAGER, absent_from=today, deputy=user(VIEWER).id)
        change(VIEWER, active=False)
        assert queries.people(f"team:{partner.id}") == ids(MANAGER)
        assert queries.people("role:viewer") == set()


@only_sqlite
def test_without_executives_the_administrators_are_told(app):
    with app.app_context():
        assert queries.people("executives") == ids(ADMIN)


@only_sqlite
def test_departments_hold_active_staff(app):
    change(MANAGER, department="sales")
    change(VIEWER, department="sales", active=False)
    found = who_is_who.departments()
    assert found["sales"] == ids(MANAGER)
    assert set(found) == set(api.departments())


@only_sqlite
def test_an_administrator_says_who_is_who(as_admin):
    answer = edit(
        as_admin,
        MANAGER,
        department="legal",
        line_manager=user(ADMIN).id,
        is_executive="y",
        absent_from="2026-11-02",
        absent_until="2026-11-20",
        deputy=user(VIEWER).id,
    )
    assert answer.status_code == 303
    person = user(MANAGER)
    assert (person.department, person.is_executive) == ("legal", True)
    assert (person.line_manager_id, person.deputy_id) == (user(ADMIN).id, user(VIEWER).id)
    page = as_admin.get(f"/people/{person.id}").text
    assert 'value="2026-11-20"' in page


@only_sqlite
def test_changing_who_somebody_is_leaves_them_signed_in(as_admin, as_manager):
    assert edit(as_admin, MANAGER, department="legal").status_code == 303
    assert as_manager.get("/account").status_code == 200


@only_sqlite
@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"absent_from": "2026-03-10", "absent_until": "2026-03-09"}, "is not before its first"),
        ({"absent_until": "2026-03-09"}, "is not before its first"),
        ({"department": "kitchen"}, "Choose one of those offered"),
        ({"deputy": "999"}, "Choose one of those offered"),
        ({"line_manager": "9223372036854775808"}, "Choose one of those offered"),
    ],
)
def test_what_makes_no_sense_is_refused(as_admin, form, message):
    answer = edit(as_admin, MANAGER, **form)
    assert answer.status_code == 422
    assert message in answer.text


@only_sqlite
def test_two_people_cannot_manage_each_other(as_admin):
    change(VIEWER, line_manager=user(MANAGER).id)
    answer = edit(as_admin, MANAGER, line_manager=user(VIEWER).id)
    assert answer.status_code == 422
    assert "reports to the same person" in answer.text


@only_sqlite
def test_staff_say_themselves_when_they_are_out(as_manager, partner):
    today = clock.today("Europe/Berlin")
    form = {"absent_from": today.isoformat(), "deputy": user(VIEWER).id}
    assert as_manager.send("/account/absence", **form).status_code == 303
    assert "out – deputy Viewer" in as_manager.get(f"/partners/{partner.id}").text


@only_sqlite
def test_a_contact_has_no_absence(as_contact):
    assert as_contact.send("/account/absence", absent_from="2026-03-01").status_code == 404


@only_sqlite
def test_the_people_page_tells_who_is_out_in_a_constant_number_of_queries(app, as_admin):
    from tests.core.desk import counted_queries

    def count():
        with counted_queries() as seen:
            assert as_admin.get("/people").status_code == 200
        return len(seen)

    today = clock.today("Europe/Berlin")
    change(MANAGER, absent_from=today, deputy=user(VIEWER).id)
    one = count()
    change(VIEWER, absent_from=today, deputy=user(ADMIN).id)
    User.insert_many(
        [{"name": f"P{n}", "email": f"p{n}@example.org", "role": "viewer"} for n in range(20)]
    ).execute()
    assert count() <= one + 2


@only_sqlite
def test_level_and_signing_come_from_the_partners_contacts(app, partner, as_contact):
    Contact.update(can_sign=False, is_primary=False, level="operational").execute()
    with app.app_context():
        assert who_is_who.executives(partner.id) == set()


@only_sqlite
def test_a_deputy_may_act_for_an_absent_owner_and_only_then(app, as_manager, other_partner):
    path = f"/partners/{other_partner.id}/edit"
    assert as_manager.get(path).status_code == 403
    today = clock.today("Europe/Berlin")
    change(ADMIN, deputy=user(MANAGER).id, absent_from=today, absent_until=today)
    assert as_manager.get(path).status_code == 200
    change(ADMIN, absent_from=date(2020, 1, 1), absent_until=date(2020, 1, 2))
    assert as_manager.get(path).status_code == 403
