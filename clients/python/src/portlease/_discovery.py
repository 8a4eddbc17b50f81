"""Where the broker is: as the caller says, else the environment, else what the host's broker wrote down, else the default.

What is in a discovery file leads tokens and holder keys to whoever listens there: so it counts only when this user or root
wrote it, names this host, and the broker that wrote it still runs. On Windows, where Python does not tell whose a file is,
none counts.
"""

from __future__ import annotations

import json
import logging
import os
import re
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from portlease._address import host_of, stays_on_this_host

DEFAULT_ADDRESS = "127.0.0.1:7600"
"""Where a broker listens unless it was told otherwise."""

# A broker writes some hundred bytes.
_FILE_BYTES_MAX = 65_536

_log = logging.getLogger("portlease")


def locate_broker(given: str | None, secured: bool, environment: Mapping[str, str]) -> str:
    """The address. ``secured``: the caller would speak TLS. Never raises: nothing that it finds is better than the default."""
    told = given or environment.get("PORTLEASE_ADDRESS")
    if told:
        return told
    for path in discovery_places(environment):
        found = discovered_address(path, secured)
        if found is not None:
            return found
    return DEFAULT_ADDRESS


def discovery_places(environment: Mapping[str, str]) -> Sequence[Path]:
    """The file of this user's broker, then that of the host's; root looks at the host's alone.

    PORTLEASE_DISCOVERY_FILE, which tells a broker where to write, names the only place, or "none".
    """
    if sys.platform == "win32":
        return ()
    told = environment.get("PORTLEASE_DISCOVERY_FILE")
    if told:
        return () if told == "none" else (Path(told),)
    of_host = Path("/run/portlease/broker.json")
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    # With sudo the variable may still be that of the calling user.
    if os.geteuid() == 0 or not os.path.isabs(runtime):
        return (of_host,)
    return (Path(runtime, "portlease", "broker.json"), of_host)


def discovered_address(path: Path, secured: bool) -> str | None:
    """The broker's first choice; but without TLS its local socket, where its TCP address wants TLS.

    ``None``: there is nothing to be believed.
    """
    try:
        content = json.loads(_read_owned(path))
        addresses, process_id = content["addresses"], content["processId"]
        ours = [each for each in addresses if isinstance(each, str) and _of_this_host(each)]
        if not ours:
            raise ValueError("it names no address of this host")
        if not isinstance(process_id, int) or not _alive(process_id):
            raise ValueError("the broker that left it behind does not run any more")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("the discovery file %s is left aside: %s", path, error)
        return None
    if content.get("tls") is True and not secured:
        return next((each for each in ours if each.startswith("unix:")), ours[0])
    return ours[0]


def _read_owned(path: Path) -> bytes:
    """What is looked at is what is read: the open file, not the path."""
    # A named pipe would wait for a writer. Neither flag exists on Windows.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _FILE_BYTES_MAX:
            raise ValueError("it is no discovery file of a broker")
        if sys.platform != "win32" and status.st_uid not in (0, os.geteuid()):
            raise ValueError(f"it belongs to user id {status.st_uid}, and only yours or root's is believed")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ValueError("other users can write it")
        return file.read(_FILE_BYTES_MAX)


def _of_this_host(address: str) -> bool:
    """host:port of loopback, or a local socket by its whole path: a relative one means another file for each reader."""
    if not stays_on_this_host(address):
        return False
    return address.startswith("unix:/") if host_of(address) is None else re.search(r":\d{1,5}$", address) is not None


def _alive(process_id: int) -> bool:
    """A broker that was killed leaves its file. One of another user may not be signalled, but lives."""
    if process_id < 1:
        return False
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
