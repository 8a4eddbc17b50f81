// What one round of the audit found, for people and programs: one entry for each port where leases and sockets do not agree.

import type { PortJudgement } from "./audit-boundaries.js";
import type { ActiveLease } from "./lease-table.js";
import type { JudgedPort } from "./lease-sight.js";
import type { PortBlock } from "./port-block.js";
import { formatPortRange, portCountOf } from "./port-range.js";
import type { Binding, LeaseRecord, Protocol } from "./records.js";

export interface AuditFinding {
  readonly pool: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly binding: Binding;
  /** `null`: the port is not leased. */
  readonly leaseId: string | null;
  readonly processId: number;
  readonly processName: string;
  /** What it means and what to do. */
  readonly message: string;
}

/** An answer has room for no more with the longest names; so many things wrong at once are one thing wrong. */
export const findingsMax = 5_000;

export interface AuditedPool {
  leasedPorts: number;
  boundPorts: number;
}

export class AuditReport {
  readonly #findings: AuditFinding[] = [];
  /** Leases that are known to be unbound: there may be as many as ports, and of most rounds nobody asks what to say of them. */
  readonly #unbound: LeaseRecord[] = [];
  readonly #pools = new Map<string, AuditedPool>();

  /** Of one pool, or all of them; alarms first, so that what is cut off is the least. */
  findings(pool: string | null): readonly AuditFinding[] {
    const isAsked = (one: { readonly pool: string }): boolean => pool === null || one.pool === pool;
    const alarms = this.#findings
      .filter(isAsked)
      .toSorted((a, b) => urgency(a) - urgency(b) || a.port - b.port)
      .slice(0, findingsMax);
    const unbound = this.#unbound
      .filter(isAsked)
      .toSorted((a, b) => a.ports.firstPort - b.ports.firstPort)
      .slice(0, findingsMax - alarms.length);
    return [...alarms, ...unbound.map(unboundFinding)];
  }

  counts(pool: string | null): AuditedPool {
    const counted = { leasedPorts: 0, boundPorts: 0 };
    for (const [name, { leasedPorts, boundPorts }] of this.#pools) {
      if (pool !== null && pool !== name) continue;
      counted.leasedPorts += leasedPorts;
      counted.boundPorts += boundPorts;
    }
    return counted;
  }

  addLease(lease: ActiveLease, judged: readonly JudgedPort[]): void {
    const { pool, ports, binding } = lease.record;
    const audited = this.#pools.get(pool) ?? { leasedPorts: 0, boundPorts: 0 };
    this.#pools.set(pool, audited);
    audited.leasedPorts += portCountOf(ports);
    for (const { port, judgement } of judged) {
      if (judgement.binding === "bound") audited.boundPorts += 1;
      const message = messageOf(judgement, lease);
      if (message !== null) this.#addLeased(lease, port, judgement, message);
    }
    if (judged.length === 0 && binding === "unbound") this.#unbound.push(lease.record);
  }

  /** Somebody waits on a port that nobody leases. */
  addSquatter({ record }: PortBlock, port: number, judgement: PortJudgement): void {
    const { processId, processName, detail } = judgement;
    const orphaned = judgement.binding === "orphaned";
    const message =
      `nobody leases the port, and ${detail}; it is granted to nobody for as long as that lasts: ` +
      (orphaned
        ? "end whoever inherited the socket"
        : "stop that process, or have it lease a port");
    const binding = orphaned ? "orphaned" : "stranger";
    const { pool, protocol } = record;
    const fields = {
      pool,
      port,
      protocol,
      binding,
      leaseId: null,
      processId,
      processName,
    } as const;
    this.#findings.push({ ...fields, message });
  }

  addDrift({ record }: PortBlock, port: number, detail: string): void {
    const { pool, protocol } = record;
    const message = `block ${record.blockId}: ${detail}`;
    const nothing = { binding: "unknown", leaseId: null, processId: 0, processName: "" } as const;
    this.#findings.push({ pool, port, protocol, ...nothing, message });
  }

  #addLeased(
    { record: { pool, protocol, leaseId } }: ActiveLease,
    port: number,
    { binding, processId, processName }: PortJudgement,
    message: string,
  ): void {
    this.#findings.push({
      pool,
      port,
      protocol,
      binding,
      leaseId,
      processId,
      processName,
      message,
    });
  }
}

function urgency({ binding, leaseId }: AuditFinding): number {
  if (leaseId === null) return 2;
  return binding === "bound" ? 1 : 0;
}

/** `null` when all is well. */
function messageOf(
  { binding, contested, detail }: PortJudgement,
  lease: ActiveLease,
): string | null {
  const { service } = lease.record.holder;
  switch (binding) {
    case "stranger":
      return `${detail}, which has nothing to do with the holder (service "${service}"): stop that process; the holder can renew, and cannot serve meanwhile`;
    case "orphaned":
      return `${detail}: end whoever inherited the socket, or the port stays out of use when the lease ends`;
    case "bound":
      return contested
        ? `${detail}: each gets a part of the connections; stop the one that has no lease (two listeners on one leased port)`
        : null;
    case "unbound":
    case "unknown":
      return null;
  }
}

function unboundFinding(record: LeaseRecord): AuditFinding {
  const { pool, protocol, leaseId, ports } = record;
  const nobody = { binding: "unbound", processId: 0, processName: "" } as const;
  return {
    pool,
    port: ports.firstPort,
    protocol,
    leaseId,
    ...nobody,
    message: unboundMessage(record),
  };
}

function unboundMessage({ everBound, holder, ports, bindWithinMs }: LeaseRecord): string {
  const what = everBound
    ? "its holder does not listen any more"
    : "nobody was seen bound to it since it was leased";
  const end =
    bindWithinMs === null || everBound
      ? "it is kept as long as it is renewed"
      : "the lease is taken back when the time to bind is over";
  return `${formatPortRange(ports)} is leased by service "${holder.service}", and ${what}; ${end}. A socket that is bound without listening may not be seen`;
}
