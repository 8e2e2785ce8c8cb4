"""A whole partnership in one file: nothing is lost on the way, and nothing bad comes in."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from app.core.accounts.models import User
from app.core.db import database, open_database
from app.core.files import storage
from app.core.files.models import StoredFile
from app.core.kpis.models import Kpi, KpiVersion, Revision, Score, Value
from app.core.kpis.value_models import Evidence, ValueComment
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner
from app.core.transfer import bundle, exporting, importing, tables
from app.core.transfer.bundle import TransferRefusal
from app.testing import make_sample_app, sample
from tests.core.command_line import entente, founded
from tests.core.desk import Desk, staff

__all__ = ["entente", "founded"]


def written(app: Any, partner: Partner) -> bytes:
    stream = io.BytesIO()
    with app.test_request_context():
        exporting.write(partner, stream)
    return stream.getvalue()


def document(data: bytes) -> dict[str, Any]:
    return json.loads(zipfile.ZipFile(io.BytesIO(data)).read("partnership.json"))


def bring(app: Any, data: bytes) -> int:
    with app.test_request_context():
        return importing.bring_in(bundle.opened(io.BytesIO(data)), staff())[0]


def changed(data: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The same file with another document."""
    found = document(data)
    change(found)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = json.dumps(found) if name == "partnership.json" else old.read(name)
            new.writestr(name, content)
    return target.getvalue()


def without_times(found: dict[str, Any]) -> dict[str, Any]:
    """What two desks have in common: not when it was written, nor each desk's own audit.

    Nor its plugins' part: a tier is what the programmes of each desk grant.
    """
    own = ("exported_at", "history", "organisation", "plugins")
    kept = {key: value for key, value in found.items() if key not in own}
    for row in kept["tables"]["partner"]:
        row["first_import_at"] = None
    kept["people"] = sorted(kept["people"])
    return kept


_WRITTEN: dict[str, bytes] = {}


@pytest.fixture
def aurora(
    database_kind: str, new_database: Any, tmp_path_factory: pytest.TempPathFactory
) -> bytes:
    """A partner of a sample desk, with evidence and a comment, as a file."""
    if database_kind not in _WRITTEN:
        folder = tmp_path_factory.mktemp("sample")
        application = make_sample_app(folder, new_database(sample))
        with application.app_context(), database.connection_context():
            partner = Partner.get(Partner.code == "AURORA")
            revision = Revision.get(Revision.partner == partner, Revision.state == "approved")
            ValueComment.create(
                partner=partner,
                kpi=revision.kpi_id,
                period=revision.period,
                visibility="internal",
                text="Looks right to me.",
                written_by=User.get(User.role == "manager"),
            )
            content = b"Weighed in at the gate."
            stored = StoredFile.create(
                key=storage.write(content),
                owner="kpi_evidence",
                name="gate.txt",
                content_type="text/plain",
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            )
            Evidence.create(revision=revision, file=stored)
            _WRITTEN[database_kind] = written(application, partner)
    return _WRITTEN[database_kind]


@pytest.fixture
def elsewhere(aurora: bytes, app: Any) -> Any:
    """Another desk, which has nothing but its own people."""
    KpiVersion.delete().execute()
    Kpi.delete().execute()
    return app


def test_nothing_is_lost_on_the_way_to_another_desk(aurora, elsewhere):
    partner_id = bring(elsewhere, aurora)
    again = written(elsewhere, Partner.get_by_id(partner_id))
    assert without_times(document(again)) == without_times(document(aurora))


def test_scorecards_are_computed_anew(aurora, elsewhere):
    partner_id = bring(elsewhere, aurora)
    here = list(Score.select().where(Score.partner == partner_id).order_by(Score.period).dicts())
    assert here
    assert any(row["green"] for row in here)
    assert Value.select().where(Value.partner == partner_id).exists()


