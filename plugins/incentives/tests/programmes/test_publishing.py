"""Publishing: checked, with notice, told to those who take part; and what stays as it is."""

from datetime import timedelta

import pytest
from babel.dates import format_date

from app.core.clock import today
from app.core.messages.models import Notification
from app.core.models import AuditEntry
from plugins.incentives.programmes import queries, services
from plugins.incentives.programmes.definition import Window
from plugins.incentives.standing.services import enrol_partner
from plugins.incentives.tests.programmes.support import asks, programme
from tests.core.desk import counted_queries

DAY = timedelta(days=1)


def now():
    return today("Europe/Berlin")


def page(made, tail=""):
    return f"/x/incentives/programmes/{made.id}{tail}"


@pytest.fixture
def publish(as_admin, made, draft):
    def send(effective=None, note=""):
        form = {"version": draft().version, "note": note}
        form["effective"] = (effective or now()).isoformat()
        return as_admin.send(page(made, "/publish"), **form)

    return send


@pytest.fixture
def running(publish, made):
    assert publish().status_code == 303
    return queries.programme_or_404(made.id)


@pytest.fixture
def second(app, running, partner):
    """A draft of version 2 that asks for more, of a programme that a partner takes part in."""
    with app.test_request_context():
        enrol_partner(running.id, partner.id, None)
        draft = services.start_draft(running)
        services.replace_draft(draft, draft.version, programme(asks(per_cent=95)))
    return queries.draft(running.id)


def test_the_first_version_holds_at_once(running):
    (one,) = queries.running(now())
    assert (one.programme.id, one.version.number, one.definition) == (
        running.id,
        1,
        programme(asks()),
    )
    assert queries.running(now() - DAY) == []


def test_what_has_a_problem_is_not_published(app, publish, made, draft, as_admin):
    with app.test_request_context():
        services.replace_draft(draft(), draft().version, programme(asks(window=Window(n=0))))
    assert "1 to 36 periods" in as_admin.get(page(made, "/publish")).text
    assert publish().status_code == 422
    assert queries.running(now()) == []


def test_a_later_version_needs_the_notice_that_was_promised(publish, second, made):
    answer = publish(now() + 29 * DAY)
    assert answer.status_code == 422
    assert "at the earliest" in answer.text
    assert publish(now() + 30 * DAY).status_code == 303
    assert queries.current_version(made.id, now() + 29 * DAY).number == 1
    assert queries.current_version(made.id, now() + 30 * DAY).number == 2
    assert queries.next_version(made.id, now()).number == 2


def test_a_draft_cannot_shorten_its_own_notice(app, publish, second, made):
    with app.test_request_context():
        draft = queries.draft(made.id)
        hasty = programme(asks(per_cent=95))
        services.replace_draft(draft, draft.version, type(hasty)(tiers=hasty.tiers, notice_days=0))
    assert publish(now() + DAY).status_code == 422


@pytest.mark.parametrize("effective", ["", "0001-01-01", "9999-12-31", "soon"])
def test_a_day_out_of_reach_is_refused(as_admin, made, draft, effective):
    form = {"version": draft().version, "effective": effective}
    assert as_admin.send(page(made, "/publish"), **form).status_code == 422


def test_nothing_new_is_not_published(app, publish, running):
    with app.test_request_context():
        services.start_draft(running)
    answer = publish(now() + 30 * DAY)
    assert (answer.status_code, "Nothing has changed" in answer.text) == (422, True)


def test_a_draft_that_somebody_changed_meanwhile_is_not_published(as_admin, made, draft):
    form = {"version": draft().version - 1, "effective": now().isoformat()}
    answer = as_admin.send(page(made, "/publish"), **form)
    assert (answer.status_code, "Compare" in answer.text) == (422, True)
    assert queries.draft(made.id) is not None


def test_what_changes_is_shown_before_and_told_after(
    as_admin, as_manager, as_contact, publish, second, made
):
    shown = as_admin.get(page(made, "/publish")).text
    assert "Scorecard of at least 95% over the last 4 closed quarters" in shown
    publish(now() + 30 * DAY, note="The market grew")
    titles = [row.title for row in Notification.select() if "Tiers change" in row.title]
    assert len(titles) == 2  # the partner's owner and its contact, not who published
    assert format_date(now() + 30 * DAY, "medium", locale="en_GB") in titles[0]
    portal = as_contact.get("/portal/x/incentives/programme").text
    assert "The market grew" in portal
    assert "Scorecard of at least 90% over the last 4 closed quarters" in portal
    assert "Scorecard of at least 95% over the last 4 closed quarters" in portal
    assert "95%" in as_manager.get(page(made)).text
    assert (
        AuditEntry.select().where(AuditEntry.action == "incentives.version_published").count() == 2
    )


def test_the_portal_shows_no_draft(as_contact, second):
    assert "95%" not in as_contact.get("/portal/x/incentives/programme").text


def test_a_version_is_withdrawn_before_it_takes_effect_with_a_reason(
    as_admin, publish, second, made, as_contact
):
    publish(now() + 30 * DAY)
    address = page(made, "/versions/2/withdraw")
    assert as_admin.send(address, reason=" ").status_code == 422
    assert as_admin.send(address, reason="A mistake").status_code == 303
    assert queries.next_version(made.id, now()) is None
    assert "A mistake" in as_admin.get(page(made, "/versions/2")).text
    assert "does not come" in str([row.title for row in Notification.select()])
    assert queries.version_of(made.id, 2).state == "withdrawn"


