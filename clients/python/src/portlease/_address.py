"""What a gRPC address says of where it leads: https://github.com/grpc/grpc/blob/master/doc/naming.md."""

from __future__ import annotations

import ipaddress
import re

_LOCAL = re.compile(r"unix(-abstract)?:")


def host_of(address: str) -> str | None:
    """The host of "dns:///db.example:7600", "[::1]:7600" or "127.0.0.1"; ``None`` for local sockets and unknown forms."""
    if _LOCAL.match(address):
        return None
    plain = re.sub(r"^(dns|ipv4|ipv6):(//[^/]*/)?", "", address)
    match = re.fullmatch(r"(?:\[([^\]]+)\]|([^:\[\]/]+))(?::\d+)?", plain)
    if match is not None:
        return match[1] or match[2]
    return plain if _ip(plain) is not None else None


def stays_on_this_host(address: str) -> bool:
    """True only where nothing of a call leaves this host: a local socket, or an address of the loopback interface."""
    if _LOCAL.match(address):
        # A named pipe of another host has its name in place of the dot.
        return re.match(r"unix:(\\\\|//)(?!\.[\\/])", address) is None
    host = (host_of(address) or "").lower()
    ip = _ip(host)
    if ip is None:
        return host == "localhost"
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
