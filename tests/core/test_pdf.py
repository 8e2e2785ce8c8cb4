"""Paper: a scorecard as a tagged PDF, whoever's texts it holds, within bounds."""

import io

import pypdfium2
import pytest
from PIL import Image

from app import pdf, typesetting
from app.core.accounts.models import Organisation, User
from app.core.kpis.models import Kpi
from app.core.partners.models import Partner
from app.core.settings import logos
from tests.core.desk import Desk, last_month

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
NASTY = '#panic("x") $a$ [b] *c* \\ "d" <e> // f @g'


def words(answer):
    """The text of a PDF's pages, in one line, and how many pages there are."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    try:
        texts = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return " ".join(" ".join(texts).split()), len(texts)


@pytest.fixture
def scored(app, partner):
    """A partner with one figure that meets its target."""
    desk = Desk(app)
    kpi_id = desk.kpi("REV", "Revenue")
    desk.judge(partner, kpi_id, last_month(), 120)
    return kpi_id


def test_staff_get_a_partners_scorecard(as_manager, partner, scored):
    answer = as_manager.get(f"/partners/{partner.id}/kpis?download=pdf")
    text, pages = words(answer)
    for part in (partner.name, "Harbour & Hill", "Revenue", "120%", "≥ 100", "Met", "1 / 1"):
        assert part in text
    assert pages == 1
    assert f"scorecard-{partner.code}-" in answer.headers["Content-Disposition"]


def test_it_is_tagged_for_readers_who_hear_it(as_manager, partner, scored):
    data = as_manager.get(f"/partners/{partner.id}/kpis?download=pdf").data
    assert b"/StructTreeRoot" in data
    assert b"pdfuaid" in data


def test_a_contact_gets_the_scorecard_of_their_own_partner(
    app, as_contact, as_other_contact, partner, scored
):
    text, _pages = words(as_contact.get("/portal/scorecard.pdf"))
    assert partner.name in text
    assert "Revenue" in text
    other, _pages = words(as_other_contact.get("/portal/scorecard.pdf"))
    assert partner.name not in other
    assert "Revenue" not in other
    assert as_contact.get(f"/partners/{partner.id}/kpis?download=pdf").status_code == 404


def test_what_somebody_typed_is_never_code(as_manager, partner, scored):
    Partner.update(name=NASTY).execute()
    Kpi.update(name=NASTY).execute()
    text, _pages = words(as_manager.get(f"/partners/{partner.id}/kpis?download=pdf"))
    assert text.count(NASTY) >= 3


def test_what_the_font_cannot_show_does_not_stop_the_paper(as_manager, partner, scored):
    Partner.update(name="Nordlicht \N{ROCKET}\ufe0f 北 שלום").execute()
    text, _pages = words(as_manager.get(f"/partners/{partner.id}/kpis?download=pdf"))
    assert "Nordlicht" in text
    assert "\N{REPLACEMENT CHARACTER}" in text
    assert "\N{ROCKET}" not in text


def test_it_speaks_its_readers_language(as_manager, partner, scored):
    User.update(locale="de").execute()
    text, _pages = words(as_manager.get(f"/partners/{partner.id}/kpis?download=pdf"))
    assert "Zielerreichung" in text
    assert "120\xa0%" in text.replace("120 %", "120\xa0%")


def test_it_bears_the_organisations_logo(app, as_manager, partner, scored):
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(picture, "PNG")
    digest = logos.keep(app.extensions["entente"].config.data, picture.getvalue())
    Organisation.update(logo=digest).execute()
    answer = as_manager.get(f"/partners/{partner.id}/kpis?download=pdf")
    assert b"/Subtype/Image" in answer.data.replace(b" ", b"")


def test_many_kpis_go_on_over_the_page(app, as_manager, partner):
    desk = Desk(app)
    for n in range(40):
        desk.judge(partner, desk.kpi(f"K{n}", f"Number {n}"), last_month(), 90)
    text, pages = words(as_manager.get(f"/partners/{partner.id}/kpis?download=pdf"))
    assert pages == 2
    assert text.count("Attainment") == 2
    assert "Number 39" in text


@pytest.mark.parametrize("source", ['#read("/etc/passwd")', '#read("../../etc/passwd")', "#oops"])
def test_a_template_reaches_nothing_beside_it(app, source, monkeypatch):
    monkeypatch.setattr(pdf, "_source", lambda _name: source)
    monkeypatch.setattr(pdf, "_desk", lambda _root: {})
    with app.test_request_context(), pytest.raises(pdf.NotSet):
        pdf.document("any.typ", {})


def test_a_document_without_end_is_ended(app, monkeypatch):
    step = "{ for i in range(1000000) { n = calc.rem(n + i, 7) }; n }"
    endless = f"#let f(n) = {step}\n#range(10000).map(f)"
    monkeypatch.setattr(pdf, "_source", lambda _name: endless)
    monkeypatch.setattr(pdf, "_desk", lambda _root: {})
    monkeypatch.setattr(typesetting, "SECONDS", -4)  # of which the caller waits five more
    with app.test_request_context(), pytest.raises(pdf.NotSet, match="too long"):
        pdf.document("any.typ", {})
