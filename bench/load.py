"""A small load generator: keep-alive connections on loopback, a fixed number of seconds."""

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Request = tuple[str, str, bytes | None, dict[str, str]]  # method, path, body, headers


@dataclass(frozen=True)
class Outcome:
    """What one run measured."""

    per_second: float
    cpu_ms: float  # server CPU per request, all its processes
    p95_ms: float
    statuses: dict[int, int]


def run(
    port: int, requests: Callable[[int, int], Request], pid: int, *, seconds: float, clients: int
) -> Outcome:
    """Send requests from `clients` connections; `requests(client, n)` makes each of them."""
    times: list[list[float]] = [[] for _ in range(clients)]
    statuses: dict[int, int] = {}
    guard, start = threading.Lock(), threading.Barrier(clients + 1)

    def client(number: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        link.connect()
        start.wait()
        end, n = time.perf_counter() + seconds, 0
        while (began := time.perf_counter()) < end:
            method, path, body, headers = requests(number, n)
            link.request(method, path, body, headers)
            answer = link.getresponse()
            answer.read()
            times[number].append(time.perf_counter() - began)
            with guard:
                statuses[answer.status] = statuses.get(answer.status, 0) + 1
            n += 1

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    before, began = cpu_of(pid), time.perf_counter()
    start.wait()
    for thread in threads:
        thread.join()
    took, spent = time.perf_counter() - began, cpu_of(pid) - before
    every = sorted(moment for own in times for moment in own)
    return Outcome(
        len(every) / took, 1000 * spent / len(every), 1000 * every[int(len(every) * 0.95)], statuses
    )


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and its descendants have used so far."""
    children: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        own = int(stat.parent.name)
        children.setdefault(int(fields[1]), []).append(own)
        spent[own] = (int(fields[11]) + int(fields[12])) / 100
    total, queue = 0.0, [pid]
    while queue:
        one = queue.pop()
        total += spent.get(one, 0.0)
        queue += children.get(one, [])
    return total


def memory_of(pid: int) -> float:
    """Megabytes that a process and its descendants hold (PSS)."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    total, queue = 0, [pid]
    while queue:
        one = queue.pop()
        queue += children.get(one, [])
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")
    return total / 1024
