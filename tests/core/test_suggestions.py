"""Suggestions: made by core and plugins, answered by a partner's staff, never by themselves."""

from datetime import timedelta

import pytest

from app.core import clock, refs
from app.core.accounts.models import User
from app.core.contract import Link, Suggestion, SuggestionDraft, SuggestionKind, Viewer
from app.core.db import database
from app.core.messages.models import Notification
from app.core.models import AuditEntry, Job
from app.core.partners.models import Partner
from app.core.plugins.services import set_enabled
from app.core.refusals import Refusal
from app.core.results import Junk
from app.core.suggestions import kinds, misses, services
from app.core.suggestions.models import StoredSuggestion
from app.core.suggestions.queries import value
from app.core.tasks.models import Task
from app.testing import add_partner
from tests.core.desk import Desk, counted_queries, last_month, staff

sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def suggest(app, partner):
    """suggest(title, key, …): suggest a task about the partner; whether it waits now."""

    def make(title="Call them", key="", kind="task", **more):
        draft = SuggestionDraft(**({"partner_id": partner.id, "title": title, "key": key} | more))
        with app.app_context():
            return services.suggest(kind, draft)

    return make


def only() -> StoredSuggestion:
    """The suggestion that there is."""
    (row,) = StoredSuggestion.select()
    return row


def task_form(**changes):
    due = clock.today("Europe/Berlin") + timedelta(days=7)
    return {
        "title": "Call them today",
        "side": "host",
        "responsible": "",
        "due": due.isoformat(),
        "visibility": "internal",
    } | changes


# ---- made


def test_a_suggestion_waits_for_an_answer(suggest):
    assert suggest(text="They asked twice", evidence=("kpi:1",), source="incentives")
    row = only()
    assert (row.state, row.title, row.text) == ("new", "Call them", "They asked twice")
    assert (row.evidence, row.source) == ('["kpi:1"]', "incentives")


def test_a_kind_that_nobody_takes_is_not_stored(suggest):
    assert not suggest(kind="surveys.wave")
    assert not StoredSuggestion.select().exists()


@sqlite
def test_a_plugin_that_is_off_takes_nothing(suggest, database_kind):
    assert suggest(kind="incentives.note")
    set_enabled("incentives", False)
    assert not suggest(kind="incentives.note")


def test_the_same_key_waits_once(suggest):
    assert suggest(key="wave:3")
    assert not suggest(key="wave:3")
    assert suggest(key="wave:4")
    assert suggest()
    assert suggest()


def test_a_key_of_another_kind_is_another(suggest):
    assert suggest(key="wave:3")
    assert suggest(key="wave:3", kind="incentives.note")


@sqlite
@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 201},
        {"text": "x" * 2001},
        {"text": "a\0b"},
        {"key": "x" * 201},
        {"evidence": ("no ref",)},
        {"evidence": ("nothing:1",)},
        {"evidence": ("kpi:1",) * 11},
        {"partner_id": 2**40},
        {"source": "nobody"},
    ],
)
def test_what_no_page_could_show_is_refused(suggest, wrong, database_kind):
    with pytest.raises(Refusal):
        suggest(**wrong)


@sqlite
def test_the_partners_people_are_told_and_it_is_on_record(suggest, partner, database_kind):
    suggest()
    note = Notification.get(Notification.event == services.EVENT)
    assert (note.user_id, note.title) == (
        partner.owner_id,
        f"Suggested for {partner.name}: Call them",
    )
    assert note.digest == "daily"
    assert AuditEntry.select().where(AuditEntry.action == "suggestion.made").count() == 1


# ---- answered


def test_a_suggested_task_opens_its_form_filled_in(suggest, as_manager, partner):
    suggest(text="They asked twice")
    answer = as_manager.send(f"/suggestions/{only().id}/accept")
    assert answer.status_code == 303
    form = as_manager.get(answer.location).text
    assert 'value="Call them"' in form
    assert "They asked twice" in form
    assert only().state == "new"


