"""The sample desk with one of everything that an address can name, and everybody signed in."""

import json
from datetime import timedelta
from io import BytesIO
from sqlite3 import Connection
from typing import Any

from flask import Flask
from msgspec.structs import replace

from app.core import clock
from app.core.accounts import services as accounts
from app.core.accounts.models import Invitation, SecondFactor, User, UserSession
from app.core.accounts.tokens import hashed
from app.core.analysis.models import Benchmark
from app.core.db import database
from app.core.documents.models import Document, DocumentVersion
from app.core.files.models import StoredFile
from app.core.grants.models import Grant
from app.core.http_api.models import ApiToken
from app.core.kpis.imports.models import ImportDraft
from app.core.kpis.models import Import, Revision, TargetRevision, Value
from app.core.kpis.queries import definitions
from app.core.links.models import TaskLink
from app.core.messages.models import Announcement, Mail, Notification
from app.core.models import Job
from app.core.partners.list_models import BulkChange, CustomField, SavedView
from app.core.partners.models import Contact, Interaction, Partner, PartnerGoal
from app.core.partners.proposals.models import Proposal
from app.core.portal.value_links import PURPOSE
from app.core.suggestions.models import StoredSuggestion
from app.core.tasks.models import Task
from app.testing import PASSWORD
from plugins.conflicts.models import Case, Draft
from plugins.incentives.ledger import decisions, payouts
from plugins.incentives.ledger.models import PayoutLine
from plugins.incentives.models import Appeal, Enrolment, Evaluation
from plugins.incentives.programmes import publishing
from plugins.incentives.programmes import queries as programmes
from plugins.incentives.programmes import services as programme_services
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.rewards.models import Grant as Benefit
from plugins.incentives.rewards.models import Recognition
from plugins.surveys.models import FollowUp, Response, Wave
from plugins.surveys.models import Invitation as SurveyInvitation
from plugins.surveys.models import Note as SurveyNote
from tests.core.access_matrix import ACTORS, OWN, PARTNERS, UNKNOWN, Found, World
from tests.core.desk import CALENDAR, last_month, staff


def make_world(app: Flask) -> World:
    """One of everything that an address can name, and everybody signed in."""
    partner, other = (Partner.get(Partner.code == code) for code in ("AURORA", "CEDAR"))
    emails = {
        "viewer": "viewer@example.org",
        "manager": "manager@example.org",
        "manager of others": "others@example.org",
        "admin": "admin@example.org",
        "contact": "ines@aurora-retail.example.org",
        "contact of others": Contact.get(
            Contact.partner == other, Contact.user.is_null(False)
        ).email,
        "guest": "guest@example.org",
        "half signed in": "half@example.org",
    }
    for email, role in (
        ("others@example.org", "manager"),
        ("guest@example.org", "guest"),
        ("half@example.org", "admin"),
    ):
        accounts.add_person(name=role, email=email, role=role, password=PASSWORD, cheap=True)
    people = {actor: User.get(User.email == email) for actor, email in emails.items()}
    Partner.update(owner=people["manager of others"]).where(Partner.id == other.id).execute()
    SecondFactor.insert(user=people["half signed in"], salt="s").execute()
    browsers = {actor: app.test_client() for actor in ACTORS}
    for actor, email in emails.items():
        browsers[actor].send("/login", email=email, password=PASSWORD)
    SecondFactor.insert_many(
        [{"user": user, "salt": "s"} for actor, user in people.items() if actor not in UNKNOWN]
    ).execute()
    tokens = {actor: browser.token() for actor, browser in browsers.items()}
    _import(browsers["admin"])
    browsers["admin"].get("/account")  # takes the message that it was done
    with app.app_context():
        arguments = _arguments(partner, other, people)
        arguments |= {name: Found(value) for name, value in _programme().items()}
    snapshot = Connection(":memory:")
    database.connection().backup(snapshot)
    return World(
        app,
        browsers,
        {actor: browser.get_cookie("entente").value for actor, browser in browsers.items()},
        tokens,
        arguments,
        {
            "kpis.target": _MONTH,
            "kpis.save_target": _MONTH,
            "incentives.new_condition": {"measures": "scorecard"},
            "incentives.condition_words": {"measures": "scorecard"},
            "incentives.new_reward": {"kind": "bonus"},
        },
        _forms(arguments),
        snapshot,
    )


