"""The samples of the README, run as they stand."""

from __future__ import annotations

import re
import signal
import socket
import urllib.request
from pathlib import Path

from conftest import Broker, Program

from portlease import Client

README = Path(__file__).resolve().parents[1] / "README.md"
SAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def listening_port(line: str) -> int:
    return int(line.removeprefix("listening on port "))


def test_there_are_three() -> None:
    assert len(SAMPLES) == 3


def test_the_file_server_serves_and_gives_its_port_back_at_ctrl_c(broker: Broker, client: Client) -> None:
    with Program(SAMPLES[0], PORTLEASE_ADDRESS=broker.address) as server:
        port = listening_port(server.line())
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/").status == 200
        with Program(SAMPLES[2], PORTLEASE_ADDRESS=broker.address) as listing:
            assert listing.line() == "1 leases"
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 0
    client.acquire(preferred_port=port, must=True).release()


def test_the_asyncio_server_serves_and_gives_its_port_back_at_ctrl_c(broker: Broker, client: Client) -> None:
    with Program(SAMPLES[1], PORTLEASE_ADDRESS=broker.address) as server:
        port = listening_port(server.line())
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(b"hello\n")
            assert caller.makefile("rb").readline() == b"hello\n"
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 0
    client.acquire(preferred_port=port, must=True).release()
