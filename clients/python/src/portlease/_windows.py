"""Binds leased ports on Windows: associated with the reservation's token, plainly, or opened as the broker duplicated them.

Always exclusive, never SO_REUSEADDR, which would let another program take the same address:
https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
"""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells type checkers, too, whose modules these are

import ctypes
import errno
import socket
from ctypes import wintypes

from portlease._platform import Endpoint, WayRefused, open_socket

# _WSAIOW(IOC_VENDOR, 102): https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation
SIO_ASSOCIATE_PORT_RESERVATION = 0x98000066

# A WSAPROTOCOL_INFOW: https://learn.microsoft.com/windows/win32/api/winsock2/ns-winsock2-wsaprotocol_infow
PROTOCOL_INFO_BYTES = 628

# What refuses a process that is not elevated; CPython makes errno.EACCES of it, too:
# https://github.com/python/cpython/blob/main/PC/errmap.h (winerror_to_errno)
_WSAEACCES = 10013

_winsock = ctypes.WinDLL("ws2_32", use_last_error=True)
# https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaioctl; a SOCKET is as wide as a pointer.
_winsock.WSAIoctl.argtypes = (
    ctypes.c_size_t,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
    ctypes.c_void_p,
    ctypes.c_void_p,
)
_winsock.WSAIoctl.restype = ctypes.c_int


class WindowsPlatform:
    """Windows. Not tried on a real one yet; the calls and their order are those of the TypeScript client."""

    def bind_by_number(self, endpoint: Endpoint, share_port: bool) -> socket.socket:
        """``share_port`` is how Linux does it."""
        if share_port:
            raise OSError(f"port {endpoint.port} is not shared on Windows: bind as the lease says")
        return _bound(endpoint, 0, endpoint.port)

    def bind_associated(self, endpoint: Endpoint, token: int, token_port_count: int) -> socket.socket:
        """Needs elevation.

        The documentation binds to port 0 after an association and does not say whether a number may be given; MsQuic
        gives one. So the number is tried first, and 0 where the reservation has only this port.
        """
        try:
            return _bound(endpoint, token, endpoint.port)
        except WayRefused:
            raise
        except OSError:
            if token == 0 or token_port_count != 1:
                raise
            by_zero = _bound(endpoint, token, 0)
            if by_zero.getsockname()[1] == endpoint.port:
                return by_zero
            by_zero.close()
            raise

    def open_transferred(self, endpoint: Endpoint, protocol_info: bytes) -> socket.socket:
        """What CPython does with it: https://docs.python.org/3/library/socket.html#socket.fromshare."""
        if len(protocol_info) != PROTOCOL_INFO_BYTES:
            size = len(protocol_info)
            raise OSError(f"a handed-over socket is {PROTOCOL_INFO_BYTES} bytes, not {size}: broker and client do not fit")
        opened = socket.fromshare(protocol_info)
        port = opened.getsockname()[1]
        if port != endpoint.port:
            opened.close()
            raise OSError(f"the handed-over socket is bound to port {port} and not to {endpoint.port}")
        return opened

    def prepare_listen(self, bound: socket.socket) -> None:
        """Nothing to prepare: an exclusive socket waits for the connections of the last one anyway."""


def _bound(endpoint: Endpoint, token: int, port: int) -> socket.socket:
    opened = open_socket(endpoint)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        if token != 0:
            _associate(opened, token)
        opened.bind((endpoint.address, port))
    except BaseException:
        opened.close()
        raise
    return opened


def _associate(opened: socket.socket, token: int) -> None:
    value = ctypes.c_uint64(token)
    returned = wintypes.DWORD()
    result = _winsock.WSAIoctl(
        opened.fileno(),
        SIO_ASSOCIATE_PORT_RESERVATION,
        ctypes.byref(value),
        ctypes.sizeof(value),
        None,
        0,
        ctypes.byref(returned),
        None,
        None,
    )
    if result == 0:
        return
    # Winsock's last error is the thread's: https://learn.microsoft.com/windows/win32/winsock/error-codes-errno-h-errno-and-wsagetlasterror-2
    number = ctypes.get_last_error()
    text = f"SIO_ASSOCIATE_PORT_RESERVATION failed: {ctypes.FormatError(number)}"
    raise WayRefused(errno.EACCES if number == _WSAEACCES else number, text)
