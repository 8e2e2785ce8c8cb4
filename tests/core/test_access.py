"""Who may open what: every route and method against every kind of person, from the URL map."""

import pytest

from app.core.models import AuditEntry
from tests.core import access_matrix as matrix
from tests.core.access_matrix import ACTORS, UNKNOWN
from tests.core.access_world import make_world

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def world(sample_app):
    return make_world(sample_app)


def test_every_route_declares_who_may_open_it(app):
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        declared = hasattr(view, "entente_permission") or hasattr(view, "entente_public")
        assert declared, rule.endpoint


def test_every_permission_that_a_route_asks_for_is_held_by_somebody(app):
    held = set().union(*app.extensions["entente"].host.permissions.values())
    for endpoint, view in app.view_functions.items():
        permission = getattr(view, "entente_permission", None)
        assert permission is None or permission in held, endpoint


def is_refused(world, actor, call):
    if call.public:
        return False
    return actor in UNKNOWN or matrix.refusal(world, actor, call) != 0


def surprises(world, asked):
    """What was answered otherwise than expected, each as words."""
    found = []
    for actor, call in asked:
        is_expected = matrix.expected(world, actor, call)
        status = world.send(actor, call)
        if not is_expected(status):
            found.append(f"{actor} got {status} from {call.key} ({call.path})")
        if call.method == "POST" and status < 400 and not is_refused(world, actor, call):
            world.take_back()
    return found


@on_sqlite
def test_whoever_lacks_the_right_is_refused_and_nothing_is_written(world):
    calls = world.calls()
    asked = [(a, call) for a in ACTORS for call in calls if is_refused(world, a, call)]
    before = matrix.everything()
    assert surprises(world, asked) == []
    after = matrix.everything()
    assert [table for table in after if after[table] != before[table]] == []


@on_sqlite
def test_whoever_has_the_right_gets_through(world):
    calls = world.calls()
    asked = [(a, call) for a in ACTORS for call in calls if not is_refused(world, a, call)]
    assert surprises(world, asked) == []


@on_sqlite
def test_nobody_is_sent_anywhere_but_to_the_sign_in_form(world):
    for call in world.calls():
        if call.permission and call.method == "GET":
            answer = world.app.test_client().get(call.path)
            assert answer.location.startswith("/login?next="), call.key


@on_sqlite
def test_a_route_without_an_entry_fails(world):
    with pytest.raises(AssertionError, match="name a record for the argument 'invoice_id'"):
        world.argument("invoices.show", "invoice_id")
    stray = matrix.Call("invoices.feed", "GET", "/feed", "", True, "", frozenset(), "")
    with pytest.raises(AssertionError, match="say in PUBLIC what strangers meet"):
        matrix.expected(world, "viewer", stray)


@on_sqlite
def test_the_tables_of_exceptions_name_routes_that_exist(world):
    calls = world.calls()
    assert set(matrix.EXCEPTIONS) <= {call.key for call in calls}
    assert set(matrix.PUBLIC) == {
        c.endpoint for c in calls if c.public and c.endpoint[:4] != "api."
    }


def test_a_refusal_leaves_a_trace(as_viewer):
    as_viewer.get("/people")
    entry = AuditEntry.get(AuditEntry.action == "access.refused")
    assert entry.ref == "endpoint:accounts.people"


@on_sqlite
@pytest.mark.parametrize("actor", ["contact of others", "guest"])
def test_whatever_is_refused_to_somebody_of_a_partner_leaves_a_trace(world, actor):
    silent = []
    refusals = AuditEntry.select().where(AuditEntry.action == "access.refused")
    for call in world.calls():
        if call.public or call.scope or call.endpoint in NOBODYS_OWN:
            continue
        before = refusals.count()
        if world.send(actor, call) == 404 and refusals.count() != before + 1:
            silent.append(call.key)
        world.take_back()
    assert silent == []


# Nothing to reach for: what is not there for somebody, at addresses that name no record.
NOBODYS_OWN = ("accounts.absence", "calendar.account", "calendar.make", "calendar.end")


@on_sqlite
def test_no_page_answers_to_a_method_that_it_does_not_know(world):
    browser, token = world.browsers["admin"], world.tokens["admin"]
    known: dict[str, set[str]] = {}
    for rule in world.app.url_map.iter_rules():
        known.setdefault(rule.rule, set()).update(rule.methods)
    rules = {rule.endpoint: rule.rule for rule in world.app.url_map.iter_rules()}
    paths = {rules[call.endpoint]: call.path for call in world.calls()}
    for rule, path in paths.items():
        for method in METHODS:
            if method not in known[rule]:
                answer = browser.open(path, method=method, headers={"X-CSRFToken": token})
                assert answer.status_code == 405, (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/partners/9223372036854775808",
        "/partners/99999999999999999999",
        "/partners/-1",
        "/partners/1%00",
        "/partners?q=%00",
        "/partners?page=99999999999999999999",
        "/home?period=" + "9" * 5000,
        "/partners/1?period=%F0%9F%92%A9",
        "/../../etc/passwd",
        "/static/../app/config.py",
    ],
)
def test_an_abused_address_is_answered_calmly(as_admin, path):
    assert as_admin.get(path).status_code in (200, 302, 400, 404, 308)