def test_setting_the_task_accepts_the_suggestion(suggest, as_manager, partner, app):
    kpi = Desk(app).kpi()
    suggest(evidence=(f"kpi:{kpi}",))
    form = as_manager.send(f"/suggestions/{only().id}/accept").location
    assert as_manager.send(form, **task_form()).status_code == 303
    task = Task.get()
    assert (task.title, task.ref) == ("Call them today", f"kpi:{kpi}")
    assert (only().state, only().made) == ("accepted", f"task:{task.id}")
    assert only().decided_by.email == "manager@example.org"


def test_what_was_answered_meanwhile_makes_no_second_task(suggest, as_manager, as_admin, partner):
    suggest()
    form = as_manager.send(f"/suggestions/{only().id}/accept").location
    as_admin.send(f"/suggestions/{only().id}/dismiss")
    assert as_manager.send(form, **task_form()).status_code == 303
    assert not Task.select().exists()
    assert "answered meanwhile" in as_manager.get("/suggestions").text


@sqlite
@pytest.mark.parametrize("named", ["x", "-1", "0", str(2**63), "9" * 30])
def test_a_form_for_no_suggestion_says_so(as_manager, partner, named, database_kind):
    answer = as_manager.get(f"/partners/{partner.id}/tasks/new?suggestion={named}")
    assert answer.status_code == 303


def test_a_suggestion_is_dismissed_with_or_without_a_reason(suggest, as_manager):
    suggest(key="wave:3")
    id_ = only().id
    answer = as_manager.send(f"/suggestions/{id_}/dismiss", **{f"s{id_}-reason": "Done already"})
    assert answer.status_code == 303
    assert (only().state, only().reason) == ("dismissed", "Done already")
    assert not suggest(key="wave:3")
    assert "Done already" in as_manager.get("/suggestions?state=answered").text


def test_an_accepted_key_may_be_suggested_again(suggest, as_manager):
    suggest(key="wave:3", kind="incentives.note")
    assert as_manager.send(f"/suggestions/{only().id}/accept").status_code == 303
    assert suggest(key="wave:3", kind="incentives.note")


@sqlite
def test_a_reason_that_is_too_long_is_kept(suggest, as_manager, database_kind):
    suggest()
    id_ = only().id
    answer = as_manager.send(f"/suggestions/{id_}/dismiss", **{f"s{id_}-reason": "x" * 1001})
    assert (answer.status_code, "x" * 1001 in answer.text) == (422, True)
    assert only().state == "new"


def test_of_two_answers_the_second_is_refused(suggest, as_manager, as_admin):
    suggest(kind="incentives.note")
    assert as_manager.send(f"/suggestions/{only().id}/dismiss").status_code == 303
    for answer in ("accept", "dismiss"):
        late = as_admin.send(f"/suggestions/{only().id}/{answer}")
        assert (late.status_code, "answered meanwhile" in late.text) == (422, True)
    assert only().state == "dismissed"


@sqlite
def test_a_suggestion_is_not_answered_by_get(suggest, as_manager, database_kind):
    suggest()
    for answer in ("accept", "dismiss"):
        assert as_manager.get(f"/suggestions/{only().id}/{answer}").status_code == 405


def test_a_plugin_makes_of_it_what_it_is(suggest, as_manager, partner):
    suggest("Answers fell", kind="incentives.note", text="From 8 to 5.")
    answer = as_manager.send(f"/suggestions/{only().id}/accept")
    assert answer.location == f"/partners/{partner.id}"
    assert only().made == f"partner:{partner.id}"
    period = as_manager.get(f"/x/incentives/partners/{partner.id}?period=2025-Q1")
    assert "From 8 to 5." in period.text


@sqlite
def test_what_a_kind_refuses_is_said_and_nothing_happens(
    suggest, as_manager, monkeypatch, database_kind
):
    def accept(suggestion: Suggestion, viewer: Viewer) -> str:
        Task.delete().execute()
        raise Refusal("There is no %(what)s.", what="room")

    kind = SuggestionKind("task", "A task", accept, "tasks.edit")
    monkeypatch.setattr(kinds, "CORE", (kind,))
    suggest()
    answer = as_manager.send(f"/suggestions/{only().id}/accept")
    assert (answer.status_code, "There is no room." in answer.text) == (422, True)
    assert only().state == "new"


