"""Tasks: set by one side, done by the one whose it is, verified by somebody else."""

import io
from datetime import timedelta

import pytest

from app.core import clock
from app.core.accounts.models import Organisation, User
from app.core.messages.models import Notification
from app.core.models import AuditEntry
from app.core.partners.models import Contact
from app.core.refusals import Refusal
from app.core.tasks import queries, services
from app.core.tasks.models import Task, TaskFile, TaskStep
from app.testing import add_partner
from tests.core.desk import Desk, counted_queries, staff

sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
TODAY = clock.today("Europe/Berlin")
SOON = TODAY + timedelta(days=7)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99"
    b"=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def set_task(app, partner):
    def create(title="Send the signs", side="host", by="manager@example.org", **more):
        values = {"due": SOON, "partner_id": partner.id} | more
        with app.app_context():
            by = staff(by) if by else None
            id_ = services.create_task(title=title, side=side, by=by, **values)
        return Task.get_by_id(id_)

    return create


def send(browser, task, action, **fields):
    """Take a step in a browser, from the task as it stands."""
    form = {f"{action}-{name}": value for name, value in fields.items()}
    version = Task.get_by_id(task.id).version
    place = "/portal/tasks" if browser.get("/portal").status_code == 200 else "/tasks"
    return browser.send(f"{place}/{task.id}/{action}", **{f"{action}-version": version} | form)


def form_of(partner, **changes):
    return {
        "title": "Send the signs",
        "side": "host",
        "responsible": "",
        "due": SOON.isoformat(),
        "visibility": "internal",
    } | changes


def test_a_task_goes_to_the_owner_or_to_the_primary_contact(app, partner, set_task):
    person = Contact.create(partner=partner, side="partner", name="Ida", is_primary=True)
    assert set_task().user_id == partner.owner_id
    theirs = set_task(side="partner")
    assert (theirs.contact_id, theirs.visibility) == (person.id, "shared")


def test_somebody_without_an_account_may_be_responsible(app, partner, set_task):
    person = Contact.create(partner=partner, side="partner", name="Ida")
    task = set_task(side="partner", responsible=f"contact:{person.id}")
    assert task.contact_id == person.id


def test_what_cannot_be_a_task_is_refused(app, partner, other_partner, set_task):
    stranger = Contact.create(partner=other_partner, side="partner", name="Ute")
    ours = Contact.create(partner=partner, side="host", name="Us")
    bad = (
        {"title": " "},
        {"title": "x" * 201},
        {"side": "both"},
        {"visibility": "secret"},
        {"due": clock.today("UTC").replace(year=3000)},
        {"side": "partner", "responsible": f"contact:{stranger.id}"},
        {"side": "partner", "responsible": f"contact:{ours.id}"},
        {"side": "partner", "responsible": f"user:{partner.owner_id}"},
        {"responsible": "user:999999999999999999999"},
        {"responsible": "user:999999"},
        {"ref": "nothing:1"},
        {"partner_id": other_partner.id},
    )
    for change in bad:
        with pytest.raises(Refusal):
            set_task(**change)
    assert Task.select().count() == 0


def test_two_at_once_take_one_step(app, set_task):
    task = set_task()
    with app.test_request_context():
        services.act(task, "start", by=staff(), version=1)
        with pytest.raises(services.StaleTask):
            services.act(Task.get_by_id(task.id), "waive", by=staff(), version=1, text="No need")
    assert Task.get().state == "doing"


@sqlite
def test_staff_set_a_task_and_find_it_in_the_list(as_manager, partner):
    answer = as_manager.send(f"/partners/{partner.id}/tasks/new", **form_of(partner))
    assert answer.status_code == 303
    for path in (answer.location, f"/partners/{partner.id}/tasks", f"/partners/{partner.id}"):
        assert "Send the signs" in as_manager.get(path).text
    assert AuditEntry.get(AuditEntry.action == "task.created").ref == f"task:{Task.get().id}"


@sqlite
def test_a_form_that_cannot_be_read_keeps_what_was_typed(as_manager, partner):
    bad = (
        {"title": ""},
        {"title": "x" * 201},
        {"due": ""},
        {"due": "0001-01-01"},
        {"due": "tomorrow"},
        {"side": "both"},
        {"responsible": "user:1e9"},
        {"visibility": "x"},
        {"description": "x" * 5001},
    )
    for change in bad:
        form = form_of(partner, description="Two lack") | change
        answer = as_manager.send(f"/partners/{partner.id}/tasks/new", **form)
        assert answer.status_code == 422, change
    assert (
        "Two lack"
        in as_manager.send(
            f"/partners/{partner.id}/tasks/new",
            **form_of(partner, title="", description="Two lack"),
        ).text
    )


