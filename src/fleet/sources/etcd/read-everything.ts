// Reads everything under the fleet's prefix, as it was at one revision, into a snapshot.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Etcd, KeyValue } from "../../../etcd/etcd.js";
import type { Clock } from "../../../server/domain/boundaries.js";
import { Slices } from "../../../server/domain/slices.js";
import type { FleetKeys } from "../../records/fleet-keys.js";
import { rangePages } from "./range-pages.js";

export interface EverythingListener {
  entry(entry: KeyValue): void;
  /** etcd answered. */
  heard(): void;
}

/**
 * Presence keys come first, and once more in their turn: a view that fills up for the first time would else show every host as one
 * that is not heard from. Resolves with the revision that was read; rejects with EtcdError, or with the signal's reason.
 */
export async function readEverything(
  etcd: Pick<Etcd, "range">,
  keys: FleetKeys,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  listener: EverythingListener,
): Promise<bigint> {
  const slices = new Slices(clock, () => nextTurn());
  let revision: bigint | undefined;
  for (const prefix of [keys.presences, keys.prefix]) {
    const request = { prefix, ...(revision === undefined ? {} : { revision }) };
    for await (const page of rangePages(etcd, request)) {
      revision ??= page.revision;
      listener.heard();
      await slices.visit(page.entries, (entry) => listener.entry(entry));
      signal.throwIfAborted();
    }
  }
  return revision ?? 0n;
}
