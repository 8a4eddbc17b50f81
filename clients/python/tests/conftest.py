"""Real brokers for the tests: `portlease serve` as a process of its own, on a free loopback port."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portlease import Client

_PACKAGE = Path(__file__).resolve().parents[1]
_REPOSITORY = _PACKAGE.parents[1]


def _pools(first_port: int) -> str:
    """Named ports, which the brokers of others do not pick while this one is dead."""
    return f"""
pools:
  - {{ name: default, start: {first_port}, size: 8, quarantine: 0, ttl: {{ default: 10s, min: 100ms, max: 1h }} }}
  - {{ name: resting, start: {first_port + 8}, size: 1, quarantine: 60s }}
  - {{ name: datagrams, start: {first_port + 9}, size: 4, protocol: udp }}
"""


class Broker:
    """One broker with a folder of its own; killed and started again it keeps its folder and its address."""

    def __init__(self, folder: Path, config: str = "", flags: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._flags = flags
        self._listen = "127.0.0.1:0"
        self.ready: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None
        # Below the ports that Linux gives out by itself; a few tries, since some may be taken.
        for _ in range(5):
            first_port = random.randrange(22_000, 32_000)
            (folder / "config.yaml").write_text(_pools(first_port) + config)
            if self._started():
                return
        pytest.fail((folder / "log").read_text())

    @property
    def address(self) -> str:
        return str(self.ready["address"])

    def start(self) -> None:
        """Again, after it was killed."""
        assert self._started(), (self._folder / "log").read_text()

    def _started(self) -> bool:
        cli = _REPOSITORY / "dist" / "portlease" / "main.js"
        own = ["--config", str(self._folder / "config.yaml"), "--data-dir", str(self._folder / "data")]
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                ["node", str(cli), "serve", *own, "--listen", self._listen, "--log-format", "json", *self._flags],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line == "":
            self.kill()
            return False
        self.ready = json.loads(line)
        self._listen = self.address
        return True

    def kill(self) -> None:
        """As kill -9 does it. No-op when it is dead."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.startswith("PORTLEASE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PORTLEASE_DISCOVERY_FILE", "none")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of the module's tests, which leave no lease behind."""
    running = Broker(tmp_path_factory.mktemp("broker"))
    yield running
    running.kill()


@pytest.fixture
def mortal_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that the test may kill."""
    running = Broker(tmp_path)
    yield running
    running.kill()


@pytest.fixture
def client(broker: Broker) -> Iterator[Client]:
    with Client(broker.address) as made:
        yield made


def eventually(true: Callable[[], bool], within: float = 20.0) -> None:
    """Waits until it is true; fails when it has not become so within many times what it takes."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.005)


class CutLine:
    """A line to a broker that a test can let go silent: both ends stay open, and nothing gets through any more."""

    def __init__(self, address: str) -> None:
        host, port = address.rsplit(":", 1)
        self._broker = (host, int(port))
        self._sockets: list[socket.socket] = []
        self._frozen: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.accepted = 0
        self._run(self._accept)

    def freeze(self) -> None:
        """The connections that there are; new ones are served."""
        self._frozen.update(self._sockets)

    def close(self) -> None:
        for each in (self._server, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(self._broker)
                self._sockets += [near, far]
                self.accepted += 1
                self._run(self._pass, near, far)
                self._run(self._pass, far, near)

    def _pass(self, source: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while some := source.recv(65_536):
                if source not in self._frozen:
                    to.sendall(some)
            if source not in self._frozen:
                to.shutdown(socket.SHUT_WR)

    @staticmethod
    def _run(work: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()


class Program:
    """A program of Python, a file or its text, as a process of its own. Used as a context it is killed at the end."""

    def __init__(self, program: str | Path, *arguments: str, **environment: str) -> None:
        command = [str(program)] if isinstance(program, Path) else ["-c", program]
        self.process = subprocess.Popen(
            [sys.executable, *command, *arguments],
            env={**os.environ, "PYTHONPATH": str(_PACKAGE / "src"), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def line(self) -> str:
        """What it prints next."""
        return self._lines.get(timeout=30)

    def end(self) -> int:
        """Ends its input and waits for its end."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        return self.process.wait(30)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        # With its children, which have its output open, too.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.end()
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line.rstrip("\n"))