def _arguments(partner: Partner, other: Partner, people: dict[str, User]) -> dict[str, Found]:
    admin, manager = people["admin"], people["manager"]
    contact = Contact.get(Contact.partner == partner, Contact.user.is_null(False))
    free = Contact.create(
        partner=partner, side="partner", name="Free", email="free@aurora.example.org"
    )
    somebody = accounts.add_person(
        name="Somebody", email="somebody@example.org", role="viewer", password=PASSWORD, cheap=True
    )
    SecondFactor.insert(user=somebody, salt="s").execute()
    session = UserSession.create(token_hash="0" * 64, user=somebody, address="", browser="")
    later = clock.now() + timedelta(days=5)
    shared = Document.get(Document.partner == partner, Document.title.startswith("Logo"))
    withdrawn = Document.get(Document.partner == partner, Document.title.startswith("Notes"))
    version = DocumentVersion.get(DocumentVersion.document == shared)
    stored = StoredFile.get_by_id(version.file_id)
    assert stored.has_preview
    benchmark = Benchmark.get()
    revision = Revision.get(Revision.partner == partner, Revision.state == "submitted")
    target = TargetRevision.get(
        TargetRevision.partner == partner, TargetRevision.state == "proposed"
    )
    task = Task.get(Task.partner == partner, Task.side == "partner", Task.state == "doing")
    grants = {
        name: Grant.create(
            ref=f"partner:{partner.id}",
            kind="guest",
            user=people["guest"],
            name="Guest",
            email="guest@example.org",
            reason="Audit",
            granted_by=admin,
            until=later,
        )
        for name in ("kept", "revoked")
    }
    invitation = Invitation.create(
        token_hash=hashed("x"), name="New", email="new@example.org", role="viewer", expires_at=later
    )
    Invitation.create(
        token_hash=hashed("y"),
        name="Free",
        email=free.email,
        role="contact",
        contact_id=free.id,
        expires_at=later,
    )
    link = TaskLink.create(
        token_hash=hashed("z"),
        purpose=PURPOSE,
        ref=f"partner:{partner.id}",
        contact=contact,
        address=contact.email,
        expires_at=later,
    )
    mail = Mail.create(
        token="m",
        kind="accounts.invitation",
        to_address="new@example.org",
        subject="Hello",
        content=json.dumps({"subject": "Hello", "paragraphs": ["Hello"], "action": None}),
        state="failed",
    )
    job = Job.create(name="messages.send", state="dead", run_at=0)
    note = Notification.create(user=manager, event="kpis.returned", title="Returned", url="/home")
    view = SavedView.create(name="Mine", owner=manager, query="")
    bulk = BulkChange.create(by=manager, action="owner", rows="[]")
    token = ApiToken.create(
        name="Till",
        token_hash=hashed("t"),
        ending="t",
        scopes="read",
        user=admin,
        created_by=admin,
    )
    announced = Announcement.get()
    waiting = Announcement.create(subject="Soon", text="Soon", by=manager, send_at=later)
    honoured, drafted = (
        Recognition.create(
            partner=partner,
            kind="other",
            title="Thanks",
            day=clock.today("Europe/Berlin"),
            state=state,
            created_at=clock.now(),
        )
        for state in ("published", "draft")
    )
    decision = Evaluation.get(
        Evaluation.enrolment == Enrolment.get(Enrolment.partner == partner).id
    )
    appeal = Appeal.create(
        partner=partner,
        enrolment=decision.enrolment,
        evaluation=decision.id,
        text="Look again, please",
        asked_at=clock.now(),
    )
    published, pulse = (Wave.get(Wave.state == state) for state in ("published", "open"))
    planned = Wave.create(
        **{name: getattr(pulse, name) for name in ("survey_version", "survey", "title", "mode")},
        public_id="1" * 32,
        audience=pulse.audience,
        closes_on=later.date(),
        created_at=later,
        created_by=manager.id,
    )
    observed = SurveyNote.create(
        kind="observation", day=later.date(), text="Seen", created_at=later, created_by=manager.id
    )
    given = Response.select(Response.invitation).where(Response.complete)
    invited = SurveyInvitation.get(
        SurveyInvitation.wave == published,
        SurveyInvitation.contact == contact,
        SurveyInvitation.id.in_(given),
    )
    asked = SurveyInvitation.get(
        SurveyInvitation.wave == published,
        SurveyInvitation.user == manager,
        SurveyInvitation.partner == partner,
    )
    theirs = {
        "partner_id": partner.id,
        "document_id": shared.id,
        "documents.restore document_id": withdrawn.id,
        "file_id": version.file_id,
        "task_id": task.id,
        "contact_id": contact.id,
        "partners.invite_contact contact_id": free.id,
        "partners.revoke_contact_invitation contact_id": free.id,
        "goal_id": PartnerGoal.get(PartnerGoal.partner == partner).id,
        "interaction_id": Interaction.get(Interaction.partner == partner).id,
        "grant_id": grants["revoked"].id,
        "link_id": link.id,
        "suggestion_id": StoredSuggestion.create(
            partner=partner, kind="task", title="Call them"
        ).id,
        "proposal_id": Proposal.get(Proposal.partner == partner).id,
        "revision_id": target.id,
        "kpis.effects revision_id": revision.id,
        "kpis.return_value revision_id": revision.id,
        "history ref": f"partner:{partner.id}",
        "recognition_id": honoured.id,
        "incentives.edit_recognition recognition_id": drafted.id,
        "incentives.publish_recognition recognition_id": drafted.id,
        "benefit_id": _benefit(partner).id,
        "case_id": _case(partner).id,
        "enrolment_id": decision.enrolment,
        "evaluation_id": decision.id,
        "appeal_id": appeal.id,
    }
    of_everybody = {
        "personal contact_id": contact.id,
        "user_id": somebody.id,
        "session_id": session.id,
        "invitation_id": invitation.id,
        "kpi_id": benchmark.kpi_id,
        "kpis.withdraw_here kpi_id": revision.kpi_id,
        "portal.withdraw kpi_id": revision.kpi_id,
        "portal.submit kpi_id": _reported_by_partners(partner, other),
        "benchmark_id": benchmark.id,
        "decision": "approve",
        "incentives.decide_override decision": "confirm",
        "verdict": "declined",
        "announcement_id": announced.id,
        "messages.call_back announcement_id": waiting.id,
        "import_id": Import.get().id,
        "draft_id": ImportDraft.get().id,
        "field_id": CustomField.get().id,
        "token_id": token.id,
        "mail_id": mail.id,
        "job_id": job.id,
        "day": "2026-12-24",
        "event": "suspend",
        "step": "finish",
        "kind": "partners",
        "action": "acknowledge",
        "conflicts.discard draft_id": _draft(partner, people["manager"]),
        "conflicts_portal.discard draft_id": _draft(partner, people["contact"]),
        "conflicts.settlement case_id": _case(other).id,
        "conflicts_portal.settlement case_id": _case(other).id,
        "token": "none",
        "code": partner.code,
        "name": "incentives",
        "survey_id": published.survey_id,
        "key": "recommend",
        "wave_id": published.id,
        "surveys.text_themes wave_id": published.id,
        "surveys.text_themes key": "why",
        "surveys.launch wave_id": planned.id,
        "surveys.drop wave_id": planned.id,
        "surveys.change_plan wave_id": planned.id,
        "surveys.remind wave_id": pulse.id,
        "surveys.close wave_id": pulse.id,
        "followup_id": FollowUp.get().id,
        "note_id": observed.id,
        "public_id": "0" * 32,
        "colour": "1f4e9a",
        "digest": "0" * 32,
    }
    theirs["entry_id"], of_everybody["payout_id"], of_everybody["line_id"] = _money(partner)
    return (
        {name: Found(value, PARTNERS) for name, value in theirs.items()}
        | {name: Found(value) for name, value in of_everybody.items()}
        | {
            "surveys.own_answer invitation_id": Found(asked.id, OWN, "manager"),
            "surveys_portal invitation_id": Found(invited.id, OWN, "contact"),
            "surveys_portal.results wave_id": Found(published.id),
            "notification_id": Found(note.id, OWN, "manager"),
            "view_id": Found(view.id, OWN, "manager"),
            "bulk_id": Found(bulk.id, OWN, "manager"),
        }
    )


