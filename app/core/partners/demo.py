"""The sample desk's profiles, goals and interactions: every text bears its partner's name."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from app.core.accounts.models import User
from app.core.partners import profiles
from app.core.partners.models import (
    Contact,
    Interaction,
    InteractionContact,
    Partner,
    PartnerGoal,
    PartnerProfile,
    PartnerRegion,
)
from app.core.partners.rules import review_due


class Story(NamedTuple):
    """What the sample tells of one partner beside its figures; `{}` is the partner's name."""

    ours: str
    resource: tuple[str, str]
    strength_kind: str
    size: str
    regions: tuple[str, ...]
    maturity: str
    shared: tuple[str, str]  # a goal of both sides, and what is expected of it
    own: tuple[str, str, str]  # the partner's own goal, how it fits ours, and why
    talks: tuple[tuple[int, str, str, str, str], ...]  # days ago, channel, direction, matter, what


STORIES = {
    "AURORA": Story(
        "We reach Nordic families through {} without shops of our own.",
        ("distribution", "The weekly leaflet of {} goes to 900,000 households."),
        "distribution",
        "1.1 million",
        ("Nordics",),
        "strategic",
        ("{} and we open twenty shop-in-shops together.", "Ten openings by summer"),
        (
            "{} wants to be the only chain with our range.",
            "tension",
            "We sell to others.",
        ),
        (
            (4, "call", "in", "commercial", "{} asks for a later delivery in the first week."),
            (19, "meeting", "out", "marketing", "Spring campaign of {} planned, shop by shop."),
            (47, "visit", "out", "commercial", "Visited three shops of {}; two lack our signs."),
        ),
    ),
    "BRIGHT": Story(
        "Our reports stand inside the platform of {}.",
        ("technology", "{} runs its own data centre and lends us a test cluster."),
        "expertise",
        "4,000 firms",
        ("Global",),
        "developing",
        ("{} and we offer one contract for data and reports.", "First ten joint contracts"),
        ("{} wants access to raw figures.", "conflict", "Our customers have not agreed to that."),
        (
            (9, "meeting", "out", "technical", "{} shows the new interface; two fields missing."),
            (33, "email", "in", "legal", "{} sends its draft of the data agreement."),
        ),
    ),
    "CEDAR": Story(
        "People under forty hear of us through {}.",
        ("asset", "{} owns two studios that we may use on Mondays."),
        "network",
        "90,000",
        ("UK and Ireland",),
        "developing",
        ("The podcast of {} and us pays for itself.", "Sponsors cover the cost of an episode"),
        ("{} wants to keep every right to the recordings.", "tension", "We reuse them in courses."),
        (
            (2, "chat", "in", "finance", "{}: two sponsors pay late, figures follow."),
            (25, "call", "out", "commercial", "Asked {} for the figures of last month."),
        ),
    ),
    "DELTA": Story(
        "Parts from {} arrive before the line needs them.",
        ("asset", "{} keeps two weeks of our parts in its own warehouse."),
        "asset",
        "One assembly line",
        ("Central Europe",),
        "transactional",
        ("{} and we halve the share of damaged parts.", "Damaged parts below half a per cent"),
        ("{} wants forecasts eight weeks ahead.", "compatible", ""),
        ((12, "visit", "out", "technical", "Walked the new packing line of {}."),),
    ),
    "ELMSTEAD": Story(
        "{} introduces us to organisers whom we do not know.",
        ("network", "{} sits on the boards of four trade fairs."),
        "network",
        "60,000 visitors",
        ("DACH",),
        "developing",
        ("{} and we are on twelve fairs a year.", "Twelve fairs, each with a stand of both"),
        ("{} wants a fee for each lead.", "compatible", ""),
        ((15, "email", "out", "marketing", "Sent {} the stand plan for the autumn fair."),),
    ),
    "FJORD": Story(
        "{} opens the Norwegian market for us.",
        ("distribution", "{} delivers to 300 dealers with its own vans."),
        "distribution",
        "",
        ("Nordics",),
        "",
        ("{} and we supply one hundred dealers.", "One hundred dealers with our range"),
        ("{} wants a Norwegian help desk.", "compatible", ""),
        ((6, "meeting", "out", "commercial", "First talk with {} about prices and terms."),),
    ),
}


def tell(partner: Partner, goals: str, strengths: str, audience: str, by: User) -> None:
    """Give a sample partner its regions and its maturity, and its first profile."""
    story = STORIES[partner.code]
    Partner.update(maturity=story.maturity).where(Partner.id == partner.id).execute()
    for region in story.regions:
        PartnerRegion.insert(partner=partner, region=region).execute()
    texts = {
        "motivations": f"{partner.name} grows faster with a partner than alone.",
        "weaknesses": f"{partner.name} has few people for reporting.",
        "core_values": f"{partner.name} keeps its promises and says early when it cannot.",
        "positioning": f"{partner.name} is the best known in its field.",
        "challenges": f"Prices press on {partner.name} from two sides.",
        "expectations": f"{partner.name} expects an answer within two days.",
    }
    both = [{"side": "partner", "text": goals}]
    both += [{"side": "host", "text": story.ours.format(partner.name)}]
    kind, resource = story.resource
    PartnerProfile.create(
        partner=partner,
        n=1,
        goals=profiles.stored("goals", both),
        strengths=profiles.stored("strengths", [{"kind": story.strength_kind, "text": strengths}]),
        resources=profiles.stored(
            "resources", [{"kind": kind, "text": resource.format(partner.name)}]
        ),
        audiences=profiles.stored("audiences", [{"segment": audience, "size": story.size}]),
        next_review=None,
        saved_by=by,
        **texts,
    )


def add_history(partner: Partner, today: date, by: User) -> None:
    """What was talked about and what is to be reached, once the contacts are there."""
    story = STORIES[partner.code]
    people = list(Contact.select().where(Contact.partner == partner, Contact.is_primary))
    for days, channel, direction, matter, what in story.talks:
        talk = Interaction.create(
            partner=partner,
            at=datetime.combine(today - timedelta(days=days), time(9, 30)),
            channel=channel,
            direction=direction,
            matter=matter,
            summary=what.format(partner.name),
            created_by=by,
        )
        for person in people:
            InteractionContact.insert(interaction=talk, contact=person).execute()
    statement, outcomes = story.shared
    PartnerGoal.create(
        partner=partner,
        statement=statement.format(partner.name),
        side="mutual",
        horizon="long",
        outcomes=outcomes,
        visibility="shared",
        created_by=by,
    )
    statement, fits, why = story.own
    PartnerGoal.create(
        partner=partner,
        statement=statement.format(partner.name),
        side="partner",
        horizon="short",
        compatibility=fits,
        compatibility_note=why,
        created_by=by,
    )
    since = today - timedelta(days=380 if partner.code == "ELMSTEAD" else 90)
    PartnerProfile.update(
        next_review=review_due(since), saved_at=datetime.combine(since, time(8, 0))
    ).where(PartnerProfile.partner == partner).execute()
