// The JSON that --json prints: the messages of the API in proto3 JSON, all fields present, enums by name, uint64 as decimal
// text, durations as "30s". https://protobuf.dev/programming-guides/json/

import type { Duration } from "@portlease/proto/google/protobuf/duration.js";
import {
  Binding,
  BindMethod,
  Protocol,
  ReservationKind,
} from "@portlease/proto/portlease/v1/common.js";
import { Lease_State, LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import type { Lease, PortReservation } from "@portlease/proto/portlease/v1/lease.js";

/** The name of an enum's number; an unknown number stays a number, as proto3 JSON has it. */
export function enumName(names: Readonly<Record<string, number>>, value: number): string | number {
  const name = Object.keys(names).find((key) => names[key] === value);
  return name === undefined || name === "UNRECOGNIZED" ? value : name;
}

/** Of whole milliseconds. */
export function protoDuration(durationMs: number): Duration {
  return {
    seconds: BigInt(Math.floor(durationMs / 1_000)),
    nanos: (durationMs % 1_000) * 1_000_000,
  };
}

/** "1.5s"; `null` when unset. */
export function durationJson(duration: Duration | undefined): string | null {
  if (duration === undefined) return null;
  const sign = duration.seconds < 0n || duration.nanos < 0 ? "-" : "";
  const seconds = duration.seconds < 0n ? -duration.seconds : duration.seconds;
  const fraction = String(Math.abs(duration.nanos)).padStart(9, "0").replace(/0+$/, "");
  return `${sign}${seconds}${fraction === "" ? "" : `.${fraction}`}s`;
}

/** Unset fields are `null`, so that every lease has the same keys. */
export function leaseJson(lease: Lease): Record<string, unknown> {
  const { holder } = lease;
  const time = (date: Date | undefined): string | null => date?.toISOString() ?? null;
  return {
    leaseId: lease.leaseId,
    pool: lease.pool,
    protocol: enumName(Protocol, lease.protocol),
    port: lease.port,
    portCount: lease.portCount,
    state: enumName(Lease_State, lease.state),
    holder: {
      service: holder?.service ?? "",
      instance: holder?.instance ?? "",
      labels: holder?.labels ?? {},
      process: holder?.process ?? null,
    },
    ttl: durationJson(lease.ttl),
    createTime: time(lease.createTime),
    renewTime: time(lease.renewTime),
    expireTime: time(lease.expireTime),
    remaining: durationJson(lease.remaining),
    generation: lease.generation.toString(),
    revision: lease.revision.toString(),
    binding: enumName(Binding, lease.binding),
    unprotected: lease.unprotected,
    draining: lease.draining,
    bindWithin: durationJson(lease.bindWithin),
    endTime: time(lease.endTime),
    endReason: enumName(LeaseEndReason, lease.endReason),
  };
}

/** `token` is a secret of the holder. */
export function reservationJson(reservation: PortReservation): Record<string, unknown> {
  return {
    protocol: enumName(Protocol, reservation.protocol),
    kind: enumName(ReservationKind, reservation.kind),
    firstPort: reservation.firstPort,
    portCount: reservation.portCount,
    token: reservation.token.toString(),
    bindMethod: enumName(BindMethod, reservation.bindMethod),
  };
}
