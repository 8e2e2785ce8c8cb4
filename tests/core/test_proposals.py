"""Proposals: contacts propose what should stand of their organisation, staff answer each line."""

import re
from typing import Any

import pytest

from app.core.accounts.models import User
from app.core.contract import Subject
from app.core.messages.models import Notification
from app.core.models import AuditEntry
from app.core.partners import profiles
from app.core.partners import services as records
from app.core.partners.models import Contact, Partner, PartnerProfile, PartnerRegion
from app.core.partners.personal import erase
from app.core.partners.proposals import rules
from app.core.partners.proposals.models import Proposal, ProposalField
from tests.core.desk import staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

FACTS = {"name": "Nordlicht Logistik", "legal_name": "", "website": "", "regions": ""}
WEBSITE = FACTS | {"website": "https://nordlicht.example"}
BOTH = WEBSITE | {"name": "Nordlicht SE"}


def propose(contact: Any, **typed: str) -> Proposal:
    answer = contact.send("/portal/organisation/facts", **typed)
    assert answer.status_code == 303, answer.text
    return Proposal.select().order_by(Proposal.id.desc()).get()


def path(proposal: Proposal) -> str:
    return f"/partners/{proposal.partner_id}/proposals/{proposal.id}"


def answers(browser: Any, proposal: Proposal, **by_field: str) -> dict[str, str]:
    """What the form of a proposal sends: `name="accept"`, or a reason to decline."""
    page = browser.get(path(proposal)).text
    form = dict(re.findall(r'name="(f\d+-seen)"[^>]*value="([^"]*)"', page))
    for row in ProposalField.select().where(ProposalField.proposal == proposal):
        wish = by_field.get(row.field)
        if wish:
            form[f"f{row.id}-answer"] = "accept" if wish == "accept" else "decline"
            form[f"f{row.id}-reason"] = "" if wish == "accept" else wish
    return form


def answer(browser: Any, proposal: Proposal, **by_field: str) -> Any:
    return browser.send(path(proposal), **answers(browser, proposal, **by_field))


def states(proposal: Proposal) -> dict[str, str]:
    rows = ProposalField.select().where(ProposalField.proposal == proposal)
    return {row.field: row.state for row in rows}


def test_the_portal_shows_what_stands_and_the_way_to_propose(as_contact: Any) -> None:
    page = as_contact.get("/portal/organisation").text
    assert "Nordlicht Logistik" in page
    assert 'href="/portal/organisation/facts"' in page


def test_only_what_differs_is_proposed_and_nothing_changes_yet(
    as_contact: Any, partner: Partner
) -> None:
    proposal = propose(as_contact, **WEBSITE)
    assert states(proposal) == {"website": "open"}
    assert Partner.get_by_id(partner.id).website == ""


def test_proposing_what_stands_already_is_refused(as_contact: Any) -> None:
    answer = as_contact.send("/portal/organisation/facts", **FACTS)
    assert answer.status_code == 422
    assert "nothing to propose" in answer.text


@pytest.mark.parametrize("website", ["javascript:alert(1)", "ftp://x.example", "x" * 400])
def test_what_is_no_address_comes_back_with_what_was_typed(as_contact: Any, website: str) -> None:
    answer = as_contact.send("/portal/organisation/facts", **FACTS | {"website": website})
    assert answer.status_code == 422
    assert Proposal.select().count() == 0


def test_owner_and_team_are_told_with_the_way_to_answer(as_contact: Any, partner: Partner) -> None:
    proposal = propose(as_contact, **WEBSITE, note="We moved.")
    told = Notification.get(Notification.event == "proposals.made")
    assert told.user_id == partner.owner_id
    assert (told.url, told.text) == (path(proposal), "We moved.")


def test_staff_see_it_among_what_waits(as_contact: Any, as_manager: Any) -> None:
    propose(as_contact, **WEBSITE)
    assert "one proposal waits for an answer" in as_manager.get("/work").text
    assert "one proposal waits for an answer" in as_manager.get("/home").text


