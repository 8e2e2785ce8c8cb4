"""The field's words for keys: what pages, forms, files and the log call them."""

from app.api import name_history, settings, translations

lazy_gettext = translations("conflicts").lazy_gettext
_ = translations("conflicts").gettext

CATEGORIES = {
    "operational": lazy_gettext("Operational"),
    "financial": lazy_gettext("Financial"),
    "strategic": lazy_gettext("Strategic"),
    "brand": lazy_gettext("Brand"),
    "communication": lazy_gettext("Communication"),
    "contractual": lazy_gettext("Contractual"),
    "people": lazy_gettext("People"),
}
SEVERITIES = {
    "low": lazy_gettext("Low"),
    "normal": lazy_gettext("Normal"),
    "high": lazy_gettext("High"),
    "critical": lazy_gettext("Critical"),
}
CAUSES = {
    "unclear_role": lazy_gettext("Unclear role"),
    "missed_commitment": lazy_gettext("Missed commitment"),
    "misaligned_goal": lazy_gettext("Misaligned goal"),
    "resource": lazy_gettext("Resources"),
    "process": lazy_gettext("Process or handover"),
    "information": lazy_gettext("Information or data"),
    "communication": lazy_gettext("How we talked"),
    "money": lazy_gettext("Money or terms"),
    "external": lazy_gettext("Change from outside"),
    "values": lazy_gettext("Values or brand"),
    "other": lazy_gettext("Something else"),
}
LEVELS = {
    "parties": lazy_gettext("Everybody who takes part"),
    "own_side": lazy_gettext("My own side"),
    "caucus": lazy_gettext("One side and the mediator"),
    "mediator_only": lazy_gettext("Nobody but me"),
    "named": lazy_gettext("Those I name"),
}
ROUTES = {
    "coach": lazy_gettext("A coach"),
    "legal": lazy_gettext("Legal advice"),
    "arbitrator": lazy_gettext("An arbitrator"),
    "terms": lazy_gettext("Terms are looked at anew"),
}
OUTCOMES = {
    "resolved": lazy_gettext("Resolved"),
    "unresolved": lazy_gettext("Unresolved"),
    "withdrawn": lazy_gettext("Withdrawn"),
    "referred": lazy_gettext("Referred"),
    "terminated": lazy_gettext("Partnership ended"),
}
STEPS = {
    "identify": lazy_gettext("Find the core issue"),
    "explore": lazy_gettext("Explore solutions"),
    "agree": lazy_gettext("Agree on a plan"),
    "appoint": lazy_gettext("Find a mediator"),
    "route": lazy_gettext("Choose a route"),
}
STATUSES = {
    "draft": lazy_gettext("Draft"),
    "open": lazy_gettext("Open"),
    "paused": lazy_gettext("Paused"),
    "agreed": lazy_gettext("Agreed"),
    "resolved": lazy_gettext("Resolved"),
    "closed": lazy_gettext("Concluded"),
}
CLOCKS = {
    "ack": lazy_gettext("Time to acknowledge"),
    "mediator": lazy_gettext("Time to find a mediator"),
}
# What stands under a case in a list; of an open one it is the step.
STANDING = {
    "paused": lazy_gettext("The clocks are held"),
    "agreed": lazy_gettext("The steps of the plan are under way"),
    "resolved": lazy_gettext("To be closed by both sides"),
    "closed": lazy_gettext("Concluded"),
}
# The states of a plan's tasks, as both sides read them.
TASKS = {
    "todo": lazy_gettext("Open"),
    "doing": lazy_gettext("Begun"),
    "done": lazy_gettext("Done"),
    "waived": lazy_gettext("Waived"),
    "cancelled": lazy_gettext("Called off"),
}
EVENTS = {
    "submit": lazy_gettext("raised the case"),
    "acknowledge": lazy_gettext("acknowledged it"),
    "position": lazy_gettext("stated a position"),
    "restate": lazy_gettext("said how it understood the other side"),
    "confirm_restatement": lazy_gettext("feels understood"),
    "correct_restatement": lazy_gettext("does not feel understood yet"),
    "propose_statement": lazy_gettext("proposed a problem statement"),
    "accept_statement": lazy_gettext("accepted the problem statement"),
    "name_causes": lazy_gettext("named root causes"),
    "confirm_issue": lazy_gettext("says that the core issue is found"),
    "propose": lazy_gettext("made a proposal"),
    "accept": lazy_gettext("accepted the proposal"),
    "plan": lazy_gettext("drew up a plan"),
    "sign": lazy_gettext("signed the plan"),
    "acknowledge_for": lazy_gettext("recorded that the partner has seen it"),
    "accept_for": lazy_gettext("recorded that the partner accepts the proposal"),
    "sign_for": lazy_gettext("signed the plan on the partner’s behalf"),
    "undo": lazy_gettext("undid what was recorded on its behalf"),
    "ask_escalation": lazy_gettext("would take the case to the next stage"),
    "escalate": lazy_gettext("took the case to the next stage"),
    "propose_mediator": lazy_gettext("proposed a mediator"),
    "consent": lazy_gettext("consented to the mediator"),
    "veto": lazy_gettext("turned the mediator down"),
    "declare": lazy_gettext("signed the declaration of impartiality"),
    "appoint": lazy_gettext("The mediator is appointed"),
    "step_down": lazy_gettext("stepped down as mediator"),
    "impasse": lazy_gettext("declared an impasse"),
    "decline_mediation": lazy_gettext("declined mediation"),
    "propose_route": lazy_gettext("proposed a route"),
    "agree_route": lazy_gettext("agreed to the route"),
    "ask_pause": lazy_gettext("would like a pause"),
    "agree_pause": lazy_gettext("agreed to the pause"),
    "resume": lazy_gettext("ended the pause"),
    "complete": lazy_gettext("says that the plan is carried out"),
    "confirm_complete": lazy_gettext("confirmed that the plan is carried out"),
    "not_complete": lazy_gettext("says that something is still missing"),
    "broken": lazy_gettext("A step of the plan was overdue twice: terms are open again"),
    "agree_close": lazy_gettext("agreed to close the case"),
    "close": lazy_gettext("The case was closed"),
    "refer": lazy_gettext("referred the case"),
    "close_unresolved": lazy_gettext("closed the case without a resolution"),
    "withdraw": lazy_gettext("would withdraw the case"),
    "keep": lazy_gettext("would keep the case open"),
    "withdrawn": lazy_gettext("The case was withdrawn"),
    "reopen": lazy_gettext("reopened the case"),
    "note": lazy_gettext("wrote a note"),
    "join": lazy_gettext("brought somebody in"),
    "glass": lazy_gettext("looked into the case without taking part"),
}
# What the desk does by itself reads as a sentence.
DESK_EVENTS = {
    "escalate": lazy_gettext("Nobody acknowledged it in time: the case went to the next stage"),
    "resume": lazy_gettext("The pause ended"),
    "confirm_complete": lazy_gettext("Nobody objected: the plan counts as carried out"),
    "close": lazy_gettext("Nobody objected: the case was closed"),
    "withdrawn": lazy_gettext("Nobody objected: the case was withdrawn"),
}

