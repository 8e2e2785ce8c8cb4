"""Documents on paper: a typst template and data become a tagged PDF with the organisation's look.

Texts reach the template as values of JSON, so nothing that somebody typed can be code in it.
Numbers and dates are formatted before, in the reader's language.
"""

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Response, abort, current_app, g
from flask_babel import get_locale

from app import glyphs, typesetting
from app.assets import FONTS, root_folder
from app.core import clock
from app.core.kpis.presentation import day
from app.core.settings import colours, logos
from app.glyphs import showable

LAYOUT = "pdf/page.typ"
MOST_BYTES = 8 * 1024 * 1024  # of data
OUR_COLOUR = "#1f4e9a"

log = logging.getLogger(__name__)


class NotSet(RuntimeError):
    """A document that could not be set: the template's fault, or more data than time allows."""


def pdf(template: str, data: Mapping[str, Any], name: str) -> Response:
    """A typst template, filled with data, as a PDF to keep under a name such as "scorecard-AS".

    `template` is found as Jinja templates are ("incentives/standing.typ"); it imports "page.typ"
    and gets `data`, with `desk` (the organisation's name, colour and logo) and `language` beside
    it, as JSON in `sys.inputs.data`: texts, numbers, lists. What the font has no picture for is
    left out. Only inside a request; answers 503 where it takes too long.
    """
    try:
        content = document(template, data)
    except NotSet as error:
        log.error("%s could not be set: %s", template, error)
        abort(503)
    answer = Response(content, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def document(template: str, data: Mapping[str, Any]) -> bytes:
    """The bytes of such a PDF. Raises NotSet."""
    fonts = root_folder("static") / "vendor"
    if not all((fonts / font).is_file() for font in FONTS):
        raise NotSet("the fonts are missing; run `python -m app.assets`")
    with tempfile.TemporaryDirectory(prefix="entente-pdf-") as folder:
        root = Path(folder)
        (root / "main.typ").write_text(_source(template))
        (root / "page.typ").write_text(_source(LAYOUT))
        known = glyphs.characters(*(fonts / font for font in FONTS))
        desk = _desk(root)
        text = json.dumps(showable({**data, "desk": desk}, known) | {"language": _language()})
        if len(text) > MOST_BYTES:
            raise NotSet("more data than a document may hold")
        given = {"root": str(root), "fonts": str(fonts), "data": text}
        return _set(json.dumps(given).encode())


def _set(given: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own program, the data on its input
            [sys.executable, "-I", str(Path(typesetting.__file__))],
            input=given,
            capture_output=True,
            timeout=typesetting.SECONDS + 5,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotSet("it took too long") from error
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise NotSet(done.stderr.decode(errors="replace")[-2000:] or f"code {done.returncode}")
    return done.stdout


def _source(name: str) -> str:
    source: tuple[str, Any, Any] = current_app.jinja_env.loader.get_source(  # type: ignore[union-attr]
        current_app.jinja_env, name
    )
    return source[0]


def _desk(root: Path) -> dict[str, str]:
    """How the organisation shows itself; its logo is put beside the template."""
    organisation = g.organisation
    logo = ""
    if organisation.logo:
        path = logos.place(current_app.extensions["entente"].config.data, organisation.logo)
        if path.is_file():
            logo = "logo.png"
            (root / logo).write_bytes(path.read_bytes())
    return {
        "name": organisation.name,
        "colour": colours.palette(organisation.primary_colour or OUR_COLOUR).light.text,
        "logo": logo,
        "today": day(clock.today(organisation.timezone)),
    }


def _language() -> str:
    return str(get_locale()).partition("_")[0]
