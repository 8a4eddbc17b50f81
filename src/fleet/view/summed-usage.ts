// The usage of many hosts in one sum, kept while they come, change and go.

import type { UsageRecord } from "../records/host-record.js";

export class SummedUsage {
  #total = 0;
  #free = 0;
  #leased = 0;
  #quarantined = 0;
  #unavailable = 0;
  /** How many hosts have a largest free run of so many ports. */
  readonly #runs = new Map<number, number>();

  add(usage: UsageRecord): void {
    this.#change(usage, 1);
  }

  /** One that was added. */
  remove(usage: UsageRecord): void {
    this.#change(usage, -1);
  }

  /** `largestFreeRun` is that of one host. */
  sum(): UsageRecord {
    let largestFreeRun = 0;
    for (const run of this.#runs.keys()) largestFreeRun = Math.max(largestFreeRun, run);
    return {
      total: this.#total,
      free: this.#free,
      leased: this.#leased,
      quarantined: this.#quarantined,
      unavailable: this.#unavailable,
      largestFreeRun,
    };
  }

  #change(usage: UsageRecord, by: 1 | -1): void {
    this.#total += by * usage.total;
    this.#free += by * usage.free;
    this.#leased += by * usage.leased;
    this.#quarantined += by * usage.quarantined;
    this.#unavailable += by * usage.unavailable;
    const hosts = (this.#runs.get(usage.largestFreeRun) ?? 0) + by;
    if (hosts === 0) this.#runs.delete(usage.largestFreeRun);
    else this.#runs.set(usage.largestFreeRun, hosts);
  }
}