def test_evidence_comes_along_byte_for_byte(aurora, elsewhere):
    bring(elsewhere, aurora)
    with elsewhere.app_context():
        stored = StoredFile.get(StoredFile.name == "gate.txt")
        assert storage.path_of(stored.key).read_bytes() == b"Weighed in at the gate."
        assert Evidence.select().where(Evidence.file == stored).exists()


def test_people_from_elsewhere_keep_their_names_and_get_no_access(aurora, elsewhere):
    bring(elsewhere, aurora)
    marek = User.get(User.email == "manager@example.org")
    assert marek.name
    assert not User.select().where(User.active, User.password_hash.is_null()).exists()
    contact = Contact.get(Contact.email == "ines@aurora-retail.example.org")
    assert (contact.user.role, contact.user.active) == ("contact", False)


def test_the_audit_says_where_it_came_from(aurora, elsewhere):
    bring(elsewhere, aurora)
    entry = AuditEntry.get(AuditEntry.action == "partner.brought_in")
    assert json.loads(entry.detail)["from"] == "Harbour & Hill"


def test_a_partner_comes_once(aurora, elsewhere):
    bring(elsewhere, aurora)
    with pytest.raises(TransferRefusal, match="is here already"):
        bring(elsewhere, aurora)


def test_a_kpi_that_means_something_else_here_stops_it(aurora, elsewhere):
    Desk(elsewhere).kpi("REVENUE", "Revenue", value_type="percent", aggregation="last")
    with pytest.raises(TransferRefusal, match="REVENUE means something else here"):
        bring(elsewhere, aurora)
    assert not Partner.select().exists()


def _first(table: str, column: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        found["tables"][table][0][column] = value

    return change


def _text_file(found: dict[str, Any]) -> dict[str, Any]:
    return next(f for f in found["files"].values() if f["content_type"].startswith("text/"))


HOSTILE = [
    lambda d: d.update(format="other"),
    lambda d: d.update(version=2),
    lambda d: d.update(tables=[]),
    lambda d: d["tables"].update(partner=[]),
    lambda d: d["tables"].update(revision={}),
    lambda d: d["tables"].update(revision=["x"]),
    lambda d: d.update(kpis={"REVENUE": {}}),
    lambda d: d["kpis"]["REVENUE"].update(value_type="magic"),
    lambda d: d.update(people={}),
    lambda d: d.update(people={"x@example.org": {"name": 7, "role": "admin"}}),
    lambda d: d["people"].update({"x" * 300: {"name": "X", "role": "viewer"}}),
    _first("partner", "status", "happy"),
    _first("partner", "code", None),
    _first("partner", "name", "x" * 201),
    _first("partner", "name", "a\0b"),
    _first("partner", "start_date", "soon"),
    _first("revision", "n", "one"),
    _first("revision", "n", 2**70),
    _first("revision", "state", "perfect"),
    _first("revision", "kpi_id", "NOTHING"),
    _first("revision", "submitted_at", 5),
    _first("value", "revision_id", 10**6),
    _first("value", "value", 1.5),
    _first("contact", "side", "third"),
    _first("contact", "is_primary", "yes"),
    lambda d: d["tables"]["revision"].append(d["tables"]["revision"][0]),
    lambda d: d["kpis"]["REVENUE"].update(due_days=2**70),
    lambda d: d["kpis"]["REVENUE"].update(name=["Revenue"]),
    lambda d: d["people"].update({"x\0@example.org": {"name": "X", "role": "viewer"}}),
    lambda d: d["people"].update({"x@example.org": {"name": "\ud800", "role": "viewer"}}),
    lambda d: _text_file(d).update(name="page.html"),
    lambda d: _text_file(d).update(name="picture.png"),
    _first("partner", "website", "javascript:alert(1)"),
    _first("partner", "currency", "ZZZ"),
    _first("partner", "maturity", "ripe"),
    _first("partner", "timezone", "Mars/Olympus"),
    _first("partner", "start_date", "0001-01-01"),
    _first("partner", "created_at", "9999-12-31T23:59:59"),
    _first("partner", "name", "\ud800"),
    _first("contact", "matters", "gossip"),
    _first("contact", "email", "kim@example.org\nBcc: all"),
    _first("interaction", "direction", "sideways"),
    _first("interaction", "channel", "pigeon"),
    _first("partner_goal", "horizon", "ever"),
    _first("partner_goal", "status", "lost"),
    _first("partner_profile", "strengths", "no JSON"),
    _first("partner_profile", "strengths", '["a text"]'),
    _first("partner_profile", "goals", '[{"side": "moon", "text": "x"}]'),
    _first("value", "period", 5),
    _first("value", "value", 2**62),
    _first("target_decision", "action", "danced"),
    lambda d: d["tables"]["custom_value"].append(
        {"field_id": next(iter(d["custom_fields"])), "n": 0, "text": "x", "partner_id": 1}
        | {"text_key": "", "choice": None, "number": None, "day": "0001-01-01"}
    ),
    lambda d: d["files"].update({"0" * 64: next(iter(d["files"].values()))}),
]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # refused before any write
@pytest.mark.parametrize("change", HOSTILE, ids=range(len(HOSTILE)))
def test_a_document_that_was_tampered_with_is_refused_whole(aurora, elsewhere, change):
    with pytest.raises(TransferRefusal):
        bring(elsewhere, changed(aurora, change))
    assert not Partner.select().exists()
    assert not Revision.select().exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", b"no zip at all", b"PK\x05\x06" + b"\0" * 18, "Ümläut".encode()],
)
def test_what_is_no_such_file_is_refused(app, data):
    with pytest.raises(TransferRefusal):
        bundle.opened(io.BytesIO(data))


