"""A lease as the application holds it: its facts, its state, its callbacks and its sockets."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

import grpc

from portlease import _timing as timing
from portlease._binder import Binder, BindMethod
from portlease._calls import LeaseCalls
from portlease._clock import now
from portlease._endpoints import endpoints
from portlease._errors import PortleaseError
from portlease._grant import Grant, Protocol, Transport
from portlease._keeper import Keeper, Kept
from portlease._notifier import Notifier
from portlease._platform import Platform
from portlease._track import LeaseState, Lost, Track
from portlease.v1 import lease_pb2

_log = logging.getLogger("portlease")


@dataclass(frozen=True, slots=True)
class Jeopardy:
    """The lease may soon be lost."""

    cause: Literal["unrenewed", "paused"]
    """No renewal came through; or the process was paused, and the broker has not confirmed the lease since."""
    left: float
    """In so many seconds the lease is lost, unless the broker answers before."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What the application wants to hear. Called on a thread of the client, one after another."""

    on_lost: Callable[[Lease, Lost], object] | None = None
    on_jeopardy: Callable[[Lease, Jeopardy], object] | None = None
    on_safe: Callable[[Lease], object] | None = None
    on_drain: Callable[[Lease, str], object] | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """What a lease needs of its client."""

    calls: LeaseCalls
    keeper: Keeper
    notifier: Notifier
    binder: Binder
    platform: Platform
    release_timeout: float
    ended: Callable[[Lease], None]


