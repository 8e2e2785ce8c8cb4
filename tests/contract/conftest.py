"""Folders for plugins, a database with the mechanism's own tables, and a small application."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

import plugins
from app.core import discovery
from app.core.db import database, open_database
from app.core.models import AuditEntry, PluginFault, PluginSetting, PluginSwitch
from tests.contract import small


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
    database.create_tables([PluginSwitch, PluginSetting, PluginFault, AuditEntry])
    yield
    database.close()


@pytest.fixture
def boot(tables: None, bundled: Path, plugins_dir: Path) -> Callable[..., Flask]:
    """boot(strict=False, …): a small application whose host has loaded the plugins folder."""
    return partial(small.small_app, plugins_dir)
