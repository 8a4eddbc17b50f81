// Which of the broker's blocks and leases covers a port. Asked by people, so it may look at every lease.

import type { Broker } from "../domain/broker.js";
import type { ActiveLease } from "../domain/lease-table.js";
import type { PortBlock } from "../domain/port-block.js";
import { containsPort } from "../domain/port-range.js";
import type { Protocol, TransportProtocol } from "../domain/records.js";
import { shareTransport } from "../domain/shared-ports.js";
import type { PortOwner } from "./port-facts.js";

export interface OwningThings {
  readonly block: PortBlock | null;
  readonly lease: ActiveLease | null;
}

export function findOwningThings(
  broker: Broker,
  protocol: TransportProtocol,
  port: number,
): OwningThings {
  const blocks = broker.pools.flatMap((pool) => pool.blocks);
  const block = blocks.find(({ record }) => covers(record, protocol, port)) ?? null;
  if (block === null) return { block: null, lease: null };
  for (const lease of broker.leases()) {
    if (covers(lease.record, protocol, port)) return { block, lease };
  }
  return { block, lease: null };
}

/** The same as facts. `monotonicMs`: now, by the clock of the lease's deadline. */
export function toPortOwner(
  { block, lease }: OwningThings,
  port: number,
  monotonicMs: number,
): PortOwner {
  return {
    block: block === null ? null : blockFact(block, port),
    lease: lease === null ? null : leaseFact(lease, monotonicMs),
  };
}

function blockFact(block: PortBlock, port: number): PortOwner["block"] {
  const { blockId, pool, kind, ports, draining } = block.record;
  const covered = !block.reservation.uncoveredPorts().includes(port);
  return { blockId, pool, kind, ports, portState: block.stateOf(port), draining, covered };
}

function leaseFact({ record, deadlineMs }: ActiveLease, monotonicMs: number): PortOwner["lease"] {
  const { leaseId, holder, ports } = record;
  return {
    leaseId,
    service: holder.service,
    instance: holder.instance,
    processId: holder.process?.processId ?? null,
    ports,
    remainingMs: Math.max(0, deadlineMs - monotonicMs),
  };
}

function covers(
  record: { readonly protocol: Protocol; readonly ports: { firstPort: number; lastPort: number } },
  protocol: TransportProtocol,
  port: number,
): boolean {
  return shareTransport(record.protocol, protocol) && containsPort(record.ports, port);
}
