"""What kinds, states and audiences are called, their pictures, and the words of the history."""

from app.api import name_history, translations
from plugins.incentives.programmes.definition import RewardKind

lazy_gettext = translations("incentives").lazy_gettext

KINDS = {
    "milestone": lazy_gettext("Milestone"),
    "target_met": lazy_gettext("Target met"),
    "tier_reached": lazy_gettext("Tier reached"),
    "award": lazy_gettext("Award"),
    "other": lazy_gettext("Recognition"),
}
ICONS = {
    "milestone": "flag",
    "target_met": "target-arrow",
    "tier_reached": "stairs-up",
    "award": "trophy",
    "other": "star",
}
AUDIENCES = {
    "own": lazy_gettext("The partner’s own contacts"),
    "all": lazy_gettext("The contacts of every partner"),
}
REWARDS = {
    RewardKind.RECOGNITION: lazy_gettext("Recognition"),
    RewardKind.AWARD: lazy_gettext("Award"),
    RewardKind.ACCESS: lazy_gettext("Access"),
    RewardKind.BADGE: lazy_gettext("Badge"),
    RewardKind.TRAINING: lazy_gettext("Training"),
    RewardKind.SUPPORT: lazy_gettext("Support"),
    RewardKind.MARKETING: lazy_gettext("Marketing"),
}
REWARD_ICONS = {
    RewardKind.RECOGNITION: "star",
    RewardKind.AWARD: "trophy",
    RewardKind.ACCESS: "key",
    RewardKind.BADGE: "medal",
    RewardKind.TRAINING: "certificate",
    RewardKind.SUPPORT: "heart-handshake",
    RewardKind.MARKETING: "speakerphone",
}
STATES = {
    "granted": lazy_gettext("To be given"),
    "fulfilled": lazy_gettext("Given"),
    "expired": lazy_gettext("Lapsed"),
    "revoked": lazy_gettext("Taken back"),
}
TONES = {"granted": "accent", "fulfilled": "good", "expired": "neutral", "revoked": "bad"}

name_history(
    {
        "incentives.benefit_granted": lazy_gettext("Benefit granted"),
        "incentives.benefit_given": lazy_gettext("Benefit given"),
        "incentives.benefit_prolonged": lazy_gettext("Benefit prolonged"),
        "incentives.benefit_lapsed": lazy_gettext("Benefit lapsed"),
        "incentives.benefit_revoked": lazy_gettext("Benefit taken back"),
        "incentives.recognition_drafted": lazy_gettext("Recognition drafted"),
        "incentives.recognition_changed": lazy_gettext("Recognition changed"),
        "incentives.recognition_published": lazy_gettext("Recognition published"),
        "incentives.recognition_dismissed": lazy_gettext("Recognition dismissed"),
        "incentives.recognition_withdrawn": lazy_gettext("Recognition taken back"),
    },
    {
        "text": lazy_gettext("Text"),
        "audience": lazy_gettext("Who may read it"),
        "signatory": lazy_gettext("Signed by"),
        "expires_on": lazy_gettext("To be had until"),
        "benefit": lazy_gettext("Benefit"),
    },
)