@sqlite
def test_a_manager_sets_no_tasks_to_others_partners(as_manager, as_viewer, other_partner):
    path = f"/partners/{other_partner.id}/tasks/new"
    assert as_manager.send(path, **form_of(other_partner)).status_code == 403
    assert as_viewer.send(path, **form_of(other_partner)).status_code == 403
    assert Task.select().count() == 0


@sqlite
def test_done_is_verified_by_somebody_else(app, as_manager, as_admin, set_task):
    task = set_task()
    assert send(as_manager, task, "start").status_code == 303
    assert send(as_manager, task, "finish", text="Sent by post").status_code == 303
    answer = send(as_manager, task, "verify")
    assert answer.status_code == 422
    assert "say why you verify it" in answer.text
    assert send(as_admin, task, "verify").status_code == 303
    task = Task.get()
    assert (task.state, task.four_eyes, task.verified_by.role) == ("done", True, "admin")


@sqlite
def test_verifying_ones_own_is_marked_or_refused(app, as_manager, set_task):
    task = set_task()
    send(as_manager, task, "finish")
    Organisation.update(four_eyes_required=True).execute()
    assert send(as_manager, task, "verify", text="Alone here").status_code == 422
    Organisation.update(four_eyes_required=False).execute()
    assert send(as_manager, task, "verify", text="Alone here").status_code == 303
    assert not Task.get().four_eyes
    assert "not four eyes" in as_manager.get(f"/tasks/{task.id}").text


@sqlite
def test_what_is_not_accepted_goes_back_with_a_reason(as_manager, as_contact, set_task):
    task = set_task(side="partner")
    assert send(as_contact, task, "finish", text="In the folder").status_code == 303
    assert send(as_manager, task, "refuse").status_code == 422
    assert send(as_manager, task, "refuse", text="One is missing").status_code == 303
    assert Task.get().state == "doing"
    assert "Given back: One is missing" in as_contact.get(f"/portal/tasks/{task.id}").text
    assert send(as_contact, task, "finish", text="Now it is there").status_code == 303
    assert "Given back" not in as_contact.get(f"/portal/tasks/{task.id}").text


@sqlite
def test_a_contact_does_it_with_evidence(app, as_contact, as_manager, set_task):
    task = set_task(side="partner")
    assert "Send the signs" in as_contact.get("/portal").text
    file = (io.BytesIO(PNG), "proof.png")
    assert send(as_contact, task, "finish", files=file).status_code == 303
    held = TaskFile.get().file_id
    for browser in (as_contact, as_manager):
        assert browser.get(f"/files/{held}", buffered=True).status_code == 200


@sqlite
def test_a_refused_step_keeps_its_files_and_its_words(app, as_contact, as_manager, set_task):
    task = set_task(side="partner")
    fields = {
        "finish-version": 99,
        "finish-text": "Here it is",
        "finish-files": (io.BytesIO(PNG), "proof.png"),
    }
    page = as_contact.send(f"/portal/tasks/{task.id}/finish", **fields)
    assert page.status_code == 422
    assert "Here it is" in page.text
    assert "proof.png" in page.text
    kept = page.text.split('name="finish-kept" value="')[1].split('"')[0]
    assert send(as_contact, task, "finish", text="Here it is", kept=kept).status_code == 303
    assert TaskFile.get().file_id == int(kept)


@sqlite
def test_nobody_attaches_the_files_of_others(as_contact, as_other_contact, set_task, other_partner):
    mine, theirs = (
        set_task(side="partner"),
        set_task(side="partner", partner_id=other_partner.id, by="admin@example.org"),
    )
    send(as_contact, mine, "finish", files=(io.BytesIO(PNG), "proof.png"))
    held = TaskFile.get().file_id
    assert send(as_other_contact, theirs, "finish", kept=held).status_code == 422
    assert as_other_contact.get(f"/files/{held}").status_code == 404


@sqlite
def test_a_file_that_is_not_what_it_says_is_refused(as_contact, set_task):
    task = set_task(side="partner")
    for name in ("x.svg", "x.exe", "x.png", "x.pdf"):
        file = (io.BytesIO(b"<svg onload='alert(1)'/>"), name)
        assert send(as_contact, task, "finish", files=file).status_code == 422, name
    assert Task.get().state == "todo"


@sqlite
def test_what_staff_record_for_the_partner_is_marked_and_may_be_undone(
    as_manager, as_contact, set_task
):
    task = set_task(side="partner")
    assert send(as_manager, task, "record").status_code == 422
    assert send(as_manager, task, "record", text="Told me on the phone").status_code == 303
    assert Task.get().on_behalf
    assert "On behalf" in as_contact.get(f"/portal/tasks/{task.id}").text
    assert send(as_contact, task, "undo", text="Nobody did").status_code == 303
    assert Task.get().state == "doing"


