"""A group in which few people came or went since the last wave is marked at the launch."""

from app.core.partners.models import Contact
from plugins.surveys import waves
from plugins.surveys.models import Invitation, Wave
from plugins.surveys.rules.audience import loads_groups


def changed(wave):
    return [group.key for group in loads_groups(wave.cells) if group.changed]


def test_a_group_in_which_one_person_is_new_is_marked_at_the_launch(ground):
    ground.contacts(6)
    survey = ground.survey()
    first = ground.opened("confidential", survey=survey)
    Contact.create(partner=ground.partner, side="partner", name="New", email="new@example.org")
    second = ground.opened("confidential", survey=survey)
    assert (changed(first), changed(second)) == ([], [""])


def test_a_wave_that_was_planned_earlier_and_launched_later_is_the_newer_one(ground):
    ground.contacts(6)
    survey = ground.survey()
    planned = ground.wave("confidential", survey=survey)
    launched = ground.opened("confidential", survey=survey)
    Contact.create(partner=ground.partner, side="partner", name="New", email="new@example.org")
    with ground.app.app_context():
        waves.launch(planned, by=ground.admin)
    assert (changed(launched), changed(Wave.get_by_id(planned.id))) == ([], [""])


def test_who_is_erased_later_brings_no_hidden_figure_to_light(ground):
    ground.contacts(6)
    survey = ground.survey()
    ground.opened("confidential", survey=survey)
    ground.contacts(1)
    wave = ground.opened("confidential", survey=survey)
    Invitation.update(contact=None).where(Invitation.contact.in_([1, 7])).execute()
    assert changed(Wave.get_by_id(wave.id)) == [""]