@sqlite
@pytest.mark.parametrize("made", [None, 7, Link("Away", "https://example.org")])
def test_a_kind_that_answers_junk_accepts_nothing(app, suggest, monkeypatch, made, database_kind):
    kind = SuggestionKind("task", "A task", lambda _suggestion, _viewer: made, "tasks.edit")
    monkeypatch.setattr(kinds, "CORE", (kind,))
    suggest()
    with app.app_context(), pytest.raises(Junk):
        services.accept(value(only()), by=staff())
    assert only().state == "new"


# ---- who sees them


@pytest.fixture
def others(app, partner):
    """Somebody's suggestion about a partner that the manager does not own."""
    theirs = add_partner("THEIRS", "Theirs")
    Partner.update(owner=User.get(User.email == "admin@example.org")).where(
        Partner.id == theirs.id
    ).execute()
    with app.app_context():
        services.suggest("task", SuggestionDraft(theirs.id, "Not yours"))
    return theirs


def test_a_manager_sees_those_of_own_partners_an_admin_all(suggest, others, as_manager, as_admin):
    suggest()
    mine, all_ = as_manager.get("/suggestions").text, as_admin.get("/suggestions").text
    assert ("Call them" in mine, "Not yours" in mine) == (True, False)
    assert ("Call them" in all_, "Not yours" in all_) == (True, True)


def test_anothers_partner_is_refused(others, as_manager):
    for path in (f"/suggestions/{only().id}/accept", f"/suggestions/{only().id}/dismiss"):
        assert as_manager.send(path).status_code == 403
    assert as_manager.get(f"/suggestions?partner={others.id}").status_code == 403


@sqlite
@pytest.mark.parametrize("partner_id", ["x", "0", str(2**63), "9" * 40, "-1"])
def test_no_partner_is_404(as_admin, partner_id, database_kind):
    assert as_admin.get(f"/suggestions?partner={partner_id}").status_code == 404


@sqlite
def test_viewers_and_contacts_never_see_them(
    suggest, as_viewer, as_contact, partner, database_kind
):
    suggest()
    assert as_viewer.get("/suggestions").status_code == 403
    assert as_contact.get("/suggestions").status_code == 404
    assert "Call them" not in as_viewer.get(f"/partners/{partner.id}").text
    assert "Call them" not in as_contact.get("/portal").text


def test_a_ref_to_a_suggestion_is_shown_to_whoever_may_answer(app, suggest, others):
    suggest()
    known = [f"suggestion:{row.id}" for row in StoredSuggestion.select()]
    with app.test_request_context():
        seen = {
            who: len(refs.visible(known, staff(f"{who}@example.org")))
            for who in ("manager", "admin", "viewer")
        }
    assert seen == {"manager": 1, "admin": 2, "viewer": 0}


def test_a_suggestion_of_a_plugin_that_is_off_rests(suggest, as_manager):
    suggest(kind="incentives.note")
    set_enabled("incentives", False)
    assert "Call them" not in as_manager.get("/suggestions").text
    assert as_manager.send(f"/suggestions/{only().id}/accept").status_code == 404
    set_enabled("incentives", True)
    assert "Call them" in as_manager.get("/suggestions").text


@sqlite
def test_evidence_is_shown_to_whoever_may_see_it(app, suggest, as_manager, database_kind):
    kpi = Desk(app).kpi(name="Revenue of shops")
    suggest(evidence=(f"kpi:{kpi}", "kpi:999"))
    assert "Seen in <a" in " ".join(as_manager.get("/suggestions").text.split())


@sqlite
def test_they_stand_in_the_work_list_and_on_the_partners_page(
    suggest, as_manager, partner, database_kind
):
    suggest()
    suggest()
    assert "2 suggestions wait for an answer" in as_manager.get("/work").text
    page = as_manager.get(f"/partners/{partner.id}").text
    assert page.count("Call them</p>") == 2
    done = as_manager.send(f"/suggestions/{StoredSuggestion.get().id}/dismiss?from=partner")
    assert done.location == f"/partners/{partner.id}"


@sqlite
def test_the_list_asks_as_much_for_many_as_for_one(suggest, as_manager, database_kind):
    suggest(evidence=("kpi:1",))
    as_manager.get("/suggestions")
    with counted_queries() as one:
        as_manager.get("/suggestions")
    for number in range(12):
        suggest(f"Call {number}", evidence=("kpi:1", "kpi:2"))
    with counted_queries() as many:
        as_manager.get("/suggestions")
    assert len(many) == len(one)