@sqlite
def test_the_time_to_undo_ends(as_manager, as_contact, set_task):
    task = set_task(side="partner")
    send(as_manager, task, "record", text="Told me on the phone")
    Task.update(undo_until=TODAY - timedelta(days=1)).execute()
    assert send(as_contact, task, "undo", text="Nobody did").status_code == 422


@sqlite
def test_either_side_waives_what_it_is_owed(as_manager, as_contact, set_task):
    ours, theirs = set_task(visibility="shared"), set_task(side="partner")
    assert send(as_contact, theirs, "waive", text="No time").status_code == 422
    assert send(as_contact, ours, "waive").status_code == 422
    assert send(as_contact, ours, "waive", text="We have some").status_code == 303
    assert send(as_manager, theirs, "waive", text="Not needed").status_code == 303
    assert {task.state for task in Task.select()} == {"waived"}
    assert "We have some" in as_manager.get(f"/tasks/{ours.id}").text
    assert send(as_manager, ours, "reopen").status_code == 303


@sqlite
def test_one_of_staff_who_only_reads_does_the_own_task_and_no_other(
    app, as_viewer, partner, set_task
):
    me = User.get(User.email == "viewer@example.org")
    mine, other = set_task(responsible=f"user:{me.id}"), set_task()
    assert send(as_viewer, mine, "finish").status_code == 303
    assert send(as_viewer, other, "finish").status_code == 403


@sqlite
def test_another_partners_contact_meets_404_and_leaves_a_trace(as_other_contact, set_task):
    task = set_task(side="partner")
    assert as_other_contact.get(f"/portal/tasks/{task.id}").status_code == 404
    assert send(as_other_contact, task, "finish").status_code == 404
    assert AuditEntry.select().where(AuditEntry.ref == f"task:{task.id}").count() >= 3
    assert Task.get().state == "todo"


@sqlite
def test_an_internal_task_is_nothing_to_a_contact(as_contact, as_manager, set_task):
    task = set_task("Talk about their prices")
    send(as_manager, task, "finish", files=(io.BytesIO(PNG), "prices.png"))
    assert "their prices" not in as_contact.get("/portal").text
    assert as_contact.get(f"/portal/tasks/{task.id}").status_code == 404
    assert as_contact.get(f"/files/{TaskFile.get().file_id}").status_code == 404


@sqlite
def test_a_contact_reads_the_course_of_a_task_only_since_it_is_shared(
    app, as_manager, as_contact, set_task, partner
):
    task = set_task()
    send(as_manager, task, "finish")
    with app.test_request_context():
        task = Task.get()
        services.act(task, "refuse", by=staff(), version=task.version, text="They must not know")
    form = form_of(partner, visibility="shared", version=Task.get().version)
    assert as_manager.send(f"/tasks/{task.id}/edit", **form).status_code == 303
    page = as_contact.get(f"/portal/tasks/{task.id}")
    assert page.status_code == 200
    assert "They must not know" not in page.text


@sqlite
def test_an_edit_that_another_was_faster_with_shows_both(as_manager, as_admin, set_task, partner):
    task = set_task()
    path = f"/tasks/{task.id}/edit"
    assert as_admin.send(path, **form_of(partner, title="Post the signs", version=1))
    answer = as_manager.send(path, **form_of(partner, title="Mail the signs", version=1))
    assert answer.status_code == 422
    assert "Post the signs" in answer.text
    assert "Mail the signs" in answer.text
    assert Task.get().title == "Post the signs"


@sqlite
def test_a_closed_task_is_not_edited(as_manager, set_task, partner):
    task = set_task()
    send(as_manager, task, "finish")
    form = form_of(partner, title="Other", version=2)
    assert as_manager.send(f"/tasks/{task.id}/edit", **form).status_code == 422


@sqlite
def test_an_unknown_step_is_no_page(as_manager, set_task):
    task = set_task()
    assert as_manager.send(f"/tasks/{task.id}/explode").status_code == 404


@sqlite
def test_a_step_from_htmx_answers_with_the_task_alone(as_manager, set_task):
    task = set_task()
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    token = as_manager.token()
    answer = as_manager.post(
        f"/tasks/{task.id}/waive",
        data={"csrf_token": token, "waive-version": 1},
        headers=headers,
    )
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith("<div")
    answer = as_manager.post(
        f"/tasks/{task.id}/waive",
        data={"csrf_token": token, "waive-version": 1, "waive-text": "No need"},
        headers=headers,
    )
    assert answer.headers["HX-Redirect"] == f"/tasks/{task.id}"


