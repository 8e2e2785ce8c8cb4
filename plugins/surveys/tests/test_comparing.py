"""A partner's figures beside its own past and the other partners; trends over waves."""

from datetime import timedelta
from fractions import Fraction

import pytest

from app.core import clock
from app.core.partners.models import Partner
from app.testing import add_partner
from plugins.surveys import reading, trends
from plugins.surveys.models import PublishedFigure, Wave
from plugins.surveys.rules.audience import Audience
from plugins.surveys.tests.conftest import close

TODAY = clock.today("Europe/Berlin")


@pytest.fixture
def published(ground):
    """A function that writes a figure of a partner down as it was published some days ago."""
    wave = ground.wave()

    def publish(partner, value, days=1, kind="nps"):
        PublishedFigure.create(
            wave=wave, partner=partner, kind=kind, num=value, den=1, at=TODAY - timedelta(days)
        )

    return publish


@pytest.fixture
def others(app):
    return [add_partner(f"O{n}", f"Other {n}") for n in range(5)]


def compared(ground, k=5):
    with ground.app.app_context():
        return reading.comparisons(ground.partner.id, TODAY, k)["nps"]


def test_a_partner_is_compared_with_its_past_and_the_others(ground, published, others):
    published(ground.partner, 20, days=200)
    published(ground.partner, 35)
    for n, other in enumerate(others):
        published(other, 10 * n)
    found = compared(ground)
    assert (found.own, found.change, found.others, found.n) == (35, 15, 20, 5)


def test_too_few_others_are_not_told(ground, published, others):
    published(ground.partner, 35)
    for other in others[:4]:
        published(other, 10)
    assert compared(ground).others is None


def test_others_of_long_ago_do_not_count(ground, published, others):
    published(ground.partner, 35)
    for other in others:
        published(other, 10, days=400)
    assert compared(ground).others is None


def test_the_partners_page_says_both(ground, published, others, as_manager):
    published(ground.partner, 20, days=200)
    published(ground.partner, 35)
    for other in others:
        published(other, 10)
    shown = as_manager.get(f"/x/surveys/partners/{ground.partner.id}").text
    assert "+15 since the time before" in shown
    assert "5 other partners: 10 on average" in shown


def held(ground, client, scores, **more):
    wave = ground.opened(**more)
    ways = ground.ways()[-len(scores) :]
    for way, score in zip(ways, scores, strict=True):
        client.send("/" + way, **{"q-recommend": str(score), "send": "1"})
    return close(ground, wave)


def test_what_fell_has_a_minus_sign_and_a_score_of_few_is_called_indicative(
    ground, published, as_manager
):
    published(ground.partner, 35, days=200)
    published(ground.partner, 20)
    page = as_manager.get(f"/x/surveys/partners/{ground.partner.id}").text
    assert ("−15 since the time before" in page, "(indicative)" in page) == (True, True)


def test_a_score_of_many_rests_on_enough(ground, published, as_manager):
    published(ground.partner, 35)
    PublishedFigure.update(num=35 * 30, den=30).execute()
    assert "indicative" not in as_manager.get(f"/x/surveys/partners/{ground.partner.id}").text


def test_trends_join_waves_that_asked_the_same_partners(ground, client):
    ground.contacts(2)
    survey = ground.survey()
    first = held(ground, client, [3, 3], survey=survey)
    held(ground, client, [5, 5], survey=survey, audience=Audience("all"))
    last = held(ground, client, [9, 9], survey=survey)
    with ground.app.test_request_context():
        [found] = trends.of(last, reading.read(last), "en")
    assert [wave.id for wave in found.waves] == [first.id, last.id]
    assert found.spec["lines"][0]["values"] == [-100.0, 100.0]


def test_an_index_has_a_course_of_both_sides(ground, client):
    ground.contacts(1)
    survey = ground.survey("relationship")
    audience = Audience(f"partner:{ground.partner.id}", team=True)
    Partner.update(owner=ground.admin.user_id).where(Partner.id == ground.partner.id).execute()
    for agree in (2, 4):
        wave = ground.opened(survey=survey, audience=audience, breakdown="side")
        with ground.app.app_context():
            keys = [item.key for item in reading.definitions.loads(_text(wave)).items]
        for way in ground.ways()[-2:]:
            client.send(
                "/" + way,
                **{f"q-{key}": str(agree) for key in keys},
                **{"q-recommend": "9", "send": "1"},
            )
        wave = close(ground, wave)
    with ground.app.test_request_context():
        found = trends.of(wave, reading.read(wave, "side"), "en")[0]
    assert found.lines[0].values == [pytest.approx(37.5), pytest.approx(62.5)]
    assert len(found.spec["lines"]) == 2


def _text(wave):
    return Wave.get_by_id(wave.id).survey_version.definition


def test_unknown_is_no_nought(ground, published):
    published(ground.partner, 35)
    assert compared(ground).change is None
    assert compared(ground).own == Fraction(35)