def test_a_bomb_is_not_unpacked(app, monkeypatch):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("partnership.json", b"0" * 10_000_000)
    monkeypatch.setattr(bundle, "MOST_DOCUMENT", 1_000_000)
    with pytest.raises(TransferRefusal, match="too large"):
        bundle.opened(target)


def test_formulas_that_read_each_other_in_a_circle_are_refused(aurora, elsewhere):
    """Nothing could be recorded any more on a desk that had taken them."""

    def change(found: dict[str, Any]) -> None:
        for code, formula in (("ONE", "TWO + 1"), ("TWO", "ONE + 1")):
            found["kpis"][code] = found["kpis"]["REVENUE"] | {"code": code, "formula": formula}

    with pytest.raises(TransferRefusal, match="circle"):
        bring(elsewhere, changed(aurora, change))
    assert not Kpi.select().exists()


def test_an_effect_leads_nowhere_else(aurora, elsewhere):
    def change(found: dict[str, Any]) -> None:
        effect = {"label": "x", "before": "", "after": "", "link": "//evil.example"}
        row = {"revision_id": 1, "effects": json.dumps([effect])}
        found["tables"]["revision_impact"] = [row]

    with pytest.raises(TransferRefusal, match="effects"):
        bring(elsewhere, changed(aurora, change))


def test_a_link_of_a_custom_field_cannot_be_run(aurora, elsewhere):
    def change(found: dict[str, Any]) -> None:
        given = next(iter(found["custom_fields"].values()))
        found["custom_fields"]["site"] = given | {"key": "site", "kind": "link", "label": "Site"}
        row = found["tables"]["custom_value"][0]
        found["tables"]["custom_value"].append(
            row | {"field_id": "site", "text": "javascript:alert(1)"}
        )

    with pytest.raises(TransferRefusal, match="site"):
        bring(elsewhere, changed(aurora, change))


def test_somebody_elses_account_is_not_taken_over(aurora, elsewhere):
    """An address that signs in here as an administrator does not become a partner's contact."""
    admin = User.get(User.role == "admin")

    def change(found: dict[str, Any]) -> None:
        found["people"][admin.email] = {"name": "Not me", "role": "contact"}
        contact = next(c for c in found["tables"]["contact"] if c["user_id"])
        contact["user_id"] = admin.email

    bring(elsewhere, changed(aurora, change))
    assert not Contact.select().where(Contact.user == admin).exists()
    assert User.get_by_id(admin.id).name == admin.name


