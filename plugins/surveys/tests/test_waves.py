"""A wave is planned, checked, launched, answered by name, reminded of, closed and published."""

import json
from datetime import timedelta

import pytest

from app.core import clock
from app.core.facts import facts
from app.core.messages.models import Mail
from app.core.tasks.models import Task
from plugins.surveys import keeping, planning, publishing, reading, waves
from plugins.surveys.models import FollowUp, Invitation, Response, SurveyVersion, Token, Wave
from plugins.surveys.rules.audience import Audience, loads
from tests.core.desk import CALENDAR

TODAY = clock.today("Europe/Berlin")


def preview(ground, wave):
    with ground.app.app_context():
        return planning.preview(wave, ground.admin)


def test_a_planned_wave_asks_nobody(ground):
    ground.contacts(3)
    ground.wave()
    assert not Invitation.select().exists()


def test_what_is_missing_is_said_before_the_launch(ground):
    ground.contacts(3)
    found = preview(ground, ground.wave("anonymous"))
    assert "anonymous answers need 5" in found.problems[0]


def test_people_without_an_address_are_named(ground):
    first = ground.contacts(3)[0]
    type(first).update(email="").where(type(first).id == first.id).execute()
    found = preview(ground, ground.wave())
    assert (list(found.unreachable), len(found.asked)) == (["Person 0"], 2)


def test_missing_translations_are_counted(ground):
    contacts = ground.contacts(3)
    type(contacts[0]).update(locale="de").execute()
    survey = ground.survey()
    version = SurveyVersion.get(SurveyVersion.survey == survey)
    text = version.definition.replace('"de":"Eine Frage in einer Minute",', "")
    SurveyVersion.update(definition=text).where(SurveyVersion.id == version.id).execute()
    found = preview(ground, ground.wave(survey=survey))
    assert found.warnings == [
        "3 people read German. 1 text is missing in it, and is asked in the survey’s own language."
    ]


def changed(client, wave, **more):
    said = {
        "version": "1",
        "title": "Another",
        "mode": "identified",
        "k": "5",
        "breakdown": "none",
        "partners": "all",
        "contacts": "primary",
        "closes_on": str(TODAY + timedelta(30)),
        "recurrence": "quarterly",
    }
    return client.send(f"/x/surveys/waves/{wave.id}/plan", **(said | more))


def test_a_plan_is_changed_before_anybody_is_asked(ground, as_admin):
    wave = ground.wave(k=7)
    page = as_admin.get(f"/x/surveys/waves/{wave.id}/plan").text
    assert ('value="Pulse"' in page, 'value="7"' in page) == (True, True)
    assert changed(as_admin, wave).status_code == 303
    wave = Wave.get_by_id(wave.id)
    assert (wave.title, wave.recurrence, loads(wave.audience)) == (
        "Another",
        "quarterly",
        Audience("all", "primary"),
    )


def test_a_plan_that_is_not_good_is_not_taken(ground, as_admin):
    wave = ground.wave()
    refused = changed(as_admin, wave, closes_on=str(TODAY))
    assert (refused.status_code, Wave.get_by_id(wave.id).title) == (422, "Pulse")
    assert 'value="Another"' in refused.text


def test_two_who_change_a_plan_at_once_are_told(ground, as_admin):
    wave = ground.wave()
    changed(as_admin, wave, title="First")
    assert changed(as_admin, wave, title="Second").status_code == 422
    assert Wave.get_by_id(wave.id).title == "First"


def test_what_was_launched_is_no_plan_any_more(ground, as_admin):
    ground.contacts(1)
    wave = ground.opened()
    assert as_admin.get(f"/x/surveys/waves/{wave.id}/plan").status_code == 409
    assert changed(as_admin, wave).status_code == 409


def test_a_wave_with_a_problem_is_not_launched(ground, as_admin):
    wave = ground.wave()
    as_admin.send(f"/x/surveys/waves/{wave.id}/launch")
    assert Wave.get_by_id(wave.id).state == "draft"


