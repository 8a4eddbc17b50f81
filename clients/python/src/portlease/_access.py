"""How this process proves to a broker who it is, and makes sure who the broker is: token and certificates."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc

from portlease._address import host_of, stays_on_this_host
from portlease._errors import PortleaseError, option_invalid

_TOKEN_FILE_BYTES_MAX = 16_384


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS to the broker. Files are PEM and are read once; ``None`` as ``ca_file``: the authorities that gRPC believes."""

    ca_file: str | os.PathLike[str] | None = None
    cert_file: str | os.PathLike[str] | None = None
    """This client's certificate with its chain, for a broker that asks for one; with ``key_file``."""
    key_file: str | os.PathLike[str] | None = None
    server_name: str | None = None
    """The name that the broker's certificate must have, where it is not the host of the address."""


@dataclass(frozen=True, slots=True)
class Access:
    """How calls are made and secured."""

    credentials: grpc.ChannelCredentials | None
    """``None``: clear text."""
    channel_options: tuple[tuple[str, str], ...]
    token: Callable[[], str] | None

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """For one call: the token of now."""
        return () if self.token is None else (("authorization", f"Bearer {self.token()}"),)


def access_to(
    address: str,
    token: str | None,
    token_file: str | os.PathLike[str] | None,
    tls: Tls | None,
    environment: Mapping[str, str],
) -> Access:
    """What is not given is taken from PORTLEASE_TOKEN_FILE, _CA_FILE, _CERT_FILE and _KEY_FILE.

    Raises OPTION_INVALID: files that cannot be read, or a token that would go to another host in clear text.
    """
    # Local sockets speak clear text; what the environment says is for brokers on the network.
    if tls is None and host_of(address) is not None:
        tls = _tls_of(environment)
    source = _token_source(token, token_file or environment.get("PORTLEASE_TOKEN_FILE") or None)
    if source is not None and tls is None and not stays_on_this_host(address):
        raise option_invalid(
            "token",
            f"is not sent to {address}: it is another host, and without TLS everybody on the way could read it. Give the "
            "broker's certificate authority (tls or PORTLEASE_CA_FILE), or leave the token out",
        )
    if tls is None:
        return Access(None, (), source)
    name = tls.server_name
    options = () if name is None else (("grpc.ssl_target_name_override", name),)
    return Access(_credentials(tls), options, source)


def speaks_tls(tls: Tls | None, environment: Mapping[str, str]) -> bool:
    """Whether a broker on the network would be spoken to with TLS."""
    return tls is not None or _tls_of(environment) is not None


def _tls_of(environment: Mapping[str, str]) -> Tls | None:
    ca, cert, key = (environment.get(f"PORTLEASE_{name}_FILE") or None for name in ("CA", "CERT", "KEY"))
    return None if ca is None and cert is None and key is None else Tls(ca, cert, key)


def _credentials(tls: Tls) -> grpc.ChannelCredentials:
    if (tls.cert_file is None) != (tls.key_file is None):
        raise option_invalid("tls", "needs cert_file and key_file together; give both or none")
    try:
        ca, cert, key = (
            None if file is None else Path(file).read_bytes() for file in (tls.ca_file, tls.cert_file, tls.key_file)
        )
    except OSError as error:
        raise option_invalid("tls", f"names a file that cannot be read: {error}") from error
    return grpc.ssl_channel_credentials(ca, key, cert)


def _token_source(token: str | None, token_file: str | os.PathLike[str] | None) -> Callable[[], str] | None:
    if token is not None:
        problem = _token_problem(token)
        if problem is not None:
            raise option_invalid("token", problem)
        return lambda: token
    return None if token_file is None else FileToken(Path(token_file)).current


class FileToken:
    """A bearer token in the first line of a file, followed when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = _mark_of(path)
        self._token = _read_token(path)

    def current(self) -> str:
        """The token of now. A file that cannot be read any more leaves the last one."""
        mark = _mark_of(self._path)
        if mark != self._mark:
            # It may be half written: the next call looks again then.
            with contextlib.suppress(PortleaseError):
                self._token, self._mark = _read_token(self._path), mark
        return self._token


def _token_problem(token: str) -> str | None:
    """What a header cannot carry. Never shows the token."""
    if token == "":
        return "is empty; give a token"
    return None if re.fullmatch(r"[\x21-\x7e]+", token) else "has other characters than visible ASCII ones"


def _read_token(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_TOKEN_FILE_BYTES_MAX).decode("utf-8", "replace")
    except OSError as error:
        raise option_invalid("token_file", f"cannot be read: {error}") from error
    first = text.split("\n", 1)[0].strip()
    problem = _token_problem(first)
    if problem is not None:
        raise option_invalid("token_file", f"{path} {problem} in its first line")
    return first


def _mark_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