@sqlite
def test_an_empty_list_says_what_will_stand_there(as_manager, database_kind):
    assert "Nothing is suggested" in as_manager.get("/suggestions").text
    assert "Nothing was answered yet" in as_manager.get("/suggestions?state=answered").text


# ---- time, merging


def test_what_nobody_answers_runs_out_after_ninety_days(app, suggest, as_manager):
    suggest(key="wave:3")
    with app.app_context():
        with clock.frozen(clock.now() + timedelta(days=89)):
            services.expire()
            assert only().state == "new"
        with clock.frozen(clock.now() + timedelta(days=91)):
            services.expire()
    assert only().state == "expired"
    assert suggest(key="wave:3")
    assert "Ran out" in as_manager.get("/suggestions?state=answered").text


def test_suggestions_follow_a_merge(app, suggest, partner):
    suggest()
    kept = add_partner("KEPT", "Kept")
    Desk(app).merge(kept, partner)
    assert only().partner_id == kept.id


# ---- what core itself suggests


@pytest.fixture
def desk(app):
    return Desk(app)


def looked(app):
    """Run the job that looks at what was approved."""
    with app.app_context():
        misses.look("2000-01-01")


def test_a_critical_kpi_that_turns_red_asks_for_a_task(app, desk, partner, as_manager):
    kpi = desk.kpi()
    desk.judge(partner, kpi, last_month(), 50, critical=True)
    looked(app)
    row = only()
    assert row.title == f"Agree with {partner.name} on what to do about Revenue"
    assert row.state == "new"
    assert "Seen in <a" in " ".join(as_manager.get("/suggestions").text.split())


@pytest.mark.parametrize(
    ("value", "critical", "age"), [(50, False, 1), (100, True, 1), (90, True, 1), (50, True, 2)]
)
@sqlite
def test_nothing_else_does(app, desk, partner, value, critical, age, database_kind):
    desk.judge(partner, desk.kpi(), last_month(age), value, critical=critical)
    looked(app)
    assert not StoredSuggestion.select().exists()


def test_it_asks_once(app, desk, partner, as_manager):
    desk.judge(partner, desk.kpi(), last_month(), 50, critical=True)
    looked(app)
    looked(app)
    as_manager.send(f"/suggestions/{only().id}/dismiss")
    looked(app)
    assert only().state == "dismissed"


@pytest.mark.parametrize("closed", [False, True])
def test_it_asks_for_nothing_that_is_being_done(app, desk, partner, as_manager, closed):
    kpi = desk.kpi()
    desk.judge(partner, kpi, last_month(), 50, critical=True)
    looked(app)
    form = as_manager.send(f"/suggestions/{only().id}/accept").location
    as_manager.send(form, **task_form())
    Task.update(state="waived" if closed else "todo").execute()
    looked(app)
    assert StoredSuggestion.select().where(StoredSuggestion.state == "new").count() == closed


@sqlite
def test_a_large_import_suggests_no_more_than_fifty(app, desk, partner, database_kind, monkeypatch):
    kpis = [desk.kpi(f"K{number}", f"KPI {number}") for number in range(6)]
    for kpi in kpis:
        desk.judge(partner, kpi, last_month(), 50, critical=True)
    monkeypatch.setattr(misses, "MOST", 4)
    looked(app)
    assert StoredSuggestion.select().count() == 4


@sqlite
def test_approved_figures_are_looked_at_once_a_minute(app, desk, partner, database_kind):
    kpi = desk.kpi()
    with clock.frozen(clock.now().replace(second=10)):
        for age in (1, 2, 3):
            desk.value(partner, kpi, last_month(age), 5)
    assert Job.select().where(Job.name == misses.JOB).count() == 1


def test_a_link_leads_on_and_changes_nothing(app, suggest):
    suggest()
    with app.app_context(), database.connection_context():
        made = kinds.CORE[0].accept(
            Suggestion(1, "task", 7, "Call", "", (), "", clock.now()), staff()
        )
    assert made == Link("Call", "/partners/7/tasks/new?suggestion=1")
