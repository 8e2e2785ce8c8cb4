"""The only writer of links: made for one contact and one task, opened, done, revoked."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from itsdangerous import BadSignature, Signer
from peewee import JOIN

from app.core import audit, clock
from app.core.accounts import throttle
from app.core.accounts.models import LINK_ROLE, User
from app.core.accounts.queries import current_settings
from app.core.accounts.tokens import DeadLink, fresh, hashed
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.links import queries
from app.core.links.models import LinkPerson, LinkRule, TaskLink
from app.core.links.purposes import OpenLink
from app.core.messages.languages import written_for
from app.core.messages.services import external_url, queue_mail
from app.core.partners.models import Contact, Partner
from app.core.refusals import Refusal
from app.security import secret_keys

MOST_DAYS = 90
POSTS = 60  # sendings through one link in a quarter of an hour
KEEP = timedelta(days=400)


class LinkRefused(Refusal):
    """A link that cannot be made."""


def task_link(
    purpose: str,
    ref: str,
    contact_id: int,
    *,
    payload: Mapping[str, Any] | None = None,
    by: Viewer | None = None,
    days: int | None = None,
) -> str:
    """A new address that opens one task for one contact, in the caller's `atomic`.

    The former link of the same purpose, contact and ref dies. Raises LinkRefused where an
    administrator does not allow the purpose, or the contact has no address or a closed account.
    """
    rule, contact = _allowed(purpose), _reachable(contact_id)
    token = fresh()
    now = clock.now()
    former = TaskLink.select(TaskLink.id).where(
        TaskLink.purpose == purpose,
        TaskLink.contact == contact_id,
        TaskLink.ref == ref,
        queries.open_condition(now),
    )
    for (link_id,) in former.tuples():
        _end(link_id, revoked_at=now)
    link = TaskLink.create(
        token_hash=hashed(token),
        purpose=purpose,
        ref=ref,
        payload=json.dumps(payload or {}),
        contact=contact_id,
        address=contact.email,
        created_by=by.user_id if by else None,
        expires_at=now + timedelta(days=min(days or rule.days, MOST_DAYS)),
    )
    about = {"purpose": purpose, "about": ref, "contact": contact_id}
    audit.record("task_link.made", f"task_link:{link.id}", about)
    return external_url("links.open_link", token=_signer().sign(token).decode())


def send_link(
    purpose: str,
    ref: str,
    contact_id: int,
    *,
    by: Viewer,
    payload: Mapping[str, Any] | None = None,
    message: str = "",
) -> None:
    """Mail a contact a link for one task, with a few words of whoever sends it.

    Raises LinkRefused.
    """
    with atomic():
        url = task_link(purpose, ref, contact_id, payload=payload, by=by)
        contact = Contact.get_by_id(contact_id)
        rule, settings = _allowed(purpose), current_settings()
        partner = Partner.get_by_id(contact.partner_id)
        with written_for(contact.locale or partner.locale):
            words = [_("Hello %(name)s,", name=contact.name), str(rule.purpose.invitation)]
            words += [message] if message else []
            words.append(
                _(
                    "The link is for you alone and opens nothing else. It works for %(days)s days"
                    " and needs no account.",
                    days=rule.days,
                )
            )
            queue_mail(
                contact.email,
                kind="task_link",
                subject=f"{settings.name}: {rule.label}",
                paragraphs=words,
                action=(str(rule.label), url),
                locale=contact.locale or partner.locale,
                ref=f"contact:{contact.id}",
                secret=True,
            )


def opened(signed: str, address: str) -> OpenLink:
    """What a link opens. Raises DeadLink whatever is wrong, Throttled after many dead ones.

    The first opening is kept; nothing else changes, since mail scanners open links too.
    """
    with throttle.guessing("link", address):
        found = _found(signed)
        if found is None:
            raise DeadLink
    link, opening = found
    if link.opened_at is None:
        with atomic():
            TaskLink.update(opened_at=clock.now()).where(TaskLink.id == link.id).execute()
            audit.record("task_link.opened", f"task_link:{link.id}", actor=f"link:{link.id}")
    return opening


def count_sending(link: OpenLink) -> None:
    """Count what is sent through a link; raises Throttled where it is too much."""
    throttle.take(throttle.Limit(f"tasklink|{link.id}", POSTS))


def hold(link: OpenLink) -> None:
    """Keep everybody else who sends through this link waiting until the caller's `atomic` ends.

    Raises DeadLink where it was done or revoked meanwhile: of two at the same moment, the second
    meets what the first has left.
    """
    held = TaskLink.update(purpose=TaskLink.purpose).where(
        TaskLink.id == link.id, queries.open_condition(clock.now())
    )
    if not held.execute():
        raise DeadLink


def finish(link: OpenLink) -> None:
    """The task is done: the link opens nothing any more. In the caller's `atomic`.

    Raises DeadLink where it was done or revoked in the same moment.
    """
    now = clock.now()
    done = TaskLink.update(done_at=now).where(TaskLink.id == link.id, queries.open_condition(now))
    if not done.execute():
        raise DeadLink
    audit.record("task_link.done", f"task_link:{link.id}", actor=f"link:{link.id}")


def revoke(link_id: int) -> bool:
    """End a link at once; whether it was still open."""
    with atomic():
        return _end(link_id, revoked_at=clock.now())


def set_rule(purpose: str, *, allowed: bool, days: int) -> None:
    """Decide whether links of a purpose are allowed, and for how many days they work."""
    with atomic():
        row = {"purpose": purpose, "allowed": allowed, "days": days}
        LinkRule.insert(**row).on_conflict(
            conflict_target=[LinkRule.purpose], preserve=[LinkRule.allowed, LinkRule.days]
        ).execute()
        audit.record("link_rule.changed", "links", row)


def sweep() -> None:
    """Drop links that ended long ago; the audit keeps that they were."""
    TaskLink.delete().where(TaskLink.expires_at < clock.now() - KEEP).execute()


def _end(link_id: int, **moment: Any) -> bool:
    ended = TaskLink.update(**moment).where(
        TaskLink.id == link_id, queries.open_condition(clock.now())
    )
    if not ended.execute():
        return False
    audit.record("task_link.revoked", f"task_link:{link_id}")
    return True


def _found(signed: str) -> tuple[TaskLink, OpenLink] | None:
    """The link and what it opens, or None where anything speaks against it."""
    try:
        token = _signer().unsign(signed[:300].encode()).decode()
    except (BadSignature, UnicodeError):
        return None
    link = (
        TaskLink.select(TaskLink, Contact, Partner)
        .join(Contact)
        .join(Partner, on=(Contact.partner == Partner.id))
        .where(
            TaskLink.token_hash == hashed(token),
            queries.open_condition(clock.now()),
            Contact.active,
            Contact.side == "partner",
            Contact.email == TaskLink.address,  # who has another address now may not read the old
            Partner.merged_into.is_null(),
        )
        .first()
    )
    rule = queries.rule(link.purpose) if link else None
    if link is None or rule is None or not rule.allowed:
        return None
    user = _person(link.contact)
    if user is None:
        return None
    viewer = Viewer(
        user_id=user.id,
        name=link.contact.name,
        email=link.address,
        role="contact",
        permissions=frozenset(rule.purpose.permissions),
        partner_id=link.contact.partner_id,
        contact_id=link.contact.id,
        can_sign=link.contact.can_sign,
        locale=link.contact.locale or link.contact.partner.locale or current_settings().locale,
    )
    payload = json.loads(link.payload)
    return link, OpenLink(link.id, rule.purpose, link.ref, payload, viewer)


def _person(contact: Contact) -> User | None:
    """In whose name a contact acts: the own account's, else one that cannot sign in.

    None where the account was closed.
    """
    if contact.user_id:
        return User.get_or_none(User.id == contact.user_id, User.active)
    known = (
        User.select()
        .join(LinkPerson, JOIN.INNER, on=(LinkPerson.user == User.id))
        .where(LinkPerson.contact == contact.id)
        .first()
    )
    if known is not None:
        return known
    with atomic():
        user, _made = User.get_or_create(
            email=f"contact-{contact.id}@links.invalid",
            defaults={"name": contact.name, "role": LINK_ROLE, "active": False},
        )
        LinkPerson.insert(contact=contact.id, user=user.id).on_conflict_ignore().execute()
    return user


def _allowed(purpose: str) -> queries.Rule:
    rule = queries.rule(purpose)
    if rule is None or not rule.allowed:
        raise LinkRefused("Links of this kind are switched off.")
    if rule.purpose.view is None:
        raise ValueError(f"{purpose!r} has no view: its plugin makes its own addresses")
    return rule


def _reachable(contact_id: int) -> Contact:
    contact = Contact.get_or_none(Contact.id == contact_id, Contact.active)
    if contact is None or contact.side != "partner":
        raise LinkRefused("Links are sent to a partner’s contacts.")
    if not contact.email:
        raise LinkRefused("Give the contact an e-mail address first.")
    if contact.user_id and _person(contact) is None:
        raise LinkRefused("This contact’s account is closed.")
    return contact


def _signer() -> Signer:
    """Signs secrets, so that made-up ones are refused before the database is asked."""
    return Signer(secret_keys(), salt="entente.task-link")
