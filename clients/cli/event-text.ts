// How changes of leases look to people and to programs.

import { type LeaseEvent, LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import { Binding, Protocol } from "@portlease/proto/portlease/v1/common.js";
import { type Lease, LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { durationText, portsText, word } from "./lease-text.js";
import { enumName, leaseJson } from "./proto-json.js";
import type { Column } from "./table.js";

/** Of what eventRow gives. */
export const eventColumns: readonly Column<readonly string[]>[] = (
  [
    ["TIME", undefined],
    ["EVENT", undefined],
    ["PORT", undefined],
    ["PROTOCOL", 2],
    ["SERVICE", 4],
    ["INSTANCE", 1],
    ["LEASE", 3],
    ["DETAIL", 0],
  ] as const
).map(([heading, cut], index) => ({
  heading,
  text: (cells: readonly string[]) => cells[index] ?? "",
  ...(cut === undefined ? {} : { cut }),
}));

export function eventRow(event: LeaseEvent): readonly string[] {
  const { eventTime, type, lease } = event;
  return [
    eventTime?.toISOString() ?? "-",
    word(LeaseEvent_Type, "TYPE_", type),
    ...(lease === undefined ? ["-", "-", "-", "-", "-"] : leaseCells(lease)),
    [changeText(event), event.detail].filter((text) => text !== "").join("; "),
  ];
}

/** A lease of a snapshot, in the columns of an event. */
export function activeRow(lease: Lease): readonly string[] {
  const time = lease.createTime?.toISOString() ?? "-";
  return [time, "active", ...leaseCells(lease), ""];
}

export function eventJson(event: LeaseEvent): Record<string, unknown> {
  return {
    revision: event.revision.toString(),
    eventTime: event.eventTime?.toISOString() ?? null,
    type: enumName(LeaseEvent_Type, event.type),
    lease: event.lease === undefined ? null : leaseJson(event.lease),
    actor: event.actor,
    detail: event.detail,
  };
}

function leaseCells(lease: Lease): string[] {
  return [
    portsText(lease),
    word(Protocol, "PROTOCOL_", lease.protocol),
    lease.holder?.service || "(unnamed)",
    lease.holder?.instance || "-",
    lease.leaseId,
  ];
}

function changeText({ type, lease }: LeaseEvent): string {
  if (lease === undefined) return "";
  switch (type) {
    case LeaseEvent_Type.TYPE_GRANTED:
    case LeaseEvent_Type.TYPE_TTL_CHANGED:
      return `ttl ${durationText(lease.ttl) ?? "-"}`;
    case LeaseEvent_Type.TYPE_ENDED:
      return word(LeaseEndReason, "LEASE_END_REASON_", lease.endReason);
    case LeaseEvent_Type.TYPE_BINDING_CHANGED:
      return word(Binding, "BINDING_", lease.binding);
    case LeaseEvent_Type.TYPE_PROTECTION_CHANGED:
      return lease.unprotected ? "unprotected" : "protected";
    case LeaseEvent_Type.TYPE_UNSPECIFIED:
    case LeaseEvent_Type.UNRECOGNIZED:
      return "";
  }
}
