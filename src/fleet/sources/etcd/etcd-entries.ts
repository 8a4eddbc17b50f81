// What the keys and values under the fleet's prefix say, told to a sink. What cannot be understood is skipped and noted; what the
// sink knew of it before stays.

import type { KeyValue } from "../../../etcd/etcd.js";
import type { FleetKeys } from "../../records/fleet-keys.js";
import { readHost } from "../../records/host-json.js";
import { readLease } from "../../records/lease-json.js";
import { readPresence } from "../../records/presence-json.js";
import type { FleetChanges } from "../../view/fleet-sink.js";
import type { UnreadableEntries } from "../unreadable-entries.js";
import type { KnownHosts } from "./known-hosts.js";

export type PutTarget = Pick<FleetChanges, "putHost" | "putPresence" | "putLease">;
export type DeleteTarget = Pick<FleetChanges, "removeHost" | "removePresence" | "removeLease">;

export class EtcdEntries {
  readonly #keys: FleetKeys;
  readonly #unreadable: UnreadableEntries;
  readonly #hosts: KnownHosts;

  constructor(keys: FleetKeys, unreadable: UnreadableEntries, hosts: KnownHosts) {
    this.#keys = keys;
    this.#unreadable = unreadable;
    this.#hosts = hosts;
  }

  /** `isNew`: the key was not there before. False when it cannot be understood. */
  put({ key, value }: KeyValue, isNew: boolean, target: PutTarget): boolean {
    const why = this.#tell(key, value, isNew, target);
    if (why === null) this.#unreadable.clear(key);
    else this.#unreadable.add(key, why);
    return why === null;
  }

  /**
   * False when a host's key went while its presence or its leases are there: what the sink should know of them then, only reading
   * everything anew can tell. Nothing of it was told.
   */
  delete(key: string, target: DeleteTarget): boolean {
    this.#unreadable.clear(key);
    const named = this.#keys.parse(key);
    switch (named.kind) {
      case "host":
        if (this.#hosts.hasMore(named.hostId)) return false;
        target.removeHost(named.hostId);
        return true;
      case "presence":
        this.#hosts.presenceGone(named.hostId);
        target.removePresence(named.hostId);
        return true;
      case "lease":
        this.#hosts.leaseGone(named.hostId);
        target.removeLease(named.hostId, named.leaseId);
        return true;
      case "unreadable":
        return true;
    }
  }

  /** Why it cannot be understood; `null`: it was told. */
  #tell(key: string, value: Uint8Array, isNew: boolean, target: PutTarget): string | null {
    const named = this.#keys.parse(key);
    switch (named.kind) {
      case "host": {
        const read = readHost(value);
        if ("why" in read) return read.why;
        target.putHost(named.hostId, read.record);
        return null;
      }
      case "presence": {
        this.#hosts.presenceThere(named.hostId);
        const read = readPresence(value);
        if ("why" in read) return read.why;
        target.putPresence(named.hostId, read.record);
        return null;
      }
      case "lease": {
        if (isNew) this.#hosts.leaseCame(named.hostId);
        const read = readLease(value);
        if ("why" in read) return read.why;
        target.putLease(named.hostId, named.leaseId, read.record);
        return null;
      }
      case "unreadable":
        return named.why;
    }
  }
}
