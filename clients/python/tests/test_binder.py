"""How a leased port is bound, by a platform and a broker that follow a script: also as it goes on Windows."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc
import pytest

from portlease import PortleaseError
from portlease._binder import TRANSFER_TRIES_MAX, Binder, BindMethod, how_reserved
from portlease._endpoints import endpoints
from portlease._platform import Endpoint, WayRefused
from portlease.v1 import common_pb2 as common
from portlease.v1 import lease_service_pb2 as pb
from portlease.v1.lease_pb2 import PortReservation

IN_USE = OSError(errno.EADDRINUSE, "in use")
NOT_ELEVATED = WayRefused(errno.EACCES, "not elevated")
STALE = WayRefused(10022, "no such token")
LOST = PortleaseError(grpc.StatusCode.FAILED_PRECONDITION, "LEASE_LOST", "lost")


def reserved(method: common.BindMethod.ValueType, token: int = 0) -> PortReservation:
    return PortReservation(protocol=common.PROTOCOL_TCP, first_port=20_000, port_count=2, token=token, bind_method=method)


@dataclass
class World:
    """A platform, a broker and a lease in one. What a way answers is an error, else a socket."""

    reservations: Sequence[PortReservation]
    renewed: Sequence[PortReservation] = ()
    errors: dict[str, list[Exception | None]] = field(default_factory=dict)
    did: list[str] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)
    lease_id = "a"
    holder_key = "secret"

    def _do(self, what: str, way: str) -> socket.socket:
        self.did.append(what)
        errors = self.errors.get(way, [])
        error = errors.pop(0) if errors else None
        if error is not None:
            raise error
        made = socket.socket()
        self.sockets.append(made)
        return made

    def bind_by_number(self, endpoint: Endpoint, share_port: bool) -> socket.socket:
        return self._do(f"{'share' if share_port else 'plain'} {endpoint.address}", "number")

    def bind_associated(self, endpoint: Endpoint, token: int, token_port_count: int) -> socket.socket:
        return self._do(f"associate {token} of {token_port_count}", "associate")

    def open_transferred(self, endpoint: Endpoint, protocol_info: bytes) -> socket.socket:
        return self._do(f"open {protocol_info.decode()}", "open")

    def prepare_listen(self, bound: socket.socket) -> None: ...

    def transfer_socket(self, request: pb.TransferSocketRequest) -> pb.TransferSocketResponse:
        family = pb.TransferSocketRequest.AddressFamily.Name(request.address_family).removeprefix("ADDRESS_FAMILY_")
        self.did.append(f"transfer {request.address}:{request.port} {family}")
        return pb.TransferSocketResponse(protocol_info=b"628", transfer_id="t")

    def confirm_transfer(self, transfer_id: str, holder_key: str) -> None:
        self.did.append("confirm")

    def renew_reservations(self) -> None:
        self.did.append("renew")
        self.reservations = self.renewed

    def check_held(self, port: int) -> None:
        errors = self.errors.get("held", [])
        error = errors.pop(0) if errors else None
        if error is not None:
            raise error

    def bind(self, binder: Binder | None = None, host: str | None = "127.0.0.1", method: BindMethod = "auto") -> list[str]:
        """Binds, and answers what was done for it."""
        used = binder or self.binder()
        try:
            used.bind(self, endpoints(host, "tcp", 20_001, ipv6_only=False), method)
        finally:
            self.open = [each.fileno() != -1 for each in self.sockets]
            for each in self.sockets:
                each.close()
        return self.did

    def binder(self) -> Binder:
        return Binder(self, self)  # type: ignore[arg-type]


def test_each_way_is_taken_as_the_reservation_says() -> None:
    assert World([]).bind() == ["plain 127.0.0.1"]
    assert World([reserved(common.BIND_METHOD_PLAIN)]).bind() == ["plain 127.0.0.1"]
    assert World([reserved(common.BIND_METHOD_SHARE_PORT)]).bind() == ["share 127.0.0.1"]
    assert World([reserved(common.BIND_METHOD_ASSOCIATE, 7)]).bind() == ["associate 7 of 2"]
    handed = World([reserved(common.BIND_METHOD_HANDOFF)]).bind()
    assert handed == ["transfer 127.0.0.1:20001 IPV4", "open 628", "confirm"]
    assert World([reserved(common.BIND_METHOD_SHARE_PORT)]).bind(method="plain") == ["plain 127.0.0.1"]


def test_the_reservation_of_a_port_is_that_of_its_protocol() -> None:
    udp = PortReservation(protocol=common.PROTOCOL_UDP, first_port=20_000, port_count=2, token=9)
    both = [udp, reserved(common.BIND_METHOD_ASSOCIATE, 7)]
    assert [how_reserved(both, transport, 20_001).token for transport in ("tcp", "udp")] == [7, 9]
    assert how_reserved(both, "tcp", 20_002).method == "plain"


def test_who_is_not_elevated_asks_the_broker_and_does_not_try_again() -> None:
    world = World([reserved(common.BIND_METHOD_ASSOCIATE, 7)], errors={"associate": [NOT_ELEVATED]})
    binder = world.binder()
    transfer = ["transfer 127.0.0.1:20001 IPV4", "open 628", "confirm"]
    assert world.bind(binder) == ["associate 7 of 2", *transfer]
    assert world.bind(binder)[4:] == transfer


def test_a_token_that_is_out_of_date_is_renewed_once() -> None:
    old, new = [reserved(common.BIND_METHOD_ASSOCIATE, 7)], [reserved(common.BIND_METHOD_ASSOCIATE, 8)]
    assert World(old, new, {"associate": [STALE]}).bind() == ["associate 7 of 2", "renew", "associate 8 of 2"]
    uncovered = [reserved(common.BIND_METHOD_ASSOCIATE, 0)]
    assert World(uncovered, new, {"associate": [IN_USE]}).bind() == ["associate 0 of 2", "renew", "associate 8 of 2"]
    same = World(old, old, {"associate": [STALE]})
    with pytest.raises(WayRefused):
        same.bind()
    assert same.did == ["associate 7 of 2", "renew"]


def test_a_port_that_is_taken_is_not_tried_again() -> None:
    world = World([reserved(common.BIND_METHOD_SHARE_PORT)], errors={"number": [IN_USE]})
    with pytest.raises(OSError, match="in use"):
        world.bind(host=None)
    assert world.did == ["share ::"]


def test_ipv4_is_bound_where_the_host_has_no_ipv6() -> None:
    missing = OSError(errno.EAFNOSUPPORT, "no IPv6")
    assert World([], errors={"number": [missing]}).bind(host=None) == ["plain ::", "plain 0.0.0.0"]


def test_a_socket_that_cannot_be_opened_is_asked_for_again() -> None:
    spent = OSError(10038, "spent")
    tried = World([reserved(common.BIND_METHOD_HANDOFF)], errors={"open": [spent]}).bind(host=None)
    transfer = "transfer :::20001 DUAL_STACK"
    assert tried == [transfer, "open 628", transfer, "open 628", "confirm"]
    hopeless = World([reserved(common.BIND_METHOD_HANDOFF)], errors={"open": [spent] * TRANSFER_TRIES_MAX})
    with pytest.raises(OSError, match="spent"):
        hopeless.bind(host="::")
    assert hopeless.did.count("open 628") == TRANSFER_TRIES_MAX


def test_a_lease_that_is_lost_meanwhile_closes_the_socket() -> None:
    for checks in ([LOST], [None, LOST]):
        world = World([], errors={"held": list(checks)})
        with pytest.raises(PortleaseError):
            world.bind()
        assert world.open == [False] * (len(checks) - 1)
