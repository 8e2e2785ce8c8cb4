"""Who is asked, found by a wave's rule, and how they are reached."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.api import (
    Addressee,
    Partner,
    Refusal,
    Viewer,
    addressees,
    contacts_of,
    departments,
    link_allowed,
    own_partners,
    people,
    readable,
    ref_id,
    tagged,
)
from plugins.surveys.rules import audience as rules
from plugins.surveys.rules.audience import Audience, Invitee

LINK = "surveys.answer"
STAFF_RULES = ("role:admin", "role:manager", "role:viewer")


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who is asked, with how they are reached."""

    invitee: Invitee
    addressee: Addressee


class AudienceError(Refusal):
    """An audience that names nobody we know."""


def partners(rule: str, viewer: Viewer) -> dict[int, str]:
    """The active partners that a rule names, among those that somebody may ask in the name of."""
    mine = readable(viewer) if viewer.can("partners.admin") else own_partners(viewer)
    rows = Partner.select(Partner.id, Partner.name).where(
        mine, Partner.merged_into.is_null(), Partner.status.in_(("active", "onboarding", "exiting"))
    )
    kind, _colon, value = rule.partition(":")
    if kind == "tag":
        rows = rows.where(Partner.id.in_(list(tagged(value))))
    elif (partner := ref_id(rule, "partner")) is not None:
        rows = rows.where(Partner.id == partner)
    elif rule != "all":
        return {}
    return dict(rows.order_by(Partner.name).tuples())


def asked(audience: Audience, viewer: Viewer, *, once: bool) -> list[Asked]:
    """Everybody whom an audience names; `once` each, however many partnerships they are in."""
    found = partners(audience.partners, viewer)
    listed = [one for one in contacts_of(list(found)) if _wanted(one, audience.contacts)]
    asks = [Asked(_invitee(one, one.partner_id), one) for one in listed]
    team = {partner: people(f"team:{partner}") for partner in (found if audience.team else ())}
    staff = set().union(*(people(rule) for rule in _staff_rules(audience)))
    known = {one.user_id: one for one in addressees(user_ids=staff.union(*team.values()))}
    for partner, members in team.items():
        asks += [
            Asked(_invitee(known[user], partner), known[user])
            for user in sorted(members)
            if user in known
        ]
    about = {one.invitee.person for one in asks}
    asks += [
        Asked(_invitee(known[user], None), known[user])
        for user in sorted(staff)
        if user in known and f"user:{user}" not in about
    ]
    if not once:
        return asks
    by_person = {one.invitee.person: one for one in reversed(asks)}
    return list(reversed(by_person.values()))


def _staff_rules(audience: Audience) -> Sequence[str]:
    known = {*STAFF_RULES, *(f"department:{name}" for name in departments())}
    if not set(audience.staff) <= known:
        raise AudienceError("There is no such group of staff.")
    return audience.staff


def _wanted(one: Addressee, contacts: str) -> bool:
    return {
        "all": True,
        "primary": one.is_primary,
        "executive": one.level == "executive",
        "none": False,
    }[contacts]


def _invitee(one: Addressee, partner: int | None) -> Invitee:
    if one.contact_id is not None:
        return Invitee(f"contact:{one.contact_id}", "partner", partner, "")
    return Invitee(f"user:{one.user_id}", "host", partner, one.department)


def can_be_asked(one: Addressee, mode: str) -> bool:
    """Whether an invitation would reach somebody, and lead them to their answers.

    By name that takes an account where links without one are not allowed; a code of an anonymous
    survey is no such link, since it acts for nobody.
    """
    by_link = mode == "anonymous" or link_allowed(LINK)
    return one.reachable and (by_link or one.user_id is not None)


def reached(contact_ids: Sequence[int], user_ids: Sequence[int]) -> dict[str, Addressee]:
    """How invited people are reached now, by "contact:3" and "user:7"; the others are gone."""
    found = addressees(contact_ids, user_ids)
    return {
        f"contact:{one.contact_id}" if one.contact_id else f"user:{one.user_id}": one
        for one in found
    }


def groups(
    asks: Sequence[Asked], breakdown: str, k: int, *, pooled: bool
) -> tuple[list[rules.Group], list[int]]:
    """The groups of an audience by their number, and each person's."""
    return rules.groups([one.invitee for one in asks], breakdown, k, pooled=pooled)
