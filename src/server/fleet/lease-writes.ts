// How leases become operations on etcd, and how many of those go together.

import { type Operation, operationsPerTransactionMax } from "../../etcd/etcd.js";
import type { FleetKeys } from "../../fleet/records/fleet-keys.js";
import { writeLease } from "../../fleet/records/lease-json.js";
import type { LeaseRecord } from "../domain/records.js";
import type { DrainingBlocks } from "./draining-blocks.js";
import { toFleetLease } from "./to-fleet-lease.js";

/** Some room is left below what etcd takes. */
export const leasesPerWriteMax = operationsPerTransactionMax - 28;
/** A third of what etcd takes in a request; most leases have 300 bytes, and those with the longest labels 70 kB. */
const charactersPerWriteMax = 524_288;

export class LeaseWrites {
  readonly #keys: FleetKeys;
  readonly #hostId: string;
  readonly #draining: DrainingBlocks;

  constructor(keys: FleetKeys, hostId: string, draining: DrainingBlocks) {
    this.#keys = keys;
    this.#hostId = hostId;
    this.#draining = draining;
  }

  /** What all keys of this host's leases begin with. */
  get prefix(): string {
    return this.#keys.leasesOf(this.#hostId);
  }

  /** The value of the lease's key. */
  textOf(record: LeaseRecord): string {
    return writeLease(toFleetLease(record, this.#draining.has(record.blockId)));
  }

  put(leaseId: string, text: string): Operation {
    return { put: this.prefix + leaseId, value: text };
  }

  /** Deletes the key where `record` is `null`. */
  operationFor(leaseId: string, record: LeaseRecord | null): Operation {
    if (record === null) return { delete: this.prefix + leaseId };
    return this.put(leaseId, this.textOf(record));
  }
}

/** Takes as many from the front as go together: one at least, unless there are none. */
export function takeTogether(operations: Operation[]): readonly Operation[] {
  let characters = 0;
  let count = 0;
  for (const operation of operations) {
    characters += "put" in operation ? operation.value.length : 0;
    if (count > 0 && characters > charactersPerWriteMax) break;
    count += 1;
    if (count === leasesPerWriteMax) break;
  }
  return operations.splice(0, count);
}
