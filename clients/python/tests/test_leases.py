"""Leases of a real broker: acquired, bound, kept, given back and refused."""

from __future__ import annotations

import pickle
import socket
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import grpc
import pytest
from conftest import Broker, eventually

from portlease import Client, LeaseState, PortleaseError


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        pass


def refusal(client: Client, reason: str, **wish: object) -> PortleaseError:
    with pytest.raises(PortleaseError) as caught:
        client.acquire(**wish)  # type: ignore[arg-type]
    assert caught.value.reason == reason
    return caught.value


def test_a_leased_port_serves_http_for_several_ttls_and_is_free_after_its_release(client: Client) -> None:
    answers, states = [], []
    with client.acquire(service="orders", ttl=1) as lease:
        server = HTTPServer(("", lease.port), _Hello, bind_and_activate=False)
        server.socket.close()
        server.socket = lease.listen()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        renewed_at = lease._kept.track.renewed_at
        eventually(lambda: lease._kept.track.renewed_at > renewed_at + 3 * lease.ttl)
        answers.append(urllib.request.urlopen(f"http://127.0.0.1:{lease.port}/").read())
        server.shutdown()
        thread.join()
        server.server_close()
        states.append(lease.state)
    states.append(lease.state)
    assert answers == [b"hello"]
    assert states == [LeaseState.SAFE, LeaseState.RELEASED]
    with client.acquire(preferred_port=lease.port, must=True) as another:
        assert another.generation > lease.generation


def test_clients_never_have_the_same_port(broker: Broker) -> None:
    with Client(broker.address) as one, Client(broker.address) as other:
        leases = [client.acquire() for _ in range(4) for client in (one, other)]
        assert len({lease.port for lease in leases}) == 8
        refusal(one, "POOL_FULL")


def test_a_run_of_ports_is_consecutive_and_each_can_be_bound(client: Client) -> None:
    with client.acquire(port_count=3) as lease:
        assert lease.ports == (lease.port, lease.port + 1, lease.port + 2)
        for port in lease.ports:
            with lease.listen(port=port) as listening:
                assert listening.getsockname()[1] == port
        with pytest.raises(PortleaseError) as caught:
            lease.listen(port=lease.port + 3)
        assert caught.value.reason == "PORT_NOT_IN_LEASE"


def test_a_port_can_be_listened_on_again_at_once(client: Client) -> None:
    with client.acquire() as lease:
        for _ in range(2):
            with lease.listen("127.0.0.1") as listening, socket.create_connection(("127.0.0.1", lease.port)) as caller:
                accepted, _ = listening.accept()
                # The side that closes first is left in TIME_WAIT.
                accepted.close()
                assert caller.recv(1) == b""


def test_both_families_are_served_unless_a_host_is_named(client: Client) -> None:
    with client.acquire() as lease:
        with lease.listen():
            for host in ("127.0.0.1", "::1"):
                socket.create_connection((host, lease.port)).close()
        with lease.listen("127.0.0.1"), pytest.raises(ConnectionRefusedError):
            socket.create_connection(("::1", lease.port))


def test_a_socket_has_no_reuse_address_before_it_listens(client: Client) -> None:
    with client.acquire() as lease:
        with lease.bind() as bound:
            assert bound.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 0
            assert bound.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT) == 1
            assert not bound.get_inheritable()
        with lease.listen() as listening:
            assert listening.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1


def test_a_udp_lease_receives(client: Client) -> None:
    with client.acquire(pool="datagrams", protocol="udp") as lease:
        with lease.bind("127.0.0.1") as bound, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            bound.settimeout(20)
            for number in range(20):
                sender.sendto(bytes([number]), ("127.0.0.1", lease.port))
                assert bound.recv(10) == bytes([number])
        with pytest.raises(PortleaseError) as caught:
            lease.listen()
        assert caught.value.reason == "PORT_NOT_IN_LEASE"


