"""Which addresses to bind for the host that an application names."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from portlease._errors import option_invalid
from portlease._grant import Transport
from portlease._platform import Endpoint


def endpoints(host: str | None, transport: Transport, port: int, ipv6_only: bool) -> Sequence[Endpoint]:
    """Without a host: all addresses of IPv6 and IPv4, or of IPv4 on a host without IPv6. Raises OPTION_INVALID."""
    if host is None:
        ipv6 = Endpoint(transport, socket.AF_INET6, "::", port, ipv6_only)
        return [ipv6] if ipv6_only else [ipv6, Endpoint(transport, socket.AF_INET, "0.0.0.0", port, False)]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        what = f"{host!r} has no address here: {error}. Give an IP address of this machine, or leave it out"
        raise option_invalid("host", what) from error
    for family, _, _, _, address in found:
        if family in (socket.AF_INET, socket.AF_INET6):
            return [Endpoint(transport, family, str(address[0]), port, ipv6_only)]
    raise option_invalid("host", f"{host!r} has no IPv4 or IPv6 address here")
