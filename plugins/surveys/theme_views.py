"""Pages on which what people wrote is given themes, and themes are looked up."""

from collections import Counter
from typing import Any

from flask import abort, redirect, request, url_for

from app.api import Page, Refusal, page_number, render, requires, saved, translations, viewer
from plugins.surveys import access, reading, themes, words
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import ThemeForm
from plugins.surveys.rules import definition as definitions
from plugins.surveys.rules import themes as rules
from plugins.surveys.showing import shown_or_404

_ = translations("surveys").gettext

SHOWN = 50  # texts on a page
FIELD = "themes-"


@staff.route("/waves/<int:wave_id>/questions/<key>/themes", methods=["GET", "POST"])
@requires("surveys.manage")
def text_themes(wave_id: int, key: str) -> Any:
    """What people wrote, each with its themes; only where it may be seen."""
    wave = shown_or_404(wave_id)
    if not access.may_run(wave):
        abort(403)
    read = reading.read(wave)
    result = read.results.of(key)
    if result is None or result.total is None or not result.total.texts:
        abort(404)
    if request.method == "POST":
        lines = {
            name.removeprefix(FIELD): typed[:1000]
            for name, typed in request.form.items()
            if name.startswith(FIELD)
        }
        themes.give(wave, result.question, result.total.texts, lines, viewer())
        return saved(_("Saved."), url_for("surveys.results", wave_id=wave_id) + f"#q-{key}")
    given = themes.given(wave).get(key, {})
    counted = Counter(result.total.texts)
    # In the order of their hashes: it tells nothing, and stays the same from page to page.
    texts = sorted((rules.text_hash(text), text, n) for text, n in counted.items())
    page = Page(page_number(), SHOWN, len(texts))
    locale = words.reader_locale()
    return render(
        "surveys/text_themes.html",
        wave=wave,
        question=definitions.words(result.question.text, locale, read.definition.locale),
        texts=texts[max(0, page.first - 1) : page.last],
        given=given,
        known=themes.known(viewer()),
        page=page,
        field=FIELD,
        longest=rules.MOST * rules.LONGEST,
    )


@staff.get("/themes")
@requires("surveys.manage")
def theme_list() -> Any:
    """Themes over waves, interviews and observations."""
    return render(
        "surveys/themes.html",
        found=themes.found(viewer()),
        renames=viewer().can("partners.admin"),
        say=lambda texts: definitions.words(texts, words.reader_locale(), "en"),
    )


@staff.route("/theme", methods=["GET", "POST"])
@requires("partners.admin")
def theme() -> Any:
    """Another name for a theme, or that of another for both; over what everybody has given."""
    old = request.args.get("theme", "")[: rules.LONGEST]
    known = themes.known(viewer())
    if old not in known:  # renamed or taken back in the meantime
        return redirect(url_for("surveys.theme_list"), 303)
    form = ThemeForm(name=old)
    if request.method == "POST" and form.validate():
        try:
            themes.rename(old, form.name.data or "", viewer())
        except Refusal as refusal:
            form.name.errors = [_(refusal.message, **refusal.params)]
        else:
            return saved(_("Saved."), url_for("surveys.theme_list"))
    status = 422 if request.method == "POST" else 200
    return render("surveys/theme.html", status=status, form=form, theme=old, known=known)