def test_the_same_request_id_brings_the_same_lease(broker: Broker, client: Client) -> None:
    with Client(broker.address) as other, client.acquire(request_id="a-1", service="a") as lease:
        again = other.acquire(request_id="a-1", service="a")
        assert (again.lease_id, again.holder_key) == (lease.lease_id, lease.holder_key)
        assert refusal(other, "REQUEST_ID_REUSED", request_id="a-1", service="b").code is grpc.StatusCode.ALREADY_EXISTS


def test_errors_tell_code_reason_values_and_when_to_try_again(broker: Broker, client: Client) -> None:
    out_of_range = refusal(client, "TTL_OUT_OF_RANGE", ttl=7200)
    assert out_of_range.code is grpc.StatusCode.INVALID_ARGUMENT
    assert out_of_range.metadata["max_ttl_seconds"] == "3600"
    assert str(out_of_range).startswith("TTL_OUT_OF_RANGE: ")
    with client.acquire(port_count=8, ttl=5) as lease:
        assert refusal(client, "POOL_FULL").retry_delay is None
        assert refusal(client, "PORT_LEASED", preferred_port=lease.port, must=True).metadata["port"] == str(lease.port)
    client.acquire(pool="resting").release()
    rests = refusal(client, "POOL_FULL", pool="resting").retry_delay
    assert rests is not None
    assert 0 < rests <= 60
    for option, value in {"ttl": -1, "port_count": 0, "preferred_port": 70_000, "protocol": "sctp"}.items():
        assert refusal(client, "OPTION_INVALID", **{option: value}).metadata == {"option": option}


def test_who_waits_in_line_gets_the_port_that_is_given_back(client: Client) -> None:
    leases = [client.acquire() for _ in range(8)]
    waiting = threading.Thread(target=lambda: leases.append(client.acquire(max_wait=60)), daemon=True)
    waiting.start()
    leases[3].release()
    waiting.join()
    assert leases[8].port == leases[3].port
    for lease in leases:
        lease.release()


def test_no_broker_is_said_with_what_to_do(broker: Broker) -> None:
    with Client("127.0.0.1:1") as nowhere:
        error = refusal(nowhere, "BROKER_UNREACHABLE", timeout=4)
    assert error.code is grpc.StatusCode.UNAVAILABLE
    assert "127.0.0.1:1" in str(error)
    assert "portlease serve" in str(error)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.code, copy.reason, copy.metadata, str(copy)) == (error.code, error.reason, error.metadata, str(error))
    refusal(nowhere, "CLIENT_CLOSED")


def test_secrets_are_not_shown(client: Client) -> None:
    with client.acquire() as lease:
        assert lease.lease_id in repr(lease)
        assert lease.holder_key not in repr(lease)


def test_a_lease_that_somebody_else_released_is_lost_and_cannot_be_bound(broker: Broker, client: Client) -> None:
    told = threading.Event()
    lease = client.acquire(ttl=2, on_lost=lambda lost_lease, lost: told.set())
    client._calls.release(lease.lease_id, lease.holder_key, 2.0)
    assert told.wait(20)
    assert lease.state is LeaseState.LOST
    assert lease.lost is not None
    assert lease.lost.reason == "LEASE_NOT_FOUND"
    with pytest.raises(PortleaseError) as caught:
        lease.listen()
    assert caught.value.reason == "LEASE_LOST"
    lease.release()


def test_closing_the_client_ends_waits_for_the_broker() -> None:
    client = Client("127.0.0.1:1")
    outcome = []

    def wait() -> None:
        with pytest.raises(PortleaseError) as caught:
            client.acquire(timeout=60)
        outcome.append(caught.value.reason)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    client.close()
    waiting.join(20)
    assert outcome == ["CLIENT_CLOSED"]


def test_a_callback_that_fails_or_hangs_holds_up_no_renewal(client: Client) -> None:
    hang = threading.Event()
    with client.acquire(ttl=1) as lease:
        client._notifier.post(lambda: 1 / 0)
        client._notifier.post(lambda: hang.wait(60))
        renewed_at = lease._kept.track.renewed_at
        eventually(lambda: lease._kept.track.renewed_at > renewed_at + 2 * lease.ttl)
        assert lease.state is LeaseState.SAFE
        hang.set()