def _programme() -> dict[str, Any]:
    """The sample programme with a version that is coming and a draft after it."""
    found = programmes.programmes()[0]
    later = clock.today("Europe/Berlin") + timedelta(days=90)
    for reason in ("coming", "draft"):
        draft = programme_services.start_draft(found)
        programme_services.edit_draft(
            draft, draft.version, lambda before, aims=reason: replace(before, aims=aims)
        )
        if reason == "coming":
            draft = programmes.draft(found.id)
            version = draft.version
            publishing.publish(found, draft, version, effective=later, note="", by=None)
            found = programmes.programme_or_404(found.id)
    of_groups = ("edit_group", "switch_group", "dissolve_group")
    of_rewards = ("edit_reward", "move_reward", "remove_reward")
    of_tiers = ("edit_tier", "move_tier", "remove_tier")
    return {
        "incentives programme_id": found.id,
        "incentives number": 1,
        "incentives.withdraw_version number": 2,
        "incentives kind": "tier",
        "incentives owner": "gold",
        "incentives key": "r2",
        "incentives way": "up",
        "incentives mode": "any",
        **{f"incentives.{name} key": "g2" for name in of_groups},
        **{f"incentives.{name} key": "commission" for name in of_rewards},
        **{f"incentives.{name} key": "gold" for name in of_tiers},
    }


