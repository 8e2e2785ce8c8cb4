"""Refs: what a text "kind:id" points at, for whoever asks, and nothing for anybody else."""

from datetime import datetime

import pytest

from app.core import refs
from app.core.accounts.models import User
from app.core.contract import Link, Viewer
from app.core.host import current_host
from app.core.kpis.models import Revision, TargetRevision
from app.core.models import PluginSwitch
from app.core.partners.models import Contact, Interaction, PartnerGoal
from app.core.refusals import Refusal
from app.testing import add_partner
from plugins.incentives.references import STANDING, enrolment_ref
from plugins.incentives.tests.standing.support import enrol, place, publish
from tests.core.desk import Desk, counted_queries, last_month, staff

# The queries are plain joins.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

JUNK = ("", "partner", "partner:", ":1", "partner:x", "Partner:1", "partner:1:2", "partner:-1")


@pytest.fixture
def desk(app):
    return Desk(app)


def contact_of(partner):
    return Viewer(
        0,
        "Ines",
        "ines@example.org",
        "contact",
        frozenset({"portal.view", "incentives.portal"}),
        partner_id=partner.id,
    )


def seen(app, asked, viewer):
    with app.test_request_context():
        return refs.visible(asked, viewer)


def test_a_partner_has_its_name_and_its_page(app, partner):
    ref = f"partner:{partner.id}"
    assert seen(app, [ref], staff()) == {ref: Link("Nordlicht Logistik", f"/partners/{partner.id}")}


def test_a_merged_partner_leads_to_the_one_that_was_kept(app, desk, partner, other_partner):
    ref = f"partner:{other_partner.id}"
    desk.merge(partner, other_partner)
    assert seen(app, [ref], staff()) == {ref: Link("Nordlicht Logistik", f"/partners/{partner.id}")}
    assert seen(app, [ref], contact_of(partner)) == {ref: Link("Nordlicht Logistik", "/portal")}
    assert seen(app, [ref], contact_of(other_partner)) == {}


def records(desk, partner):
    """One object of each kind, by kind."""
    kpi = desk.kpi()
    desk.judge(partner, kpi, last_month(), 90)
    person = Contact.create(partner=partner, side="partner", name="Ida Holm")
    talk = Interaction.create(
        partner=partner, at=datetime(2026, 1, 5), channel="call", direction="in", summary="x"
    )
    goal = PartnerGoal.create(
        partner=partner, statement="Grow", side="mutual", horizon="long", visibility="shared"
    )
    return {
        "partner": partner.id,
        "contact": person.id,
        "interaction": talk.id,
        "goal": goal.id,
        "kpi": kpi,
        "revision": Revision.get().id,
        "target": TargetRevision.get().id,
        "user": User.get().id,
    }


def test_staff_see_every_kind(app, desk, partner):
    asked = [f"{kind}:{id_}" for kind, id_ in records(desk, partner).items()]
    assert seen(app, asked, staff()).keys() == set(asked)


def test_each_address_opens(app, desk, partner, as_admin):
    asked = [f"{kind}:{id_}" for kind, id_ in records(desk, partner).items()]
    for link in seen(app, asked, staff()).values():
        assert as_admin.get(link.url).status_code == 200, link


def test_a_contact_sees_what_is_shared_of_the_own_partner(app, desk, partner, as_contact):
    ids = records(desk, partner)
    found = seen(app, [f"{kind}:{id_}" for kind, id_ in ids.items()], contact_of(partner))
    assert {ref.partition(":")[0] for ref in found} == ids.keys() - {"interaction", "user"}
    for link in found.values():
        assert as_contact.get(link.url).status_code == 200, link


def test_a_contact_of_another_partner_sees_nothing(app, desk, partner, other_partner):
    asked = [f"{kind}:{id_}" for kind, id_ in records(desk, partner).items()]
    assert seen(app, asked, contact_of(other_partner)) == {}


def test_an_internal_goal_is_no_contacts_business(app, partner):
    goal = PartnerGoal.create(partner=partner, statement="Cut cost", side="host", horizon="long")
    assert seen(app, [f"goal:{goal.id}"], contact_of(partner)) == {}


def test_what_is_no_ref_and_what_nobody_answers_for_is_not_shown(app, partner):
    odd = [*JUNK, f"partner:{2**63}", f"partner:{partner.id + 99}", "unknown:1", "x" * 99]
    assert seen(app, odd, staff()) == {}


def test_a_kind_is_asked_once_however_many_refs_there_are(app, partner):
    more = [add_partner(f"P{n}", f"Partner {n}") for n in range(20)]
    with counted_queries() as few:
        seen(app, [f"partner:{partner.id}"], staff())
    with counted_queries() as many:
        assert len(seen(app, [f"partner:{one.id}" for one in more], staff())) == 20
    assert len(many) == len(few)


def test_visible_refs_answers_for_a_plugins_own_objects(app, desk, partner, as_admin):
    enrol(app, publish(app), partner, "2026-01-15")
    ref, gone = enrolment_ref(place(partner).id), enrolment_ref(99)
    viewer = staff()
    viewer = Viewer(
        *(viewer.user_id, viewer.name, viewer.email, viewer.role),
        viewer.permissions | {"incentives.view"},
    )
    old = f"{STANDING}:{partner.id}-3202601"  # from before there were programmes
    found = seen(app, [ref, gone, old], viewer)
    link = found[ref]
    assert found == {ref: link, old: link}
    assert link.title == "Tier of Nordlicht Logistik"
    assert as_admin.get(link.url).status_code == 200
    assert seen(app, [ref], contact_of(partner))[ref].url == "/portal/x/incentives"


def test_visible_refs_tells_another_partners_contact_nothing(app, desk, partner, other_partner):
    enrol(app, publish(app), partner, "2026-01-15")
    ref = enrolment_ref(place(partner).id)
    assert seen(app, [ref], contact_of(other_partner)) == {}


def test_objects_of_a_plugin_that_is_off_are_not_shown(app, desk, partner):
    enrol(app, publish(app), partner, "2026-01-15")
    ref = enrolment_ref(place(partner).id)
    PluginSwitch.create(plugin="incentives", enabled=False)
    assert seen(app, [ref], contact_of(partner)) == {}


def test_a_record_keeps_only_refs_that_somebody_answers_for(app, partner):
    with app.test_request_context():
        assert refs.check(f"partner:{partner.id}") == f"partner:{partner.id}"
        assert refs.check("incentives_standing:1-2") == "incentives_standing:1-2"
        assert refs.check("") == ""
        for ref in ("unknown:1", "javascript:1", "partner", "x" * 100):
            with pytest.raises(Refusal):
                refs.check(ref)


def test_two_slices_never_answer_for_one_kind(app):
    with pytest.raises(ValueError, match="partner"):
        refs.register("partner", lambda ids, viewer: {})


def test_the_longest_name_owns_a_kind(app):
    with app.app_context():
        assert refs.owner_of("incentives_standing", current_host()) == "incentives"
        assert refs.owner_of("incentivesx", current_host()) == ""
