"""Custom fields and a saved view of the sample desk."""

from app.core.accounts.models import User
from app.core.partners.fields import services
from app.core.partners.fields.rules import parse
from app.core.partners.fields.services import Draft
from app.core.partners.list_models import SavedView
from app.core.partners.models import Partner

FIELDS = (
    Draft("contract_no", "Contract number", "text", help="As on the signed contract."),
    Draft("renewal", "Renewal", "date", visibility="shared"),
    Draft("dpa", "Data processing agreement", "yes_no"),
    Draft("channels", "Sales channels", "choices", choices="Online\nRetail\nEvents\nDirect"),
)
# Contract number, renewal, agreement and channels of each sample partner, in the fields' order.
VALUES = (
    ("HH-2024-017", "2027-03-31", "yes", "Retail; Events"),
    ("HH-2024-021", "2027-06-30", "yes", "Online"),
    ("HH-2025-003", "2027-01-31", "no", "Direct"),
    ("HH-2025-008", "2026-12-31", "yes", "Online; Direct"),
    ("HH-2025-011", "", "no", "Events"),
)


def load(manager: User) -> None:
    """Define the fields, fill them for most partners and share a view of them."""
    fields = [services.define(draft) for draft in FIELDS]
    partners = Partner.select().order_by(Partner.id).limit(len(VALUES))
    for partner, texts in zip(partners, VALUES, strict=False):
        values = {f.id: parse(f, text) for f, text in zip(fields, texts, strict=True)}
        services.save_values(partner.id, values, fields)
    SavedView.create(
        name="Contracts",
        owner=manager,
        shared=True,
        query="status=active&col=owner&col=field%3Acontract_no&col=field%3Arenewal&col=field%3Adpa",
    )
