"""`entente serve` on the desk of a test, and a plain client of it."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress

from app.config import Config
from app.testing import SECRET
from tests.core.jobs_node import ROOT, wait_for


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """The real command with its server processes, on the database of a test's application."""

    def __init__(self, config: Config) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_")}
        own = {
            "ENTENTE_DATA": str(config.data),
            "ENTENTE_DATABASE_URL": config.database_url,
            "ENTENTE_SECRET_KEY": SECRET,
            "ENTENTE_TESTING": "1",
            "PORT": str(port),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--no-worker"],
            cwd=ROOT,
            env=kept | own,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers, 60)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "the server has ended"
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
        return False

    def post(self, path: str, **form: object) -> tuple[int, str]:
        """Send a form; the status and the page. Raises OSError where the server is gone."""
        body = urllib.parse.urlencode(form).encode()
        try:
            with urllib.request.urlopen(self.url + path, body, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def kill(self) -> None:
        """kill -9; the server processes end with the first one."""
        self._process.kill()
        self._process.wait()
