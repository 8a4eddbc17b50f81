"""The client of one broker: acquires leases, keeps them, and gives them back. One per process is enough."""

from __future__ import annotations

import os
import random
import threading
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType

import grpc

from portlease import _track as track
from portlease._access import Tls, access_to, speaks_tls
from portlease._binder import Binder
from portlease._calls import LeaseCalls
from portlease._clock import now
from portlease._discovery import locate_broker
from portlease._errors import PortleaseError, client_closed, option_invalid
from portlease._grant import Protocol, Wish, finite_seconds, grant_of
from portlease._keeper import Keeper
from portlease._lease import Callbacks, Home, Jeopardy, Lease
from portlease._notifier import Notifier
from portlease._platform import this_platform
from portlease._timing import grant_moment
from portlease._track import LeaseState, Lost
from portlease.v1 import lease_service_pb2 as pb


class Client:
    """A client of the broker. May be used by any thread. Nothing is connected before the first ``acquire``.

    address: ``None``: PORTLEASE_ADDRESS, else where a running broker of this host says it listens, else 127.0.0.1:7600.
    token, token_file: a bearer token, or a file whose first line it is; ``None``: PORTLEASE_TOKEN_FILE, else none.
    tls: ``None``: by PORTLEASE_CA_FILE, PORTLEASE_CERT_FILE and PORTLEASE_KEY_FILE, else clear text.
    acquire_timeout: how many seconds ``acquire`` tries to reach the broker.
    release_timeout: how many seconds ``release`` tries to tell the broker.

    Raises PortleaseError OPTION_INVALID.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        tls: Tls | None = None,
        acquire_timeout: float = 30.0,
        release_timeout: float = 2.0,
    ) -> None:
        if token is not None and token_file is not None:
            raise option_invalid("token", "is given beside token_file; give one")
        self.address = locate_broker(address, speaks_tls(tls, os.environ), os.environ)
        self._acquire_timeout = finite_seconds("acquire_timeout", acquire_timeout)
        access = access_to(self.address, token, token_file, tls, os.environ)
        self._calls = LeaseCalls(self.address, access)
        self._notifier = Notifier()
        platform = this_platform()
        self._home = Home(
            calls=self._calls,
            keeper=Keeper(self._calls.renew_soon, self.address, now),
            notifier=self._notifier,
            binder=Binder(platform, self._calls),
            platform=platform,
            release_timeout=finite_seconds("release_timeout", release_timeout),
            ended=self._ended,
        )
        self._lock = threading.Lock()
        self._leases: set[Lease] = set()
        self._closed = False
        self._process_id = os.getpid()
        # Set once the broker saw another process than this one.
        self._unknown_process = False

    def acquire(
        self,
        *,
        service: str = "",
        instance: str = "",
        labels: Mapping[str, str] | None = None,
        pool: str = "",
        protocol: Protocol = "tcp",
        port_count: int = 1,
        preferred_port: int | None = None,
        must: bool = False,
        ttl: float | None = None,
        bind_within: float | None = None,
        max_wait: float = 0.0,
        request_id: str | None = None,
        claim_process: bool | None = None,
        timeout: float | None = None,
        on_lost: Callable[[Lease, Lost], object] | None = None,
        on_jeopardy: Callable[[Lease, Jeopardy], object] | None = None,
        on_safe: Callable[[Lease], object] | None = None,
        on_drain: Callable[[Lease, str], object] | None = None,
    ) -> Lease:
        """Leases a port and keeps it until it is released. All times are in seconds; README.md has all arguments.

        Waits for a broker that is away, up to ``timeout`` (``max_wait`` comes on top).

        Raises PortleaseError: BROKER_UNREACHABLE, BROKER_TIMEOUT, CLIENT_CLOSED, OPTION_INVALID, BROKER_ANSWER_INVALID,
        LEASE_LOST (the answer took nearly the whole TTL), or what the broker refuses with (POOL_FULL, PORT_LEASED...).
        """
        wish = Wish(
            service, instance, labels or {}, pool, protocol, port_count, preferred_port, must, ttl, bind_within,
            max_wait, request_id or str(uuid.uuid4()),
        )  # fmt: skip
        callbacks = Callbacks(on_lost, on_jeopardy, on_safe, on_drain)
        tried = self._acquire_timeout if timeout is None else finite_seconds("timeout", timeout)

        def attempt(left: float) -> Lease:
            sent_at = now()
            grant = grant_of(self._ask(wish, claim_process, left))
            answered_at = now()
            granted_at = grant_moment(sent_at, answered_at, grant.wait)
            begun = track.granted(granted_at, grant.ttl, random.random())
            if track.state_of(begun, answered_at) is LeaseState.LOST:
                raise _granted_too_late(grant.ttl)
            with self._lock:
                # Closed in the very moment of the answer: nobody would renew the lease, so it runs out by its TTL.
                if self._closed:
                    raise client_closed()
                lease = Lease(grant, begun, self._home, callbacks)
                # Lost in the moment of its making, it has told so already and would never be forgotten.
                if lease.lost is None:
                    self._leases.add(lease)
                return lease

        with self._lock:
            if self._closed:
                raise client_closed()
        return self._calls.patiently(tried + finite_seconds("max_wait", max_wait), attempt)

    def close(self) -> None:
        """Releases all leases and disconnects. Idempotent; no-op in a forked child. Never raises PortleaseError."""
        if os.getpid() != self._process_id:
            return
        with self._lock:
            self._closed = True
            leases = tuple(self._leases)
        self._calls.begin_close()
        for lease in leases:
            with lease:
                pass
        self._home.keeper.close()
        self._calls.close()
        self._notifier.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ask(self, wish: Wish, claim: bool | None, left: float) -> pb.AcquireLeaseResponse:
        """Once more without naming this process where the broker cannot know it; both within ``left``."""
        claims = not self._unknown_process if claim is None else claim
        end = now() + left
        try:
            return self._calls.acquire(wish.message(os.getpid() if claims else None), left)
        except PortleaseError as error:
            # With process ids of its own a container names a process that the broker knows by another id.
            if claim is not None or not claims or error.reason != "NOT_YOUR_PROCESS":
                raise
        self._unknown_process = True
        return self._calls.acquire(wish.message(None), end - now())

    def _ended(self, lease: Lease) -> None:
        """May be called with the keeper's lock held, so it takes no lock."""
        self._leases.discard(lease)


def _granted_too_late(ttl: float) -> PortleaseError:
    message = f"the broker's answer took nearly the whole TTL of {ttl} s, so the lease is lost already. Acquire another one."
    return PortleaseError(grpc.StatusCode.FAILED_PRECONDITION, "LEASE_LOST", message, {"ttl": str(ttl)})
