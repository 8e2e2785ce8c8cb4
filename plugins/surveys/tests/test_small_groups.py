"""Whatever is shown of a wave, nobody can be told apart who is one of fewer than k.

The attack: every group that is shown has k people, and so has everybody less those. Within that
rest two people exchange what they answered: if a page, file or figure differed by it, it would
tell of fewer than k people; so everything has to stay the same.
"""

import io
import json
import random
import re
from itertools import islice

import openpyxl
import pypdfium2
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from app.core.messages.models import Mail
from app.core.partners.models import Contact, Partner
from app.testing import add_partner
from plugins.surveys import joining, publishing, reading, waves
from plugins.surveys.models import Ballot, Code, Invitation, Response, Survey, SurveyVersion, Wave
from plugins.surveys.rules import definition as definitions
from plugins.surveys.rules.audience import Audience, loads_groups
from plugins.surveys.tests.conftest import close

PARTNERS, MOST, K = 5, 9, 4
CHANGING = re.compile(r'"X-CSRFToken": "[^"]*"|name="csrf_token" value="[^"]*"')
NOW = "2026-01-01 00:00:00"


@pytest.fixture
def desk(ground, as_admin, as_contact):
    """A desk with five partners of nine contacts each; one contact may sign in."""
    others = [add_partner(f"P{n}", f"Partner {n}") for n in range(PARTNERS - 1)]
    ground.partners = [ground.partner, *others]
    for partner in ground.partners:
        ground.contacts(MOST, partner)
    ground.asked = ground.survey("relationship")
    ground.admins, ground.portal = as_admin, as_contact
    return ground


def launched(desk, sizes, mode):
    """A wave that asks so many contacts of each partner, told apart by partner."""
    everybody = Contact.select().where(Contact.user.is_null()).order_by(Contact.id)
    for partner, size in zip(desk.partners, sizes, strict=True):
        of_it = list(everybody.where(Contact.partner == partner))
        for n, contact in enumerate(of_it):
            address = f"{partner.code}-{n}@example.org" if n < size else ""
            Contact.update(email=address).where(Contact.id == contact.id).execute()
    wave = desk.wave(mode, survey=desk.asked, k=K, breakdown="partner", audience=Audience("all"))
    with desk.app.app_context():
        waves.launch(wave, by=desk.admin)
    return Wave.get_by_id(wave.id)


def answers_of(dice, questions):
    """What somebody says; a third of people leave out what can be left out."""
    thin = dice.random() < 1 / 3
    found = {"recommend": dice.randint(0, 10)}
    for question in questions:
        if question.type in ("likert5", "csat5") and not (thin and question.type == "csat5"):
            found[question.key] = dice.randint(1, 5)
    return found | ({} if thin else {"why": f"Said {dice.randint(0, 10**9)}"})


def answered(desk, wave, dice):
    """Some of those who were asked answer; what they say by where it lies, with its group."""
    version = SurveyVersion.get_by_id(wave.survey_version_id)
    questions = definitions.loads(version.definition).asked
    found = {}
    for row in Invitation.select().where(Invitation.wave == wave.id).order_by(Invitation.id):
        if dice.random() < 0.2:
            continue
        said = answers_of(dice, questions)
        if wave.mode == "anonymous":
            key = f"{dice.getrandbits(256):064x}"
            Ballot.insert(
                wave=wave.id, ballot_hash=key, cell=row.cell, answers=json.dumps(said)
            ).execute()
        else:
            made = Response.create(
                wave=wave, invitation=row, answers=json.dumps(said), complete=True, saved_at=NOW
            )
            key = made.id
        found[key] = (row.cell, said)
    return found


def write(wave, key, said):
    """Let somebody have said something else."""
    text = json.dumps(said)
    if wave.mode == "anonymous":
        Ballot.update(answers=text).where(
            Ballot.wave == wave.id, Ballot.ballot_hash == key
        ).execute()
    else:
        Response.update(answers=text).where(Response.id == key).execute()


def exchange(wave, found, one, other):
    """Two people exchange what they said."""
    write(wave, one, found[other][1])
    write(wave, other, found[one][1])


def withdraw(wave, key):
    """As if somebody had not answered."""
    if wave.mode == "anonymous":
        Ballot.delete().where(Ballot.ballot_hash == key).execute()
    else:
        Response.delete().where(Response.id == key).execute()


def cells_of_sheet(data):
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return [str(row) for row in sheet.iter_rows(values_only=True)]


def words_of_paper(data):
    document = pypdfium2.PdfDocument(data)
    return " ".join(page.get_textpage().get_text_range() for page in document).split()


def words_of_page(page):
    assert page.status_code == 200
    return re.split(r"[\s<>]+", CHANGING.sub("", page.text))