def test_staff_see_old_beside_new(as_contact: Any, as_manager: Any) -> None:
    page = as_manager.get(path(propose(as_contact, **BOTH))).text
    assert "Nordlicht Logistik" in page
    assert "Nordlicht SE" in page
    assert "https://nordlicht.example" in page


def test_an_accepted_line_stands_and_a_declined_one_does_not(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    proposal = propose(as_contact, **BOTH)
    done = answer(as_manager, proposal, website="accept", name="The contract says otherwise.")
    assert done.status_code == 303
    row = Partner.get_by_id(partner.id)
    assert (row.name, row.website) == ("Nordlicht Logistik", "https://nordlicht.example")
    assert states(proposal) == {"website": "accepted", "name": "declined"}


def test_accepting_keeps_the_history_of_the_ordinary_edit(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    answer(as_manager, propose(as_contact, **WEBSITE), website="accept")
    entry = AuditEntry.get(AuditEntry.action == "partner.changed")
    assert entry.actor == f"user:{User.get(User.email == 'manager@example.org').id}"
    assert "website" in entry.detail
    assert "nordlicht.example" not in entry.detail


def test_tags_team_and_codes_survive_accepted_facts(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    filing = records.Filing(tags=("north",), regions=("Baltic",), team=(staff().user_id,))
    columns = {"name": partner.name, "code": partner.code, "currency": partner.currency}
    records.change(partner, columns, filing, partner.version)
    proposal = propose(as_contact, **FACTS | {"regions": "Baltic, Nordic"})
    answer(as_manager, proposal, regions="accept")
    rows = PartnerRegion.select(PartnerRegion.region).where(PartnerRegion.partner == partner)
    assert {row[0] for row in rows.tuples()} == {"Baltic", "Nordic"}
    page = as_manager.get(f"/partners/{partner.id}").text
    assert "north" in page


def test_the_contact_is_told_what_became_of_it_and_reads_the_reason(
    as_contact: Any, as_manager: Any
) -> None:
    proposal = propose(as_contact, **BOTH)
    answer(as_manager, proposal, website="accept", name="The contract says otherwise.")
    told = Notification.get(Notification.event == "proposals.decided")
    assert told.url == f"/portal/proposals/{proposal.id}"
    assert "accepted in part" in told.title
    assert told.text == "Accepted: Website\n\nDeclined: Name. The contract says otherwise."
    page = as_contact.get(told.url).text
    assert "The contract says otherwise." in page
    assert "Partly accepted" in as_contact.get("/portal/organisation").text


def test_declining_needs_a_reason(as_contact: Any, as_manager: Any) -> None:
    proposal = propose(as_contact, **WEBSITE)
    form = answers(as_manager, proposal, website="x")
    form |= {key: "" for key in form if key.endswith("-reason")}
    page = as_manager.send(path(proposal), **form)
    assert page.status_code == 422
    assert "Say why you decline" in page.text


def test_everything_is_accepted_by_one_button(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    proposal = propose(as_contact, **BOTH)
    form = answers(as_manager, proposal) | {"all": "accept"}
    assert as_manager.send(path(proposal), **form).status_code == 303
    assert Partner.get_by_id(partner.id).name == "Nordlicht SE"


def test_a_line_may_wait(as_contact: Any, as_manager: Any) -> None:
    proposal = propose(as_contact, **BOTH)
    answer(as_manager, proposal, website="accept")
    assert states(proposal) == {"website": "accepted", "name": "open"}


def test_a_value_that_changed_meanwhile_is_said_and_not_overwritten_unseen(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    proposal = propose(as_contact, **WEBSITE)
    form = answers(as_manager, proposal, website="accept")
    Partner.update(website="https://other.example").where(Partner.id == partner.id).execute()
    page = as_manager.send(path(proposal), **form)
    assert page.status_code == 422
    assert "This was changed meanwhile" in page.text
    assert Partner.get_by_id(partner.id).website == "https://other.example"
    assert answer(as_manager, proposal, website="accept").status_code == 303
    assert Partner.get_by_id(partner.id).website == "https://nordlicht.example"


def test_an_answered_line_cannot_be_answered_again(as_contact: Any, as_manager: Any) -> None:
    proposal = propose(as_contact, **WEBSITE)
    form = answers(as_manager, proposal, website="accept")
    assert as_manager.send(path(proposal), **form).status_code == 303
    assert as_manager.send(path(proposal), **form).status_code == 422


def test_a_contact_takes_a_proposal_back_once(as_contact: Any) -> None:
    proposal = propose(as_contact, **WEBSITE)
    way = f"/portal/proposals/{proposal.id}/withdraw"
    assert as_contact.send(way).status_code == 303
    assert states(proposal) == {"website": "withdrawn"}
    assert as_contact.send(way).status_code == 422


def test_a_later_proposal_of_the_same_line_takes_the_earlier_ones_place(as_contact: Any) -> None:
    first = propose(as_contact, **BOTH)
    propose(as_contact, **FACTS | {"website": "https://new.example"})
    assert states(first) == {"website": "replaced", "name": "open"}


def test_no_more_wait_than_somebody_can_answer(as_contact: Any) -> None:
    for number in range(40):
        typed = {"name": f"Person {number}", "level": "operational"}
        assert as_contact.send("/portal/organisation/people/new", **typed).status_code == 303
    answer = as_contact.send(
        "/portal/organisation/people/new", name="One more", level="operational"
    )
    assert answer.status_code == 422
    assert "Too many proposals wait" in answer.text


def test_the_profile_is_proposed_by_part_and_our_own_goals_stay(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    goals = [{"side": "host", "text": "Ours"}, {"side": "partner", "text": "Theirs"}]
    stored = profiles.stored("goals", goals)
    PartnerProfile.create(partner=partner, n=1, goals=stored, motivations="Growth")
    page = as_contact.get("/portal/organisation/profile").text
    assert "Theirs" in page
    assert "Ours" not in page
    typed = {"goals-0-text": "Theirs, sharper", "motivations": "Growth"}
    done = as_contact.send("/portal/organisation/profile", **typed)
    assert done.status_code == 303, done.text
    proposal = Proposal.get()
    assert states(proposal) == {"goals": "open"}
    answer(as_manager, proposal, goals="accept")
    latest = PartnerProfile.get(PartnerProfile.n == 2)
    assert latest.rows("goals") == [
        {"side": "partner", "text": "Theirs, sharper"},
        {"side": "host", "text": "Ours"},
    ]
    assert latest.motivations == "Growth"


def test_a_row_is_added_without_sending_the_proposal(as_contact: Any) -> None:
    page = as_contact.send("/portal/organisation/profile", add="goals")
    assert page.status_code == 200
    assert 'name="goals-0-text"' in page.text
    assert Proposal.select().count() == 0


PERSON = {"name": "Jonas Weber", "email": "jonas@nordlicht.example", "level": "operational"}


def test_somebody_new_is_added_once_accepted(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    typed = PERSON | {"matters": ["finance"]}
    assert as_contact.send("/portal/organisation/people/new", **typed).status_code == 303
    proposal = Proposal.get()
    assert not Contact.select().where(Contact.name == "Jonas Weber").exists()
    form = answers(as_manager, proposal) | {"all": "accept"}
    assert as_manager.send(path(proposal), **form).status_code == 303
    person = Contact.get(Contact.name == "Jonas Weber")
    assert (person.partner_id, person.side, person.matters) == (partner.id, "partner", "finance")


def test_a_new_person_is_decided_on_as_a_whole(as_contact: Any, as_manager: Any) -> None:
    as_contact.send("/portal/organisation/people/new", **PERSON)
    proposal = Proposal.get()
    assert answer(as_manager, proposal, name="accept").status_code == 422
    wanted = {"name": "No.", "email": "accept", "level": "accept"}
    assert answer(as_manager, proposal, **wanted).status_code == 422
    assert Contact.select().count() == 1


def test_a_change_of_a_person_is_written_by_line(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    person = Contact.get(Contact.side == "partner")
    typed = {"name": person.name, "email": person.email, "level": "executive", "title": "CEO"}
    done = as_contact.send(f"/portal/organisation/people/{person.id}", **typed, is_primary="y")
    assert done.status_code == 303
    proposal = Proposal.get()
    assert states(proposal) == {"level": "open", "title": "open", "can_sign": "open"}
    answer(as_manager, proposal, title="accept", level="Not yet.", can_sign="You may.")
    person = Contact.get_by_id(person.id)
    assert (person.title, person.level, person.can_sign) == ("CEO", "operational", True)
    assert person.is_primary


def test_somebody_who_has_left_is_retired_once_accepted(
    as_contact: Any, as_manager: Any, partner: Partner
) -> None:
    person = Contact.create(partner=partner, side="partner", name="Gone Soon")
    done = as_contact.send(f"/portal/organisation/people/{person.id}/left")
    assert done.status_code == 303
    answer(as_manager, Proposal.get(), left="accept")
    assert not Contact.get_by_id(person.id).active


@pytest.mark.parametrize("way", ["", "/left"])
def test_people_of_others_and_of_our_side_are_not_a_contacts_to_change(
    as_contact: Any, partner: Partner, other_partner: Partner, way: str
) -> None:
    theirs = Contact.create(partner=other_partner, side="partner", name="Stranger")
    ours = Contact.create(partner=partner, side="host", name="Marek")
    for person in (theirs, ours):
        address = f"/portal/organisation/people/{person.id}{way}"
        assert as_contact.send(address, name="X", level="operational").status_code == 404
        latest = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
        assert (latest.action, latest.ref) == ("access.refused", f"contact:{person.id}")
    assert Proposal.select().count() == 0


def test_a_proposal_of_another_partner_does_not_exist(
    as_contact: Any, as_other_contact: Any
) -> None:
    proposal = propose(as_contact, **WEBSITE)
    assert as_other_contact.get(f"/portal/proposals/{proposal.id}").status_code == 404
    way = f"/portal/proposals/{proposal.id}/withdraw"
    assert as_other_contact.send(way).status_code == 404
    assert states(proposal) == {"website": "open"}


def test_only_who_may_edit_the_partner_answers(
    as_contact: Any, as_other_contact: Any, as_viewer: Any, as_manager: Any, other_partner: Partner
) -> None:
    proposal = propose(as_contact, **WEBSITE)
    assert as_viewer.get(path(proposal)).status_code == 200
    assert "f1-answer" not in as_viewer.get(path(proposal)).text
    assert as_viewer.send(path(proposal), all="accept").status_code == 403
    typed = {"name": other_partner.name, "website": "https://s.example"}
    foreign = propose(as_other_contact, **FACTS | typed)
    assert as_manager.send(path(foreign), all="accept").status_code == 403
    crossed = f"/partners/{proposal.partner_id}/proposals/{foreign.id}"
    assert as_manager.send(crossed, all="accept").status_code == 404
    assert states(foreign) == {"website": "open"}


def test_erasing_a_person_empties_what_was_proposed_about_them(
    as_contact: Any, as_admin: Any, partner: Partner
) -> None:
    person = Contact.create(partner=partner, side="partner", name="Gone Soon")
    typed = {"name": "Gone Soon", "title": "Head of purchasing", "level": "operational"}
    as_contact.send(f"/portal/organisation/people/{person.id}", **typed)
    alias = "Person 1"
    erase(Subject(alias, contact_ids=(person.id,), names=("Gone Soon",)))
    row = ProposalField.get(ProposalField.field == "title")
    assert (row.before, row.after, row.state) == ("", "", "withdrawn")


def test_an_outcome_is_told_of_the_whole(database_kind: str) -> None:
    for states_, whole in (
        (["open", "accepted"], "open"),
        (["accepted", "accepted"], "accepted"),
        (["accepted", "declined"], "partly"),
        (["declined", "withdrawn"], "declined"),
        (["replaced", "withdrawn"], "replaced"),
        (["withdrawn"], "withdrawn"),
    ):
        assert rules.outcome(states_) == whole
