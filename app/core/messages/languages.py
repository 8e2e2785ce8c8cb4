"""Texts in somebody else's language than the one who makes them: of a request, or of a job."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app, g
from flask_babel import force_locale

from app.core.accounts.queries import current_settings
from app.web import LOCALES

_PER_LANGUAGE = ("texts", "locale_tag")  # what pages keep for the reader's language


@contextmanager
def written_for(locale: str) -> Iterator[None]:
    """Write in the language of a person, or of the organisation where theirs is not known."""
    kept = {name: g.pop(name) for name in _PER_LANGUAGE if name in g}
    borrowed = g.get("organisation") is None
    if borrowed:  # a job serves no request: periods are counted as the organisation does
        g.organisation = current_settings()
    try:
        with force_locale(LOCALES.get(locale or g.organisation.locale, "en_GB")):
            yield
    finally:
        for name in _PER_LANGUAGE:
            g.pop(name, None)
        if borrowed:
            g.pop("organisation", None)
        for name, value in kept.items():
            setattr(g, name, value)


def site_path(endpoint: str, **values: Any) -> str:
    """A page's path, in a request or a job alike."""
    anchor = values.pop("_anchor", "")
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return str(path) + (f"#{anchor}" if anchor else "")


def external_url(endpoint: str, **values: Any) -> str:
    """A page's whole address for an e-mail: from ENTENTE_URL, never from a request's Host."""
    return absolute(site_path(endpoint, **values))


def absolute(path: str) -> str:
    """The whole address of a path of this site."""
    return str(current_app.extensions["entente"].config.url) + path