@sqlite
def test_the_list_is_narrowed_and_downloaded(as_manager, partner, set_task):
    set_task("Our open one")
    done = set_task("Their done one", side="partner")
    Task.update(state="done").where(Task.id == done.id).execute()
    path = f"/partners/{partner.id}/tasks"
    cases = {
        "": ("Our open one", "Their done one"),
        "?state=verify": ("Their done one", "Our open one"),
        "?state=all&side=partner": ("Their done one", "Our open one"),
        "?mine=1": ("Our open one", "Their done one"),
        "?state=nonsense&side=nonsense": ("Our open one", "Their done one"),
    }
    for query, (there, missing) in cases.items():
        page = as_manager.get(path + query).text
        assert there in page, query
        assert missing not in page, query
    file = as_manager.get(f"{path}?state=all&download=csv").text
    assert "Our open one" in file
    assert "Their done one" in file


@sqlite
def test_the_list_asks_as_often_for_many_tasks_as_for_one(as_manager, partner, set_task):
    path = f"/partners/{partner.id}/tasks"
    set_task()
    as_manager.get(path)
    with counted_queries() as few:
        as_manager.get(path)
    for number in range(30):
        set_task(f"Task {number}")
    with counted_queries() as many:
        as_manager.get(path)
    assert len(many) == len(few)


def test_a_day_that_passes_is_counted_once_and_again_after_a_new_one(app, set_task):
    task = set_task(due=TODAY - timedelta(days=3))
    with app.app_context():
        services.note_missed()
        services.note_missed()
        assert Task.get().missed_times == 1
        Task.update(due=TODAY - timedelta(days=1)).execute()
        services.note_missed()
        assert Task.get().missed_times == 2
        Task.update(due=SOON).execute()
        services.note_missed()
    assert Task.get_by_id(task.id).missed_times == 2


def test_a_merge_takes_the_tasks_along(app, partner, other_partner, set_task):
    task = set_task(partner_id=other_partner.id, by="admin@example.org")
    Desk(app).merge(partner, other_partner)
    assert Task.get_by_id(task.id).partner_id == partner.id


def test_lists_for_a_person(app, partner, other_partner, set_task):
    nobodys = add_partner("FREI", "Frei", owner=None)
    manager, today = staff("manager@example.org"), TODAY
    mine = set_task("Mine")
    set_task("Not mine", partner_id=other_partner.id, by="admin@example.org")
    late = set_task("Theirs, late", side="partner", due=today - timedelta(days=1))
    set_task("Theirs, in time", side="partner")
    set_task("Nobody's", partner_id=nobodys.id, by="admin@example.org")
    waiting = queries.waiting_for(manager, today, 10)
    assert [row.id for row in waiting] == [late.id, mine.id]
    done = set_task("Done by another", by="admin@example.org")
    with app.test_request_context():
        services.act(done, "finish", by=manager, version=1)
    assert [row.title for row in queries.to_verify(staff(), 10)] == ["Done by another"]
    assert queries.to_verify(manager, 10) == []


def test_settling_closes_an_open_task_once(app, set_task):
    task = set_task()
    with app.app_context():
        assert services.settle_task(task.id, "The figures came")
        assert not services.settle_task(task.id)
    task = Task.get()
    assert (task.state, task.verified_at is not None) == ("done", True)
    assert TaskStep.select().where(TaskStep.action == "settled").count() == 1


def told(*emails):
    """The titles of what these people were told, in order."""
    rows = Notification.select().join(User).where(User.email.in_(emails)).order_by(Notification.id)
    return [(row.title, row.url) for row in rows]


@sqlite
def test_each_side_hears_what_concerns_it(as_manager, as_admin, as_contact, set_task):
    task = set_task(side="partner")
    there, here = f"/portal/tasks/{task.id}", f"/tasks/{task.id}"
    send(as_contact, task, "finish")
    send(as_admin, task, "refuse", text="One is missing")
    send(as_admin, task, "waive", text="Not needed")
    assert told("contact@nordlicht.example") == [
        ("A task for you: Send the signs", there),
        ("Not accepted: Send the signs", there),
        ("Waived: Send the signs", there),
    ]
    assert told("manager@example.org") == [
        ("Done, please verify: Send the signs", here),
        ("Waived: Send the signs", here),
    ]


@sqlite
def test_a_contact_hears_nothing_of_an_internal_task(as_manager, as_contact, set_task):
    task = set_task()
    send(as_manager, task, "waive", text="They must not know")
    assert told("contact@nordlicht.example") == []
