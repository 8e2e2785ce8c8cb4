"""The processes of `entente serve`: one start, one stop, and nothing left behind by any end."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]


@dataclass
class Desk:
    """One data folder and port, and the servers that a test starts on them."""

    data: Path
    port: int
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def launch(self, *options: str, **environ: str) -> "subprocess.Popen[str]":
        """Start a server, ready or not, as the leader of its own process group."""
        own = {"ENTENTE_DATA": str(self.data), "PORT": str(self.port), "ENTENTE_TESTING": "1"}
        server = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", *options],
            cwd=ROOT,
            env=os.environ | own | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(server)
        return server

    def serve(self, *options: str) -> "subprocess.Popen[str]":
        """Start a server and wait for the line that says that it is ready."""
        server = self.launch(*options)
        assert server.stdout
        for line in server.stdout:
            if "is ready at" in line:
                return server
        raise AssertionError(server.stderr.read() if server.stderr else "no reason given")

    def answers(self) -> int:
        """The status of the health page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as page:
            return int(page.status)

    def port_is_free(self) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                return False
            return True


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    desk = Desk(tmp_path, port)
    yield desk
    for server in desk.started:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.communicate()


def family(server: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Every process that descends from a server, but not itself."""
    found: list[psutil.Process] = psutil.Process(server.pid).children(recursive=True)
    return found


def workers(server: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The job workers of a server."""
    return [each for each in alive(family(server)) if each.cmdline()[-1:] == ["worker"]]


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != "zombie"]


def test_the_address_is_told_once_it_answers(desk: Desk) -> None:
    desk.serve()
    assert desk.answers() == 200


def test_one_worker_accompanies_the_server(desk: Desk) -> None:
    server = desk.serve()
    wait_for(lambda: workers(server))
    time.sleep(0.5)
    assert len(workers(server)) == 1


def test_a_server_without_a_worker_starts_none(desk: Desk) -> None:
    server = desk.serve("--no-worker")
    time.sleep(1)
    assert workers(server) == []


def test_nothing_outlives_a_killed_server(desk: Desk) -> None:
    server = desk.serve()
    wait_for(lambda: workers(server))
    others = family(server)
    server.kill()
    server.wait()
    wait_for(lambda: not alive(others))  # a worker that still starts ends before it works
    assert desk.port_is_free()


def test_a_server_starts_again_after_it_was_killed(desk: Desk) -> None:
    server = desk.serve()
    server.kill()
    server.wait()
    wait_for(desk.port_is_free)
    desk.serve()
    assert desk.answers() == 200


@pytest.mark.parametrize("open_connections", [0, 3])
def test_ctrl_c_ends_everything_within_five_seconds(desk: Desk, open_connections: int) -> None:
    server = desk.serve()
    wait_for(lambda: workers(server))
    others = family(server)
    with ExitStack() as connections:
        for _ in range(open_connections):
            client = socket.create_connection(("127.0.0.1", desk.port))
            connections.enter_context(client)
            client.sendall(b"POST /login HTTP/1.1\r\nHost: desk\r\nContent-Length: 9\r\n\r\nhalf")
        began = time.monotonic()
        os.killpg(server.pid, signal.SIGINT)  # a terminal sends it to the whole group
        assert server.wait(10) == 0
        assert time.monotonic() - began < 5
    assert not alive(others)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_main_process_ends_all(desk: Desk, number: int) -> None:
    server = desk.serve()
    wait_for(lambda: workers(server))
    others = family(server)
    server.send_signal(number)
    assert server.wait(5) == 0
    assert not alive(others)


def test_an_orderly_end_leaves_no_complaint(desk: Desk) -> None:
    server = desk.serve()
    wait_for(lambda: workers(server))
    os.killpg(server.pid, signal.SIGINT)
    assert server.communicate(timeout=10)[1] == ""


def test_a_second_server_on_the_same_data_is_refused(desk: Desk) -> None:
    first = desk.serve()
    second = desk.launch(PORT=str(desk.port + 1))
    _, complaint = second.communicate(timeout=20)
    assert second.returncode == 2
    assert complaint.startswith(f"Process {first.pid} already serves {desk.data}.")


def test_a_taken_port_is_refused(desk: Desk) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", desk.port))
        other.listen()
        server = desk.launch()
        _, complaint = server.communicate(timeout=20)
    assert server.returncode == 2
    assert complaint.startswith(f"Cannot listen on 127.0.0.1 port {desk.port}:")


def test_a_database_out_of_reach_is_told_in_a_sentence(desk: Desk) -> None:
    away = f"postgresql://desk@127.0.0.1:{desk.port}/desk"
    server = desk.launch(ENTENTE_DATABASE_URL=away)
    _, complaint = server.communicate(timeout=20)
    assert server.returncode == 2
    assert complaint.startswith("The database cannot be used:")


def test_a_killed_worker_is_started_again(desk: Desk) -> None:
    server = desk.serve()
    wait_for(lambda: workers(server))
    (first,) = workers(server)
    first.kill()
    wait_for(lambda: workers(server) and workers(server) != [first])


def test_a_killed_server_process_is_replaced(desk: Desk) -> None:
    server = desk.serve("--no-worker")
    before = family(server)
    before[0].kill()
    wait_for(lambda: not alive(before[:1]))
    wait_for(lambda: len(alive(family(server))) == len(before))


ORPHAN = """
import os
from app.serve import _watch
parent = os.getppid()
print(os.getpid(), flush=True)
_watch(parent)
"""


def test_where_the_system_cannot_kill_orphans_a_thread_does() -> None:
    between = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ORPHAN!r}])"
    command = [sys.executable, "-c", between]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        orphan = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    wait_for(lambda: not alive([orphan]))
