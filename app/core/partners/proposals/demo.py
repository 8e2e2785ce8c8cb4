"""What the sample desk's contacts have proposed."""

from collections.abc import Mapping

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.partners.models import Contact, Partner
from app.core.partners.proposals import services, values


def load(contacts: Mapping[str, User]) -> None:
    """A website and a person that wait for an answer."""
    partner = Partner.get(Partner.code == "AURORA")
    user = contacts[partner.code]
    person = Contact.get(Contact.user == user)
    by = Viewer(
        user.id,
        user.name,
        user.email,
        "contact",
        frozenset({"portal.submit"}),
        partner_id=partner.id,
        contact_id=person.id,
    )
    website = "https://www.aurora-retail.example.org"
    wanted = values.facts(partner) | {"website": website, "regions": "Baltics, Nordics"}
    services.propose("facts", wanted, note="We have opened in Riga.", by=by)
    new = {
        "name": "Tuuli Laine",
        "email": "tuuli@aurora-retail.example.org",
        "title": "Head of finance",
        "level": "operational",
        "matters": "finance",
    }
    services.propose("contact_added", new, note="Ask her about invoices.", by=by)
