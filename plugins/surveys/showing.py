"""Results as a page, made of what `reading` lets through."""

from random import SystemRandom
from typing import Any

from flask import abort, request

from app.api import (
    Partner,
    render,
    requires,
    viewer,
    wanted_format,
)
from plugins.surveys import (
    access,
    notes,
    paper,
    pictures,
    reading,
    result_files,
    themes,
    trends,
    words,
)
from plugins.surveys.blueprints import staff
from plugins.surveys.models import Wave
from plugins.surveys.reading import Read
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import rhi
from plugins.surveys.rules.definition import Type

BY = ("side", "partner")


def shown_or_404(wave_id: int) -> Wave:
    """A wave whose results the viewer may see: closed, and published for who only reads."""
    found = access.wave_or_404(wave_id)
    if found.state not in reading.SHOWN:
        abort(404)
    return found


@staff.get("/waves/<int:wave_id>/results")
@requires("surveys.view")
def results(wave_id: int) -> Any:
    """What the wave says, as far as it may be seen."""
    found = shown_or_404(wave_id)
    chosen = request.args.get("by", "")
    by = chosen if chosen in BY else ("side" if found.mode == "identified" else "")
    read = reading.read(found, by)
    names = reading.partner_names(read)
    locale = words.reader_locale()
    asked = request.args.get("download", "")
    if kind := wanted_format():
        return result_files.table(read, names, locale, kind)
    if asked == "json":
        return result_files.json(read, names, locale)
    if asked == "pdf":
        return paper.paper(read, names, locale)
    pairs = reading.partner_rows(found)
    return render(
        "surveys/results.html",
        "surveys/_results.html",
        **page_values(read, names, locale)
        | {"themes": themes.counts(read), "gives_themes": access.may_run(found)},
        pairs=pairs,
        pair_names=dict(
            Partner.select(Partner.id, Partner.name)
            .where(Partner.id.in_([row.partner for row in pairs]))
            .tuples()
        ),
        by=by,
        beside=notes.beside(found, viewer()) if viewer().can("surveys.manage") else {},
        trends=trends.of(found, read, locale),
        runs=access.may_run(found),
        manages=viewer().can("surveys.manage"),
    )


def page_values(read: Read, names: dict[int, str], locale: str) -> dict[str, Any]:
    """What the pages of results need, for staff and for those who were asked."""
    return {
        "wave": read.wave,
        "read": read,
        "words": words,
        "label": lambda key: words.group(key, names),
        "say": lambda texts: rules.words(texts, locale, read.definition.locale),
        "hidden": sorted(words.group(key, names) for key in read.results.hidden),
        "rhi_state": rhi.state,
        "number": words.number,
        "nps": next((q.total.nps for q in read.results.questions if q.total and q.total.nps), None),
        "pictures": pictures,
        "gaps": pictures.gaps(read),
        "shuffled": lambda texts: SystemRandom().sample(texts, len(texts)),
        "themes": {},
        "gives_themes": False,
        "is_nps": any(q.type is Type.NPS for q in read.definition.questions),
    }
