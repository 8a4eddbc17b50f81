"""Who calls and who is called: addresses, discovery files, tokens and TLS."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from conftest import Broker

from portlease import Client, PortleaseError, Tls
from portlease._access import FileToken, access_to
from portlease._address import stays_on_this_host
from portlease._discovery import discovered_address, discovery_places, locate_broker


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        ("127.0.0.1:7600", True),
        ("localhost:7600", True),
        ("[::1]:7600", True),
        ("ipv6:[::ffff:127.0.0.2]:7600", True),
        ("dns:///localhost:7600", True),
        ("unix:/run/portlease.sock", True),
        (r"unix:\\.\pipe\portlease", True),
        (r"unix:\\elsewhere\pipe\portlease", False),
        ("10.0.0.1:7600", False),
        ("localhost.example.org:7600", False),
        ("127.0.0.1.example.org:7600", False),
    ],
)
def test_an_address_stays_on_this_host_or_leaves_it(address: str, stays: bool) -> None:
    assert stays_on_this_host(address) is stays


def discovery(folder: Path, mode: int = 0o644, **changes: object) -> Path:
    path = folder / "broker.json"
    content = {"addresses": ["10.0.0.1:7600", "127.0.0.1:7700", "unix:/x/broker.sock"], "processId": os.getpid(), **changes}
    path.write_text(json.dumps(content))
    path.chmod(mode)
    return path


def test_the_address_is_as_told_else_of_the_environment_else_of_the_file_else_the_default(tmp_path: Path) -> None:
    environment = {"PORTLEASE_ADDRESS": "127.0.0.1:2", "PORTLEASE_DISCOVERY_FILE": str(discovery(tmp_path))}
    assert locate_broker("127.0.0.1:1", False, environment) == "127.0.0.1:1"
    assert locate_broker(None, False, environment) == "127.0.0.1:2"
    del environment["PORTLEASE_ADDRESS"]
    assert locate_broker(None, False, environment) == "127.0.0.1:7700"
    assert locate_broker(None, False, {"PORTLEASE_DISCOVERY_FILE": "none"}) == "127.0.0.1:7600"


def test_only_files_that_can_be_believed_count(tmp_path: Path) -> None:
    assert discovered_address(tmp_path / "missing", False) is None
    assert discovered_address(discovery(tmp_path, mode=0o666), False) is None
    assert discovered_address(discovery(tmp_path, addresses=["10.0.0.1:7600", "unix:here"]), False) is None
    assert discovered_address(discovery(tmp_path, addresses=5), False) is None
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert discovered_address(discovery(tmp_path, processId=gone.pid), False) is None
    link = tmp_path / "link"
    link.symlink_to(discovery(tmp_path))
    assert discovered_address(link, False) is None
    assert discovered_address(discovery(tmp_path, tls=True), True) == "127.0.0.1:7700"
    assert discovered_address(discovery(tmp_path, tls=True), False) == "unix:/x/broker.sock"
    (tmp_path / "broker.json").write_text("[1")
    assert discovered_address(tmp_path / "broker.json", False) is None


def test_a_file_of_another_user_is_left_aside(tmp_path: Path) -> None:
    path = discovery(tmp_path)
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(path, 12_345, -1)
    assert discovered_address(path, False) is None


def test_a_user_looks_at_the_own_broker_first_and_root_at_the_hosts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"XDG_RUNTIME_DIR": "/run/user/7"}
    host = Path("/run/portlease/broker.json")
    monkeypatch.setattr(os, "geteuid", lambda: 7)
    assert discovery_places(environment) == (Path("/run/user/7/portlease/broker.json"), host)
    assert discovery_places({}) == (host,)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert discovery_places(environment) == (host,)


def option_of(**options: object) -> str:
    given = {"address": "127.0.0.1:1", "token": None, "token_file": None, "tls": None, "environment": {}, **options}
    with pytest.raises(PortleaseError) as caught:
        access_to(**given)  # type: ignore[arg-type]
    assert caught.value.reason == "OPTION_INVALID"
    return caught.value.metadata["option"]


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    assert option_of(token="two words") == "token"
    assert option_of(token="secret", address="broker.example.org:7600") == "token"
    assert option_of(token_file=tmp_path / "missing") == "token_file"
    assert option_of(environment={"PORTLEASE_TOKEN_FILE": os.devnull}) == "token_file"
    assert option_of(tls=Tls(cert_file=tmp_path)) == "tls"
    assert option_of(environment={"PORTLEASE_CA_FILE": str(tmp_path / "missing")}) == "tls"


def test_a_token_file_is_followed_and_a_broken_one_leaves_the_last(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one\nignored\n")
    token = FileToken(path)
    assert token.current() == "one"
    path.write_text("another\n")
    assert token.current() == "another"
    path.unlink()
    assert token.current() == "another"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, Path]]:
    """A broker that asks for TLS and a token; with the folder of the files for it."""
    folder = tmp_path_factory.mktemp("guarded")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(folder / "key")]
    names = ["-subj", "/CN=broker", "-addext", "subjectAltName=DNS:localhost,DNS:broker.example.org"]
    subprocess.run(
        ["openssl", "req", "-x509", *key, *names, "-days", "2", "-out", str(folder / "crt")],
        check=True,
        capture_output=True,
    )
    (folder / "token").touch(0o600)
    (folder / "token").write_text("0123456789abcdef0123456789abcdef\n")
    (folder / "key").chmod(0o600)
    config = f"""
requireToken: true
tokens:
  - {{ name: python, role: holder, file: {folder / "token"} }}
tls: {{ certFile: {folder / "crt"}, keyFile: {folder / "key"} }}
"""
    running = Broker(folder, config, ("--discovery-file", str(folder / "broker.json")))
    yield running, folder
    running.kill()


def test_a_guarded_broker_is_reached_by_the_environment_alone(
    guarded: tuple[Broker, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, folder = guarded
    monkeypatch.setenv("PORTLEASE_ADDRESS", broker.address.replace("127.0.0.1", "localhost"))
    monkeypatch.setenv("PORTLEASE_TOKEN_FILE", str(folder / "token"))
    monkeypatch.setenv("PORTLEASE_CA_FILE", str(folder / "crt"))
    with Client() as client, client.acquire() as lease, lease.listen():
        assert lease.port > 0


def test_a_guarded_broker_is_reached_by_arguments(guarded: tuple[Broker, Path]) -> None:
    broker, folder = guarded
    tls = Tls(ca_file=folder / "crt", server_name="broker.example.org")
    with Client(broker.address, tls=tls, token_file=folder / "token") as client, client.acquire() as lease:
        assert lease.port > 0
    with Client(broker.address, tls=tls) as stranger, pytest.raises(PortleaseError) as caught:
        stranger.acquire()
    assert (caught.value.code, caught.value.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING")


def test_a_broker_that_runs_is_found_by_its_file(broker: Broker, guarded: tuple[Broker, Path]) -> None:
    assert discovered_address(guarded[1] / "broker.json", True) == guarded[0].address
