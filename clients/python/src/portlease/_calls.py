"""The calls that a client makes for its leases, each with its time limit, and repeated where that is safe."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import grpc

from portlease import _timing as timing
from portlease._access import Access
from portlease._clock import now
from portlease._errors import PortleaseError, client_closed, from_rpc
from portlease.v1 import lease_service_pb2 as pb
from portlease.v1.lease_service_pb2_grpc import LeaseServiceStub

BIND_CALL_TIMEOUT = 10.0
"""How many seconds binding waits for the broker: one that restarts is back by then."""

CONFIRM_TIMEOUT = 1.0
"""How many seconds a confirmation may take: a bind waits for it, and nothing depends on it."""

_CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    # The broker is on this host; a proxy of the environment could only get in the way.
    ("grpc.enable_http_proxy", 0),
    # A broker that restarts is back in a second; the defaults of gRPC (1 s to 120 s) would outlast a lease.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A connection may go silent without an end; without pings every call would wait on it until the system gives it up, which
    # takes a quarter of an hour. https://github.com/grpc/grpc/blob/master/doc/keepalive.md
    ("grpc.keepalive_time_ms", 10_000),
    # Newer versions of gRPC go by the second of the two, which is a minute unless told.
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.http2.max_pings_without_data", 0),
    # Between two renewals there is no call, and the next one must not be the first to find out.
    ("grpc.keepalive_permit_without_calls", 1),
    # Connections are not shared with other clients of the process, which may come and go.
    ("grpc.use_local_subchannel_pool", 1),
)

_T = TypeVar("_T")
_log = logging.getLogger("portlease")

if TYPE_CHECKING:
    # Generic in its stubs only.
    RenewCall: TypeAlias = grpc.Future[pb.RenewLeaseResponse]


class LeaseCalls:
    """The broker at one address. All methods raise ``PortleaseError`` and may be called by any thread."""

    def __init__(self, address: str, access: Access) -> None:
        options = (*_CHANNEL_OPTIONS, *access.channel_options)
        self.address = address
        self._access = access
        self._closing = threading.Event()
        self._channel = (
            grpc.insecure_channel(address, options)
            if access.credentials is None
            else grpc.secure_channel(address, access.credentials, options)
        )
        self._stub = LeaseServiceStub(self._channel)

    def acquire(self, request: pb.AcquireLeaseRequest, timeout: float) -> pb.AcquireLeaseResponse:
        """One try."""
        return self._once(lambda: self._stub.AcquireLease(request, timeout, self._access.metadata()))

    def renew_soon(self, lease_id: str, holder_key: str, timeout: float) -> RenewCall:
        """One try, without waiting for it."""
        request = pb.RenewLeaseRequest(lease_id=lease_id, holder_key=holder_key)
        return self._stub.RenewLease.future(request, timeout, self._access.metadata())

    def renew(self, lease_id: str, holder_key: str) -> pb.RenewLeaseResponse:
        """Waits for a broker that is away for a moment."""
        request = pb.RenewLeaseRequest(lease_id=lease_id, holder_key=holder_key)
        return self.patiently(BIND_CALL_TIMEOUT, lambda left: self._stub.RenewLease(request, left, self._access.metadata()))

    def release(self, lease_id: str, holder_key: str, timeout: float) -> None:
        """Also when the client closes. No-op for a lease that has ended."""
        request = pb.ReleaseLeaseRequest(lease_id=lease_id, holder_key=holder_key, allow_missing=True)
        self._again(
            timeout,
            lambda left: self._once(lambda: self._stub.ReleaseLease(request, left, self._access.metadata())),
            threading.Event(),
        )

    def transfer_socket(self, request: pb.TransferSocketRequest) -> pb.TransferSocketResponse:
        """Waits for a broker that is away for a moment."""
        return self.patiently(BIND_CALL_TIMEOUT, lambda left: self._stub.TransferSocket(request, left, self._access.metadata()))

    def confirm_transfer(self, transfer_id: str, holder_key: str) -> None:
        """One try."""
        request = pb.ConfirmTransferRequest(transfer_id=transfer_id, holder_key=holder_key)
        self._once(lambda: self._stub.ConfirmTransfer(request, CONFIRM_TIMEOUT, self._access.metadata()))

    def patiently(self, timeout: float, attempt: Callable[[float], _T]) -> _T:
        """Calls ``attempt`` with the seconds that are left, again and again while the broker is away.

        For what is safe to repeat. Any other error than UNAVAILABLE, and the last one when time is up, is raised.
        """
        return self._again(timeout, lambda left: self._once(lambda: attempt(left)), self._closing)

    def begin_close(self) -> None:
        """Ends the waits between tries."""
        self._closing.set()

    def close(self) -> None:
        """Disconnects; calls under way fail."""
        self._closing.set()
        self._channel.close()

    def _once(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except grpc.RpcError as error:
            if self._closing.is_set() and isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.CANCELLED:
                raise client_closed() from error
            raise from_rpc(error, self.address) from error
        except ValueError as error:
            # What gRPC raises for a channel that is closed: https://grpc.github.io/grpc/python/grpc.html
            if self._closing.is_set():
                raise client_closed() from error
            raise

    def _again(self, timeout: float, attempt: Callable[[float], _T], stop: threading.Event) -> _T:
        end = now() + timeout
        failures = 0
        while True:
            try:
                return attempt(end - now())
            except PortleaseError as error:
                failures += 1
                wait = max(timing.backoff(failures, random.random()), error.retry_delay or 0)
                if error.code is not grpc.StatusCode.UNAVAILABLE or now() + wait >= end:
                    raise
                _log.info("the broker is not available, trying again in %.1f s: %s", wait, error)
            if stop.wait(wait):
                raise client_closed()