def everything_shown(desk, wave):
    """All that anybody gets to see of a wave, by where; in no order, for texts are shuffled."""
    results = f"/x/surveys/waves/{wave.id}/results"
    staff = [results, f"{results}?by=side", f"{results}?by=partner", f"/x/surveys/waves/{wave.id}"]
    staff += ["/x/surveys", f"/x/surveys/surveys/{wave.survey_id}", "/search?q=Pulse", "/home"]
    staff += [f"/x/surveys/partners/{partner.id}" for partner in desk.partners]
    staff += ["/x/surveys/themes"]
    portal = [f"/portal/x/surveys/results/{wave.id}", "/portal/x/surveys", "/portal"]
    found = {where: words_of_page(desk.admins.get(where)) for where in staff}
    found |= {where: words_of_page(desk.portal.get(where)) for where in portal}
    for kind, read in (
        ("csv", lambda data: data.decode("utf-8-sig").splitlines()),
        ("xlsx", cells_of_sheet),
        ("json", lambda data: [str(row) for row in json.loads(data)["rows"]]),
        ("pdf", words_of_paper),
    ):
        for by in ("", "&by=partner"):
            where = f"{results}?download={kind}{by}"
            page = desk.admins.get(where)
            assert page.status_code == 200, where
            found[where] = read(page.data)
    with desk.app.app_context(), desk.app.test_request_context():
        found["facts and KPIs"] = [str(publishing.figures(wave))]
        found["mails"] = publishing.in_words(reading.shared(wave))
        found["export"] = [str(joining.exported(partner.id)) for partner in desk.partners]
    return {where: sorted(lines) for where, lines in found.items()}


def shown_in_files(desk, wave):
    """The groups in the file for programs, each with the number of answers to a question."""
    page = desk.admins.get(f"/x/surveys/waves/{wave.id}/results?download=json")
    return {(row["group"], row["n"]) for row in json.loads(page.data)["rows"] if row["n"]}


def ended(desk, wave):
    """The wave closed and published, as it would be read, with a theme for whatever was written."""
    closed = close(desk, wave)
    page = desk.admins.get(f"/x/surveys/waves/{wave.id}/questions/why/themes")
    texts = set(re.findall(r'name="(themes-[0-9a-f]{64})"', page.text))
    if texts:
        done = desk.admins.send(page.request.path, **dict.fromkeys(texts, "Speed"))
        desk.admins.get(done.location)  # which says once that it is saved
    with desk.app.app_context():
        publishing.publish(closed, by=desk.admin)
    Mail.delete().execute()
    return Wave.get_by_id(wave.id)


def forgotten(desk):
    """No trace of waves, for the next audience."""
    for model in (Ballot, Code, Response):
        model.delete().execute()
    publishing.PublishedFigure.delete().execute()
    Invitation.delete().execute()
    Wave.delete().execute()
    Survey.update(archived=False).execute()


def named(wave, cell):
    """What a group is called in files."""
    partner = loads_groups(wave.cells)[cell].key.partition(":")[2]
    return Partner.get_by_id(int(partner)).name if partner else "Everybody else"


def pairs(found, some):
    """Two at a time who answered the same questions, and differently."""
    return (
        (one, other)
        for one in some
        for other in some
        if set(found[one][1]) == set(found[other][1])
        and found[one][1]["recommend"] < found[other][1]["recommend"]
    )


def differing(before, after):
    """Where something is not as it was."""
    return {where for where in before if before[where] != after[where]}


audiences = st.tuples(
    st.integers(1, K - 1), st.lists(st.integers(0, MOST), min_size=4, max_size=4)
).flatmap(lambda some: st.permutations([some[0], *some[1]]))


@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sizes=audiences, mode=st.sampled_from(["anonymous", "confidential"]), seed=st.integers())
def test_nobody_of_a_small_group_can_be_told_apart_by_all_that_is_shown(desk, sizes, mode, seed):
    assume(sum(sizes) >= 2 * K)
    forgotten(desk)
    wave = launched(desk, sizes, mode)
    found = answered(desk, wave, random.Random(seed))
    wave = ended(desk, wave)
    seen = shown_in_files(desk, wave)
    assert all(n >= K for _group, n in seen)
    groups = {group for group, _n in seen}
    hidden = [key for key, (cell, _said) in found.items() if named(wave, cell) not in groups]
    for question in ("recommend", "contract"):
        rest = [key for key in hidden if question in found[key][1]]
        everybody = [key for key in found if question in found[key][1]]
        assert len(rest) == 0 or len(rest) >= K or len(everybody) < K  # all less those shown
    before = everything_shown(desk, wave)
    for pair in islice(pairs(found, hidden), 1):
        exchange(wave, found, *pair)
        assert differing(before, everything_shown(desk, wave)) == set()


@pytest.mark.parametrize("mode", ["anonymous", "confidential"])
def test_of_fewer_than_k_answers_not_even_the_number_is_told(desk, mode):
    wave = launched(desk, [MOST, MOST, 0, 0, 0], mode)
    found = answered(desk, wave, random.Random(1))
    for key in list(found)[K - 1 :]:
        withdraw(wave, key)
    wave = ended(desk, wave)
    before = everything_shown(desk, wave)
    withdraw(wave, next(iter(found)))
    Wave.update(complete=K - 2).execute()
    assert differing(before, everything_shown(desk, wave)) == set()


def test_what_is_exchanged_between_groups_that_are_seen_would_be_noticed(desk):
    wave = launched(desk, [MOST, MOST, 0, 0, 0], "confidential")
    found = answered(desk, wave, random.Random(2))
    wave = ended(desk, wave)
    before = everything_shown(desk, wave)
    pair = next(p for p in pairs(found, found) if found[p[0]][0] != found[p[1]][0])
    exchange(wave, found, *pair)
    results = f"/x/surveys/waves/{wave.id}/results"
    assert differing(before, everything_shown(desk, wave)) >= {results, f"{results}?download=pdf"}
