"""Every language is complete: core's strings and each plugin's, with the places of each."""

import re
from pathlib import Path

import pytest

from app import catalogues
from app.web import LOCALES

PLACES = re.compile(r"%(?:\(\w+\))?[sd%]")
TAG = re.compile(r"<[^>]*>")
ALL = [
    (folder, sources, language, path)
    for folder, sources in catalogues.everything()
    for language, path in catalogues.catalogues(folder)
]


def name(value: object) -> str:
    return value.name if isinstance(value, Path) else ""


@pytest.fixture(scope="module")
def strings() -> dict[Path, object]:
    """What the sources of each folder say, extracted once."""
    return {folder: catalogues.extract(sources) for folder, sources in catalogues.everything()}


def test_core_and_every_plugin_have_every_language():
    languages = {language for language in LOCALES if language != "en"}
    for folder, _sources in catalogues.everything():
        assert {language for language, _path in catalogues.catalogues(folder)} == languages, folder


@pytest.mark.parametrize(("folder", "sources", "language", "path"), ALL, ids=name)
def test_every_string_of_the_sources_is_translated(strings, folder, sources, language, path):
    catalogue = catalogues.read(path, language)
    missing = []
    for message in strings[folder]:
        if not message.id:
            continue
        found = catalogue.get(message.id, message.context)
        texts = [] if found is None else found.string
        texts = [texts] if isinstance(texts, str) else list(texts)
        if not texts or not all(texts) or found.fuzzy:
            missing.append(message.id)
    assert not missing, f"{len(missing)} strings, run make messages: {missing[:10]}"


@pytest.mark.parametrize(("folder", "sources", "language", "path"), ALL, ids=name)
def test_a_translation_has_the_places_of_its_string(folder, sources, language, path):
    for message in catalogues.read(path, language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = sorted(PLACES.findall(ids[-1]))
        texts = [message.string] if isinstance(message.string, str) else message.string
        for text in texts:
            found = sorted(PLACES.findall(text))
            # A singular may leave the number out: “one partner”.
            without = [place for place in wanted if place != "%(num)s"]
            one = len(ids) > 1 and text == texts[0] and found == without
            assert found == wanted or one, (message.id, text)


@pytest.mark.parametrize(("folder", "sources", "language", "path"), ALL, ids=name)
def test_a_translation_brings_no_markup_that_its_string_lacks(folder, sources, language, path):
    for message in catalogues.read(path, language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = [message.string] if isinstance(message.string, str) else message.string
        for text in texts:
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(str(ids[-1]))), text


def test_every_kind_of_refusal_is_collected():
    from app.core.refusals import Refusal

    known = catalogues.keywords()
    waiting = [Refusal]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith(("app.", "plugins.")):
                assert kind.__name__ in known
