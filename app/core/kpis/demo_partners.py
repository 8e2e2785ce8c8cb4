"""The sample desk's partners: every text about one bears its name."""

from typing import NamedTuple

PORTAL_CONTACTS = (
    ("AURORA", "Ines Aurora-Berg", "ines@aurora-retail.example.org"),
    ("CEDAR", "Colm Cedar-Walsh", "colm@cedar-lane.example.org"),
)


class Sample(NamedTuple):
    """A sample partner; `kpis` maps a code to its target and how well it is usually met."""

    code: str
    name: str
    type: str
    status: str
    currency: str
    tags: tuple[str, ...]
    contact: str
    goals: str
    strengths: str
    audience: str
    kpis: dict[str, tuple[str, float]]


SAMPLES = (
    Sample(
        *("AURORA", "Aurora Retail Group", "reseller", "active", "EUR", ("retail", "nordics")),
        "Ines Aurora-Berg",
        "Aurora Retail Group doubles its shop-in-shop revenue within two years.",
        "Aurora Retail Group brings 140 shops and its own loyalty card.",
        "Families in Nordic cities who shop at Aurora Retail Group every week.",
        {
            "REVENUE": ("120000", 1.06),
            "NEW_CUSTOMERS": ("240", 1.02),
            "LEADS": ("900", 0.97),
            "CAC": ("42", 1.04),
            "CTR": ("0.031", 0.9),
            "EVENT_VISITORS": ("350", 1.1),
            "NPS": ("45", 1.05),
            "BRAND_ALIGNMENT": ("High", 1.0),
            "RELATIONSHIP": ("70", 1.12),
        },
    ),
    Sample(
        *("BRIGHT", "Brightwater Analytics", "technology", "active", "USD", ("data", "cloud")),
        "Bao Brightwater-Lin",
        "Brightwater Analytics embeds our reports into its platform.",
        "Brightwater Analytics has forty data engineers and a known name.",
        "Finance teams of mid-sized firms that use Brightwater Analytics.",
        {
            "REVENUE_RECURRING": ("64000", 0.99),
            "LEADS": ("120", 0.84),
            "TRAFFIC": ("18000", 1.12),
            "CONTENT_VIEWS": ("5200", 0.98),
            "COST_SAVING": ("0.12", 1.08),
            "CSAT": ("0.86", 1.01),
            "RELATIONSHIP": ("70", 0.78),
        },
    ),
    Sample(
        *("CEDAR", "Cedar Lane Media", "content", "active", "GBP", ("media", "audio")),
        "Colm Cedar-Walsh",
        "Cedar Lane Media and we launch a podcast that pays for itself.",
        "Cedar Lane Media runs two studios and a newsletter with 90,000 readers.",
        "Commuters under forty who listen to Cedar Lane Media.",
        {
            "CONTENT_VIEWS": ("42000", 0.78),
            "SOCIAL": ("7600", 0.88),
            "CTR": ("0.024", 0.96),
            "BRAND_VISIBILITY": ("310", 1.03),
            "REVENUE": ("18000", 0.7),
            "LEADS": ("260", 0.92),
            "BRAND_ALIGNMENT": ("Medium", 1.0),
            "RELATIONSHIP": ("65", 0.66),
        },
    ),
    Sample(
        *("DELTA", "Deltaworks Supply", "supplier", "active", "EUR", ("components",)),
        "Dora Deltaworks-Moser",
        "Deltaworks Supply delivers within four days, every week of the year.",
        "Deltaworks Supply owns its warehouse and its trucks.",
        "Our assembly line, which Deltaworks Supply feeds three times a day.",
        {
            "ON_TIME": ("0.95", 1.02),
            "QUALITY": ("0.985", 1.005),
            "FILL_RATE": ("0.97", 0.99),
            "LEAD_TIME": ("4", 1.05),
            "COST_SAVING": ("0.05", 0.9),
            "GROSS_MARGIN": ("0.32", 1.04),
            "RELATIONSHIP": ("70", 1.0),
        },
    ),
    Sample(
        *("ELMSTEAD", "Elmstead Events", "referral", "active", "EUR", ("events", "dach")),
        "Emil Elmstead-Roth",
        "Elmstead Events brings us to twelve fairs a year.",
        "Elmstead Events knows every organiser in the region.",
        "Visitors of the trade fairs that Elmstead Events runs.",
        {
            "EVENT_VISITORS": ("800", 0.93),
            "LEADS": ("140", 1.15),
            "NEW_CUSTOMERS": ("25", 0.83),
            "CPA": ("95", 0.95),
            "SOCIAL": ("1900", 1.2),
            "NPS": ("30", 0.75),
            "RELATIONSHIP": ("65", 1.2),
        },
    ),
    Sample(
        *("FJORD", "Fjordline Distribution", "distributor", "onboarding", "NOK", ("nordics",)),
        "Frida Fjordline-Dahl",
        "Fjordline Distribution opens the Norwegian market for us.",
        "Fjordline Distribution reaches 300 dealers.",
        "",
        {
            "REVENUE": ("450000", 0.96),
            "NEW_CUSTOMERS": ("12", 1.0),
            "FILL_RATE": ("0.96", 1.0),
            "LEAD_TIME": ("6", 1.02),
            "ON_TIME": ("0.93", 0.98),
            "LEADS": ("60", 0.9),
        },
    ),
)

# What the latest closed month still lacks: by partner, KPIs that wait for approval and that are
# missing altogether.
WAITING = {"AURORA": ("LEADS", "EVENT_VISITORS"), "CEDAR": ("CONTENT_VIEWS", "SOCIAL")}
MISSING = {"BRIGHT": ("LEADS",), "ELMSTEAD": ("CPA", "NEW_CUSTOMERS"), "CEDAR": ("REVENUE",)}
# Months before the latest one that were never reported nor asked for.
GAPS = {("CEDAR", "BRAND_VISIBILITY"): (3, 4), ("DELTA", "LEAD_TIME"): (7,)}
NOTES = {
    ("AURORA", "REVENUE"): "Aurora Retail Group: the spring campaign is counted in full.",
    ("CEDAR", "REVENUE"): "Cedar Lane Media: two sponsors paid late.",
    ("DELTA", "ON_TIME"): "Deltaworks Supply: as weighed in at the gate.",
}

# What happens to figures on their way, by partner and KPI: files of those that wait, why one was
# given back, and by how much per cent the month before the latest one is to be corrected, and why.
EVIDENCE = {
    ("AURORA", "EVENT_VISITORS"): (
        (
            "visitors-aurora-retail-group.csv",
            "Aurora Retail Group,visitors\nOslo,120\nBergen,94\nTromso,77\nStavanger,81\n",
        ),
    ),
}
GIVEN_BACK = {
    ("CEDAR", "SOCIAL"): "Cedar Lane Media: the newsletter seems to be counted twice.",
}
CORRECTED = {
    ("AURORA", "NEW_CUSTOMERS"): (
        112,
        "Aurora Retail Group: the shops in Tromsø reported a week late.",
    ),
}
TALK = {
    ("AURORA", "NEW_CUSTOMERS"): (
        ("partner", "shared", "Aurora Retail Group: all shops have closed their books by now."),
        ("host", "shared", "Thank you. The list of Aurora Retail Group arrived today."),
        ("host", "internal", "The second late report of Aurora Retail Group in a row."),
    ),
}