def _benefit(partner: Partner) -> Benefit:
    """Something that the sample programme owes the partner."""
    return Benefit.create(
        programme=programmes.programmes()[0],
        programme_version=ProgrammeVersion.get(ProgrammeVersion.state == "published"),
        reward="training",
        partner=partner,
        period=CALENDAR.parse("2013").key,
        tier="gold",
        granted_at=clock.now(),
        expires_on=clock.today("Europe/Berlin"),
    )


def _draft(partner: Partner, user: Any) -> int:
    """A draft of a case, which is its author's alone."""
    return int(Draft.create(user=getattr(user, "id", user), partner=partner.id).id)


def _case(partner: Partner) -> Case:
    """The sample's case with a partner: one without a plan, of the other partner one with it."""
    found: Case = Case.get(Case.partner == partner)
    return found


def _money(partner: Partner) -> tuple[int, int, int]:
    """A line of the ledger that waits, and a draft payout with its line."""
    programme = Programme.get_or_none(Programme.status == "running") or Programme.create(
        name=partner.name, currency=partner.currency, status="running"
    )
    admin, month = staff(), last_month()
    ids = []
    for token in ("waits", "is paid"):
        ids.append(decisions.write(programme, partner, 50_00, month, "Fair", once=token, by=admin))
    decisions.approve(ids[1:], by=admin, reason="Fair")
    payout = payouts.create(partner.currency, {partner.id: ""}, by=admin)
    return ids[0], payout, PayoutLine.get(PayoutLine.payout == payout).id


def _reported_by_partners(*partners: Partner) -> int:
    """A KPI that all these partners report themselves."""
    own = {row.id for row in definitions().values() if row.submitter == "partner"}
    for partner in partners:
        own &= {row[0] for row in Value.select(Value.kpi).where(Value.partner == partner).tuples()}
    return min(own)


def _import(browser: Any) -> None:
    """An import of one good row, whose wrong row was left out."""
    table = "partner_code;kpi_code;period;value\nAURORA;REVENUE;2013-06;9\nAURORA;REVENUE;x;9\n"
    data = {"csrf_token": browser.token(), "files": (BytesIO(table.encode()), "values.csv")}
    brought = browser.post("/import", data=data, content_type="multipart/form-data")
    assert browser.send(f"{brought.location}/apply", rows="good").status_code == 303


_MONTH = {"period": CALENDAR.label(last_month())}


def _forms(arguments: dict[str, Found]) -> dict[str, dict[str, Any]]:
    waiting = {"revision": str(arguments["kpis.effects revision_id"].value)}
    return {
        "kpis.lock_value": _MONTH,
        "kpis.unlock_value": _MONTH,
        "kpis.undo_missed": _MONTH,
        "kpis.withdraw_here": waiting,
        "portal.withdraw": waiting,
        "incentives.show": {"contact": str(arguments["contact_id"].value)},
        "links.settings": {"purpose": PURPOSE},
    }
