"""The rules as partners read them: what holds now, and what changes when."""

from typing import Any

from app.api import organisation, partner_types, render, requires, translations, viewer
from plugins.incentives.blueprints import portal
from plugins.incentives.programmes import aims, diff, enrolled, queries
from plugins.incentives.programmes.names import glossary
from plugins.incentives.programmes.pages import rules_of

_ = translations("incentives").gettext


@portal.get("/programme")
@requires("incentives.portal")
def programme() -> Any:
    """The programmes that the own organisation takes part in, in plain words."""
    today, partner_id = organisation().today(), viewer().partner_id
    shown = []
    for one in enrolled.programmes_of(partner_id) if partner_id else []:
        known = glossary(one.programme)
        coming = queries.next_version(one.programme.id, today)
        changes = []
        if coming is not None:
            after = queries.definition_of(coming)
            changes = diff.differences(one.definition, after, known, known, partner_types())
        shown.append(
            {
                "programme": one.programme,
                "version": one.version,
                "rules": rules_of(one.definition, known),
                "goals": aims.served(one.programme.id, viewer()),
                "coming": coming,
                "changes": changes,
            }
        )
    return render("incentives/programmes/portal.html", shown=shown)
