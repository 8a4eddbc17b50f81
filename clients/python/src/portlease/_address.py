"""Where the broker is: what an address says of where it leads, and the file in which a broker says where it listens."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

DEFAULT_ADDRESS = "127.0.0.1:7600"
"""Where a broker listens unless it was told otherwise."""

_FILE_BYTES_MAX = 65_536


def broker_address(given: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """``given``, else PORTLEASE_ADDRESS, else what a running broker wrote into its file, else 127.0.0.1:7600."""
    if given is not None:
        return given
    named = environment.get("PORTLEASE_ADDRESS", "")
    if named != "":
        return named
    for path in discovery_files(environment):
        found = discovered_address(path)
        if found is not None:
            return found
    return DEFAULT_ADDRESS


def host_of(address: str) -> str | None:
    """The host of ``dns:///db.example:7600``, ``[::1]:7600`` or ``127.0.0.1``; ``None`` for local sockets and unknown forms.

    The forms are those of gRPC: https://github.com/grpc/grpc/blob/master/doc/naming.md
    """
    if re.match(r"unix(-abstract)?:", address):
        return None
    plain = re.sub(r"^(dns|ipv4|ipv6):(//[^/]*/)?", "", address)
    match = re.fullmatch(r"(?:\[([^\]]+)\]|([^:\[\]/]+))(?::\d+)?", plain)
    if match is not None:
        return match[1] or match[2]
    return plain if _ip(plain) is not None else None


def stays_on_this_host(address: str) -> bool:
    """True only where nothing of a call leaves this host: a local socket, or an address of the loopback interface."""
    if re.match(r"unix(-abstract)?:", address):
        # A named pipe of another host has its name in place of the dot.
        return re.match(r"unix:(\\\\|//)(?!\.[\\/])", address) is None
    host = (host_of(address) or "").lower()
    ip = _ip(host)
    if ip is None:
        return host == "localhost"
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def discovery_files(environment: Mapping[str, str]) -> Iterator[Path]:
    """Where brokers of this host write where they listen: of this user first, then of the system."""
    if sys.platform == "win32":
        yield Path(environment.get("ProgramData") or r"C:\ProgramData", "portlease", "broker.json")
        return
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if os.geteuid() != 0 and os.path.isabs(runtime):
        yield Path(runtime, "portlease", "broker.json")
    yield Path("/run/portlease/broker.json")


def discovered_address(path: Path) -> str | None:
    """The best address of the file; ``None`` when there is no file to be believed, or its broker runs no more.

    Only a file of this user or of root that nobody else can write, and in it only addresses of this host: holder keys
    must not be led to another host, or to another user's program, by a file that anybody may have put there.
    """
    try:
        with path.open("rb") as file:
            if not _trusted(os.fstat(file.fileno())):
                return None
            content = json.loads(file.read(_FILE_BYTES_MAX))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict):
        return None
    addresses, process_id = content.get("addresses"), content.get("processId")
    if not isinstance(addresses, list) or not isinstance(process_id, int) or not _alive(process_id):
        return None
    usable = (one for one in addresses if isinstance(one, str) and _usable(one))
    return next(usable, None)


def _usable(address: str) -> bool:
    # gRPC for Python has no named pipes; a broker that listens on one names a port too.
    return stays_on_this_host(address) and not address.startswith(("unix:\\", "unix://."))


def _trusted(status: os.stat_result) -> bool:
    if sys.platform == "win32":
        # Mode bits say nothing there, and only the address itself limits what such a file can do.
        return True
    writable_by_others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid in (0, os.geteuid()) and not writable_by_others


def _alive(process_id: int) -> bool:
    """A broker that was killed leaves its file. One of another user may not be signalled, but lives."""
    if process_id < 1:
        return False
    if sys.platform == "win32":
        # os.kill would end the process there; whoever connects finds out.
        return True
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
