"""The processes of one node: a main that watches, server processes, and one worker."""

import ctypes
import fcntl
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click
import peewee
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LOGGING_CONFIG, LogLevels

from app import create_app, jobs
from app.config import Config
from app.core.db import database

PARENT = "ENTENTE_PARENT"  # in the worker's environment: the process without which it must not be
STOP_TIMEOUT = 2  # seconds that a process gets to end what it is doing
RESTART_PAUSES = (1, 30)  # seconds before the worker is started again, first and longest
COLLECTED_AFTER = (10_000, 20, 50)  # a page makes thousands of objects, hardly any in circles

log = logging.getLogger("entente.serve")
_booted: list[Flask] = []  # by the main process, before it forks


class _Server(Granian):  # type: ignore[misc, valid-type]
    """Granian that tells at once when it is asked to stop; its own hook comes after its workers."""

    stopping: threading.Event

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        self.stopping.set()
        super().signal_handler_interrupt(*args, **kwargs)

    # A closed terminal must not leave a server behind that nobody sees.
    signal_handler_reload = signal_handler_interrupt


def serve(
    config: Config, with_worker: bool = True, prepare: Callable[[Flask], None] | None = None
) -> None:
    """Serve the desk until SIGINT or SIGTERM, with one worker unless that is done elsewhere.

    `config` must come from the environment, where the worker reads it again. `prepare(app)` is
    called with a connected database once this start is known to be the only one. Where the data
    folder or the port is taken, this ends the process with status 2 and a sentence.
    """
    _log_to_stderr()
    with _alone_on(config.data):
        _refuse_taken_port(config)
        _boot_once(config, prepare)
        server = _Server(
            "app.serve:application",
            address=config.host,
            port=config.port,
            interface=Interfaces.WSGI,
            workers=config.workers,
            blocking_threads=1,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_TIMEOUT,
            log_level=LogLevels.error,
            log_dictconfig=_granian_log(),
        )
        server.stopping = threading.Event()
        companion = threading.Thread(
            target=_accompany, args=(config, server.stopping, with_worker), daemon=True
        )
        companion.start()
        try:
            # A loader instead of the target's name keeps the working directory off sys.path.
            server.serve(target_loader=partial(application, config, os.getpid()), wrap_loader=False)
        finally:
            server.stopping.set()
            companion.join()


def application(config: Config, parent: int) -> Flask:
    """The WSGI application inside a server process that ends when `parent` does.

    A process that was forked has the one that the main process booted; any other makes its own.
    """
    # Ctrl-C goes to the terminal's whole group; a server process that obeyed before the main one
    # does would look like a crash.
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the main's handler came along with the fork
    die_with(parent)
    return _booted[0] if _booted else create_app(config)


def worker(config: Config) -> None:
    """Run jobs until SIGINT, SIGTERM, or the end of the server that started this process."""
    _log_to_stderr()
    if parent := os.environ.get(PARENT):
        die_with(int(parent))
    app = create_app(config)
    stop = threading.Event()
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before the thread, which inherits it
    loop = threading.Thread(target=jobs.work, args=(app, stop))
    loop.start()
    # Waited for, not handled: a handler that sets an event which its own thread waits for may hang.
    signal.sigwait(ends)
    stop.set()
    loop.join()


def die_with(parent: int) -> None:
    """Have this process killed when its parent ends in whatever way.

    Linux does it at once; the thread does it elsewhere, and where the parent ended before the
    request was made. Killing is safe: transactions roll back, leases run out.
    """
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _boot_once(config: Config, prepare: Callable[[Flask], None] | None) -> None:
    """Migrate before other processes need the tables; what cannot boot fails here, and once."""
    try:
        app = create_app(config)
        if prepare:
            with app.app_context(), database.connection_context():
                prepare(app)
        _booted[:] = [app]
        gc.collect()
        gc.freeze()  # the server processes share what stands here as long as nobody touches it
        gc.set_threshold(*COLLECTED_AFTER)
    except (peewee.OperationalError, peewee.InterfaceError) as error:
        _refuse(f"The database cannot be used: {error}")
    finally:
        database.close()


@contextmanager
def _alone_on(folder: Path) -> Iterator[None]:
    """Hold the data folder's lock, which the kernel releases however this process ends."""
    with (folder / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            _refuse(
                f"Process {file.read().strip() or 'unknown'} already serves {folder}. "
                "Stop it, or choose another data folder with ENTENTE_DATA."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _refuse_taken_port(config: Config) -> None:
    """Granian shares a port with whoever else offers to, so it would not notice."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        _refuse(
            f"Cannot listen on {config.host} port {config.port}: {error.strerror}. "
            "Stop what uses it, or choose another with PORT (and ENTENTE_HOST)."
        )


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(2)


def _accompany(config: Config, stopping: threading.Event, with_worker: bool) -> None:
    """Tell the address once it answers, then keep a worker running until the server stops."""
    while not _accepts(config):
        if stopping.wait(0.05):
            return
    click.echo(f"Entente is ready at {config.url}")
    first, longest = RESTART_PAUSES
    pause = first
    while with_worker and not stopping.is_set():
        began = time.monotonic()
        child = _start_worker()
        while child.poll() is None and not stopping.wait(0.2):
            pass
        if stopping.is_set():
            _stop(child)
            return
        if time.monotonic() - began > longest:
            pause = first
        log.error("the worker ended with status %s; next start in %s s", child.returncode, pause)
        stopping.wait(pause)
        pause = min(pause * 2, longest)


def _accepts(config: Config) -> bool:
    try:
        socket.create_connection((config.host, config.port), timeout=1).close()
    except OSError:
        return False
    return True


def _start_worker() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[1])
    # -P: the folder that serve was started in may hold another package called app.
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "app.cli", "worker"],
        env=os.environ | {PARENT: str(os.getpid()), "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        process_group=0,  # as in application(): Ctrl-C is for the main process
    )


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _granian_log() -> dict[str, Any]:
    settings: dict[str, Any] = deepcopy(LOGGING_CONFIG)
    for handler in settings["handlers"].values():
        handler["stream"] = "ext://sys.stderr"
    return settings


def _log_to_stderr() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
