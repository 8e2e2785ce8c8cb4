"""A desk whose clock stands on a day that its story chooses, and is put forward by it."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.conftest import PASSWORD, Desk, environment

# Imported by each Python process of the desk: its clock goes on from what the file beside it says.
_CLOCK = """
import pathlib
import time
from datetime import datetime, timedelta
from app.core import clock
class Put:
    file = pathlib.Path(__file__).with_name("now")
    def get(self):
        since = max(time.time() - self.file.stat().st_mtime, 0)
        return datetime.fromisoformat(self.file.read_text()) + timedelta(seconds=since)
clock._frozen = Put()
"""


@dataclass(frozen=True)
class MovedClock:
    """The clock of one desk: all its processes read it from a folder."""

    folder: Path

    @classmethod
    def on(cls, folder: Path, day: str) -> "MovedClock":
        """A clock in an empty folder."""
        (folder / "sitecustomize.py").write_text(_CLOCK)
        clock = cls(folder)
        clock.put(day)
        return clock

    def put(self, day: str) -> None:
        """It is noon of this day, in UTC."""
        (self.folder / "now").write_text(f"{day}T12:00:00")

    @property
    def variables(self) -> dict[str, str]:
        """What a process of the desk needs in its environment."""
        return {"PYTHONPATH": f"{self.folder}:{Path(__file__).parents[2]}"}

    def script(self, desk: Desk, text: str, *given: str) -> str:
        """Run Python within the desk; what it prints."""
        done = subprocess.run(
            [sys.executable, "-P", "-c", text, *given],
            env=environment(desk.data, **self.variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def come_back(page: Page, email: str) -> None:
    """Sign in again where the session has run out meanwhile."""
    page.goto("/login")
    if page.get_by_label("Password").count():
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"/(home|portal|guest)"))