def test_a_version_that_holds_cannot_be_withdrawn(as_admin, running, made):
    answer = as_admin.send(page(made, "/versions/1/withdraw"), reason="Too late")
    assert answer.status_code == 422
    assert queries.current_version(made.id, now()).number == 1


def test_the_number_of_a_withdrawn_version_is_not_used_again(app, as_admin, publish, second, made):
    publish(now() + 30 * DAY)
    as_admin.send(page(made, "/versions/2/withdraw"), reason="A mistake")
    with app.test_request_context():
        draft = services.start_draft(queries.programme_or_404(made.id))
    assert draft.number == 3
    assert queries.definition_of(draft) == programme(asks())


def test_a_programme_ends_with_a_reason_and_runs_no_more(as_admin, running, made):
    version = running.version
    form = {"version": version, "reason": "Replaced"}
    assert as_admin.send(page(made, "/end"), **(form | {"version": 0})).status_code == 422
    assert as_admin.send(page(made, "/end"), **form).status_code == 303
    assert queries.running(now()) == []
    assert "Replaced" in as_admin.get(page(made)).text
    assert as_admin.send(page(made, "/draft")).status_code == 303
    assert queries.draft(made.id) is None


def test_the_yearly_look_is_asked_for_and_put_off_by_a_year(
    as_admin, as_viewer, running, made, partner
):
    assert running.review_due == now() + 365 * DAY
    form = {"name": "Tiers", "currency": "EUR", "description": "", "version": running.version}
    due = as_admin.send(page(made, "/edit"), **form, review_due=now().isoformat())
    assert due.status_code == 303
    assert "Look at Tiers again" in as_admin.get("/home").text
    assert "Look at Tiers again" not in as_viewer.get("/home").text
    version = queries.programme_or_404(made.id).version
    assert as_admin.send(page(made, "/reviewed"), version=version).status_code == 303
    assert queries.programme_or_404(made.id).review_due == now() + 365 * DAY


def test_the_currency_stays_once_something_is_published(as_admin, running, made):
    form = {"name": "Tiers", "currency": "USD", "description": "", "version": running.version}
    answer = as_admin.send(page(made, "/edit"), **form)
    assert (answer.status_code, "currency stays" in answer.text) == (422, True)


def test_a_stale_edit_of_the_programme_shows_both(as_admin, running, made):
    form = {"name": "Mine", "currency": "EUR", "description": "", "version": 0}
    answer = as_admin.send(page(made, "/edit"), **form)
    assert answer.status_code == 422
    assert "What they saved" in answer.text
    assert 'value="Mine"' in answer.text


def test_a_draft_alone_is_discarded_with_its_programme(as_admin, made, draft):
    version = draft().version
    assert as_admin.send(page(made, "/draft/discard"), version=version).status_code == 303
    assert as_admin.get(page(made)).status_code == 404


def test_a_discarded_draft_leaves_what_is_published(as_admin, second, made):
    assert as_admin.send(page(made, "/draft/discard"), version=second.version).status_code == 303
    assert queries.draft(made.id) is None
    assert queries.current_version(made.id, now()).number == 1


def test_staff_read_programmes_and_publish_none(as_viewer, as_manager, running, made):
    for browser in (as_viewer, as_manager):
        assert "over the last 4 closed quarters" in browser.get(page(made)).text
        assert "Tiers" in browser.get("/x/incentives/programmes").text
        assert browser.get(page(made, "/publish")).status_code == 403
        assert browser.send(page(made, "/end"), reason="x").status_code == 403


def test_a_programme_that_is_not_there_answers_404(as_admin):
    for tail in ("", "/draft", "/publish", "/edit", "/end", "/versions/1"):
        assert as_admin.get(f"/x/incentives/programmes/999{tail}").status_code == 404
    assert as_admin.get("/x/incentives/programmes/9223372036854775808").status_code == 404


def test_partners_of_another_type_take_no_part(app, as_contact, made, draft, publish):
    with app.test_request_context():
        services.edit_draft(
            draft(), draft().version, lambda d: type(d)(d.tiers, eligible=("content",))
        )
    publish()
    assert "No programme yet" in as_contact.get("/portal/x/incentives/programme").text


def test_what_was_never_published_is_for_those_who_write_programmes(as_viewer, as_admin, made):
    assert made.name not in as_viewer.get("/x/incentives/programmes").text
    assert as_viewer.get(page(made)).status_code == 404
    assert page(made) in as_admin.get("/search?q=tiers").text
    assert page(made) not in as_viewer.get("/search?q=tiers").text


def test_a_search_leads_to_the_programme_and_its_rules(
    app, as_viewer, as_contact, running, partner
):
    assert page(running) in as_viewer.get("/search?q=tiers").text
    assert "/portal/x/incentives/programme" not in as_contact.get("/portal/search?q=tiers").text
    with app.test_request_context():
        enrol_partner(running.id, partner.id, None)
    assert "/portal/x/incentives/programme" in as_contact.get("/portal/search?q=tiers").text


def test_the_list_says_where_each_programme_stands_in_as_many_reads(app, second, as_admin):
    with counted_queries() as one:
        listed = as_admin.get("/x/incentives/programmes").text
    assert "Go on with the draft" in listed
    with app.app_context():
        for n in range(4):
            services.create(
                name=f"Tiers {n}", description="", currency="EUR", definition=programme(asks())
            )
    with counted_queries() as many:
        as_admin.get("/x/incentives/programmes")
    assert len(many) == len(one)
