// Leases by each of their ports, with one entry for each lease, however long its run: runs are kept by their length, rounded up to a
// power of two, in buckets as wide as that. A port can then only be in runs that begin in its bucket or in the one before.

import type { LeaseRecord } from "../records/lease-record.js";
import { LeaseIndex } from "./lease-index.js";
import type { LeaseEntry } from "./lease-entry.js";

/** A run has at most 65,535 ports: 2 to the power of 16 is enough for any. */
const widthBitsMax = 16;
/** More buckets than there are of any width. */
const bucketsMax = 65_536;

export class PortIndex {
  readonly #buckets = new LeaseIndex<number>();

  add(lease: LeaseEntry): void {
    this.#buckets.add(bucketOf(lease.record), lease);
  }

  /** With the record with which it was added. */
  remove(lease: LeaseEntry): void {
    this.#buckets.remove(bucketOf(lease.record), lease);
  }

  /** Those that have the port, in no order. */
  *at(port: number): Iterable<LeaseEntry> {
    for (let widthBits = 0; widthBits <= widthBitsMax; widthBits += 1) {
      const bucket = port >>> widthBits;
      yield* havingPort(this.#buckets.get(widthBits * bucketsMax + bucket), port);
      if (bucket > 0) {
        yield* havingPort(this.#buckets.get(widthBits * bucketsMax + bucket - 1), port);
      }
    }
  }
}

function bucketOf({ port, portCount }: LeaseRecord): number {
  const widthBits = Math.min(widthBitsMax, 32 - Math.clz32(portCount - 1));
  return widthBits * bucketsMax + (port >>> widthBits);
}

function* havingPort(leases: Iterable<LeaseEntry>, port: number): Iterable<LeaseEntry> {
  for (const lease of leases) {
    const first = lease.record.port;
    if (first <= port && port < first + lease.record.portCount) yield lease;
  }
}
