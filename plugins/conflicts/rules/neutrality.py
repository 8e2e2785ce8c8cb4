"""Who may mediate: nobody with a stake in the case. Pure.

Source: domain specification §4, Neutrality.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from plugins.conflicts.rules.guards import Missing

# Mail services that say nothing about who somebody works for.
PUBLIC_MAIL = frozenset(
    """
    aol.com fastmail.com gmail.com gmx.at gmx.ch gmx.de gmx.net googlemail.com hotmail.com
    icloud.com live.com mail.com mail.ru me.com msn.com outlook.com pm.me posteo.de proton.me
    protonmail.com t-online.de web.de yahoo.com yahoo.de ymail.com zoho.com
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Stakes:
    """Who has a stake in a case, by account ids and addresses."""

    reporters: frozenset[int]  # accounts of who raised it
    respondents: frozenset[int]  # accounts of everybody else who takes part for a side
    managers: frozenset[int]  # the line managers of all these, up the chain
    owner: frozenset[int]
    team: frozenset[int]
    staff_emails: frozenset[str]
    contact_emails: frozenset[str]
    avoided: frozenset[int] = frozenset()  # whom the reporter asked to leave out


def against_staff(user_id: int, stakes: Stakes) -> tuple[Missing, ...]:
    """What speaks against one of staff as internal facilitator; nothing where nobody minds."""
    found = []
    if user_id in stakes.reporters:
        found.append(Missing("This person raised the case."))
    if user_id in stakes.respondents:
        found.append(Missing("This person takes part in the case."))
    if user_id in stakes.managers:
        found.append(Missing("This person is a line manager of somebody who takes part."))
    if user_id in stakes.avoided:
        found.append(Missing("This person has a stake in the case."))
    if user_id in stakes.owner:
        found.append(Missing("This person owns the partnership."))
    elif user_id in stakes.team:
        found.append(Missing("This person works in the partnership’s team."))
    return tuple(found)


def against_address(email: str, stakes: Stakes) -> tuple[Missing, ...]:
    """What speaks against somebody from outside, as far as an address tells."""
    address = email.strip().lower()
    domain = address.rpartition("@")[2]
    found = []
    if address in stakes.staff_emails or _works_at(domain, stakes.staff_emails):
        found.append(
            Missing(
                "This address belongs to our organisation: propose an internal facilitator"
                " instead, whom both sides have to accept as such."
            )
        )
    if address in stakes.contact_emails or _works_at(domain, stakes.contact_emails):
        found.append(Missing("This address belongs to the partner’s organisation."))
    return tuple(found)


def chain_of(people: Collection[int], managers: Mapping[int, int]) -> frozenset[int]:
    """The line managers of these people and of their managers, up to the top."""
    found: set[int] = set()
    waiting = list(people)
    while waiting:
        boss = managers.get(waiting.pop())
        if boss is not None and boss not in found:
            found.add(boss)
            waiting.append(boss)
    return frozenset(found)


def _works_at(domain: str, emails: Collection[str]) -> bool:
    if not domain or domain in PUBLIC_MAIL:
        return False
    return any(email.rpartition("@")[2] == domain for email in emails)
