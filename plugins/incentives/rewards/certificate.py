"""The certificate of a recognition, on paper."""

import re

from flask import Response
from flask_babel import format_date

from app.api import organisation, pdf, translations
from plugins.incentives.rewards import words
from plugins.incentives.rewards.models import Recognition

_ = translations("incentives").gettext

MOST_TEXT, MOST_LINES = 600, 7  # what one sheet can hold; the page has all of it
_LONG_WORD = re.compile(r"\S{24}(?=\S)")


def answer(row: Recognition, *, preview: bool = False) -> Response:
    """A recognition as a PDF to keep; check first that the reader may see it.

    A preview of a draft says that it is one.
    """
    partner = row.partner
    data = {
        "title": _("Certificate: %(title)s, %(partner)s", title=row.title, partner=partner.name),
        "kind": str(words.KINDS.get(row.kind, "")),
        "mark": row.kind,
        "head": _("Certificate of recognition"),
        "lead": _("awarded to"),
        "partner": _breakable(partner.name),
        "reason": _breakable(row.title),
        "text": _breakable(_short(row.text)),
        "day": format_date(row.day, "long"),
        "day_label": _("Date"),
        "signatory": _breakable(row.signatory or organisation().name),
        "signatory_label": _("For %(organisation)s", organisation=organisation().name),
        "draft": _("Draft") if preview else "",
    }
    code = re.sub(r"[^A-Za-z0-9-]+", "-", partner.code).strip("-")
    return pdf("incentives/rewards/certificate.typ", data, f"certificate-{code}-{row.day}")


def _short(text: str) -> str:
    """A text of few lines, without empty ones; what is left out shows as an ellipsis."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = "\n".join(lines[:MOST_LINES])
    if len(kept) > MOST_TEXT:
        return kept[:MOST_TEXT].rsplit(" ", 1)[0] + "…"
    return kept + ("\n…" if len(lines) > MOST_LINES else "")


def _breakable(text: str) -> str:
    """A text whose endless words can go on in the next line."""
    return _LONG_WORD.sub("\\g<0>\N{ZERO WIDTH SPACE}", text)
