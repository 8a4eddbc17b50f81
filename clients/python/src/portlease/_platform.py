"""Opens and binds sockets on leased ports, with exactly the options that each way needs. Decides nothing about leases."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass
from typing import Protocol

from portlease._grant import Transport


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is to be bound."""

    transport: Transport
    family: socket.AddressFamily
    address: str
    """An IPv4 or IPv6 literal of ``family``. "::" accepts IPv4 too unless ``ipv6_only``."""
    port: int
    ipv6_only: bool


class WayRefused(OSError):
    """The system did not let the socket be associated with the reservation; nothing was bound."""


class Platform(Protocol):
    """What the operating system offers. All methods raise OSError."""

    def bind_by_number(self, endpoint: Endpoint, share_port: bool) -> socket.socket:
        """By the port's number; with ``share_port`` beside the broker's hold."""

    def bind_associated(self, endpoint: Endpoint, token: int, token_port_count: int) -> socket.socket:
        """Windows: with the reservation's token. Raises WayRefused."""

    def open_transferred(self, endpoint: Endpoint, protocol_info: bytes) -> socket.socket:
        """Windows: what the broker bound and duplicated for this process."""

    def prepare_listen(self, bound: socket.socket) -> None:
        """Immediately before the socket listens, and never earlier."""


def open_socket(endpoint: Endpoint) -> socket.socket:
    """Unbound, blocking, not inherited by child processes."""
    kind = socket.SOCK_DGRAM if endpoint.transport == "udp" else socket.SOCK_STREAM
    opened = socket.socket(endpoint.family, kind)
    try:
        if endpoint.family == socket.AF_INET6:
            # Set both ways: the default comes from the sysctl net.ipv6.bindv6only, and differs on Windows.
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(endpoint.ipv6_only))
    except BaseException:
        opened.close()
        raise
    return opened


def this_platform() -> Platform:
    """How this machine binds."""
    if sys.platform == "win32":
        from portlease._windows import WindowsPlatform

        return WindowsPlatform()
    else:  # noqa: RET505 - an else is what type checkers understand
        from portlease._posix import PosixPlatform

        return PosixPlatform()