def test_every_table_of_a_partnership_is_written_or_rebuilt():
    named = {table.name for table in tables.owned()}
    assert {"partner", "contact", "revision", "value", "evidence", "value_comment"} <= named
    assert not named & tables.REBUILT


# ---- On pages and the command line


def test_the_button_gives_the_file_to_those_who_may_change_the_partner(sample_app):
    partner = Partner.get(Partner.code == "AURORA")
    answer = (
        sample_app.test_client()
        .sign_in("manager@example.org")
        .get(f"/partners/{partner.id}/export")
    )
    assert answer.headers["Content-Disposition"] == "attachment; filename=AURORA.zip"
    assert document(answer.data)["code"] == "AURORA"
    answer.close()
    viewer = sample_app.test_client().sign_in("viewer@example.org")
    assert viewer.get(f"/partners/{partner.id}/export").status_code == 403


def test_the_page_looks_first_and_then_brings_in(aurora, elsewhere, as_admin):
    browser = as_admin
    file = (io.BytesIO(aurora), "AURORA.zip")
    looked = browser.send("/partners/bring-in", file=file, look="1")
    assert "Aurora Retail Group" in looked.get_data(as_text=True)
    assert not Partner.select().exists()
    answer = browser.send("/partners/bring-in", file=(io.BytesIO(aurora), "AURORA.zip"))
    assert answer.status_code == 303
    assert browser.get(answer.location).status_code == 200


def test_a_page_refuses_what_is_no_such_file(as_admin):
    answer = as_admin.send("/partners/bring-in", file=(io.BytesIO(b"no"), "x.zip"))
    assert answer.status_code == 422
    assert "no ZIP file" in answer.get_data(as_text=True)
    assert as_admin.send("/partners/bring-in").status_code == 422


def test_only_administrators_bring_in(as_manager):
    assert as_manager.get("/partners/bring-in").status_code == 403


def test_the_command_writes_and_reads(founded, tmp_path, monkeypatch):
    target = tmp_path / "AURORA.zip"
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("ENTENTE_DATA", str(tmp_path / "one"))
        done(founded("init", "--sample"))
        done(founded("export", "partner", "aurora", target))
    done(founded("import", "partner", target, "--dry-run"))
    done(founded("import", "partner", target))
    open_database(f"sqlite:///{tmp_path / 'data' / 'entente.db'}")
    with database.connection_context():
        assert Partner.get().code == "AURORA"


def done(answer):
    assert answer.exit_code == 0, answer.output


# ---- The plugins' part: hooks export_partner and import_partner


def test_export_partner_lets_a_plugin_add_its_part(aurora):
    (enrolled,) = document(aurora)["plugins"]["incentives"]["enrolments"]
    assert {"programme", "tier", "tenures", "decisions", "appeals"} <= set(enrolled)


def test_import_partner_lets_a_plugin_follow(aurora, elsewhere):
    from plugins.incentives.models import Enrolment
    from plugins.incentives.tests.standing.support import publish

    (there,) = document(aurora)["plugins"]["incentives"]["enrolments"]
    publish(elsewhere, name=there["programme"])
    partner_id = bring(elsewhere, aurora)
    assert Enrolment.select().where(Enrolment.partner == partner_id).exists()


def test_a_plugin_that_fails_in_import_partner_leaves_nothing_behind(
    aurora, elsewhere, monkeypatch
):
    from plugins.incentives.standing import transfer as incentives

    def break_down(_ids: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(incentives, "evaluate_partners", break_down)
    with pytest.raises(RuntimeError):
        bring(elsewhere, aurora)
    assert not Partner.select().exists()


def test_a_document_that_unpacks_to_too_much_is_not_read(app):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("partnership.json", b"[" + b"[]," * 2_000_000 + b"[]]")
    with pytest.raises(TransferRefusal, match="too large"):
        bundle.opened(target)
