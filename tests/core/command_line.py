"""A desk that was founded on the command line: once for a test process, a copy for each test."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main

Command = Callable[..., Any]


@cache
def _founded(data: Path) -> Path:
    environ = {"ENTENTE_DATA": str(data), "ENTENTE_TESTING": "1"}
    ada = ("ada@example.org", "--name", "Ada", "--role", "admin", "--password", "a good long word")
    for words in (
        ("init", "--organisation", "Nordkontor", "--timezone", "Europe/Oslo"),
        ("user", "add", *ada),
    ):
        answer = CliRunner(env=environ).invoke(main, words)
        assert answer.exit_code == 0, answer.output
    return data


@pytest.fixture
def entente(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A function that runs one command against a data folder of its own, `tmp_path / "data"`."""
    monkeypatch.setenv("ENTENTE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ENTENTE_TESTING", "1")
    for name in ("ENTENTE_DATABASE_URL", "ENTENTE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words, **more: CliRunner().invoke(main, [str(word) for word in words], **more)


@pytest.fixture
def founded(entente: Command, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The same, once a desk with an administrator was founded."""
    ready = _founded(tmp_path_factory.getbasetemp() / "command-line")
    shutil.copytree(ready, tmp_path / "data")
    return entente