def test_launching_mails_everybody_a_way_in_of_their_own(ground):
    ground.contacts(3)
    ground.opened()
    ways = ground.ways()
    assert len(set(ways)) == 3
    assert all(mail.secret for mail in Mail.select())
    assert all(token.token_hash not in ways[0] for token in Token.select())


def test_a_manager_asks_own_partners_alone(ground, other_partner):
    ground.contacts(2)
    ground.contacts(2, other_partner)
    wave = ground.wave(audience=Audience("all"))
    with ground.app.app_context():
        found = planning.preview(wave, ground.staff("manager@example.org"))
    assert {one.invitee.partner for one in found.asked} == {ground.partner.id}


@pytest.fixture
def way(ground):
    ground.contacts(2)
    ground.opened()
    return "/" + ground.ways()[0]


def test_the_link_opens_the_sheet_without_an_account(client, way):
    page = client.get(way)
    assert page.status_code == 200
    assert "read with your name" in page.text


def test_answers_are_saved_on_the_way_and_come_back(client, way):
    client.send(way, **{"q-why": "Half a thought", "save": "1"})
    assert not Response.get().complete
    assert "Half a thought" in client.get(way).text


def test_an_answer_is_taken_once(client, way):
    client.send(way, **{"q-recommend": "8", "send": "1"})
    again = client.send(way, **{"q-recommend": "2", "send": "1"})
    assert "counted once" in again.text
    assert json.loads(Response.get().answers) == {"recommend": 8}


def test_what_is_missing_is_said_and_what_was_typed_stays(client, way):
    refused = client.send(way, **{"q-why": "Typed", "send": "1"})
    assert refused.status_code == 422
    assert "Typed" in refused.text
    assert "Please answer this." in refused.text


@pytest.mark.parametrize("answer", ["11", "-1", "nine", "9e1", "٣"])
def test_answers_beyond_the_scale_are_refused(client, way, answer):
    assert client.send(way, **{"q-recommend": answer, "send": "1"}).status_code == 422


def test_a_made_up_link_opens_nothing(client, way):
    assert client.get("/public/x/surveys/answer/made-up").status_code == 410


def test_the_first_answer_locks_the_version(client, way):
    client.send(way, **{"q-recommend": "8", "send": "1"})
    assert SurveyVersion.get().locked


def test_a_low_answer_becomes_a_task_of_two_business_days(client, way):
    client.send(way, **{"q-recommend": "3", "send": "1"})
    row = FollowUp.get()
    assert row.reasons == "recommend"
    assert Task.get_by_id(row.task).ref == f"surveys_followup:{row.id}"


def test_a_good_answer_asks_for_nothing(client, way):
    client.send(way, **{"q-recommend": "9", "send": "1"})
    assert not FollowUp.select().exists()


def test_closing_a_follow_up_closes_its_task(client, as_admin, way):
    client.send(way, **{"q-recommend": "3", "send": "1"})
    row = FollowUp.get()
    as_admin.send(
        f"/x/surveys/follow-ups/{row.id}", state="closed", cause="c", action="a", version="1"
    )
    assert FollowUp.get().state == "closed"
    assert Task.get_by_id(row.task).state in ("done", "cancelled")


@pytest.mark.parametrize(
    ("state", "cause", "action", "status"),
    [
        ("contacted", "", "", 303),
        ("cause", "Too slow", "", 303),
        ("action", "Too slow", "A deputy", 303),
        ("closed", "Too slow", "A deputy", 303),
        ("cause", " ", "", 422),
        ("action", "Too slow", " ", 422),
        ("closed", "Too slow", "", 422),
    ],
)
def test_a_follow_up_claims_no_step_without_what_it_found(
    client, as_admin, way, state, cause, action, status
):
    client.send(way, **{"q-recommend": "3", "send": "1"})
    page = f"/x/surveys/follow-ups/{FollowUp.get().id}"
    said = as_admin.send(page, state=state, cause=cause, action=action, version="1")
    assert said.status_code == status
    assert FollowUp.get().state == (state if status == 303 else "open")


