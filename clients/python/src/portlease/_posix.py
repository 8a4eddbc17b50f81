"""Binds leased ports on Linux and macOS: beside the broker's hold, or plainly where nothing is held."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells type checkers, too, whose modules these are

import socket

from portlease._platform import Endpoint, open_socket


class PosixPlatform:
    """Linux and macOS."""

    def bind_by_number(self, endpoint: Endpoint, share_port: bool) -> socket.socket:
        """The kernel lets only processes of one user share a port (https://man7.org/linux/man-pages/man7/socket.7.html)."""
        opened = open_socket(endpoint)
        try:
            if share_port:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            elif endpoint.transport == "tcp":
                # A port that nobody holds is bound as any server binds it: else connections of the last one in TIME_WAIT
                # would refuse it for a minute. Beside a hold it must wait until listen.
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind((endpoint.address, endpoint.port))
        except BaseException:
            opened.close()
            raise
        return opened

    def bind_associated(self, endpoint: Endpoint, token: int, token_port_count: int) -> socket.socket:
        """Reservations with tokens are there on Windows only."""
        raise OSError(f"port {endpoint.port} is not bound by a token on this platform: bind as the lease says")

    def open_transferred(self, endpoint: Endpoint, protocol_info: bytes) -> socket.socket:
        """Sockets are handed over on Windows only."""
        raise OSError("sockets are handed over on Windows only: bind as the lease says")

    def prepare_listen(self, bound: socket.socket) -> None:
        """Makes the port usable again at once after the server closes (TIME_WAIT).

        Before, it would open the port: two sockets with SO_REUSEADDR may be bound to one as long as neither listens.
        """
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
