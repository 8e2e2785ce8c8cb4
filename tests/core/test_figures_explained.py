"""Every figure on every screen opens its explanation, which says what stands behind it."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from app.core.kpis import services
from app.core.quantities import MILLION
from app.testing import add_partner
from tests.core.desk import Desk, counted_queries, last_month, staff

FIGURES = {"num", "num-strong", "tile-value", "score-value"}
VOID = {"br", "img", "input", "link", "meta", "hr", "use", "rect", "line", "circle", "path"}
LINK = re.compile(r'<a\b[^>]*?href="(/[^"#]*)')
# What need not open anything further, and why.
REVIEWED = {
    # Explanations: what they show is itself the explanation.
    "/partners/#/kpis/#/explain": "its own entries",
    "/partners/#/scorecard/explain": "the sum of the rows above",
    "/portal/kpis/#/explain": "its own entries",
    "/portal/scorecard": "the sum of the rows above",
    "/partners/#/kpis/#/target": "the target's own history and check",
    "/partners/#/kpis/#/beside": "what it is among is said beside it",
    # Not figures of a partner.
    "/partners/fields": "how many partners have the field",
    "/kpis/#/benchmarks": "published figures with their source in the row",
    "/imports/#": "rows of a file",
    "/announcements": "how many people were written to",
    "/settings/jobs": "how often a job was tried",
    # Money of the ledger.
    "/x/incentives/ledger": "sums of the lines below, each with a page of its own",
    "/x/incentives/ledger/#": "each of its steps stands beneath it",
    "/x/incentives/payouts/#": "the lines that it is made of stand beside it, each with a page",
    "/portal/x/incentives/statement/#": "each of its steps stands beneath it",
    "/x/incentives/statements/#": "the sums of its rows, each of which opens",
    # Answers of surveys: the question and its answers stand beside each.
    "/x/surveys": "answers of those who were asked",
    "/x/surveys/waves/#/results": "its question, number and interval stand beside it",
    "/x/surveys/waves/#": "answers of those who were asked",
    "/x/surveys/partners/#": "the wave that it comes from stands beneath it",
    "/portal/x/surveys/results/#": "its question, number and interval stand beside it",
}


class Figures(HTMLParser):
    """The figures of a page that are neither in a link nor hold one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[dict[str, Any]] = []
        self.unexplained: list[str] = []
        self.seen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        names = set((dict(attrs).get("class") or "").split())
        shown = bool(names & FIGURES) and tag != "th"
        self.open.append({"tag": tag, "figure": shown, "text": "", "link": tag == "a"})
        if tag == "a":
            for outer in self.open:
                outer["link"] = True

    def handle_data(self, data: str) -> None:
        for outer in self.open:
            outer["text"] += data

    def handle_endtag(self, tag: str) -> None:
        while self.open and (closed := self.open.pop()):
            within = any(outer["tag"] == "a" for outer in self.open)
            if closed["figure"] and re.search(r"\d", closed["text"]):
                self.seen += 1
                if not closed["link"] and not within:
                    self.unexplained.append(" ".join(closed["text"].split()))
            if closed["tag"] == tag:
                break


def kind_of(path: str) -> str:
    """A path with its numbers taken out."""
    return "/".join("#" if part.isdigit() else part for part in urlsplit(path).path.split("/"))


def walk(client: Any, start: str) -> dict[str, str]:
    """A page of each kind that links lead to, by its path; two of each, for other figures."""
    pages: dict[str, str] = {}
    count: dict[str, int] = {}
    queue, met = [start], {start}
    while queue:
        path = queue.pop(0)
        keys = ",".join(sorted(parse_qs(urlsplit(path).query)))
        kind = f"{kind_of(path)}?{keys}"
        if count.get(kind, 0) >= 2 or "download=" in path:
            continue
        count[kind] = count.get(kind, 0) + 1
        answer = client.get(path)
        if answer.mimetype != "text/html":
            answer.close()
            continue
        assert answer.status_code in (200, 302, 403), (path, answer.status_code)
        pages[path] = answer.text
        links = [unescape(link) for link in LINK.findall(answer.text)]
        queue += [link for link in links if link not in met]
        met.update(links)
    return pages


@pytest.mark.parametrize(
    ("email", "start", "least"),
    [
        ("admin@example.org", "/home", 150),
        ("ines@aurora-retail.example.org", "/portal", 20),
    ],
)
def test_every_figure_opens_its_explanation(sample_app, email, start, least):
    client = sample_app.test_client().sign_in(email)
    silent, seen = [], 0
    for path, text in walk(client, start).items():
        found = Figures()
        found.feed(text)
        seen += found.seen
        if kind_of(path) not in REVIEWED:
            silent += [f"{path}: {words}" for words in found.unexplained]
    assert not silent, "\n".join(silent)
    assert seen >= least


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


