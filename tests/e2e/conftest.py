"""A real server with real figures, and a real browser."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.core.served import free_port
from tests.e2e.looking import PATIENCE

ROOT = Path(__file__).parents[2]
AIRLINES = ROOT.parent / "shared" / "data" / "airlines-2013"
PASSWORD = "a password for the browser tests"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONTACTS = 2
LOGS: list[Path] = []  # of the desks that run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what its desks said last."""
    report = yield
    if report.failed:
        report.sections += [(str(log), log.read_text()[-3000:]) for log in LOGS]
    return report


@dataclass(frozen=True)
class Desk:
    """A running desk: its address and who can sign in."""

    url: str
    data: Path
    people: tuple[str, ...]  # admin, manager, viewer, two contacts

    def entente(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run a command of the console script against this desk."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "app.cli", *arguments],
            env=environment(self.data),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def environment(data: Path, port: int = 0, **changes: str) -> dict[str, str]:
    """The variables of a desk of its own, with others such as ENTENTE_MAIL_URL."""
    own = {
        "ENTENTE_DATA": str(data),
        "ENTENTE_DEMO_PASSWORD": PASSWORD,
        "ENTENTE_TESTING": "1",
        "PORT": str(port or 8000),
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_") and k != "PORT"}
    return kept | own | changes


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The sample desk with the airlines of 2013 imported, served by the real command."""
    with served(tmp_path_factory.mktemp("desk")) as running:
        imported = running.entente("import", str(AIRLINES))
        assert imported.returncode == 0, imported.stderr
        yield running


@contextmanager
def served(data: Path, **changes: str) -> Iterator[Desk]:
    """A sample desk, served by the real command until it is no longer needed.

    `changes` are further environment variables.
    """
    port = free_port()
    log = (data / "log").open("w+")
    LOGS.append(data / "log")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "app.cli", "serve", "--sample"],
        env=environment(data, port, **changes),
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=data,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/healthz", process)
        people = tuple(re.findall(r"^\s+(\S+@\S+)", (data / "log").read_text(), re.M))
        yield Desk(url, data, people)
    finally:
        process.terminate()
        process.wait(10)
        log.close()
        LOGS.remove(data / "log")


def wait_for(url: str, process: subprocess.Popen) -> None:
    """Wait until a server answers; fail at once where it ended."""
    for _ in range(900):  # a sample desk takes its time on a machine that is busy
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, driven by Playwright."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("The browser tests need Chromium: run scripts/setup test")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(desk: Desk, chromium: Browser) -> Iterator:
    """A function that opens one person's browser: `sign_in("admin", width=390, theme="dark")`."""
    contexts: list[BrowserContext] = []

    def open_browser(who: str, width: int = 1280, theme: str = "light", script: bool = True):
        context = chromium.new_context(
            base_url=desk.url,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.goto("/login")
        page.get_by_label("E-mail").fill(address(desk, who))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"/(home|portal)"))  # and until its scripts listen
        return page

    yield open_browser
    for context in contexts:
        context.close()


def address(desk: Desk, who: str) -> str:
    """The e-mail address of a sample person, by role.

    Contacts are "contact" and "stranger", or by their first names.
    """
    staff = {f"{role}@example.org" for role in ("admin", "manager", "viewer")}
    contacts = [person for person in desk.people if person not in staff]
    assert len(contacts) == CONTACTS, desk.people
    named = {contact.split("@")[0]: contact for contact in contacts}
    named |= {"contact": contacts[0], "stranger": contacts[1]}
    return named.get(who, f"{who}@example.org")
