// The fleet in numbers, kept while its hosts and leases come, change and go. A host is taken out before it changes, and put in again
// after that.

import type { FleetTotals, HostState, MinuteGrants } from "./fleet-entities.js";
import type { HostEntry } from "./host-entry.js";
import { SummedGrants } from "./summed-grants.js";
import { SummedUsage } from "./summed-usage.js";

export class FleetSums {
  readonly #hosts: Record<HostState, number> = { "heard-from": 0, "not-heard-from": 0, stopped: 0 };
  readonly #usage = new SummedUsage();
  readonly #grants = new SummedGrants();
  #leases = 0;
  #staleLeases = 0;

  get leases(): number {
    return this.#leases;
  }

  add(host: HostEntry): void {
    const { record, state } = host;
    this.#hosts[state] += 1;
    this.countLeases(host, host.leases.length);
    if (state === "heard-from") this.#usage.add(host.usage);
    if (record !== null) this.#grants.add(record.grants);
  }

  remove(host: HostEntry): void {
    const { record, state } = host;
    this.#hosts[state] -= 1;
    this.countLeases(host, -host.leases.length);
    if (state === "heard-from") this.#usage.remove(host.usage);
    if (record !== null) this.#grants.remove(record.grants);
  }

  /** A host that was added has so many more leases, or fewer. */
  countLeases({ state }: HostEntry, more: number): void {
    this.#leases += more;
    if (state !== "heard-from") this.#staleLeases += more;
  }

  totals(): FleetTotals {
    return {
      hosts: { ...this.#hosts },
      leases: this.#leases,
      staleLeases: this.#staleLeases,
      usage: this.#usage.sum(),
    };
  }

  grants(nowWallMs: number): readonly MinuteGrants[] {
    return this.#grants.lastHour(nowWallMs);
  }
}
