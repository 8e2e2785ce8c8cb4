"""Who may open what: every route of the application against every role, from its own map."""

import pytest

from app.core.accounts.models import User
from app.core.analysis.models import Benchmark
from app.core.documents.models import Document
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Interaction, Partner, PartnerGoal
from app.core.partners.proposals.models import Proposal
from app.core.tasks.models import Task
from app.testing import Browser

ROLES = ("admin", "manager", "viewer")
STRANGERS_MAY = {
    "accounts.forgot",
    "accounts.login",
    "accounts.start",
    "brand.sample",
    "brand.stylesheet",
    "health.healthz",
    "links.done",
}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


def paths(app) -> dict[str, tuple[str, str]]:
    """Each endpoint that answers GET: an address of it, and the permission that it asks for."""
    ids = {
        "partner_id": Partner.get().id,
        "user_id": User.get().id,
        "kpi_id": Benchmark.get().kpi_id,
        "contact_id": Contact.select().where(Contact.partner == Partner.get()).get().id,
        "goal_id": PartnerGoal.select().where(PartnerGoal.partner == Partner.get()).get().id,
        "interaction_id": Interaction.select().where(Interaction.partner == Partner.get()).get().id,
        "event": "suspend",
        "token_id": 1,
        "token": "none",
        "notification_id": 1,
        "mail_id": 1,
        "job_id": 1,
        "announcement_id": 1,
        "code": "NONE",
        "benchmark_id": Benchmark.get().id,
        "kind": "partners",
        "field_id": 1,
        "view_id": 1,
        "bulk_id": 1,
        "name": "incentives",
        "colour": "1f4e9a",
        "digest": "0" * 32,
        "plugin": "incentives",
        "import_id": 1,
        "draft_id": 1,
        "revision_id": 1,
        "file_id": 1,
        "document_id": Document.select().where(Document.partner == Partner.get()).get().id,
        "proposal_id": Proposal.select().where(Proposal.partner == Partner.get()).get().id,
        "task_id": Task.select().where(Task.partner == Partner.get()).get().id,
        "ref": f"partner:{Partner.get().id}",
    }
    found = {}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in rule.methods:
                continue
            view = app.view_functions[rule.endpoint]
            values = {name: ids[name] for name in rule.arguments}
            path = app.url_map.bind("localhost").build(rule.endpoint, values)
            found[rule.endpoint] = (path, getattr(view, "entente_permission", ""))
    return found


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


def test_strangers_are_sent_to_sign_in_from_every_page(sample_app):
    client = sample_app.test_client()
    for endpoint, (path, permission) in paths(sample_app).items():
        if endpoint.startswith("api."):
            assert client.get(path).status_code == 401, endpoint  # programs have no sign-in page
        elif permission:
            answer = client.get(path)
            assert answer.status_code == 302, endpoint
            assert answer.location.startswith("/login?next="), endpoint
        elif endpoint not in STRANGERS_MAY:
            # 410: a secret address of which nobody learns whether it ever worked.
            assert client.get(path).status_code in (302, 404, 410), endpoint


@pytest.mark.parametrize("role", ROLES)
def test_staff_open_what_their_role_allows_and_nothing_else(sample_app, role):
    browser = sample_app.test_client().sign_in(f"{role}@example.org")
    held = sample_app.extensions["entente"].host.permissions[role]
    for endpoint, (path, permission) in paths(sample_app).items():
        if not permission:
            continue
        status = browser.get(path, buffered=True).status_code
        if permission in held:
            # A manager may lack the right to one object; a sample id may not exist.
            assert status in (200, 302, 403, 404), (endpoint, status)
            assert status != 403 or role == "manager", endpoint
        else:
            assert status in (403, 404), (endpoint, status)


def test_a_contact_meets_the_portal_and_nothing_else(sample_app):
    browser: Browser = sample_app.test_client().sign_in("ines@aurora-retail.example.org")
    held = sample_app.extensions["entente"].host.permissions["contact"]
    for endpoint, (path, permission) in paths(sample_app).items():
        if permission and permission not in held:
            assert browser.get(path).status_code == 404, endpoint


def test_a_refusal_leaves_a_trace(as_viewer):
    as_viewer.get("/people")
    entry = AuditEntry.get(AuditEntry.action == "access.refused")
    assert entry.ref == "endpoint:accounts.people"


def test_no_page_answers_to_a_method_that_it_does_not_know(sample_app):
    browser = sample_app.test_client().sign_in("admin@example.org")
    token = browser.token()
    with sample_app.test_request_context():
        rules = list(sample_app.url_map.iter_rules())
    known: dict[str, set[str]] = {}
    for rule in rules:
        known.setdefault(rule.rule, set()).update(rule.methods)
    for endpoint, (path, _permission) in paths(sample_app).items():
        rule = next(r for r in rules if r.endpoint == endpoint)
        for method in METHODS:
            if method not in known[rule.rule]:
                answer = browser.open(path, method=method, headers={"X-CSRFToken": token})
                assert answer.status_code == 405, (method, endpoint)


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
