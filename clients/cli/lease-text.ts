// How leases look to people: one row in a list, one block of lines alone.

import type { Duration } from "@portlease/proto/google/protobuf/duration.js";
import {
  Binding,
  BindMethod,
  Protocol,
  ReservationKind,
} from "@portlease/proto/portlease/v1/common.js";
import { Lease_State, LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import type { Lease, PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import { formatDuration } from "../../src/server/config/duration.js";
import { durationMs } from "./duration-ms.js";
import { leaseState } from "./lease-state.js";
import { enumName } from "./proto-json.js";
import type { Column } from "./table.js";

export const leaseColumns: readonly Column<Lease>[] = [
  { heading: "PORT", text: portsText },
  { heading: "PROTOCOL", text: ({ protocol }) => word(Protocol, "PROTOCOL_", protocol), cut: 3 },
  { heading: "SERVICE", text: ({ holder }) => holder?.service || "(unnamed)", cut: 5 },
  { heading: "INSTANCE", text: ({ holder }) => holder?.instance || "-", cut: 2 },
  { heading: "POOL", text: ({ pool }) => pool, cut: 4 },
  {
    heading: "STATE",
    text: (lease) => leaseState(lease).word,
    tone: (lease) => leaseState(lease).tone,
  },
  { heading: "EXPIRES IN", text: expiresText },
  { heading: "TTL", text: ({ ttl }) => durationText(ttl) ?? "-", wide: true },
  { heading: "PROCESS", text: (lease) => processText(lease) ?? "-", wide: true, cut: 1 },
  { heading: "GRANTED", text: ({ createTime }) => createTime?.toISOString() ?? "-", wide: true },
  { heading: "LABELS", text: (lease) => labelsText(lease) ?? "-", wide: true, cut: 0 },
  // Last, and whole: it is what other commands are given.
  { heading: "LEASE", text: ({ leaseId }) => leaseId },
];

function expiresText({ state, remaining }: Lease): string {
  return state === Lease_State.STATE_ENDED ? "ended" : (durationText(remaining) ?? "-");
}

function labelsText({ holder }: Lease): string | null {
  const labels = Object.entries(holder?.labels ?? {});
  return labels.length === 0 ? null : labels.map(([key, value]) => `${key}=${value}`).join(" ");
}

/** What anybody may see of a lease; for formatPairs. */
export function leasePairs(lease: Lease): readonly (readonly [string, string | null])[] {
  const { holder } = lease;
  const ended = lease.state === Lease_State.STATE_ENDED;
  const reason = word(LeaseEndReason, "LEASE_END_REASON_", lease.endReason);
  return [
    ["lease", lease.leaseId || null],
    ["port", portsText(lease)],
    ["protocol", word(Protocol, "PROTOCOL_", lease.protocol)],
    ["pool", lease.pool],
    ["state", ended ? `ended ${lease.endTime?.toISOString() ?? ""}: ${reason}` : "active"],
    ["service", holder?.service || "(unnamed)"],
    ["instance", holder?.instance || null],
    ["labels", labelsText(lease)],
    ["process", processText(lease)],
    ["ttl", durationText(lease.ttl)],
    ["expires in", ended ? null : durationText(lease.remaining)],
    ["bind within", durationText(lease.bindWithin)],
    ["generation", lease.generation === 0n ? null : lease.generation.toString()],
    ["binding", lease.binding === 0 ? null : word(Binding, "BINDING_", lease.binding)],
    ["granted", lease.createTime?.toISOString() ?? null],
    ["unprotected", lease.unprotected ? "yes: the reservation does not cover the port" : null],
    ["draining", lease.draining ? "yes: move to another lease when convenient" : null],
  ];
}

const bindAdvice: Readonly<Record<number, string>> = {
  [BindMethod.BIND_METHOD_ASSOCIATE]: "associate the socket with the token, then bind",
  [BindMethod.BIND_METHOD_HANDOFF]: "ask the broker for a bound socket (TransferSocket)",
  [BindMethod.BIND_METHOD_PLAIN]: "bind the port by its number",
  [BindMethod.BIND_METHOD_SHARE_PORT]: "set SO_REUSEPORT before bind, as the broker's user",
};

/**
 * How to bind the ports of a lease, with the kernel's tokens; for formatPairs. Several reservations (of both protocols, or of
 * each port alone) are told apart by protocol and port.
 */
export function reservationPairs(
  reservations: readonly PortReservation[],
): readonly (readonly [string, string | null])[] {
  return reservations.flatMap((reservation) => {
    const { token, firstPort: port, portCount } = reservation;
    const protocol = word(Protocol, "PROTOCOL_", reservation.protocol);
    const which = reservations.length > 1 ? ` ${protocol} ${portsText({ port, portCount })}` : "";
    return [
      [`how to bind${which}`, reservationText(reservation)],
      [`token${which}`, token === 0n ? null : `${token}  (SECRET)`],
    ];
  });
}

/** "persistent, associate: associate the socket with the token, then bind" */
function reservationText({ kind, bindMethod }: PortReservation): string {
  const kindText = word(ReservationKind, "RESERVATION_KIND_", kind);
  const method = word(BindMethod, "BIND_METHOD_", bindMethod);
  return `${kindText}, ${method}: ${bindAdvice[bindMethod] ?? "bind the port by its number"}`;
}

/** "20000" or "20000-20007". */
export function portsText({ port, portCount }: Pick<Lease, "port" | "portCount">): string {
  return portCount > 1 ? `${port}-${port + portCount - 1}` : String(port);
}

/** In whole seconds from one second on; `null` when unset. */
export function durationText(duration: Duration | undefined): string | null {
  const ms = durationMs(duration);
  if (ms === null) return null;
  return formatDuration(ms < 1_000 ? ms : Math.floor(ms / 1_000) * 1_000);
}

/** "RESERVATION_KIND_HELD" as "held". */
export function word(
  names: Readonly<Record<string, number>>,
  prefix: string,
  value: number,
): string {
  return String(enumName(names, value)).replace(prefix, "").toLowerCase().replaceAll("_", "-");
}

function processText(lease: Lease): string | null {
  const process = lease.holder?.process;
  if (process === undefined) return null;
  return `${process.processId}${process.proven ? " (seen by the broker)" : " (not proven)"}`;
}