class Lease:
    """The exclusive right to one port, or to a run of consecutive ports; made by ``Client.acquire``.

    Renewed by itself until ``release()`` or the end of a ``with`` block. May be used by any thread. It is the lease of
    the process that acquired it: a forked child may use sockets that were bound before, and must leave the lease alone.
    """

    def __init__(self, grant: Grant, track: Track, home: Home, callbacks: Callbacks) -> None:
        self._grant = grant
        self._home = home
        self._callbacks = callbacks
        self._ttl = grant.ttl
        self._reservations = grant.reservations
        self._drain_told = False
        self._process_id = os.getpid()
        self._kept = Kept(grant.lease_id, grant.holder_key, track, _Observer(self))
        home.keeper.keep(self._kept)

    @property
    def lease_id(self) -> str:
        """The lease's public name."""
        return self._grant.lease_id

    @property
    def pool(self) -> str:
        """The pool that the ports came from."""
        return self._grant.pool

    @property
    def protocol(self) -> Protocol:
        """``tcp``, ``udp`` or ``tcp-and-udp``."""
        return self._grant.protocol

    @property
    def port(self) -> int:
        """The port, or the first one of a run."""
        return self._grant.ports[0]

    @property
    def ports(self) -> tuple[int, ...]:
        """All ports, rising."""
        return self._grant.ports

    @property
    def generation(self) -> int:
        """Rises each time a port is leased again: hand it to what you call where a late writer must be refused."""
        return self._grant.generation

    @property
    def ttl(self) -> float:
        """The time to live that the broker granted last, in seconds."""
        return self._ttl

    @property
    def holder_key(self) -> str:
        """Secret: whoever has it can release the lease or take its socket. Nothing here shows it by itself."""
        return self._grant.holder_key

    @property
    def reservations(self) -> Sequence[lease_pb2.PortReservation]:
        """How the ports are reserved, with the kernel's tokens; may change. Secret as ``holder_key`` is."""
        return self._reservations

    @property
    def state(self) -> LeaseState:
        """What may be relied on at this moment."""
        return self._home.keeper.look(self._kept)[0]

    @property
    def lost(self) -> Lost | None:
        """Why the lease was lost; ``None`` while it is not."""
        end = self._home.keeper.look(self._kept)[1].end
        return end if isinstance(end, Lost) else None

    def bind(
        self,
        host: str | None = None,
        *,
        port: int | None = None,
        protocol: Transport | None = None,
        ipv6_only: bool = False,
        method: BindMethod = "auto",
    ) -> socket.socket:
        """A blocking socket bound to the leased port, which is the caller's to close, before the lease is released.

        host: an address or name of this machine; ``None``: all addresses of IPv6 and IPv4.
        port: which of the lease's ports; ``None``: the first.
        protocol: ``None``: UDP for a UDP lease, else TCP.

        Raises PortleaseError: LEASE_LOST, LEASE_IN_DOUBT (paused; ask again), PORT_NOT_IN_LEASE, OPTION_INVALID,
        CLIENT_CLOSED, or BIND_FAILED, whose ``__cause__`` is the OSError or what the broker refused.
        """
        transport: Transport = protocol or ("udp" if self.protocol == "udp" else "tcp")
        wanted = self._port_for(transport, port)
        try:
            return self._home.binder.bind(self, endpoints(host, transport, wanted, ipv6_only), method)
        except OSError as error:
            raise _bind_failed(wanted, error) from error
        except PortleaseError as error:
            if error.reason in _OWN_REASONS:
                raise
            raise _bind_failed(wanted, error) from error

    def listen(
        self,
        host: str | None = None,
        *,
        port: int | None = None,
        ipv6_only: bool = False,
        backlog: int = 512,
        method: BindMethod = "auto",
    ) -> socket.socket:
        """The same for TCP, and the socket listens: for ``asyncio.start_server(sock=...)``, uvicorn, http.server..."""
        bound = self.bind(host, port=port, protocol="tcp", ipv6_only=ipv6_only, method=method)
        try:
            self.check_held(bound.getsockname()[1])
            self._home.platform.prepare_listen(bound)
            bound.listen(backlog)
        except OSError as error:
            bound.close()
            raise _bind_failed(port or self.port, error) from error
        except PortleaseError:
            bound.close()
            raise
        return bound

    def release(self) -> None:
        """Gives the port back. Idempotent; no-op for a lost lease, and in a forked child.

        Raises PortleaseError when the broker cannot be told: the lease then runs out by its TTL.
        """
        if os.getpid() != self._process_id or self.state is LeaseState.LOST:
            return
        self._home.keeper.drop(self._kept)
        try:
            self._home.calls.release(self.lease_id, self.holder_key, self._home.release_timeout)
        finally:
            self._home.ended(self)

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Releases. Never raises: a lease that cannot be released runs out by its TTL."""
        try:
            self.release()
        except PortleaseError as failure:
            _log.warning("lease %s could not be released, it runs out by its TTL: %s", self.lease_id, failure)

    def __repr__(self) -> str:
        """What may be shown to anybody."""
        return f"<portlease.Lease {self.lease_id} {self.protocol} {self.ports} {self._kept.track.end or 'held'}>"

    def check_held(self, port: int) -> None:
        """Raises LEASE_LOST or LEASE_IN_DOUBT unless the lease is yours at this moment."""
        state, track = self._home.keeper.look(self._kept)
        metadata = {"lease_id": self.lease_id, "port": str(port), "state": state.value}
        if state is LeaseState.SAFE or (state is LeaseState.JEOPARDY and now() < track.deadline):
            return
        if state is LeaseState.JEOPARDY:
            message = (
                f"cannot bind port {port}: this process was paused past the deadline of lease {self.lease_id}, and the "
                "broker has not confirmed it yet. Try again soon."
            )
            raise PortleaseError(grpc.StatusCode.FAILED_PRECONDITION, "LEASE_IN_DOUBT", message, metadata)
        message = (
            f"cannot bind port {port}: lease {self.lease_id} is {state.value}, and the port may be somebody else's. "
            "Acquire another lease."
        )
        raise PortleaseError(grpc.StatusCode.FAILED_PRECONDITION, "LEASE_LOST", message, metadata)

    def renew_reservations(self) -> None:
        """Asks the broker how the ports are reserved now. ``bind`` does it by itself when a token is out of date."""
        renewed = self._home.calls.renew(self.lease_id, self.holder_key)
        if renewed.reservations:
            self._reservations = tuple(renewed.reservations)

    def _port_for(self, transport: Transport, wanted: int | None) -> int:
        port = self.port if wanted is None else wanted
        fits = self.protocol in ("tcp-and-udp", transport)
        if fits and port in self.ports:
            return port
        has = f"ports {', '.join(map(str, self.ports))}" if fits else f"{self.protocol.upper()} ports only"
        message = f"cannot bind {transport.upper()} port {port}: lease {self.lease_id} has {has}."
        metadata = {"lease_id": self.lease_id, "port": str(port)}
        raise PortleaseError(grpc.StatusCode.INVALID_ARGUMENT, "PORT_NOT_IN_LEASE", message, metadata)


class _Observer:
    """Takes news of the keeper, which holds its lock meanwhile, and passes them on."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    def changed(self, state: LeaseState, track: Track, failure: PortleaseError | None) -> None:
        lease = self._lease
        if state is LeaseState.SAFE:
            self._tell(lease._callbacks.on_safe)
        elif state is LeaseState.JEOPARDY:
            _, lost_at = timing.moments(track.deadline, track.ttl)
            ends_at = lost_at if track.doubt is None else max(lost_at, track.doubt.until)
            cause: Literal["unrenewed", "paused"] = "unrenewed" if track.doubt is None else "paused"
            _log.warning("lease %s of port %d is in jeopardy: %s", lease.lease_id, lease.port, cause)
            self._tell(lease._callbacks.on_jeopardy, Jeopardy(cause, max(0.0, ends_at - now())))
        elif isinstance(track.end, Lost):
            # Silence has a cause that is worth telling; what the broker says needs none.
            silent = track.end.reason in ("DEADLINE_PASSED", "UNCONFIRMED") and failure is not None
            why = f"; the last try failed: {failure}" if silent else ""
            lost = Lost(track.end.reason, f"{track.end.message}{why}")
            _log.warning("lease %s of port %d is lost: %s", lease.lease_id, lease.port, lost.message)
            lease._home.ended(lease)
            self._tell(lease._callbacks.on_lost, lost)

    def renewed(self, ttl: float, reservations: Sequence[lease_pb2.PortReservation], drain: str | None) -> None:
        lease = self._lease
        lease._ttl = ttl
        if reservations:
            lease._reservations = reservations
        # Each renewal repeats it.
        if drain is not None and not lease._drain_told:
            lease._drain_told = True
            self._tell(lease._callbacks.on_drain, drain)

    def _tell(self, callback: Callable[..., object] | None, *news: object) -> None:
        if callback is not None:
            self._lease._home.notifier.post(lambda: callback(self._lease, *news))


# Not the operating system's refusals but our own, which say all there is to say.
_OWN_REASONS = frozenset({"LEASE_LOST", "LEASE_IN_DOUBT", "OPTION_INVALID", "CLIENT_CLOSED"})


def _bind_failed(port: int, cause: OSError | PortleaseError) -> PortleaseError:
    advice = (
        ". Held ports are shared with processes of the broker's user only, and a port can be bound once: run as that user, "
        "close the socket that is bound already, or lease another port."
        if isinstance(cause, OSError)
        else ""
    )
    message = f"cannot bind leased port {port}: {cause}{advice}"
    return PortleaseError(grpc.StatusCode.FAILED_PRECONDITION, "BIND_FAILED", message, {"port": str(port)})
