// ListLeaseEvents: pages of history, oldest first. Who had a port at one moment is port-at-time.ts.

import type {
  ListLeaseEventsRequest,
  ListLeaseEventsResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { CallerSignal } from "../domain/caller-signal.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import { cancelled, fieldInvalid } from "../domain/refusals.js";
import { leaseIdLengthMax } from "../domain/lease-id.js";
import { type ChangeSearch, leaseChanged, type LeaseHistory } from "../domain/lease-history.js";
import { highestPort } from "../domain/port-range.js";
import type { SealedChange } from "../domain/records.js";
import { toLeaseEvent } from "./lease-events.js";
import { decodePosition, encodePosition, pageSize, pageTokenOfAnother } from "./page.js";
import { fitting } from "./page-bytes.js";
import { findHoldersAt } from "./port-at-time.js";

export interface HistorySources {
  readonly history: LeaseHistory;
  readonly broker: Pick<Broker, "recordedLeases">;
  readonly clock: Clock;
}

const serviceLengthMax = 128;

/** Ends early, with CANCELLED, when nobody waits for the answer any more. */
export async function listLeaseEvents(
  sources: HistorySources,
  request: ListLeaseEventsRequest,
  signal: Pick<CallerSignal, "aborted">,
): Promise<ListLeaseEventsResponse> {
  const search = parseSearch(request);
  const atWallMs = wallMsOf("at_time", request.atTime);
  const asked = [...Object.values(search), atWallMs].map((value) => value ?? "");
  const size = pageSize(request.pageSize);
  const after = revisionAfter(decodePosition("lease-events", asked, request.pageToken));
  if (atWallMs !== null) {
    const { events, oldestWallMs } = await findHoldersAt(sources, search, atWallMs, signal);
    return { events, nextPageToken: "", knownSince: knownSince(sources.clock, oldestWallMs) };
  }
  // One more than asked says whether there is another page.
  const found = await findUpTo(sources.history, search, after, size + 1, signal);
  const shown = fitting(
    found.changes.slice(0, size),
    (change) => leaseChanged(change)?.holder ?? null,
  );
  const last = shown.at(-1);
  const more = last !== undefined && found.changes.length > shown.length;
  return {
    events: shown.map(toLeaseEvent).filter((event) => event !== null),
    nextPageToken: more ? encodePosition("lease-events", asked, [last.revision]) : "",
    knownSince: knownSince(sources.clock, found.oldestWallMs),
  };
}

/** Without a single kept change nothing is known but the present. */
function knownSince(clock: Clock, oldestWallMs: number | null): Date {
  return new Date(oldestWallMs ?? clock.wallMs());
}

async function findUpTo(
  history: LeaseHistory,
  search: ChangeSearch,
  afterRevision: number,
  countMax: number,
  signal: Pick<CallerSignal, "aborted">,
): Promise<{ readonly changes: readonly SealedChange[]; readonly oldestWallMs: number | null }> {
  const changes: SealedChange[] = [];
  let after = afterRevision;
  for (;;) {
    if (signal.aborted) throw cancelled();
    const found = await history.searchChanges(search, after, countMax - changes.length);
    changes.push(...found.changes);
    if (found.complete || changes.length >= countMax) {
      return { changes, oldestWallMs: found.oldestWallMs };
    }
    after = found.searchedTo;
  }
}

function revisionAfter(position: readonly unknown[] | null): number {
  if (position === null) return 0;
  const [revision] = position;
  if (typeof revision === "number" && Number.isSafeInteger(revision)) return revision;
  throw pageTokenOfAnother();
}

function parseSearch(request: ListLeaseEventsRequest): ChangeSearch {
  const { port, leaseId, service, fromTime, toTime, atTime } = request;
  if (port > highestPort) {
    throw fieldInvalid("port", `is ${port}; ports go from 1 to ${highestPort}, 0 is for all`);
  }
  checkLength("lease_id", leaseId, leaseIdLengthMax);
  checkLength("service", service, serviceLengthMax);
  if (atTime !== undefined) {
    if (port === 0) throw fieldInvalid("port", "is unset; at_time asks who had one port: name it");
    if (leaseId !== "" || service !== "" || fromTime !== undefined || toTime !== undefined) {
      throw fieldInvalid("at_time", "goes with port alone; leave the other criteria unset");
    }
  }
  return {
    port: port === 0 ? null : port,
    leaseId: leaseId === "" ? null : leaseId,
    service: service === "" ? null : service,
    fromWallMs: wallMsOf("from_time", fromTime),
    toWallMs: wallMsOf("to_time", toTime),
  };
}

/** `null` when unset. What lies outside of the API's years 1 to 9999 by far comes as no time at all. */
function wallMsOf(field: string, time: Date | undefined): number | null {
  const wallMs = time?.getTime() ?? null;
  if (!Number.isNaN(wallMs)) return wallMs;
  throw fieldInvalid(field, "is no time; send one within the years 1 to 9999, or leave it unset");
}

function checkLength(field: string, value: string, lengthMax: number): void {
  if (value.length <= lengthMax) return;
  throw fieldInvalid(field, `has ${value.length} characters, at most ${lengthMax} are allowed`);
}
