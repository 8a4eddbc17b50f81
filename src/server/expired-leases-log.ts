// The log's lines of leases that expired: each is worth one, since a holder went away without a word, but thousands that expire
// together would be thousands of lines, and writing them takes longer than ending the leases.

import type { LeaseRecord } from "./domain/records.js";
import { formatPortRange } from "./domain/port-range.js";
import { type After, LimitedLines } from "./limited-lines.js";
import type { Log } from "./log.js";

/** More than what is named of one holder's leases, and little enough to read. */
export const namedPerSecondMax = 50;
const periodMs = 1_000;

export class ExpiredLeasesLog {
  readonly #lines: LimitedLines<LeaseRecord>;

  constructor(log: Log, after?: After) {
    const limit = {
      writtenMax: namedPerSecondMax,
      periodMs,
      write: ({ leaseId, ports, holder }: LeaseRecord): void => {
        const { service } = holder;
        const fields = { leaseId, ports: formatPortRange(ports), reason: "expired", service };
        log.info("lease expired", fields);
      },
      writeMore: (count: number): void => log.info("more leases expired", { count }),
    };
    this.#lines = new LimitedLines(limit, after);
  }

  /** A line for each of the first so many of a second; those after them are told as a count when it is over. */
  expired(lease: LeaseRecord): void {
    this.#lines.say(lease);
  }
}