def test_two_who_write_at_once_are_told(client, as_admin, way):
    client.send(way, **{"q-recommend": "3", "send": "1"})
    path = f"/x/surveys/follow-ups/{FollowUp.get().id}"
    as_admin.send(path, state="contacted", cause="mine", action="", version="1")
    late = as_admin.send(path, state="contacted", cause="theirs", action="", version="1")
    assert late.status_code == 422
    assert FollowUp.get().cause == "mine"


def wind_back(wave, days):
    Wave.update(
        opened_on=wave.opened_on - timedelta(days),
        last_mail_on=wave.last_mail_on - timedelta(days),
    ).where(Wave.id == wave.id).execute()
    return Wave.get_by_id(wave.id)


def test_only_the_unanswered_are_reminded(ground, client, way):
    client.send(way, **{"q-recommend": "9", "send": "1"})
    wave = wind_back(Wave.get(), 3)
    Mail.delete().execute()
    with ground.app.app_context():
        waves.remind(wave)
    ground.work()
    assert [mail.to_address for mail in Mail.select()] == ["p1@NORD.example"]


def test_nobody_is_reminded_within_three_days(ground, way):
    with ground.app.app_context(), pytest.raises(planning.WaveRefusal):
        waves.remind(wind_back(Wave.get(), 2))


def test_a_reminder_goes_out_by_itself_and_the_wave_closes_on_its_day(ground, way):
    wave = wind_back(Wave.get(), 4)
    with ground.app.app_context():
        keeping.daily()
        assert Wave.get_by_id(wave.id).reminders == 1
        Wave.update(closes_on=TODAY).execute()
        keeping.daily()
    assert Wave.get_by_id(wave.id).state == "closed"


def answered(ground, client, scores, others=0, **more):
    ground.contacts(len(scores) - others)
    wave = ground.opened(**more)
    for way, score in zip(ground.ways(), scores, strict=True):
        client.send("/" + way, **{"q-recommend": str(score), "send": "1"})
    with ground.app.app_context():
        waves.close(Wave.get_by_id(wave.id))
    return Wave.get_by_id(wave.id)


def publish(ground, wave):
    with ground.app.app_context():
        publishing.publish(Wave.get_by_id(wave.id), by=ground.admin)


def test_publishing_makes_facts_of_what_was_said(ground, client):
    publish(ground, answered(ground, client, [10, 9, 8, 3]))
    with ground.app.app_context():
        found = facts([ground.partner.id], "nps", TODAY)[ground.partner.id]
        yes = facts([ground.partner.id], "survey.answered", TODAY)[ground.partner.id]
    assert (found.value, yes.value) == (25_000_000, 1_000_000)


def test_before_it_is_published_nothing_is_known(ground, client):
    answered(ground, client, [10, 9])
    with ground.app.app_context():
        assert facts([ground.partner.id], "nps", TODAY)[ground.partner.id].value is None


def test_publishing_records_the_kpi_that_the_settings_name(ground, client, app):
    from app.core.kpis import queries
    from tests.core.desk import Desk

    kpi = Desk(app).kpi("NPS", "NPS", nature="stock", aggregation="last", frequency="quarterly")
    publish(ground, answered(ground, client, [10, 9, 8, 3]))
    period = CALENDAR.containing(TODAY, queries.definitions()[kpi].kind)
    points = queries.kpi_series([ground.partner.id], kpi, period, period)[ground.partner.id]
    assert [point.value for point in points] == [25_000_000]


def test_confidential_figures_of_few_are_no_facts(ground, client):
    publish(ground, answered(ground, client, [10, 9, 8, 3], mode="confidential"))
    with ground.app.app_context():
        assert facts([ground.partner.id], "nps", TODAY)[ground.partner.id].value is None


def test_confidential_answers_open_for_a_reason_alone(ground, client, as_admin, as_manager):
    wave = answered(ground, client, [10, 9, 8, 3], mode="confidential")
    path = f"/x/surveys/waves/{wave.id}/answers"
    assert as_manager.get(path).status_code == 403
    assert "Person 0" not in as_admin.get(path).text
    assert as_admin.send(path, reason="short").status_code == 422
    as_admin.send(path, reason="A complaint names this survey")
    assert "Person 0" in as_admin.get(path).text


