"""Binds leased ports: picks the way that the reservation asks for and that this process may go, renews a stale token.

What the operating system is asked for is ``_platform.py``; listening is the caller's.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from portlease._calls import LeaseCalls
from portlease._errors import PortleaseError
from portlease._grant import Transport
from portlease._platform import Endpoint, Platform, WayRefused
from portlease.v1 import common_pb2, lease_pb2
from portlease.v1 import lease_service_pb2 as pb

BindMethod = Literal["auto", "associate", "handoff", "plain"]
"""``auto`` does as the reservation says; the others insist."""

TRANSFER_TRIES_MAX = 3
"""How often a socket is asked for when what came cannot be opened: a broker that restarted in between, and bad luck."""

_FAMILY_MISSING = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)

_METHODS: dict[int, str] = {
    common_pb2.BIND_METHOD_ASSOCIATE: "associate",
    common_pb2.BIND_METHOD_HANDOFF: "handoff",
    common_pb2.BIND_METHOD_SHARE_PORT: "share-port",
}

_log = logging.getLogger("portlease")


class BindableLease(Protocol):
    """A lease as binding sees it."""

    @property
    def lease_id(self) -> str: ...
    @property
    def holder_key(self) -> str: ...
    @property
    def reservations(self) -> Sequence[lease_pb2.PortReservation]: ...
    def renew_reservations(self) -> None:
        """Asks the broker for the reservations as they are now."""

    def check_held(self, port: int) -> None:
        """Raises unless the port is still the caller's."""


@dataclass(frozen=True, slots=True)
class HowReserved:
    """How the operating system knows a leased port. The token is secret; 0 where there is none."""

    method: str
    token: int
    token_port_count: int


class Binder:
    """One per client: what it learns about this process's rights holds for all leases."""

    def __init__(self, platform: Platform, calls: LeaseCalls) -> None:
        self._platform = platform
        self._calls = calls
        # Rights do not change while a process runs, so that it asks once only.
        self._associate_denied = False

    def bind(self, lease: BindableLease, endpoints: Sequence[Endpoint], method: BindMethod) -> socket.socket:
        """A bound socket. The next endpoint is tried only where this host does not know the family of the one before.

        Raises what ``check_held`` raised, OSError, or the broker's PortleaseError.
        """
        for endpoint in endpoints[:-1]:
            try:
                return self._bind_held(lease, endpoint, method)
            except OSError as error:
                if error.errno not in _FAMILY_MISSING:
                    raise
            except PortleaseError as error:
                # A broker that binds for us says so in the words of its operating system.
                if error.metadata.get("error_name") not in ("WSAEAFNOSUPPORT", "WSAEADDRNOTAVAIL"):
                    raise
        return self._bind_held(lease, endpoints[-1], method)

    def _bind_held(self, lease: BindableLease, endpoint: Endpoint, method: BindMethod) -> socket.socket:
        bound = self._bind_fresh(lease, endpoint, method)
        try:
            lease.check_held(endpoint.port)  # A handoff takes time.
        except PortleaseError:
            bound.close()
            raise
        return bound

    def _bind_fresh(self, lease: BindableLease, endpoint: Endpoint, method: BindMethod) -> socket.socket:
        """Tokens change when the host restarts, and with isolation "per-lease" between two holders."""
        how = how_reserved(lease.reservations, endpoint.transport, endpoint.port)
        try:
            return self._bind_by(lease, endpoint, how, method)
        except OSError as error:
            if not _is_stale(how, error):
                raise
            lease.renew_reservations()
            renewed = how_reserved(lease.reservations, endpoint.transport, endpoint.port)
            if renewed == how:
                raise
        return self._bind_by(lease, endpoint, renewed, method)

    def _bind_by(self, lease: BindableLease, endpoint: Endpoint, how: HowReserved, choice: BindMethod) -> socket.socket:
        lease.check_held(endpoint.port)
        method = how.method if choice == "auto" else choice
        if method == "handoff":
            return self._handed_over(lease, endpoint)
        if method != "associate":
            return self._platform.bind_by_number(endpoint, share_port=method == "share-port")
        # Without a token nothing is associated, and no right is needed for it.
        if choice == "associate" or how.token == 0 or not self._associate_denied:
            try:
                return self._platform.bind_associated(endpoint, how.token, how.token_port_count)
            except WayRefused as error:
                if choice == "associate" or error.errno != errno.EACCES:
                    raise
                self._associate_denied = True
                _log.info("this process may not use a reservation; the broker binds for it")
        return self._handed_over(lease, endpoint)

    def _handed_over(self, lease: BindableLease, endpoint: Endpoint) -> socket.socket:
        """TransferSocket, open it here, ConfirmTransfer."""
        request = _transfer_request(lease, endpoint)
        tries = 1
        while True:
            answer = self._calls.transfer_socket(request)
            lease.check_held(endpoint.port)
            try:
                opened = self._platform.open_transferred(endpoint, answer.protocol_info)
                break
            except OSError:
                # The bytes stand for a socket of the broker's process: when that is gone, only another is any good.
                if tries == TRANSFER_TRIES_MAX:
                    raise
                tries += 1
        try:
            self._calls.confirm_transfer(answer.transfer_id, lease.holder_key)
        except PortleaseError as error:
            # The socket is ours, and the broker closes its copy after a while by itself.
            _log.debug("a handed-over socket could not be confirmed: %s", error)
        return opened


def how_reserved(reservations: Sequence[lease_pb2.PortReservation], transport: Transport, port: int) -> HowReserved:
    """The first reservation that covers the port counts; a port without one is bound plainly."""
    for one in reservations:
        is_udp = one.protocol == common_pb2.PROTOCOL_UDP
        if is_udp == (transport == "udp") and one.first_port <= port < one.first_port + one.port_count:
            return HowReserved(_METHODS.get(one.bind_method, "plain"), one.token, one.port_count)
    return HowReserved("plain", 0, 1)


def _is_stale(how: HowReserved, error: OSError) -> bool:
    """Whether what the broker told of the reservation may be out of date.

    What Windows answers to a token that it does not know is not documented; a port that was not covered and needed no
    token is refused with WSAEACCES once it is covered:
    https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
    """
    if isinstance(error, WayRefused):
        return True
    return how.token == 0 and how.method == "associate" and error.errno in (errno.EACCES, errno.EADDRINUSE)


def _transfer_request(lease: BindableLease, endpoint: Endpoint) -> pb.TransferSocketRequest:
    if endpoint.family == socket.AF_INET:
        family = pb.TransferSocketRequest.ADDRESS_FAMILY_IPV4
    elif endpoint.ipv6_only:
        family = pb.TransferSocketRequest.ADDRESS_FAMILY_IPV6
    else:
        family = pb.TransferSocketRequest.ADDRESS_FAMILY_DUAL_STACK
    return pb.TransferSocketRequest(
        lease_id=lease.lease_id,
        holder_key=lease.holder_key,
        process_id=os.getpid(),
        address=endpoint.address,
        port=endpoint.port,
        address_family=family,
        protocol=common_pb2.PROTOCOL_UDP if endpoint.transport == "udp" else common_pb2.PROTOCOL_TCP,
    )
