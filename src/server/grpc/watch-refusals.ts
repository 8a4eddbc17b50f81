// How watches are refused and ended. Each end names the last revision that was sent, so that the watch can go on after it.

import { BrokerError } from "../domain/errors.js";
import { stopping, storeUnavailable } from "../domain/refusals.js";

/** `null`: nothing was sent completely, so only a new snapshot can follow. */
export type LastSent = number | null;

export function revisionCompacted(startRevision: number, oldestRevision: number): BrokerError {
  return new BrokerError(
    "revision_compacted",
    `the changes from revision ${startRevision} on are no longer kept, only those from ${oldestRevision} on; ` +
      "watch with start_revision 0 for a snapshot and what follows it",
    {
      metadata: {
        start_revision: String(startRevision),
        oldest_revision: String(oldestRevision),
      },
    },
  );
}

export function revisionAhead(startRevision: number, revision: number): BrokerError {
  return new BrokerError(
    "revision_ahead",
    `start_revision ${startRevision} lies ahead: this broker is at revision ${revision}, so the number is another broker's ` +
      "or older data was put back; watch with start_revision 0 for a snapshot",
    { metadata: { start_revision: String(startRevision), revision: String(revision) } },
  );
}

/** `server`: the kind of server that refuses. */
export function tooManyWatchers(watchersMax: number, server = "broker"): BrokerError {
  return new BrokerError(
    "too_many_watchers",
    `${watchersMax} watches are open, which is as many as this ${server} serves at once; close those that nobody needs, or try again later`,
    {
      subject: "watchers",
      metadata: { watchers_max: String(watchersMax) },
      retryAfterMs: 5_000,
    },
  );
}

export function watchTooSlow(lastSent: LastSent): BrokerError {
  return endOf(
    new BrokerError(
      "reader_too_slow",
      `this watch was read more slowly than leases changed, so it was ended; ${goOn(lastSent)}`,
      { subject: "watch" },
    ),
    lastSent,
  );
}

export function liveReaderTooSlow(unreadMsMax: number): BrokerError {
  return new BrokerError(
    "reader_too_slow",
    `this live view has not read its last message for ${unreadMsMax / 1_000} s, so it was ended; watch again, and it is told everything anew`,
    { subject: "watch", metadata: { unread_ms_max: String(unreadMsMax) } },
  );
}

export function watchInDoubt(lastSent: LastSent): BrokerError {
  return endOf(storeUnavailable(), lastSent);
}

export function watchStopping(lastSent: LastSent): BrokerError {
  return endOf(stopping(), lastSent);
}

function endOf({ code, message, details }: BrokerError, lastSent: LastSent): BrokerError {
  const last = lastSent === null ? {} : { last_revision: String(lastSent) };
  return new BrokerError(code, message, { ...details, metadata: { ...details.metadata, ...last } });
}

function goOn(lastSent: LastSent): string {
  return lastSent === null
    ? "watch again from start_revision 0"
    : `go on with start_revision ${lastSent + 1}`;
}
