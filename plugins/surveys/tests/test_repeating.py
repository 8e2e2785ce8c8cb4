"""Waves are held again: by the calendar, at partners' milestones, until somebody stops it."""

from datetime import datetime, timedelta

import pytest

from app.core import clock
from app.core.partners.models import Partner
from plugins.surveys import planning, repeating
from plugins.surveys.models import Survey, Wave
from plugins.surveys.rules.audience import Audience, loads
from plugins.surveys.tests.conftest import close

TODAY = clock.today("Europe/Berlin")


def since(days):
    return TODAY - timedelta(days)


@pytest.fixture
def held(ground):
    """A function that holds a wave which opened and closed some days ago."""
    ground.contacts(2)

    def hold(days, template="nps", **more):
        wave = ground.opened(survey=ground.survey(template), **more)
        close(ground, wave)
        over = datetime.combine(since(days - 1), datetime.min.time())
        Wave.update(opened_on=since(days), closed_at=over).where(Wave.id == wave.id).execute()
        return Wave.get_by_id(wave.id)

    return hold


def planned(ground, wave, on=TODAY):
    with ground.app.app_context():
        repeating.plan_due(on)
    return list(Wave.select().where(Wave.follows == wave.id).order_by(Wave.id))


def at_milestones(held, days=20):
    return held(
        days, recurrence="milestones", audience=Audience("all", team=True, staff=("role:admin",))
    )


def test_a_partner_is_asked_at_its_milestone(ground, held):
    wave = at_milestones(held)
    Partner.update(start_date=since(90)).where(Partner.id == ground.partner.id).execute()
    [made] = planned(ground, wave)
    assert made.title == f"nps: {ground.partner.name} – after 90 days"
    assert loads(made.audience) == Audience(f"partner:{ground.partner.id}", team=True)
    assert (made.state, made.recurrence) == ("draft", "none")


def test_a_milestone_is_planned_once_even_if_the_plan_was_dropped(ground, held):
    wave = at_milestones(held)
    Partner.update(start_date=since(90)).where(Partner.id == ground.partner.id).execute()
    [made] = planned(ground, wave)
    with ground.app.app_context():
        planning.drop(made)
    assert planned(ground, wave) == []
    assert Wave.get_by_id(wave.id).recurrence == "milestones"


@pytest.fixture
def standing(ground):
    """A wave that asks at milestones alone, of two contacts."""
    ground.contacts(2)
    return ground.wave(recurrence="milestones", standing=True, audience=Audience("all"))


@pytest.mark.parametrize(("days", "states"), [(90, ["draft"]), (91, []), (89, [])])
def test_a_wave_that_stands_asks_at_milestones_from_its_first_day_on(
    ground, standing, days, states
):
    Partner.update(start_date=since(days)).where(Partner.id == ground.partner.id).execute()
    made = planned(ground, standing)
    assert [one.state for one in made] == states
    assert all((one.closes_on - TODAY).days == 14 for one in made)


def test_a_wave_that_stands_is_never_launched_itself(standing, as_admin):
    page = as_admin.get(f"/x/surveys/waves/{standing.id}").text
    as_admin.send(f"/x/surveys/waves/{standing.id}/launch")
    assert "/launch" not in page
    assert Wave.get_by_id(standing.id).state == "standing"


def test_a_wave_that_stands_is_planned_in_the_browser(ground, as_admin):
    survey = ground.survey()
    as_admin.send(
        f"/x/surveys/surveys/{survey.id}/waves/new",
        title="Settled",
        mode="identified",
        k="5",
        breakdown="none",
        partners="all",
        contacts="all",
        closes_on=str(TODAY + timedelta(10)),
        recurrence="standing",
    )
    wave = Wave.get()
    Partner.update(start_date=since(60)).where(Partner.id == ground.partner.id).execute()
    page = as_admin.get(f"/x/surveys/waves/{wave.id}").text
    assert (wave.state, wave.recurrence) == ("standing", "milestones")
    assert ("Next milestones" in page, "after 90 days" in page) == (True, True)


def test_what_stood_goes_when_it_is_stopped_and_what_was_planned_stays(ground, standing, as_admin):
    Partner.update(start_date=since(90)).where(Partner.id == ground.partner.id).execute()
    [made] = planned(ground, standing)
    assert as_admin.send(f"/x/surveys/waves/{standing.id}/once").status_code == 303
    assert [wave.id for wave in Wave.select()] == [made.id]


def test_only_milestones_are_waited_for(ground):
    with pytest.raises(planning.WaveRefusal):
        ground.wave(recurrence="quarterly", standing=True)


@pytest.mark.parametrize("start", [None, since(80), since(111), since(150)])
def test_no_milestone_no_wave(ground, held, start):
    """Before the wave closed, long ago, or still to come."""
    wave = at_milestones(held)
    Partner.update(start_date=start).where(Partner.id == ground.partner.id).execute()
    assert planned(ground, wave) == []


def test_what_is_about_to_end_is_asked_in_time(ground, held):
    wave = at_milestones(held)
    Partner.update(end_date=TODAY + timedelta(85)).where(Partner.id == ground.partner.id).execute()
    [made] = planned(ground, wave)
    assert made.title.endswith("90 days before the end")


@pytest.mark.parametrize(
    ("mode", "audience"), [("anonymous", Audience("all")), ("identified", Audience("none"))]
)
def test_milestones_are_of_partners_that_are_known(ground, mode, audience):
    with pytest.raises(planning.WaveRefusal):
        ground.wave(mode, audience=audience, recurrence="milestones")


def test_a_dropped_plan_ends_the_repetition(ground, held):
    wave = held(100, recurrence="quarterly")
    [made] = planned(ground, wave)
    with ground.app.app_context():
        planning.drop(made)
    assert planned(ground, wave) == []


def test_somebody_stops_the_repetition(ground, held, as_admin):
    wave = held(100, recurrence="quarterly")
    as_admin.send(f"/x/surveys/waves/{wave.id}/once")
    assert planned(ground, wave) == []


def test_the_relationship_survey_takes_the_place_of_that_quarters_pulse(ground, held):
    wave = held(100, recurrence="quarterly")
    asked = held(2, "relationship")
    Wave.update(opened_on=TODAY).where(Wave.id == asked.id).execute()
    assert planned(ground, wave) == []
    Wave.update(opened_on=since(95)).where(Wave.id == asked.id).execute()
    assert len(planned(ground, wave)) == 1


def test_what_was_put_away_is_not_held_again(ground, held):
    wave = held(100, recurrence="quarterly")
    Survey.update(archived=True).execute()
    assert planned(ground, wave) == []
