// Which of the leases that are in doubt a round of the audit judges: to judge takes a walk over the processes of the host, so a
// round has room for so many ports. What makes a lease doubtful, and what is concluded of it, is the audit's.

import type { AuditCounters } from "./audit-counters.js";
import type { LeaseSight } from "./lease-sight.js";
import type { ActiveLease } from "./lease-table.js";

/** Ports that are judged in one round; the others wait, those never judged first. */
const judgedMax = 4_096;
/** How many of those where all was well are judged anew in one round. */
const judgedAgainMax = 256;

/** A lease of whose ports it must be found out who is on them. */
export interface Doubt {
  /** "well": all was well, and only the process behind a socket may have changed, which is looked up now and then. */
  readonly why: "new" | "wrong" | "well";
  readonly lease: ActiveLease;
  readonly sight: LeaseSight;
  readonly fingerprint: string;
  readonly ports: readonly number[];
}

export class AuditDoubts {
  readonly #counters: Pick<AuditCounters, "postponed">;
  /** Where among those that were well the next round goes on. */
  #againFrom = 0;

  /** Counts the ports that have to wait for a later round. */
  constructor(counters: Pick<AuditCounters, "postponed">) {
    this.#counters = counters;
  }

  /** Those of one round. What is new comes first, so that nothing waits for ever behind what stays wrong. */
  choose(doubts: readonly Doubt[]): readonly Doubt[] {
    const [fresh, wrong, well] = (["new", "wrong", "well"] as const).map((each) =>
      doubts.filter(({ why }) => why === each),
    ) as [Doubt[], Doubt[], Doubt[]];
    const taken: Doubt[] = [];
    let portCount = 0;
    for (const doubt of [...fresh, ...wrong]) {
      portCount += doubt.ports.length;
      if (portCount > judgedMax) this.#counters.postponed += doubt.ports.length;
      else taken.push(doubt);
    }
    const again = Math.min(judgedAgainMax, well.length);
    for (let index = 0; index < again; index += 1) {
      const doubt = well[(this.#againFrom + index) % well.length];
      if (doubt !== undefined) taken.push(doubt);
    }
    this.#againFrom += again;
    return taken;
  }
}
