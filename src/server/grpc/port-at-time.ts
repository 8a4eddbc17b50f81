// Who had a port at one moment: the lease that covered it, with what became of it. A lease may be older than history and still
// be known, by its later changes or because it lives.

import type { LeaseEvent } from "@portlease/proto/portlease/v1/lease_event.js";
import type { CallerSignal } from "../domain/caller-signal.js";
import type { Broker } from "../domain/broker.js";
import { type ChangeSearch, leaseChanged, type LeaseHistory } from "../domain/lease-history.js";
import { containsPort } from "../domain/port-range.js";
import type { LeaseRecord, SealedChange } from "../domain/records.js";
import { cancelled } from "../domain/refusals.js";
import { toLeaseEvent, toRebuiltGrant } from "./lease-events.js";
import { pageSizeMax } from "./page.js";
import { leaseBytesMax, pageBytesMax } from "./page-bytes.js";

interface Sources {
  readonly history: LeaseHistory;
  readonly broker: Pick<Broker, "recordedLeases">;
}

/** A lease that covered the moment, as far as the changes that were read say. */
interface Candidate {
  readonly lease: LeaseRecord;
  readonly events: LeaseEvent[];
}

/** Two leases may have a port at one moment, one of each transport; the grant and the end of each come on top. */
const eventBytesMax = pageBytesMax / 2;

/** What one portion of the search may find. */
const changesPerRead = 1_000;

/** The events of the lease (of two, where TCP and UDP have the number apart), oldest first. `search` has a port and no times. */
export async function findHoldersAt(
  { history, broker }: Sources,
  search: ChangeSearch,
  atWallMs: number,
  signal: Pick<CallerSignal, "aborted">,
): Promise<{ readonly events: LeaseEvent[]; readonly oldestWallMs: number | null }> {
  const candidates = new Map<string, Candidate>();
  let after = 0;
  let oldestWallMs: number | null = null;
  for (let complete = false; !complete;) {
    if (signal.aborted) throw cancelled();
    const found = await history.searchChanges(search, after, changesPerRead);
    for (const change of found.changes) note(candidates, change, atWallMs);
    ({ complete, searchedTo: after, oldestWallMs } = found);
  }
  for (const { record } of broker.recordedLeases()) {
    const covers = search.port !== null && containsPort(record.ports, search.port);
    if (!covers || record.createdWallMs > atWallMs || candidates.has(record.leaseId)) continue;
    candidates.set(record.leaseId, { lease: record, events: [] });
  }
  const events = [...candidates.values()].flatMap(withGrant);
  return { events: events.toSorted((a, b) => Number(a.revision - b.revision)), oldestWallMs };
}

function note(candidates: Map<string, Candidate>, change: SealedChange, atWallMs: number): void {
  const lease = leaseChanged(change);
  const event = toLeaseEvent(change);
  if (lease === null || event === null || lease.createdWallMs > atWallMs) return;
  const ended = change.change.type === "lease_ended" ? change.change.ended : null;
  if (ended !== null && ended.endedWallMs <= atWallMs) {
    candidates.delete(lease.leaseId);
    return;
  }
  const candidate = candidates.get(lease.leaseId) ?? { lease, events: [] };
  candidates.set(lease.leaseId, candidate);
  if (candidate.events.length < eventCountMax(lease) || ended !== null)
    candidate.events.push(event);
}

function eventCountMax({ holder }: LeaseRecord): number {
  return Math.min(pageSizeMax, Math.floor(eventBytesMax / leaseBytesMax(holder)));
}

function withGrant({ lease, events }: Candidate): readonly LeaseEvent[] {
  const granted = events[0]?.revision === BigInt(lease.generation);
  return granted ? events : [toRebuiltGrant(lease), ...events];
}
