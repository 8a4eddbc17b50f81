// Which leases ended so lately that their ports still rest after a restart, or that their holders may want them back. Read from
// history, from its end backwards: how much of it is ends, and how much is checkpoints and sightings, nobody knows before.

import type { LeaseHistory } from "../domain/lease-history.js";
import type { EndedLeaseRecord } from "../domain/records.js";

/** Read in any case: for affinity, whose memory no time limits. */
const portionMax = 10_000;
/** About two seconds of reading. More changes within one quarantine are not looked at; the OS is asked before a grant anyway. */
const portionsMax = 20;

export interface RecentTime {
  /** The last revision on disk. */
  readonly revision: number;
  readonly nowWallMs: number;
  /** The longest quarantine. */
  readonly withinMs: number;
}

/** Oldest first. Rejects as the history does. */
export async function readRecentEnds(
  history: Pick<LeaseHistory, "readChanges">,
  { revision, nowWallMs, withinMs }: RecentTime,
): Promise<readonly EndedLeaseRecord[]> {
  const portions: (readonly EndedLeaseRecord[])[] = [];
  let lastRevision = revision;
  for (let count = 0; count < portionsMax && lastRevision > 0; count += 1) {
    const read = await history.readChanges(Math.max(0, lastRevision - portionMax), portionMax);
    // Where history begins later than asked for, it goes on with what was read before.
    const changes = read.changes.filter((change) => change.revision <= lastRevision);
    portions.unshift(
      changes.flatMap(({ change }) => (change.type === "lease_ended" ? [change.ended] : [])),
    );
    const [oldest] = changes;
    if (oldest === undefined || nowWallMs - oldest.wallMs > withinMs) break;
    lastRevision = oldest.revision - 1;
  }
  return portions.flat();
}