name_history(
    {
        "conflicts.case_changed": lazy_gettext("Case changed"),
        "conflicts.case_exported": lazy_gettext("Case exported"),
    }
)


def clock_name(kind: str) -> str:
    """A clock as people read it: that of a stage by what the desk calls the stage."""
    if kind in CLOCKS:
        return str(CLOCKS[kind])
    return _("Time for “%(stage)s”", stage=stage_name(int(kind.removeprefix("stage"))))


def stage_name(stage: int) -> str:
    """A stage as the desk calls it: an administrator may have renamed it."""
    return str(settings("conflicts")[f"stage{stage}_name"] or DEFAULT_STAGES[stage])


DEFAULT_STAGES = {
    1: lazy_gettext("Open communication"),
    2: lazy_gettext("Neutral mediation"),
    3: lazy_gettext("External support"),
}

# What the button says, and what stands above its form.
ACTS = {
    "acknowledge": (lazy_gettext("Acknowledge"), lazy_gettext("Say that you have seen it")),
    "position": (lazy_gettext("State our side"), lazy_gettext("Your side of it")),
    "restate": (lazy_gettext("Say what I understood"), lazy_gettext("Listen back")),
    "confirm_restatement": (
        lazy_gettext("Yes, we feel understood"),
        lazy_gettext("Did they understand you?"),
    ),
    "correct_restatement": (lazy_gettext("Correct it"), lazy_gettext("Not quite")),
    "propose_statement": (
        lazy_gettext("Propose the statement"),
        lazy_gettext("Say the problem together"),
    ),
    "accept_statement": (
        lazy_gettext("Accept the statement"),
        lazy_gettext("The problem as both see it"),
    ),
    "name_causes": (lazy_gettext("Keep the causes"), lazy_gettext("What lies behind it")),
    "confirm_issue": (
        lazy_gettext("Yes, this is the core issue"),
        lazy_gettext("Is the core issue found?"),
    ),
    "propose": (lazy_gettext("Make the proposal"), lazy_gettext("A way out")),
    "accept": (lazy_gettext("Accept the proposal"), lazy_gettext("Agree to these terms")),
    "sign": (lazy_gettext("Sign the plan"), lazy_gettext("Sign what was agreed")),
    "acknowledge_for": (
        lazy_gettext("Record that they have seen it"),
        lazy_gettext("They have seen it"),
    ),
    "accept_for": (
        lazy_gettext("Record that they accept the proposal"),
        lazy_gettext("They accepted it elsewhere"),
    ),
    "sign_for": (
        lazy_gettext("Record their signature"),
        lazy_gettext("They signed it elsewhere"),
    ),
    "undo": (lazy_gettext("Undo it"), lazy_gettext("Recorded on your behalf")),
    "ask_escalation": (
        lazy_gettext("Suggest the next stage"),
        lazy_gettext("Go to the next stage together"),
    ),
    "escalate": (lazy_gettext("Go to the next stage"), lazy_gettext("Next stage")),
    "consent": (lazy_gettext("Consent"), lazy_gettext("Is this person right for both?")),
    "veto": (lazy_gettext("Turn down"), lazy_gettext("Somebody else, please")),
    "declare": (
        lazy_gettext("Sign the declaration"),
        lazy_gettext("Declaration of impartiality"),
    ),
    "step_down": (lazy_gettext("Step down"), lazy_gettext("Step down as mediator")),
    "impasse": (lazy_gettext("Declare an impasse"), lazy_gettext("No way forward here")),
    "decline_mediation": (lazy_gettext("Decline mediation"), lazy_gettext("Without a mediator")),
    "propose_route": (lazy_gettext("Propose the route"), lazy_gettext("What may help now")),
    "agree_route": (lazy_gettext("Agree to the route"), lazy_gettext("The proposed route")),
    "ask_pause": (lazy_gettext("Suggest a pause"), lazy_gettext("Pause")),
    "agree_pause": (lazy_gettext("Agree to the pause"), lazy_gettext("A pause is suggested")),
    "resume": (lazy_gettext("End the pause"), lazy_gettext("Go on")),
    "complete": (
        lazy_gettext("The plan is carried out"),
        lazy_gettext("Is everything done?"),
    ),
    "confirm_complete": (
        lazy_gettext("Yes, it is carried out"),
        lazy_gettext("The other side says it is done"),
    ),
    "not_complete": (lazy_gettext("Say what is missing"), lazy_gettext("Something is missing")),
    "broken": (lazy_gettext("Open the terms again"), lazy_gettext("A step was overdue twice")),
    "agree_close": (lazy_gettext("Close the case"), lazy_gettext("Is it settled for you?")),
    "refer": (lazy_gettext("Refer the case"), lazy_gettext("Go on elsewhere")),
    "close_unresolved": (
        lazy_gettext("Close without a resolution"),
        lazy_gettext("End without a resolution"),
    ),
    "withdraw": (lazy_gettext("Withdraw the case"), lazy_gettext("Withdraw")),
    "keep": (lazy_gettext("Keep it open"), lazy_gettext("The other side would withdraw it")),
    "reopen": (lazy_gettext("Reopen the case"), lazy_gettext("Reopen")),
}
