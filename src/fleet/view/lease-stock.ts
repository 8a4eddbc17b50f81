// All leases of the view: each kept small, found by host, service and port, and told to those who watch.

import type { LeaseRecord } from "../records/lease-record.js";
import { ChangeList } from "./change-list.js";
import type { HostEntry } from "./host-entry.js";
import { InternedLeases, sameLease } from "./interned-leases.js";
import { LeaseEntry } from "./lease-entry.js";
import { LeaseIndex } from "./lease-index.js";
import { PortIndex } from "./port-index.js";
import { Slots } from "./slots.js";

export class LeaseStock {
  readonly changes: ChangeList<LeaseEntry>;
  readonly #interned = new InternedLeases();
  readonly #byService = new LeaseIndex<string>();
  readonly #byPort = new PortIndex();
  readonly #slots = new Slots();

  constructor() {
    this.changes = new ChangeList<LeaseEntry>(({ gone, slot }) => {
      if (gone) this.#slots.giveBack(slot);
    });
  }

  /** `toldIn`: the last snapshot. */
  put(
    host: HostEntry,
    leaseId: string,
    record: LeaseRecord,
    toldIn: number,
  ): "added" | "changed" | "same" {
    const known = host.leaseList.get(leaseId);
    if (known === undefined) {
      const kept = this.#interned.intern(record);
      const lease = new LeaseEntry(host, leaseId, this.#slots.take(), kept, toldIn);
      host.leaseList.add(lease);
      this.#index(lease);
      this.changes.touch(lease);
      return "added";
    }
    known.toldIn = toldIn;
    if (sameLease(known.record, record)) return "same";
    this.#unindex(known);
    known.record = this.#interned.intern(record);
    this.#index(known);
    this.changes.touch(known);
    return "changed";
  }

  /** One that is no more in its host's list. */
  drop(lease: LeaseEntry): void {
    this.#unindex(lease);
    lease.gone = true;
    this.changes.touch(lease);
  }

  ofService(service: string): Iterable<LeaseEntry> {
    return this.#byService.get(service);
  }

  atPort(port: number): Iterable<LeaseEntry> {
    return this.#byPort.at(port);
  }

  #index(lease: LeaseEntry): void {
    this.#byService.add(lease.record.service, lease);
    this.#byPort.add(lease);
  }

  #unindex(lease: LeaseEntry): void {
    this.#byService.remove(lease.record.service, lease);
    this.#byPort.remove(lease);
  }
}
