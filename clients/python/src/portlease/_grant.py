"""What an application asks for as a message, and what the broker granted in the client's own words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import grpc
from google.protobuf import duration_pb2

from portlease._errors import PortleaseError, option_invalid
from portlease.v1 import common_pb2, lease_pb2
from portlease.v1 import lease_service_pb2 as pb

Protocol = Literal["tcp", "udp", "tcp-and-udp"]
Transport = Literal["tcp", "udp"]

_PROTOCOLS: Mapping[Protocol, common_pb2.Protocol.ValueType] = {
    "tcp": common_pb2.PROTOCOL_TCP,
    "udp": common_pb2.PROTOCOL_UDP,
    "tcp-and-udp": common_pb2.PROTOCOL_TCP_AND_UDP,
}
_PROTOCOL_NAMES: Mapping[int, Protocol] = {number: name for name, number in _PROTOCOLS.items()}

# What gRPC and the broker can count with; 24 days.
_SECONDS_MAX = 2**31 / 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """What ``Client.acquire`` was asked for. Bounds are the broker's to check."""

    service: str
    instance: str
    labels: Mapping[str, str]
    pool: str
    protocol: Protocol
    port_count: int
    preferred_port: int | None
    must: bool
    ttl: float | None
    bind_within: float | None
    max_wait: float
    request_id: str

    def message(self, process_id: int | None) -> pb.AcquireLeaseRequest:
        """``process_id``: who holds the port; ``None`` names nobody. Raises OPTION_INVALID."""
        if self.protocol not in _PROTOCOLS:
            raise option_invalid("protocol", f"is {self.protocol!r}; give one of {', '.join(_PROTOCOLS)}")
        process = None if process_id is None else lease_pb2.HolderProcess(process_id=process_id)
        request = pb.AcquireLeaseRequest
        preference = request.PORT_PREFERENCE_MUST if self.must else request.PORT_PREFERENCE_PREFER
        return request(
            pool=self.pool,
            protocol=_PROTOCOLS[self.protocol],
            port_count=_port_number("port_count", self.port_count),
            preferred_port=0 if self.preferred_port is None else _port_number("preferred_port", self.preferred_port),
            port_preference=preference,
            ttl=_duration("ttl", self.ttl),
            holder=lease_pb2.Holder(service=self.service, instance=self.instance, labels=self.labels, process=process),
            bind_within=_duration("bind_within", self.bind_within),
            max_wait=_duration("max_wait", self.max_wait),
            request_id=self.request_id,
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """``holder_key`` and ``reservations`` are secret."""

    lease_id: str
    holder_key: str
    pool: str
    protocol: Protocol
    ports: tuple[int, ...]
    generation: int
    ttl: float
    wait: float
    reservations: Sequence[lease_pb2.PortReservation]


def grant_of(response: pb.AcquireLeaseResponse) -> Grant:
    """Nothing of the answer is believed that the API does not allow. Raises BROKER_ANSWER_INVALID."""
    lease = response.lease
    ttl = seconds(lease.ttl)
    for field, right in {
        "lease.lease_id": lease.lease_id != "",
        "holder_key": response.holder_key != "",
        "lease.port": lease.port >= 1 and lease.port_count >= 1 and lease.port + lease.port_count <= 65_536,
        "lease.ttl": ttl > 0,
        "lease.protocol": lease.protocol in _PROTOCOL_NAMES,
    }.items():
        if not right:
            raise answer_invalid(field)
    return Grant(
        lease_id=lease.lease_id,
        holder_key=response.holder_key,
        pool=lease.pool,
        protocol=_PROTOCOL_NAMES[lease.protocol],
        ports=tuple(range(lease.port, lease.port + lease.port_count)),
        generation=lease.generation,
        ttl=ttl,
        # Unset counts as no wait: the deadline comes out earlier, never later.
        wait=max(0.0, seconds(response.wait_duration)),
        reservations=tuple(response.reservations),
    )


def answer_invalid(field: str) -> PortleaseError:
    """The broker said something that the API does not allow."""
    message = f"the broker's answer has an invalid {field}. Upgrade client and broker to the same version."
    return PortleaseError(grpc.StatusCode.INTERNAL, "BROKER_ANSWER_INVALID", message, {"field": field})


def seconds(duration: duration_pb2.Duration) -> float:
    """0 for an unset duration."""
    return float(duration.seconds) + duration.nanos / 1e9


def finite_seconds(option: str, value: float) -> float:
    """Raises OPTION_INVALID unless it is 0 to about 24 days."""
    if math.isfinite(value) and 0 <= value < _SECONDS_MAX:
        return value
    raise option_invalid(option, f"is {value}; give a number of seconds from 0 to {_SECONDS_MAX:.0f}")


def _duration(option: str, value: float | None) -> duration_pb2.Duration | None:
    if value is None:
        return None
    nanos = round(finite_seconds(option, value) * 1e9)
    return duration_pb2.Duration(seconds=nanos // 10**9, nanos=nanos % 10**9)


def _port_number(option: str, value: int) -> int:
    if 1 <= value <= 65_535:
        return value
    raise option_invalid(option, f"is {value}; give a whole number from 1 to 65535")
