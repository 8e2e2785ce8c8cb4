"""`make bench`: our pages beside a bare Flask page, side by side in one run, as ratios."""

import argparse
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from app.testing import make_app
from bench import load, records

PASSWORD = "bench password"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MONTH, FIRST, LAST = 2202412, 2202301, 2202412


def main() -> None:
    """Fill a desk, serve it and the bare page, measure both by turns, print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--partners", type=int, default=1000)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked)


def measure(folder: Path, asked: argparse.Namespace) -> None:
    """Everything, in one folder that goes away."""
    from app.core.db import database

    began = time.perf_counter()
    app = make_app(folder)
    with app.app_context(), database.connection_context():
        records.fill(asked.partners, asked.months, PASSWORD)
    values = asked.partners * records.KPIS * asked.months
    print(
        f"{values:,} values of {asked.partners:,} partners in {time.perf_counter() - began:.0f} s"
    )
    bare_file = folder / "bare.db"
    shutil.copyfile(folder / "entente.db", bare_file)
    with sqlite3.connect(bare_file) as link:
        link.execute(
            "CREATE TABLE bare_value (partner_id INT, kpi_id INT, period INT, value INT, "
            "PRIMARY KEY (partner_id, kpi_id, period)) WITHOUT ROWID"
        )
    ours, bare = serve(folder, 8771), serve_bare(bare_file, 8772)
    try:
        cookie, token = sign_in("http://127.0.0.1:8771")
        compare(asked, ours.pid, bare.pid, cookie, token)
        print(f"memory after load (PSS): {load.memory_of(ours.pid):.0f} MB")
    finally:
        for process in (ours, bare):
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def compare(
    asked: argparse.Namespace, our_pid: int, bare_pid: int, cookie: str, token: str
) -> None:
    """Measure each job on both by turns and print the ratios."""
    headers = {"Cookie": cookie}
    words = urllib.parse.quote("nord")

    def some(client: int, n: int) -> int:
        return 1 + (client * 97 + n) % asked.partners

    def our_value(client: int, n: int) -> load.Request:
        # Each client writes its own partners, a new month each time: never a restatement.
        partner, kpi, month = 1 + client + 8 * (n // 144), 1 + n % 12, 1 + n // 12 % 12
        form = {
            "csrf_token": token,
            "value-period": f"2026-{month:02}" if month < 10 else f"2025-{month:02}",
            "value-value": str(50 + n % 100),
        }
        path = f"/partners/{partner}/kpis/{kpi}/values"
        return "POST", path, urllib.parse.urlencode(form).encode(), headers | FORM

    def bare_value(client: int, n: int) -> load.Request:
        form = {"partner": 1 + client, "kpi": 1 + n % 12, "period": 2202601 + n, "value": n}
        return "POST", "/value", urllib.parse.urlencode(form).encode(), FORM

    jobs = {
        "list of 50, searched and sorted": (
            lambda c, n: ("GET", f"/partners?q={words}&sort=name&period=2024-12", None, headers),
            lambda c, n: ("GET", f"/list?q={words}&period={MONTH}", None, {}),
            200,
        ),
        "partner with 12 KPIs": (
            lambda c, n: ("GET", f"/partners/{some(c, n)}?period=2024-12", None, headers),
            lambda c, n: ("GET", f"/partner/{some(c, n)}?first={FIRST}&last={LAST}", None, {}),
            200,
        ),
        "home": (lambda c, n: ("GET", "/home?period=2024-12", None, headers), None, 200),
        "one value written": (our_value, bare_value, 303),
    }
    print(
        f"{'job':<34}{'ours/s':>9}{'ms CPU':>8}{'p95 ms':>8}{'bare/s':>9}{'ms CPU':>8}{'ratio':>8}"
    )
    for name, (our_request, bare_request, wanted) in jobs.items():
        for port, pid, requests in ((8771, our_pid, our_request), (8772, bare_pid, bare_request)):
            if requests:
                load.run(port, requests, pid, seconds=1, clients=asked.clients)
        run = {"seconds": asked.seconds, "clients": asked.clients}
        mine = load.run(8771, shifted(our_request), our_pid, **run)
        wrong = {status: n for status, n in mine.statuses.items() if status != wanted}
        limit = load.run(8772, shifted(bare_request), bare_pid, **run) if bare_request else None
        line = f"{name:<34}{mine.per_second:>9.0f}{mine.cpu_ms:>8.2f}{mine.p95_ms:>8.1f}"
        if limit:
            line += f"{limit.per_second:>9.0f}{limit.cpu_ms:>8.2f}"
            line += f"{mine.per_second / limit.per_second:>8.2f}"
        print(line + (f"  other answers: {wrong}" if wrong else ""))


def shifted(requests):
    """The same requests, later in their sequence than those that warmed the server up."""
    return lambda client, n: requests(client, n + 5000)


def serve(folder: Path, port: int, *options: str) -> subprocess.Popen:
    """The desk, as `entente serve` runs it."""
    env = os.environ | {"ENTENTE_DATA": str(folder), "PORT": str(port), "ENTENTE_TESTING": "1"}
    env["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])  # what is measured is what is here
    process = subprocess.Popen([sys.executable, "-P", "-m", "app.cli", "serve", *options], env=env)
    return wait(process, f"http://127.0.0.1:{port}/healthz")


def serve_bare(file: Path, port: int) -> subprocess.Popen:
    """The bare page under the same server with the same settings."""
    command = [sys.executable, "-m", "granian", "bench.bare:create", "--factory"]
    command += ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "1", "--no-ws"]
    command += ["--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, env=os.environ | {"BARE_DATABASE": str(file)})
    return wait(process, f"http://127.0.0.1:{port}/list?q=x&period={MONTH}")


def wait(process: subprocess.Popen, url: str) -> subprocess.Popen:
    """Return once a server answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return process
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def sign_in(url: str) -> tuple[str, str]:
    """The cookie and the CSRF token of the administrator."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    token = _token(browser.open(f"{url}/login").read().decode())
    form = {"email": "admin@example.org", "password": PASSWORD, "csrf_token": token}
    page = browser.open(f"{url}/login", urllib.parse.urlencode(form).encode())
    token = _token(page.read().decode())
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), token


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if found is None:
        raise SystemExit("no form on the page")
    return found[1]


if __name__ == "__main__":
    main()
