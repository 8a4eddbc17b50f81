// The log's lines of leases that expired: each is worth one, since a holder went away without a word, but thousands that expire
// together would be thousands of lines, and writing them takes longer than ending the leases.

import type { LeaseRecord } from "./domain/records.js";
import { formatPortRange } from "./domain/port-range.js";
import type { Log } from "./log.js";

/** More than what is named of one holder's leases, and little enough to read. */
export const namedPerSecondMax = 50;
const periodMs = 1_000;

/** Calls once after so many milliseconds. */
export type After = (delayMs: number, callback: () => void) => void;

const timer: After = (delayMs, callback) => void setTimeout(callback, delayMs).unref();

export class ExpiredLeasesLog {
  readonly #log: Log;
  readonly #after: After;
  #named = 0;
  #unnamed = 0;

  constructor(log: Log, after: After = timer) {
    this.#log = log;
    this.#after = after;
  }

  /** A line for each of the first so many of a second; those after them are told as a count when it is over. */
  expired({ leaseId, ports, holder }: LeaseRecord): void {
    if (this.#named === 0) this.#after(periodMs, () => this.#periodEnded());
    if (this.#named === namedPerSecondMax) {
      this.#unnamed += 1;
      return;
    }
    this.#named += 1;
    const { service } = holder;
    this.#log.info("lease expired", {
      leaseId,
      ports: formatPortRange(ports),
      reason: "expired",
      service,
    });
  }

  #periodEnded(): void {
    const count = this.#unnamed;
    this.#named = 0;
    this.#unnamed = 0;
    if (count > 0) this.#log.info("more leases expired", { count });
  }
}