def test_single_anonymous_answers_have_no_page(ground, as_admin):
    ground.contacts(6)
    wave = ground.opened("anonymous")
    assert as_admin.get(f"/x/surveys/waves/{wave.id}/answers").status_code == 404


def test_contacts_read_published_results_and_what_was_done(ground, client, as_contact):
    wave = answered(ground, client, [7, 10, 9, 8, 3, 9, 9], others=1)
    path = f"/portal/x/surveys/results/{wave.id}"
    assert as_contact.get(path).status_code == 404
    publish(ground, wave)
    with ground.app.app_context():
        waves.tell_back(wave, "We call you weekly.", by=ground.admin)
    assert "We call you weekly." in as_contact.get(path).text
    assert "NPS" in as_contact.get(path).text


def test_contacts_are_told_of_few_answers_that_they_are_few(ground, client, as_contact):
    wave = answered(ground, client, [7, 9], others=1)
    publish(ground, wave)
    page = as_contact.get(f"/portal/x/surveys/results/{wave.id}").text
    assert ("Fewer than 5 people answered" in page, "Nobody has answered" in page) == (True, False)


def test_a_recurring_wave_is_planned_again(ground, client):
    wave = answered(ground, client, [9, 9], recurrence="quarterly")
    wind_back(wave, 100)
    with ground.app.app_context():
        keeping.daily()
        keeping.daily()
    planned = Wave.select().where(Wave.follows == wave.id)
    assert [one.state for one in planned] == ["draft"]


def test_files_hold_what_the_page_shows(ground, client, as_admin):
    wave = answered(ground, client, [10, 9, 8, 3])
    path = f"/x/surveys/waves/{wave.id}/results"
    rows = json.loads(as_admin.get(f"{path}?download=json").text)["rows"]
    assert {row["measure"]: row["value"] for row in rows}["Net promoter score"] == 25
    for kind, head in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        assert as_admin.get(f"{path}?download={kind}").data.startswith(head)


def test_every_bar_says_what_it_is_of(ground, client, as_admin):
    wave = answered(ground, client, [10, 9, 8, 3])
    shown = as_admin.get(f"/x/surveys/waves/{wave.id}/results").text
    assert 'role="img" aria-label="How likely are you to recommend working with us?"' in shown


def test_staff_who_only_read_see_published_waves(ground, client, as_viewer):
    wave = answered(ground, client, [10, 9])
    assert as_viewer.get(f"/x/surveys/waves/{wave.id}/results").status_code == 404
    publish(ground, wave)
    assert as_viewer.get(f"/x/surveys/waves/{wave.id}/results").status_code == 200


def test_a_manager_does_not_close_somebody_elses_wave(ground, as_manager):
    ground.contacts(2)
    wave = ground.opened()
    assert as_manager.send(f"/x/surveys/waves/{wave.id}/close").status_code == 403


def test_the_shares_of_a_published_wave_keep_small_sides_hidden(ground, client):
    wave = answered(ground, client, [10, 9])
    publish(ground, wave)
    with ground.app.app_context():
        assert reading.shared(Wave.get_by_id(wave.id)).results.n == 0


def test_a_wave_is_planned_and_checked_in_the_browser(ground, as_admin):
    ground.contacts(3)
    form = {
        "title": "Spring",
        "mode": "identified",
        "k": "5",
        "breakdown": "side",
        "partners": f"partner:{ground.partner.id}",
        "contacts": "all",
        "closes_on": (TODAY + timedelta(7)).isoformat(),
        "recurrence": "none",
    }
    survey = ground.survey()
    done = as_admin.send(f"/x/surveys/surveys/{survey.id}/waves/new", **form)
    page = as_admin.get(done.location)
    assert "Person 2" in page.text
    assert "Launch" in page.text
