"""The one error class of this package, and how what gRPC reports becomes one."""

from __future__ import annotations

from collections.abc import Mapping

import grpc
from google.rpc import error_details_pb2, status_pb2

# Where google.rpc.Status travels: https://google.aip.dev/193
_DETAILS_KEY = "grpc-status-details-bin"

_CODES: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


class PortleaseError(Exception):
    """A failed call or a refused action. Decide on ``code`` and ``reason``, never on the text."""

    code: grpc.StatusCode
    reason: str
    """A stable word for programs, such as ``POOL_FULL``; empty when the other side gave none."""
    metadata: Mapping[str, str]
    """Every value that the message names."""
    retry_delay: float | None
    """How many seconds to wait at least before a repeat; ``None`` when nothing is known."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str,
        metadata: Mapping[str, str] | None = None,
        retry_delay: float | None = None,
    ) -> None:
        super().__init__(f"{reason or code.name}: {message}")
        self.code = code
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.retry_delay = retry_delay
        self._message = message

    def __reduce__(self) -> tuple[type[PortleaseError], tuple[object, ...]]:
        """It may come from another process."""
        return PortleaseError, (self.code, self.reason, self._message, dict(self.metadata), self.retry_delay)


def option_invalid(option: str, what: str) -> PortleaseError:
    """An argument that cannot be used."""
    return PortleaseError(grpc.StatusCode.INVALID_ARGUMENT, "OPTION_INVALID", f"{option} {what}.", {"option": option})


def client_closed() -> PortleaseError:
    """Somebody closed the client."""
    message = "this client was closed; make another one to lease a port."
    return PortleaseError(grpc.StatusCode.FAILED_PRECONDITION, "CLIENT_CLOSED", message)


def from_rpc(error: grpc.RpcError, address: str) -> PortleaseError:
    """Decodes how a call to the broker at ``address`` failed. For those who call the generated stubs themselves.

    Without details, UNAVAILABLE becomes BROKER_UNREACHABLE and DEADLINE_EXCEEDED becomes BROKER_TIMEOUT.
    """
    if not isinstance(error, grpc.Call):
        return PortleaseError(grpc.StatusCode.UNKNOWN, "", str(error))
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            decoded = _from_status(value)
            if decoded is not None:
                return decoded
    code, details = error.code(), error.details() or ""
    metadata = {"address": address}
    if code is grpc.StatusCode.UNAVAILABLE:
        advice = 'Start one with "portlease serve", or set PORTLEASE_ADDRESS or the argument address to where it listens.'
        message = f"no portlease broker answers at {address} ({details}). {advice}"
        return PortleaseError(code, "BROKER_UNREACHABLE", message, metadata)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        message = f"the broker at {address} did not answer in time. Try again, or allow more time."
        return PortleaseError(code, "BROKER_TIMEOUT", message, metadata)
    return PortleaseError(code, "", details)


def _from_status(packed: bytes) -> PortleaseError | None:
    status = status_pb2.Status()
    info = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    retry_delay: float | None = None
    try:
        status.ParseFromString(packed)
        for detail in status.details:
            detail.Unpack(info)
            if detail.Unpack(retry):
                retry_delay = retry.retry_delay.ToTimedelta().total_seconds()
    except Exception:
        return None
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    return PortleaseError(code, info.reason, status.message, info.metadata, retry_delay)
