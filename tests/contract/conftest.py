"""Folders for plugins, a database with the mechanism's own tables, and a small application."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

import plugins
from app.core import discovery
from app.core.db import database, open_database
from app.core.models import AuditChange, AuditEntry, PluginFault, PluginSetting, PluginSwitch
from app.testing import Browser, founded, make_app
from tests.contract import small
from tests.databases import fresh_url

OURS = f"{Path(__file__).parents[2] / 'plugins'}/"


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    """Plugins that a test imports from elsewhere are forgotten: other tests have theirs already."""
    kept = {name: module for name, module in sys.modules.items() if name.startswith("plugins.")}
    yield
    for name, module in list(sys.modules.items()):
        # Of those of this repository other modules know some by then: they stay, all of them.
        elsewhere = not str(getattr(module, "__file__", "")).startswith(OURS)
        if name.startswith("plugins.") and elsewhere:
            del sys.modules[name]
    sys.modules.update(kept)
    for name in [name for name in vars(plugins) if isinstance(vars(plugins)[name], ModuleType)]:
        if f"plugins.{name}" in sys.modules:
            setattr(plugins, name, sys.modules[f"plugins.{name}"])
        else:
            delattr(plugins, name)


@pytest.fixture
def plugins_dir(tmp_path: Path) -> Path:
    """The organisation's own plugins folder, empty."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of bundled plugins, empty, in place of the real one."""
    folder = tmp_path / "bundled"
    folder.mkdir()
    monkeypatch.setattr(discovery, "BUNDLED", folder)
    monkeypatch.setattr(plugins, "__path__", list(plugins.__path__))  # restored afterwards
    return folder


@pytest.fixture
def write_plugin(plugins_dir: Path) -> Callable[..., Path]:
    """write_plugin(name, source, files): a plugin in the organisation's own folder."""
    return partial(small.write_plugin, plugins_dir)


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[None]:
    """An open SQLite database with the mechanism's own tables."""
    open_database(f"sqlite:///{tmp_path / 'host.db'}")
    database.connect()
    database.create_tables([PluginSwitch, PluginSetting, PluginFault, AuditEntry, AuditChange])
    yield
    database.close()


@pytest.fixture
def boot(tables: None, bundled: Path, plugins_dir: Path) -> Callable[..., Flask]:
    """boot(strict=False, …): a small application whose host has loaded the plugins folder."""
    return partial(small.small_app, plugins_dir)


@pytest.fixture
def start(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    plugins_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """start(plugins_strict=False, …): the whole application with its staff, as it runs."""
    monkeypatch.setattr(plugins, "__path__", list(plugins.__path__))  # restored afterwards
    shared = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("ENTENTE_TEST_FOLDER", str(shared))

    def make(**changes: Any) -> Flask:
        # A database of its own, but one data folder for all: compressing static files takes long.
        url = fresh_url("sqlite", tmp_path, founded)
        options = {"plugins_dir": plugins_dir, "plugins_strict": False} | changes
        app = make_app(shared / "contract-data", url, **options)
        app.test_client_class = Browser
        return app

    yield make
    if not database.is_closed():
        database.close()