def code(n: int = 1) -> str:
    """The month that ended n months ago, as addresses write it."""
    month = last_month(n)
    return f"{month.year}-{month.n:02}"


def words(answer: Any) -> str:
    """What a page says, without its markup."""
    assert answer.status_code == 200, answer.status_code
    main = answer.text.split("<main", 1)[1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_a_scorecard_says_what_each_kpi_adds(as_viewer, desk, partner):
    desk.judge(partner, desk.kpi("A", "First"), last_month(), 200, weight=3 * MILLION)
    desk.judge(partner, desk.kpi("B", "Second"), last_month(), 50, weight=MILLION)
    text = words(as_viewer.get(f"/partners/{partner.id}/scorecard/explain?period={code()}"))
    assert "First A 3 75% of all 200% 150% 112.5%" in text
    assert "Second B 1 25% of all 50% 50% 12.5%" in text
    assert "add up to 125%" in text
    assert "Yes: every KPI with a target is reported in full." in text


def test_a_scorecard_says_what_is_missing_and_who_reports_it(as_viewer, desk, partner):
    desk.judge(partner, desk.kpi("A", "First"), last_month(), 90)
    desk.target(partner, desk.kpi("B", "Second", submitter="partner"), last_month())
    text = words(as_viewer.get(f"/partners/{partner.id}/scorecard/explain?period={code()}"))
    assert f"Second : Not reported yet: {partner.name} reports it." in text
    assert "No: nothing is granted or taken away" in text
    assert "1 of 2 weight has a figure: 50%" in text
    assert "Not shown: with so few figures" in text


def test_a_scorecard_without_a_target_says_so(as_viewer, partner):
    text = words(as_viewer.get(f"/partners/{partner.id}/scorecard/explain?period=2013-06"))
    assert "No scorecard in June 2013" in text


def test_a_declared_miss_stands_beside_its_kpi(as_viewer, app, desk, partner):
    kpi_id = desk.kpi()
    desk.target(partner, kpi_id, last_month(3))
    with app.app_context():
        services.declare_missed(partner.id, kpi_id, last_month(3), "Never sent", by=staff())
    for path in (
        f"/partners/{partner.id}/kpis?period={code(3)}",
        f"/partners/{partner.id}/scorecard/explain?period={code(3)}",
        f"/partners/{partner.id}/kpis/{kpi_id}/explain?period={code(3)}",
    ):
        assert re.search("declared missed by .*: Never sent", words(as_viewer.get(path))), path


def test_an_explanation_tells_every_revision_and_what_a_correction_changed(
    as_viewer, app, desk, partner
):
    kpi_id = desk.kpi()
    desk.judge(partner, kpi_id, last_month(), 90)
    with app.app_context():
        services.submit_value(
            partner.id,
            kpi_id,
            last_month(),
            by=staff(),
            value=120 * MILLION,
            reason="Counted twice",
            approval="Nobody else is here",
        )
    text = words(as_viewer.get(f"/partners/{partner.id}/kpis/{kpi_id}/explain?period={code()}"))
    assert "2 revisions" in text
    assert "Changed because: Counted twice" in text
    assert "Restated since" in text
    assert "90% → becomes 120%" in text
    assert "Definition version 1" in text


def test_an_unknown_figure_says_who_could_supply_it(as_viewer, desk, partner):
    kpi_id = desk.kpi()
    desk.target(partner, kpi_id, last_month())
    desk.submit(partner, kpi_id, last_month(), 70)
    text = words(as_viewer.get(f"/partners/{partner.id}/kpis/{kpi_id}/explain?period={code()}"))
    assert "Not reported yet:" in text
    assert "One figure is reported and waits for approval." in text


def test_a_contact_reads_the_explanations_of_the_own_figures(as_contact, desk, partner):
    kpi_id = desk.kpi()
    desk.judge(partner, kpi_id, last_month(), 90)
    text = words(as_contact.get(f"/portal/kpis/{kpi_id}/explain?period={code()}"))
    assert "at least 100, and it is 90: not met" in text
    assert "Revenue REV 1 100% of all 90%" in words(
        as_contact.get(f"/portal/scorecard?period={code()}")
    )


def test_what_only_staff_say_is_not_in_a_contacts_explanation(as_contact, app, desk, partner):
    kpi_id = desk.kpi()
    desk.judge(partner, kpi_id, last_month(), 90)
    with app.app_context():
        services.add_comment(
            partner.id, kpi_id, last_month(), "Between us", by=staff(), visibility="internal"
        )
    page = as_contact.get(f"/portal/kpis/{kpi_id}/explain?period={code()}")
    assert "comment" not in words(page)
    assert f"/partners/{partner.id}" not in page.text


def test_another_partners_figure_is_not_found_by_a_contact(
    as_contact, desk, partner, other_partner
):
    kpi_id = desk.kpi()
    desk.judge(other_partner, kpi_id, last_month(), 90)
    assert as_contact.get(f"/portal/kpis/{kpi_id}/explain").status_code == 404
    assert as_contact.get(f"/portal/kpis/{2**63}/explain").status_code == 404
    assert "No scorecard in" in words(as_contact.get(f"/portal/scorecard?period={code()}"))


def test_a_contact_reads_no_explanation_of_the_portfolio(as_contact, desk, partner):
    kpi_id = desk.kpi()
    for path in (
        f"/kpis/{kpi_id}/total",
        "/home/standings",
        f"/partners/{partner.id}/scorecard/explain",
    ):
        assert as_contact.get(path).status_code == 404, path


def test_a_total_names_its_partners_the_largest_first(as_viewer, desk, partner, other_partner):
    kpi_id = desk.kpi()
    desk.value(partner, kpi_id, last_month(), 30)
    desk.value(other_partner, kpi_id, last_month(), 70)
    text = words(as_viewer.get(f"/kpis/{kpi_id}/total?period={code()}"))
    assert "All partners 100 from 2 approved values" in text
    assert text.index(other_partner.name) < text.index(partner.name)


def test_a_total_of_money_stands_apart_by_currency(as_viewer, desk, partner):
    kpi_id = desk.kpi(value_type="money")
    northern = add_partner("NOK", "Nordvik", currency="NOK")
    desk.value(partner, kpi_id, last_month(), 30)
    desk.value(northern, kpi_id, last_month(), 9000)
    text = words(as_viewer.get(f"/kpis/{kpi_id}/total?period={code()}"))
    assert "EUR €30" in text
    assert "NOK NOK9,000" in text
    assert "Each currency stands for itself" in text


def test_what_is_not_added_up_says_so_and_names_the_partners(as_viewer, desk, partner):
    kpi_id = desk.kpi(aggregation="mean", nature="stock")
    desk.value(partner, kpi_id, last_month(), 30)
    text = words(as_viewer.get(f"/kpis/{kpi_id}/total?period={code()}"))
    assert "not added up" in text
    assert partner.name in text


@pytest.mark.parametrize("query", ["period=2013-06", "period=2013&page=99"])
def test_a_total_of_nothing_is_empty(as_viewer, desk, query):
    text = words(as_viewer.get(f"/kpis/{desk.kpi()}/total?{query}"))
    assert "Nothing approved in" in text


def test_the_tiles_open_the_kpis_that_they_count(as_viewer, desk, partner):
    desk.judge(partner, desk.kpi("A", "First"), last_month(), 120)
    desk.target(partner, desk.kpi("B", "Second"), last_month())
    home = as_viewer.get(f"/home?period={code()}").text
    assert f'href="/home/standings?period={code()}&amp;status=grey"' in home
    everything = words(as_viewer.get(f"/home/standings?period={code()}"))
    assert "First" in everything
    assert "Second" in everything
    grey = words(as_viewer.get(f"/home/standings?period={code()}&status=grey"))
    assert "First" not in grey
    assert "Second Not reported yet:" in grey
    assert "Met 1" in grey


def test_a_colour_that_there_is_not_filters_nothing(as_viewer, desk, partner):
    desk.judge(partner, desk.kpi("A", "First"), last_month(), 120)
    assert "First" in words(as_viewer.get(f"/home/standings?period={code()}&status=purple"))


@pytest.mark.parametrize("path", ["/home/standings?period={m}", "/kpis/{k}/total?period={m}"])
def test_lists_of_partners_ask_as_few_questions_for_many_as_for_one(as_viewer, desk, partner, path):
    kpi_id = desk.kpi()
    desk.judge(partner, kpi_id, last_month(), 90)
    path = path.format(k=kpi_id, m=code())
    as_viewer.get(path)
    with counted_queries() as one:
        as_viewer.get(path)
    for n in range(5):
        desk.judge(add_partner(f"P{n}", f"Partner {n}"), kpi_id, last_month(), 90)
    with counted_queries() as many:
        as_viewer.get(path)
    assert len(many) == len(one) <= 9, "\n".join(many)


def test_an_explanation_asks_as_few_questions_for_a_year_as_for_a_month(as_viewer, desk, partner):
    kpi_id = desk.kpi()
    for n in range(1, 13):
        desk.judge(partner, kpi_id, last_month(n), 90)
    month, year = code(2), code(2)[:4]
    path = f"/partners/{partner.id}/kpis/{kpi_id}/explain?period="
    as_viewer.get(path + month)
    with counted_queries() as one:
        as_viewer.get(path + month)
    with counted_queries() as many:
        as_viewer.get(path + year)
    assert len(many) == len(one), "\n".join(many)
